"""Chunks: the same bytes, cut where the connection happens to cut them."""

from __future__ import annotations

import json
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import answer, ask_with_tools, block, call, end, start, tool
from conformance.clients.cases.shelf import STREAM
from conformance.mock.frames import TERMINATOR, frames

if TYPE_CHECKING:
    from conformance.clients.cases.shelf import Shelf

__all__ = ["chunks"]

# In seconds, before each piece, and for how many pieces this does not take too long.
_APART, _MANY = 0.002, 100
_WIDE = ("é", "€", "𝄞")


def _every(body: bytes, size: int) -> list[bytes]:
    return [body[place : place + size] for place in range(0, len(body), size)]


def _cut(body: bytes, *places: int) -> list[bytes]:
    edges = [0, *sorted(place for place in places if 0 < place < len(body)), len(body)]
    return [body[low:high] for low, high in pairwise(edges)]


def _cut_in(body: bytes, mark: bytes, offset: int) -> list[bytes]:
    """Cut at each occurrence of a mark, so many bytes behind its beginning."""
    places, place = [], body.find(mark)
    while place >= 0:
        places.append(place + offset)
        place = body.find(mark, place + 1)
    return _cut(body, *places)


def _put(
    shelf: Shelf,
    name: str,
    about: str,
    pieces: list[bytes],
    request: dict[str, Any] | None = None,
) -> None:
    """A case whose pieces must not be joined on their way: a short pause keeps them apart."""
    pace = _APART if len(pieces) < _MANY else 0.0
    shelf.allowed(name, about, pieces, request, pace=pace)


def _plain(shelf: Shelf, name: str) -> bytes:
    return b"".join(frames(answer(shelf.say(name), 6)))


def chunks(shelf: Shelf) -> None:
    """Put the cases of chunks."""
    body = _plain(shelf, "one")
    shelf.allowed("one", "the whole stream in one chunk", [body])
    for size in (1, 7, 100):
        name = f"of-{size}"
        unit = "byte" if size == 1 else "bytes"
        shelf.allowed(name, f"chunks of {size} {unit}", _every(_plain(shelf, name), size))
    pieces = frames(answer(shelf.say("pairs"), 6))
    pairs = [b"".join(pieces[place : place + 2]) for place in range(0, len(pieces), 2)]
    _put(shelf, "pairs", "two events in each chunk", pairs)
    body = _plain(shelf, "event-and-half")
    halves = _cut_in(body, b"event: ", 25)
    _put(shelf, "event-and-half", "chunks that begin in the middle of an event", halves)
    body = _plain(shelf, "in-field-name")
    _put(shelf, "in-field-name", "chunks that end within `data:`", _cut_in(body, b"data:", 2))
    body = _plain(shelf, "after-colon")
    _put(shelf, "after-colon", "chunks that end behind `data:`", _cut_in(body, b"data:", 5))
    body = _plain(shelf, "blank-line")
    _put(shelf, "blank-line", "chunks that end before a blank line", _cut_in(body, b"\n\n", 1))
    for name, about, offset in (
        ("cr-lf", "chunks that end between CR and LF", 1),
        ("crlf-crlf", "chunks that end between two CRLF", 2),
        ("crlf-cr", "chunks that end within the second CRLF", 3),
    ):
        body = _plain(shelf, name).replace(b"\n", b"\r\n")
        _put(shelf, name, about, _cut_in(body, b"\r\n\r\n", offset))
    body = _plain(shelf, "cr-cr").replace(b"\n", b"\r")
    _put(shelf, "cr-cr", "chunks that end in CR, where CR ends lines", _cut_in(body, b"\r\r", 1))
    body = b"\xef\xbb\xbf" + _plain(shelf, "bom")
    _put(shelf, "bom", "a chunk that ends within the byte order mark", _cut(body, 1, 2))
    body = _plain(shelf, "terminator")
    _put(shelf, "terminator", "a chunk that ends within `[DONE]`", _cut(body, len(body) - 5))
    _characters(shelf)
    _strings(shelf)
    body = _plain(shelf, "paced")
    shelf.allowed("paced", "pauses within events", _every(body, 60), pace=0.02)
    _gzip(shelf)


def _characters(shelf: Shelf) -> None:
    """A character of several bytes, cut in each place."""
    for wide in _WIDE:
        coded = wide.encode()
        for offset in range(1, len(coded)):
            name = f"utf-8-{len(coded)}-{offset}"
            about = f"a chunk that ends after {offset} of the {len(coded)} bytes of a character"
            say = shelf.say(name)
            parts = [say.word(), f" {wide}{say.word()}", f" {say.word()}{wide}"]
            body = b"".join(frames([start(say), *block(parts), end(say)]))
            _put(shelf, name, about, _cut_in(body, coded, offset))


def _strings(shelf: Shelf) -> None:
    """JSON strings, cut within their escapes."""
    for name, about, text, mark, offset in (
        ("escape", "a chunk that ends behind a backslash", 'a "quoted" word', rb"\"", 1),
        ("newline-escape", "a chunk that ends within `\\n`", "one\ntwo", rb"\n", 1),
        ("unicode-escape", "a chunk that ends within `\\u`", "bell \x07 rings", rb"\u0007", 3),
    ):
        say = shelf.say(name)
        body = b"".join(
            frames([start(say), *block([say.word(), f" {text} {say.word()}"]), end(say)])
        )
        _put(shelf, name, about, _cut_in(body, mark, offset))
    for name, about, offset in (
        ("surrogates", "a chunk that ends between two escaped surrogates", 6),
        ("surrogate", "a chunk that ends within an escaped surrogate", 8),
    ):
        say = shelf.say(name)
        events = [start(say), *block([say.word(), f" 😀 {say.word()}"]), end(say)]
        text = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
        body = text.encode() + TERMINATOR
        _put(shelf, name, about, _cut_in(body, rb"\ud83d", offset))
    say = shelf.say("arguments")
    name = f"get_{say.word()}"
    arguments = json.dumps({"place": f'{say.word()} "{say.word()}"'})
    events = [start(say), *call(say, name, [arguments]), end(say, "TOOL_CALL")]
    _put(
        shelf, "arguments", "chunks of 3 bytes, through the arguments of a tool call",
        _every(b"".join(frames(events)), 3), ask_with_tools(say, tool(name, "place")),
    )  # fmt: skip


def _gzip(shelf: Shelf) -> None:
    """Compressed streams, for clients that say that they take them."""
    for name, about, flushed in (
        ("gzip", "a compressed stream", False),
        ("gzip-flushed", "a stream that is compressed event by event", True),
    ):
        plain = frames(answer(shelf.say(name), 6))
        packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
        mode = zlib.Z_SYNC_FLUSH if flushed else zlib.Z_NO_FLUSH
        packed = [
            packer.compress(piece) + (packer.flush(mode) if flushed else b"") for piece in plain
        ]
        packed.append(packer.flush())
        shelf.allowed(
            name, about, plain, wire=[piece for piece in packed if piece],
            headers=(*STREAM, ("content-encoding", "gzip")),
        )  # fmt: skip
