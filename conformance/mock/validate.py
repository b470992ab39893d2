"""A request → the refusal it deserves, or the body it carries.

What makes a request faulty is not decided here: the rules about requests decide, the same that
judge clients. Route, method, key and model come before them, since a server asks them first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import contract
from conformance.mock.models import CHAT_MODELS, RERANK_MODELS, known
from conformance.mock.refusal import Refusal
from conformance.rules.registry import all_rules
from conformance.rules.request_faults import departures
from conformance.subject import CHAT_STREAM, RERANK, NotJudged, Subject
from conformance.verdict import Level, Party
from conformance.wire import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.mock.settings import Settings
    from conformance.rules.registry import Finding, Rule
    from conformance.wire import Request

__all__ = ["admit", "endpoint_at"]

_ROUTES = {"/v2/chat": CHAT_STREAM, "/v2/rerank": RERANK}
_MODELS = {CHAT_STREAM: CHAT_MODELS, RERANK: RERANK_MODELS}
_UNKNOWN_FIELD = ("CHAT-006", "RERANK-004")
# The key is looked at before these rules are asked.
_AUTHORIZATION = ("HTTP-012", "HTTP-013")
_LARGEST = 64 * 1024 * 1024


def endpoint_at(path: str) -> str | None:
    """The endpoint that is served at a path, None when none is."""
    return next((name for route, name in _ROUTES.items() if path.endswith(route)), None)


def admit(request: Request, settings: Settings) -> Refusal | dict[str, Any]:
    """The refusal of a request, or its body when it is served. Never raises on input."""
    endpoint = endpoint_at(request.path)
    if endpoint is None:
        return Refusal(404, f"no such page: {request.path[:200]}")
    if request.method.upper() != "POST":
        return Refusal(
            405, f"method {request.method[:20]} is not allowed", "", (("allow", "POST"),)
        )
    refused = _key(request, settings)
    if refused is not None:
        return refused
    if len(request.body) > _LARGEST:
        return Refusal(400, f"invalid request: the body is larger than {_LARGEST} bytes")
    exchange = Exchange(request, None, endpoint=endpoint, observed=True)
    try:
        subject = Subject(exchange, contract())
    except NotJudged as why:
        return Refusal(400, f"invalid request: {why.reason}")
    body = subject.request.body
    refused = _model(body, endpoint, settings)
    if refused is not None:
        return refused
    for rule, finding in _faults(subject):
        return _refusal(rule, finding, subject)
    return body


def _key(request: Request, settings: Settings) -> Refusal | None:
    given = request.header("authorization")
    if given is None or not given.strip():
        return Refusal(401, "no api key supplied")
    scheme, _, token = given.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or (settings.key and token != settings.key):
        return Refusal(401, "invalid api token")
    return None


def _model(body: dict[str, Any], endpoint: str, settings: Settings) -> Refusal | None:
    model = body.get("model")
    if not isinstance(model, str) or settings.any_model or known(model, _MODELS[endpoint]):
        return None
    return Refusal(
        404, f"model '{_sendable(model[:100])}' not found, make sure the correct model ID was used"
    )


def _faults(subject: Subject) -> Iterable[tuple[Rule, Finding]]:
    for rule in all_rules():
        if rule.party is not Party.CLIENT or rule.code in _AUTHORIZATION:
            continue
        for finding in rule.find(subject):
            if (finding.level or rule.level) is Level.ERROR:
                yield rule, finding


def _refusal(rule: Rule, finding: Finding, subject: Subject) -> Refusal:
    if rule.code in _UNKNOWN_FIELD:
        names = [p.member for p in departures(subject).faults if p.keyword == "undocumented"]
        name = _sendable(names[0][:100]) if names else "name"
        return Refusal(422, f"unknown field: parameter '{name}' is not a valid field")
    said = _sendable(finding.message.replace("`", "'"))
    return Refusal(400, f"invalid request: {said}")


def _sendable(text: str) -> str:
    """A text with a `?` for each half of a surrogate pair, which UTF-8 cannot carry."""
    return text.encode("utf-8", "replace").decode()
