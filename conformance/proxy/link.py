"""A connection of a client, and one to the server for it: what comes on one is sent on the other.

Bytes are sent on in the very call that brings them, so that nothing waits for more. Each side is
read only as fast as the other takes it. An end, a cut and a reset reach the other side as what they
are.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from conformance.proxy.exchange import Underway, not_http
from conformance.proxy.framing import End, Head, NotHttp, Part, Reader
from conformance.proxy.heads import refusal, request_head, response_head

if TYPE_CHECKING:
    from conformance.proxy.exchange import Passed

__all__ = ["Hub", "Link"]

_CONTINUE = 200
# Bytes of a request that waits for the one before it.
_MOST_WAITING = 1024 * 1024
# Seconds in which a client may still send what nobody wants, so that it gets to read the refusal.
_LINGER = 0.5


class Hub(Protocol):
    """What a link asks of the server that it belongs to."""

    base: str
    links: set[Link]

    def number(self) -> int:
        """The number of the next exchange."""

    def passed(self, passed: Passed) -> None:
        """Take an exchange that is over."""

    async def connect(self, upstream: Upstream) -> str:
        """Connect to the server; the reason when that fails, else an empty text."""


class Upstream(asyncio.Protocol):
    """The connection to the server."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.reader = Reader(of_requests=False)
        self.transport: asyncio.Transport | None = None
        self.used = 0
        self._early = bytearray()

    def write(self, data: bytes) -> None:
        """Send now, or as soon as the connection is there."""
        if self.transport is None:
            self._early += data
        else:
            self.transport.write(data)

    def close(self) -> None:
        """Give the connection up, and all that is underway on it."""
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what waited for the connection."""
        assert isinstance(transport, asyncio.Transport)  # a connection of TCP or TLS
        if self.link.upstream is not self:
            # the client did not wait that long
            transport.abort()
            return
        self.transport = transport
        transport.write(bytes(self._early))
        self._early.clear()

    def data_received(self, data: bytes) -> None:
        """Bytes of a response."""
        self.link.answered(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server closed or broke the connection."""
        if self.transport is not None:
            self.transport = None
            self.link.upstream_lost(self, exc)

    def pause_writing(self) -> None:
        """The server is slow to take the request: read less of it."""
        self.link.hold_client()

    def resume_writing(self) -> None:
        """Go on."""
        self.link.release_client()


