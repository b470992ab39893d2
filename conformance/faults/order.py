"""Faults of order and of indexes."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from conformance.faults.edits import (
    CITED,
    at,
    block,
    content_delta,
    drop,
    insert,
    places,
    plan,
    put,
    repeat,
)
from conformance.faults.fault import on_events, on_pieces
from conformance.faults.frames import framed

if TYPE_CHECKING:
    Event = dict[str, Any]
    Events = list[Event]

on_events("STREAM-001", says="leave out `message-start`")(drop("message-start"))
on_events("STREAM-002", says="send `message-start` twice")(repeat("message-start"))
on_events("STREAM-003", says="leave out `message-end`")(drop("message-end"))
on_events("STREAM-005", says="send `message-end` twice")(repeat("message-end"))
on_events("STREAM-007", says="leave out `content-end`")(drop("content-end"))
on_events("STREAM-008", "call", says="leave out `tool-call-end`")(drop("tool-call-end"))
on_events("STREAM-010", says="send `content-end` twice")(repeat("content-end"))
on_events("STREAM-012", "call", says="send `tool-call-end` twice")(repeat("tool-call-end"))
on_events("STREAM-014", says="leave out `content-start`")(drop("content-start"))


@on_events("STREAM-004")
def delta_after_end(events: Events, _request: Event) -> Events:
    """Send a delta after `message-end`."""
    return [*events, content_delta("more")]


@on_pieces("STREAM-006")
def delta_after_terminator(pieces: list[bytes], _request: Event) -> list[bytes] | None:
    """Send a delta after the terminator."""
    if b"[DONE]" not in pieces[-1]:
        return None
    return [*pieces, framed(content_delta("more"))]


@on_events("STREAM-011", "call")
def call_delta_after_end(events: Events, _request: Event) -> Events | None:
    """Send argument deltas after `tool-call-end`."""
    deltas, ends = places(events, "tool-call-delta"), places(events, "tool-call-end")
    if not deltas or not ends:
        return None
    return insert(events, ends[0] + 1, copy.deepcopy(events[deltas[0]]))


def _index(events: Events, kind: str, number: int, index: int) -> Events | None:
    found = places(events, kind)
    if not found or "index" not in events[found[number]]:
        return None
    events[found[number]]["index"] = index
    return events


@on_events("STREAM-013")
def delta_of_other_block(events: Events, _request: Event) -> Events | None:
    """Give a content delta the index of another block."""
    return _index(events, "content-delta", 0, 7)


@on_events("STREAM-013")
def end_of_other_block(events: Events, _request: Event) -> Events | None:
    """Give a `content-end` the index of another block."""
    return _index(events, "content-end", -1, 7)


@on_events("STREAM-014")
def delta_after_block(events: Events, _request: Event) -> Events | None:
    """Send a content delta after `content-end`."""
    found = places(events, "content-end")
    # A blank, so that a text of JSON is still one.
    return insert(events, found[-1] + 1, content_delta(" ")) if found else None


@on_events("STREAM-015", "call")
def delta_of_other_call(events: Events, _request: Event) -> Events | None:
    """Give an argument delta the index of another call."""
    return _index(events, "tool-call-delta", 0, 7)


def _shift_second_block(events: Events, index: int) -> Events | None:
    starts = places(events, "content-start")
    if len(starts) < 2:  # noqa: PLR2004 - there is no second block
        return None
    for event in events[starts[1] :]:
        if str(event.get("type")).startswith("content-"):
            event["index"] = index
        elif event.get("type") == "citation-start":
            put(event, (*CITED, "content_index"), index)
    return events


@on_events("STREAM-016", "thinking")
def same_index(events: Events, _request: Event) -> Events | None:
    """Give two content blocks the same index."""
    return _shift_second_block(events, 0)


@on_events("STREAM-017", "thinking")
def index_left_out(events: Events, _request: Event) -> Events | None:
    """Leave out an index between two content blocks."""
    return _shift_second_block(events, 5)


@on_events("STREAM-018", "call")
def calls_from_one(events: Events, _request: Event) -> Events | None:
    """Count tool calls from 1."""
    calls = [event for event in events if str(event.get("type")).startswith("tool-call-")]
    for event in calls:
        event["index"] = event.get("index", 0) + 1
    return events if calls else None


@on_events("STREAM-018", "calls")
def calls_all_zero(events: Events, _request: Event) -> Events | None:
    """Give all tool calls the same index."""
    calls = [event for event in events if str(event.get("type")).startswith("tool-call-")]
    if not any(event.get("index") for event in calls):
        return None
    for event in calls:
        event["index"] = 0
    return events


@on_events("STREAM-019", "call")
def plan_inside_call(events: Events, _request: Event) -> Events | None:
    """Send the tool plan inside a tool call."""
    found = places(events, "tool-call-start")
    return insert(events, found[0] + 1, plan()) if found else None


@on_events("STREAM-020", "call")
def plan_after_call(events: Events, _request: Event) -> Events | None:
    """Go on with the tool plan after a tool call."""
    found = places(events, "tool-call-end")
    return insert(events, found[0] + 1, plan()) if found else None


@on_events("STREAM-021", "call")
def text_beside_calls(events: Events, _request: Event) -> Events | None:
    """Send a text beside tool calls."""
    found = places(events, "tool-call-end")
    indexes = [events[place].get("index") for place in places(events, "content-start")]
    if not found:
        return None
    return insert(events, found[-1] + 1, *block("Called.", len(indexes)))


@on_events("STREAM-022", "thinking")
def thinking_after_text(events: Events, _request: Event) -> Events | None:
    """Send the thinking after the text."""
    starts, ends = places(events, "content-start"), places(events, "content-end")
    if len(starts) < 2:  # noqa: PLR2004 - there is no second block
        return None
    first, second = events[starts[0] : ends[0] + 1], events[starts[1] : ends[1] + 1]
    if places(first, "citation-start"):
        return None  # they would have to be counted anew
    for index, moved in enumerate((second, first)):
        for event in moved:
            if str(event.get("type")).startswith("content-"):
                event["index"] = index
            elif event.get("type") == "citation-start":
                put(event, (*CITED, "content_index"), index)
    return [*events[: starts[0]], *second, *first, *events[ends[1] + 1 :]]


@on_events("STREAM-023", "thought-call")
def plan_beside_thinking(events: Events, _request: Event) -> Events | None:
    """Send a tool plan beside thinking."""
    found = places(events, "tool-call-start")
    if not found or not places(events, "content-end"):
        return None
    return insert(events, found[0], plan())


@on_pieces("STREAM-024")
def no_terminator(pieces: list[bytes], _request: Event) -> list[bytes] | None:
    """Leave out the terminator."""
    return pieces[:-1] if b"[DONE]" in pieces[-1] else None


@on_events("STREAM-025", "thinking")
def text_in_thinking(events: Events, _request: Event) -> Events | None:
    """Send a text delta in a thinking block."""
    for place in places(events, "content-delta"):
        content = events[place]["delta"]["message"]["content"]
        if "thinking" in content:
            content["text"] = content.pop("thinking")
            return events
    return None


@on_events("STREAM-026")
def no_index(events: Events, _request: Event) -> Events | None:
    """Leave out the index of a content delta."""
    found = places(events, "content-delta")
    if not found:
        return None
    events[found[0]].pop("index", None)
    return events


@on_events("STREAM-027")
def empty_block(events: Events, request: Event) -> Events | None:
    """Send a thinking block without deltas."""
    found = places(events, "content-start")
    if len(found) != 1 or places(events, "citation-start") or places(events, "tool-call-start"):
        return None
    if at(request, "thinking", "type") == "disabled":
        return None
    for event in events[found[0] :]:
        if "index" in event:
            event["index"] = 1
    start, _, stop = block("", 0, "thinking")
    return insert(events, found[0], start, stop)


@on_events("STREAM-028")
def empty_delta(events: Events, _request: Event) -> Events | None:
    """Send a delta without text."""
    found = places(events, "content-start")
    if len(found) != 1:
        return None
    start = events[found[0]]
    kind = "thinking" if "thinking" in (at(start, "delta", "message", "content") or {}) else "text"
    return insert(events, found[0] + 1, content_delta("", start.get("index", 0), kind))
