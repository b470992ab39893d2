"""Cases about HTTP itself: the key, the method, the media type of a request."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.suite.answers import wrong_key_served, wrong_method_served
from conformance.suite.broken import sound
from conformance.suite.case import Case, Kind
from conformance.suite.intent import Intent
from conformance.suite.opening import has_key
from conformance.suite.play import encoded
from conformance.suite.refusals import KEY, refusal_status
from conformance.verdict import Level

if TYPE_CHECKING:
    from conformance.suite.play import Play

__all__ = ["http_cases"]

_A_MOMENT = 0.05

# Of the length and the characters of real keys, so that it is not refused for its form.
_MADE_UP = hashlib.sha1(b"a key that nobody gave out", usedforsecurity=False).hexdigest()


def _no_key(play: Play) -> None:
    exchange = play.send(encoded(sound(play)), intent=Intent.FORBIDDEN, authorize=False)
    play.demand(refusal_status, [exchange], fitting=KEY, fault="a request without a key")


def _odd_key(play: Play, *, value: str) -> None:
    """A server that takes any key may take this one."""
    headers = {"Authorization": value}
    play.send(encoded(sound(play)), headers=headers, intent=Intent.UNWANTED, authorize=False)


def _wrong_key(play: Play) -> None:
    """Where no key is given there is no telling whether the server knows a right one."""
    if not has_key(play.session.settings):
        play.note("not sent, since without a key of yours none is known to be a wrong one")
        return
    exchange = play.send(
        encoded(sound(play)),
        headers={"Authorization": f"Bearer {_MADE_UP}"},
        intent=Intent.ODD,
        authorize=False,
    )
    level = Level.ERROR if "auth" in play.session.declared else None
    play.demand(wrong_key_served, [exchange], level=level)
    play.demand(refusal_status, [exchange], fitting=KEY, fault="a key that nobody gave out")


def _method(play: Play, *, method: str) -> None:
    """Whether another method is refused; the form of that refusal is not described."""
    body = b"" if method == "GET" else encoded(sound(play))
    exchange = play.unjudged(play.request(body, method=method))
    play.demand(wrong_method_served, [exchange])


def _second(play: Play) -> None:
    """What a server leaves behind on a connection shows in the next answer, or there is none.

    The connection is not left open: a server that serves one at a time would wait for ever.
    """
    for connection in ("keep-alive", "close"):
        play.served(play.send(encoded(sound(play)), headers={"Connection": connection}))
        # A server may close the connection all the same, which takes a moment to be seen.
        time.sleep(_A_MOMENT)


def _media_type(play: Play) -> None:
    """A server may read JSON under another name, or refuse it with 415, but not fail."""
    play.send(encoded(sound(play)), headers={"Content-Type": "text/plain"}, intent=Intent.ODD)


def http_cases(endpoint: str) -> list[Case]:
    """The cases about HTTP of one endpoint."""

    def case(name: str, says: str, play: object, *needs: str) -> Case:
        return Case(f"{endpoint}/http/{name}", says, Kind.HTTP, (endpoint, *needs), play)  # type: ignore[arg-type]

    return [
        case("no-key", "a request without a key", _no_key, "auth"),
        case("wrong-key", "a key that nobody gave out", _wrong_key, "auth"),
        case("empty-key", "a key that is empty", partial(_odd_key, value="Bearer"), "auth"),
        case("wrong-scheme", "a key under another scheme",
             partial(_odd_key, value="Basic Y28tbmZvcm1hbmNl"), "auth"),
        case("get", "GET instead of POST", partial(_method, method="GET")),
        case("put", "PUT instead of POST", partial(_method, method="PUT")),
        case("delete", "DELETE instead of POST", partial(_method, method="DELETE")),
        replace(case("second-request", "two requests over one connection", _second), requests=2),
        case("plain-text", "a body that calls itself plain text", _media_type, "refusals"),
    ]  # fmt: skip
