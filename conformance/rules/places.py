"""Helpers of the stream rules: where a breach stands, and how to name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.registry import Finding
from conformance.rules.wording import quote
from conformance.stream import following

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.machine import Breach
    from conformance.subject import Subject

__all__ = ["breaches", "index_of", "state_line", "times"]


def state_line(breach: Breach) -> str:
    """Where the machine stood and what could have followed."""
    names = ", ".join(f"`{name}`" for name in following(breach.state))
    return f"{breach.state.value}; next may be {names}" if names else breach.state.value


def times(breach: Breach) -> str:
    """How often a breach was repeated in a row: empty for once."""
    if breach.varied:
        return f" (and {breach.count - 1} more in a row, not all with this index)"
    return f" ({breach.count} times in a row)" if breach.count > 1 else ""


def index_of(breach: Breach) -> str:
    """The index that the event named, for a message."""
    return "" if breach.index is None else f" with index {breach.index}"


def breaches(
    subject: Subject, code: str, message: Callable[[Breach, str], str], note: str
) -> Iterator[Finding]:
    """A finding for every breach of a code; `message` gets the breach and its event's type."""
    reading = subject.reading
    if reading is None:
        return
    for breach in reading.breaches:
        if breach.code != code:
            continue
        kind = "the end of the body"
        if breach.event is not None:
            kind = quote(reading.events[breach.event].type)
        pointer = "/index" if breach.expected is not None else None
        yield Finding(
            message(breach, kind) + times(breach),
            event=breach.event,
            byte=None if breach.event is not None else _end(subject),
            pointer=pointer,
            note=note,
            state=state_line(breach),
        )


def _end(subject: Subject) -> int:
    response = subject.exchange.response
    return len(response.body) if response is not None else 0
