"""The command `mock`: what it prints, and what it refuses."""

from __future__ import annotations

import signal
import subprocess
import sys

import httpx
import pytest

from conformance.cli import main
from conformance.faults import fault_keys
from conformance.faults.samples import SAMPLES
from conformance.mock.transport import TRANSPORTS


def run(capsys, *arguments):
    """(exit code, standard output, standard error) of the command."""
    with pytest.raises(SystemExit) as ended:
        main(["mock", *arguments])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_list_of_faults(capsys):
    """All faults are listed by their keys, those of transport with their values."""
    code, out, _ = run(capsys, "--list-faults")
    first = [line.split()[0] for line in out.splitlines() if line[:1].strip()]

    assert 0 == code
    assert [
        *fault_keys(),
        *[name + ("=" + value[0] if value[0] else "") for name, value in TRANSPORTS.items()],
    ] == first[:-1]
    assert f"{len(fault_keys())} faults" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fault", "STREM-014"], "did you mean `STREAM-014`"),
        (["--profile", "liv"], "did you mean `live`"),
        (["--latency", "soon"], "write `20ms`"),
        (["--port", "70000"], "70000"),
        (["--host", "192.0.2.1"], "cannot listen"),
    ],
)
def test_usage_errors(capsys, arguments, says):
    """A bad option ends the command with 2 and a message that helps."""
    code, out, err = run(capsys, *arguments)

    assert 2 == code
    assert "" == out
    assert says in err


def test_serves_until_interrupted():
    """The command prints its address, serves, and tells at the end what clients did wrong."""
    code = "from conformance.cli import main; main()"
    command = [sys.executable, "-c", code, "mock", "--latency", "1ms", "--key", "the-key"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        body = {**SAMPLES["text"].body, "colour": "red"}
        key = {"authorization": "Bearer the-key"}
        answer = httpx.post(line.split()[0] + "/v2/chat", json=body, headers=key)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)

    assert 422 == answer.status_code
    assert "profile live, one key" in line
    assert ["1 request, 1 refused", "  1 × CHAT-006 unknown-request-field"] == out.splitlines()
    assert 0 == process.returncode
