"""Cases → a server that answers their calls, and the exchanges of each.

A call belongs to the case whose key it carries. What carries no key that is known belongs to the
case under way, so one stage has one case under way at a time.
"""

from __future__ import annotations

import secrets
import threading
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.faults.reply import Reply
from conformance.mock.server import MockServer
from conformance.mock.settings import Settings

if TYPE_CHECKING:
    from types import TracebackType

    from conformance.clients.case import Case
    from conformance.wire import Exchange, Request

__all__ = ["Called", "Stage"]

# Another exchange may still be on its way to the log when the client has told its end.
_SETTLE_SECONDS = 0.5
_POLL_SECONDS = 0.005
_PATHS = ("chat", "rerank")
_JSON = (("content-type", "application/json"),)


@dataclass(slots=True)
class Called:
    """A case on the stage: the label of its call, its key, and when each request of it came.

    `times` are seconds on the clock of `time.monotonic`, and so are `ends`, when the replies were over,
    which is known once the exchanges are. `strays` counts requests that are no call of the API at all.
    """

    case: Case
    label: str
    key: str
    times: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    strays: int = 0

    @property
    def asked(self) -> int:
        """How many requests came, strays included."""
        return len(self.times) + self.strays


class Stage:
    """A server for one case after the other: ``with Stage() as stage: called = stage.open(case)``."""

    def __init__(self) -> None:
        self._server = MockServer(keep=100_000)
        self._lock = threading.Lock()
        self._by_key: dict[str, Called] = {}
        self._current: Called | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self._server.url

    def open(self, case: Case) -> Called:
        """Put a case on; its key is new, and so is its label."""
        called = Called(case, secrets.token_hex(4), f"co-{secrets.token_hex(16)}")
        with self._lock:
            self._by_key[called.key] = called
            self._current = called
        return called

    def exchanges(self, called: Called) -> tuple[Exchange, ...]:
        """The exchanges of a case, in the order in which their requests came."""
        until = time.monotonic() + _SETTLE_SECONDS
        while True:
            found = [
                entry
                for entry in self._server.log.entries()
                if entry.applied[:1] == (called.label,)
            ]
            if len(found) >= called.asked or time.monotonic() > until:
                found.sort(key=lambda entry: int(entry.applied[1]))
                called.ends = [entry.over for entry in found]
                return tuple(entry.exchange for entry in found)
            time.sleep(_POLL_SECONDS)

    def close(self, called: Called) -> None:
        """Take a case off: what still comes with its key is refused, and its exchanges are forgotten."""
        with self._lock:
            self._by_key.pop(called.key, None)
            if self._current is called:
                self._current = None
        if self._server.active == 0:
            self._server.log.clear()

    def _answer(self, request: Request) -> Reply:
        now = time.monotonic()
        with self._lock:
            called = self._by_key.get(_key_in(request)) or self._current
            if called is None:
                return _refusal(503, "no case is under way")
            path = request.path.rpartition("/")[2]
            number = called.asked
            if path not in _PATHS or request.method != "POST":
                called.strays += 1
                wrong = 405 if path in _PATHS else 404
                reply = _refusal(wrong, f"{request.method} {request.path} is not served here")
            else:
                answers = called.case.answers
                reply = _readable(answers[min(len(called.times), len(answers) - 1)], request)
                called.times.append(now)
        return reply.changed(applied=(called.label, str(number)))

    def __enter__(self) -> Stage:  # noqa: PYI034 - Python 3.10 has no `Self`
        self._server.start()
        self._server.use(Settings(), answer=self._answer)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()


def _readable(reply: Reply, request: Request) -> Reply:
    """A reply that is compressed only for those who say that they can read that (RFC 9110 12.5.3)."""
    if reply.header("content-encoding") != "gzip":
        return reply
    if "gzip" in (request.header("accept-encoding") or "").lower():
        return reply
    plain = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(reply.body)
    return reply.changed(pieces=(plain,)).with_header("content-encoding", None)


def _key_in(request: Request) -> str:
    words = (request.header("authorization") or "").split()
    return words[-1] if words else ""


def _refusal(status: int, message: str) -> Reply:
    body = b'{"message":"%s"}' % message.encode("ascii", "replace").replace(b'"', b"'")
    return Reply(status, (*_JSON, ("content-length", str(len(body)))), (body,))
