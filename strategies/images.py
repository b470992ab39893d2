"""Choices → images: tiny ones as data URIs, and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .source import Source

__all__ = ["image"]

# One pixel in each of the four formats, made with an encoder and decoded again to be sure.
_URLS = (
    "https://example.com/tide.png",
    "data:image/gif;base64,R0lGODdhAQABAIEAAP///wAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw==",
    (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCM"
        "mQAAAABJRU5ErkJggg=="
    ),
    "data:image/webp;base64,UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAfQ//73v/+BiOh/AAA=",
    (
        "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP///////////////////////////////////////"
        "///////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//E"
        "ABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AR//Z"
    ),
    "http://192.0.2.7/weather%20map.webp?size=1",
)
_DETAILS = (None, "auto", "low", "high")


def image(source: Source) -> dict[str, Any]:
    """A content part with an image."""
    inner = {"url": source.pick(_URLS)}
    detail = source.pick(_DETAILS)
    if detail is not None:
        inner["detail"] = detail
    return {"type": "image_url", "image_url": inner}
