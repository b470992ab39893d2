"""The command line, run in this process; and recordings to run it on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.cli import main

GOOD = b"""\
event: message-start
data: {"id":"5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90","type":"message-start",\
"delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}

event: content-start
data: {"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}

event: content-delta
data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hello"}}}}

event: content-end
data: {"type":"content-end","index":0}

event: message-end
data: {"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":\
{"input_tokens":3,"output_tokens":2},"tokens":{"input_tokens":60,"output_tokens":4}}}}

data: [DONE]

"""
_START = b'event: content-start\ndata: {"type":"content-start","index":0,'
_END = b'event: content-end\ndata: {"type":"content-end","index":0}\n\n'


@dataclass(frozen=True)
class Result:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command line in an empty folder, as in a log of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")

    def command(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        said = capsys.readouterr()
        return Result(ended.value.code, said.out, said.err)

    return command


@pytest.fixture
def streams(tmp_path):
    """A folder with a stream that keeps the contract, one that breaks it, and one that is odd."""
    folder = tmp_path / "streams"
    folder.mkdir()
    (folder / "good.sse").write_bytes(GOOD)
    before, start, after = GOOD.partition(_START)
    orphan = before + after.partition(b"\n\n")[2].replace(_END, b"")
    (folder / "orphan.sse").write_bytes(orphan)
    (folder / "unended.sse").write_bytes(GOOD.replace(b"data: [DONE]\n\n", b""))
    assert start
    return folder
