"""One answer, saved as it came, into an exchange without a request.

A stream in Server-Sent Events, or newline-delimited JSON whose objects have a `type`; with the head
of the answer before it (`curl -i`), or without.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from conformance.cassette.content import decoded
from conformance.cassette.node import Node
from conformance.errors import CassetteError
from conformance.subject import version_of
from conformance.wire import Exchange, Origin, Response

if TYPE_CHECKING:
    from conformance.wire import Headers

__all__ = [
    "bare_answer",
    "looks_like_answer",
    "looks_like_events",
    "looks_like_lines",
    "raw_answer",
    "raw_body",
]

# A line of an event stream: a field that the standard knows, or a comment.
_FIELD = re.compile(rb"(?:data|event|id|retry)(?::|[\r\n]|\Z)|:")
_BLANK = b"\r\n \t"
# The status line of an answer, and its header lines up to the blank one.
_HEAD = re.compile(rb"HTTP/[0-9.]+ ([1-9][0-9]{2})[^\r\n]*\r?\n((?:[^\r\n]+\r?\n)*)\r?\n")
# An event of version 1, and where the first of them stands.
_OLD = re.compile(rb'"is_finished"\s*:\s*(?:true|false)')
_HEAD_SIZE = 2000
# Members of answers that are not judged: chat without streaming, and those of version 1.
_ANSWERS = (
    {"message", "finish_reason", "usage"},
    {"event_type", "is_finished"},
    {"text", "generation_id", "finish_reason"},
)
_EVENT_TYPE = re.compile(rb'"type"\s*:\s*"(?:message|content|tool-plan|tool-call|citation)-')


def looks_like_events(data: bytes) -> bool:
    """Whether the first line that is not blank is one of an event stream."""
    return _FIELD.match(_start(data)) is not None


def looks_like_lines(data: bytes) -> bool:
    """Whether the first line that is not blank is a JSON object with a `type`.

    Logs have objects with a `type` too, so one of the lines must be an event of ours.
    """
    line = re.split(rb"[\r\n]", _start(data), maxsplit=1)[0]
    if not line.startswith(b"{"):
        return False
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(value, dict)
        and "type" in value
        and not {"request", "response"} & value.keys()
        and _EVENT_TYPE.search(data) is not None
    )


def raw_body(data: bytes, file: str, endpoint: str | None) -> Exchange:
    """The exchange of a saved body: its status counts as 200.

    A stream is that of a chat, but for one of version 1, which answers nothing that is judged. Its
    bytes tell the media type, except for lines of JSON, for which servers use several.
    """
    if endpoint == "rerank" and not looks_like_events(data):
        headers: Headers = (("content-type", "application/json"),)
    elif looks_like_lines(data):
        headers = ()
    else:
        headers = (("content-type", "text/event-stream"),)
    response = Response(200, headers, data)
    if endpoint is None and not (_OLD.search(data[:_HEAD_SIZE]) and not _EVENT_TYPE.search(data)):
        endpoint = "chat-stream"
    return Exchange(None, response, Origin(file, 1, 1), endpoint=endpoint)


def looks_like_answer(data: bytes) -> bool:
    """Whether the text begins as an HTTP answer does, which is what `curl -i` prints."""
    return _HEAD.match(_start(data)) is not None


def raw_answer(data: bytes, file: str, endpoint: str | None) -> Exchange:
    """The exchange of an answer that was saved with its head.

    Heads before the last one are those of proxies, redirects, and status 100.
    """
    rest, status = _start(data), 0
    headers: Headers = ()
    while head := _HEAD.match(rest):
        status = int(head[1])
        headers = tuple(_pair(line) for line in head[2].splitlines() if b":" in line)
        rest = rest[head.end() :]
    here = Node(None, file, "the body", 1)
    response = Response(status, headers, decoded(rest, headers, here))
    recorded = response.header("date")
    if endpoint is None and (
        response.media_type == "text/event-stream"
        or looks_like_events(response.body)
        or looks_like_lines(response.body)
    ):
        endpoint = "chat-stream"
    if endpoint is None:
        raise CassetteError(
            "nothing says what this answers",
            where=file,
            hint="name it: `--endpoint chat-stream` or `--endpoint rerank`",
        )
    return Exchange(None, response, Origin(file, 1, 1, recorded), endpoint=endpoint)


def bare_answer(data: bytes, file: str) -> Exchange | None:
    """A saved answer that is told by its members; None when it is not one of Cohere's.

    Only that of a rerank is judged; the others are told so that they can be counted.
    """
    members = _object(data)
    if members is None:
        return None
    results = members.get("results")
    first = results[0] if isinstance(results, list) and results else None
    endpoint = None
    if isinstance(first, dict) and {"index", "relevance_score"} <= first.keys():
        endpoint = None if version_of(members) == "1" else "rerank"
    elif not any(known <= members.keys() for known in _ANSWERS):
        return None
    response = Response(200, (("content-type", "application/json"),), data)
    return Exchange(None, response, Origin(file, 1, 1), endpoint=endpoint)


def _object(data: bytes) -> dict[str, object] | None:
    """The JSON object, or the first of several on lines of their own."""
    for text in (data, _start(data).split(b"\n", 1)[0]):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else None
    return None


def _pair(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip(), value.strip()


def _start(data: bytes) -> bytes:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
