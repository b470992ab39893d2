"""HTTP requests → replies: the mock as an ASGI application.

Everything that is answered is decided by `reply`; this module reads requests, sends replies, and
keeps the log. Starlette is imported here and in `server` only.
"""

from __future__ import annotations

import asyncio
import time
import zlib
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
from conformance.mock.log import Entry, Log, entry_to_json
from conformance.mock.options import chosen
from conformance.mock.plan import Plan
from conformance.mock.reply import reply_to
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
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
    reply. `control` serves the log to other processes.
    """

    def __init__(
        self, settings: Settings, *, log: Log | None = None, control: bool = False
    ) -> None:
        self.settings = settings
        self.log = log or Log()
        self.control = control
        self.active = 0
        self.gate: Gate | None = None
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

    def close(self) -> None:
        """End all replies that are being sent; call it in the server's loop."""
        self._closing.set()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.monotonic()
        self.attach(asyncio.get_running_loop())
        request = await _read(scope, receive)
        if request is None:
            return
        if self.control and request.path == CONTROL:
            await self._tell_log(request, receive, send)
            return
        try:
            settings, case = chosen(request, self.settings)
        except UsageError as error:
            settings, case = self.settings, ""
            reply = _bad_option(error)
        else:
            settings = self._due(settings, case)
            if len(request.body) > _SMALL:
                reply = await run_in_threadpool(reply_to, request, settings)
            else:
                reply = reply_to(request, settings)
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

    def _due(self, settings: Settings, case: str) -> Settings:
        """The settings without the misbehaviour that was limited to earlier requests."""
        plan = settings.plan
        if plan is None or all(step.times is None for step in plan.steps):
            return settings
        kept = []
        for step in plan.steps:
            self._counts[case, step.text] += 1
            if step.times is None or self._counts[case, step.text] <= step.times:
                kept.append(step)
        return settings.changed(plan=Plan(tuple(kept)))

    def _note(self, request: Request, case: str, delivery: Delivery) -> None:
        reply = delivery.reply
        body, chunks = b"".join(delivery.sent), tuple(delivery.chunks)
        if reply.header("content-encoding") == "gzip":
            # What is judged is what a client reads; the places of chunks in it are not known.
            body, chunks = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body), ()
        response = Response(reply.status, reply.headers, body, chunks, complete=delivery.complete)
        exchange = Exchange(request, response, Origin("mock"))
        self.log.add(Entry(exchange, case, reply.applied))

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


async def _read(scope: Scope, receive: Receive) -> Request | None:
    """The whole request; None when the client left before its end."""
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
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
    return Request(scope["method"], url, headers, b"".join(parts))


def _bad_option(error: ConformanceError) -> Reply:
    said = f"{error.what} ({error.hint})" if error.hint else error.what
    data = to_json({"message": said})
    headers = (("content-type", "application/json"), ("content-length", str(len(data))))
    return Reply(400, headers, (data,))
