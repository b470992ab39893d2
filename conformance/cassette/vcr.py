"""vcrpy cassettes (version 1, YAML or JSON, and their older and younger relatives) into exchanges.

The body of a response is what its content codings stand for; the header that names them stays. A
recorder that keeps a parsed body (`parsed_body`, or `body: {type: json, content: ...}`) has lost
the bytes, so its exchanges say that framing cannot be judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.cassette.content import decoded
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from conformance.cassette.node import Node
    from conformance.wire import Headers

__all__ = ["body_of", "date_of", "interaction", "moment", "read_vcr", "response_body", "status_of"]


def read_vcr(root: Node, first: int = 1) -> list[Exchange]:
    """The exchanges of one document; they are numbered from `first`."""
    items = root.items() if isinstance(root.value, list) else root.need("interactions").items()
    return [interaction(item, number) for number, item in enumerate(items, first)]


def interaction(node: Node, number: int) -> Exchange:
    """One item of `interactions`."""
    asked = node.need("request")
    address = asked.get("uri") if asked.get("uri").present else asked.need("url")
    sent, _ = body_of(asked)
    request = Request(
        asked.need("method").text(), address.text(), asked.get("headers").headers(), sent
    )
    answered = node.need("response")
    headers = answered.get("headers").headers()
    body, framing = response_body(answered, headers)
    response = Response(status_of(answered), headers, body)
    recorded = moment(node.get("recorded_at"), response)
    origin = Origin(node.file, number, node.line, recorded)
    return Exchange(request, response, origin, framing=framing)


def response_body(answered: Node, headers: Headers) -> tuple[bytes, bool]:
    """A response's body with its codings undone, and whether these are the bytes that were sent."""
    body, exact = body_of(answered)
    # a parsed body has been decoded by definition
    return (decoded(body, headers, answered.get("body")) if exact else body), exact


def body_of(message: Node) -> tuple[bytes, bool]:
    """The body of a request or response, and False when the recorder kept only its parsed form."""
    body = message.get("body")
    if not isinstance(body.value, dict):
        parsed = message.get("parsed_body")
        if not body.present and parsed.present:
            return parsed.json_bytes(), False
        return body.data(), True
    if body.has("base64_string"):
        return body.get("base64_string").base64(), True
    if body.has("string"):
        return body.get("string").data(), True
    if body.has("content"):
        return _typed(body)
    if body.value:
        raise body.error("has neither `string` nor `base64_string`")
    return b"", True


def _typed(body: Node) -> tuple[bytes, bool]:
    content = body.get("content")
    kind = body.get("type").optional_text()
    if kind in {"base64", "binary"} and isinstance(content.value, str):
        return content.base64(), True
    if kind == "json" or isinstance(content.value, (list, dict)):
        return content.json_bytes(), False
    return content.data(), True


def status_of(answered: Node) -> int:
    """The status of a response: `{code, message}`, or only the number."""
    status = answered.need("status")
    return (status.need("code") if isinstance(status.value, dict) else status).status()


def date_of(response: Response | None) -> str | None:
    """The Date header of a response."""
    return None if response is None else response.header("date")


def moment(written: Node, response: Response | None) -> str | None:
    """When an exchange was recorded: what the recorder wrote, else the Date of the response."""
    return written.text() if written.present else date_of(response)
