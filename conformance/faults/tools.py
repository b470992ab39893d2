"""Faults of tool calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.faults.edits import at, block, call, places, put, replace_content
from conformance.faults.fault import on_events

if TYPE_CHECKING:
    Event = dict[str, Any]
    Events = list[Event]

_CALL = ("delta", "message", "tool_calls")
_ARGUMENTS = (*_CALL, "function", "arguments")


def _arguments(events: Events, text: str) -> Events | None:
    """The first call with other arguments, all in one delta."""
    starts, ends = places(events, "tool-call-start"), places(events, "tool-call-end")
    deltas = [p for p in places(events, "tool-call-delta") if ends and p < ends[0]]
    if not starts or not deltas:
        return None
    put(events[deltas[0]], _ARGUMENTS, text)
    return [event for place, event in enumerate(events) if place not in deltas[1:]]


@on_events("TOOL-001", "call")
def cut_arguments(events: Events, _request: Event) -> Events | None:
    """Send arguments that end too soon."""
    return _arguments(events, '{"city": "Br')


@on_events("TOOL-001", "call")
def listed_arguments(events: Events, _request: Event) -> Events | None:
    """Send arguments as a list."""
    return _arguments(events, '["Brest"]')


@on_events("TOOL-002", "strict-call")
def strict_without_required(events: Events, request: Event) -> Events | None:
    """Leave out a required argument."""
    return _arguments(events, "{}") if request.get("strict_tools") else None


@on_events("TOOL-002", "strict-call")
def strict_with_more(events: Events, request: Event) -> Events | None:
    """Send an argument that is not declared."""
    starts = places(events, "tool-call-start")
    ends = places(events, "tool-call-end")
    if not request.get("strict_tools") or not starts or not ends:
        return None
    text = "".join(str(at(event, *_ARGUMENTS) or "") for event in events[starts[0] : ends[0]])
    return _arguments(events, json.dumps({**json.loads(text or "{}"), "undeclared": True}))


@on_events("TOOL-003", "call")
def without_required(events: Events, request: Event) -> Events | None:
    """Leave out a required argument."""
    return None if request.get("strict_tools") else _arguments(events, "{}")


def _rename(events: Events) -> Events | None:
    found = places(events, "tool-call-start")
    if not found:
        return None
    put(events[found[0]], (*_CALL, "function", "name"), "undeclared_tool")
    return events


@on_events("TOOL-004", "call")
def undeclared_tool(events: Events, request: Event) -> Events | None:
    """Call a tool that is not declared."""
    return None if request.get("strict_tools") else _rename(events)


@on_events("TOOL-005", "strict-call")
def strict_undeclared_tool(events: Events, request: Event) -> Events | None:
    """Call a tool that is not declared."""
    return _rename(events) if request.get("strict_tools") else None


@on_events("TOOL-006")
def call_without_tools(events: Events, request: Event) -> Events | None:
    """Call a tool though none is declared."""
    if request.get("tools"):
        return None
    return replace_content(events, *call("look_up", "{}"), reason="TOOL_CALL")


@on_events("TOOL-007", "calls")
def same_id(events: Events, _request: Event) -> Events | None:
    """Give two tool calls the same id."""
    found = places(events, "tool-call-start")
    if len(found) < 2:  # noqa: PLR2004 - there is no second call
        return None
    put(events[found[1]], (*_CALL, "id"), at(events[found[0]], *_CALL, "id"))
    return events


@on_events("TOOL-011", "call")
def empty_id(events: Events, _request: Event) -> Events | None:
    """Give a tool call an empty id."""
    found = places(events, "tool-call-start")
    if not found:
        return None
    put(events[found[0]], (*_CALL, "id"), "")
    return events


@on_events("TOOL-012", "call")
def start_without_arguments(events: Events, _request: Event) -> Events | None:
    """Leave the empty arguments out of the start of a call."""
    found = places(events, "tool-call-start")
    if not found:
        return None
    at(events[found[0]], *_CALL, "function").pop("arguments", None)
    return events


@on_events("TOOL-008", "required")
def no_call(events: Events, request: Event) -> Events | None:
    """Answer with text though a call is required."""
    if request.get("tool_choice") != "REQUIRED":
        return None
    return replace_content(events, *block("No need to call."), reason="COMPLETE")


@on_events("TOOL-009", "forbidden")
def forbidden_call(events: Events, request: Event) -> Events | None:
    """Call a tool though calls are forbidden."""
    if request.get("tool_choice") != "NONE" or not request.get("tools"):
        return None
    name = at(request["tools"][0], "function", "name")
    return replace_content(events, *call(str(name), '{"city": "Brest"}'), reason="TOOL_CALL")


@on_events("TOOL-010", "call")
def arguments_in_start(events: Events, _request: Event) -> Events | None:
    """Send the arguments with the start of the call."""
    starts, ends = places(events, "tool-call-start"), places(events, "tool-call-end")
    if not starts or not ends or ends[0] == starts[0] + 1:
        return None
    deltas = events[starts[0] + 1 : ends[0]]
    put(events[starts[0]], _ARGUMENTS, "".join(str(at(d, *_ARGUMENTS)) for d in deltas))
    return [*events[: starts[0] + 1], *events[ends[0] :]]
