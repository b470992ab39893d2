"""Bytes of one direction of an HTTP/1.1 connection → heads, parts of bodies, and ends.

The reader only follows along: what it hands out as `raw` is, joined, exactly what came after the
head, so that whoever forwards it changes nothing. `content` is the same without the chunked
framing (RFC 9112 7.1). A message that is framed in no valid way ends with the connection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["End", "Head", "NotHttp", "Part", "Reader"]

_LARGEST_HEAD = 256 * 1024
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_REQUEST = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^ \x00-\x1f\x7f]+) HTTP/1\.([01])")
_RESPONSE = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: .*)?")
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")
_LONGEST_LINE = 64 * 1024
# Statuses whose responses have no body, whatever their head says.
_BODILESS = (204, 304)


class NotHttp(Exception):
    """What came is no HTTP/1.1 message; the text says why."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a message: its first line, and the fields in wire order."""

    line: bytes
    fields: tuple[tuple[bytes, bytes], ...]

    def values(self, name: bytes) -> list[bytes]:
        """The members of all fields of this name (in lower case), split at commas."""
        joined = [value for key, value in self.fields if key.lower() == name]
        return [part.strip() for value in joined for part in value.split(b",") if part.strip()]

    def lower(self, name: bytes) -> list[bytes]:
        """The members in lower case."""
        return [value.lower() for value in self.values(name)]

    @property
    def version(self) -> int:
        """The minor version: HTTP/1.0 or HTTP/1.1."""
        found = _RESPONSE.fullmatch(self.line) or _REQUEST.fullmatch(self.line)
        return int(found[1] if self.line.startswith(b"HTTP/") else found[3]) if found else 1

    @property
    def method(self) -> str:
        """The method of a request."""
        return self.line.partition(b" ")[0].decode("latin-1")

    @property
    def target(self) -> str:
        """The target of a request, as it stands in the first line."""
        return self.line.split(b" ")[1].decode("latin-1")

    @property
    def status(self) -> int:
        """The status of a response."""
        return int(self.line[9:12])

    @property
    def keeps_alive(self) -> bool:
        """Whether the sender leaves the connection open after this message (RFC 9112 9.3)."""
        options = self.lower(b"connection")
        return b"close" not in options and (self.version == 1 or b"keep-alive" in options)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The fields as text."""
        return tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in self.fields)


class Part(NamedTuple):
    """A part of a body: as it came, and without its framing."""

    raw: bytes
    content: bytes


class End(NamedTuple):
    """The end of a message; `whole` is False when the connection broke before it."""

    whole: bool = True


Item = Head | Part | End


class Reader:
    """Takes bytes with `feed`, gives items. After an `End` it waits for `again`.

    `rest` is what came after the end of a message. `idle` says that no message has begun. Set
    `bodiless` for the response to a HEAD request.
    """

    def __init__(self, *, of_requests: bool) -> None:
        self._line = _REQUEST if of_requests else _RESPONSE
        self._of_requests = of_requests
        self._buffer = bytearray()
        self._state = "head"
        self._left = 0
        self._broken = False
        self.bodiless = False

    @property
    def idle(self) -> bool:
        """Nothing of a message has come yet."""
        return self._state == "head" and not self._buffer

    @property
    def rest(self) -> bytes:
        """What came after the end of the message."""
        return bytes(self._buffer) if self._state == "over" else b""

    def again(self) -> bytes:
        """Be ready for the next message; gives back what came after the last one."""
        rest, self._buffer, self._state = bytes(self._buffer), bytearray(), "head"
        self._broken = False
        return rest

    def feed(self, data: bytes) -> list[Item]:
        """The items in what came. Raises NotHttp for a head that is none."""
        items: list[Item] = []
        while data or self._state == "ended":
            if self._state == "head":
                data = self._head(data, items)
            elif self._state == "ended":
                items.append(End())
                self._state = "over"
            elif self._state == "over":
                self._buffer += data
                data = b""
            elif self._state == "open":
                items.append(Part(data, data))
                data = b""
            elif self._state == "length":
                data = self._counted(data, items)
            else:
                data = self._chunked(data, items)
        return items

    def close(self) -> End | None:
        """The end that the end of the connection makes; None when there is no message to end."""
        if self._state == "over" or self.idle:
            return None
        # RFC 9112 6.3: a response without any length ends with the connection
        whole, self._state = self._state == "open" and not self._broken, "over"
        return End(whole)

    def _head(self, data: bytes, items: list[Item]) -> bytes:
        self._buffer += data
        if not items:
            # RFC 9112 2.2: empty lines before a request are passed over
            while self._of_requests and self._buffer[:2] == b"\r\n":
                del self._buffer[:2]
        found = _HEAD_END.search(self._buffer)
        if found is None:
            if len(self._buffer) > _LARGEST_HEAD:
                raise NotHttp("the head of the message is too long")
            prefix = bytes(self._buffer[:5])
            if not self._of_requests and not b"HTTP/".startswith(prefix) and prefix != b"HTTP/":
                raise NotHttp("what came is no HTTP response")
            return b""
        head = _head_from(bytes(self._buffer[: found.start()]), self._line)
        rest, self._buffer = bytes(self._buffer[found.end() :]), bytearray()
        items.append(head)
        if not self._of_requests and 100 <= head.status < 200:  # noqa: PLR2004 - RFC 9110 15.2
            return rest
        self._state, self._left = self._framing(head)
        return rest

    def _framing(self, head: Head) -> tuple[str, int]:
        """How the body is framed: RFC 9112 6.3, rule by rule."""
        if not self._of_requests and (self.bodiless or head.status in _BODILESS):
            return "ended", 0
        codings = head.lower(b"transfer-encoding")
        if codings:
            if codings[-1] == b"chunked":
                return "size", 0
            if self._of_requests:
                raise NotHttp("the request has a transfer coding that is not `chunked`")
            return "open", 0
        lengths = set(head.values(b"content-length"))
        if len(lengths) == 1 and all(length.isdigit() for length in lengths):
            length = int(lengths.pop())
            return ("length", length) if length else ("ended", 0)
        if lengths and self._of_requests:
            raise NotHttp("the request has no valid Content-Length")
        return ("ended", 0) if self._of_requests else ("open", 0)

    def _counted(self, data: bytes, items: list[Item]) -> bytes:
        part, rest = data[: self._left], data[self._left :]
        items.append(Part(part, part))
        self._left -= len(part)
        if not self._left:
            self._state = "ended"
        return rest

    def _chunked(self, data: bytes, items: list[Item]) -> bytes:
        """Walk the chunks of what came: one part for all of it, however many chunks it holds."""
        at, size, content = 0, len(data), []
        while at < size and self._state not in ("ended", "open"):
            if self._state == "data":
                piece = data[at : at + self._left]
                content.append(piece)
                at += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._state = "after"
                continue
            line, at = self._taken_line(data, at)
            if line is not None:
                self._next(line)
        if self._state == "open":
            # no chunk: nobody can tell where the body ends, so the rest is passed on as it is
            at, self._broken = size, True
        items.append(Part(data[:at], b"".join(content)))
        return data[at:]

    def _taken_line(self, data: bytes, at: int) -> tuple[bytes | None, int]:
        """The line that begins in the buffer or at `at`, None when it is not there as a whole."""
        end = data.find(b"\n", at)
        stop = len(data) if end < 0 else end + 1
        self._buffer += data[at:stop]
        if end < 0:
            if len(self._buffer) > _LONGEST_LINE:
                self._state = "open"
            return None, stop
        line, self._buffer = bytes(self._buffer), bytearray()
        return line.rstrip(b"\r\n"), stop

    def _next(self, line: bytes) -> None:
        """The state after a line of the chunked framing."""
        if self._state == "trailer":
            self._state = "trailer" if line else "ended"
        elif self._state == "after":
            self._state = "open" if line else "size"
        else:
            found = _SIZE.fullmatch(line)
            if found is None:
                self._state = "open"
                return
            self._left = int(found[1], 16)
            self._state = "data" if self._left else "trailer"


def _head_from(data: bytes, first: re.Pattern[bytes]) -> Head:
    line, *rest = data.split(b"\n")
    line = line.rstrip(b"\r")
    if first.fullmatch(line) is None:
        raise NotHttp("the first line is not that of an HTTP/1.1 message")
    fields: list[tuple[bytes, bytes]] = []
    for each in rest:
        text = each.rstrip(b"\r")
        if text[:1] in (b" ", b"\t") and fields:
            # RFC 9112 5.2: an obsolete fold counts as one space
            name, value = fields[-1]
            fields[-1] = (name, value + b" " + text.strip())
            continue
        name, colon, value = text.partition(b":")
        if not colon or not name or name != name.strip():
            raise NotHttp("a line of the head is no header field")
        fields.append((name, value.strip(b" \t")))
    return Head(line, tuple(fields))
