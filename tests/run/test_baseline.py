"""Known failures: what they excuse, when they are stale, and how a bad file is answered."""

from __future__ import annotations

import pytest

from conformance.baseline import Known, glob_matches, read_baseline
from conformance.errors import UsageError

CASES = ["chat-stream/text/plain", "chat-stream/tools/two-calls", "rerank/plain/all"]
CODES = ["STREAM-014", "STREAM-024", "RERANK-106"]


@pytest.fixture
def baseline(tmp_path):
    """A function that writes a file of known failures and reads it."""

    def read(text):
        file = tmp_path / "known.txt"
        file.write_text(text, encoding="utf-8")
        return read_baseline(file, CASES, CODES)

    return read


def test_entries(baseline):
    """A line is a code and a glob; comments, blank lines and case of the code do not matter."""
    read = baseline("# known\n\nstream-024 chat-stream/**  # no terminator\nRERANK-106 rerank\n")

    assert (Known("STREAM-024", "chat-stream/**", 3), Known("RERANK-106", "rerank", 4)) == (
        read.entries
    )


def test_what_is_known(baseline):
    """A finding is known when its code and its case fit one entry."""
    read = baseline("STREAM-024 chat-stream/text/**\n")

    assert read.knows("chat-stream/text/plain", "STREAM-024")
    assert not read.knows("chat-stream/text/plain", "STREAM-014")
    assert not read.knows("chat-stream/tools/two-calls", "STREAM-024")


def test_an_entry_is_stale_once_its_case_passes(baseline):
    """An entry whose case was judged and did not need it is stale; one that was not tried is not."""
    read = baseline("STREAM-024 chat-stream/text/plain\nRERANK-106 rerank/plain/all\n")

    assert () == read.stale
    read.tried("chat-stream/text/plain")
    assert (1,) == tuple(known.line for known in read.stale)
    read.knows("chat-stream/text/plain", "STREAM-024")
    assert () == read.stale


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("STREAM-014\n", "`STREAM-014` is no known failure", "write a rule's code and a case"),
        ("orphan a b\n", "`orphan a b` is no known failure", "write a rule's code"),
        ("RERANK-601 rerank\n", "no rule `RERANK-601`", "did you mean `RERANK-106`?"),
        ("STREAM-014 chat-stream/txt/plain\n", "no case matches", "chat-stream/text/plain"),
    ],
)
def test_a_bad_line_is_named(baseline, text, said, hint):
    """A line that means nothing is answered with its number and what was probably meant."""
    with pytest.raises(UsageError) as caught:
        baseline(text)

    assert said in caught.value.what
    assert caught.value.where.endswith("known.txt:1")
    assert hint in caught.value.hint


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read(tmp_path, content):
    """A missing file and one that is no text are answered."""
    file = tmp_path / "known.txt"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(UsageError, match="the known failures cannot be read"):
        read_baseline(file, CASES, CODES)


@pytest.mark.parametrize(
    ("name", "glob", "expected"),
    [
        ("a/b/c", "a/b/c", True), ("a/b/c", "a/b", True), ("a/b/c", "a", True),
        ("a/b/c", "b", False), ("a/b/c", "*/b", True), ("a/b/c", "**/c", True),
        ("a/b/c", "a/*/c", True), ("a/b/c", "a/**", True), ("a/b/c", "a/?", True),
        ("a/b/c", "a/b/c/d", False), ("a.b/c", "a?b", True), ("axb/c", "a.b", False),
        ("a/b/c", "/a/b/", True), ("a/bb/c", "a/b*", True), ("a/b/c", "*", True),
    ],
)  # fmt: skip
def test_globs(name, glob, expected):
    """Stars stay within a part, two cross parts, and all else stands for itself."""
    assert expected == glob_matches(name, glob)
