"""Faults of status, headers, error bodies, and of what is served and refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.faults.edits import block
from conformance.faults.fault import on_reply, on_value
from conformance.faults.frames import framed

if TYPE_CHECKING:
    from conformance.faults.reply import Reply

    Value = dict[str, Any]

_OK = 200
_REFUSED = (400, 422)
_ID = "7b0d3c52-6d0e-4d2f-9a43-1f2e3d4c5b6a"


def _json(reply: Reply, status: int, value: object) -> Reply:
    data = json.dumps(value).encode()
    changed = reply.changed(status=status, pieces=(data,), ends="whole")
    changed = changed.with_header("content-type", "application/json")
    return changed.with_header("content-length", str(len(data)))


def _is_stream(reply: Reply) -> bool:
    return reply.status == _OK and reply.header("content-type") == "text/event-stream"


@on_reply("HTTP-001")
def plain_text(reply: Reply, _request: Value) -> Reply | None:
    """Call a stream a plain text."""
    return reply.with_header("content-type", "text/plain") if _is_stream(reply) else None


@on_reply("HTTP-001", "rerank")
def web_page(reply: Reply, _request: Value) -> Reply | None:
    """Call a ranking a web page."""
    if reply.status != _OK or _is_stream(reply):
        return None
    return reply.with_header("content-type", "text/html")


@on_reply("HTTP-002")
def created(reply: Reply, _request: Value) -> Reply | None:
    """Answer with 201."""
    return reply.changed(status=201) if reply.status == _OK else None


@on_reply("HTTP-003", "refused")
def teapot(reply: Reply, _request: Value) -> Reply | None:
    """Refuse with a status that is not documented."""
    return reply.changed(status=418) if reply.status in _REFUSED else None


@on_reply("HTTP-004", "refused")
def bare_refusal(reply: Reply, _request: Value) -> Reply | None:
    """Refuse with a text that is not JSON."""
    if reply.status not in _REFUSED:
        return None
    data = b"Bad Request"
    return reply.changed(pieces=(data,)).with_header("content-length", str(len(data)))


@on_reply("HTTP-004", "refused")
def empty_refusal(reply: Reply, _request: Value) -> Reply | None:
    """Refuse with nothing at all."""
    if reply.status not in _REFUSED:
        return None
    return reply.changed(pieces=()).with_header("content-length", "0")


def _refusal(value: Any) -> bool:
    return isinstance(value, dict) and "message" in value and "results" not in value


@on_value("HTTP-005", "refused")
def message_is_object(value: Any, _request: Value) -> Any:
    """Send the message of a refusal as an object."""
    return {**value, "message": {"text": value["message"]}} if _refusal(value) else None


@on_value("HTTP-006", "refused")
def no_message(value: Any, _request: Value) -> Any:
    """Refuse without a message."""
    return {k: v for k, v in value.items() if k != "message"} if _refusal(value) else None


@on_reply("HTTP-007", "refused")
def plain_refusal(reply: Reply, _request: Value) -> Reply | None:
    """Call a refusal a plain text."""
    if reply.status not in _REFUSED:
        return None
    return reply.with_header("content-type", "text/plain")


@on_reply("HTTP-008")
def refused(reply: Reply, _request: Value) -> Reply | None:
    """Refuse a request that has no fault."""
    if reply.status != _OK:
        return None
    return _json(reply, 400, {"id": _ID, "message": "not today"})


@on_reply("HTTP-009", "refused")
def served(reply: Reply, _request: Value) -> Reply | None:
    """Serve a request that has a fault."""
    if reply.status not in _REFUSED or reply.endpoint != "chat-stream":
        return None
    empty = {"content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    start = {"role": "assistant", **empty}
    numbers = {"input_tokens": 2, "output_tokens": 1}
    usage = {"billed_units": numbers, "tokens": numbers}
    events = [
        {"id": _ID, "type": "message-start", "delta": {"message": start}},
        *block("Fine."),
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}},
    ]
    pieces = (*[framed(event) for event in events], b"data: [DONE]\n\n")
    changed = reply.changed(status=_OK, pieces=pieces).with_header("content-length", None)
    return changed.with_header("content-type", "text/event-stream")


@on_reply("HTTP-009", "refused-rerank")
def ranked(reply: Reply, _request: Value) -> Reply | None:
    """Rank though the request has a fault."""
    if reply.status not in _REFUSED or reply.endpoint != "rerank":
        return None
    results = [{"index": 0, "relevance_score": 0.5}]
    meta = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}
    return _json(reply, _OK, {"id": _ID, "results": results, "meta": meta})


@on_reply("HTTP-010", "refused")
def failed(reply: Reply, _request: Value) -> Reply | None:
    """Fail on a request that has a fault."""
    if reply.status not in _REFUSED:
        return None
    return _json(reply, 500, {"id": _ID, "message": "internal server error"})


@on_reply("HTTP-011")
def not_served(reply: Reply, _request: Value) -> Reply | None:
    """Fail on a request that has no fault."""
    if reply.status != _OK:
        return None
    return _json(reply, 503, {"id": _ID, "message": "service unavailable"})


@on_reply("HTTP-016")
def wrong_length(reply: Reply, _request: Value) -> Reply | None:
    """Announce five bytes less than there are."""
    if reply.status != _OK:
        return None
    return reply.with_header("content-length", str(len(reply.body) - 5))


@on_reply("HTTP-017")
def broken_off(reply: Reply, _request: Value) -> Reply | None:
    """Close the connection before the response has ended."""
    return reply.changed(ends="cut") if reply.status == _OK else None


@on_reply("HTTP-019")
def latin_1(reply: Reply, _request: Value) -> Reply | None:
    """Say that a stream is Latin-1."""
    if not _is_stream(reply):
        return None
    return reply.with_header("content-type", "text/event-stream; charset=iso-8859-1")


@on_reply("HTTP-020")
def coding_unused(reply: Reply, _request: Value) -> Reply | None:
    """Announce gzip and send the stream as it is."""
    return reply.with_header("content-encoding", "gzip") if _is_stream(reply) else None


@on_reply("HTTP-020", "rerank")
def ranking_unpacked(reply: Reply, _request: Value) -> Reply | None:
    """Announce gzip and send the ranking as it is."""
    if reply.status != _OK or _is_stream(reply):
        return None
    return reply.with_header("content-encoding", "gzip")


@on_value("HTTP-018", "refused")
def extra_member(value: Any, _request: Value) -> Any:
    """Send a member of a refusal that is not described."""
    return {**value, "trace": "0f1e"} if _refusal(value) else None
