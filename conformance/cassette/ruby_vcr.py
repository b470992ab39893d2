"""Ruby VCR cassettes (`http_interactions`, YAML or JSON) into exchanges."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.cassette.content import decoded
from conformance.cassette.vcr import is_judged, moment, status_of
from conformance.errors import CassetteError
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from conformance.cassette.node import Node

__all__ = ["read_ruby_vcr"]

# Character encodings that Ruby may name. Others, and ASCII-8BIT, which means "bytes", stand for
# text that YAML already holds as UTF-8.
_CHARSETS = re.compile(
    r"iso-8859-\d{1,2}|windows-125\d|shift_jis|euc-jp|euc-kr|gb18030|big5", re.IGNORECASE
)


def read_ruby_vcr(root: Node, first: int = 1) -> list[Exchange]:
    """The exchanges of one document; they are numbered from `first`."""
    items = root.need("http_interactions").items()
    return [_interaction(item, number) for number, item in enumerate(items, first)]


def _interaction(node: Node, number: int) -> Exchange:
    asked = node.need("request")
    # Ruby writes the method as a symbol, in lower case
    method = asked.need("method").text().removeprefix(":").upper()
    sent = _body(asked.get("body"))
    request = Request(method, asked.need("uri").text(), asked.get("headers").headers(), sent)
    answered = node.need("response")
    headers = answered.get("headers").headers()
    body = answered.get("body")
    try:
        content = decoded(_body(body), headers, body)
    except CassetteError:
        if is_judged(request.url):
            raise
        content = b""
    response = Response(status_of(answered), headers, content)
    recorded = moment(node.get("recorded_at"), response)
    return Exchange(request, response, Origin(node.file, number, node.line, recorded))


def _body(body: Node) -> bytes:
    if not isinstance(body.value, dict):
        return body.data()
    if body.has("base64_string"):
        return body.get("base64_string").base64()
    string = body.get("string")
    charset = body.get("encoding").optional_text() or ""
    if (
        isinstance(string.value, str)
        and not string.value.isascii()
        and _CHARSETS.fullmatch(charset)
    ):
        try:
            return string.value.encode(charset)
        except (UnicodeEncodeError, LookupError):
            # Ruby keeps the text as it is when it does not fit its encoding
            return string.data()
    return string.data()
