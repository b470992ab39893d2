"""The API for HTTP clients of this process, without a socket: routes of respx over the same replies.

Everything that goes to a host of Cohere is answered here, and so is every other request to one of
the two endpoints. Requests to anywhere else are refused by respx, unless a test adds a route.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import httpx
import respx
from respx.patterns import M

from conformance.errors import ConformanceError
from conformance.faults.reply import Reply
from conformance.mock.log import Entry, Log, delivered
from conformance.mock.options import chosen, due
from conformance.mock.reply import reply_to
from conformance.plugin.bench import Bench
from conformance.plugin.server import reconfigured
from conformance.wire import Chunk, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import Any

    from conformance.check import Options
    from conformance.mock.settings import Settings

__all__ = ["CohereRespx"]

URL = "https://api.cohere.com"
_HOSTS = r"^(?:.*\.)?cohere\.(?:com|ai)$"
_ROUTES = r"/v2/(?:chat|rerank)/?$"


class CohereRespx(Bench):
    """The API of one test, for httpx clients, synchronous or not; use it in a `with` statement.

    `router` is the router of respx, to which a test may add routes of its own.
    """

    def __init__(
        self,
        settings: Settings | None,
        answer: Callable[[Request], Reply] | None,
        *,
        test: str,
        options: Options,
        strict: bool,
    ) -> None:
        self._flights: list[_Flight] = []
        self._settings = settings
        self._answer = answer
        self._counts: Counter[tuple[str, str]] = Counter()
        self._asking = threading.local()
        key = (settings.key if settings else "") or "mock-key"
        log = Log(10_000)
        super().__init__(log, url=URL, key=key, test=test, options=options, strict=strict)
        self.router = respx.mock(assert_all_called=False)
        pattern = M(host__regex=_HOSTS) | M(path__regex=_ROUTES)
        self.router.route(pattern, name="cohere").mock(side_effect=self._respond)

    def configure(self, **choices: Any) -> None:
        """Tell the mock how to behave from now on: `fault="STREAM-014"`, `profile="rich"`, ...

        Raises UsageError for an unknown choice, and where the target is not the mock.
        """
        __tracebackhide__ = True
        self._settings = reconfigured(self._settings, choices)
        self._counts = Counter()
        self.key = self._settings.key or self.key

    def close(self) -> None:
        """Note what was left half read."""
        self._land()

    def _wait(self) -> None:
        self._land()

    def _land(self) -> None:
        for flight in self._flights:
            flight.land()
        self._flights = []

    def __enter__(self) -> CohereRespx:  # noqa: PYI034 - Python 3.10 has no `Self`
        self.router.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.router.stop(quiet=True)

    def _respond(self, request: httpx.Request) -> httpx.Response | httpx.Request:
        if getattr(self._asking, "target", False):
            # The target asks its server through httpx as well; respx lets it pass.
            return request
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
        )
        asked = Request(request.method, str(request.url), headers, request.content)
        flight = _Flight(asked, self._reply(asked), self._log)
        self._flights.append(flight)
        return httpx.Response(flight.reply.status, headers=flight.reply.headers, stream=flight)

    def _reply(self, request: Request) -> Reply:
        if self._settings is None:
            assert self._answer is not None  # one of both is given
            self._asking.target = True
            try:
                return self._answer(request)
            finally:
                self._asking.target = False
        try:
            settings, case = chosen(request, self._settings)
        except ConformanceError as error:
            return Reply(400, (("content-type", "text/plain"),), (str(error).encode(),))
        return reply_to(request, due(settings, case, self._counts))


class _Flight(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body on its way to a client, piece by piece; it is noted once the client has done with it."""

    def __init__(self, request: Request, reply: Reply, log: Log) -> None:
        self.reply = reply
        self._request = request
        self._log: Log | None = log
        self._began = time.monotonic()
        self._sent: list[bytes] = []
        self._chunks: list[Chunk] = []
        self._size = 0
        self._complete = False

    def land(self) -> None:
        """Note the exchange as far as it came; does nothing the second time."""
        log, self._log = self._log, None
        if log is not None:
            exchange = delivered(
                self._request, self.reply, self._sent, self._chunks, complete=self._complete
            )
            log.add(Entry(exchange, applied=self.reply.applied))

    def _note(self, piece: bytes) -> None:
        seconds = time.monotonic() - self._began
        self._chunks.append(Chunk(self._size, self._size + len(piece), seconds))
        self._sent.append(piece)
        self._size += len(piece)

    def _end(self) -> None:
        """What httpx would raise at the end of such a body."""
        if self.reply.ends == "cut":
            raise httpx.RemoteProtocolError("peer closed connection before the body had ended")
        if self.reply.ends == "reset":
            raise httpx.ReadError("connection reset by peer")
        if self.reply.ends == "stall":
            raise httpx.ReadTimeout("nothing more came")
        self._complete = True
        self.land()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.reply.pieces:
            if self.reply.pace:
                time.sleep(self.reply.pace)
            self._note(piece)
            yield piece
        self._end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import anyio

        for piece in self.reply.pieces:
            if self.reply.pace:
                await anyio.sleep(self.reply.pace)
            self._note(piece)
            yield piece
        self._end()

    def close(self) -> None:
        """The client has done with a synchronous response."""
        self.land()

    async def aclose(self) -> None:
        """The client has done with an asynchronous response."""
        self.land()
