"""An exchange → everything the rules may ask about it, each computed once and only when asked."""

from __future__ import annotations

import re
import zlib
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from conformance.events import Flaw, json_flaws
from conformance.reading import read_stream
from conformance.request import ChatRequest
from conformance.verdict import RequestState

if TYPE_CHECKING:
    from conformance.contract import Contract, Problem
    from conformance.reading import Reading
    from conformance.wire import Exchange, Request, Response

__all__ = [
    "CHAT_STREAM",
    "CODINGS",
    "RERANK",
    "JsonBody",
    "NotJudged",
    "Subject",
    "endpoint_of",
    "version_of",
]

CHAT_STREAM = "chat-stream"
RERANK = "rerank"
# Content codings of a request that are undone, each with its window for zlib (RFC 9110 8.4.1).
CODINGS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_LARGEST = 64 * 1024 * 1024
_STREAM_TRUE = re.compile(rb'"stream"\s*:\s*true')


class NotJudged(Exception):
    """The exchange is out of scope; `reason` says why in a few words."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class JsonBody:
    """A JSON body: its text, its value (None when it is not JSON) and its flaws."""

    def __init__(self, body: bytes) -> None:
        self.bytes = body
        self.flaws: list[Flaw] = []
        try:
            self.text = body.decode()
        except UnicodeDecodeError as error:
            self.text = body.decode("utf-8", "replace")
            self.flaws.append(Flaw("not-utf-8", error.start, body[error.start :][:4].hex(" ")))
        value, flaws = json_flaws(self.text)
        self.value: Any = None if self.flaws else value
        self.flaws += flaws

    @property
    def is_json(self) -> bool:
        """The body is a JSON text."""
        return not any(flaw.kind in ("invalid-json", "not-utf-8") for flaw in self.flaws)

    @property
    def object(self) -> dict[str, Any]:
        """The value when it is an object, else an empty one."""
        return self.value if isinstance(self.value, dict) else {}


def endpoint_of(exchange: Exchange) -> str:
    """The endpoint an exchange belongs to. Raises NotJudged when it is none of ours.

    A chat exchange is ours when the request asks for a stream, or the answer is one. So is one that we
    saw refused and that no chat of any kind could be: its fault is judged, whatever was meant.
    """
    if exchange.endpoint is not None:
        return exchange.endpoint
    request, response = exchange.request, exchange.response
    if request is None:
        raise NotJudged(_why_unnamed(response))
    if request.method.upper() in ("OPTIONS", "HEAD", "CONNECT", "TRACE"):
        raise NotJudged(f"{request.method.upper()} request")
    path = request.path
    if path.endswith("/v2/rerank"):
        return RERANK
    if path.endswith("/v2/chat"):
        streamed = response is not None and response.media_type == "text/event-stream"
        if streamed or _asks_for_stream(_plain(request)) or _garbled(exchange):
            return CHAT_STREAM
        raise NotJudged("chat without streaming")
    version = re.search(r"/(v\d+(?:beta|alpha)?\d*)/", path + "/")
    if version and version[1] != "v2":
        raise NotJudged(f"{version[1]} API")
    raise NotJudged("another endpoint")


def _why_unnamed(response: Response | None) -> str:
    """What keeps an answer without its request from being judged, as far as its body tells."""
    body = response.body if response else b""
    members = JsonBody(body.split(b"\n{", 1)[0]).object
    if {"message", "finish_reason"} <= members.keys():
        return "chat without streaming"
    old = members.keys() & {"event_type", "generation_id"} or version_of(members) == "1"
    if old or b'"event_type"' in body[:2000]:
        return "v1 API"
    return "no request, and no endpoint named"


def version_of(answer: dict[str, Any]) -> object:
    """The version of the API that an answer tells; None when it does not."""
    around: object = answer
    for name in ("meta", "api_version", "version"):
        around = around.get(name) if isinstance(around, dict) else None
    return around


def _plain(request: Request) -> bytes:
    """The body without its content coding; as it is, when it has none, another, or names a wrong one."""
    coding = (request.header("content-encoding") or "").strip().lower()
    if coding not in CODINGS:
        return request.body
    undo = zlib.decompressobj(CODINGS[coding])
    try:
        plain = undo.decompress(request.body, _LARGEST)
    except zlib.error:
        return request.body
    return plain if undo.eof else request.body


def _asks_for_stream(body: bytes) -> bool:
    """A chat request asks for a stream, or at least has a value of its own kind in `stream`."""
    read = JsonBody(body)
    if read.is_json and isinstance(read.value, dict):
        return read.value.get("stream") not in (None, False)
    return _STREAM_TRUE.search(body) is not None


def _garbled(exchange: Exchange) -> bool:
    """A request that we saw go out and not succeed, and that is no chat with or without a stream.

    Its body is no JSON object, `stream` is null, or it accepts nothing but a stream and asks for none.
    Recorders leave bodies and headers out, so that of a recording this says nothing.
    """
    request, response = exchange.request, exchange.response
    if request is None or not exchange.observed or request.method.upper() != "POST":
        return False
    if response is not None and response.status < HTTPStatus.BAD_REQUEST:
        return False
    body = JsonBody(_plain(request)).value
    if not isinstance(body, dict) or body.get("stream", False) is None:
        return True
    accepted = (request.header("accept") or "").split(";", 1)[0].strip().lower()
    return "stream" not in body and accepted == "text/event-stream"


class Subject:
    """One exchange under judgement. Rules read it, nobody writes but `check`."""

    def __init__(self, exchange: Exchange, contract: Contract) -> None:
        self.exchange = exchange
        self.contract = contract
        self.endpoint = endpoint_of(exchange)
        # Set by `check` once the rules about the request have spoken.
        self.request_state = RequestState.CLEAN
        self.request_faults: list[str] = []
        self.request_doubts: list[str] = []

    @property
    def is_chat(self) -> bool:
        """A chat stream, as against a rerank."""
        return self.endpoint == CHAT_STREAM

    @property
    def status(self) -> int | None:
        """The response status; None without a response."""
        return self.exchange.response.status if self.exchange.response else None

    @property
    def succeeded(self) -> bool:
        """The response has a 2xx status."""
        return (
            self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES
        )

    @property
    def refused(self) -> bool:
        """The response has a 4xx or 5xx status."""
        return self.status is not None and self.status >= HTTPStatus.BAD_REQUEST

    # -- the request ---------------------------------------------------------------------------

    @cached_property
    def request_bytes(self) -> bytes:
        """The request body without its content coding; empty when there is no request."""
        return _plain(self.exchange.request) if self.exchange.request is not None else b""

    @cached_property
    def request_json(self) -> JsonBody | None:
        """The request body; None when there is no request."""
        return None if self.exchange.request is None else JsonBody(self.request_bytes)

    @cached_property
    def request(self) -> ChatRequest:
        """A view of the request body, empty when there is none or it is no object."""
        return ChatRequest(self.request_json.object if self.request_json else {})

    @property
    def has_request(self) -> bool:
        """There is a request whose body is a JSON object."""
        body = self.request_json
        return body is not None and isinstance(body.value, dict)

    @property
    def request_thing(self) -> str:
        """The name of the request's schema."""
        return "chat-request" if self.is_chat else "rerank-request"

    @cached_property
    def request_problems(self) -> list[Problem]:
        """Where the request departs from its schema, tolerated or not."""
        body = self.request_json
        if body is None or not body.is_json:
            return []
        return _safe(self.contract.problems, self.request_thing, body.value)

    @cached_property
    def request_undocumented(self) -> list[Problem]:
        """Members of the request that the description does not name."""
        return _safe(self.contract.undocumented, self.request_thing, self.request.body)

    # -- the response --------------------------------------------------------------------------

    @cached_property
    def reading(self) -> Reading | None:
        """The stream of a successful chat response; None for anything else."""
        response = self.exchange.response
        if not self.is_chat or response is None or not self.succeeded:
            return None
        if response.media_type not in (None, "text/event-stream") and not _streamy(response.body):
            return None  # not a stream at all; the rule about the content type says so
        if response.undecoded and not _streamy(response.body):
            return None  # what it is nobody can tell; the rule about the coding says so
        return read_stream(response.body, self.contract)

    @cached_property
    def answer(self) -> JsonBody | None:
        """The JSON body of a rerank response or of an error; None for a stream."""
        response = self.exchange.response
        if response is None or (self.is_chat and self.succeeded):
            return None
        read = JsonBody(response.body)
        return None if response.undecoded and not read.is_json else read

    @cached_property
    def answer_problems(self) -> list[Problem]:
        """Where a JSON answer departs from its schema."""
        if self.answer is None or not self.answer.is_json:
            return []
        thing = "rerank-response" if self.succeeded else "error"
        return _safe(self.contract.problems, thing, self.answer.value)

    @cached_property
    def answer_undocumented(self) -> list[Problem]:
        """Members of a JSON answer that the description does not name."""
        if self.answer is None or not self.answer.is_json:
            return []
        thing = "rerank-response" if self.succeeded else "error"
        return _safe(self.contract.undocumented, thing, self.answer.value)


def _streamy(body: bytes) -> bool:
    """A body that is a stream whatever its content type says."""
    head = body.lstrip()[:200]
    return head.startswith((b"event:", b"data:", b":")) or (
        head.startswith(b"{") and b'"type"' in head and b"\n" in body.strip()
    )


def _safe(judge: Any, thing: str, value: object) -> list[Problem]:
    """The validator's verdict; numbers beyond its range count as no problem of the schema."""
    try:
        found: list[Problem] = judge(thing, value)
    except (ValueError, TypeError, OverflowError, RecursionError):
        return []
    return found
