"""Reads of a connection and pieces of a body into a body with chunk edges and times.

A content coding is undone piece by piece, so that each edge stays where it was. A body that is not
in the coding that its header names stays as it came: what it is worth is for the rules to say.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.wire import Chunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["MAX_BODY", "Decoded", "Piece", "Tap", "chunked", "decoded"]

MAX_BODY = 64 * 1024 * 1024

# What came, and when in seconds.
Piece = tuple[bytes, float]

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Tap:
    """Listens at a connection: counts what comes after the head, and keeps a deadline.

    The HTTP library gives the body that Content-Length announces and drops what follows; only here
    can one see that more came. It also waits anew for each read, so that a server that sends a byte
    now and then could hold it forever.
    """

    def __init__(self, deadline: float, clock: Callable[[], float]) -> None:
        self.deadline = deadline
        self._clock = clock
        self._head: bytearray | None = bytearray()
        self._after = bytearray()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """The `trace` extension of httpx: takes hold of each new connection."""
        # not the connection to a SOCKS proxy, which is not greeted in HTTP
        if event.endswith("start_tls.complete") or event == "connection.connect_tcp.complete":
            self._head, self._after = bytearray(), bytearray()
            self._listen(info["return_value"])

    def _listen(self, stream: Any) -> None:
        from httpx import ReadTimeout, RemoteProtocolError

        read = stream.read

        def heard(max_bytes: int, timeout: float | None = None) -> bytes:
            left = self.deadline - self._clock()
            if left <= 0:
                raise ReadTimeout("the time for the whole exchange is over")
            data: bytes = read(max_bytes, left if timeout is None else min(timeout, left))
            self._note(data)
            if self._head and not self._head.startswith(b"HTTP/"[: len(self._head)]):
                # other protocols greet first and then wait, for longer than anybody should
                raise RemoteProtocolError("not HTTP")
            return data

        stream.read = heard

    def _note(self, data: bytes) -> None:
        if self._head is None:
            if len(self._after) < MAX_BODY:
                self._after += data
            return
        self._head += data
        while found := _HEAD_END.search(self._head):
            rest = self._head[found.end() :]
            # RFC 9110 15.2: any number of 1xx responses may come before the final one
            if not re.match(rb"HTTP/1\.[01] 1\d\d", self._head):
                self._head, self._after = None, rest
                return
            self._head = rest

    def beyond(self, length: int) -> bytes:
        """What came after a body of this length."""
        return bytes(self._after[length:])


class Decoded(NamedTuple):
    """Pieces with a content coding undone.

    `ended`: the coded data came to its end. `broken`: it is not in that coding, and stays as it came.
    """

    pieces: list[Piece]
    ended: bool = True
    broken: bool = False


def decoded(pieces: list[Piece], coding: str) -> Decoded:
    """The pieces with a content coding undone, as far as it is known here."""
    names = [name.strip().lower() for name in coding.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) != 1 or names[0] not in _WINDOWS or not pieces:
        return Decoded(pieces)
    window = _WINDOWS[names[0]]
    first = pieces[0][0]
    # RFC 9110 8.4.1.2 means the zlib format; some servers send the bare deflate stream
    if window == 15 and first and first[0] & 15 != 8:  # noqa: PLR2004 - the method of zlib's header
        window = -15
    machine = zlib.decompressobj(window)
    out: list[Piece] = []
    size = 0
    try:
        for data, time in pieces:
            plain = machine.decompress(data, MAX_BODY + 1 - size)
            size += len(plain)
            out.append((plain, time))
            if size > MAX_BODY:
                return Decoded(pieces)
    except zlib.error:
        return Decoded(pieces, broken=True)
    return Decoded([piece for piece in out if piece[0]], machine.eof)


def chunked(pieces: Iterable[Piece]) -> tuple[bytes, tuple[Chunk, ...]]:
    """The body and its chunks."""
    chunks: list[Chunk] = []
    at = 0
    kept = []
    for data, time in pieces:
        chunks.append(Chunk(at, at + len(data), time))
        at += len(data)
        kept.append(data)
    return b"".join(kept), tuple(chunks)
