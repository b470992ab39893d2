from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from conformance.report import github, jsonl
from conformance.report.outcome import Tally, Trouble
from conformance.verdict import Level

NASTY = st.text(st.characters() | st.sampled_from("\n\r%:,\x1b\x9b\u2028"), max_size=30)


def test_json_lines_have_the_documented_members(violation, judged, outcome):
    """Header, exchange, violation, error and footer have just the members that are documented."""
    one = outcome(
        judged(violation()),
        judged(judged=False, reason="v1 API", number=2, endpoint=None, events=0),
        troubles=(Trouble("a.sse", "is cut short", "a.sse:3", "record it again"),),
    )
    tally = Tally()
    tally.add(one)
    lines = [
        jsonl.header(tool="0.1.0", snapshot="b31b", rules=7),
        *jsonl.file_lines(one),
        jsonl.footer(tally, exit_code=2),
    ]

    assert [
        {"kind": "header", "format": 1, "tool": "0.1.0", "snapshot": "b31b", "rules": 7},
        {
            "kind": "error",
            "file": "a.sse",
            "message": "is cut short",
            "where": "a.sse:3",
            "help": "record it again",
        },
        {
            "kind": "exchange",
            "file": "a.sse",
            "line": None,
            "exchange": 1,
            "endpoint": "chat-stream",
            "judged": True,
            "reason": None,
            "events": 3,
        },
        {
            "kind": "violation",
            "code": "STREAM-014",
            "name": "orphan-delta",
            "level": "error",
            "party": "server",
            "source": {"kind": "prose", "where": "ST-04"},
            "endpoint": "chat-stream",
            "file": "recordings/chat/two_blocks.yaml",
            "line": None,
            "exchange": 1,
            "event": 2,
            "byte": 31,
            "pointer": "/index",
            "message": "`content-delta` for block 0, which is not open",
            "state": "message, no open block; next may be content-start, message-end",
            "help": "a client that appends by `index` will drop or misfile this text",
            "fingerprint": "3f9a21c4d0be",
        },
        {
            "kind": "exchange",
            "file": "a.sse",
            "line": None,
            "exchange": 2,
            "endpoint": None,
            "judged": False,
            "reason": "v1 API",
            "events": 0,
        },
        {
            "kind": "footer",
            "complete": True,
            "counts": {
                "files": 1,
                "unreadable": 1,
                "exchanges": 2,
                "judged": 1,
                "not_judged": 1,
                "errors": 1,
                "warnings": 0,
                "infos": 0,
            },
            "reasons": {"v1 API": 1},
            "rules": {"STREAM-014": 1},
            "exit": 2,
        },
    ] == [json.loads(line) for line in lines]


@given(text=NASTY)
def test_json_lines_are_lines_of_plain_ascii(violation, judged, outcome, text):
    """Whatever a recording holds, each object is one line that no terminal obeys."""
    one = outcome(judged(violation(message=text, file=text)))

    for line in jsonl.file_lines(one):
        assert line.isascii()
        assert line.isprintable()
    assert text == json.loads(line)["message"]


def test_an_annotation_names_place_rule_and_message(violation):
    """GitHub gets the file, the line where known, the rule as title, and the message."""
    assert (
        "::error file=a%2Cb.yaml,line=7,title=STREAM-014 orphan-delta::"
        "100%25 of `x`%0Aa,b.yaml:7, event 2 of 3, byte 31"
        "%0Ahelp: a client that appends by `index` will drop or misfile this text"
        "%0Aexplain: cohere-conformance explain STREAM-014"
    ) == github.annotation(violation(file="a,b.yaml", line=7, message="100% of `x`"))


def test_levels_have_commands_of_their_own(violation, judged, outcome):
    """Errors and warnings are annotated, notes only when asked for."""
    one = outcome(
        judged(*(violation(level=level) for level in Level)),
        troubles=(Trouble("a.sse", "is empty", "a.sse", "record it again"),),
    )
    heads = [line.split(" ")[0] for line in github.file_lines(one, verbose=True)]

    assert ["::error", "::error", "::warning", "::notice"] == heads
    assert 3 == len(list(github.file_lines(one)))


def test_trouble_is_annotated_in_full(outcome):
    """What, where and help of a file that could not be judged are in its annotation."""
    broken = outcome(troubles=(Trouble("a:b.sse", "is empty", "a:b.sse", "record it again"),))

    assert [
        "::error file=a%3Ab.sse,title=not judged::is empty%0A  --> a:b.sse"
        "%0A  = help: record it again"
    ] == list(github.file_lines(broken))


@given(text=NASTY)
def test_no_recording_can_forge_an_annotation(violation, text):
    """An annotation is one line that prints, whatever stands in message or file name."""
    line = github.annotation(violation(message=text, file=text, line=1))

    assert line.isprintable()
    assert line.startswith("::error file=")
    assert 2 == line.partition(",line=1,title=")[0].count("::") + line.count(",line=1,title=")
