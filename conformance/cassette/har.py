"""HAR 1.2 archives (browsers, proxies) into exchanges.

A HAR holds decoded content, so a `Content-Encoding` header says nothing about the text beside it.
Status 0 is what browsers write for a request that got no response; such an exchange has none, and
neither has one whose body was not kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.cassette.vcr import moment
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from conformance.cassette.node import Node
    from conformance.wire import Headers

__all__ = ["read_har"]


def read_har(root: Node, first: int = 1) -> list[Exchange]:
    """The exchanges of an archive; they are numbered from `first`."""
    entries = root.need("log").need("entries").items()
    return [_entry(item, number) for number, item in enumerate(entries, first)]


def _entry(node: Node, number: int) -> Exchange:
    asked = node.need("request")
    posted = asked.get("postData")
    sent = _text(posted) if posted.present else b""
    method = asked.need("method").text()
    request = Request(method, asked.need("url").text(), _headers(asked), sent)
    answered = node.need("response")
    response: Response | None = None
    if answered.need("status").integer() != 0 and not _is_dropped(answered.get("content")):
        content = answered.get("content")
        body = _text(content) if content.present else b""
        response = Response(answered.get("status").status(), _headers(answered), body)
    started = moment(node.get("startedDateTime"), response)
    return Exchange(request, response, Origin(node.file, number, node.line, started))


def _is_dropped(content: Node) -> bool:
    """Whether a body travelled and was not kept, as browsers do with streams."""
    if not content.present or content.get("text").present:
        return False
    size = content.get("size")
    return size.present and size.integer() > 0


def _text(holder: Node) -> bytes:
    text = holder.get("text")
    if holder.get("encoding").optional_text() == "base64":
        return text.base64() if text.present else b""
    return text.data()


def _headers(message: Node) -> Headers:
    # `:method` and the like are frames of HTTP/2, not headers
    return tuple(pair for pair in message.get("headers").headers() if not pair[0].startswith(":"))
