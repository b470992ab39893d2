"""Rules about images in a chat request."""

from __future__ import annotations

import base64
import json

import pytest

from conformance.check import check
from conformance.rules import images
from conformance.rules.image_data import data_uri, is_animated_gif
from conformance.transcript import exchange_from
from conformance.verdict import Level, Party

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
# A GIF of one by one pixels: header, screen, two colours, then images and the end.
HEAD = b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + b"\x00\x00\x00\xff\xff\xff"
CONTROL = b"!\xf9\x04\x00\x0a\x00\x00\x00"
IMAGE = b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
LOCAL = b",\x00\x00\x00\x00\x01\x00\x01\x00\x80" + b"\x00" * 6 + b"\x02\x02D\x01\x00"


def codes(*urls):
    """The codes of the client's errors and warnings about a message with these images."""
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    line = f"user {json.dumps(parts)}"
    violations = check(exchange_from(f"{line}\nmessage-start\nmessage-end ERROR")).violations
    return [v.code for v in violations if v.party is Party.CLIENT and v.level is not Level.INFO]


def gif(data):
    """A data URI of a GIF."""
    return "data:image/gif;base64," + base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/a.png", []),
        ("HTTP://example.com/a", []),
        (f"data:image/png;base64,{PNG}", []),
        (f"DATA:Image/PNG;BASE64,{PNG}", []),
        (f"data:image/jpeg;base64,{PNG}", []),
        (f"data:image/jpg;base64,{PNG}", []),
        (f"data:image/webp;charset=x;base64,{PNG}", []),
        (f"data:image/png;base64,{PNG.rstrip('=')}", []),
        (f"data:image/png;base64,{PNG[:4]}\n{PNG[4:]}", []),
        ("", ["CHAT-033"]),
        ("a.png", ["CHAT-033"]),
        ("https:///a.png", ["CHAT-033"]),
        ("http://[::1/a.png", ["CHAT-033"]),
        ("file:///home/me/a.png", ["CHAT-033"]),
        ("ftp://example.com/a.png", ["CHAT-033"]),
        (PNG, ["CHAT-033"]),
        ("[REDACTED]", []),
        (f"data:image/bmp;base64,{PNG}", ["CHAT-034"]),
        (f"data:text/plain;base64,{PNG}", ["CHAT-034"]),
        (f"data:;base64,{PNG}", ["CHAT-034"]),
        ("data:", ["CHAT-034"]),
        ("data:image/png,%89PNG", ["CHAT-034"]),
        ("data:image/png;base64,not base64!", ["CHAT-034"]),
        ("data:image/png;base64,A", ["CHAT-034"]),
        ("data:image/png;base64,[REDACTED]", []),
        (gif(HEAD + IMAGE + b";"), []),
        (gif(HEAD + CONTROL + IMAGE + b";"), []),
        (gif(HEAD + CONTROL + IMAGE + CONTROL + IMAGE + b";"), ["CHAT-034"]),
    ],
)
def test_urls(url, expected):
    """An image is given by an http address or as one of four types in base64, not animated."""
    assert expected == codes(url)


def test_each_image_is_judged():
    """The second image of a message is judged as the first."""
    assert ["CHAT-033", "CHAT-034"] == codes("a.png", "https://x.org/b", "data:,x")


@pytest.mark.parametrize(
    ("data", "animated"),
    [
        (HEAD + IMAGE + IMAGE + b";", True),
        (HEAD + LOCAL + CONTROL + LOCAL, True),
        (HEAD + LOCAL + b";", False),
        (HEAD + CONTROL + b";", False),
        (HEAD[:10], False),
        (HEAD + IMAGE[:5], False),
        (HEAD + IMAGE[:-1], False),
        (HEAD + b"\x00" + IMAGE + IMAGE, False),
        (b"GIF90a" + HEAD[6:] + IMAGE + IMAGE, False),
        (b"\x89PNG" + IMAGE + IMAGE, False),
        (b"", False),
    ],
)
def test_animation(data, animated):
    """A GIF is animated when it has a second image; a broken one is not called so."""
    assert animated is is_animated_gif(data)


def test_no_data_uri():
    """Any other URL is no data URI."""
    assert data_uri("https://example.com/data:image/png") is None


@pytest.mark.parametrize(("count", "expected"), [(20, []), (21, ["CHAT-035"])])
def test_count(count, expected):
    """Twenty images are allowed, one more is not."""
    assert expected == codes(*[f"https://example.com/{n}.png" for n in range(count)])


def test_size_limit():
    """The limit is 20 MB in the larger reading of it."""
    assert 20 * 2**20 == images._MOST_BYTES


@pytest.mark.parametrize(("size", "expected"), [(500, []), (501, ["CHAT-035"])])
def test_size(size, expected, monkeypatch):
    """The images of a request may have so many bytes together, and no more."""
    monkeypatch.setattr(images, "_MOST_BYTES", 1000)
    url = "data:image/png;base64," + base64.b64encode(bytes(size)).decode()

    assert expected == codes(url, url)


@pytest.mark.parametrize("part", [None, 5, "x", [], {}, {"url": 5}, {"url": None}])
def test_parts_of_another_form(part):
    """A part that is no image is left to the rules about the schema."""
    line = f"user {json.dumps([{'type': 'image_url', 'image_url': part}, 5, None])}"
    violations = check(exchange_from(f"{line}\nmessage-start\nmessage-end ERROR")).violations

    assert not {v.code for v in violations} & {"CHAT-033", "CHAT-034", "CHAT-035"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n", []),
        (b"\xff\xd8\xff\xe0", []),
        (b"RIFF\x00\x00\x00\x00WEBP", []),
        (HEAD + IMAGE + b";", []),
        (b"an image, some day", ["CHAT-034"]),
        (b"", []),
    ],
)
def test_bytes_that_are_no_image(data, expected):
    """In what we saw sent an image begins as one; a recording may hold anything in its place."""
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    line = f"user {json.dumps([{'type': 'image_url', 'image_url': {'url': url}}])}"
    found = check(exchange_from(f"observed\n{line}\nmessage-start\nmessage-end ERROR")).violations

    assert expected == [
        v.code for v in found if v.level is Level.WARNING and v.party is Party.CLIENT
    ]
    assert [] == codes(url)
