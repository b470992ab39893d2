"""Choices → whole streams that keep to the table, the schemas and the rules.

A stream has a purpose (an answer, tool calls, a failure) whose parts are done one after another;
each step is one that the table allows. A stream that is not `regular` makes detours: any allowed
step that no rule calls an error, however unusual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from conformance.stream import Input, State

from .facts import Facts
from .given import body_of
from .message import compact
from .routes import ALLOWED, UNUSUAL, route
from .source import named
from .stream import Stream
from .walk import Walk

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    of any block, text beside tool calls. Raises UsageError for what is no body of a request, and
    SpecError, when an example is drawn, for parameters of tools that `from_schema` does not know::

        >>> streams().example()
        stream(message-start, content-start 0 text, content-delta 0 "Hi", content-end 0, ...)
    """
    given = [] if request is None else [body_of(request, "streams(request)")]
    return _streams(*given, **({"regular": True} if regular else {}))


T = TypeVar("T")
_NONE: Mapping[int, int] = {}


class Purpose(NamedTuple):
    """What a stream is about to do. `failing` is the number of steps after which it breaks off."""

    thinking: bool = False
    plan: bool = False
    text: bool = False
    calls: bool = False
    cited: bool = False
    reason: str = "COMPLETE"
    failing: bool = False


# The plainest first, and those that differ little side by side.
_ANSWERS = (
    Purpose(text=True),
    Purpose(text=True, thinking=True),
    Purpose(text=True, reason="MAX_TOKENS"),
    Purpose(text=True, failing=True),
    Purpose(thinking=True, reason="MAX_TOKENS"),
    Purpose(thinking=True, text=True, failing=True),
)
_CITED = (
    Purpose(text=True, cited=True),
    Purpose(text=True, thinking=True, cited=True),
    Purpose(text=True, cited=True, failing=True),
)
_STOPPED = (Purpose(text=True, reason="STOP_SEQUENCE"),)
_CALLING = (
    Purpose(calls=True, reason="TOOL_CALL"),
    Purpose(plan=True, calls=True, reason="TOOL_CALL"),
    Purpose(thinking=True, calls=True, reason="TOOL_CALL"),
    Purpose(calls=True, reason="MAX_TOKENS"),
    Purpose(calls=True, failing=True),
    Purpose(plan=True, calls=True, failing=True),
)


