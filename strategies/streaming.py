"""Choices → whole streams that keep to the table, the schemas and the rules.

A stream has a purpose (an answer, tool calls, a failure) whose parts are done one after another;
each step is one that the table allows. A stream that is not `regular` makes detours: any allowed
step that no rule calls an error, however unusual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.stream import Input, State

from .facts import Facts
from .message import compact
from .routes import route, unusual_cells
from .source import named
from .stream import Stream
from .walk import Walk

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from .source import Source

__all__ = ["Purpose", "Todo", "stream", "streams"]


def streams(
    request: dict[str, Any] | None = None, *, regular: bool = False
) -> SearchStrategy[Stream]:
    """Whole valid streams: the events of an answer in order, with the terminator.

    Text, thinking, tool plans, tool calls, citations, JSON mode, log probabilities, every finish
    reason. With a `request` (a chat request body) the stream answers it: it calls tools that were
    declared with arguments that fit, cites what was sent, and keeps to what was turned off or
    demanded. No rule finds an error in it. With `regular` it keeps to what the live API has been
    seen to do; without, it may do whatever the contract allows: a debug event, a citation outside
    of any block, text beside tool calls. Raises SpecError, when an example is drawn, for parameters
    of tools that `from_schema` does not know::

        >>> streams().example()
        stream(message-start, content-start 0 text, content-delta 0 "Hi", content-end 0, ...)
    """
    return (
        _streams(request, regular=regular) if regular else _streams(*([request] if request else []))
    )


class Purpose(NamedTuple):
    """What a stream is about to do. `failing` is the number of steps after which it breaks off."""

    thinking: bool = False
    plan: bool = False
    text: bool = False
    calls: bool = False
    cited: bool = False
    reason: str = "COMPLETE"
    failing: bool = False


# Purpose and weight; the plainest first.
_ANSWERS = (
    (Purpose(text=True), 5),
    (Purpose(text=True, thinking=True), 3),
    (Purpose(text=True, reason="MAX_TOKENS"), 1),
    (Purpose(text=True, failing=True), 1),
    (Purpose(thinking=True, reason="MAX_TOKENS"), 1),
    (Purpose(thinking=True, text=True, failing=True), 1),
)
_CITED = (
    (Purpose(text=True, cited=True), 6),
    (Purpose(text=True, thinking=True, cited=True), 2),
    (Purpose(text=True, cited=True, failing=True), 1),
)
_STOPPED = ((Purpose(text=True, reason="STOP_SEQUENCE"), 2),)
_CALLING = (
    (Purpose(plan=True, calls=True, reason="TOOL_CALL"), 4),
    (Purpose(calls=True, reason="TOOL_CALL"), 2),
    (Purpose(thinking=True, calls=True, reason="TOOL_CALL"), 2),
    (Purpose(plan=True, calls=True, failing=True), 1),
    (Purpose(calls=True, reason="MAX_TOKENS"), 1),
)


def _purposes(facts: Facts) -> list[Purpose]:
    rows: list[tuple[Purpose, int]] = []
    if not facts.must_call:
        rows += _ANSWERS
        if facts.sources and facts.json is None:
            rows += _CITED
        if facts.asks_to_stop and facts.json is None:
            rows += _STOPPED
    if facts.functions:
        rows += _CALLING
    return [
        purpose
        for purpose, weight in rows
        for _ in range(weight)
        if not (purpose.thinking and facts.must_not_think)
        and not (purpose.reason == "MAX_TOKENS" and facts.json is not None)
    ]


def stream(
    source: Source, request: dict[str, Any] | None = None, *, regular: bool = False
) -> Stream:
    """A valid stream; see `streams`."""
    facts = Facts(request)
    purpose = source.pick(_purposes(facts))
    walk = Walk(source, facts)
    todo = Todo(walk, purpose)
    unusual = 0 if regular else source.integer(0, 7)
    if unusual == 3:
        walk.quirk = source.pick(_QUIRKS if request is not None else (*_QUIRKS, "logprobs"))
    elif unusual in (4, 5, 6):
        for _ in range(source.integer(1, 3)):
            cells = unusual_cells(walk.state)
            if cells:
                todo.steer(*source.pick(cells))
    todo.finish(
        steps=source.integer(1, 9) if purpose.failing else None,
        detours=source.integer(1, 3) if unusual == 7 else 0,
    )
    return Stream(walk.items, request)


_QUIRKS = ("bare start", "no index", "empty delta")
_streams = named("streams")(stream)


class Todo:
    """What is left of a purpose, and which step comes next."""

    def __init__(self, walk: Walk, purpose: Purpose) -> None:
        self.walk = walk
        self.purpose = purpose
        source, facts = walk.source, walk.facts
        self.parts: list[tuple[Input, int]] = []
        self.text_done = False
        if purpose.thinking:
            self.parts.append((Input.THINKING_START, source.pick((1, 1, 2))))
        if purpose.plan:
            self.parts.append((Input.PLAN_DELTA, source.pick((1, 1, 2))))
        if purpose.text:
            if facts.json is not None:
                walk.texts = walk.cut(compact(facts.json(source, 0)), 4)
            count = len(walk.texts) or source.pick((1, 1, 2, 3, 4))
            self.parts.append((Input.TEXT_START, count))
        if purpose.calls:
            self.parts += [(Input.CALL_START, 1)] * source.pick((1, 1, 2, 3))
        self.deltas = 0

    def steer(self, state: State, step: Input) -> None:
        """Go the shortest way to a cell and visit it; stop where the way would break a rule."""
        for each in (*(route(self.walk.state, state) or ()), step):
            while each is Input.CALL_END and self.walk.call and self.walk.call["left"]:
                self.take(Input.CALL_DELTA)
            if not self._harmless(each):
                return
            self.take(each)

    def finish(self, *, steps: int | None, detours: int) -> None:
        """Go on to the end, or fail after some steps; `detours` are steps off the way."""
        walk = self.walk
        while walk.state is not State.DONE:
            if steps is not None:
                steps -= 1
                if steps < 0 and walk.allows(Input.FAILED):
                    walk.go(Input.FAILED)
                    steps = None
                    continue
            if detours and walk.state is not State.ENDED and not walk.source.integer(0, 1):
                ways = self.detours()
                detours -= 1
                self.take(walk.source.pick(ways))
                continue
            self.take(self.step())

    def step(self) -> Input:
        """The next step towards the purpose."""
        walk = self.walk
        if walk.citing:
            return Input.CITATION_END
        match walk.state:
            case State.START:
                return Input.MESSAGE_START
            case State.ENDED:
                return Input.DONE
            case State.TEXT | State.THINKING:
                return self._inside()
            case State.CALL:
                return Input.CALL_DELTA if walk.call and walk.call["left"] else Input.CALL_END
            case _:
                return self._between()

    def _inside(self) -> Input:
        walk = self.walk
        text = walk.state is State.TEXT
        citable = self.purpose.cited and text and walk.block and walk.cited_to < len(walk.block[2])
        # Citations come between the deltas or all at the end.
        if citable and not walk.source.integer(0, 1):
            return Input.CITATION_START
        if self.deltas > 0:
            return Input.TEXT_DELTA if text else Input.THINKING_DELTA
        return Input.CONTENT_END

    def _between(self) -> Input:
        while self.parts:
            step, _ = self.parts[0]
            if self.walk.allows(step):
                return step
            self.parts.pop(0)
        if self.walk.owes_block and not self.walk.blocks:
            self.parts.append((Input.TEXT_START, 1))
            return Input.TEXT_START
        return Input.MESSAGE_END

    def take(self, step: Input) -> None:
        """Take a step, and cross it off the list."""
        walk = self.walk
        if self.parts and self.parts[0][0] is step:
            first, count = self.parts.pop(0)
            if first is Input.PLAN_DELTA:
                self.parts[:0] = [(first, count - 1)] if count > 1 else []
            else:
                self.deltas = count
        elif step in (Input.TEXT_START, Input.THINKING_START):
            self.deltas = 0
        if step in (Input.TEXT_DELTA, Input.THINKING_DELTA):
            self.deltas -= 1
        if step is Input.MESSAGE_END:
            walk.reason = self._reason()
        walk.go(step)

    def _reason(self) -> str:
        """Why the message ends, given what it has become."""
        walk, facts = self.walk, self.walk.facts
        wanted = self.purpose.reason
        text = "".join(block[2] for block in walk.blocks if block[0] == "text")
        if walk.calls:
            return "MAX_TOKENS" if wanted == "MAX_TOKENS" else "TOOL_CALL"
        if wanted == "TOOL_CALL" or facts.must_call or walk.texts:
            return "MAX_TOKENS"
        if facts.json is not None and not text:
            return "MAX_TOKENS"
        if wanted == "STOP_SEQUENCE" and any(each in text for each in facts.stops):
            return "COMPLETE"
        return wanted

    def detours(self) -> list[Input]:
        """The steps that the table allows here, that are not the next one, and break no rule."""
        return [step for step in _DETOURS if self.walk.allows(step) and self._harmless(step)]

    def _harmless(self, step: Input) -> bool:
        walk, facts = self.walk, self.walk.facts
        match step:
            case Input.TEXT_START | Input.TEXT_DELTA:
                return facts.json is None
            case Input.THINKING_START:
                return not facts.must_not_think
            case Input.CALL_START:
                return bool(facts.functions)
            case Input.CALL_DELTA:
                return bool(walk.call and walk.call["left"])
            case Input.CALL_END:
                return not (walk.call and walk.call["left"])
            case Input.CITATION_START:
                # It must speak of a block that there is or will be.
                to_come = self.purpose.text or self.purpose.thinking
                return bool(facts.sources) and bool(
                    walk.block or walk.blocks or walk.state is State.PLAN or to_come
                )
            case Input.MESSAGE_END:
                # What was cited ahead has to come.
                return bool(walk.blocks) or not walk.owes_block
            case _:
                return True


_DETOURS = tuple(
    step
    for step in Input
    if step not in (Input.MESSAGE_START, Input.UNKNOWN, Input.DONE, Input.EOF)
)
