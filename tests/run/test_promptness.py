"""Streams that are held back: by how much later a long answer is than a short one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.suite.promptness import pace
from conformance.suite.session import Session
from conformance.suite.settings import RunSettings
from conformance.transcript import exchange_from
from conformance.wire import Chunk
from tests.run.scripted import CASES, Scripted, codes

MANY = "message-start\ncontent-start 0 text\n" + 'content-delta 0 "one "\n' * 40
MANY += "content-end 0\nmessage-end COMPLETE\n"
FEW = 'message-start\ncontent-start 0 text\ncontent-delta 0 "yes"\ncontent-end 0\nmessage-end MAX_TOKENS\n'


class Timed(Scripted):
    """A script whose first and last delta come at times of their own."""

    def __init__(self, clock):
        super().__init__(lambda body: FEW if "max_tokens" in body else MANY)
        self.clock = clock

    def send(self, request, **options):
        """Answer, with times."""
        made = super().send(request, **options)
        short = "max_tokens" in self.bodies[-1]
        first, last = self.clock(short, len(self.bodies))
        body = made.response.body
        middle = body.find(b"-delta") + 6
        chunks = (Chunk(0, middle, first), Chunk(middle, len(body), last))
        return replace(made, response=replace(made.response, chunks=chunks))


def prompt(clock, **settings):
    """What comes of the case about promptness on such a server, and how many requests were sent."""
    target = Timed(clock)
    result = Session(RunSettings(target=Timed.url, **settings), target).play(
        CASES["chat-stream/transport/prompt"]
    )
    return codes(result), len(target.bodies)


def buffers(short, _number):
    """It collects the answer, which takes the longer the longer it is."""
    return (0.05, 0.05) if short else (0.9, 0.905)


def thinks_first(_short, _number):
    """It takes as long for any answer to begin."""
    return 0.9, 0.905


def hiccup(short, number):
    """It is late once."""
    return (0.05, 0.05) if short or number > 1 else (0.9, 0.905)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (lambda *_: (0.01, 0.012), (set(), 1)),
        (lambda *_: (0.5, 2.0), (set(), 1)),
        (lambda *_: (None, None), (set(), 1)),
        (buffers, ({("RUN-013", "error")}, 7)),
        (thinks_first, (set(), 5)),
        (hiccup, (set(), 5)),
        (lambda *_: (1.5, 1.51), ({("RUN-013", "warning")}, 5)),
    ],
)
def test_held_back(clock, expected):
    """A long answer that comes at once and late is held back if short ones come early, every time."""
    assert expected == prompt(clock)


def test_without_a_limit_short_answers_are_asked_for():
    """A server that lacks `max_tokens` is not sent it."""
    found, _ = prompt(buffers, lacks=("max-tokens",))

    assert set() == found


def test_what_has_no_pace():
    """A refusal, a stream without deltas and one without times have none."""
    assert pace(exchange_from('status 400\nbody {"message": "no"}')) is None
    assert pace(exchange_from("message-start\nmessage-end ERROR")) is None
    made = exchange_from(FEW)
    assert pace(replace(made, response=replace(made.response, chunks=()))) is None
