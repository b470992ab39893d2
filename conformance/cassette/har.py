"""HAR 1.2 archives (browsers, proxies) into exchanges.

A HAR holds decoded content, so a `Content-Encoding` header says nothing about the text beside it;
only what stands there in base64 may still be compressed. Where no answer came, or its body was not
kept, as browsers do with streams, the answer of the exchange is lost.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from conformance.cassette.content import decoded
from conformance.cassette.vcr import is_judged, moment, without_request
from conformance.errors import CassetteError
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from conformance.cassette.node import Node
    from conformance.wire import Headers

__all__ = ["read_har"]

_NO_ANSWER = (0, -1)
_NO_BODY = (204, 205, 304)


def read_har(root: Node, first: int = 1) -> list[Exchange]:
    """The exchanges of an archive; they are numbered from `first`."""
    entries = root.need("log").need("entries").items()
    return [_entry(item, number) for number, item in enumerate(entries, first)]


def _entry(node: Node, number: int) -> Exchange:
    asked = node.need("request")
    method, url = asked.need("method").text(), asked.need("url").text()
    posted = asked.get("postData")
    answered = node.need("response")
    headers = _headers(answered)
    body = None
    # a request that got no answer has status 0 in browsers, -1 or none in proxies
    status = answered.get("status")
    try:
        sent = _text(posted) if posted.present else b""
        if status.present and status.value not in _NO_ANSWER and not _is_dropped(answered, headers):
            body = _content(answered.get("content"), headers)
    except CassetteError:
        if is_judged(url):
            raise
        sent = b""
    request = Request(method, url, _headers(asked), sent)
    response = None if body is None else Response(status.status(), headers, body)
    started = moment(node.get("startedDateTime"), response)
    origin = Origin(node.file, number, node.line, started)
    made = Exchange(request, response, origin, lost=response is None)
    unkept = method.upper() == "POST" and not sent and asked.get("bodySize").value != 0
    return without_request(made) if unkept else made


def _is_dropped(answered: Node, headers: Headers) -> bool:
    """Whether a body was not kept, as browsers do with streams: it is empty, and nothing says so.

    The size of the content says nothing, since it is 0 too where none was kept.
    """
    content = answered.get("content")
    if content.present and content.get("text").value not in (None, ""):
        return False
    length = [value.strip() for name, value in headers if name.lower() == "content-length"]
    empty = answered.get("bodySize").value == 0 or length == ["0"]
    return not empty and answered.get("status").value not in _NO_BODY


def _text(holder: Node) -> bytes:
    text = holder.get("text")
    encoding = holder.get("encoding").optional_text()
    if encoding == "base64" or holder.get("_isBinary").value is True:
        raw = text.optional_text() or ""
        if raw.startswith("["):
            return _pieces(text, hexadecimal=encoding != "base64")
        return text.base64() if raw else b""
    return text.data()


def _pieces(text: Node, *, hexadecimal: bool) -> bytes:
    """A body that was kept as a JSON list of pieces, each in base64 or hexadecimal digits."""
    try:
        pieces = json.loads(text.text())
        made = b"".join(
            bytes.fromhex(one) if hexadecimal else base64.b64decode(one, validate=True)
            for one in pieces
        )
    except (ValueError, TypeError, RecursionError):
        raise text.error("is not base64, nor a list of pieces in it") from None
    return made


def _content(content: Node, headers: Headers) -> bytes:
    """A body as it was meant: bytes as they are may still be compressed, which text is not."""
    body = _text(content) if content.present else b""
    if content.present and content.get("encoding").present:
        return decoded(body, headers, content, transfer=False)
    return body


def _headers(message: Node) -> Headers:
    # `:method` and the like are frames of HTTP/2, not headers
    return tuple(pair for pair in message.get("headers").headers() if not pair[0].startswith(":"))
