"""The recipe for CI in docs/diff.md, run as it stands on pages of our own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TODAY = Path(__file__).parent / "fixtures" / "page-of-today.md"
DOCS = ROOT / "docs" / "diff.md"
NEWS = """\
        pages:
          type: number
          format: double
          description: The pages that were billed.
"""

pytestmark = [
    pytest.mark.skipif(not DOCS.exists(), reason="tests run without the project's pages"),
    pytest.mark.skipif(
        not (shutil.which("curl") and shutil.which("bash")), reason="needs curl and bash"
    ),
]


@pytest.fixture
def job(tmp_path):
    """A repository that keeps an older page, and the steps of the recipe run in it."""
    home = tmp_path / "repository"
    (home / "api").mkdir(parents=True)
    recordings = home / "tests" / "recordings"
    recordings.mkdir(parents=True)
    for name in ("rerank/all_documents.yaml", "chat/text.yaml"):
        shutil.copy(ROOT / "recordings" / name, recordings)
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name, line in (
        ("cohere-conformance", f'exec "{sys.executable}" -m conformance "$@"'),
        ("gh", f'printf "%s\\n" "$@" > "{tmp_path}/issue"'),
    ):
        (bin_ / name).write_text(f"#!/bin/bash\n{line}\n")
        (bin_ / name).chmod(0o755)
    found = re.search(
        r"```yaml\n(name: .*?)```\n\n## ", DOCS.read_text(encoding="utf-8"), re.DOTALL
    )
    steps = yaml.safe_load(found[1])["jobs"]["watch"]["steps"]
    scripts = {step["name"]: step["run"] for step in steps if "run" in step}

    def run(kept, fetched):
        (home / "api" / "page.md").write_text(kept, encoding="utf-8")
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example",
               "-c", "commit.gpgsign=false"]  # fmt: skip
        for arguments in (["init", "-q"], ["add", "api"], ["commit", "-q", "-m", "page"]):
            subprocess.run([*git, *arguments], check=True, cwd=home, capture_output=True)
        page = tmp_path / "published.md"
        page.write_text(fetched, encoding="utf-8")
        env = {
            **os.environ,
            "PATH": f"{bin_}:{os.environ['PATH']}",
            "PAGE": page.as_uri(),
            "RECORDINGS": "tests/recordings",
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
        }
        # As GitHub runs a step.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
        done = subprocess.run(
            [*command, scripts["Compare"]], cwd=home, env=env, capture_output=True, text=True, check=False
        )  # fmt: skip
        output = tmp_path / "output"
        if output.exists() and "changed=1" in output.read_text():
            subprocess.run([*command, scripts["Open an issue"]], cwd=home, env=env, check=True)
        return done

    return run


def test_a_change_opens_an_issue_with_the_summary(job, tmp_path):
    """What is new, and that the recordings stand; in the summary of the job too."""
    today = TODAY.read_text(encoding="utf-8")
    done = job(today.replace(NEWS, ""), today)
    summary = (tmp_path / "summary").read_text()

    assert (0, "") == (done.returncode, done.stderr)
    assert "## API description: 1 change: 1 additive" in summary
    assert "<code>pages</code> added, optional" in summary
    assert "2 exchanges: 2 as before" in summary
    assert "summary.md" in (tmp_path / "issue").read_text()


def test_no_change_opens_nothing(job, tmp_path):
    """The job is green and says so."""
    today = TODAY.read_text(encoding="utf-8")
    done = job(today, today)

    assert 0 == done.returncode
    assert "nothing changed on the wire" in (tmp_path / "summary").read_text()
    assert not (tmp_path / "issue").exists()


def test_a_page_that_was_cut_off_fails_the_job(job, tmp_path):
    """Nobody is told that the API lost its endpoints."""
    today = TODAY.read_text(encoding="utf-8")
    done = job(today, today[:20_000])

    assert 0 != done.returncode
    assert "the YAML fence is never closed" in done.stderr
    assert not (tmp_path / "issue").exists()
