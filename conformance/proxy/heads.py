"""The head of a message as it came → the head to send on, without what concerns one connection only.

Everything else stays as it is, in its order and with its letters: a server behind the proxy sees
what the client sent. For the same reason no `Via` is added.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from conformance.proxy.framing import Head

__all__ = ["refusal", "request_head", "response_head"]

# RFC 9110 7.6.1: these, and whatever `Connection` names, are for the next hop alone.
# `Transfer-Encoding` and `Trailer` stay, since the framing of the body is sent on with it.
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"upgrade", b"proxy-authorization"}
)
_KEPT = frozenset({b"transfer-encoding", b"trailer", b"content-length", b"host"})


def _end_to_end(head: Head) -> list[tuple[bytes, bytes]]:
    hop = (_HOP_BY_HOP | set(head.lower(b"connection"))) - _KEPT
    # RFC 9112 6.3: a length beside a transfer coding is to be taken out by whoever sends it on
    if head.values(b"transfer-encoding"):
        hop |= {b"content-length"}
    return [(name, value) for name, value in head.fields if name.lower() not in hop]


def _joined(line: bytes, fields: list[tuple[bytes, bytes]]) -> bytes:
    return b"\r\n".join([line, *(b"%s: %s" % pair for pair in fields), b"", b""])


def origin_form(target: str) -> str:
    """The path and the query of a target, also of one that names the whole URL."""
    if target.startswith("/"):
        return target
    parts = urlsplit(target)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def request_head(head: Head, base: str) -> bytes:
    """The head to send to the server at this base URL."""
    parts = urlsplit(base)
    target = f"{parts.path.rstrip('/')}{origin_form(head.target)}"
    method, _, rest = head.line.partition(b" ")
    version = rest.rpartition(b" ")[2]
    fields = [pair for pair in _end_to_end(head) if pair[0].lower() != b"host"]
    fields.insert(
        0, (b"Host", parts.netloc.encode("idna" if not parts.netloc.isascii() else "ascii"))
    )
    if not head.keeps_alive:
        fields.append((b"Connection", b"close"))
    return _joined(b" ".join((method, target.encode("latin-1"), version)), fields)


def response_head(head: Head, *, closes: bool) -> bytes:
    """The head to send to the client; `closes` says that the connection ends after the message."""
    fields = _end_to_end(head)
    if closes:
        fields.append((b"Connection", b"close"))
    elif head.version == 0:
        fields.append((b"Connection", b"keep-alive"))
    return _joined(head.line, fields)


def refusal(status: str, message: str) -> bytes:
    """A whole response of the proxy itself, in the form of the API's errors."""
    body = json.dumps({"message": message}).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
