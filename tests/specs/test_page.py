"""Pages and YAML files as input."""

from __future__ import annotations

import pytest

from conformance.errors import SpecError
from conformance.specs import yamlio
from conformance.specs.page import read_source

DOCUMENT = "openapi: 3.1.0\npaths: {}\n"


@pytest.fixture
def source(tmp_path):
    """Read a text or bytes as if it were an input file."""

    def read(content, name="page.md"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_source(path)

    return read


def test_every_fence_with_a_description_is_found_with_its_place(source):
    """Each YAML fence with a description yields it, the heading above it and its line."""
    page = (
        "# One\n\nReference: https://example.com/one\n\n```yaml\n" + DOCUMENT + "```\n"
        "# Two\n\n~~~yml\n" + DOCUMENT + "~~~\n"
    )

    found = source(page).documents

    assert [("One", "https://example.com/one", 6), ("Two", "", 12)] == [
        (one.title, one.reference, one.line) for one in found
    ]


def test_fences_without_a_description_are_passed_over(source):
    """Code samples and YAML that is no description do not disturb."""
    page = "```python\nopenapi: [\n```\n```yaml\nmodel: x\n```\n```yaml\n" + DOCUMENT + "```\n"

    assert 1 == len(source(page).documents)


@pytest.mark.parametrize("text", [DOCUMENT, "\ufeff" + DOCUMENT, "# c\n" + DOCUMENT,
                                  '{"openapi": "3.1.0", "paths": {}}'])  # fmt: skip
def test_a_bare_file_is_one_document(source, text):
    """YAML and JSON files are read as they are, with or without a byte order mark."""
    assert [{"openapi": "3.1.0", "paths": {}}] == [d.data for d in source(text).documents]


def test_line_ends_do_not_matter(source):
    """A page saved with CRLF reads as the same page."""
    page = "# One\n```yaml\n" + DOCUMENT + "```\n"

    assert source(page).documents == source(page.replace("\n", "\r\n")).documents


@pytest.mark.parametrize(
    ("content", "what", "place"),
    [
        (b"", "the input is empty", ""),
        (b"\x89PNG\r\n\x1a\n\xff", "the input is not UTF-8 text", ":1"),
        (b"# One\n\x00", "the input is binary", ":2"),
        (b"# One\nno fence\n", "the page has no fence marked `yaml`", ""),
        (b"<html><body>openapi</body></html>", "the page has no fence marked `yaml`", ""),
        (b"# One\n```yaml\nopenapi: [\n```\n", "the YAML is broken", ":4:1"),
        (b"# One\n```yaml\nopenapi: 3.1.0\n", "the YAML fence is never closed", ":2"),
        (b"# One\n```yaml\nmodel: x\n```\n", "no OpenAPI document was found", ""),
        (b"openapi: 3.1.0\ninfo: {}\n", "no OpenAPI document was found", ""),
        (b"openapi: 3.1.0\npaths: {}\npaths: {}\n", "the YAML is broken", ":3:1"),
        (b"openapi: 3.1.0\n? [a]\n: b\n", "the YAML is broken", ":2:3"),
        (b"openapi: 3.1.0\n--- \nopenapi: 3.1.0\n", "the YAML is broken", ":2:1"),
        (b"openapi: !!python/object:os.system x\n", "the YAML is broken", ":1:10"),
    ],
)
def test_unusable_input_is_named_with_its_place(source, tmp_path, content, what, place):
    """Input that cannot be used gives one message that names the file and, if known, the line."""
    with pytest.raises(SpecError) as caught:
        source(content)

    assert caught.value.what.startswith(what)
    assert f"{tmp_path / 'page.md'}{place}" == caught.value.where


def test_a_missing_or_oversized_input_is_named(tmp_path, monkeypatch):
    """A file that is not there, is a folder, or is far too large gives one message."""
    large = tmp_path / "large.yaml"
    large.write_text(DOCUMENT)

    for path in (tmp_path / "absent.md", tmp_path):
        with pytest.raises(SpecError, match="the input cannot be read") as caught:
            read_source(path)
        assert str(path) == caught.value.where
    monkeypatch.setattr("conformance.specs.page._MOST_BYTES", 5)
    with pytest.raises(SpecError, match="the input has `25` bytes"):
        read_source(large)


def test_yaml_is_read_by_version_1_2():
    """Scalars that YAML 1.1 turns into booleans, dates or octal numbers keep their meaning."""
    text = "[OFF, no, y, 2025-11-03, 010, 0o10, 0x10, 1e3, .5, true, null, ~, 12:30:45, 'true']"

    expected = [
        "OFF", "no", "y", "2025-11-03", 10, 8, 16, 1000.0, 0.5, True, None, None, "12:30:45", "true"
    ]  # fmt: skip
    assert expected == yamlio.load(text, where="test")


def test_yaml_written_is_yaml_read():
    """What is written reads back equal, by this reader and by one of YAML 1.1."""
    data = {"a": ["OFF", "yes", "200", 5, 1.5, None, True, {}], "b": [], "c": {"d": "x: y\n"}}
    shared = {"e": [data["c"], data["c"]]}

    assert data == yamlio.load(yamlio.dump(data), where="test")
    assert "&" not in yamlio.dump(shared)
    assert "'OFF'" in yamlio.dump(data)


def test_merge_keys_are_not_taken_for_duplicates():
    """`<<` may bring a key that the mapping sets itself."""
    text = "base: &b {a: 1}\nuse:\n  <<: *b\n  a: 2\n"

    assert {"base": {"a": 1}, "use": {"a": 2}} == yamlio.load(text, where="test")
