"""The body of one answer, saved as it came, into an exchange without a request.

A stream in Server-Sent Events, or newline-delimited JSON whose objects have a `type`.
"""

from __future__ import annotations

import json
import re

from conformance.wire import Exchange, Origin, Response

__all__ = ["looks_like_events", "looks_like_lines", "raw_body"]

# A line of an event stream: a field that the standard knows, or a comment.
_FIELD = re.compile(rb"(?:data|event|id|retry)(?::|[\r\n]|\Z)|:")
_BLANK = b"\r\n \t"


def looks_like_events(data: bytes) -> bool:
    """Whether the first line that is not blank is one of an event stream."""
    return _FIELD.match(_start(data)) is not None


def looks_like_lines(data: bytes) -> bool:
    """Whether the first line that is not blank is a JSON object with a `type`."""
    line = re.split(rb"[\r\n]", _start(data), maxsplit=1)[0]
    if not line.startswith(b"{"):
        return False
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(value, dict) and "type" in value and not {"request", "response"} & value.keys()
    )


def raw_body(data: bytes, file: str, endpoint: str | None) -> Exchange:
    """The exchange of a saved body: its status counts as 200, its bytes tell the media type."""
    if endpoint == "rerank" and not looks_like_events(data):
        media = "application/json"
    elif looks_like_lines(data):
        media = "application/x-ndjson"
    else:
        media = "text/event-stream"
    response = Response(200, (("content-type", media),), data)
    return Exchange(None, response, Origin(file, 1, 1), endpoint=endpoint or "chat-stream")


def _start(data: bytes) -> bytes:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
