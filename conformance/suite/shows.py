"""An answer → which features it shows.

Whether a model calls a tool, cites or thinks is its own choice. An answer that does not show what
its case is about leaves the rules about it without anything to judge; it must not count as passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.contract import contract
from conformance.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.message import Message
    from conformance.wire import Exchange

__all__ = ["SHOWS", "message_in", "unshown"]


# what an answer may show -> whether it does
SHOWS: dict[str, Callable[[Message], bool]] = {
    "a text": lambda m: bool(m.text()),
    "a tool call": lambda m: bool(m.calls),
    "two tool calls": lambda m: len(m.calls) > 1,
    "citations": lambda m: bool(m.citations),
    "a thinking block": lambda m: bool(m.text("thinking")),
    "finish reason `STOP_SEQUENCE`": lambda m: m.finish_reason == "STOP_SEQUENCE",
    "finish reason `MAX_TOKENS`": lambda m: m.finish_reason == "MAX_TOKENS",
}


def message_in(exchange: Exchange) -> Message | None:
    """The message that a chat stream adds up to; None when the answer is none."""
    reading = Subject(exchange, contract()).reading
    return reading.message if reading is not None else None


def unshown(exchange: Exchange, wanted: tuple[str, ...]) -> list[str]:
    """What of the wanted features the answer does not show."""
    if not wanted:
        return []
    message = message_in(exchange)
    if message is None:
        return list(wanted)
    return [name for name in wanted if not SHOWS[name](message)]
