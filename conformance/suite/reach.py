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
    from conformance.suite.settings import RunSettings
    from conformance.targets.base import Target
    from conformance.wire import Request

__all__ = ["served"]

_ENDPOINTS = dict(zip(("chat-stream", "rerank"), ROUTES, strict=True))
_DOWN = (502, 503, 504)


def served(target: Target, settings: RunSettings, timeout: float) -> dict[str, bool]:
    """Which endpoints are served.

    The first question is a faulty request, which costs nothing. A server that breaks down on it is
    faulty and not absent, so that it is asked again, with a sound one. Raises TargetError.
    """
    try:
        found = probe(target, timeout=timeout)
    except TargetError as error:
        if error.what.startswith("the key is refused") and not has_key(settings):
            variable = settings.key_env or DEFAULT_VARIABLE
            raise TargetError(
                f"the server demands a key, and `{variable}` is not set",
                where=error.where,
                hint="export the key in it, or name another variable with `--api-key-env`",
            ) from None
        if not _broke_down(error) or not _answers(target, settings, timeout):
            raise
        found = dict.fromkeys(ROUTES, True)
    return {endpoint: found[route] for endpoint, route in _ENDPOINTS.items()}


def _broke_down(error: TargetError) -> bool:
    """The server can be reached, and what it did may be due to the faulty request."""
    return isinstance(error, NoAnswer) or error.what.startswith(("a web page", "status "))


def _answers(target: Target, settings: RunSettings, timeout: float) -> bool:
    """Whether a sound request is answered by anything but the absence of a server."""
    plain = target.target if isinstance(target, Recorder) else target
    for request in _sound(settings):
        try:
            exchange = plain.send(request, timeout=timeout, expect=tuple(range(400, 600)))
        except TargetError:
            continue
        if exchange.response is not None and exchange.response.status not in _DOWN:
            return True
    return False


def _sound(settings: RunSettings) -> list[Request]:
    messages = [{"role": "user", "content": "Good morning"}]
    chat = {"model": settings.models["chat"], "stream": True, "messages": messages}
    rank = {"model": settings.models["rerank"], "query": QUERY, "documents": DOCUMENTS}
    return [json_request(ROUTES[0], chat), json_request(ROUTES[1], rank)]
