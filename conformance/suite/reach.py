"""A target → which endpoints it serves, or one clear reason why there is nothing to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.errors import NoAnswer, TargetError
from conformance.suite.opening import has_key
from conformance.suite.rerank import DOCUMENTS, QUERY
from conformance.targets.base import json_request
from conformance.targets.probing import ROUTES, probe
from conformance.targets.recorder import Recorder
from conformance.targets.secret import DEFAULT_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from conformance.suite.settings import RunSettings
    from conformance.targets.base import Target

__all__ = ["served"]

_ENDPOINTS = dict(zip(("chat-stream", "rerank"), ROUTES, strict=True))
_DOWN = (502, 503, 504)
_OK = 200
# What is said where the status of a refusal is that of a wrong key or address.
_REFUSED = ("the key is refused", "access is refused", "the server has neither")


def served(target: Target, settings: RunSettings, timeout: float) -> dict[str, bool]:
    """Which endpoints are served.

    The first question is a faulty request, which costs nothing. A server that breaks down on it, or
    has the wrong word for it, is faulty and not absent, so that it is asked again, with a sound one.
    Raises TargetError.
    """
    try:
        found = probe(target, timeout=timeout)
    except TargetError as error:
        found = _asked_again(error, target, settings, timeout)
        if not any(found.values()):
            if error.what.startswith("the key is refused") and not has_key(settings):
                variable = settings.key_env or DEFAULT_VARIABLE
                raise TargetError(
                    f"the server demands a key, and `{variable}` is not set",
                    where=error.where,
                    hint="export the key in it, or name another variable with `--api-key-env`",
                ) from None
            raise
    else:
        missing = [route for route in ROUTES if not found[route]]
        statuses = _statuses(target, settings, timeout, missing)
        found |= {route: status == _OK for route, status in statuses.items()}
    return {endpoint: found[route] for endpoint, route in _ENDPOINTS.items()}


def _asked_again(
    error: TargetError, target: Target, settings: RunSettings, timeout: float
) -> dict[str, bool]:
    """Which endpoints are served after all, where the error may be due to the faulty request."""
    if error.what.startswith(_REFUSED):
        statuses = _statuses(target, settings, timeout, ROUTES)
        return {route: status == _OK for route, status in statuses.items()}
    if _broke_down(error):
        statuses = _statuses(target, settings, timeout, ROUTES)
        up = any(status not in (None, *_DOWN) for status in statuses.values())
        return dict.fromkeys(ROUTES, up)
    return {}


def _broke_down(error: TargetError) -> bool:
    """The server can be reached, and what it did may be due to the faulty request."""
    return isinstance(error, NoAnswer) or error.what.startswith(("a web page", "status "))


def _statuses(
    target: Target, settings: RunSettings, timeout: float, routes: Sequence[str]
) -> dict[str, int | None]:
    """The status that a sound request to each of these routes gets; None where there is no answer."""
    plain = target.target if isinstance(target, Recorder) else target
    found: dict[str, int | None] = {}
    for route in routes:
        request = json_request(route, _sound(settings)[route])
        try:
            exchange = plain.send(request, timeout=timeout, expect=tuple(range(300, 600)))
        except TargetError:
            found[route] = None
            continue
        found[route] = exchange.response.status if exchange.response is not None else None
    return found


def _sound(settings: RunSettings) -> dict[str, dict[str, Any]]:
    """A sound body for each route."""
    messages = [{"role": "user", "content": "Good morning"}]
    chat = {"model": settings.models["chat"], "stream": True, "messages": messages}
    rank = {"model": settings.models["rerank"], "query": QUERY, "documents": DOCUMENTS}
    return dict(zip(ROUTES, (chat, rank), strict=True))
