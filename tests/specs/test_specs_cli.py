"""The commands: what they print, and how they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.data import data_path
from conformance.errors import ConformanceError
from conformance.specs.cli import specs
from conformance.specs.errata import errata

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def root(tmp_path):
    """A copy of the specs folder."""
    shutil.copytree(data_path("specs"), tmp_path / "specs")
    return tmp_path / "specs"


@pytest.fixture
def run(root):
    """Run a command on the copy; its exit code, output and error output."""

    def command(*args):
        result = CliRunner().invoke(specs, [*map(str, args), "--specs", str(root)])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.stdout, result.stderr

    return command


def test_import_compile_and_check(run, root):
    """A new description is imported, made current and compiled; then nothing is stale."""
    code, out, _ = run("import", FIXTURES / "official.yaml", "--snapshot", "new")
    assert (0, "new\n") != (code, (root / "current").read_text())
    assert "imported `new` (dialect official)" in out
    assert (0, "the compiled files are fresh\n", "") == run("compile", "--check")

    assert 0 == run("import", FIXTURES / "official.yaml", "--snapshot", "new", "--current")[0]
    code, _, err = run("compile", "--check")
    assert 1 == code
    assert "stale: " in err
    assert "chat-request.json" in err
    assert 0 == run("compile")[0]
    assert 0 == run("compile", "--check")[0]


def test_the_first_import_is_current(run, root):
    """Without a current snapshot the imported one becomes it."""
    (root / "current").unlink()

    assert 2 == run("compile", "--check")[0]
    assert 0 == run("import", FIXTURES / "official.yaml", "--snapshot", "new")[0]
    assert "new\n" == (root / "current").read_text()


@pytest.mark.parametrize(
    "args",
    [
        ("import", "absent.md"),
        ("import", __file__),
        ("import", FIXTURES / "official.yaml", "--snapshot", "a/b"),
        ("errata", "--snapshot", "absent"),
        ("export", "--snapshot", "absent"),
        ("export", "-o", "/dev/null/x.yaml"),
    ],
)
def test_trouble_is_one_message_and_exit_code_2(run, args):
    """What cannot be done is told in lower case, with the place, and without a traceback."""
    code, out, err = run(*args)

    assert 2 == code
    assert "" == out
    first, second = err.splitlines()[:2]
    assert first.startswith("error: ")
    assert not first.endswith(".")
    assert second.startswith("  --> ")
    assert "Traceback" not in err


def test_errata_name_every_correction(run):
    """The text has each correction with reason and evidence in at most 88 columns."""
    code, out, _ = run("errata")
    found = errata(data_path("specs"))

    assert 0 == code
    assert all(len(line) <= 88 for line in out.splitlines())
    for one in found:
        assert any(line.startswith(f"{one.code} ") for line in out.splitlines())
    assert len(found) == sum(line.startswith("  because  ") for line in out.splitlines())
    assert len(found) == sum(line.startswith("  seen by  ") for line in out.splitlines())
    places = sum(len(one.places) for one in found)
    assert (
        f"{len(found)} corrections in {places} places, each with its reason."
        == (out.splitlines()[-1])
    )


def test_errata_cover_the_known_defects():
    """The defects that tools stumble on are in the list, with the number of their places."""
    counts = {one.name: len(one.places) for one in errata(data_path("specs"))}

    assert {
        "enum-objects": 22,
        "boolean-literal": 1,
        "yaml-booleans": 2,
        "variant-constants": 11,
        "nested-tags": 2,
        "error-bodies": 24,
        "body-required": 2,
        "authorization": 2,
        "servers": 2,
        "JsonResponseFormatV2": 1,
        "ChatTextResponseFormatV2": 1,
        "ImageContent": 1,
    }.items() <= counts.items()


def test_errata_as_json_hold_the_same(run):
    """The machine form has every member of every correction, places included."""
    code, out, _ = run("errata", "--format", "json")

    assert 0 == code
    data = json.loads(out)
    assert [one.code for one in errata(data_path("specs"))] == [one["code"] for one in data]
    assert {"code", "name", "group", "clause", "because", "evidence", "places"} == set(data[0])


def test_errata_list_places_on_demand(run):
    """`--places` adds a line for each place."""
    short, long = run("errata")[1], run("errata", "--places")[1]
    places = sum(len(one.places) for one in errata(data_path("specs")))

    assert len(long.splitlines()) == len(short.splitlines()) + places


def test_export_writes_the_form_that_the_name_asks_for(run, tmp_path):
    """`.json` gives JSON, anything else YAML, and without a file the text is printed."""
    assert 0 == run("export", "-o", tmp_path / "a.json")[0]
    assert 0 == run("export", "-o", tmp_path / "a.yaml")[0]

    document = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert "3.1.1" == document["openapi"]
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8").startswith("openapi: 3.1.1\n")
    assert run("export")[1] == (tmp_path / "a.yaml").read_text(encoding="utf-8")
    assert "StreamFrame" not in run("export", "--bare-events")[1]


def test_data_is_found_and_its_absence_is_told(monkeypatch, tmp_path):
    """The folder inside the package wins over the checkout's; with neither there is a message."""
    inside, beside = tmp_path / "inside", tmp_path / "beside"
    monkeypatch.setattr("conformance.data._PLACES", {"specs": (inside, beside)})
    with pytest.raises(ConformanceError, match="the `specs` data of this installation is missing"):
        data_path("specs")

    beside.mkdir()
    assert beside == data_path("specs")
    inside.mkdir()
    assert inside == data_path("specs")
