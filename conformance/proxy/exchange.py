"""What passed the proxy, piece by piece → an exchange that can be judged.

A content coding is undone here, behind the back of both parties, who get the bytes as they were sent.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from conformance.cassette.redaction import credentials_in, mask_credentials, without_keys
from conformance.proxy.heads import origin_form
from conformance.targets.arrival import MAX_BODY, chunked, decoded
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from conformance.proxy.framing import Head
    from conformance.targets.arrival import Piece

__all__ = ["Passed", "Underway", "not_http"]

_CODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
# Shorter keys are words such as `test`: to take them out of bodies would change what is judged.
_SHORTEST_KEY = 8
_TAIL = 4096


@dataclass(frozen=True, slots=True)
class Passed:
    """An exchange that is over.

    `exchange` is without keys; it has no response when none came to its end because of the client
    or the way. `secrets` are the keys that it held. `left` says that the client left before the
    response was over, of which `seen` bytes had come. `failed` is why the server could not be
    reached, or gave no answer. `unjudged` is why the exchange cannot be judged. `seconds` is how long it took.
    """

    exchange: Exchange
    secrets: tuple[str, ...] = ()
    left: bool = False
    seen: int = 0
    failed: str = ""
    unjudged: str = ""
    seconds: float = 0.0


def not_http(number: int, why: str) -> Passed:
    """What came of a client, and is no request; none of it is kept, for it may hold a key."""
    exchange = Exchange(None, None, Origin("proxy", number), observed=True)
    return Passed(exchange, unjudged=f"not an HTTP request: {why}")


@dataclass(slots=True)
class Underway:
    """An exchange of which more is to come. Times are those of `time.monotonic`."""

    number: int
    base: str
    head: Head
    began: float = field(default_factory=time.monotonic)
    started: str = field(
        default_factory=lambda: datetime.now(timezone.utc).isoformat(timespec="seconds")
    )
    body: list[bytes] = field(default_factory=list)
    asked: bool = False
    answer: Head | None = None
    pieces: list[Piece] = field(default_factory=list)
    size: int = 0
    # The bytes for the server, kept until its first answer, so that they can be sent again.
    outgoing: bytearray = field(default_factory=bytearray)

    def take_request(self, content: bytes) -> None:
        """Note a part of the request's body."""
        self.size += len(content)
        if self.size <= MAX_BODY:
            self.body.append(content)

    def take_answer(self, content: bytes) -> None:
        """Note a part of the response's body."""
        if content:
            self.size += len(content)
            if self.size <= MAX_BODY:
                self.pieces.append((content, time.monotonic() - self.began))

    @property
    def stream_is_over(self) -> bool:
        """The events that came are those of a whole stream, although the response is not over."""
        tail = b""
        for data, _ in reversed(self.pieces):
            tail = data + tail
            if len(tail) > _TAIL:
                break
        return b"[DONE]" in tail or (b"message-end" in tail and tail.endswith(b"\n\n"))

    def over(
        self, *, whole: bool, left: bool = False, failed: str = "", stopped: bool = False
    ) -> Passed:
        """The exchange as it is now; `whole` says that the response came to its end."""
        request = Request(
            self.head.method,
            self.base + origin_form(self.head.target),
            self.head.pairs,
            b"".join(self.body),
        )
        response, unjudged = None, ""
        seen = sum(len(data) for data, _ in self.pieces)
        if left and self.stream_is_over:
            # What the client did not wait for is but the end of the framing.
            whole, left = True, False
        if stopped and left:
            unjudged = "the proxy was stopped before it was over"
        elif not self.asked:
            unjudged = "the client left before its request was whole"
        elif self.answer is not None and not left:
            response, unjudged = self._response(whole=whole)
        if self.size > MAX_BODY:
            unjudged = f"longer than {MAX_BODY // 1024**2} MiB"
        keys = tuple(key for key in credentials_in(request) if len(key) >= _SHORTEST_KEY)
        exchange = Exchange(
            Request(request.method, request.url, mask_credentials(request.headers), request.body),
            response,
            Origin("proxy", self.number, recorded_at=self.started),
            observed=True,
        )
        return Passed(
            without_keys(exchange, keys) if keys else exchange,
            secrets=keys,
            left=left,
            seen=seen,
            failed=failed,
            unjudged=unjudged,
            seconds=time.monotonic() - self.began,
        )

    def _response(self, *, whole: bool) -> tuple[Response, str]:
        """The response with its content coding undone, and why it cannot be judged, if so."""
        assert self.answer is not None  # who asks for it knows
        coding = ", ".join(v.decode("latin-1") for v in self.answer.lower(b"content-encoding"))
        plain = decoded(self.pieces, coding)
        body, chunks = chunked(plain.pieces)
        unknown = coding if coding not in _CODINGS else ""
        response = Response(
            self.answer.status,
            self.answer.pairs,
            body,
            chunks,
            complete=whole and plain.ended,
            undecoded=plain.broken,
        )
        return response, f"its body is in the content coding `{unknown}`" if unknown else ""
