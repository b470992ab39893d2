from __future__ import annotations

import concurrent.futures
import io
import json
import sys
from concurrent.futures.process import BrokenProcessPool

import pytest

from conformance.check import check as judge
from conformance.cli import judge as judging
from conformance.errors import SpecError


def kinds(text):
    """The objects of a report in JSON Lines, by kind."""
    found = {}
    for line in text.splitlines():
        one = json.loads(line)
        found.setdefault(one["kind"], []).append(one)
    return found


def test_a_conformant_stream_is_green(run, streams):
    """Without findings there is one sentence, and the exit code is 0."""
    result = run("check", streams / "good.sse")

    assert (0, "1 exchange judged: 0 errors, 0 warnings, 0 notes\n", "") == (
        result.code,
        result.out,
        result.err,
    )


def test_a_broken_stream_is_shown_and_fails(run, streams, golden):
    """An error is shown in full, a warning after it, and the exit code is 1."""
    result = run("check", "streams")

    assert 1 == result.code
    assert "" == result.err
    golden("check.txt", result.out)


def test_quiet_says_the_closing_sentence_only(run, streams):
    """-q leaves one line and the same exit code."""
    result = run("check", "-q", streams)

    assert (1, "3 exchanges judged: 1 error, 1 warning, 0 notes\n") == (result.code, result.out)


def test_a_broken_file_does_not_keep_others_from_being_judged(run, streams):
    """What cannot be read is one error that names the file; 2 beats 1."""
    (streams / "aaa.yaml").write_text("interactions: [{")
    result = run("check", streams)

    assert 2 == result.code
    assert 1 == result.err.count("error:")
    assert "aaa.yaml" in result.err
    assert "STREAM-014" in result.out
    assert result.out.endswith(
        "3 exchanges judged: 1 error, 1 warning, 0 notes; 1 file could not be judged\n"
    )


def test_a_path_that_leads_nowhere_is_one_error(run, streams):
    """A missing file is named, the others are judged, and the exit code is 2."""
    result = run("check", "nowhere.yaml", streams / "good.sse")

    assert 2 == result.code
    assert "  --> nowhere.yaml\n" in result.err
    assert result.out.startswith("1 exchange judged: 0 errors")


def test_nothing_judged_is_never_green(run, tmp_path):
    """An empty folder ends with 2 and says why."""
    result = run("check", tmp_path)

    assert (2, "nothing judged: no recording found\n") == (result.code, result.out)


def test_what_is_out_of_scope_is_counted_not_passed(run, tmp_path):
    """A chat without streaming is not judged, with its reason, and alone it ends with 2."""
    request = {"method": "POST", "url": "https://api.cohere.com/v2/chat", "body": '{"a":1}'}
    record = {"request": request, "response": {"status": 200, "body": "{}"}}
    (tmp_path / "x.jsonl").write_text(json.dumps(record) + "\n")
    brief, full = run("check", "x.jsonl"), run("check", "-v", "x.jsonl")

    assert (2, "nothing judged; 1 not judged (chat without streaming 1)\n") == (
        brief.code,
        brief.out,
    )
    assert "  x.jsonl:1: chat without streaming\n" in full.out


def test_warnings_fail_if_strict(run, streams):
    """--strict turns a warning into exit code 1, and says so."""
    lenient = run("check", streams / "unended.sse", "-q")
    strict = run("check", streams / "unended.sse", "-q", "--strict")

    assert (0, 1) == (lenient.code, strict.code)
    assert strict.out.endswith("; strict, so warnings fail\n")


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ((), {"STREAM-014", "STREAM-024"}),
        (("--select", "STREAM-014"), {"STREAM-014"}),
        (("--select", "stream"), {"STREAM-014", "STREAM-024"}),
        (("--select", "missing-terminator, ,SSE"), {"STREAM-024"}),
        (("--ignore", "STREAM_014"), {"STREAM-024"}),
        (("--select", "STREAM", "--ignore", "STREAM-014", "--ignore", "SSE"), {"STREAM-024"}),
        (("--ignore", "STREAM"), set()),
    ],
)
def test_rules_can_be_selected_and_ignored(run, streams, options, codes):
    """By code, name or family, in any case, several times or by comma."""
    result = run("check", "--format", "jsonl", streams, *options)

    assert codes == {one["code"] for one in kinds(result.out).get("violation", [])}


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_rule_is_a_usage_error(run, streams, option):
    """A misspelt code ends with 2 before anything is judged, and the right one is offered."""
    result = run("check", streams, option, "STREM-014")

    assert (2, "") == (result.code, result.out)
    assert (
        f"error: no rule `STREM-014`\n  --> {option}\n"
        "  = help: did you mean `STREAM-014`? `cohere-conformance rules` lists them\n"
    ) == result.err


def test_closed_makes_undocumented_members_fail(run, streams):
    """--closed turns a note about a member that nothing documents into an error."""
    good = streams / "good.sse"
    good.write_bytes(good.read_bytes().replace(b'"text":"Hello"', b'"text":"Hello","new":1'))

    assert (0, 1) == (run("check", good).code, run("check", good, "--closed").code)


