"""schemathesis' request and response → exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.wire import Exchange, Origin, Request, Response, headers_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemathesis import Case
    from schemathesis import Response as Answer

__all__ = ["exchange_of"]

# Generated keys, names of models and rates of requests are what these speak of, and no contract.
_FORESEEN = (401, 403, 404, 429)


def exchange_of(case: Case[Any], answer: Answer) -> Exchange:
    """What schemathesis sent and got, as the rules see it."""
    prepared = answer.request
    headers: Mapping[Any, Any] = prepared.headers or {}
    request = Request(
        prepared.method or case.method,
        prepared.url or case.path,
        headers_from({_text(name): _text(value) for name, value in headers.items()}),
        _bytes(prepared.body),
    )
    response = Response(answer.status_code, headers_from(answer.headers), answer.content or b"")
    label = case.operation.label
    return Exchange(
        request, response, Origin(label), observed=True, live=True, expect=_FORESEEN
    )  # fmt: skip


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""
