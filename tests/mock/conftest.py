"""Ask the mock without a network, and read what it says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from conformance.check import Verdict, check
from conformance.contract import contract
from conformance.mock.plan import plan_of
from conformance.mock.reply import reply_to
from conformance.mock.settings import Settings, profile_named
from conformance.reading import read_stream
from conformance.verdict import Level, Party
from conformance.wire import Exchange, Request, Response

if TYPE_CHECKING:
    from conformance.faults.reply import Reply
    from conformance.message import Message

USER = {"role": "user", "content": "How is the weather in Brest?"}


@dataclass(frozen=True)
class Asked:
    """A request to the mock and all that can be said of its answer."""

    request: Request
    reply: Reply

    @property
    def exchange(self) -> Exchange:
        """The exchange of a run of our own."""
        reply = self.reply
        whole = reply.ends == "whole"
        response = Response(reply.status, reply.headers, reply.body, complete=whole)
        return Exchange(self.request, response, observed=True, live=True)

    @property
    def verdict(self) -> Verdict:
        """What is to be said of it."""
        return check(self.exchange)

    @property
    def message(self) -> Message:
        """What the stream adds up to."""
        return read_stream(self.reply.body, contract()).message

    def deltas(self, channel: str) -> int:
        """How many deltas of a channel came: `text`, `thinking`, `tool_plan` or `arguments`."""
        events = read_stream(self.reply.body, contract()).events
        return sum(event.channel == channel for event in events)

    @property
    def json(self) -> Any:
        """The JSON of an answer that is no stream."""
        return json.loads(self.reply.body)

    @property
    def end(self) -> dict[str, Any]:
        """The `delta` of the message-end."""
        last = self.message.end
        assert last is not None
        return last.data["delta"]

    def codes(self, *levels: Level) -> set[str]:
        """The codes of what is said of the server, at these levels (all when none is named)."""
        return {
            v.code
            for v in self.verdict.violations
            if v.party is Party.SERVER and (not levels or v.level in levels)
        }


@pytest.fixture
def ask():
    """Send a body to the mock: `ask(body, profile=..., fault=..., headers=..., method=...)`."""

    def send(
        body: Any,
        *,
        path: str = "/v2/chat",
        profile: str = "live",
        fault: str = "",
        method: str = "POST",
        headers: tuple[tuple[str, str], ...] = (("authorization", "Bearer key"),),
        **settings: Any,
    ) -> Asked:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = (*headers, ("content-type", "application/json"))
        request = Request(method, f"http://localhost{path}", head, data)
        plan = plan_of(fault) if fault else None
        chosen = Settings(profile=profile_named(profile), plan=plan, **settings)
        return Asked(request, reply_to(request, chosen))

    return send


@pytest.fixture
def chat(ask):
    """Send a chat request: the messages are a question, or given."""

    def send(question: str | list[Any] = "How is the weather in Brest?", **more: Any) -> Asked:
        options = {
            name: more.pop(name)
            for name in ("profile", "fault", "headers", "seed_of_server", "length")
            if name in more
        }
        if "seed_of_server" in options:
            options["seed"] = options.pop("seed_of_server")
        messages = question
        if isinstance(question, str):
            messages = [{"role": "user", "content": question}]
        body = {"model": "command-a-03-2025", "stream": True, "messages": messages, **more}
        return ask(body, **options)

    return send


@pytest.fixture
def rerank(ask):
    """Send a rerank request."""

    def send(query: str, documents: list[str], **more: Any) -> Asked:
        options = {name: more.pop(name) for name in ("profile", "fault") if name in more}
        body = {"model": "rerank-v3.5", "query": query, "documents": documents, **more}
        return ask(body, path="/v2/rerank", **options)

    return send
