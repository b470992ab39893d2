"""Events ↔ the pieces of an event stream, in the one form that the live API sends."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["data_of", "framed", "with_data"]


def framed(event: dict[str, Any]) -> bytes:
    """An event as a server-sent event."""
    data = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return b"event: " + str(event.get("type")).encode() + b"\ndata: " + data + b"\n\n"


def data_of(piece: bytes) -> bytes:
    """What stands behind the first `data:` of a piece; empty when there is none."""
    for line in piece.split(b"\n"):
        if line.startswith(b"data:"):
            return line[5:].strip()
    return b""


def with_data(piece: bytes, data: bytes) -> bytes:
    """A piece with other data on its data line."""
    return piece.replace(data_of(piece), data, 1)
