"""The scenarios → what each sends, and what the mock answers, as data to look changed facts up in."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.diff.instances import instance_of
from conformance.mock.frames import to_json
from conformance.mock.reply import reply_to
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
def tried() -> tuple[Instance, ...]:
    """One instance for each scenario."""
    found = (_instance(one) for one in (*CHAT, *TOOLS, *RERANK))
    return tuple(one for one in found if one is not None)


def _instance(scenario: Scenario) -> Instance | None:
    endpoint = scenario.name.split("/", 1)[0]
    body: dict[str, Any] = {"model": MODELS[scenario.role]}
    if endpoint == "chat-stream":
        body["stream"] = True
    headers = (("content-type", "application/json"), ("authorization", "Bearer key"))
    url = f"http://mock{_PATHS[endpoint]}"
    request = Request("POST", url, headers, to_json({**body, **scenario.body}))
    reply = reply_to(request, Settings())
    response = Response(reply.status, reply.headers, reply.body)
    return instance_of(Exchange(request, response, origin=Origin(scenario.name)), scenario.name)
