"""What networks and gateways do to an answer: cut, delay, re-chunk, compress, refuse.

None of these breaks a rule by its content; they are what a client has to live with. Each is made
from a name and a value, `cut-at-event=3`.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import UsageError
from conformance.mock.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.faults.reply import Reply

__all__ = ["TRANSPORTS", "Transport", "transport_named"]

Events = list[dict[str, Any]]
_STATUSES = {
    "429": "too many requests",
    "498": "the token is on a deny list",
    "499": "the client closed the request",
    "500": "internal server error",
    "501": "not implemented",
    "503": "service unavailable",
    "504": "gateway timeout",
}


@dataclass(frozen=True, slots=True)
class Transport:
    """One misbehaviour of the way: a refusal instead of an answer, or an edit of events or reply.

    `fair` says that any client has to live with it: all bytes of the answer come.
    """

    refusal: Refusal | None = None
    on_events: Callable[[Events], Events] | None = None
    on_reply: Callable[[Reply], Reply] | None = None
    fair: bool = False


_MOST = 1e9

# name -> (what its value means, empty when it takes none; what it does)
TRANSPORTS: dict[str, tuple[str, str]] = {
    "cut-at-event": ("N", "close the connection after N events"),
    "cut-at-byte": ("N", "close the connection after N bytes of the body"),
    "reset": ("N", "reset the connection after N events"),
    "stall": ("N", "send nothing more after N events, and keep the connection open"),
    "drip": ("SECONDS", "send each byte by itself, with a pause before it"),
    "chunks": ("N", "cut the body into chunks of N bytes, wherever that falls"),
    "one-chunk": ("", "send the whole body at once"),
    "fail-at-event": ("N", "end the stream after N events with finish reason `ERROR`"),
    "wrong-length": ("N", "send a `Content-Length` that is off by N bytes"),
    "gzip": ("", "compress the body"),
    "429": ("SECONDS", "refuse with 429, and `Retry-After` if there is a value"),
    **{
        status: ("", f"refuse with {status}")
        for status in _STATUSES
        if status != "429"
    },
}  # fmt: skip


def transport_named(name: str, value: str | None) -> Transport | None:
    """The transport of a name, None when there is none. Raises UsageError on a bad value."""
    name = name.strip().lower()
    if name not in TRANSPORTS:
        return None
    if name in _STATUSES:
        headers: tuple[tuple[str, str], ...] = ()
        if name == "429" and value is not None:
            headers = (("retry-after", str(math.ceil(_number(name, value)))),)
        return Transport(Refusal(int(name), _STATUSES[name], headers=headers))
    if name == "gzip":
        return Transport(on_reply=_gzip)
    if name == "one-chunk":
        return Transport(on_reply=lambda reply: reply.changed(pieces=(reply.body,)), fair=True)
    number = _number(name, "0.001" if name == "drip" and value is None else value)
    if name == "drip":
        return Transport(
            on_reply=lambda reply: _in_chunks(reply, 1).changed(pace=number), fair=True
        )
    count = int(number)
    if name == "fail-at-event":
        return Transport(on_events=lambda events: _failed(events, count))
    edits: dict[str, Callable[[Reply], Reply]] = {
        "cut-at-event": lambda reply: reply.changed(pieces=reply.pieces[:count], ends="cut"),
        "cut-at-byte": lambda reply: _cut_at(reply, count),
        "reset": lambda reply: reply.changed(pieces=reply.pieces[:count], ends="reset"),
        "stall": lambda reply: reply.changed(pieces=reply.pieces[:count], ends="stall"),
        "chunks": lambda reply: _in_chunks(reply, max(count, 1)),
        "wrong-length": lambda reply: reply.with_header(
            "content-length", str(max(0, len(reply.body) + count))
        ),
    }
    return Transport(on_reply=edits[name], fair=name == "chunks")


def _number(name: str, value: str | None) -> float:
    what = TRANSPORTS[name][0]
    try:
        number = float(value or "")
    except ValueError:
        number = float("nan")
    least = -_MOST if name == "wrong-length" else 0.0
    # `nan` is a float too, and no number of anything.
    if not least <= number <= _MOST:
        raise UsageError(
            f"`{name}` takes a number up to a thousand million, not `{value or ''}`",
            where="fault",
            hint=f"write `{name}={what}`",
        )
    return number


def _in_chunks(reply: Reply, size: int) -> Reply:
    body = reply.body
    pieces = tuple(body[start : start + size] for start in range(0, len(body), size))
    return reply.changed(pieces=pieces)


def _cut_at(reply: Reply, place: int) -> Reply:
    pieces: list[bytes] = []
    for piece in reply.pieces:
        if place <= 0:
            break
        pieces.append(piece[:place])
        place -= len(piece)
    return reply.changed(pieces=tuple(pieces), ends="cut")


def _gzip(reply: Reply) -> Reply:
    """Compress, and flush after each piece so that each can be read when it arrives."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    pieces = [packer.compress(p) + packer.flush(zlib.Z_SYNC_FLUSH) for p in reply.pieces]
    pieces.append(packer.flush())
    changed = reply.changed(pieces=tuple(pieces)).with_header("content-encoding", "gzip")
    if reply.header("content-length") is not None:
        changed = changed.with_header("content-length", str(len(changed.body)))
    return changed


def _failed(events: Events, count: int) -> Events:
    """In-band failure, as the live API reports one: open blocks stay open, usage is empty."""
    error = "the generation failed, try again"
    delta = {"finish_reason": "ERROR", "usage": {}, "error": error}
    return [*events[: min(count, len(events) - 1)], {"type": "message-end", "delta": delta}]
