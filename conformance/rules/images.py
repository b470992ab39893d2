"""Chat request: the images in its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.request import is_redacted
from conformance.rules.image_data import data_uri, image_urls, is_animated_gif, kind_of
from conformance.rules.registry import Finding, prose, rule
from conformance.rules.wording import quote, quote_all
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject

_MOST_IMAGES = 20
# The documentation says 20 MB; an image is too much only in the larger reading of that.
_MOST_BYTES = 20 * 1024 * 1024
_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
# Not registered, but sent for JPEG by many.
_ALIASES = ("image/jpg",)
_HEAD = 80


@rule("CHAT-033", "image-url", party=Party.CLIENT, source=prose("CR-18"))
def image_url(subject: Subject) -> Iterator[Finding]:
    """The URL of an image is a data URI or an http(s) address.

    Help: the server cannot get at the image and refuses the request
    Conforms:
        user [{"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}]
        message-start
        message-end ERROR
    Breaks:
        user [{"type": "image_url", "image_url": {"url": "/home/me/cat.png"}}]
        message-start
        message-end ERROR
    """
    for pointer, url in image_urls(subject):
        if data_uri(url) is None and not _is_web_address(url) and not is_redacted(url[:_HEAD]):
            yield Finding(
                f"the image URL {quote(url)} is neither a data URI nor an http address",
                pointer=pointer,
                note="data: or http(s):",
            )


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.netloc)


@rule("CHAT-034", "image-type", party=Party.CLIENT, source=prose("CR-19"))
def image_type(subject: Subject) -> Iterator[Finding]:
    """An image in a data URI is a PNG, JPEG, WebP or still GIF, in base64.

    Bytes that are none of these are a warning only: tests put anything there.

    Help: the server cannot read the image and refuses the request
    Conforms:
        user [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]
        message-start
        message-end ERROR
    Breaks:
        user [{"type": "image_url", "image_url": {"url": "data:image/tiff;base64,SUkqAA=="}}]
        message-start
        message-end ERROR
    """
    for pointer, url in image_urls(subject):
        found = data_uri(url)
        if found is None:
            continue
        level = None
        if found.media_type not in _TYPES + _ALIASES:
            why = f"has the type {quote(found.media_type)}, not one of {quote_all(_TYPES)}"
        elif not found.is_base64:
            why = "is not marked as `base64`"
        elif found.data is None:
            if is_redacted(url.partition(",")[2][:_HEAD]):
                continue  # a recorder took the image out
            why = "is marked as `base64` and is none"
        elif is_animated_gif(found.data):
            why = "is an animated GIF"
        elif found.data and kind_of(found.data) is None and subject.exchange.observed:
            why, level = "does not begin as any of these do", Level.WARNING
        else:
            continue
        note = "PNG, JPEG, WebP or still GIF"
        yield Finding(f"an image {why}", pointer=pointer, note=note, level=level)


@rule("CHAT-035", "too-many-images", party=Party.CLIENT, source=prose("CR-19"))
def too_many_images(subject: Subject) -> Iterator[Finding]:
    """A request has at most 20 images, and at most 20 MB of them.

    Help: the server refuses the request
    Conforms:
        images 20
        message-start
        message-end ERROR
    Breaks:
        images 21
        message-start
        message-end ERROR
    """
    images = list(image_urls(subject))
    size = sum(len(found.data) for _, url in images if (found := data_uri(url)) and found.data)
    if len(images) > _MOST_IMAGES:
        yield Finding(
            f"the request has `{len(images)}` images; at most `{_MOST_IMAGES}` are allowed",
            pointer=images[_MOST_IMAGES][0],
            note="one too many",
        )
    if size > _MOST_BYTES:
        yield Finding(
            f"the images of the request have `{size}` bytes; at most `{_MOST_BYTES}` are allowed",
            pointer="/messages",
        )
