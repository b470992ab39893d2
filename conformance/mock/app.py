"""HTTP requests → replies: the mock as an ASGI application.

Everything that is answered is decided by `reply`; this module reads requests, sends replies, and
keeps the log. Starlette is imported here and in `server` only.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from conformance.errors import ConformanceError, UsageError
from conformance.faults.reply import Reply
from conformance.mock.delivery import Delivery
from conformance.mock.frames import to_json
from conformance.mock.log import Entry, Log, delivered, entry_to_json
from conformance.mock.options import chosen, due
from conformance.mock.reply import reply_to
from conformance.wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from conformance.mock.delivery import Gate
    from conformance.mock.settings import Settings

__all__ = ["Mock"]

CONTROL = "/_mock/log"
_LARGEST = 64 * 1024 * 1024 + 1
# Answering takes longer than a switch of threads for bodies above this.
_SMALL = 32 * 1024


class Mock:
    """The application: `mock.app` is the ASGI callable.

    `active` counts the replies that are being sent. `gate`, when set, holds back each piece of each
    reply. `control` serves the log to other processes. `answer`, when set, replies in place of the
    mock; it may block. `unread`, when set, takes what came of each request that could not be read, and
    why.
    """

    def __init__(
        self, settings: Settings, *, log: Log | None = None, control: bool = False
    ) -> None:
        self.settings = settings
        self.log = log or Log()
        self.control = control
        self.active = 0
        self.answer: Callable[[Request], Reply] | None = None
        self.gate: Gate | None = None
        self.unread: Callable[[Request, str], None] | None = None
        self.transports: dict[tuple[str, int], asyncio.Transport] = {}
        self._closing = asyncio.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._counts: Counter[tuple[str, str]] = Counter()
        self.app = Starlette(routes=[Route("/{path:path}", endpoint=_Endpoint(self))])

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Work in this event loop from now on."""
        if loop is not self.loop:
            # Test clients run each request in a loop of its own, and an event belongs to one.
            self.loop, self._closing = loop, asyncio.Event()

    def use(self, settings: Settings, answer: Callable[[Request], Reply] | None = None) -> None:
        """Answer by other settings from now on; what was limited to first requests begins anew."""
        self.settings, self.answer = settings, answer
        self._counts = Counter()

    def close(self) -> None:
        """End all replies that are being sent; call it in the server's loop."""
        self._closing.set()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.monotonic()
        self.attach(asyncio.get_running_loop())
        request, whole = await _read(scope, receive)
        if not whole:
            if self.unread is not None:
                self.unread(request, _ended_early(request))
            return
        if self.control and request.path == CONTROL:
            await self._tell_log(request, receive, send)
            return
        reply, case = await self._reply(request)
        transport = self.transports.get(tuple(scope["client"])) if scope.get("client") else None
        note = partial(self._note, request, case)
        delivery = Delivery(
            reply, self._closing, note=note, transport=transport, gate=self.gate, began=began
        )
        self.active += 1
        try:
            await delivery.run(receive, send)
        finally:
            self.active -= 1

    async def _reply(self, request: Request) -> tuple[Reply, str]:
        """The reply to a request, and the label that the client gave it."""
        if self.answer is not None:
            return await run_in_threadpool(self.answer, request), ""
        try:
            settings, case = chosen(request, self.settings)
        except UsageError as error:
            return _bad_option(error), ""
        settings = due(settings, case, self._counts)
        if len(request.body) > _SMALL:
            return await run_in_threadpool(reply_to, request, settings), case
        return reply_to(request, settings), case

    def _note(self, request: Request, case: str, delivery: Delivery) -> None:
        reply = delivery.reply
        exchange = delivered(
            request, reply, delivery.sent, delivery.chunks, complete=delivery.complete
        )
        sent = delivery.chunks[-1].time if delivery.chunks else None
        self.log.add(Entry(exchange, case, reply.applied, delivery.began + (sent or 0.0)))

    async def _tell_log(self, request: Request, receive: Receive, send: Send) -> None:
        lines = [entry_to_json(entry) + "\n" for entry in self.log.entries()]
        if request.method == "DELETE":
            self.log.clear()
            lines = []
        data = "".join(lines).encode()
        headers = (("content-type", "application/jsonl"), ("content-length", str(len(data))))
        reply = Reply(200, headers, (data,) if data else ())
        delivery = Delivery(reply, self._closing, note=lambda _: None)
        await delivery.run(receive, send)


class _Endpoint:
    """An ASGI callable as an object, which Starlette leaves alone."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._mock.serve(scope, receive, send)


async def _read(scope: Scope, receive: Receive) -> tuple[Request, bool]:
    """The request, and whether it came to its end before the client left."""
    parts: list[bytes] = []
    size = 0
    more = True
    whole = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            whole = False
            break
        if size < _LARGEST:
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        more = message.get("more_body", False)
    headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"])
    host = next((value for name, value in headers if name == "host"), "mock")
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    query = scope.get("query_string", b"")
    url = f"{scope.get('scheme', 'http')}://{host}{path.decode('latin-1')}"
    if query:
        url += "?" + query.decode("latin-1")
    return Request(scope["method"], url, headers, b"".join(parts)), whole


def _ended_early(request: Request) -> str:
    announced = request.header("content-length")
    of = f" of the {announced} bytes that `Content-Length` announces" if announced else " bytes"
    return f"the request ended after {len(request.body)}{of}"


def _bad_option(error: ConformanceError) -> Reply:
    said = f"{error.what} ({error.hint})" if error.hint else error.what
    data = to_json({"message": said})
    headers = (("content-type", "application/json"), ("content-length", str(len(data))))
    return Reply(400, headers, (data,))
