"""Responses that are no stream: other bodies under status 200, and every refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import answer
from conformance.clients.cases.shelf import STREAM, json_reply, stream_reply
from conformance.faults.reply import Reply
from conformance.mock.frames import frames, to_json

if TYPE_CHECKING:
    from conformance.clients.cases.shelf import Shelf
    from conformance.clients.cases.words import Words
    from conformance.wire import Headers

__all__ = ["http", "rerank_status", "status"]

# Two repetitions with growing pauses, which most clients make, must fit in.
_PATIENCE = 20.0
_REPEATED = frozenset({408, 409, 429, 500, 501, 502, 503, 504, 529})
# Spares those clients who know it the pauses between their repetitions.
_AT_ONCE: Headers = (("retry-after-ms", "10"),)

_REASONS = {
    400: "bad request",
    401: "unauthorized",
    402: "payment required",
    403: "forbidden",
    404: "not found",
    405: "method not allowed",
    408: "request timeout",
    409: "conflict",
    413: "content too large",
    415: "unsupported media type",
    418: "a status that nobody expects",
    422: "unprocessable content",
    429: "too many requests",
    498: "a token on a deny list",
    499: "client closed request",
    500: "internal server error",
    501: "not implemented",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway timeout",
    529: "a status above those of the standards",
}


def _refusal(say: Words, status: int, *, headers: Headers = (), **more: Any) -> tuple[Reply, str]:
    """A refusal in the form of the live API, and what it says."""
    said = say.phrase(5)
    head = _AT_ONCE if status in _REPEATED and not headers else headers
    return json_reply({"id": say.uuid(), "message": said, **more}, status, headers=head), said


def status(shelf: Shelf) -> None:
    """Put the refusals of a chat."""
    for number, reason in _REASONS.items():
        name = f"{number}"
        reply, said = _refusal(shelf.say(name), number)
        about = f"status {number}, {reason}"
        shelf.refused(name, about, reply, message=said, deadline=_PATIENCE)
    _bodies(shelf)
    _headers(shelf)
    _recovered(shelf)


def _bodies(shelf: Shelf) -> None:
    """Refusals whose bodies have other forms."""
    say = shelf.say("bodies")
    said = say.phrase(5)
    page = f"<html><head><title>{said}</title></head><body>{said}</body></html>".encode()
    forms: tuple[tuple[str, str, object, str, str], ...] = (
        ("empty", "an empty body", b"", "", ""),
        ("empty-json", "an empty body that calls itself JSON", b"", "application/json", ""),
        ("html", "a page of HTML", page, "text/html", ""),
        ("html-as-json", "a page of HTML that calls itself JSON", page, "application/json", ""),
        ("text", "a plain text", said.encode(), "text/plain", said),
        ("no-message", "an object without a message", {"id": say.uuid()}, "application/json", ""),
        ("message-only", "a message and no id", {"message": said}, "application/json", said),
        ("message-null", "a message that is null", {"message": None}, "application/json", ""),
        ("message-object", "a message that is an object", {"message": {"text": said}},
         "application/json", ""),
        ("message-array", "a message that is an array", {"message": [said]}, "application/json", ""),
        ("extra", "members that nobody knows", {"message": said, "error_type": "X", "n": {"a": 1}},
         "application/json", said),
        ("error-object", "an error object of another API", {"error": {"message": said, "code": 4}},
         "application/json", ""),
        ("array", "an array", [{"message": said}], "application/json", ""),
        ("string", "a JSON text", said, "application/json", ""),
        ("null", "null", None, "application/json", ""),
        ("cut", "JSON that is cut off", to_json({"message": said})[:-8], "application/json", ""),
        ("unicode", "a message with emoji and quotation marks", {"message": f'{said} "é" 😀'},
         "application/json", f'{said} "é" 😀'),
        ("braces", "a message with braces and percent signs", {"message": f"{said} {{0}} %s"},
         "application/json", f"{said} {{0}} %s"),
        ("long", "a message of 20 KB", {"message": (said + " ") * 800}, "application/json", said),
        ("charset", "JSON with a charset", {"message": said}, "application/json; charset=utf-8", said),
        ("no-type", "JSON without a content type", {"message": said}, "", said),
        ("as-stream", "JSON that calls itself an event stream", {"message": said},
         "text/event-stream", said),
        ("as-event", "an error as an event",
         b"event: error\ndata: " + to_json({"message": said}) + b"\n\n", "text/event-stream", said),
    )  # fmt: skip
    for form, about, value, media_type, expected in forms:
        reply = json_reply(value, 400, media_type=media_type)
        shelf.refused(f"400-{form}", f"status 400 with {about}", reply, message=expected)
    for number, form, about, value in (
        (401, "empty", "an empty body", b""),
        (404, "html", "a page of HTML", page),
        (413, "html", "a page of HTML", page),
        (422, "message-object", "a message that is an object", {"message": {"text": said}}),
        (500, "empty", "an empty body", b""),
        (502, "html", "a page of HTML", page),
        (503, "text", "a plain text", said.encode()),
    ):
        kind = "text/html" if form == "html" else "application/json"
        head = _AT_ONCE if number in _REPEATED else ()
        reply = json_reply(value, number, headers=head, media_type=kind)
        shelf.refused(
            f"{number}-{form}", f"status {number} with {about}", reply, deadline=_PATIENCE
        )
    reply = Reply(500, (("content-type", "application/json"), *_AT_ONCE), (b'{"mess',), ends="cut")
    about = "status 500 with a body whose connection closes"
    shelf.refused("500-cut", about, reply, deadline=_PATIENCE)


def _headers(shelf: Shelf) -> None:
    for name, about, number, headers in (
        ("429-retry-after", "status 429 with a `Retry-After` of a second", 429, (("retry-after", "1"),)),
        ("429-retry-after-0", "status 429 with a `Retry-After` of zero", 429, (("retry-after", "0"),)),
        ("429-retry-after-date", "status 429 with a date in `Retry-After`", 429,
         (("retry-after", "Thu, 01 Jan 2026 00:00:00 GMT"),)),
    ):  # fmt: skip
        reply, said = _refusal(shelf.say(name), number, headers=headers)
        shelf.refused(name, about, reply, message=said, deadline=_PATIENCE)
    say = shelf.say("redirects")
    for number in (301, 307):
        name = f"{number}"
        reply = json_reply({"message": say.phrase(3)}, number, headers=(("location", "/v2/chat"),))
        shelf.refused(name, f"status {number}, a redirection to itself", reply, deadline=_PATIENCE)
    reply = json_reply({"message": say.phrase(3)}, 307)
    shelf.refused("307-nowhere", "status 307 without a place to go to", reply, deadline=_PATIENCE)


def _recovered(shelf: Shelf) -> None:
    """A refusal, and an answer for whoever asks again."""
    for name, about, number in (
        ("429-then-served", "status 429, and an answer to a second request", 429),
        ("503-then-served", "status 503, and an answer to a second request", 503),
    ):
        say = shelf.say(name)
        reply, said = _refusal(say, number)
        served = frames(answer(say))
        shelf.recovered(name, about, reply, stream_reply(served), message=said, deadline=_PATIENCE)


def http(shelf: Shelf) -> None:
    """Put the answers under status 200 that are no stream, or call themselves none."""
    say = shelf.say("bodies")
    said = say.phrase(5)
    page = f"<html><body>{said}</body></html>".encode()
    message = {"role": "assistant", "content": [{"type": "text", "text": said}]}
    whole = {"id": say.uuid(), "message": message, "finish_reason": "COMPLETE", "usage": {}}
    for name, about, value, media_type, expected in (
        ("empty", "an empty stream", b"", "text/event-stream", ""),
        ("empty-json", "an empty body that calls itself JSON", b"", "application/json", ""),
        ("empty-bare", "an empty body without a content type", b"", "", ""),
        ("html", "a page of HTML instead of a stream", page, "text/html", ""),
        ("html-as-stream", "a page of HTML that calls itself a stream", page, "text/event-stream", ""),
        ("text", "a plain text instead of a stream", said.encode(), "text/plain", ""),
        ("error", "a JSON error with status 200", {"message": said}, "application/json", said),
        ("error-as-stream", "a JSON error with status 200 that calls itself a stream",
         {"message": said}, "text/event-stream", ""),
        ("json-answer", "a JSON answer instead of a stream", whole, "application/json", ""),
        ("json-answer-as-stream", "a JSON answer that calls itself a stream", whole,
         "text/event-stream", ""),
        ("null", "the JSON text `null`", b"null", "application/json", ""),
        ("blank", "a stream of blank lines", b"\n\n\n\n", "text/event-stream", ""),
        ("comments", "a stream of comments", b": wait\n\n" * 3, "text/event-stream", ""),
        ("terminator-only", "a stream of nothing but its terminator", b"data: [DONE]\n\n",
         "text/event-stream", ""),
        ("random", "bytes that are nothing at all", bytes(range(128, 256)) * 2,
         "application/octet-stream", ""),
    ):  # fmt: skip
        reply = json_reply(value, media_type=media_type)
        shelf.refused(name, about, reply, message=expected)
    shelf.refused("204", "status 204, no content", Reply(204, (), ()))
    shelf.refused("205", "status 205, no content", Reply(205, (("content-length", "0"),), ()))
    for name, about, media_type in (
        ("as-text", "a stream that calls itself a plain text", "text/plain"),
        ("as-json", "a stream that calls itself JSON", "application/json"),
        ("as-bytes", "a stream that calls itself bytes", "application/octet-stream"),
    ):
        head = (("content-type", media_type),)
        shelf.failed(name, about, frames(answer(shelf.say(name))), headers=head, must_report=False)
    for name, about, off in (
        ("length-short", "an announced length that is five bytes short", -5),
        ("length-shorter", "an announced length that ends in mid-stream", -250),
        ("length-long", "an announced length that is longer than the stream", 5),
    ):
        body = frames(answer(shelf.say(name)))
        size = sum(map(len, body))
        length = ("content-length", str(size + off))
        served = b"".join(body)[: size + min(off, 0)]
        shelf.failed(
            name, about, [served], wire=body, headers=(*STREAM, length),
            ends="cut" if off > 0 else "whole", must_report=name == "length-shorter",
        )  # fmt: skip


def rerank_status(shelf: Shelf) -> None:
    """Put the refusals of a rerank, and the answers that are none."""
    for number in (400, 401, 403, 404, 422, 429, 498, 500, 503):
        name = f"{number}"
        reply, said = _refusal(shelf.say(name), number)
        shelf.refused(
            name, f"status {number}, {_REASONS[number]}", reply, message=said, endpoint="rerank",
            deadline=_PATIENCE,
        )  # fmt: skip
    say = shelf.say("bodies")
    said = say.phrase(5)
    page = f"<html><body>{said}</body></html>".encode()
    for name, about, number, value, media_type, expected in (
        ("400-empty", "status 400 with an empty body", 400, b"", "application/json", ""),
        ("400-html", "status 400 with a page of HTML", 400, page, "text/html", ""),
        ("400-message-object", "status 400 with a message that is an object", 400,
         {"message": {"text": said}}, "application/json", ""),
        ("422-text", "status 422 with a plain text", 422, said.encode(), "text/plain", said),
        ("502-html", "status 502 with a page of HTML", 502, page, "text/html", ""),
        ("200-empty", "an empty answer", 200, b"", "application/json", ""),
        ("200-html", "a page of HTML instead of an answer", 200, page, "text/html", ""),
        ("200-html-as-json", "a page of HTML that calls itself JSON", 200, page,
         "application/json", ""),
        ("200-text", "a plain text instead of an answer", 200, said.encode(), "text/plain", ""),
        ("200-error", "an error object with status 200", 200, {"message": said},
         "application/json", ""),
        ("200-array", "an array instead of an answer", 200, [], "application/json", ""),
        ("200-null", "null instead of an answer", 200, None, "application/json", ""),
    ):  # fmt: skip
        head = _AT_ONCE if number in _REPEATED else ()
        reply = json_reply(value, number, headers=head, media_type=media_type)
        shelf.refused(name, about, reply, message=expected, endpoint="rerank", deadline=_PATIENCE)
    shelf.refused("204", "status 204, no content", Reply(204, (), ()), endpoint="rerank")