def _purposes(facts: Facts) -> list[Purpose]:
    rows: list[Purpose] = []
    if not facts.must_call:
        plain, *others = _ANSWERS
        rows.append(plain)
        if facts.sources and facts.json is None:
            rows += _CITED
        rows += others
        if facts.asks_to_stop and facts.json is None:
            rows += _STOPPED
    if facts.functions:
        rows += _CALLING
    return [
        purpose
        for purpose in rows
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
    detours = _NONE if regular else source.group(lambda _: _unusual(todo))
    steps = None
    if purpose.failing:
        steps = 0 if walk.items else source.integer(1, 9)
    todo.finish(steps=steps, detours=detours)
    return Stream(walk.items, request)


def _unusual(todo: Todo) -> Mapping[int, int]:
    """Perhaps begin in an unusual way; the detours that are to follow, as `Todo.finish` takes them.

    All of it is chosen before anything else, so that Hypothesis can leave it out without a change
    to what follows.
    """
    walk = todo.walk
    form = walk.source.integer(0, 4)
    if form == 1:
        quirks = _QUIRKS if walk.facts.body is not None else (*_QUIRKS, "logprobs")
        walk.quirk = walk.source.pick(quirks)
    if form in (2, 3) and todo.purpose.failing:
        # It goes straight to a state and fails there.
        todo.steer(walk.source.pick(_FAILING))
    elif form in (2, 3):
        for _ in range(walk.source.integer(1, 4)):
            walk.source.group(lambda _: todo.stray())
    if form in (3, 4):
        detours = {}
        for _ in range(walk.source.integer(1, 3)):
            number = walk.source.integer(1, 9)
            detours[number] = walk.source.integer(0, len(_DETOURS) - 1)
        return detours
    return _NONE


_FAILING = tuple(
    sorted(
        (state for state, step in ALLOWED if step is Input.FAILED),
        key=lambda state: len(route(State.START, state) or ()),
    )
)
_QUIRKS = ("bare start", "no index", "empty delta")
_streams = named("streams")(stream)


class Todo:
    """What is left of a purpose, and which step comes next."""

    def __init__(self, walk: Walk, purpose: Purpose) -> None:
        self.walk = walk
        self.purpose = purpose
        self.parts: list[Input] = []
        # A block was begun whose first delta is due.
        self.fresh = False
        if purpose.thinking:
            self.parts.append(Input.THINKING_START)
        if purpose.plan:
            self.parts.append(Input.PLAN_DELTA)
        if purpose.text:
            self.parts.append(Input.TEXT_START)
            if walk.facts.json is not None:
                walk.texts = walk.cut(compact(walk.facts.json(walk.source, 0)), 4)
        if purpose.calls:
            self.parts.append(Input.CALL_START)

    def stray(self) -> None:
        """Visit a cell off the usual ways; none in the simplest case, so that it can be left out."""
        chosen = self.walk.source.integer(0, len(UNUSUAL))
        for state, step in _from(chosen - 1, UNUSUAL) if chosen else ():
            if route(self.walk.state, state) is not None:
                self.steer(state, step)
                return

    def steer(self, state: State, *further: Input) -> None:
        """Go the shortest way to a state, and further steps, as far as no rule is broken."""
        for each in (*(route(self.walk.state, state) or ()), *further):
            while each is Input.CALL_END and self.walk.call and self.walk.call["left"]:
                self.take(Input.CALL_DELTA)
            if not self._harmless(each):
                return
            self.take(each)

    def finish(self, *, steps: int | None = None, detours: Mapping[int, int] = _NONE) -> None:
        """Go on to the end, or fail after some steps.

        `detours` are steps off the way: the number of the step in place of which each is taken, from
        1, and its place among all, or that of one before what is possible there.
        """
        walk = self.walk
        number = 0
        while walk.state is not State.DONE:
            if steps is not None:
                steps -= 1
                if steps < 0 and walk.allows(Input.FAILED):
                    walk.go(Input.FAILED)
                    steps = None
                    continue
            number += 1
            if number in detours and self._detour(detours[number]):
                continue
            # What Hypothesis may leave out as one: a step with all its choices, a block, a call.
            if self.purpose.cited and walk.state is State.TEXT:
                walk.source.group(lambda _: self.take(self.step()))
                continue
            step = self.step()
            if step in _BEGINS and steps is None and not detours:
                walk.source.group(lambda _: self._part(step))  # noqa: B023 - called at once
            else:
                self.take(step)

    def _part(self, step: Input) -> None:
        """A block, a plan or a call, from its beginning to its end."""
        self.take(step)
        while self.walk.state in _INSIDE:
            self.take(self.step())
        while step is Input.PLAN_DELTA and self.step() is step:
            self.take(step)

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
        """The next step in a block. Whether to go on is chosen each time, so that deltas can be left
        out one by one when an example shrinks.
        """  # fmt: skip
        walk = self.walk
        text = walk.state is State.TEXT
        delta = Input.TEXT_DELTA if text else Input.THINKING_DELTA
        if self.fresh or (text and walk.texts):
            return delta
        if text and walk.facts.json is not None:
            return Input.CONTENT_END
        ways = [Input.CONTENT_END, delta, delta]
        if self.purpose.cited and text and walk.block and walk.cited_to < len(walk.block[2]):
            ways += [Input.CITATION_START] * 3
        chosen = walk.source.pick(ways)
        if chosen is Input.CONTENT_END and len(ways) > 3 and not walk.citations:
            return Input.CITATION_START  # one at least
        return chosen

    def _between(self) -> Input:
        walk = self.walk
        while self.parts:
            step = self.parts[0]
            begun = (walk.state, step) in (
                (State.PLAN, Input.PLAN_DELTA),
                (State.CALLED, Input.CALL_START),
            )
            if walk.allows(step) and (not begun or walk.source.chance(2)):
                return step
            self.parts.pop(0)
        if walk.owes_block and not walk.blocks:
            self.parts.append(Input.TEXT_START)
            return Input.TEXT_START
        return Input.MESSAGE_END

    def take(self, step: Input) -> None:
        """Take a step, and cross it off the list."""
        walk = self.walk
        begins = step in (Input.TEXT_START, Input.THINKING_START)
        if begins and self.parts and self.parts[0] is step:
            self.parts.pop(0)
            self.fresh = True
        elif step is not Input.DEBUG:
            self.fresh = False
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

    def _detour(self, which: int) -> bool:
        """Take a step off the way if there is one that the table allows and that breaks no rule."""
        for each in _from(which, _DETOURS):
            if self.walk.allows(each) and self._harmless(each):
                self.take(each)
                return True
        return False

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


def _from(number: int, options: tuple[T, ...]) -> tuple[T, ...]:
    """Options from one on, the earlier ones behind them.

    Where only some are possible, the first of these is as good a choice as an index into them, and
    stays the same when an example shrinks.
    """
    return (*options[number:], *options[:number])


_BEGINS = (Input.THINKING_START, Input.PLAN_DELTA, Input.CALL_START)
_INSIDE = (State.THINKING, State.CALL)
_DETOURS = tuple(
    step
    for step in Input
    if step not in (Input.MESSAGE_START, Input.UNKNOWN, Input.DONE, Input.EOF)
)
