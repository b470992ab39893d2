"""Body bytes → everything a stream says: frames, events, message, breaches, payload problems.

This is the hot path. A delta that differs from an earlier one only inside its text needs neither
JSON parsing nor schema validation again: its form was judged once and is kept as a template.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.events import Event, Flaw, parse, split_at_text, template_of
from conformance.machine import Machine
from conformance.sse import Decoder, Frame

if TYPE_CHECKING:
    from conformance.contract import Contract, Problem
    from conformance.events import Template
    from conformance.machine import Breach
    from conformance.message import Message
    from conformance.sse import Oddity
    from conformance.stream import Input, State

__all__ = ["Reading", "read_stream"]

# More templates than this only come from a stream whose deltas never repeat their form.
_MOST_TEMPLATES = 64


@dataclass(slots=True)
class Reading:
    """What a stream says and where it departs from the contract.

    `cut` is the frame that the end of the body cut off, when it held a whole JSON object it was
    `delivered` all the same. `payload` and `undocumented` pair an event with a schema problem.
    `parsed` holds the events that were parsed to the end: all but deltas of a form seen before, which
    are free of faults. `empty` holds the deltas whose text is empty.
    `newline_delimited` is True when the body was JSON Lines instead of SSE.
    """

    events: list[Event] = field(default_factory=list)
    parsed: list[Event] = field(default_factory=list)
    empty: list[Event] = field(default_factory=list)
    oddities: dict[str, Oddity] = field(default_factory=dict)
    machine: Machine = field(default_factory=Machine)
    payload: list[tuple[Event, Problem]] = field(default_factory=list)
    undocumented: list[tuple[Event, Problem]] = field(default_factory=list)
    flawed: list[tuple[Event, Flaw]] = field(default_factory=list)
    unnamed: list[Event] = field(default_factory=list)
    misnamed: list[Event] = field(default_factory=list)
    cut: Frame | None = None
    delivered: bool = False
    newline_delimited: bool = False

    @property
    def message(self) -> Message:
        """What the events add up to."""
        return self.machine.message

    @property
    def breaches(self) -> list[Breach]:
        """The refused cells that the stream walked into."""
        return self.machine.breaches

    @property
    def cells(self) -> set[tuple[State, Input]]:
        """The visited cells of the stream table."""
        return self.machine.cells


def read_stream(body: bytes, contract: Contract) -> Reading:
    """Decode, parse, fold and validate a whole stream: SSE, or JSON Lines when it begins with `{`.

    Never raises on what the body holds.
    """
    reading = Reading()
    if body.lstrip()[:1] != b"{":
        decoder = Decoder()
        frames = decoder.feed(body)
        decoder.close()
        reading.oddities = decoder.oddities
        reading.cut = decoder.pending
    else:
        reading.newline_delimited = True
        frames = _lines(body)
    reader = _Reader(reading, contract)
    reader.take_all(frames)
    if reading.cut is not None and _whole(reading.cut):
        reading.delivered = True
        reader.take_all([reading.cut])
    reading.machine.close()
    return reading


def _whole(frame: Frame) -> bool:
    """The frame was cut off before its blank line, but its data had fully come."""
    if not frame.data:
        return False
    event = parse(frame, 0)
    return event.type is not None


def _lines(body: bytes) -> list[Frame]:
    frames = []
    position = 0
    for raw in body.split(b"\n"):
        end = position + len(raw) + 1
        if raw.strip():
            text = raw.decode("utf-8", "replace").rstrip("\r")
            frames.append(Frame(position, min(end, len(body)), "", text, position))
        position = end
    return frames


class _Reader:
    """Turns frames into events and keeps the templates between them."""

    def __init__(self, reading: Reading, contract: Contract) -> None:
        self.reading = reading
        self.contract = contract
        self.templates: dict[tuple[str, str], Template] = {}

    def take_all(self, frames: list[Frame]) -> None:
        reading = self.reading
        events, machine = reading.events, reading.machine
        known = self.templates.get
        feed = machine.feed
        number = len(events)
        for frame in frames:
            parts = split_at_text(frame.data)
            if parts is not None:
                template = known((parts[0], parts[2]))
                if template is not None and frame.name == template.type:
                    event = Event.of_form(number, frame, template, parts[1])
                    events.append(event)
                    if not parts[1]:
                        reading.empty.append(event)
                    feed(event)
                    number += 1
                    continue
            event = parse(frame, number)
            clean = self._inspect(event)
            events.append(event)
            reading.parsed.append(event)
            if event.text == "":
                reading.empty.append(event)
            feed(event)
            number += 1
            if clean and parts is not None and len(self.templates) < _MOST_TEMPLATES:
                made = template_of(event, parts[0], parts[2])
                if made is not None:
                    self.templates[parts[0], parts[2]] = made

    def _inspect(self, event: Event) -> bool:
        """Note what is wrong with one event; True when nothing is."""
        reading = self.reading
        kind, name = event.type, event.frame.name
        if not reading.newline_delimited:
            if name and kind is not None and name != kind:
                reading.misnamed.append(event)
            elif not name and kind is not None and kind != "[DONE]":
                reading.unnamed.append(event)
        for flaw in event.flaws:
            reading.flawed.append((event, flaw))
        if kind is None or kind not in self.contract.event_types:
            return False
        if any(flaw.kind == "not-a-number" for flaw in event.flaws):
            return False  # no JSON value, so no schema has anything to say of it
        thing = f"chat-event/{kind}"
        try:
            problems = self.contract.problems(thing, event.data)
            extra = self.contract.undocumented(thing, event.data)
        except (ValueError, TypeError, OverflowError, RecursionError):
            # The validator takes no number beyond 64 bits and no NaN; the flaw says what is wrong.
            reading.flawed.append((event, Flaw("unusable-number", 0, "")))
            return False
        reading.payload.extend((event, problem) for problem in problems)
        reading.undocumented.extend((event, problem) for problem in extra)
        return not (event.flaws or problems or extra) and (name == kind)
