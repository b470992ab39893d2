"""The command `diff`: what it prints, in every form, and its exit codes."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.data import data_path
from conformance.specs import yamlio
from conformance.specs.snapshot import current
from tests.diff.api import integer, obj, small_api, text
from tests.diff.dialects import documents, published

TODAY = Path(__file__).parent / "fixtures" / "page-of-today.md"


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run `diff` in an empty folder, as in a log of 88 columns; code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "88")
    monkeypatch.setenv("NO_COLOR", "1")

    def command(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["diff", *map(str, arguments)])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command


def _busy():
    """An API after many changes at once, one of each sort."""
    api = small_api()
    request = api["chat-stream"]["request"]["p"]
    request["k"] = {**request["k"], "max": 100}
    request["stops"] = request.pop("stop_sequences")
    request["safety_mode"]["enum"].remove("STRICT")
    request["priority"] = integer(min=0, max=999)
    del request["logprobs"]
    events = api["chat-stream"]["event"]["m"]
    events["heartbeat"] = obj(beat=integer(), of=text())
    events["message-end"]["p"]["delta"]["p"]["finish_reason"]["enum"].append("TIMEOUT")
    del api["rerank"]["response"]["p"]["meta"]["p"]["warnings"]
    api["error"]["p"]["kind"] = text()
    return api


@pytest.fixture
def pair(tmp_path):
    """Two files that differ in much."""
    (tmp_path / "before.yaml").write_text(published(small_api(), "official"), encoding="utf-8")
    after = documents(_busy(), "official")[0]
    union = after["paths"]["/v2/chat"]["post"]["x-fern-streaming"]["response-stream"]
    lost = union["discriminator"]["mapping"]["citation-end"]
    union["oneOf"] = [one for one in union["oneOf"] if one["$ref"] != lost]
    (tmp_path / "after.yaml").write_text(yamlio.dump(after), encoding="utf-8")
    return "before.yaml", "after.yaml"


def test_the_report_for_people(run, pair, golden):
    """What, where on both sides, who, what it means and touches; the worst first."""
    code, out, err = run(*pair)

    assert (1, "") == (code, err)
    golden("diff.txt", out)


@pytest.mark.parametrize("form", ["markdown", "github"])
def test_the_report_for_a_build(run, pair, golden, form):
    """The same as Markdown for a summary, and as annotations."""
    _, out, _ = run(*pair, "--format", form)

    golden(f"diff_{form}.txt", out)


def test_the_report_for_machines(run, pair):
    """All that people see, as JSON with a format number."""
    _, out, _ = run(*pair, "--format", "json")
    data = json.loads(out)
    first = data["findings"][0]

    assert 1 == data["format"]
    assert {"breaking": 4, "risky": 3, "additive": 3} == data["counts"]
    assert re.fullmatch(r"[0-9a-f]{12}", first["id"])
    assert {"sender", "reader", "recordings"} == set(first["verdict"])
    assert {"rules", "cases", "recordings"} == set(first["touches"])
    assert all(one["places"][side]["line"] for one in data["findings"] for side in ("old", "new"))
    assert ["mapping-without-member"] == [one["kind"] for one in data["defects"]]
    assert len(data["findings"]) == len({one["id"] for one in data["findings"]})


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--fail-on", "risky"), 1),
        (("--fail-on", "any"), 1),
        (("--for", "sender"), 1),
        (("--for", "reader"), 1),
        (("--for", "recordings"), 1),
    ],
)
def test_a_break_fails_in_every_way(run, pair, options, code):
    """Whatever the threshold, and for each audience that is hurt."""
    assert code == run(*pair, *options)[0]


def test_the_page_of_today_adds_two_members_and_no_more(run):
    """From the snapshot to a page of another dialect: two additions, and notes."""
    snapshot = current(data_path("specs"))
    code, out, err = run(snapshot, TODAY, "--format", "json")
    data = json.loads(out)

    assert (0, "") == (code, err)
    assert ["image_tokens", "pages"] == [one["new"] for one in data["findings"]]
    assert {"additive"} == {one["level"] for one in data["findings"]}
    assert ([], []) == (data["defects"], data["mended"])
    assert {"dialect", "prose", "described", "default"} == {one["kind"] for one in data["notes"]}
    assert [[]] * 2 == [one["touches"]["recordings"] for one in data["findings"]]


@pytest.mark.parametrize(
    ("fail_on", "audience", "code"),
    [("breaking", None, 0), ("risky", None, 0), ("any", None, 1), ("any", "sender", 0),
     ("any", "reader", 1)],
)  # fmt: skip
def test_an_addition_fails_only_where_anything_does(run, fail_on, audience, code):
    """The threshold is that of the audience, which must be concerned at all."""
    options = ["--fail-on", fail_on, *(["--for", audience] if audience else [])]

    assert code == run(current(data_path("specs")), TODAY, *options)[0]


def test_nothing_changed(run):
    """A description and itself: one sentence, and exit 0 at the lowest threshold."""
    name = current(data_path("specs"))
    code, out, _ = run(name, name, "--fail-on", "any")

    assert 0 == code
    assert "nothing changed on the wire" == out.splitlines()[-1]


def test_revisions_of_a_file(run, tmp_path):
    """`REVISION:PATH` is read from git, and told so in the places."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
    (tmp_path / "api.yaml").write_text(published(small_api(), "official"), encoding="utf-8")
    for arguments in (["init", "-q"], ["add", "api.yaml"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *arguments], check=True, cwd=tmp_path, capture_output=True)
    (tmp_path / "api.yaml").write_text(published(_busy(), "official"), encoding="utf-8")
    code, out, err = run("HEAD:api.yaml", "api.yaml")

    assert (1, "") == (code, err)
    assert re.search(r"HEAD:api\.yaml:\d+ → api\.yaml:\d+", out)


