from __future__ import annotations

import pytest

from conformance.clients.clauses import all_clauses
from conformance.clients.habits import Call, Program, habits_of, violation_of
from conformance.verdict import Level, Party
from conformance.wire import Exchange, Request, Response

DONE = Program(0, 1.0)
STREAM = b'event: message-start\ndata: {"type":"message-start"}\n\n'
ENDED = STREAM + b'data: {"type":"message-end","delta":{"finish_reason":"COMPLETE"}}\n\n'
FAILED = ENDED.replace(b"COMPLETE", b"ERROR")


def call(began, status=200, *, body=b"{}", takes=0.5, headers=(), got=STREAM, whole=True, **more):
    """A call that began then, and what answered it."""
    request = Request("POST", "http://x/v2/chat", (), body)
    kind = "text/event-stream" if status == 200 else "application/json"
    response = Response(status, (("content-type", kind), *headers), got, complete=whole)
    return Call(Exchange(request, response), began, began + takes, **more)


def names(calls, program=DONE):
    """The names of what is found, with the calls."""
    return [(habit.finding.name, habit.call) for habit in habits_of(calls, program)]


WAIT = (("retry-after", "2"),)


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([call(0), call(1), call(2)], []),
        ([call(0, 500), call(1), call(2)], []),
        ([call(0, 500), call(0.6, body=b"x")], []),
        ([call(0, 422), call(2, body=b"x")], []),
        ([call(0, 422), call(2, 422)], [("retries-what-is-refused", 1)]),
        ([call(0, 401), call(2, 401), call(4, 401)], [("retries-what-is-refused", 1)]),
        ([call(0, 429), call(2)], []),
        ([call(n / 100, 307, takes=0) for n in range(5)], []),
        ([call(0, 408), call(2)], []),
        ([call(0, 429, headers=WAIT), call(2.5)], []),
        ([call(0, 429, headers=WAIT), call(2.49)], []),
        ([call(0, 429, headers=WAIT), call(2.4)], [("ignores-retry-after", 1)]),
        ([call(0, 429, headers=(("retry-after", "soon"),)), call(1)], []),
        ([call(0, 500, takes=0), call(0.01, 500, takes=0)], []),
        (
            [call(0, 500, takes=0), call(0.01, 500, takes=0), call(0.02)],
            [("retries-without-pause", 2)],
        ),
        ([call(0, 500, takes=0), call(0.1, 500, takes=0), call(0.3)], []),
        ([call(0, 500, takes=0), call(0.01, 500, takes=0), call(0.5)], []),
        (
            [call(n * 0.09, 500, takes=0) for n in range(4)],
            [("retries-without-pause", 3)],
        ),
        (
            [
                call(0, 500, takes=0, headers=(("retry-after-ms", "10"),)),
                call(0.01, 500, takes=0),
                call(0.02),
            ],
            [],
        ),
        ([call(0, 500, takes=9), call(0.01, 500, takes=9), call(0.02)], []),
        ([call(0, whole=False), call(2)], [("repeats-delivered-call", 1)]),
        ([call(0, whole=False, got=b""), call(2)], []),
        ([call(0, whole=False, left=True, sent=3, of=9)], [("leaves-stream", 0)]),
        ([call(0, whole=False, left=True, sent=9, of=9)], []),
        ([call(0), call(1, own_key=False)], [("uses-another-key", 1)]),
    ],
)  # fmt: skip
def test_calls(calls, expected):
    """Each habit shows on its own side of the boundary, and nothing else with it."""
    assert expected == names(calls)


@pytest.mark.parametrize(
    ("program", "calls", "expected"),
    [
        (Program(0, 1), [call(0)], []),
        (Program(3, 1), [call(0)], [("fails-beside-the-mock", None)]),
        (Program(3, 1), [call(0, whole=False, left=True)], [("fails-beside-the-mock", None)]),
        (Program(-9, 1), [call(0)], [("fails-beside-the-mock", None)]),
        (Program(0, 1, interrupted=True), [call(0)], []),
        (Program(3, 1), [call(0, 422)], []),
        (Program(3, 1), [call(0), call(1, 500)], []),
        (Program(3, 1), [], []),
        (Program(3, 1, fair=False), [call(0, 500)], []),
        (Program(0, 1, fair=False), [call(0, 500)], [("ends-well-without-answers", None)]),
        (Program(0, 1, fair=False), [call(0, 500), call(1, got=ENDED)], []),
        (Program(0, 1, fair=False), [call(0)], [("ends-well-without-answers", None)]),
        (Program(0, 1, fair=False), [call(0, got=FAILED)], [("ends-well-without-answers", None)]),
        (Program(0, 1, fair=False), [call(0, whole=False, left=True)], []),
        (Program(None, 5), [call(0)], [("hangs", None)]),
    ],
)
def test_endings(program, calls, expected):
    """How a program may end depends on how its calls were answered."""
    assert expected == names(calls, program)


def test_a_stalled_answer():
    """To wait for an answer that never comes is a warning; to hang otherwise an error."""
    levels = [
        habits_of([call(0)], Program(None, 5, fair=False, stalled=stalled))[0].finding.level
        for stalled in (True, False)
    ]

    assert [Level.WARNING, Level.ERROR] == levels


def test_violations():
    """A habit is placed in its exchange, with the calls before it as evidence."""
    calls = [call(0, 422), call(2, 422)]
    (habit,) = habits_of(calls, DONE)
    made = violation_of(habit, calls, "profile live", "chat-stream")
    places = (made.party, made.file, made.exchange, made.endpoint)

    assert (Party.CLIENT, "profile live", 2, "chat-stream") == places
    assert ["after 0.00 s: 422", "after 2.00 s: 422"] == [line.text for line in made.evidence.lines]
    assert made.help == next(c.help for c in all_clauses() if c.code == made.code)
