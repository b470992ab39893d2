"""Faults of the message as a whole: how it ends, what it costs, whether it keeps to the request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.faults.edits import (
    at,
    block,
    content_delta,
    drop_every,
    end,
    finish,
    insert,
    places,
    put,
)
from conformance.faults.fault import on_events

if TYPE_CHECKING:
    Event = dict[str, Any]
    Events = list[Event]

_USAGE = ("delta", "usage")
_TEXT = ("delta", "message", "content", "text")
_CALLS = ("tool-call-start", "tool-call-delta", "tool-call-end")


def _in_end(events: Events, path: tuple[str, ...], value: object) -> Events | None:
    last = end(events)
    if last is None or not isinstance(at(last, *path[:-1]), dict):
        return None
    put(last, path, value)
    return events


def _text(events: Events, text: str) -> Events | None:
    """The last text block with another text, all in one delta."""
    starts = places(events, "content-start")
    if not starts or places(events, "citation-start"):
        return None
    index = events[starts[-1]].get("index", 0)
    kept = [e for n, e in enumerate(events) if n < starts[-1] or e["type"] != "content-delta"]
    return insert(kept, starts[-1] + 1, content_delta(text, index))


@on_events("CHAT-101")
def finish_without_call(events: Events, _request: Event) -> Events | None:
    """Finish with `TOOL_CALL` without a call."""
    return None if places(events, "tool-call-start") else finish(events, "TOOL_CALL")


@on_events("CHAT-102", "call")
def call_without_finish(events: Events, _request: Event) -> Events | None:
    """Finish with `COMPLETE` after a call."""
    return finish(events, "COMPLETE") if places(events, "tool-call-start") else None


@on_events("CHAT-103")
def no_usage(events: Events, _request: Event) -> Events | None:
    """Leave out the usage."""
    return _in_end(events, _USAGE, None)


@on_events("CHAT-104")
def empty_usage(events: Events, _request: Event) -> Events | None:
    """Send a usage without numbers."""
    return _in_end(events, _USAGE, {})


@on_events("CHAT-105")
def too_many_cached(events: Events, _request: Event) -> Events | None:
    """Count more cached tokens than there were."""
    return _in_end(events, (*_USAGE, "cached_tokens"), 10_000_000)


@on_events("CHAT-106")
def error_without_failure(events: Events, _request: Event) -> Events | None:
    """Send an error with a complete answer."""
    return _in_end(events, ("delta", "error"), "something went wrong")


@on_events("CHAT-107")
def failure_without_error(events: Events, _request: Event) -> Events | None:
    """Fail without saying why."""
    return finish(events, "ERROR")


@on_events("CHAT-108")
def unasked_logprobs(events: Events, request: Event) -> Events | None:
    """Send log probabilities that nobody asked for."""
    found = places(events, "content-delta")
    if request.get("logprobs") or not found:
        return None
    told = {"text": at(events[found[0]], *_TEXT) or "", "token_ids": [7], "logprobs": [-0.5]}
    events[found[0]]["logprobs"] = told
    return events


@on_events("CHAT-109", "logprobs")
def no_logprobs(events: Events, request: Event) -> Events | None:
    """Leave out the log probabilities that were asked for."""
    if request.get("logprobs") is not True:
        return None
    for event in events:
        event.pop("logprobs", None)
    return events


@on_events("CHAT-121", "logprobs")
def probabilities(events: Events, _request: Event) -> Events | None:
    """Send probabilities in place of their logarithms."""
    items = [event["logprobs"] for event in events if event.get("logprobs")]
    for item in items:
        item["logprobs"] = [0.9 for _ in item["logprobs"]]
    return events if items else None


@on_events("CHAT-122", "logprobs")
def one_token_more(events: Events, _request: Event) -> Events | None:
    """Send a token id more than log probabilities."""
    items = [event["logprobs"] for event in events if event.get("logprobs")]
    for item in items[:1]:
        item["token_ids"] = [*item["token_ids"], 7]
    return events if items else None


@on_events("CHAT-122", "logprobs")
def of_the_next(events: Events, _request: Event) -> Events | None:
    """Send the log probabilities of the delta before."""
    having = [event for event in events if event.get("logprobs")]
    for event, before in zip(reversed(having[1:]), reversed(having[:-1]), strict=True):
        event["logprobs"] = before["logprobs"]
    return events if len(having) > 1 else None


@on_events("CHAT-122", "logprobs")
def first_only(events: Events, _request: Event) -> Events | None:
    """Send log probabilities with the first delta only."""
    having = [event for event in events if event.get("logprobs")]
    for event in having[1:]:
        del event["logprobs"]
    return events if len(having) > 1 else None


def _json_mode(request: Event) -> bool:
    return bool(at(request, "response_format", "type") == "json_object")


@on_events("CHAT-110", "json")
def prose_in_json_mode(events: Events, request: Event) -> Events | None:
    """Answer with prose in JSON mode."""
    return _text(events, 'Here it is: {"answer": 42}') if _json_mode(request) else None


@on_events("CHAT-111", "json")
def json_cut(events: Events, request: Event) -> Events | None:
    """End within the JSON, at the token limit."""
    if not _json_mode(request):
        return None
    changed = _text(events, '{"answer": "to be')
    return finish(changed, "MAX_TOKENS") if changed else None


@on_events("CHAT-112", "json-schema")
def json_misfit(events: Events, request: Event) -> Events | None:
    """Answer with JSON that does not fit its schema."""
    if not at(request, "response_format", "json_schema"):
        return None
    return _text(events, '{"no_such_member": null}')


@on_events("CHAT-113", "json")
def deep_json(events: Events, request: Event) -> Events | None:
    """Answer with JSON of six levels."""
    if not _json_mode(request) or at(request, "response_format", "json_schema"):
        return None
    value: Any = 1
    for name in "fedcba":
        value = {name: value}
    return _text(events, json.dumps({"deep": value}))


@on_events("CHAT-114", "stop")
def stop_sequence_sent(events: Events, request: Event) -> Events | None:
    """Send the stop sequence with the text."""
    found = places(events, "content-delta")
    asked = request.get("stop_sequences")
    if not found or not asked or at(end(events) or {}, "delta", "finish_reason") != "STOP_SEQUENCE":
        return None
    put(events[found[-1]], _TEXT, str(at(events[found[-1]], *_TEXT)) + asked[0])
    return events


@on_events("CHAT-115")
def stop_unasked(events: Events, request: Event) -> Events | None:
    """Finish with `STOP_SEQUENCE` though none was asked for."""
    if request.get("stop_sequences") or places(events, "tool-call-start"):
        return None
    return finish(events, "STOP_SEQUENCE")


@on_events("CHAT-116", "thinking-disabled")
def thinking_disabled(events: Events, request: Event) -> Events | None:
    """Think though thinking is disabled."""
    if at(request, "thinking", "type") != "disabled" or places(events, "citation-start"):
        return None
    for event in events:
        if str(event.get("type")).startswith("content-"):
            event["index"] = 1
    return insert(events, 1, *block("Let me see.", 0, "thinking"))


@on_events("CHAT-117")
def no_answer(events: Events, request: Event) -> Events | None:
    """Answer with nothing."""
    if places(events, "citation-start") or places(events, "tool-call-start"):
        return None
    complete = at(end(events) or {}, "delta", "finish_reason") == "COMPLETE"
    if _json_mode(request) or not complete:
        return None
    return drop_every(events, "content-start", "content-delta", "content-end")


@on_events("CHAT-118")
def other_message_id(events: Events, _request: Event) -> Events | None:
    """End the message under another id."""
    return _in_end(events, ("id",), "00000000-0000-4000-8000-000000000000")


@on_events("CHAT-119", "max-tokens")
def over_the_limit(events: Events, request: Event) -> Events | None:
    """Bill more tokens than were allowed."""
    most = request.get("max_tokens")
    if not isinstance(most, int):
        return None
    billed = at(end(events) or {}, *_USAGE, "billed_units")
    tokens = at(end(events) or {}, *_USAGE, "tokens")
    if not isinstance(billed, dict) or not isinstance(tokens, dict):
        return None
    billed["output_tokens"] = tokens["output_tokens"] = most + 10
    return events


@on_events("CHAT-120", "call")
def plan_without_call(events: Events, request: Event) -> Events | None:
    """Plan to call tools and call none."""
    if not places(events, "tool-plan-delta") or request.get("tool_choice") == "REQUIRED":
        return None
    return finish(drop_every(events, *_CALLS), "COMPLETE")
