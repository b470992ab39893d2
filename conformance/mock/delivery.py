"""A reply → what really goes over the connection, and a record of it.

HTTP libraries do not let one break HTTP. Where a reply is to end in the wrong way, the connection
itself is taken: closed, reset, or written to behind the library's back.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from typing import TYPE_CHECKING, Any

from conformance.wire import Chunk

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Send

    from conformance.faults.reply import Reply

__all__ = ["Delivery", "Gate"]


class Gate:
    """Holds back the pieces of a stream until they are let through, one by one.

    With it a test can know that a client had an event before the next one was sent, without
    looking at a clock.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open = asyncio.Semaphore(0)

    async def wait(self) -> None:
        """Wait for leave to send one piece."""
        await self._open.acquire()

    def let(self, count: int = 1) -> None:
        """Let `count` more pieces through; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._let, count)

    def _let(self, count: int) -> None:
        for _ in range(count):
            self._open.release()


class Delivery:
    """Sends one reply and notes what was sent.

    `closing` is set when the server stops, which ends what would never end. `transport` is the
    connection, None where there is none to break. Times are in seconds since `began`. `note` is
    called once, when all is known and before the client can know that it has the whole reply: so a
    client finds in the log what it has just received.
    """

    def __init__(
        self,
        reply: Reply,
        closing: asyncio.Event,
        *,
        note: Callable[[Delivery], None],
        transport: asyncio.Transport | None = None,
        gate: Gate | None = None,
        began: float = 0.0,
    ) -> None:
        self.reply = reply
        self.closing = closing
        self.transport = transport
        self.gate = gate
        self.began = began
        self._note: Callable[[Delivery], None] | None = note
        self.chunks: list[Chunk] = []
        self.sent: list[bytes] = []
        self.size = 0
        self.complete = False
        self._ended = False

    async def run(self, receive: Receive, send: Send) -> None:
        """Send the reply; stop at once when the client leaves or the server stops."""
        sender = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_disconnect(receive))
        stopping = asyncio.ensure_future(self.closing.wait())
        waiting: set[asyncio.Future[Any]] = {sender, leaving, stopping}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if sender.done():
                sender.result()  # raises what sending raised
            if not self._ended and not leaving.done():
                self._close()
                await leaving
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            self._noted()

    def _noted(self) -> None:
        if self._note is not None:
            self._note(self)
            self._note = None

    async def _send(self, send: Send) -> None:
        reply = self.reply
        head = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in reply.headers]
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        declared = self._declared()
        # Bytes beyond the announced length make a response wrong, but not incomplete.
        whole = reply.ends == "whole" and (declared is None or declared <= len(reply.body))
        lawful = whole and declared in (None, len(reply.body))
        last = len(reply.pieces) - 1
        for number, piece in enumerate(reply.pieces):
            if self.gate is not None:
                await self.gate.wait()
            # A sleep of zero seconds lets other streams go on, and a client leave.
            await asyncio.sleep(reply.pace)
            self._record(piece)
            if whole and number == last:
                self.complete = True
                self._noted()
            await self._write(piece, declared, send)
        if reply.ends == "stall":
            await self.closing.wait()
        elif reply.ends == "reset":
            self._noted()
            self._reset()
        elif lawful:
            self.complete = True
            self._noted()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            self._ended = True

    def _declared(self) -> int | None:
        value = self.reply.header("content-length")
        return int(value) if value is not None and value.isdecimal() else None

    def _record(self, piece: bytes) -> None:
        seconds = time.monotonic() - self.began
        self.chunks.append(Chunk(self.size, self.size + len(piece), seconds))
        self.sent.append(piece)
        self.size += len(piece)

    async def _write(self, piece: bytes, declared: int | None, send: Send) -> None:
        """Send a piece that is recorded; what goes beyond the announced length by the connection."""
        start = self.size - len(piece)
        announced = piece if declared is None else piece[: max(0, declared - start)]
        if announced:
            await send({"type": "http.response.body", "body": announced, "more_body": True})
        if len(announced) < len(piece) and self.transport is not None:
            self.transport.write(piece[len(announced) :])

    def _close(self) -> None:
        self._noted()
        if self.transport is None:
            raise ConnectionError("the reply is to end without its end")
        self.transport.close()

    def _reset(self) -> None:
        """Tear the connection down, so that the client gets RST instead of FIN."""
        if self.transport is None:
            return
        wire = self.transport.get_extra_info("socket")
        if wire is not None:
            # Linger for zero seconds: what closing does then is to reset.
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
