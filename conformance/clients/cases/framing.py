"""Framing: the same events in every form that the event stream format allows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.clients.cases.script import answer
from conformance.faults.frames import data_of, with_data
from conformance.mock.frames import frames

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.clients.cases.shelf import Shelf

__all__ = ["framing"]

Pieces = list[bytes]

_BOM = b"\xef\xbb\xbf"
# Between two events in the middle of the text.
_MIDDLE = 4
_COMMENTED = (
    b': data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"?"}}}}\n\n'
)


def _each(edit: Callable[[bytes], bytes]) -> Callable[[Pieces], Pieces]:
    return lambda pieces: [edit(piece) for piece in pieces]


def _before_each(extra: bytes) -> Callable[[Pieces], Pieces]:
    return lambda pieces: [part for piece in pieces for part in (extra, piece)]


def _in_middle(extra: bytes) -> Callable[[Pieces], Pieces]:
    return lambda pieces: [*pieces[:_MIDDLE], extra, *pieces[_MIDDLE:]]


def _first(extra: bytes) -> Callable[[Pieces], Pieces]:
    return lambda pieces: [extra, *pieces]


def _in_event(extra: bytes) -> Callable[[bytes], bytes]:
    """Put a line between the name of an event and its data."""
    return lambda piece: piece.replace(b"\ndata:", b"\n" + extra + b"\ndata:", 1)


def _mixed(pieces: Pieces) -> Pieces:
    ends = (b"\n", b"\r\n", b"\r")
    return [piece.replace(b"\n", ends[number % 3]) for number, piece in enumerate(pieces)]


def _mixed_inside(piece: bytes) -> bytes:
    """End the name with CR, the data with CRLF, the event with LF."""
    lines = piece.split(b"\n")
    if len(lines) < 4:  # noqa: PLR2004 - a name, its data and two empty ends
        return piece
    return lines[0] + b"\r" + lines[1] + b"\r\n\n"


def _swapped(piece: bytes) -> bytes:
    return b"\n".join(reversed(piece.rstrip(b"\n").split(b"\n"))) + b"\n\n"


def _nameless(piece: bytes) -> bytes:
    return b"\n".join(line for line in piece.split(b"\n") if not line.startswith(b"event:"))


def _split(count: int) -> Callable[[bytes], bytes]:
    """Spread the data of an event over several lines, at places where JSON allows a line end."""

    def edit(piece: bytes) -> bytes:
        data = data_of(piece)
        parts = data.split(b",", count - 1)
        return with_data(piece, b",\ndata: ".join(parts)) if len(parts) > 1 else piece

    return edit


def _rewritten(**style: object) -> Callable[[bytes], bytes]:
    """Write the JSON of an event in another style."""

    def edit(piece: bytes) -> bytes:
        data = data_of(piece)
        if not data.startswith(b"{"):
            return piece
        options = {"ensure_ascii": False, **style}
        text = json.dumps(json.loads(data), **options)  # type: ignore[arg-type]
        return with_data(piece, text.encode().replace(b"\n", b"\ndata: "))

    return edit


def _type_last(piece: bytes) -> bytes:
    data = data_of(piece)
    if not data.startswith(b"{"):
        return piece
    value = json.loads(data)
    value["type"] = value.pop("type")
    return with_data(piece, json.dumps(value, separators=(",", ":")).encode())


def _numbered(pieces: Pieces) -> Pieces:
    return [b"id: %d\n" % number + piece for number, piece in enumerate(pieces)]


# name, what it tries, the edit of the pieces
_FORMS: tuple[tuple[str, str, Callable[[Pieces], Pieces]], ...] = (
    ("cr", "lines that end in CR", _each(lambda piece: piece.replace(b"\n", b"\r"))),
    ("crlf", "lines that end in CRLF", _each(lambda piece: piece.replace(b"\n", b"\r\n"))),
    ("line-ends-by-event", "LF, CRLF and CR in turn, one for each event", _mixed),
    ("line-ends-in-event", "CR, CRLF and LF within one event", _each(_mixed_inside)),
    ("bom", "a byte order mark before the first event", _first(_BOM)),
    ("bom-comment", "a byte order mark before a comment", _first(_BOM + b": hello\n\n")),
    ("comment-first", "a comment before the first event", _first(b": hello\n\n")),
    ("comment-between", "a comment with a blank line between events",
     _before_each(b": keep-alive\n\n")),
    ("comment-before-name", "a comment line at the beginning of each event",
     _each(lambda piece: b": note\n" + piece)),
    ("comment-in-event", "a comment between the name of an event and its data",
     _each(_in_event(b": note"))),
    ("comment-bare", "comments of a colon only, as keep-alives", _before_each(b":\n\n")),
    ("comment-many", "a hundred keep-alives in a row", _in_middle(b": ping\n\n" * 100)),
    ("comment-like-data", "a comment that looks like an event",
     _in_middle(_COMMENTED)),
    ("comment-last", "a comment after the terminator", lambda pieces: [*pieces, b": bye\n\n"]),
    ("comment-crlf", "a keep-alive with CRLF between events with LF", _in_middle(b": ping\r\n\r\n")),
    ("no-space", "no space after the colons",
     _each(lambda piece: piece.replace(b"event: ", b"event:", 1).replace(b"data: ", b"data:", 1))),
    ("no-space-data", "no space after `data:`",
     _each(lambda piece: piece.replace(b"data: ", b"data:", 1))),
    ("two-spaces", "two spaces after `data:`",
     _each(lambda piece: piece.replace(b"data: {", b"data:  {", 1))),
    ("name-last", "the name of each event after its data", _each(_swapped)),
    ("no-names", "events without names; the type stands in the data only", _each(_nameless)),
    ("some-names", "names on every other event only",
     lambda pieces: [_nameless(p) if n % 2 else p for n, p in enumerate(pieces)]),
    ("name-twice", "a name line that a second one replaces",
     _each(lambda piece: b"event: message\n" + piece if piece.startswith(b"event") else piece)),
    ("named-terminator", "a terminator with a name",
     lambda pieces: [*pieces[:-1], b"event: done\n" + pieces[-1]]),
    ("quoted-terminator", "a terminator that is a JSON string, as in 2024",
     lambda pieces: [*pieces[:-1], b'data: "[DONE]"\n\n']),
    ("no-terminator", "no terminator after message-end", lambda pieces: pieces[:-1]),
    ("terminator-no-blank-line", "a terminator without its blank line",
     lambda pieces: [*pieces[:-1], pieces[-1][:-1]]),
    ("terminator-no-line-end", "a terminator without its line end",
     lambda pieces: [*pieces[:-1], pieces[-1][:-2]]),
    ("terminator-no-space", "a terminator without a space",
     lambda pieces: [*pieces[:-1], b"data:[DONE]\n\n"]),
    ("ids", "an id on each event", _numbered),
    ("id-empty", "an empty id", _in_middle(b"id\n\n")),
    ("retry", "a reconnection time", _first(b"retry: 3000\n\n")),
    ("retry-in-event", "a reconnection time within an event",
     _each(lambda piece: b"retry: 1000\n" + piece)),
    ("retry-no-number", "a reconnection time that is no number", _first(b"retry: soon\n\n")),
    ("unknown-field", "a field that the standard does not know",
     _each(lambda piece: b"note: hello\n" + piece)),
    ("field-without-colon", "a line without a colon", _each(_in_event(b"note"))),
    ("split-data", "the data of an event on two lines", _each(_split(2))),
    ("split-data-many", "the data of an event on five lines", _each(_split(5))),
    ("split-crlf", "the data of an event on two lines that end in CRLF",
     _each(lambda piece: _split(2)(piece).replace(b"\n", b"\r\n"))),
    ("indented", "indented JSON, a data line for each of its lines",
     _each(_rewritten(indent=2))),
    ("spaced", "JSON with spaces after its commas and colons", _each(_rewritten())),
    ("type-last", "events whose `type` stands after all else", _each(_type_last)),
    ("keys-sorted", "events whose members are sorted", _each(_rewritten(sort_keys=True))),
    ("event-without-data", "a named event without data", _in_middle(b"event: ping\n\n")),
    ("name-left-over", "a name without data before an event without a name",
     lambda pieces: [*pieces[:3], b"event: ping\n\n", *map(_nameless, pieces[3:])]),
    ("blank-lines", "several blank lines between events", _before_each(b"\n\n\n")),
    ("blank-first", "blank lines before the first event", _first(b"\n\n")),
    ("blank-last", "blank lines after the terminator", lambda pieces: [*pieces, b"\n\n\n"]),
)  # fmt: skip


def framing(shelf: Shelf) -> None:
    """Put the cases of framing."""
    for name, about, edit in _FORMS:
        shelf.allowed(name, about, edit(frames(answer(shelf.say(name)))))
    for name, about, media_type in (
        ("charset", "a content type with a charset", "text/event-stream; charset=utf-8"),
        ("charset-quoted", "a content type with a quoted charset",
         'text/event-stream;charset="UTF-8"'),
        ("media-type-case", "a content type in mixed case", "Text/Event-Stream"),
    ):  # fmt: skip
        body = frames(answer(shelf.say(name)))
        shelf.allowed(name, about, body, headers=(("content-type", media_type),))
    body = frames(answer(shelf.say("content-length")))
    length = str(sum(map(len, body)))
    shelf.allowed(
        "content-length", "a stream of announced length instead of chunks", body,
        headers=(("content-type", "text/event-stream"), ("content-length", length)),
    )  # fmt: skip
    long = tuple((f"x-note-{number}", "n" * 300) for number in range(20))
    shelf.allowed(
        "many-headers", "many long headers that nobody knows",
        frames(answer(shelf.say("many-headers"))),
        headers=(("content-type", "text/event-stream"), *long),
    )  # fmt: skip
    head = frames(answer(shelf.say("slow-start")))
    shelf.allowed(
        "slow-start", "keep-alives for a while before the first event",
        [b": wait\n\n"] * 5 + head, pace=0.02,
    )  # fmt: skip
