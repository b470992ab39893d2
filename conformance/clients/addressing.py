"""One request of a program → whether it went the right way: its path, its `Accept`, its key, its HTTP.

The rules of the wire judge what arrives at a route. What never arrives there, and what only somebody
who handed out the address and the key can see, is judged here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from conformance.clients.clauses import found
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.clients.clauses import Finding
    from conformance.wire import Request

__all__ = ["ROUTES", "accepts_streams", "astray", "declined", "key_shown"]

# endpoint of a case -> its path
ROUTES = {"chat": "/v2/chat", "rerank": "/v2/rerank"}
_VERSION = "/v2"
# The members by which a body is known, wherever it was sent.
_OF_CHAT = frozenset({"messages", "message"})
_OF_RERANK = frozenset({"query", "documents"})
_STREAMS = ("text/event-stream", "text/*", "*/*")


def astray(request: Request, bases: Iterable[str] = ()) -> Finding | None:
    """A call of ours that went to another path than its route.

    `bases` are paths under which the user told the program to find the API.
    """
    if request.method.upper() != "POST":
        return None
    path = urlsplit(request.url).path
    under = [base for each in bases if not (base := each.rstrip("/")).endswith(_VERSION)]
    if any(path == base + route for base in ("", *under) for route in ROUTES.values()):
        return None
    wanted = _route_of(request, path)
    if wanted is None:
        return None
    return found("takes-another-route", f"the call went to `{path}`, not to `{wanted}`")


def _route_of(request: Request, path: str) -> str | None:
    """The route that a request was meant for, by its body or by the end of its path."""
    members = _object(request.body).keys()
    end = path.rstrip("/").rpartition("/")[2].lower()
    if members >= _OF_RERANK or end == "rerank":
        return ROUTES["rerank"]
    if members & _OF_CHAT or end == "chat":
        return ROUTES["chat"]
    return None


def declined(request: Request) -> Finding | None:
    """A call that asks for a stream, and in its `Accept` for something else.

    Of JSON it is a note only: the reference shows such calls, and the live API seems to answer them.
    """
    accepted = (request.header("accept") or "*/*").lower()
    if accepts_streams(accepted) or _object(request.body).get("stream") is not True:
        return None
    said = f"a stream is asked for with `Accept: {accepted}`"
    return found(
        "declines-event-stream", said, level=Level.INFO if "application/json" in accepted else None
    )


def accepts_streams(accepted: str) -> bool:
    """Whether an `Accept` header, in lower case, takes an event stream (RFC 9110 12.5.1)."""
    for each in accepted.split(","):
        kind, *parameters = (part.strip() for part in each.split(";"))
        if kind in _STREAMS and not any(_is_zero(part) for part in parameters):
            return True
    return False


def _is_zero(parameter: str) -> bool:
    name, _, weight = parameter.partition("=")
    return name.strip() == "q" and weight.strip().rstrip("0") in ("0.", "0", "")


def key_shown(request: Request, key: str) -> Iterator[Finding]:
    """The key at places where logs and caches keep it."""
    if key in unquote(request.url):
        yield found("shows-key", "the key stands in the address of the request")
    if key.encode() in request.body:
        yield found("shows-key", "the key stands in the body of the request")


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
