"""Events → other bytes that mean the same, cut into chunks anywhere.

Whatever WHATWG HTML 9.2 allows: line ends, comments, fields in another order, data over several
lines. Two rules keep the meaning: a CR is never followed by a lone LF that should be a blank line,
and data is only split where JSON allows white space, since the lines are joined by LF.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.events import TERMINATOR

from .given import stream_of
from .source import named
from .stream import frame_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import SearchStrategy

    from .source import Source
    from .stream import Raw, Stream

__all__ = ["Framed", "Framer", "chunked", "framing", "framings"]

_COMMENTS = (": keep-alive", ":", ": data: {}", ":event: ping", ": 🌊")
_FIELDS = ("note: hello", "Data: {}", " data: {}", "datas: {}", "event_id", "id: 7", "retry: 3000")
_WAYS = (
    "comments", "event after data", "split data", "no space", "unknown fields", "byte order mark",
    "escaped", "spaced", "empty blocks", "no terminator", "no event field",
)  # fmt: skip
_ENDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("lf", ("\n",)), ("crlf", ("\r\n",)), ("cr", ("\r",)), ("mixed", ("\n", "\r\n", "\r")),
)  # fmt: skip


class Framed(NamedTuple):
    """A body as bytes in the pieces in which it arrives, and in which ways it is unusual."""

    chunks: tuple[bytes, ...]
    ways: tuple[str, ...] = ()

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks)

    def __repr__(self) -> str:
        ways = ", ".join((*self.ways, f"{len(self.chunks)} chunk(s)"))
        return f"framed({ways}: {' '.join(map(repr, self.chunks))})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))


def framings(
    events: Stream | Iterable[dict[str, Any] | str | Raw],
) -> SearchStrategy[Framed]:
    r"""The same events as other bytes: whatever the standard allows and a client must understand.

    LF, CR, CRLF and mixed line ends, a byte order mark, comments, `event` before or after `data`
    or absent, data over several lines, no space after the colon, unknown fields, empty blocks,
    escaped or spaced JSON, no terminator; cut into chunks anywhere, in the middle of a character
    and between CR and LF too. `events` are a stream, or JSON events and ``[DONE]``; UsageError for
    anything else::

        >>> framings(["[DONE]"]).example()
        framed(crlf, 2 chunk(s): b'data: [DONE]\r' b'\n\r\n')
    """
    return _framings(stream_of(events, "framings(events)"))


def framing(source: Source, stream: Stream) -> Framed:
    """One framing of a stream; see `framings`."""
    framer = Framer(source)
    framer.choose()
    for item in stream.items:
        framer.add(item)
    return Framed(chunked(source, framer.body()), framer.shown)


_framings = named("framings")(framing)


class Framer:
    """Writes events in a style of its own.

    `ends` are the line ends to choose from and `ways` the other liberties; without any the bytes
    are those of the live API. Lines are added as text without their end.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.ends: tuple[str, ...] = ("\n",)
        self.ways: list[str] = []
        self.shown: tuple[str, ...] = ()
        self.parts: list[bytes] = []
        self._after_cr = False

    def choose(self) -> None:
        """Choose a style."""
        name, self.ends = self.source.pick(_ENDS)
        self.ways = self.source.some(_WAYS, (0, 1, 1, 2, 3))
        self.shown = (*([name] if name != "lf" else []), *self.ways)
        if "byte order mark" in self.ways:
            self.parts.append(b"\xef\xbb\xbf")

    def body(self) -> bytes:
        """All bytes so far."""
        return b"".join(self.parts)

    def line(self, text: str | bytes) -> None:
        """Add a line and its end."""
        ends = self.ends
        if not text and self._after_cr:
            # A LF here would belong to the CR before it, and there would be no blank line.
            ends = tuple(end for end in ends if end != "\n")
        end = self.source.pick(ends)
        self._after_cr = end == "\r"
        self.parts.append(
            (text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
            + end.encode()
        )

    def add(self, item: dict[str, Any] | str | Raw, *, blank: bool = True) -> None:
        """Add an event, with the blank line that ends it."""
        name, data = frame_of(item)
        if item == TERMINATOR and "no terminator" in self.ways:
            return
        if isinstance(item, dict) and "escaped" in self.ways:
            data = json.dumps(item, separators=(",", ":"))
        elif isinstance(item, dict) and "spaced" in self.ways:
            data = json.dumps(item, ensure_ascii=False)
        self._maybe("comments", _COMMENTS)
        named_lines = (
            [f"event:{self._space}{name}"] if name and "no event field" not in self.ways else []
        )
        pieces = self._split(data) if isinstance(item, dict) else data.split("\n")
        lines = [f"data:{self._space}{piece}" for piece in pieces]
        lines = (
            [*lines, *named_lines] if "event after data" in self.ways else [*named_lines, *lines]
        )
        for each in lines:
            self.line(each)
            self._maybe("unknown fields", _FIELDS)
        if blank:
            self.line("")
        if "empty blocks" in self.ways and self.source.chance(3):
            self.line(self.source.pick(("", "event: ping", "id")))
            self.line("")

    @property
    def _space(self) -> str:
        return "" if "no space" in self.ways else " "

    def _maybe(self, way: str, lines: tuple[str, ...]) -> None:
        if way in self.ways and self.source.chance(3):
            self.line(self.source.pick(lines))

    def _split(self, data: str) -> list[str]:
        if "split data" not in self.ways or not self.source.chance(2):
            return [data]
        places = gaps(data)
        at = sorted({self.source.pick(places) for _ in range(self.source.integer(1, 2))})
        marks = [0, *at, len(data)]
        return [data[a:b] for a, b in pairwise(marks)]


def gaps(text: str) -> list[int]:
    """Where a JSON text may be given white space without another meaning."""
    found = []
    inside = escaped = False
    for place, char in enumerate(text):
        if inside:
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
            continue
        inside = char == '"'
        if char in "{}[],:":
            found.append(place + 1)
    return found or [len(text)]


def chunked(source: Source, body: bytes) -> tuple[bytes, ...]:
    """A body cut into chunks: not at all, anywhere, where it hurts, or after every byte."""
    form = source.integer(0, 3)
    if form == 0:
        return (body,)
    hurting = _sore(body)
    places = set()
    for _ in range(4):
        # Mostly where it hurts; one place at least, and then as many as there are said to be more.
        places.add(source.pick(hurting) if form < 3 else source.integer(0, len(body)))
        more = source.integer(0, 3)
        if more == 3:
            return tuple(bytes([byte]) for byte in body)
        if not more:
            break
    marks = [0, *sorted(places - {0, len(body)}), len(body)]
    return tuple(body[a:b] for a, b in pairwise(marks))


def _sore(body: bytes) -> list[int]:
    """Between CR and LF, inside of characters, around line ends and blank lines; the worst first."""
    found = [place for place in range(1, len(body)) if body[place - 1 : place + 1] == b"\r\n"]
    found += [place for place in range(1, len(body)) if body[place] & 0xC0 == 0x80]
    found += [place for place in range(1, len(body)) if body[place] in b"\r\n"]
    return found or [len(body)]
