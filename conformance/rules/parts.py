"""Reading → what a rule about the whole message may rely on, and where a piece of it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.events import DELTA_PATHS, TERMINATOR

if TYPE_CHECKING:
    from conformance.events import Event
    from conformance.message import Message
    from conformance.reading import Reading
    from conformance.subject import Subject

__all__ = ["message_of", "piece_at", "unread", "walked_into"]


def message_of(subject: Subject) -> Message | None:
    """The message that a stream adds up to; None when there is no stream."""
    return subject.reading.message if subject.reading is not None else None


def unread(subject: Subject) -> bool:
    """A part of the message may be lost in an event that could not be read.

    Another rule reports that event. What the rest lacks is its consequence and no second fault, so
    rules that compare whole texts or count parts are silent then.
    """
    reading = subject.reading
    if reading is None or "not-utf-8" in reading.oddities:
        return True
    known = subject.contract.event_types
    return any(_lost(event, event.type in known) for event in reading.parsed)


def _lost(event: Event, documented: bool) -> bool:  # noqa: FBT001
    if event.type == TERMINATOR:
        return False
    if any(flaw.kind in ("invalid-json", "not-an-object") for flaw in event.flaws):
        return True
    if not documented:
        # An event of another kind, a keep-alive say, takes nothing away; a misnamed one does.
        return event.at("delta") is not None or event.data.get("index") is not None
    if event.type in DELTA_PATHS:
        return event.text is None
    return False


def walked_into(reading: Reading, *codes: str) -> bool:
    """The stream broke one of these rules of order, so its parts may be misplaced."""
    return any(breach.code in codes for breach in reading.breaches)


def piece_at(reading: Reading, start: int, end: int | None, offset: int) -> int:
    """The number of the event that brought character `offset` of a block or call.

    The block or call began with event `start` and ended with event `end`. Past the last character
    it is the last delta.
    """
    found, length = start, 0
    for event in reading.events[start:end]:
        if event.text is None or event.channel == "tool_plan":
            continue
        found = event.number
        length += len(event.text)
        if offset < length:
            break
    return found
