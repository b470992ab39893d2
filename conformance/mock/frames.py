"""Events → the pieces of a body: one server-sent event each, or one line of JSON.

JSON is compact, without escapes for what is not ASCII, as the live API writes it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TERMINATOR", "frame", "frames", "json_lines", "to_json"]

TERMINATOR = b"data: [DONE]\n\n"


def to_json(value: object) -> bytes:
    """A value as compact JSON; a lone surrogate, which no text can carry, becomes a `?`."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def frame(event: dict[str, Any], *, named: bool = True) -> bytes:
    """An event as a server-sent event (WHATWG HTML 9.2.5), with or without its name."""
    data = b"data: " + to_json(event) + b"\n\n"
    kind = event.get("type")
    if not named or not isinstance(kind, str):
        return data
    return b"event: " + kind.encode("utf-8", "replace") + b"\n" + data


def frames(
    events: Iterable[dict[str, Any]], *, named: bool = True, terminated: bool = True
) -> list[bytes]:
    """The pieces of an event stream, with or without the terminator."""
    made = [frame(event, named=named) for event in events]
    return [*made, TERMINATOR] if terminated else made


def json_lines(events: Iterable[dict[str, Any]]) -> list[bytes]:
    """The pieces of a body of JSON Lines."""
    return [to_json(event) + b"\n" for event in events]
