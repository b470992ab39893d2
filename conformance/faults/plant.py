"""A fault and a conformant exchange → the same exchange with the fault in it.

The answer is taken apart into what the fault edits and put together again, so that recordings and
answers of any server can be spoilt like those of the mock.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.faults.fault import Fault, Stage
from conformance.faults.frames import data_of, framed
from conformance.faults.reply import Reply
from conformance.subject import CHAT_STREAM, RERANK, JsonBody

if TYPE_CHECKING:
    from conformance.wire import Exchange, Response

__all__ = ["plant"]

_BLANK = b"\n\n"


def plant(fault: Fault, exchange: Exchange) -> Exchange | None:
    """The exchange with one fault; None when the fault does not apply to it.

    Streams are expected in the form of the live API: LF, one data line, a blank line after each
    event.
    """
    response = exchange.response
    if response is None:
        return None
    request = JsonBody(exchange.request.body).object if exchange.request else {}
    streamed = response.media_type == "text/event-stream"
    pieces = [part + _BLANK for part in response.body.split(_BLANK) if part.strip()]
    if fault.stage is Stage.REPLY:
        return _on_reply(fault, exchange, response, pieces if streamed else [response.body])
    if fault.stage is Stage.VALUE:
        if streamed:
            return None
        value = fault.apply(JsonBody(response.body).value, request)
        return None if value is None else _with_body(exchange, response, _json(value))
    if not streamed:
        return None
    if fault.stage is Stage.PIECES:
        spoilt = fault.apply(pieces, request)
        return None if spoilt is None else _with_body(exchange, response, b"".join(spoilt))
    events = [json.loads(data_of(p)) for p in pieces if data_of(p).startswith(b"{")]
    rest = [piece for piece in pieces if not data_of(piece).startswith(b"{")]
    edited: list[dict[str, Any]] | None = fault.apply(events, request)
    if edited is None:
        return None
    return _with_body(exchange, response, b"".join([*map(_piece, edited), *rest]))


def _piece(event: dict[str, Any]) -> bytes:
    return framed(event) if "type" in event else b"data: " + _json(event) + _BLANK


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _with_body(exchange: Exchange, response: Response, body: bytes) -> Exchange:
    headers = tuple(pair for pair in response.headers if pair[0].lower() != "content-length")
    return replace(exchange, response=replace(response, body=body, headers=headers, chunks=()))


def _on_reply(
    fault: Fault, exchange: Exchange, response: Response, pieces: list[bytes]
) -> Exchange | None:
    path = exchange.request.path if exchange.request else ""
    endpoint = exchange.endpoint or (RERANK if path.endswith("/rerank") else CHAT_STREAM)
    accept = (exchange.request.header("accept") if exchange.request else None) or "*/*"
    head = (response.status, response.headers)
    reply = Reply(*head, tuple(pieces), endpoint=endpoint, accept=accept)
    edited: Reply | None = fault.apply(reply, {})
    if edited is None:
        return None
    spoilt = replace(
        response,
        status=edited.status,
        headers=edited.headers,
        body=edited.body,
        chunks=(),
        complete=edited.ends == "whole",
        # No fault compresses, so that a coding that it names is one that the body is not in.
        undecoded=edited.header("content-encoding") != response.header("content-encoding"),
    )
    return replace(exchange, response=spoilt)
