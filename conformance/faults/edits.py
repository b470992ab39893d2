"""Small edits of a list of events, from which faults are made."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CITED",
    "at",
    "block",
    "call",
    "cited",
    "content_delta",
    "drop",
    "drop_every",
    "end",
    "finish",
    "insert",
    "places",
    "plan",
    "put",
    "repeat",
    "replace_content",
]

Event = dict[str, Any]
Events = list[Event]

# Where the citation stands in a citation-start.
CITED = ("delta", "message", "citations")


def places(events: Events, kind: str) -> list[int]:
    """The positions of the events of a type."""
    return [place for place, event in enumerate(events) if event.get("type") == kind]


def at(event: Event, *path: str) -> Any:
    """The value at a path of keys, None when the path leads nowhere."""
    value: Any = event
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def put(event: Event, path: tuple[str, ...], value: object) -> None:
    """Set the value at a path of keys; None takes the member out."""
    inner = at(event, *path[:-1])
    if value is None:
        inner.pop(path[-1], None)
    else:
        inner[path[-1]] = value


def end(events: Events) -> Event | None:
    """The message-end, None when there is none."""
    return next((event for event in events if event.get("type") == "message-end"), None)


def finish(events: Events, reason: str) -> Events:
    """The events with another finish reason."""
    last = end(events)
    if last is not None:
        put(last, ("delta", "finish_reason"), reason)
    return events


def drop(kind: str, number: int = 0) -> Callable[[Events, Event], Events | None]:
    """An edit that leaves out the `number`th event of a type (-1 for the last)."""

    def edit(events: Events, _request: Event) -> Events | None:
        found = places(events, kind)
        if not found:
            return None
        del events[found[number]]
        return events

    return edit


def drop_every(events: Events, *kinds: str) -> Events:
    """The events without those of some types."""
    return [event for event in events if event.get("type") not in kinds]


def repeat(kind: str) -> Callable[[Events, Event], Events | None]:
    """An edit that sends the first event of a type twice."""

    def edit(events: Events, _request: Event) -> Events | None:
        found = places(events, kind)
        return insert(events, found[0] + 1, copy.deepcopy(events[found[0]])) if found else None

    return edit


def insert(events: Events, place: int, *more: Event) -> Events:
    """The events with more at a place."""
    return [*events[:place], *more, *events[place:]]


def plan(text: str = "So be it.") -> Event:
    """A tool-plan-delta."""
    return {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": text}}}


def content_delta(text: str, index: int = 0, kind: str = "text") -> Event:
    """A content-delta."""
    delta = {"message": {"content": {kind: text}}}
    return {"type": "content-delta", "index": index, "delta": delta}


def block(text: str, index: int = 0, kind: str = "text") -> Events:
    """A whole content block."""
    start = {"message": {"content": {"type": kind, kind: ""}}}
    return [
        {"type": "content-start", "index": index, "delta": start},
        content_delta(text, index, kind),
        {"type": "content-end", "index": index},
    ]


def call(name: str, arguments: str, index: int = 0) -> Events:
    """A whole tool call."""
    function = {"name": name, "arguments": ""}
    head = {"id": f"{name}_0123456789ab", "type": "function", "function": function}
    piece = {"message": {"tool_calls": {"function": {"arguments": arguments}}}}
    return [
        {"type": "tool-call-start", "index": index, "delta": {"message": {"tool_calls": head}}},
        {"type": "tool-call-delta", "index": index, "delta": piece},
        {"type": "tool-call-end", "index": index},
    ]


def cited(start: int, stop: int, text: str, source: Event, index: int = 0) -> Events:
    """A citation and its end."""
    told = {"start": start, "end": stop, "text": text, "sources": [source], "type": "TEXT_CONTENT"}
    return [
        {"type": "citation-start", "index": index, "delta": {"message": {"citations": told}}},
        {"type": "citation-end", "index": index},
    ]


def replace_content(events: Events, *instead: Event, reason: str) -> Events | None:
    """Other events between the message's start and its end, and another finish reason."""
    last = end(events)
    if last is None or not events:
        return None
    return finish([events[0], *instead, last], reason)
