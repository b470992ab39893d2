"""Recordings of httpmock (`when` and `then`, one YAML document each) into exchanges.

This recorder rewrites JSON (members in alphabetical order) but leaves the framing of a stream as it
was, and keeps no host: the URL is only a path where none is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from conformance.cassette.content import decoded
from conformance.cassette.vcr import date_of
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from conformance.cassette.node import Node
    from conformance.wire import Headers

__all__ = ["read_httpmock"]


def read_httpmock(root: Node, number: int = 1) -> list[Exchange]:
    """The exchange of one document."""
    when, then = root.need("when"), root.need("then")
    method = when.get("method").optional_text() or "GET"
    request = Request(method, _address(when), _headers(when), _body(when)[0])
    status = then.get("status")
    headers = _headers(then)
    body, exact = _body(then)
    if exact:
        body = decoded(body, headers, then.get("body"))
    response = Response(status.status() if status.present else 200, headers, body)
    origin = Origin(root.file, number, root.line, date_of(response))
    return [Exchange(request, response, origin, framing=exact)]


def _address(when: Node) -> str:
    path = when.need("path").text()
    query = when.get("query_param").headers()
    if query:
        path = f"{path}?{urlencode(query)}"
    host = when.get("host").optional_text()
    if host is None:
        return path
    scheme = when.get("scheme").optional_text() or "https"
    port = when.get("port")
    return (
        f"{scheme}://{host}:{port.integer()}{path}" if port.present else f"{scheme}://{host}{path}"
    )


def _headers(message: Node) -> Headers:
    found = message.get("header")
    return (found if found.present else message.get("headers")).headers()


def _body(message: Node) -> tuple[bytes, bool]:
    if message.get("body_base64").present:
        return message.get("body_base64").base64(), True
    for key in ("body", "json_body"):
        body = message.get(key)
        if key == "json_body" and body.present:
            return body.json_bytes(), False
        if body.present:
            return body.data(), True
    return b"", True
