"""A refused cell of the stream table → a stream that walks into it, and is right otherwise.

Some cells break two rules, one three, and no stream can take their step and break only one: a delta
before the message begins lacks the start of the message and that of its block; a block that begins
while a citation of another block is open leaves both unclosed. Such a fault is labelled with the
first rule, and the label names the others, which the step cannot but break, in `also`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.stream import Input, State

from .facts import Facts
from .fault import Fault
from .routes import REFUSED, broken_by, route
from .stream import Stream
from .streaming import Purpose, Todo
from .walk import Walk
from .ways import BrokenStream, StreamWay

if TYPE_CHECKING:
    from .source import Source

__all__ = ["breach", "breaches"]

_CALLS = {State.CALL, State.CALLED}
_BLOCKS = (Input.TEXT_START, Input.THINKING_START)


def breaches() -> list[StreamWay]:
    """A way for every refused cell; its code is the first that the cell breaks.

    In the order of codes, so that an example shrinks to another cell of its rule.
    """
    return sorted((_way(state, step) for state, step in REFUSED), key=lambda way: way.code)


def _way(state: State, step: Input) -> StreamWay:
    def make(source: Source) -> BrokenStream:
        return breach(source, state, step)

    return StreamWay("refused step", broken_by(state, step)[0], make)


def breach(source: Source, state: State, step: Input) -> BrokenStream:
    """A stream that takes this step in this state."""
    walk = Walk(source, Facts(None))
    _go_to(walk, state, step)
    number = len(walk.items)
    if walk.calls:
        walk.reason = "TOOL_CALL"
    elif walk.owes_block:
        walk.reason = "MAX_TOKENS"
    walk.force(step)
    codes = broken_by(state, step)
    if step is Input.UNKNOWN:
        codes += ("EVENT-007",)  # it is unknown wherever it comes
    purpose = Purpose(reason="MAX_TOKENS" if walk.owes_block else "COMPLETE")
    Todo(walk, purpose).finish()
    fault = Fault(
        "refused step", f"/{number}", codes[0], f"`{step.value}` comes in the state: {state.value}",
        also=codes[1:],
    )  # fmt: skip
    return BrokenStream(Stream(walk.items), fault)


def _go_to(walk: Walk, state: State, step: Input) -> None:
    """Go to a state the shortest way, with a few deltas on it."""
    source = walk.source
    way = route(State.START, state) or ()
    if step is Input.CITATION_START and state in _CALLS:
        # There must be something that it cites.
        way = (*(route(State.START, State.THOUGHT) or ()), *(route(State.THOUGHT, state) or ()))
    for each in way:
        if each is Input.CALL_END:
            while walk.call and walk.call["left"]:
                walk.go(Input.CALL_DELTA)
        walk.go(each)
        if each in _BLOCKS:
            delta = Input.TEXT_DELTA if each is Input.TEXT_START else Input.THINKING_DELTA
            for _ in range(source.integer(1, 2)):
                walk.go(delta)
        elif each is Input.PLAN_DELTA and source.integer(0, 1):
            walk.go(each)
        elif each is Input.CALL_START and state is State.CALL and source.integer(0, 1):
            while walk.call and walk.call["left"]:
                walk.go(Input.CALL_DELTA)
