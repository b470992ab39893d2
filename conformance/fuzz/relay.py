"""A request of schemathesis → the exchange with the target, as an application that it calls in-process.

So generated requests go the way of all others: within pace and budget, with the key that the target
holds, into recordings; and the rules see the bytes as they came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.suite.intent import Intent
from conformance.suite.play import Play, Unreached
from conformance.wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.wire import Exchange

__all__ = ["Relay"]

# Between two programs on one connection, or set anew by the target.
_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
_BAD_GATEWAY = 502


class Relay:
    """A WSGI application in front of the target of a case.

    `last` is the exchange behind the last answer, None when there was none. `ended` says that no
    request can be sent any more.
    """

    def __init__(self, play: Play) -> None:
        self._play = play
        self.last: Exchange | None = None
        self.ended = False
        self.sent = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        self.last = None
        response = None
        if not self.ended:
            try:
                self.last = self._play.exchange(_request(environ), intent=Intent.ODD)
                self.sent += 1
                response = self.last.response
            except Unreached:
                self.ended = bool(self._play.troubles) or bool(self._play.notes)
        if response is None:
            start(f"{_BAD_GATEWAY} no answer", [])
            return [b""]
        headers = [
            (name, value.strip("\r\n"))
            for name, value in response.headers
            if name.lower() not in _HOP
        ]
        start(f"{response.status} answered", headers)
        return [response.body]


def _request(environ: dict[str, Any]) -> Request:
    headers = [
        (name[5:].replace("_", "-").title(), str(value))
        for name, value in environ.items()
        if name.startswith("HTTP_") and name[5:].replace("_", "-").lower() not in _HOP
    ]
    if environ.get("CONTENT_TYPE"):
        headers.append(("Content-Type", environ["CONTENT_TYPE"]))
    length = int(environ.get("CONTENT_LENGTH") or 0)
    query = environ.get("QUERY_STRING", "")
    return Request(
        environ["REQUEST_METHOD"],
        environ.get("PATH_INFO", "/") + (f"?{query}" if query else ""),
        tuple(headers),
        environ["wsgi.input"].read(length) if length else b"",
    )
