"""A response of an HTTP client → an exchange, whichever client it is.

httpx and requests, and what is made after them, name the same things in the same way: the response
has `request`, `status_code`, `headers` and `content`, the request `method`, `url`, `headers` and
`content` or `body`.
"""

from __future__ import annotations

from typing import Any

from conformance.cassette.redaction import mask_credentials
from conformance.errors import UsageError
from conformance.wire import Exchange, Origin, Request, Response, headers_from

__all__ = ["exchange_of"]


def exchange_of(given: Any) -> Exchange:
    """The exchange that an object is or tells of: an Exchange, or a response of httpx or requests.

    Raises UsageError for anything else, and for a stream that was not kept.
    """
    if isinstance(given, Exchange):
        return given
    if not hasattr(given, "status_code") or not hasattr(given, "headers"):
        raise UsageError(
            f"`{type(given).__name__}` is no exchange",
            where="assert_conformant",
            hint="give it a `conformance.Exchange`, or a response of httpx or requests",
        )
    response = Response(given.status_code, _headers(given.headers), _body(given))
    return Exchange(_request(given), response, Origin("response"))


def _headers(headers: Any) -> tuple[tuple[str, str], ...]:
    # httpx keeps repeated headers apart.
    pairs = headers.multi_items() if hasattr(headers, "multi_items") else headers.items()
    return headers_from([(_text(name), _text(value)) for name, value in pairs])


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(given: Any) -> bytes:
    try:
        return bytes(given.content)
    except Exception as error:
        # httpx and requests each have an exception of their own for a stream that is gone.
        raise UsageError(
            f"the body of the response cannot be read: {type(error).__name__}",
            where="assert_conformant",
            hint="read the whole response before its stream is closed",
        ) from error


def _request(given: Any) -> Request | None:
    request = getattr(given, "request", None)
    if request is None:
        return None
    body = getattr(request, "content", None)
    if body is None:
        body = getattr(request, "body", None) or b""
    data = body.encode() if isinstance(body, str) else bytes(body)
    headers = mask_credentials(_headers(request.headers))
    return Request(str(request.method), str(request.url), headers, data)
