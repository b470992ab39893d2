"""A conversation of several turns → whether the tool calls of each can be told from those before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.rules.registry import prose
from conformance.suite.case import Case, Kind
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.suite.shows import message_in
from conformance.transcript import exchange_from
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.message import Call
    from conformance.suite.play import Play
    from conformance.wire import Exchange

__all__ = ["turn_cases"]

_CITY = {"type": "string", "description": "The name of a city"}
_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather in a city now.",
        "parameters": {"type": "object", "properties": {"city": _CITY}, "required": ["city"]},
    },
}
_FIRST = "How is the weather in Brest now? Use the tool."
_SECOND = "And in Lorient? Use the tool."


def _called(identity: str) -> Exchange:
    return exchange_from(
        f"tools get_time\nmessage-start\ntool-call-start 0 {identity} get_time\n"
        'tool-call-delta 0 "{}"\ntool-call-end 0\nmessage-end TOOL_CALL\n'
    )


@run_check(
    "RUN-029", "call-id-reused", level=Level.WARNING, source=prose("CR-22"),
    keeps=lambda: Sample((_called("a"), _called("b")), {}),
    breaks=lambda: Sample((_called("a"), _called("a")), {}),
)  # fmt: skip
def call_id_reused(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """A tool call has another id than the calls that the conversation has already.

    Help: the next request has two calls of one id, which is refused, or takes one result for another
    """
    first, second = ({call.id for call in _calls(exchange)} for exchange in exchanges)
    for identity in sorted(each for each in first & second if each is not None):
        yield Lapse(f"the id `{identity}` is that of a call of the turn before", 1)


def _calls(exchange: Exchange) -> list[Call]:
    """The tool calls of an answer that a client can send back."""
    message = message_in(exchange)
    calls = message.calls if message is not None else []
    return [call for call in calls if isinstance(call.id, str) and isinstance(call.name, str)]


def _history(calls: list[Call]) -> list[dict[str, Any]]:
    """The first turn as the second request repeats it."""
    made = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments or "{}"},
        }
        for call in calls
    ]
    results = [{"role": "tool", "tool_call_id": call.id, "content": "Sunny."} for call in calls]
    return [
        {"role": "user", "content": _FIRST},
        {"role": "assistant", "tool_calls": made},
        *results,
        {"role": "assistant", "content": "It is sunny in Brest."},
    ]


def _turns(play: Play) -> None:
    """Ask for a call, bring its result, and ask for another."""
    question = {"role": "user", "content": _FIRST}
    first = play.send(play.body({"messages": [question], "tools": [_TOOL]}))
    if not play.served(first):
        return
    play.wants(first, ("a tool call",))
    calls = _calls(first)
    if not calls or any(violation.level is Level.ERROR for violation in play.seen[-1].told):
        return  # a faulty call makes a faulty request
    messages = [*_history(calls), {"role": "user", "content": _SECOND}]
    second = play.send(play.body({"messages": messages, "tools": [_TOOL]}))
    if play.served(second):
        play.wants(second, ("a tool call",))
        play.demand(call_id_reused, [first, second])


def turn_cases() -> list[Case]:
    """The cases of several turns."""
    needs = ("chat-stream", "tools")
    return [
        Case(
            "chat-stream/tools/two-turns", "a call in each of two turns", Kind.LAW, needs, _turns, 2
        )
    ]