def test_json_lines_add_up(run, streams):
    """The footer's counts are those of the lines, and its exit code is the real one."""
    (streams / "broken.har").write_text("{")
    result = run("check", "--format", "jsonl", "streams")
    lines = kinds(result.out)
    counts = lines["footer"][0]["counts"]
    levels = [one["level"] for one in lines["violation"]]

    assert next(iter(lines)) == "header"
    assert json.loads(result.out.splitlines()[-1])["complete"] is True
    assert result.code == lines["footer"][0]["exit"] == 2
    assert (4, 1, 3, 3) == (
        counts["files"], counts["unreadable"], counts["exchanges"], counts["judged"]
    )  # fmt: skip
    assert (counts["errors"], counts["warnings"]) == (
        levels.count("error"),
        levels.count("warning"),
    )
    assert ["streams/broken.har"] == [one["file"] for one in lines["error"]]
    assert "" == result.err


def test_processes_change_nothing(run, streams):
    """-j 2 reports the same lines in the same order as one process."""
    (streams / "broken.har").write_text("{")
    alone = run("check", "--format", "jsonl", streams)

    assert alone == run("check", "--format", "jsonl", "-j", "2", streams)


def test_github_annotations_end_with_the_sentence(run, streams):
    """Each finding is an annotation, and the log closes with the counts."""
    result = run("check", "--format", "github", "streams")
    *annotations, last = result.out.splitlines()

    assert ["::error file=streams/orphan.sse", "::warning file=streams/unended.sse"] == [
        line.split(",")[0] for line in annotations
    ]
    assert "3 exchanges judged: 1 error, 1 warning, 0 notes" == last
    assert last + "\n" == run("check", "--format", "github", "-q", "streams").out


def test_standard_input_is_judged(run, streams, monkeypatch):
    """`-` with an endpoint takes a saved body from standard input."""
    body = (streams / "orphan.sse").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
    result = run("check", "-", "--endpoint", "chat-stream", "-j", "2")

    assert 1 == result.code
    assert "  --> <stdin>" in result.out


def test_a_file_named_twice_is_judged_once(run, streams):
    """A file and its folder together give each exchange once."""
    result = run("check", "-q", streams / "good.sse", streams, streams / "good.sse")

    assert result.out.startswith("3 exchanges judged")


def test_a_rule_that_crashes_is_our_bug_and_stops_nothing(run, streams, monkeypatch):
    """A crash is reported as a bug of the suite for its file; the others are judged."""

    def crash(exchange, **options):
        if exchange.origin.file.endswith("good.sse"):
            raise KeyError("x")
        return judge(exchange, **options)

    monkeypatch.setattr(judging, "check", crash)
    result = run("check", "streams")

    assert 2 == result.code
    assert "error: this is a bug in cohere-conformance: KeyError: 'x'\n" in result.err
    assert "streams/good.sse, exchange 1" in result.err
    assert result.out.startswith("1 error\n")
    assert result.out.endswith("1 file could not be judged\n")


def test_a_reader_that_crashes_is_our_bug_too(run, streams, monkeypatch):
    """A crash while a file is read is trouble of that file."""

    def crash(path, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr(judging, "read", crash)
    result = run("check", streams / "good.sse")

    assert 2 == result.code
    assert "this is a bug in cohere-conformance: ZeroDivisionError\n" in result.err


def test_a_worker_that_dies_is_no_traceback(run, streams, monkeypatch):
    """When the system kills a worker, say for its memory, that is one message."""

    class Pool:
        """A pool whose first worker died."""

        def __init__(self, *_arguments, **_options):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_trouble):
            pass

        def submit(self, *_arguments):
            """Give what a dead worker leaves."""
            dead = concurrent.futures.Future()
            dead.set_exception(BrokenProcessPool("killed"))
            return dead

        def shutdown(self, **_options):
            """Nothing is left to stop."""

    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", Pool)
    result = run("check", "-j", "2", streams)

    assert (2, "") == (result.code, result.out)
    assert result.err.startswith("error: a worker process died\n  --> 1 of 3 files judged\n")


def test_a_broken_contract_stops_everything(run, streams, monkeypatch):
    """What keeps every file from being judged is said once."""

    def fail(*_arguments, **_options):
        raise SpecError("a compiled schema is missing", where="specs", hint="compile")

    monkeypatch.setattr(judging, "check", fail)
    result = run("check", streams)

    assert (2, "") == (result.code, result.out)
    assert 1 == result.err.count("a compiled schema is missing")


def test_settings_come_from_pyproject(run, streams, tmp_path):
    """The table in pyproject.toml decides, and an option on the command line overrides it."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.cohere-conformance]\nignore = ["STREAM-014"]\nstrict = true\n'
    )
    settled = run("check", "-q", streams)
    overridden = run("check", "-q", streams, "--no-strict", "--ignore", "STREAM")

    assert (1, "3 exchanges judged: 0 errors, 1 warning, 0 notes; strict, so warnings fail\n") == (
        settled.code,
        settled.out,
    )
    assert (0, "3 exchanges judged: 0 errors, 0 warnings, 0 notes\n") == (
        overridden.code,
        overridden.out,
    )


def test_an_unknown_rule_in_pyproject_names_the_file(run, streams, tmp_path):
    """A misspelt code in the settings is placed in its file."""
    (tmp_path / "pyproject.toml").write_text('[tool.cohere-conformance]\nselect = ["STREM"]\n')
    result = run("check", streams)

    assert 2 == result.code
    assert f"  --> {tmp_path / 'pyproject.toml'}, `select`\n" in result.err
