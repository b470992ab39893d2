"""Faults of single events: JSON that is none, and members that are not as described."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.faults.edits import at, end, insert, places, put
from conformance.faults.fault import on_events, on_pieces
from conformance.faults.frames import data_of, with_data

if TYPE_CHECKING:
    Event = dict[str, Any]
    Events = list[Event]
    Pieces = list[bytes]

_CONTENT = ("delta", "message", "content")


def _first(pieces: Pieces, mark: bytes) -> int | None:
    return next((n for n, piece in enumerate(pieces) if mark in piece), None)


def _first_delta(events: Events) -> Event | None:
    found = places(events, "content-delta")
    return events[found[0]] if found else None


@on_pieces("EVENT-001")
def cut_json(pieces: Pieces, _request: Event) -> Pieces | None:
    """Leave out the last brace of an event."""
    place = _first(pieces, b'"content-delta"')
    if place is None:
        return None
    pieces[place] = with_data(pieces[place], data_of(pieces[place])[:-1])
    return pieces


@on_pieces("EVENT-001")
def single_quotes(pieces: Pieces, _request: Event) -> Pieces | None:
    """Write an event with single quotes."""
    place = _first(pieces, b'"content-delta"')
    if place is None:
        return None
    pieces[place] = with_data(pieces[place], data_of(pieces[place]).replace(b'"', b"'"))
    return pieces


@on_pieces("EVENT-002")
def in_a_list(pieces: Pieces, _request: Event) -> Pieces | None:
    """Put an event into a list."""
    place = _first(pieces, b'"content-delta"')
    if place is None:
        return None
    pieces[place] = with_data(pieces[place], b"[" + data_of(pieces[place]) + b"]")
    return pieces


@on_pieces("EVENT-003")
def type_twice(pieces: Pieces, _request: Event) -> Pieces | None:
    """Write the type of an event twice."""
    place = _first(pieces, b'"content-delta"')
    if place is None:
        return None
    data = data_of(pieces[place])
    pieces[place] = with_data(pieces[place], data[:-1] + b',"type":"content-delta"}')
    return pieces


@on_pieces("EVENT-004")
def not_a_number(pieces: Pieces, _request: Event) -> Pieces | None:
    """Send `NaN` as a number of tokens."""
    place = _first(pieces, b'"output_tokens":')
    if place is None:
        return None
    pieces[place] = re.sub(rb'("output_tokens":)\d+', rb"\1NaN", pieces[place], count=1)
    return pieces


@on_pieces("EVENT-005")
def half_a_pair(pieces: Pieces, request: Event) -> Pieces | None:
    """Send half of a surrogate pair."""
    place = _first(pieces, b'"content":{"text":"')
    if place is None or at(request, "response_format", "type") == "json_object":
        return None
    # In place of a letter, so that the spans of citations stay right.
    pieces[place] = re.sub(rb'("text":")[A-Za-z ]', rb"\1\\ud83d", pieces[place], count=1)
    return pieces if b"ud83d" in pieces[place] else None


@on_events("EVENT-006")
def no_type(events: Events, _request: Event) -> Events | None:
    """Send an event without a type."""
    found = places(events, "content-end")
    return insert(events, found[0], {"index": events[found[0]].get("index", 0)}) if found else None


@on_events("EVENT-007")
def unknown_type(events: Events, _request: Event) -> Events | None:
    """Send an event of an unknown type."""
    found = places(events, "content-end")
    return insert(events, found[0], {"type": "content-pause"}) if found else None


@on_events("EVENT-008")
def text_is_number(events: Events, _request: Event) -> Events | None:
    """Send a number where a text belongs."""
    delta = _first_delta(events)
    if delta is None or "text" not in (at(delta, *_CONTENT) or {}):
        return None
    put(delta, (*_CONTENT, "text"), 7)
    return events


@on_events("EVENT-008")
def count_is_text(events: Events, _request: Event) -> Events | None:
    """Send a token count as a text."""
    last = end(events)
    tokens = at(last, "delta", "usage", "tokens") if last else None
    if not isinstance(tokens, dict):
        return None
    tokens["output_tokens"] = str(tokens.get("output_tokens"))
    return events


@on_events("EVENT-008")
def content_is_list(events: Events, _request: Event) -> Events | None:
    """Send the content of a delta as a list."""
    delta = _first_delta(events)
    if delta is None:
        return None
    put(delta, _CONTENT, [at(delta, *_CONTENT)])
    return events


@on_events("EVENT-009")
def unknown_finish(events: Events, _request: Event) -> Events | None:
    """Send an unknown finish reason."""
    last = end(events)
    if last is None:
        return None
    put(last, ("delta", "finish_reason"), "FINISHED")
    return events


@on_events("EVENT-009")
def other_role(events: Events, _request: Event) -> Events | None:
    """Send another role than assistant."""
    found = places(events, "message-start")
    if not found:
        return None
    put(events[found[0]], ("delta", "message", "role"), "bot")
    return events


@on_events("EVENT-010")
def no_id(events: Events, _request: Event) -> Events | None:
    """Leave out the id of the message."""
    found = places(events, "message-start")
    if not found:
        return None
    put(events[found[0]], ("id",), None)
    return events


@on_events("EVENT-010")
def no_finish(events: Events, _request: Event) -> Events | None:
    """Leave out the finish reason."""
    last = end(events)
    if last is None:
        return None
    put(last, ("delta", "finish_reason"), None)
    return events


@on_events("EVENT-010", "call")
def no_call_id(events: Events, _request: Event) -> Events | None:
    """Leave out the id of a tool call."""
    found = places(events, "tool-call-start")
    if not found:
        return None
    put(events[found[0]], ("delta", "message", "tool_calls", "id"), None)
    return events


@on_events("EVENT-011")
def negative_tokens(events: Events, _request: Event) -> Events | None:
    """Send a negative number of tokens."""
    last = end(events)
    billed = at(last, "delta", "usage", "billed_units") if last else None
    if not isinstance(billed, dict):
        return None
    billed["input_tokens"] = -1
    return events


@on_events("EVENT-012")
def extra_member(events: Events, _request: Event) -> Events | None:
    """Send a member that is not in the description."""
    delta = _first_delta(events)
    if delta is None:
        return None
    delta["note"] = "new"
    return events


@on_events("EVENT-013")
def bare_start(events: Events, _request: Event) -> Events | None:
    """Begin the message with its role only."""
    found = places(events, "message-start")
    if not found:
        return None
    put(events[found[0]], ("delta", "message"), {"role": "assistant"})
    return events


@on_events("EVENT-014")
def short_id(events: Events, _request: Event) -> Events | None:
    """Send a message id that is no UUID."""
    found = places(events, "message-start")
    if not found:
        return None
    put(events[found[0]], ("id",), "msg-1")
    return events


@on_events("EVENT-015")
def two_channels(events: Events, _request: Event) -> Events | None:
    """Send text and thinking in one delta."""
    delta = _first_delta(events)
    if delta is None or "text" not in at(delta, *_CONTENT):
        return None
    put(delta, (*_CONTENT, "thinking"), "hm")
    return events


@on_events("EVENT-016")
def text_in_start(events: Events, _request: Event) -> Events | None:
    """Begin a block with a part of its text."""
    starts, deltas = places(events, "content-start"), places(events, "content-delta")
    if not starts or len(deltas) < 2:  # noqa: PLR2004 - the block would be empty
        return None
    content = at(events[deltas[0]], *_CONTENT)
    events[starts[0]]["delta"]["message"]["content"] |= content
    del events[deltas[0]]
    return events


@on_events("EVENT-017")
def untyped_block(events: Events, _request: Event) -> Events | None:
    """Leave out the type of a block."""
    found = places(events, "content-start")
    if not found:
        return None
    put(events[found[0]], (*_CONTENT, "type"), None)
    return events


@on_events("EVENT-018")
def debug(events: Events, _request: Event) -> Events:
    """Send a `debug` event."""
    return insert(events, 1, {"type": "debug", "event_type": "debug", "prompt": "as it was"})


@on_events("EVENT-012")
def member_of_delta(events: Events, _request: Event) -> Events | None:
    """Send a citation type in a delta that has none."""
    found = places(events, "content-delta")
    if not found:
        return None
    put(events[found[0]], (*_CONTENT, "citation_type"), "TEXT_CONTENT")
    return events
