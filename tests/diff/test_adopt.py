"""`specs adopt`: a snapshot becomes current with its compiled files, and what is to be done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.data import data_path
from conformance.specs import adopt
from conformance.specs.compile import stale_files
from conformance.specs.snapshot import current

TODAY = Path(__file__).parent / "fixtures" / "page-of-today.md"


@pytest.fixture
def root(tmp_path):
    """A folder of specs of one's own."""
    folder = tmp_path / "specs"
    shutil.copytree(data_path("specs"), folder)
    return folder


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run `specs` in an empty folder; code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "88")
    monkeypatch.setenv("NO_COLOR", "1")

    def command(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["specs", *map(str, arguments)])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command


def _state(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_import_then_adopt(run, root, golden):
    """The snapshot is current and freshly compiled; the work list tells what it brings."""
    assert 0 == run("import", TODAY, "--snapshot", "today", "--specs", root)[0]
    code, out, err = run("adopt", "today", "--specs", root)

    assert (0, "") == (code, err)
    assert "today" == current(root)
    assert [] == stale_files(root)
    assert not list(root.glob(".*"))
    golden("adopt.txt", out)


def test_a_dry_run_changes_nothing(run, root):
    """It prints the same list."""
    run("import", TODAY, "--snapshot", "today", "--specs", root)
    before = _state(root)
    code, out, _ = run("adopt", "today", "--dry-run", "--specs", root)

    assert 0 == code
    assert "`today` would become the current snapshot" in out
    assert before == _state(root)


def test_the_imported_file_names_its_snapshot(run, root):
    """Whoever imported a file need not copy a hash."""
    assert 2 == run("adopt", TODAY, "--specs", root)[0]
    run("import", TODAY, "--specs", root)

    assert 0 == run("adopt", TODAY, "--specs", root)[0]
    assert current(root) != current(data_path("specs"))


def test_a_snapshot_that_the_overlays_do_not_fit(run, root, tmp_path):
    """Every action that no longer fits is named, and nothing is changed."""
    text = TODAY.read_text(encoding="utf-8").replace(
        "                priority:\n", "                urgency:\n"
    )
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    run("import", page, "--snapshot", "urgent", "--specs", root)
    before = _state(root)
    code, out, err = run("adopt", "urgent", "--specs", root)

    assert (2, "") == (code, out)
    assert "2 actions of the overlays no longer fit" in err
    assert 2 == err.count("matches nothing")
    assert before == _state(root)


@pytest.mark.parametrize("fails", ["set_current", "replace"])
def test_an_interruption_leaves_the_old_state(run, root, monkeypatch, fails):
    """Compiled files and current snapshot change together or not at all."""
    run("import", TODAY, "--snapshot", "today", "--specs", root)
    before = _state(root)

    def broken(*_):
        raise OSError(28, "No space left on device")

    if fails == "set_current":
        monkeypatch.setattr(adopt, "set_current", broken)
    else:
        monkeypatch.setattr(adopt.os, "replace", broken)
    code, _, err = run("adopt", "today", "--specs", root)
    monkeypatch.undo()

    assert 2 == code
    assert "No space left on device" in err
    assert before == _state(root)


def test_a_name_that_is_no_snapshot(run, root):
    """The known ones are named."""
    code, _, err = run("adopt", "nowhere", "--specs", root)

    assert 2 == code
    assert f"known snapshots: {current(root)}" in err
