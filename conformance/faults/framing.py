"""Faults of framing, and framings that are merely unusual."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.faults.fault import on_pieces, on_reply
from conformance.faults.frames import data_of, with_data

if TYPE_CHECKING:
    from conformance.faults.reply import Reply

    Event = dict[str, Any]
    Pieces = list[bytes]


def _delta(pieces: Pieces) -> int | None:
    """The position of the first content delta."""
    return next((n for n, piece in enumerate(pieces) if b'"content-delta"' in piece), None)


@on_pieces("SSE-001")
def latin_1(pieces: Pieces, _request: Event) -> Pieces | None:
    """Send bytes that are not UTF-8 in a text."""
    for place, piece in enumerate(pieces):
        if b'"content":{"text":"' in piece:
            pieces[place] = piece.replace(b'"text":"', b'"text":"\xe9t\xe9 ', 1)
            return pieces
    return None


@on_pieces("SSE-002")
def byte_order_mark(pieces: Pieces, _request: Event) -> Pieces:
    """Begin with a byte order mark."""
    return [b"\xef\xbb\xbf" + pieces[0], *pieces[1:]]


@on_pieces("SSE-003")
def crlf(pieces: Pieces, _request: Event) -> Pieces:
    """End lines with CRLF."""
    return [piece.replace(b"\n", b"\r\n") for piece in pieces]


@on_pieces("SSE-003")
def carriage_return(pieces: Pieces, _request: Event) -> Pieces:
    """End lines with CR."""
    return [piece.replace(b"\n", b"\r") for piece in pieces]


@on_pieces("SSE-004")
def comments(pieces: Pieces, _request: Event) -> Pieces:
    """Send comments between events."""
    return [part for piece in pieces for part in (b": keep-alive\n\n", piece)]


@on_pieces("SSE-005")
def unknown_field(pieces: Pieces, _request: Event) -> Pieces:
    """Send a field that the standard does not know."""
    return [b"note: hello\n" + pieces[0], *pieces[1:]]


@on_pieces("SSE-006")
def split_data(pieces: Pieces, _request: Event) -> Pieces | None:
    """Split the data of an event over two lines."""
    place = len(pieces) - 1
    while place >= 0 and b"," not in data_of(pieces[place]):
        place -= 1
    if place < 0:
        return None
    first, rest = data_of(pieces[place]).split(b",", 1)
    pieces[place] = with_data(pieces[place], first + b",\ndata: " + rest)
    return pieces


@on_pieces("SSE-007")
def ids(pieces: Pieces, _request: Event) -> Pieces:
    """Send event ids and a retry time."""
    return [b"id: %d\nretry: 1000\n" % number + piece for number, piece in enumerate(pieces)]


@on_pieces("SSE-008")
def no_data(pieces: Pieces, _request: Event) -> Pieces:
    """Send an event without data."""
    return [pieces[0], b"event: ping\n\n", *pieces[1:]]


@on_pieces("SSE-009")
def unterminated(pieces: Pieces, _request: Event) -> Pieces:
    """End the body without the last blank line."""
    kept = pieces[:-1] if b"[DONE]" in pieces[-1] else pieces
    return [*kept[:-1], kept[-1].rstrip(b"\n") + b"\n"]


@on_pieces("SSE-011")
def no_space(pieces: Pieces, _request: Event) -> Pieces:
    """Leave out the space after the colon."""
    return [
        piece.replace(b"event: ", b"event:", 1).replace(b"data: ", b"data:", 1) for piece in pieces
    ]


@on_pieces("SSE-012")
def name_last(pieces: Pieces, _request: Event) -> Pieces | None:
    """Send the name of an event after its data."""
    made = []
    for piece in pieces:
        lines = piece.rstrip(b"\n").split(b"\n")
        made.append(b"\n".join(reversed(lines)) + b"\n\n")
    return made if any(piece.startswith(b"data") for piece in made[:-1]) else None


@on_pieces("SSE-013")
def no_names(pieces: Pieces, _request: Event) -> Pieces | None:
    """Leave out the names of events."""
    made = []
    for piece in pieces:
        lines = piece.split(b"\n")
        made.append(b"\n".join(line for line in lines if not line.startswith(b"event:")))
    return made if made != pieces else None


@on_pieces("SSE-014")
def wrong_name(pieces: Pieces, _request: Event) -> Pieces | None:
    """Give an event the name of another."""
    place = _delta(pieces)
    if place is None or not pieces[place].startswith(b"event:"):
        return None
    pieces[place] = pieces[place].replace(b"event: content-delta", b"event: content-end", 1)
    return pieces


@on_pieces("SSE-017")
def named_terminator(pieces: Pieces, _request: Event) -> Pieces | None:
    """Give the terminator a name."""
    if b"[DONE]" not in pieces[-1]:
        return None
    return [*pieces[:-1], b"event: done\n" + pieces[-1]]


@on_reply("SSE-018", "json-only")
def json_lines(reply: Reply, _request: Event) -> Reply | None:
    """Answer with JSON Lines."""
    if reply.header("content-type") != "text/event-stream" or reply.accept != "application/json":
        return None
    lines = [data_of(piece) + b"\n" for piece in reply.pieces if b"[DONE]" not in piece]
    changed = reply.changed(pieces=tuple(lines))
    return changed.with_header("content-type", "application/json")


@on_pieces("SSE-019")
def quoted_terminator(pieces: Pieces, _request: Event) -> Pieces | None:
    """Send the terminator as a JSON string."""
    if b"[DONE]" not in pieces[-1]:
        return None
    return [*pieces[:-1], b'data: "[DONE]"\n\n']
