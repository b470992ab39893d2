"""Cassettes of JSON whose `entries` hold bodies by kind, streams event by event, into exchanges.

This form is that of recorders for JavaScript's `fetch`. Each chunk is one event with all its lines but
without the blank line that ends it, which is put back; JSON is kept parsed, and is written out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.cassette.vcr import date_of
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from conformance.cassette.node import Node

__all__ = ["read_entries"]


def read_entries(root: Node, first: int = 1) -> list[Exchange]:
    """The exchanges of a cassette; they are numbered from `first`."""
    return [_entry(item, number) for number, item in enumerate(root.need("entries").items(), first)]


def _entry(node: Node, number: int) -> Exchange:
    asked, answered = node.need("request"), node.need("response")
    method, url = asked.need("method").text(), asked.need("url").text()
    request = Request(method, url, asked.get("headers").headers(), _body(asked.get("body"))[0])
    body, exact = _body(answered.get("body"))
    headers = answered.get("headers").headers()
    response = Response(answered.need("status").status(), headers, body)
    recorded = node.get("recordedAt").optional_text()
    origin = Origin(node.file, number, node.line, recorded or date_of(response))
    return Exchange(request, response, origin, framing=exact)


def _body(body: Node) -> tuple[bytes, bool]:
    if not isinstance(body.value, dict):
        return body.data(), True
    kind = body.need("kind").text()
    if kind == "sse":
        return b"".join(chunk.data() + b"\n\n" for chunk in body.need("chunks").items()), True
    value = body.get("value")
    if kind == "json":
        return value.json_bytes(), False
    return value.base64() if kind in {"base64", "binary"} and value.present else value.data(), True
