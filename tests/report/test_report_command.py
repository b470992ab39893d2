from __future__ import annotations

import json
import re

import pytest

from conformance.cli import main
from conformance.report.folder import header_of
from conformance.suite.events import CaseEnded
from conformance.suite.reporting import Reporter
from conformance.suite.runner import Run
from conformance.suite.settings import RunSettings
from tests.report.made import breaking


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command line in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def command(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command


@pytest.fixture
def streams(tmp_path):
    """A folder with a good stream, one that breaks a rule, and a file that is no recording."""
    folder = tmp_path / "streams"
    folder.mkdir()
    (folder / "broken.sse").write_bytes(breaking("STREAM-014").response.body)
    (folder / "good.sse").write_bytes(
        b'event: message-start\ndata: {"id":"5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90",'
        b'"type":"message-start","delta":{"message":{"role":"assistant","content":[],'
        b'"tool_plan":"","tool_calls":[],"citations":[]}}}\n\n'
        b'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"ERROR",'
        b'"error":"x","usage":{}}}\n\ndata: [DONE]\n\n'
    )
    (folder / "spoilt.yaml").write_text("interactions: {")
    return folder


class Told:
    """A listener that keeps the results of cases."""

    def __init__(self):
        self.results = {}

    def on(self, event):
        """Keep one event."""
        if isinstance(event, CaseEnded):
            self.results[event.result.name] = event.result


def lines(folder):
    """The lines of a report as objects."""
    return [json.loads(line) for line in (folder / "report.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("jobs", [1, 2])
def test_check_writes_a_report_beside_what_it_prints(run, streams, tmp_path, jobs):
    """The terminal says the same with and without a report; the report has every file."""
    plain = run("check", streams, "-j", jobs)
    code, out, err = run("check", streams, "-j", jobs, "--report", "report")
    found = lines(tmp_path / "report")
    cases = {line["name"].rsplit("/")[-1]: line["outcome"] for line in found
             if line["kind"] == "case"}  # fmt: skip

    assert plain == (code, out, err)
    assert 2 == code == found[-1]["exit"]
    assert {"broken.sse": "broken", "good.sse": "kept"} == cases
    assert [str(streams / "spoilt.yaml")] == [
        line["file"] for line in found if line["kind"] == "error"
    ]
    judged = {line["name"]: line.get("judged") for line in found if line["kind"] == "check"}
    assert 2 == judged["STREAM-001"]
    assert 1 == judged["STREAM-014"]


def test_strict_makes_a_warning_a_broken_case(run, streams, tmp_path):
    """With `--strict` a case with a warning is broken, as the exit code says."""
    (streams / "spoilt.yaml").unlink()
    (streams / "broken.sse").write_bytes(
        (streams / "good.sse").read_bytes().replace(b"data: [DONE]\n\n", b"")
    )
    calm, _, _ = run("check", streams, "--report", "calm")
    strict, _, _ = run("check", streams, "--report", "strict", "--strict")

    assert (0, 1) == (calm, strict)
    assert {"kept": 2} == lines(tmp_path / "calm")[-1]["outcomes"]
    assert {"broken": 1, "kept": 1} == lines(tmp_path / "strict")[-1]["outcomes"]


def test_a_selection_of_rules_is_all_that_is_told(run, streams, tmp_path):
    """Rules that are not selected are neither judged nor listed."""
    run("check", streams / "good.sse", "--select", "SSE", "--report", "report")
    names = {line["name"] for line in lines(tmp_path / "report") if line["kind"] == "check"}

    assert names
    assert {"SSE"} == {name.split("-")[0] for name in names}


def test_a_capsule_can_be_checked_from_the_command_line(run, streams, tmp_path):
    """The command that a report gives for a failure shows that failure again."""
    run("check", streams / "broken.sse", "--report", "report")
    [capsule] = (tmp_path / "report" / "capsules").iterdir()
    code, out, _ = run("check", capsule)

    assert 1 == code
    assert "STREAM-014 orphan-delta: `content-delta` for block 0, which is not open" in out


def test_the_views_are_made_again(run, streams, tmp_path):
    """`report` makes all views of a report.jsonl and ends as the run did."""
    run("check", streams / "broken.sse", "--report", "report")
    code, out, _ = run("report", "report/report.jsonl", "--to", "again")

    assert 1 == code
    assert "1 exchange judged: 1 error" in out
    assert {"report.html", "junit.xml", "summary.md", "capsules"} == {
        file.name for file in (tmp_path / "again").iterdir()
    }


def test_a_folder_stands_for_the_report_in_it(run, streams, tmp_path):
    """`report` takes the folder as `--report` does, and says which file it lacks."""
    run("check", streams / "broken.sse", "--report", "report")
    before = (tmp_path / "report" / "summary.md").read_bytes()
    (tmp_path / "report" / "summary.md").unlink()
    code, _, _ = run("report", "report")
    other, _, said = run("report", "streams")

    assert (1, 2) == (code, other)
    assert before == (tmp_path / "report" / "summary.md").read_bytes()
    assert "cannot be read: no such file or directory\n  --> streams/report.jsonl" in said


def test_what_is_no_report_is_one_message(run, tmp_path):
    """`report` on another file says so and ends with 2; so does a folder that is a file."""
    (tmp_path / "x.jsonl").write_text("{}\n")
    code, _, err = run("report", "x.jsonl")
    other, _, said = run("check", "x.jsonl", "--report", "x.jsonl")

    assert (2, 2) == (code, other)
    assert "error: is not a line of a report\n  --> x.jsonl:1" in err
    assert "Traceback" not in said


def test_a_run_is_reported(tmp_path):
    """A run over the mock with a fault: cases, findings, checks and the proof are in the report."""
    settings = RunSettings(target="mock:?fault=STREAM-014", only=("chat-stream/text/*",))
    done = Run(settings, [Reporter(str(tmp_path))], proving=True).play()
    found = lines(tmp_path)
    checks = {line["name"]: line for line in found if line["kind"] == "check"}
    header = found[0]

    assert 1 == done.exit_code() == found[-1]["exit"]
    assert ("run", "server", 0) == (header["command"], header["party"], header["seed"])
    assert {"broken"} <= {line["outcome"] for line in found if line["kind"] == "case"}
    assert checks["STREAM-014"]["failed"] > 0
    assert all(check["proved"] for check in checks.values())
    assert not any(name.startswith("CHAT-00") for name in checks)
    assert header_of("run").spec_sha256 == header["spec_sha256"]
    assert "STREAM-014" in (tmp_path / "summary.md").read_text()


def test_the_checks_of_a_run_are_counted(tmp_path):
    """How often each was applied and failed is in the report, and none that is not selected."""
    only = ("rerank/laws/top-n", "rerank/http/get", "rerank/plain/all")
    chosen = RunSettings(target="mock:?fault=RERANK-106", only=only, ignore=("RUN-003",))
    told = Told()
    Run(chosen, [Reporter(str(tmp_path)), told]).play()
    found = lines(tmp_path)
    checks = {line["name"]: line for line in found if line["kind"] == "check"}
    sent = sum(1 for line in found if line["kind"] == "exchange")
    law = told.results["rerank/laws/top-n"]

    assert "RUN-003" not in checks
    assert (sent, 0) == (checks["RUN-001"]["judged"], checks["RUN-001"]["failed"])
    row = re.search(
        r"<code>RUN-005</code>.*?</tr>", (tmp_path / "report.html").read_text(), re.DOTALL
    )

    assert "top-n-prefix" == checks["RUN-005"]["label"]
    assert row is not None
    assert all(word in row[0] for word in ("top-n-prefix", "error", "limits the number of results"))
    assert law.checked["RUN-005"] == checks["RUN-005"]["judged"] > 0
    assert law.lapsed["RUN-005"] == checks["RUN-005"]["failed"] > 0
    assert 0 == checks["RUN-010"]["judged"]


def test_the_counts_of_a_run_are_those_of_the_server(tmp_path):
    """What the rules say of the run's own requests is listed, and not counted."""
    settings = RunSettings(target="mock:", only=("rerank/refusals/*",))
    Run(settings, [Reporter(str(tmp_path))]).play()
    found = lines(tmp_path)
    parties = {line["party"] for line in found if line["kind"] == "violation"}

    assert {"client"} == parties
    assert {} == found[-1]["rules"]
    assert [0, 0, 0] == [found[-1]["counts"][name] for name in ("errors", "warnings", "infos")]
