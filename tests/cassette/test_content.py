"""Content codings are undone, and a body that cannot be decoded is an error that names it."""

from __future__ import annotations

import base64
import gzip
import json
import sys
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cassette import content, read
from conformance.cassette.node import Node
from conformance.errors import CassetteError

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b'event: message-end\ndata: {"type":"message-end"}\n\n' * 20
HERE = Node(None, "a.yaml", "body", 7)


def bare(body: bytes) -> bytes:
    """A deflate stream without the zlib format around it."""
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(body) + machine.flush()


def decoded(body: bytes, coding: str) -> bytes:
    """The body decoded as a header of this value asks."""
    return content.decoded(body, (("Content-Encoding", coding),), HERE)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("GZIP ", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT, mtime=0)),
        ("gzip", gzip.compress(TEXT[:50], mtime=0) + gzip.compress(TEXT[50:], mtime=0)),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"\0\0"),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", bare(TEXT)),
        ("deflate, gzip", gzip.compress(zlib.compress(TEXT), mtime=0)),
        ("identity", TEXT),
        ("", TEXT),
        ("gzip", TEXT),
        ("deflate", TEXT),
        ("br", TEXT),
        ("zstd", TEXT),
        ("something", TEXT),
    ],
)
def test_decoded(coding: str, body: bytes) -> None:
    """Each coding is undone, the last one first; a body that a recorder decoded stays."""
    assert TEXT == decoded(body, coding)


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "deflate,gzip"]))
def test_round_trip(body: bytes, coding: str) -> None:
    """Any body comes back from its coding."""
    packed = body
    for one in coding.split(","):
        packed = gzip.compress(packed, mtime=0) if one == "gzip" else zlib.compress(packed)

    assert body == decoded(packed, coding)


@pytest.mark.parametrize(
    ("coding", "body", "what"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)[:-9], "is `gzip` data that ends too early"),
        ("gzip", b"\x1f\x8b\xff" + TEXT, "is not the `gzip` data"),
        ("deflate", zlib.compress(TEXT)[:-5], "is `deflate` data that ends too early"),
        ("deflate", b"\xff\xff\xff", "is not the `deflate` data"),
        ("lzma", b"\xff\xff", "is encoded as `lzma`, which is unknown"),
    ],
)
def test_damaged(coding: str, body: bytes, what: str) -> None:
    """What cannot be decoded is an error that names file and line."""
    with pytest.raises(CassetteError, match=what) as caught:
        decoded(body, coding)

    assert "a.yaml:7" == caught.value.where


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small body that unpacks to a huge one is refused before it fills the memory."""
    monkeypatch.setattr(content, "MAX_BYTES", 1000)

    with pytest.raises(CassetteError, match="unpacks to more than"):
        decoded(gzip.compress(b"\0" * 1001, mtime=0), "gzip")

    assert 1000 == len(decoded(gzip.compress(b"\0" * 1000, mtime=0), "gzip"))


@pytest.mark.parametrize(
    ("coding", "body"), [("br", b"\x8b\xff\xff"), ("zstd", b"\x28\xb5\x2f\xfd\0")]
)
def test_missing_decoder(monkeypatch: pytest.MonkeyPatch, coding: str, body: bytes) -> None:
    """Where Python has no decoder, the error says how to get one."""
    monkeypatch.setitem(sys.modules, "brotli", None)
    monkeypatch.setitem(sys.modules, "compression.zstd", None)

    with pytest.raises(CassetteError, match=f"is encoded as `{coding}`") as caught:
        decoded(body, coding)

    assert caught.value.hint is not None


class FakeBrotli:
    """Stands for the package `brotli`: a body is decoded by leaving out its first byte."""

    error = ValueError

    class Decompressor:
        """Decodes once, and is finished when the first byte was not 0."""

        def __init__(self) -> None:
            self.last = 1

        def process(self, body: bytes) -> bytes:
            """All but the first byte."""
            if body[1:2] == b"\xff":
                raise ValueError
            self.last = body[0]
            return body[1:]

        def is_finished(self) -> bool:
            """Whether the stream came to its end."""
            return self.last != 0


def test_brotli(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the package at hand, brotli is decoded, and its failures are errors of the recording."""
    monkeypatch.setitem(sys.modules, "brotli", FakeBrotli)

    assert b"ab\xfe" == decoded(b"\x01ab\xfe", "br")
    with pytest.raises(CassetteError, match="ends too early"):
        decoded(b"\x00ab\xfe", "br")
    with pytest.raises(CassetteError, match="is not the `br` data"):
        decoded(b"\x01\xff", "br")
    monkeypatch.setattr(content, "MAX_BYTES", 2)
    with pytest.raises(CassetteError, match="unpacks to more than"):
        decoded(b"\x01ab\xfe", "br")


class FakeZstd:
    """Stands for the module `compression.zstd`: a frame is its magic number and the content."""

    ZstdError = ValueError

    class ZstdDecompressor:
        """Decodes once; a content that ends in 0 is one that was cut."""

        eof = True

        def decompress(self, body: bytes, limit: int) -> bytes:
            """The content behind the magic number."""
            if body[4:5] == b"\xff":
                raise ValueError
            self.eof = body[-1:] != b"\0"
            return body[4 : 4 + limit]


def test_zstd(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the module at hand, zstd is decoded, and its failures are errors of the recording."""
    monkeypatch.setitem(sys.modules, "compression.zstd", FakeZstd)
    magic = b"\x28\xb5\x2f\xfd"

    assert b"ab" == decoded(magic + b"ab", "zstd")
    with pytest.raises(CassetteError, match="ends too early"):
        decoded(magic + b"ab\0", "zstd")
    with pytest.raises(CassetteError, match="is not the `zstd` data"):
        decoded(magic + b"\xff", "zstd")
    monkeypatch.setattr(content, "MAX_BYTES", 1)
    with pytest.raises(CassetteError, match="unpacks to more than"):
        decoded(magic + b"ab", "zstd")


def test_cut_body_names_its_interaction(tmp_path: Path) -> None:
    """In a cassette, the error leads to the body that is damaged."""
    packed = base64.b64encode(gzip.compress(TEXT, mtime=0)[:-9]).decode()
    item = {
        "request": {"method": "POST", "uri": "/v2/chat", "body": None, "headers": {}},
        "response": {
            "status": {"code": 200},
            "headers": {"content-encoding": ["gzip"]},
            "body": {"base64_string": packed},
        },
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"interactions": [item]}))

    with pytest.raises(CassetteError) as caught:
        read(path)

    assert "`interactions[0].response.body` is `gzip` data that ends too early" == caught.value.what
