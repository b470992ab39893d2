"""The command `run` against a server elsewhere: the whole path, with a key that nobody gets to see."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from urllib.parse import quote

import pytest

from conformance.mock.server import MockProcess

TEXTS = ("--only", "chat-stream/text/*", "--only", "rerank/http/*")


@pytest.fixture
def run(fake_key, tmp_path):
    """Run a command in a process of its own, with the key in its environment; nothing shows it."""
    outputs = []

    def call(*arguments):
        command = [sys.executable, "-c", "from conformance.cli import main; main()", *arguments]
        environment = {**os.environ, "CO_API_KEY": fake_key, "NO_COLOR": "1", "COLUMNS": "100"}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
        )
        outputs.append(done.stdout + done.stderr)
        return done

    yield call
    written = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    coded = [base64.b64encode(b"." * n + fake_key.encode() + b"...")[4:44] for n in range(3)]
    forms = [fake_key.encode(), fake_key[:20].encode(), quote(fake_key, safe="").encode(), *coded]

    assert [] == [data[:500] for data in written for form in forms if form in data]
    assert [] == [text for text in outputs for form in forms if form.decode() in text]


def test_a_run_is_limited_recorded_judged_and_played_again(run, fake_key, tmp_path):
    """With refusals, workers, a pace, a budget and recordings: the recordings pass and play."""
    options = ["--pace", "600/600", "--max-requests", "120", "--max-tokens", "90000", "-n", "2"]
    with MockProcess(["--key", fake_key, "--fault", "429=0*3"]) as process:
        live = run("run", process.url, *TEXTS, *options, "--record", "kept", "--report", "report")
        statuses = [entry.exchange.response.status for entry in process.log.entries()]
        sent = {entry.exchange.request.header("authorization") for entry in process.log.entries()}
    checked = run("check", "kept")
    again = run("run", "cassette:kept", *TEXTS)

    assert (0, "") == (live.returncode, live.stderr), live.stdout
    assert [429] * 3 == statuses[:3]
    assert {"Bearer REDACTED"} <= sent
    assert len(list((tmp_path / "kept").rglob("*.yaml"))) > 10
    assert 0 == checked.returncode, checked.stdout
    assert 0 == again.returncode, again.stdout


def test_the_budget_stops_a_run(run, fake_key):
    """A run that would need more stops after what it may spend, and says so with exit code 2."""
    with MockProcess(["--key", fake_key]) as process:
        done = run("run", process.url, *TEXTS, "--max-requests", "5")
        count = len(process.log.entries())

    assert 2 == done.returncode
    assert "budget" in done.stdout + done.stderr
    assert count <= 5


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("http://127.0.0.1:9", "nothing listens at `127.0.0.1:9`"),
        ("https://user:s3cr3t@127.0.0.1:9", "the address holds a user name or a password"),
    ],
)
def test_a_server_that_is_not_there_is_one_message(run, target, what):
    """What cannot be reached is one clear message and exit code 2, without a traceback."""
    done = run("run", target, *TEXTS)

    said = done.stdout + done.stderr

    assert 2 == done.returncode
    assert 1 == said.count(what)
    assert [] == [word for word in ("Traceback", "s3cr3t") if word in said]


def test_a_key_that_is_refused_is_one_message(run):
    """A server that does not take the key is told about once, with what it said."""
    with MockProcess(["--key", "another-key-than-ours"]) as process:
        done = run("run", process.url, *TEXTS)

    assert 2 == done.returncode
    assert 1 == (done.stdout + done.stderr).count("the key is refused: `invalid api token`")


def test_a_server_that_echoes_the_key(run, scripted, http, fake_key, tmp_path):
    """A careless server gets its verdict, and what it says of the key is not repeated."""
    body = f'{{"message":"no: {fake_key}","h":"{quote(fake_key, safe="")}"}}'.encode()
    server = scripted([http(body, status="400 X", headers=("Content-Type: application/json",))])
    done = run("run", server.url, *TEXTS, "-v", "--record", "kept", "--report", "report")

    assert 1 == done.returncode, done.stderr
    assert "no: REDACTED" in done.stdout
    for name in ("report.jsonl", "report.html", "junit.xml", "summary.md"):
        assert (tmp_path / "report" / name).stat().st_size > 100
    assert "REDACTED" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
