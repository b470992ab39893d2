"""A violation and its exchange → the bytes it is about.

A JSON Pointer is followed through the text itself, since the bytes are to be marked and not the
value that they make.
"""

from __future__ import annotations

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # absent from the stubs
from typing import TYPE_CHECKING

from conformance.verdict import Party

if TYPE_CHECKING:
    from conformance.reading import Reading
    from conformance.violation import Violation
    from conformance.wire import Exchange

__all__ = ["offending_bytes", "pointed_at"]

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def pointed_at(text: str, pointer: str) -> tuple[int, int] | None:
    """The characters `[start, end)` of the value at a JSON Pointer in a JSON text.

    Of a name that comes twice the last counts, as for most readers. None when the text is not JSON
    or the pointer leads nowhere.
    """
    tokens = [t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:]]
    try:
        position = _skip(text, 0)
        for token in tokens:
            position = _descend(text, position, token)
        return position, _DECODER.raw_decode(text, position)[1]
    except (ValueError, LookupError, RecursionError):
        return None


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _descend(text: str, position: int, token: str) -> int:
    """Where the value of a member or an item begins. LookupError when there is none."""
    opening = text[position : position + 1]
    if opening not in ("{", "["):
        raise LookupError(token)
    found = None
    number = 0
    position = _skip(text, position + 1)
    while text[position : position + 1] not in ("}", "]", ""):
        name = str(number)
        if opening == "{":
            name, position = scanstring(text, position + 1, False)
            position = _skip(text, position)
            position = _skip(text, position + 1)  # the colon
        if name == token:
            found = position
        position = _skip(text, _DECODER.raw_decode(text, position)[1])
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
        number += 1
    if found is None:
        raise LookupError(token)
    return found


def offending_bytes(
    violation: Violation, exchange: Exchange, reading: Reading | None
) -> tuple[int, int] | None:
    """The bytes `[start, end)` that a violation is about.

    They count in the request body when the party is the client, else in the response body. None when
    it is about no bytes of a body: a status, a header, something that is missing altogether.
    """
    if violation.party is Party.CLIENT:
        body = exchange.request.body if exchange.request else b""
    else:
        body = exchange.response.body if exchange.response else b""
        if reading is not None and violation.event is not None:
            return _in_event(violation, reading, len(body))
    if violation.pointer is not None:
        found = _in_json(body, violation.pointer)
        if found is not None:
            return found
    if violation.byte is None or violation.byte >= len(body):
        return None
    return violation.byte, _line_end(body, violation.byte)


def _in_event(violation: Violation, reading: Reading, size: int) -> tuple[int, int] | None:
    assert violation.event is not None  # the caller looked
    if violation.event > len(reading.events):
        return None
    frame = reading.events[violation.event - 1].frame
    if violation.pointer is not None:
        found = pointed_at(frame.data, violation.pointer)
        if found is not None:
            return frame.byte_of(found[0]), frame.byte_of(found[1])
    start, end = frame.start, min(frame.end, size)
    if violation.byte is not None and start < violation.byte < end:
        start = violation.byte
    return start, end


def _in_json(body: bytes, pointer: str) -> tuple[int, int] | None:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    found = pointed_at(text, pointer)
    if found is None:
        return None
    start = len(text[: found[0]].encode())
    return start, start + len(text[found[0] : found[1]].encode())


def _line_end(body: bytes, start: int) -> int:
    ends = [at for at in (body.find(b"\n", start + 1), body.find(b"\r", start + 1)) if at > 0]
    return min([*ends, len(body)])
