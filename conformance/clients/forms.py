"""A case in server-sent events → the same case in the form that a client asks for, or gets elsewhere.

Where a client fails on the usual form in every case, all its other faults would stay hidden; in most
of these forms it works. Where it depends on the moment whether it fails, one form makes it certain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.sse import Decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.clients.case import Case
    from conformance.faults.reply import Reply

__all__ = ["FORMS", "in_form"]

# What is about the bytes of server-sent events has no counterpart in JSON Lines.
_ABOUT_BYTES = frozenset({"framing", "chunks"})
_EVENT_STREAM = "text/event-stream"
_DONE = "[DONE]"
# In seconds, before each piece, and for how many pieces this does not take too long.
_APART, _MANY = 0.003, 300


def in_form(cases: Iterable[Case], form: str) -> list[Case]:
    """The cases in a form of `FORMS`, or as they are if it is empty; without those that it has not."""
    if not form:
        return list(cases)
    family, change = FORMS[form]
    return [
        replace(case, answers=tuple(change(answer) for answer in case.answers))
        for case in cases
        if case.family not in family
    ]


def _json_lines(reply: Reply) -> Reply:
    """A line of JSON for each event: what the live API seems to answer who accepts JSON only."""
    media_type = (reply.header("content-type") or "").partition(";")[0]
    if media_type != _EVENT_STREAM or reply.header("content-encoding"):
        return reply
    pieces = []
    decoder = Decoder()
    for piece in reply.pieces:
        data = [event.data for event in decoder.feed(piece)]
        pieces.append("".join(f"{text}\n" for text in data if text != _DONE).encode())
    # What was begun and not ended stays as it was cut.
    rest = reply.body.rpartition(b"\n\n")[2].partition(b"data: ")[2]
    made = tuple(piece for piece in (*pieces, rest) if piece)
    plain = reply.with_header("content-type", "application/json")
    return plain.changed(pieces=made)


def _whole(reply: Reply) -> Reply:
    """The whole body in one piece."""
    return reply.changed(pieces=(reply.body,) if reply.body else ())


def _apart(reply: Reply) -> Reply:
    """The same pieces with a pause before each, so that none is joined to the next on its way."""
    if (reply.header("content-type") or "").partition(";")[0] != _EVENT_STREAM:
        return reply
    return reply.changed(pace=max(reply.pace, _APART)) if len(reply.pieces) < _MANY else reply


# form -> (families that it does not have, what it makes of an answer)
FORMS: dict[str, tuple[frozenset[str], Callable[[Reply], Reply]]] = {
    # Who cannot take an event by itself fails on every form of it.
    "apart": (frozenset({"framing"}), _apart),
    "json-lines": (_ABOUT_BYTES, _json_lines),
    "whole": (frozenset({"chunks"}), _whole),
}
