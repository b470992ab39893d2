from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
TEST = """
def test_screen(golden):
    golden("used.txt", "new\\n")
"""


@pytest.fixture
def project(tmp_path):
    """A project with one test, its golden, and a golden that no test uses."""
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    folder = tmp_path / "tests" / "golden"
    folder.mkdir(parents=True)
    (tmp_path / "tests" / "test_it.py").write_text(TEST)
    (folder / "unused.txt").write_text("old\n")

    def run(*arguments):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        surroundings = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(
            command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout

    return folder, run


def test_a_golden_that_is_missing_or_differs_fails(project):
    """A screen that nobody approved fails, and the failure shows what differs."""
    folder, run = project
    missing = run()
    (folder / "used.txt").write_text("old\n")
    differing = run()

    assert (1, 1) == (missing[0], differing[0])
    assert "no golden `used.txt`: run pytest --update-golden" in missing[1]
    assert "-old" in differing[1]
    assert "+new" in differing[1]


def test_updating_writes_the_golden_and_reports_the_unused(project):
    """--update-golden approves the screen; a golden without a test comes with its end."""
    folder, run = project
    updated, passed, narrowed = run("--update-golden"), run(), run("-k", "screen")

    assert (0, 0, 0) == (updated[0], passed[0], narrowed[0])
    assert "new\n" == (folder / "used.txt").read_text()
    assert "git rm tests/golden/unused.txt" in passed[1]
    assert "git rm" not in narrowed[1]


def test_workers_share_what_they_used(project):
    """With pytest-xdist, a golden that a worker used counts as used."""
    pytest.importorskip("xdist")
    folder, run = project
    (folder / "used.txt").write_text("new\n")
    code, said = run("-p", "xdist", "-n", "2")

    assert (0, True) == (code, "git rm tests/golden/unused.txt\n" in said)
