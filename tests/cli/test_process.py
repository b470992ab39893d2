from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

COMMAND = [sys.executable, "-c", "from conformance.cli import main; main()"]
HEAVY = [
    "asyncio",
    "concurrent.futures",
    "difflib",
    "email.message",
    "httpx",
    "hypothesis",
    "importlib.metadata",
    "jsonpath_rfc9535",
    "multiprocessing",
    "pytest",
    "rich",
    "shutil",
    "tomllib",
    "traceback",
    "yaml",
]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """Children start in an empty folder and find the package where this process does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))


def test_a_small_check_loads_nothing_heavy(streams):
    """Start-up stays low: what a plain `check` has no use for is not imported."""
    watched = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print([m for m in {HEAVY!r} if m in sys.modules]))\n"
        "from conformance.cli import main; main()"
    )
    command = [sys.executable, "-S", "-c", watched, "check", str(streams / "good.sse")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.splitlines()[-1]


def test_an_interrupt_leaves_without_a_traceback():
    """Ctrl-C ends with 130, says nothing, and leaves a report without a footer."""
    command = [*COMMAND, "check", "-", "--format", "jsonl", "--endpoint", "chat-stream"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        first = json.loads(child.stdout.readline())
        child.send_signal(signal.SIGINT)
        rest, told = child.communicate(timeout=30)

    assert "header" == first["kind"]
    assert (130, b"", b"") == (child.returncode, rest, told)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are signalled otherwise")
def test_an_interrupt_stops_the_workers_too(streams):
    """Ctrl-C reaches every process of a terminal: all end, and none has a last word."""
    for number in range(40):
        (streams / f"more{number}.sse").write_bytes((streams / "orphan.sse").read_bytes())
    with subprocess.Popen(
        [*COMMAND, "check", "--format", "jsonl", "-j", "2", str(streams)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.15)  # the workers are loading
        os.killpg(child.pid, signal.SIGINT)
        rest, told = child.communicate(timeout=30)

    assert (130, b"") == (child.returncode, told)
    assert b"footer" not in rest


def test_a_reader_that_leaves_is_no_trouble(streams):
    """When the reader of a pipe is gone, the command ends without a word."""
    for number in range(400):  # more than fits into a pipe
        (streams / f"more{number}.sse").write_bytes((streams / "orphan.sse").read_bytes())
    with subprocess.Popen(
        [*COMMAND, "check", "--format", "jsonl", str(streams)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        told = child.stderr.read()

    assert (141, b"") == (child.returncode, told)


def test_an_encoding_that_lacks_a_character_is_no_trouble(streams, monkeypatch):
    """On a terminal that knows ASCII only, what it lacks is escaped."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = subprocess.run([*COMMAND, "check", str(streams)], capture_output=True, check=False)

    assert (1, b"") == (done.returncode, done.stderr)
    assert rb"\u2026" in done.stdout
