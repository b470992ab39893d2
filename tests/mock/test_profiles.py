"""Each form that the mock speaks is conformant; the live one is beyond any remark."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance import strategies
from conformance.verdict import Level

SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
FEW = settings(max_examples=60, suppress_health_check=SLOW, derandomize=True)
# Cut by the token limit, JSON is no JSON any more, and the rule about that can only warn.
LIMITED = {"CHAT-111"}


@FEW
@given(body=strategies.chat_requests())
def test_live_streams(ask, body):
    """Every valid chat request gets 200 and a stream of which nothing is to be said."""
    asked = ask(dict(body))

    assert 200 == asked.reply.status
    assert set() == asked.codes() - LIMITED


@FEW
@given(body=strategies.rerank_requests())
def test_live_rankings(ask, body):
    """Every valid rerank request gets 200 and a ranking of which nothing is to be said."""
    asked = ask(dict(body), path="/v2/rerank")

    assert 200 == asked.reply.status
    assert set() == asked.codes()


@FEW
@given(body=strategies.chat_requests(), profile=st.sampled_from(["minimal", "rich", "ndjson"]))
def test_other_streams(ask, body, profile):
    """The other profiles break no rule."""
    headers = (("authorization", "Bearer key"), ("accept", "application/json"))

    assert set() == ask(dict(body), profile=profile, headers=headers).codes(Level.ERROR)


@FEW
@given(body=strategies.rerank_requests(), profile=st.sampled_from(["minimal", "rich"]))
def test_other_rankings(ask, body, profile):
    """The other profiles break no rule of rankings."""
    asked = ask(dict(body), path="/v2/rerank", profile=profile)

    assert set() == asked.codes(Level.ERROR)


@FEW
@given(body=strategies.chat_requests(coherent=False))
def test_whatever_the_schema_allows(ask, body):
    """What the schema allows is served without remark, or refused for a fault that a rule names."""
    asked = ask(dict(body), any_model=True)

    assert set() == asked.codes() - LIMITED


def test_minimal_says_nothing_that_is_optional(chat):
    """The minimal profile has neither event names nor terminator, index nor token counts."""
    body = chat(profile="minimal").reply.body

    assert not any(
        mark in body for mark in (b"event:", b"[DONE]", b'"index"', b'"tokens"', b'"citations"')
    )


def test_rich_uses_what_is_optional(chat):
    """The rich profile cites thinking, names several sources, and sends a debug event."""
    documents = ["Fog comes at dawn", "Wind comes at noon"]
    asked = chat(documents=documents, model="command-a-reasoning-08-2025", profile="rich")

    types = [citation.data["type"] for citation in asked.message.citations]
    assert {"EVENT-018"} == asked.codes()
    assert ["THINKING_CONTENT", "TEXT_CONTENT", "TEXT_CONTENT"] == types
    assert 2 == len(asked.message.citations[1].data["sources"])
    assert asked.message.start.data["id"] == asked.message.end.data["id"]


def test_rich_cites_the_plan(chat):
    """With documents and tools the rich profile cites the plan."""
    tool = {"type": "function", "function": {"name": "get_fog", "parameters": {"type": "object"}}}
    asked = chat(documents=["Fog comes at dawn"], tools=[tool], profile="rich")

    assert ["PLAN"] == [citation.data["type"] for citation in asked.message.citations]
    assert set() == asked.codes(Level.ERROR, Level.WARNING)


@pytest.mark.parametrize(
    ("accept", "lines"),
    [("application/json", True), ("*/*", False), ("text/event-stream", False),
     ("application/json, text/event-stream", False)],
)  # fmt: skip
def test_ndjson_depends_on_what_is_accepted(chat, accept, lines):
    """The ndjson profile sends JSON Lines to clients that accept JSON only."""
    headers = (("authorization", "Bearer key"), ("accept", accept))
    asked = chat(profile="ndjson", headers=headers)

    assert lines == asked.reply.body.startswith(b'{"id"')
    assert ("application/json" if lines else "text/event-stream") == asked.reply.header(
        "content-type"
    )


def test_live_headers(chat, rerank):
    """Answers have the headers of the live API."""
    for asked in (chat(), rerank("tide", ["a", "b"]), chat(temperature=7)):
        reply = asked.reply
        assert "no-cache" in str(reply.header("cache-control"))
        assert 32 == len(str(reply.header("x-debug-trace-id")))
    assert None is chat().reply.header("content-length")


def test_bytes_are_those_of_the_live_api(chat):
    """Each event is its name and one line of compact JSON; the terminator has no name."""
    pieces = chat("Grüße 🌊").reply.pieces

    assert b"data: [DONE]\n\n" == pieces[-1]
    for piece in pieces[:-1]:
        name, data, *rest = piece.decode().split("\n")
        assert name.startswith("event: ")
        assert data.startswith("data: {")
        assert ["", ""] == rest
    assert "Grüße".encode() in chat("Grüße 🌊").reply.body
