"""vcrpy cassettes (version 1, YAML or JSON) and those of its relatives into exchanges.

Relatives: what vcrpy itself wrote for httpx before version 6, its lists before version 1, php-vcr,
go-vcr, Betamax for Java, ExVCR, req_cassette. They differ in how they name the address, the status
and the body.

A body is what its codings stand for; the headers that name them stay. A recorder that keeps a
parsed body has lost the bytes, so its exchanges say that framing cannot be judged. Of an exchange
that nobody judges the bodies need not be readable.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.cassette.content import decoded
from conformance.errors import CassetteError
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from conformance.cassette.node import Node
    from conformance.wire import Headers

__all__ = [
    "address_of",
    "body_of",
    "date_of",
    "interaction",
    "is_judged",
    "moment",
    "read_vcr",
    "response_body",
    "status_of",
    "without_request",
]

_JUDGED = re.compile(r"/v2/(?:chat|rerank)/*(?:[?#]|\Z)")
_STATUS_LINE = re.compile(r"[1-9][0-9]{2} ")


def read_vcr(root: Node, first: int = 1) -> list[Exchange]:
    """The exchanges of one document; they are numbered from `first`."""
    items = root.items() if isinstance(root.value, list) else root.need("interactions").items()
    return [interaction(item, number) for number, item in enumerate(items, first)]


def interaction(node: Node, number: int, *, ours: bool = False) -> Exchange:
    """One item of `interactions`; in `ours` no coding of the transfer is left to undo."""
    asked = node.need("request")
    # some write the method as a symbol
    method = asked.need("method").text().removeprefix(":")
    url, sent_headers = address_of(asked), asked.get("headers").headers()
    answered = node.need("response")
    headers, status = answered.get("headers").headers(), status_of(answered)
    try:
        sent = sent_body(asked, sent_headers)
        body, framing = response_body(answered, headers, ours=ours)
    except CassetteError:
        if is_judged(url):
            raise
        sent, body, framing = b"", b"", False
    response = Response(status, headers, body)
    recorded = moment(node.get("recorded_at"), response)
    origin = Origin(node.file, number, node.line, recorded)
    request = Request(method, url, sent_headers, sent)
    made = Exchange(request, response, origin, framing=framing)
    announced = request.header("content-length") not in {None, "0"}
    return without_request(made) if announced and not sent and not ours else made


def is_judged(url: str) -> bool:
    """Whether an address may be one of those that are judged."""
    return _JUDGED.search(url) is not None


def without_request(made: Exchange) -> Exchange:
    """An exchange whose request had a body that was not kept: only the answer can be judged.

    What the exchange answers is still told by its address, and a stream by its media type.
    """
    request, response = made.request, made.response
    if request is None or response is None or not is_judged(request.url):
        return made
    if request.path.endswith("/rerank"):
        return replace(made, request=None, endpoint="rerank")
    if response.media_type == "text/event-stream":
        return replace(made, request=None, endpoint="chat-stream")
    return made


def address_of(asked: Node) -> str:
    """The URL of a request; very old cassettes have it in parts."""
    for key in ("uri", "url"):
        if asked.get(key).present:
            return asked.get(key).text()
    if not asked.has("host", "path"):
        raise asked.error("has no `uri` and no `url`")
    scheme = asked.get("protocol").optional_text() or "https"
    port = asked.get("port").optional_text()
    host = asked.get("host").text() + (f":{port}" if port not in {None, "80", "443"} else "")
    return f"{scheme}://{host}{asked.get('path').text()}"


def sent_body(asked: Node, headers: Headers) -> bytes:
    """A request's body with its content codings undone."""
    body, exact = body_of(asked, loose=True)
    return decoded(body, headers, asked.get("body")) if exact else body


def response_body(answered: Node, headers: Headers, *, ours: bool = False) -> tuple[bytes, bool]:
    """A response's body with its codings undone, and whether these are the bytes that were sent."""
    body, exact = body_of(answered)
    if not exact:
        return body, exact  # a parsed body has been decoded by definition
    return decoded(body, headers, answered.get("body"), transfer=not ours), exact


def body_of(message: Node, *, loose: bool = False) -> tuple[bytes, bool]:
    """The body of a request or response, and False when the recorder kept only its parsed form.

    `loose` takes a mapping that is no known form of a body for the body itself.
    """
    if message.get("body_type").present:
        return _by_type(message)
    body = message.get("body")
    if isinstance(body.value, dict):
        return _mapped(body, loose=loose)
    if isinstance(body.value, list) and all(isinstance(one, (str, bytes)) for one in body.value):
        return b"".join(one.data() for one in body.items()), True
    if body.present and body.value != "":
        return body.data(), True
    if message.get("parsed_body").present:
        return message.get("parsed_body").json_bytes(), False
    for key in ("content", "request_body"):
        if message.get(key).present:
            return message.get(key).data(), True
    return b"", True


def _mapped(body: Node, *, loose: bool) -> tuple[bytes, bool]:
    if body.has("base64_string"):
        return body.get("base64_string").base64(), True
    if body.has("string"):
        return body.get("string").data(), True
    if body.has("content"):
        return _typed(body)
    state = body.get("state")
    if isinstance(state.value, list) and state.value:
        return state.items()[0].data(), True  # a file object of Python
    if not body.value:
        return b"", True
    if loose:
        return body.json_bytes(), False
    raise body.error("has neither `string` nor `base64_string`")


def _by_type(message: Node) -> tuple[bytes, bool]:
    """A body whose member is named after its type."""
    kind = message.get("body_type").text()
    if kind == "json":
        return message.get("body_json").json_bytes(), False
    if kind == "blob":
        return message.get("body_blob").base64(), True
    return message.get("body").data(), True


def _typed(body: Node) -> tuple[bytes, bool]:
    content = body.get("content")
    kind = body.get("type").optional_text()
    if kind in {"base64", "binary"} and isinstance(content.value, str):
        return content.base64(), True
    if kind == "json" or isinstance(content.value, (list, dict)):
        return content.json_bytes(), False
    return content.data(), True


def status_of(answered: Node) -> int:
    """The status of a response: `{code, message}`, a number, or a status line beside one."""
    for key in ("code", "status_code"):
        if answered.get(key).present:
            return answered.get(key).status()
    status = answered.need("status")
    if isinstance(status.value, dict):
        return status.need("code").status()
    if isinstance(status.value, str) and _STATUS_LINE.match(status.value):
        return int(status.value[:3])
    return status.status()


def date_of(response: Response | None) -> str | None:
    """The Date header of a response."""
    return None if response is None else response.header("date")


def moment(written: Node, response: Response | None) -> str | None:
    """When an exchange was recorded: what the recorder wrote, else the Date of the response."""
    return written.text() if written.present else date_of(response)
