"""A body as it was sent into the body that was meant: undoes HTTP's codings.

Content codings (RFC 9110 8.4), and chunks (RFC 9112 7.1) that a recorder left in place. Recorders
disagree on whether a body that they keep beside a `Content-Encoding` header is still encoded. The
first bytes tell: a body that does not look encoded is taken as it is.
"""

from __future__ import annotations

import re
import zlib
from importlib import import_module
from typing import TYPE_CHECKING

from conformance.cassette.documents import MAX_BYTES

if TYPE_CHECKING:
    from conformance.cassette.node import Node
    from conformance.errors import CassetteError
    from conformance.wire import Headers

__all__ = ["decoded"]

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_STEP = 4096
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
# How compressed data begins when each byte became a character: gzip, zlib, zstd.
_AS_TEXT = (b"\x1f\xc2\x8b", b"\x1f\xef\xbf\xbd", b"x\xc2\x9c", b"x\xc3\x9a", b"(\xc2\xb5/")
# How gzip begins when a decoder dropped what is no UTF-8: its method, or its flags after that.
_BINARY = re.compile(rb"\x1f?\x08[\x00-\x1f]")


def decoded(body: bytes, headers: Headers, node: Node, *, transfer: bool = True) -> bytes:
    """The body with every coding that the headers name undone, the last one first.

    `transfer` says that chunks may be left in the body. Raises CassetteError, placed at `node`, for
    a body that is cut short, damaged, too large, or in a coding that this Python cannot undo.
    """
    if transfer and _CHUNK.match(body):
        names = (value.lower() for name, value in headers if name.lower() == "transfer-encoding")
        if any("chunked" in value for value in names):
            body = _joined(body)
    codings = ",".join(value for name, value in headers if name.lower() == "content-encoding")
    if codings and body:
        for coding in reversed(codings.split(",")):
            body = _undone(body, coding.strip().lower(), node)
    return body


def _joined(body: bytes) -> bytes:
    """What chunks hold; the body itself when it is not chunks from its start to its end."""
    out: list[bytes] = []
    at = 0
    while head := _CHUNK.match(body, at):
        size = int(head[1], 16)
        if size == 0:
            return b"".join(out)
        end = head.end() + size
        if body[end : end + 2] != b"\r\n":
            return body
        out.append(body[head.end() : end])
        at = end + 2
    return body


def _undone(body: bytes, coding: str, node: Node) -> bytes:
    undo = _UNDO.get(coding)
    if undo is not None:
        if body.startswith(_AS_TEXT):
            body = _as_bytes(body, coding, node)
        return undo(body, node)
    if coding in {"", "identity"} or _is_text(body):
        return body
    raise node.error(
        f"is encoded as `{coding}`, which is unknown", "record without that content coding"
    )


def _as_bytes(body: bytes, coding: str, node: Node) -> bytes:
    """Compressed bytes that a recorder kept as text, one character for each byte."""
    try:
        return body.decode().encode("latin-1")
    except UnicodeDecodeError:
        return body  # no text, but the bytes themselves
    except UnicodeEncodeError:
        raise _lost(coding, node) from None


def _lost(coding: str, node: Node) -> CassetteError:
    return node.error(
        f"is `{coding}` data that was read as text, so that bytes of it are lost",
        "record it decoded; in vcrpy, set `decode_compressed_response=True`",
    )


def _gzip(body: bytes, node: Node) -> bytes:
    if body.startswith(_GZIP):
        return _inflated(body, 31, "gzip", node)
    if _BINARY.match(body):
        raise _lost("gzip", node)
    return body


def _deflate(body: bytes, node: Node) -> bytes:
    if _is_text(body):
        return body
    # RFC 9110 8.4.1.2 means the zlib format; some servers send the bare deflate stream
    zlib_format = len(body) > 1 and body[0] & 15 == 8 and (body[0] * 256 + body[1]) % 31 == 0  # noqa: PLR2004
    return _inflated(body, 15 if zlib_format else -15, "deflate", node)


def _inflated(body: bytes, window: int, coding: str, node: Node) -> bytes:
    out = bytearray()
    rest = body
    while True:
        machine = zlib.decompressobj(window)
        try:
            out += machine.decompress(rest, MAX_BYTES + 1 - len(out))
        except zlib.error:
            raise node.error(
                f"is not the `{coding}` data that its header names", _DAMAGED
            ) from None
        if len(out) > MAX_BYTES:
            raise node.error(f"unpacks to more than {MAX_BYTES // 1024**2} MiB")
        if not machine.eof:
            raise node.error(f"is `{coding}` data that ends too early", _DAMAGED)
        rest = machine.unused_data
        if window != 31 or not rest.startswith(_GZIP):  # noqa: PLR2004 - gzip may have several members
            return bytes(out)


def _brotli(body: bytes, node: Node) -> bytes:
    if _is_text(body):
        return body
    try:
        module = import_module("brotli")
    except ImportError:
        raise node.error(
            "is encoded as `br`", "install the package `brotli`, or record without it"
        ) from None
    machine = module.Decompressor()
    out = bytearray()
    try:
        for start in range(0, len(body), _STEP):
            out += machine.process(body[start : start + _STEP])
            if len(out) > MAX_BYTES:
                raise node.error(f"unpacks to more than {MAX_BYTES // 1024**2} MiB")
    except module.error:
        raise node.error("is not the `br` data that its header names", _DAMAGED) from None
    if not machine.is_finished():
        raise node.error("is `br` data that ends too early", _DAMAGED)
    return bytes(out)


def _zstd(body: bytes, node: Node) -> bytes:
    if not body.startswith(_ZSTD):
        return body
    try:
        module = import_module("compression.zstd")
    except ImportError:
        raise node.error("is encoded as `zstd`", "use Python 3.14, or record without it") from None
    machine = module.ZstdDecompressor()
    try:
        out: bytes = machine.decompress(body, MAX_BYTES + 1)
    except module.ZstdError:
        raise node.error("is not the `zstd` data that its header names", _DAMAGED) from None
    if len(out) > MAX_BYTES:
        raise node.error(f"unpacks to more than {MAX_BYTES // 1024**2} MiB")
    if not machine.eof:
        raise node.error("is `zstd` data that ends too early", _DAMAGED)
    return out


def _is_text(body: bytes) -> bool:
    try:
        return body.decode().isprintable() or b"\n" in body
    except UnicodeDecodeError:
        return False


_DAMAGED = "the body is damaged; record it again"
_UNDO = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _brotli, "zstd": _zstd}