def test_several_pages_make_one_side(run, tmp_path):
    """A page for each endpoint, separated by a comma."""
    fixtures = Path(__file__).parent.parent / "specs" / "fixtures"
    pages = ",".join(str(fixtures / f"dialect-b-{one}.md") for one in ("chat", "rerank"))

    assert 0 == run(current(data_path("specs")), pages, "--fail-on", "any")[0]


def test_one_page_is_compared_as_far_as_it_goes(run):
    """An endpoint that a page does not describe is not removed; that is said."""
    page = Path(__file__).parent.parent / "specs" / "fixtures" / "dialect-b-rerank.md"
    code, out, _ = run(current(data_path("specs")), page)

    assert 0 == code
    assert "`chat-stream` is not described by" in out


def test_a_whole_description_that_lost_an_endpoint(run, tmp_path):
    """There an endpoint that is missing is gone, which breaks everyone."""
    data = documents(small_api(), "official")[0]
    (tmp_path / "a.yaml").write_text(yamlio.dump(data), encoding="utf-8")
    del data["paths"]["/v2/rerank"]
    (tmp_path / "b.yaml").write_text(yamlio.dump(data), encoding="utf-8")
    code, out, _ = run("a.yaml", "b.yaml")

    assert 1 == code
    assert "breaking  `POST /v2/rerank` removed" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "nowhere"), "`nowhere` is no snapshot, no file and no revision of a file"),
        (("HEAD:gone.yaml", "HEAD:gone.yaml"), "git does not have it"),
        (("--output=x:y", "a"), "no such option"),
        (("empty.yaml", "empty.yaml"), "the input is empty"),
        (("other.yaml", "other.yaml"), "neither `POST /v2/chat` nor `POST /v2/rerank`"),
        ((".", "."), "the folder holds no snapshot"),
    ],
)
def test_what_cannot_be_compared_ends_with_2(run, tmp_path, arguments, said):
    """One message with a hint, and no traceback."""
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    (tmp_path / "other.yaml").write_text("openapi: 3.1.0\npaths: {}\n", encoding="utf-8")
    code, out, err = run(*arguments)

    assert (2, "") == (code, out)
    assert said in err
    assert "= help: " in err or said == "the input is empty"
