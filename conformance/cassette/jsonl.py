"""JSON objects, one exchange a line, into exchanges and back. A capsule is one such object alone.

The form is described in docs/formats.md. Text bodies are text, all others base64; what has its
default value is left out.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from conformance.cassette.documents import load_json
from conformance.cassette.node import STATUSES, Node, node_of
from conformance.cassette.vcr import address_of, date_of, moment, status_of
from conformance.wire import Chunk, Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.wire import Headers

__all__ = [
    "as_lines",
    "as_record",
    "checked",
    "chunks_of",
    "read_lines",
    "read_record",
    "statuses_of",
]

# Members that hold a body in other forms; to pass over them would make it an empty one.
_NOT_BODY = ("text", "content", "data", "json", "payload", "raw", "body_json", "body_blob")


def read_lines(text: str, file: str) -> list[Exchange]:
    """The exchanges of a JSON Lines text; blank lines are skipped."""
    out: list[Exchange] = []
    # not splitlines: JSON text may hold U+2028 and its like
    for at, line in enumerate(text.split("\n"), 1):
        if line.strip():
            root = node_of(load_json(line, file, at), file)
            out.append(read_record(_placed(root, at), len(out) + 1))
    return out


def read_record(node: Node, number: int = 1) -> Exchange:
    """One exchange. CassetteError when neither a request nor a response is in it."""
    if not node.has("request") and not node.has("response"):
        raise node.error("is not an exchange: it has neither `request` nor `response`")
    asked, answered = node.get("request"), node.get("response")
    request: Request | None = None
    if asked.present:
        method = asked.need("method").text()
        request = Request(method, address_of(asked), asked.get("headers").headers(), _body(asked))
    response = _response(answered) if answered.present else None
    recorded = moment(node.get("recorded_at"), response)
    return Exchange(
        request,
        response,
        Origin(node.file, number, node.line, recorded),
        observed=node.get("observed").flag(default=False),
        endpoint=node.get("endpoint").optional_text(),
        framing=node.get("framing").flag(default=True),
        live=node.get("live").flag(default=False),
        expect=statuses_of(node.get("expect")),
    )


def as_record(exchange: Exchange) -> dict[str, object]:
    """One exchange as an object of this form. ValueError for what no recording can hold."""
    checked(exchange)
    out: dict[str, object] = {}
    if exchange.endpoint is not None:
        out["endpoint"] = exchange.endpoint
    if exchange.origin.recorded_at not in {None, date_of(exchange.response)}:
        out["recorded_at"] = exchange.origin.recorded_at
    if exchange.observed:
        out["observed"] = True
    if not exchange.framing:
        out["framing"] = False
    if exchange.live:
        out["live"] = True
    if exchange.expect:
        out["expect"] = list(exchange.expect)
    request, response = exchange.request, exchange.response
    out["request"] = (
        None
        if request is None
        else {
            "method": request.method,
            "url": request.url,
            "headers": [list(pair) for pair in request.headers],
            **_written(request.body),
        }
    )
    out["response"] = (
        None
        if response is None
        else {
            "status": response.status,
            "headers": [list(pair) for pair in response.headers],
            **_written(response.body),
            **({"chunks": [_edge(chunk) for chunk in response.chunks]} if response.chunks else {}),
            **({} if response.complete else {"complete": False}),
            **({"undecoded": True} if response.undecoded else {}),
        }
    )
    return out


def as_lines(exchanges: Iterable[Exchange]) -> str:
    """Exchanges as JSON Lines. ValueError for a time that is not finite."""
    made = (
        json.dumps(as_record(one), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        for one in exchanges
    )
    return "".join(f"{line}\n" for line in made)


def checked(exchange: Exchange) -> Exchange:
    """The exchange itself; ValueError when a recording of it could not be read again."""
    response = exchange.response
    if response is None and exchange.request is None:
        message = "neither a request nor a response"
        raise ValueError(message)
    if response is None:
        return exchange
    if response.status not in STATUSES:
        message = f"status `{response.status}`"
        raise ValueError(message)
    at = 0
    for chunk in response.chunks:
        if not at <= chunk.start <= chunk.end <= len(response.body):
            message = (
                f"chunk from {chunk.start} to {chunk.end} in a body of {len(response.body)} bytes"
            )
            raise ValueError(message)
        at = chunk.end
    return exchange


def chunks_of(node: Node, body: bytes) -> tuple[Chunk, ...]:
    """Chunk edges `[start, end]` or `[start, end, seconds]`: in order, inside the body."""
    if not node.present:
        return ()
    out: list[Chunk] = []
    at = 0
    for item in node.items():
        edges = item.items()
        if len(edges) not in {2, 3}:
            raise item.error("is not a chunk: `[start, end]` or `[start, end, seconds]`")
        start, end = edges[0].integer(), edges[1].integer()
        if not at <= start <= end <= len(body):
            raise item.error(
                f"reaches from {start} to {end}, which does not fit a body of {len(body)} bytes"
            )
        time = edges[2].number() if len(edges) == 3 and edges[2].present else None  # noqa: PLR2004
        out.append(Chunk(start, end, time))
        at = end
    return tuple(out)


def statuses_of(node: Node) -> tuple[int, ...]:
    """The statuses that a case foresees."""
    return tuple(one.status() for one in node.items()) if node.present else ()


def _response(node: Node) -> Response:
    headers = node.get("headers").headers()
    body = _stream(node.get("body")) if _is_stream(headers) else None
    body = _body(node) if body is None else body
    chunks = node.get("chunks")
    complete = node.get("complete").flag(default=True)
    undecoded = node.get("undecoded").flag(default=False)
    return Response(status_of(node), headers, body, chunks_of(chunks, body), complete, undecoded)


def _is_stream(headers: Headers) -> bool:
    return any(
        name.lower() == "content-type" and value.lower().startswith("text/event-stream")
        for name, value in headers
    )


def _stream(body: Node) -> bytes | None:
    """A stream that is kept in pieces; None when it is text, as it should be."""
    if isinstance(body.value, list) and all(isinstance(one, str) for one in body.value):
        return b"".join(piece.data() for piece in body.items())
    if isinstance(body.value, (list, dict)):
        raise body.error("holds parsed events, and not the text of the stream")
    return None


def _body(message: Node) -> bytes:
    encoded = message.get("body_base64")
    if encoded.present:
        return encoded.base64()
    body = message.get("body")
    if not message.has("body"):
        for other in _NOT_BODY:
            if message.get(other).present:
                raise message.error(f"has no `body`, but `{other}`, which is not read")
    if isinstance(body.value, (list, dict)):
        return body.json_bytes()
    return body.data()


def _written(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def _edge(chunk: Chunk) -> list[int | float]:
    return [chunk.start, chunk.end] if chunk.time is None else [chunk.start, chunk.end, chunk.time]


def _placed(node: Node, line: int) -> Node:
    return Node(node.value, node.file, node.path, line, node.lines)
