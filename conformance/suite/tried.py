"""The scenarios → what each sends, and what the mock answers, as data to look changed facts up in."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.diff.instances import instance_of
from conformance.mock.frames import to_json
from conformance.mock.reply import served
from conformance.mock.settings import Settings
from conformance.suite.chat import CHAT
from conformance.suite.rerank import RERANK
from conformance.suite.settings import MODELS
from conformance.suite.tools import TOOLS
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from conformance.diff.touch import Instance
    from conformance.suite.scenarios import Scenario

__all__ = ["tried"]

_PATHS = {"chat-stream": "/v2/chat", "rerank": "/v2/rerank"}


@cache
def tried(endpoints: frozenset[str], *, answered: bool = True) -> tuple[Instance, ...]:
    """One instance for each scenario of these endpoints, with the mock's answer if one is wanted."""
    chosen = [s for s in (*CHAT, *TOOLS, *RERANK) if s.name.split("/", 1)[0] in endpoints]
    found = (_instance(one, answered=answered) for one in chosen)
    return tuple(one for one in found if one is not None)


def _instance(scenario: Scenario, *, answered: bool) -> Instance | None:
    endpoint = scenario.name.split("/", 1)[0]
    body: dict[str, Any] = {"model": MODELS[scenario.role]}
    if endpoint == "chat-stream":
        body["stream"] = True
    headers = (("content-type", "application/json"), ("authorization", "Bearer key"))
    url = f"http://mock{_PATHS[endpoint]}"
    body |= scenario.body
    request = Request("POST", url, headers, to_json(body))
    response = None
    if answered:
        reply = served(request, body, Settings())
        response = Response(reply.status, reply.headers, reply.body)
    return instance_of(Exchange(request, response, origin=Origin(scenario.name)), scenario.name)
