"""Recordings under another description: which verdicts turn, in open and closed mode, and why."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from conformance.cassette import find, read
from conformance.cli import main
from conformance.contract import Contract, contract
from conformance.data import data_path
from conformance.diff.recheck import CLOSED_RULES, recheck
from conformance.rules.registry import all_rules
from conformance.specs.trial import trial

TODAY = Path(__file__).parent / "fixtures" / "page-of-today.md"


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run `recheck` in an empty folder; code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "88")
    monkeypatch.setenv("NO_COLOR", "1")

    def command(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["recheck", *map(str, arguments)])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command


def _page(tmp_path, *edits):
    """Today's page with some texts replaced, each of which must be there."""
    text = TODAY.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def test_the_page_of_today_turns_nothing(run):
    """Additions to an answer leave every recording as it was."""
    code, out, err = run("--spec", TODAY)

    assert (0, "") == (code, err)
    assert re.search(r"(\d+) exchanges: \1 as before", out)


def test_a_page_may_be_that_of_a_revision(run, tmp_path):
    """REVISION:PATH is read from the repository that one stands in; what git lacks is told."""
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org"]
    _page(tmp_path)
    for command in (["init", "-q"], ["add", "page.md"], ["commit", "-qm", "page"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    (tmp_path / "page.md").unlink()
    code, out, err = run("--spec", "HEAD:page.md")

    assert (0, "") == (code, err)
    assert re.search(r"(\d+) exchanges: \1 as before", out)
    code, out, err = run("--spec", "HEAD:gone.md")
    assert (2, "") == (code, out)
    assert "git does not have it" in err


def test_an_enum_member_that_is_gone_fails_openly(run, tmp_path):
    """Ordinary validation finds it; the exchanges are named, and the rule with the value."""
    page = _page(tmp_path, ("- MAX_TOKENS\n", "- MOST_TOKENS\n"))
    code, out, _ = run("--spec", page, "--format", "json")
    data = json.loads(out)

    assert 1 == code
    assert {"fail-open"} == {one["verdict"] for one in data["turns"]}
    assert "recordings/chat/max_tokens.yaml" in [one["file"] for one in data["turns"]]
    assert all("EVENT-009 payload-enum" in one["open"][0] for one in data["turns"])
    assert data["counts"]["fail-open"] == len(data["turns"])


def test_a_member_that_is_gone_fails_closed_only(run, tmp_path, golden):
    """No ordinary validator misses it, in what is sent and in what is received."""
    # 16 columns: the member of the request; 14: of the event.
    page = _page(
        tmp_path,
        ("                logprobs:\n", "                logs:\n"),
        ("        search_units:\n          type: number\n          format: double\n", ""),
    )
    code, out, err = run("--spec", page)

    assert (1, "") == (code, err)
    golden("recheck.txt", out.replace(str(page), "page.md"))


def test_what_failed_before_and_passes_now_is_told_and_no_failure(run, tmp_path):
    """A description that catches up with the API mends recordings."""
    own = next(p for p in find([str(data_path("recordings"))]) if p.name == "max_tokens.yaml")
    (exchange,) = read(own)
    recording = tmp_path / "later.sse"
    recording.write_bytes(exchange.response.body.replace(b"MAX_TOKENS", b"OUT_OF_LUCK"))
    page = _page(tmp_path, ("- MAX_TOKENS\n", f"- MAX_TOKENS\n{' ' * 20}- OUT_OF_LUCK\n"))
    code, out, _ = run("--spec", page, recording, "--format", "json")

    assert 0 == code
    assert ["mended"] == [one["verdict"] for one in json.loads(out)["turns"]]


def test_overlays_that_do_not_fit_are_left_out_and_told(run, tmp_path):
    """Judging goes on without them: their loss is what a new description brings."""
    page = _page(tmp_path, ("                priority:\n", "                urgency:\n"))
    code, out, _ = run("--spec", page)

    assert 1 == code
    assert "left out  specs/overlays/prose.yaml action" in out
    assert "CHAT-006 unknown-request-field: `/priority`" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--spec", "nowhere"),
            "`nowhere` is neither a snapshot, nor a file, nor a revision of one",
        ),
        (("--spec", TODAY, "gone"), "no such file or folder"),
        ((), "is missing"),
    ],
)
def test_what_cannot_be_rechecked_ends_with_2(run, arguments, said):
    """One message, and no traceback."""
    code, out, err = run(*arguments)

    assert (2, "") == (code, out)
    assert said in err


def test_nothing_judged_is_never_green(run, tmp_path):
    """An empty folder is no success."""
    (tmp_path / "empty").mkdir()

    assert 2 == run("--spec", TODAY, "empty")[0]


def test_the_closed_rules_are_those_about_unknown_members():
    """A new rule of that kind must be counted as closed too."""
    about = re.compile(r"undocumented-member|unknown-(request|rerank)-field")

    assert {one.code for one in all_rules() if about.match(one.name)} == CLOSED_RULES


def test_a_contract_and_itself_turn_nothing():
    """The comparison is of what is said, not of where it stands."""
    with trial(str(TODAY), data_path("specs")) as tried:
        new = Contract(tried.root / "compiled")
        files = find([str(data_path("recordings"))])[:10]
        turns = [recheck(one, contract(), new) for file in files for one in read(file)]

    assert {"same"} == {one.verdict for one in turns if one.judged}
    assert any(one.judged for one in turns)
