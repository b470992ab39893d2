"""A body as it was sent into the body that was meant: undoes HTTP content codings (RFC 9110 8.4).

Recorders disagree on whether a body that they keep beside a `Content-Encoding` header is still
encoded. The first bytes tell: a body that does not look encoded is taken as it is.
"""

from __future__ import annotations

import zlib
from importlib import import_module
from typing import TYPE_CHECKING

from conformance.cassette.documents import MAX_BYTES

if TYPE_CHECKING:
    from conformance.cassette.node import Node
    from conformance.wire import Headers

__all__ = ["decoded"]

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_STEP = 4096


def decoded(body: bytes, headers: Headers, node: Node) -> bytes:
    """The body with every coding that the headers name undone, the last one first.

    Raises CassetteError, placed at `node`, for a body that is cut short, damaged, too large, or in
    a coding that this Python cannot undo.
    """
    codings = ",".join(value for name, value in headers if name.lower() == "content-encoding")
    if codings and body:
        for coding in reversed(codings.split(",")):
            body = _undone(body, coding.strip().lower(), node)
    return body


def _undone(body: bytes, coding: str, node: Node) -> bytes:
    undo = _UNDO.get(coding)
    if undo is not None:
        return undo(body, node)
    if coding in {"", "identity"} or _is_text(body):
        return body
    raise node.error(
        f"is encoded as `{coding}`, which is unknown", "record without that content coding"
    )


def _gzip(body: bytes, node: Node) -> bytes:
    return _inflated(body, 31, "gzip", node) if body.startswith(_GZIP) else body


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