class Link(asyncio.Protocol):
    """The connection of a client."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.upstream: Upstream | None = None
        self._transport: asyncio.Transport | None = None
        self._reader = Reader(of_requests=True)
        self._current: Underway | None = None
        self._waiting = bytearray()
        self._deaf = False
        self._stopped = False
        self._tasks: set[asyncio.Task[None]] = set()

    # -- the client's side ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        assert isinstance(transport, asyncio.Transport)  # a connection of TCP
        self._transport = transport
        self.hub.links.add(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        if self._deaf:
            return
        if self._current is not None and self._current.asked:
            self._waiting += data
            if len(self._waiting) > _MOST_WAITING:
                self.hold_client()
            return
        self._asked(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it left
        """The client left: what is underway for it is given up."""
        self.hub.links.discard(self)
        self._transport = None
        if self._current is not None:
            current, self._current = self._current, None
            self.hub.passed(current.over(whole=False, left=True, stopped=self._stopped))
        self._drop_upstream()

    def pause_writing(self) -> None:
        """The client is slow to take the response: read less of it."""
        if self.upstream is not None and self.upstream.transport is not None:
            self.upstream.transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        if self.upstream is not None and self.upstream.transport is not None:
            self.upstream.transport.resume_reading()

    def hold_client(self) -> None:
        """Read nothing more of the client for now."""
        if self._transport is not None:
            self._transport.pause_reading()

    def release_client(self) -> None:
        """Read the client again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def stop(self) -> None:
        """The proxy ends."""
        self._stopped = True
        if self._transport is not None:
            self._transport.abort()

    def _asked(self, data: bytes) -> None:
        try:
            items = self._reader.feed(data)
            for item in items:
                if isinstance(item, Head):
                    self._begin(item)
                elif self._current is None:
                    return
                elif isinstance(item, Part):
                    self._current.take_request(item.content)
                    self._send(item.raw)
                else:
                    self._current.asked = True
        except NotHttp as why:
            if self._current is None:
                self.hub.passed(not_http(self.hub.number(), str(why)))
            self._refuse("400 Bad Request", str(why))

    def _begin(self, head: Head) -> None:
        if head.method == "CONNECT":
            said = "this proxy is the base URL of the API, and no tunnel to other hosts"
            self._refuse("405 Method Not Allowed", said, asked=True)
            return
        self._current = Underway(self.hub.number(), self.hub.base, head)
        if self.upstream is None:
            self._open()
        assert self.upstream is not None  # just made
        self.upstream.reader.bodiless = head.method == "HEAD"
        self._send(request_head(head, self.hub.base))

    def _send(self, data: bytes) -> None:
        assert self.upstream is not None  # there is a request
        assert self._current is not None  # likewise
        if self.upstream.used:
            self._current.outgoing += data
        self.upstream.write(data)

    # -- the server's side ---------------------------------------------------------------------

    def _open(self) -> None:
        self.upstream = Upstream(self)
        task = asyncio.get_running_loop().create_task(self._connect(self.upstream))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, upstream: Upstream) -> None:
        reason = await self.hub.connect(upstream)
        if reason and self.upstream is upstream:
            self._fail(reason)

    def answered(self, upstream: Upstream, data: bytes) -> None:
        """Bytes of a response came."""
        if upstream is not self.upstream or self._transport is None:
            return
        current = self._current
        if current is None:
            # more than the message that the server announced: nobody asked, all the same it is sent on
            self._transport.write(data)
            self._transport.close()
            return
        current.outgoing.clear()
        out: list[bytes] = []
        over = False
        try:
            for item in upstream.reader.feed(data):
                if isinstance(item, Part):
                    out.append(item.raw)
                    current.take_answer(item.content)
                elif isinstance(item, Head):
                    if item.status >= _CONTINUE:
                        current.answer = item
                    closes = not (item.keeps_alive and current.head.keeps_alive)
                    out.append(response_head(item, closes=closes and item.status >= _CONTINUE))
                else:
                    over = True
        except NotHttp as why:
            self._fail(f"the server does not speak HTTP: {why}")
            return
        surplus = upstream.reader.rest if over else b""
        self._transport.write(b"".join([*out, surplus]))
        if over:
            current.take_answer(surplus)
            self._over(current, upstream, whole=True, lasting=not surplus)

    def upstream_lost(self, upstream: Upstream, error: Exception | None) -> None:
        """The connection to the server is gone."""
        if upstream is not self.upstream:
            return
        self.upstream = None
        current = self._current
        if current is None:
            if self._transport is not None:
                self._transport.close()
            return
        end = upstream.reader.close()
        if current.answer is not None:
            whole = end == End(whole=True)
            self._over(current, None, whole=whole, lasting=False)
            if not whole and isinstance(error, ConnectionResetError):
                self._reset()
        elif upstream.used and end is None:
            # RFC 9112 9.3.1: it had been closed while idle; the same on a new connection
            again = bytes(current.outgoing)
            self._open()
            self._send(again)
        else:
            self._fail("the server closed the connection before its answer")

    def _over(
        self, current: Underway, upstream: Upstream | None, *, whole: bool, lasting: bool
    ) -> None:
        """The exchange is over; go on with the next on these connections, or close them."""
        assert current.answer is not None  # it is over because it was answered
        self._current = None
        self.hub.passed(current.over(whole=whole))
        alive = current.head.keeps_alive and current.answer.keeps_alive
        if not (lasting and alive and current.asked) or upstream is None:
            if self._transport is not None:
                self._transport.close()
            self._drop_upstream()
            return
        upstream.used += 1
        upstream.reader.again()
        more = self._reader.again() + bytes(self._waiting)
        self._waiting.clear()
        self.release_client()
        if more:
            self._asked(more)

    def _fail(self, reason: str) -> None:
        """Tell the client that the server gave no answer."""
        current, self._current = self._current, None
        if current is None:
            return
        self.hub.passed(current.over(whole=False, failed=reason))
        if current.answer is None:
            self._refuse("502 Bad Gateway", reason, asked=current.asked)
        elif self._transport is not None:
            self._transport.close()
            self._drop_upstream()

    def _refuse(self, status: str, message: str, *, asked: bool = False) -> None:
        """Answer in place of the server, and close."""
        self._deaf = True
        self._drop_upstream()
        if self._transport is None:
            return
        self._transport.write(refusal(status, message))
        if asked:
            self._transport.close()
        else:
            # what was not read would reset the connection, and take the answer with it
            asyncio.get_running_loop().call_later(_LINGER, self._transport.close)

    def _drop_upstream(self) -> None:
        upstream, self.upstream = self.upstream, None
        if upstream is not None:
            upstream.close()

    def _reset(self) -> None:
        """Tear the client's connection down as the server tore down its own."""
        if self._transport is None:
            return
        wire = self._transport.get_extra_info("socket")
        if wire is not None:
            with suppress(OSError):
                # Linger for zero seconds: what closing does then is to reset.
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
