"""Chat request → its images: where each stands, and what a data URI says and holds (RFC 2397)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, NamedTuple

from conformance.rules.history import messages_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject

__all__ = ["DataUri", "data_uri", "image_urls", "is_animated_gif", "kind_of"]

# How the four kinds of images begin: ISO/IEC 15948 5.2, ITU T.81 B.1.1.3, GIF89a 17, RFC 9649 2.4.
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"RIFF": "image/webp",
}

# GIF89a: the length of header and screen descriptor, and what introduces the blocks after them.
_SCREEN, _IMAGE, _EXTENSION = 13, 0x2C, 0x21


class DataUri(NamedTuple):
    """A data URI: its media type in lower case ("" when none is given), and its bytes.

    `data` is None when the URI is not marked as base64, or its payload is none.
    """

    media_type: str
    is_base64: bool
    data: bytes | None


def image_urls(subject: Subject) -> Iterator[tuple[str, str]]:
    """(JSON Pointer, URL) of every image in the messages of a chat."""
    for position, message in messages_of(subject):
        content = message.get("content")
        for number, part in enumerate(content if isinstance(content, list) else []):
            image = part.get("image_url") if isinstance(part, dict) else None
            url = image.get("url") if isinstance(image, dict) else None
            if isinstance(url, str):
                yield f"/messages/{position}/content/{number}/image_url/url", url


def data_uri(url: str) -> DataUri | None:
    """What a data URI says and holds; None for any other URL."""
    if url[:5].lower() != "data:":
        return None
    head, _, payload = url[5:].partition(",")
    media_type, *marks = (each.strip().lower() for each in head.split(";"))
    if "base64" not in marks:
        return DataUri(media_type, is_base64=False, data=None)
    payload = "".join(payload.split()).rstrip("=")
    try:
        data = base64.b64decode(payload + "=" * (-len(payload) % 4), validate=True)
    except (binascii.Error, ValueError):
        return DataUri(media_type, is_base64=True, data=None)
    return DataUri(media_type, is_base64=True, data=data)


def kind_of(data: bytes) -> str | None:
    """The media type that an image shows in its first bytes, None when it is none of the four."""
    return next((kind for start, kind in _BEGINNINGS.items() if data.startswith(start)), None)


def is_animated_gif(data: bytes) -> bool:
    """Whether the bytes are a GIF with more than one image (GIF89a, sections 18 to 27)."""
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < _SCREEN:
        return False
    position = _SCREEN + _colours(data[10])
    images = 0
    while position < len(data):
        kind = data[position]
        if kind == _IMAGE:  # descriptor, local colours, code size, blocks
            images += 1
            if images > 1:
                return True
            if position + 9 >= len(data):
                return False
            position = _after_blocks(data, position + 10 + _colours(data[position + 9]) + 1)
        elif kind == _EXTENSION:  # label, blocks
            position = _after_blocks(data, position + 2)
        else:
            return False
    return False


def _colours(flags: int) -> int:
    """The length in bytes of the colour table that a byte of flags announces."""
    return 3 * 2 ** ((flags & 0b111) + 1) if flags & 0b1000_0000 else 0


def _after_blocks(data: bytes, position: int) -> int:
    """The position after a run of sub-blocks, which an empty one ends."""
    while position < len(data) and data[position]:
        position += data[position] + 1
    return position + 1
