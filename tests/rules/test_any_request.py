"""Whatever a request or a JSON answer holds, it is judged and nothing is raised."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conformance.check import check
from conformance.rules.registry import RULES
from conformance.verdict import Party
from conformance.wire import Exchange, Request, Response

CHAT_NAMES = [
    "model", "messages", "stream", "tools", "strict_tools", "documents", "citation_options",
    "response_format", "safety_mode", "max_tokens", "stop_sequences", "temperature", "seed", "k",
    "p", "frequency_penalty", "presence_penalty", "logprobs", "tool_choice", "thinking", "priority",
    "role", "content", "tool_calls", "tool_plan", "tool_call_id", "id", "type", "function", "name",
    "parameters", "arguments", "data", "mode", "json_schema", "schema", "properties", "required",
    "$ref", "$defs", "$schema", "anyOf", "items", "pattern", "format", "const", "image_url", "url",
    "document", "text", "token_budget",
]  # fmt: skip
RERANK_NAMES = ["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"]
ANSWER_NAMES = [
    "id", "results", "index", "relevance_score", "meta", "api_version", "version", "billed_units",
    "search_units", "message", "error_type",
]  # fmt: skip
WORDS = st.sampled_from(
    ["user", "assistant", "system", "tool", "function", "text", "json_object", "object", "image_url",
     "string", "REQUIRED", "OFF", "fast", "", "a", "^a$", "data:image/gif;base64,R0lGODlh", "[", "/~"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.integers(),
    st.floats(),
    WORDS,
    st.text(max_size=3),
)


def values(names):
    """Any JSON value, with objects that have members of these names."""
    keys = st.sampled_from(names) | st.text(max_size=2)
    return st.recursive(
        LEAVES,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4)
        ),
        max_leaves=12,
    )


def bodies(names):
    """JSON objects as bytes: some of these members, each with any value."""
    members = st.dictionaries(st.sampled_from(names), values(names), max_size=6)
    return members.map(lambda body: json.dumps(body).encode())


FEW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def judge(endpoint, sent, got, status):
    """The violations of an exchange of these bodies; the endpoint is told, so that it is judged."""
    path = "/v2/chat" if endpoint == "chat-stream" else "/v2/rerank"
    request = Request("POST", "https://api.cohere.com" + path, (("accept", "*/*"),), sent)
    exchange = Exchange(request, Response(status, (), got), endpoint=endpoint)
    return check(exchange).violations


def assert_sound(violations):
    """Every violation belongs to a known rule and says something in the house's form."""
    for one in violations:
        assert one.code in RULES
        assert one.message
        assert not one.message.endswith(".")
        assert one.party in Party


@FEW
@given(sent=bodies(CHAT_NAMES))
@example(sent=b'{"messages": [{"role": "tool", "tool_call_id": []}], "tools": {"a": 1}}')
@example(sent=b'{"response_format": {"type": [], "json_schema": {"type": {}, "required": [[]]}}}')
def test_any_chat_request(sent):
    """A chat request of any shape is judged, both when it is refused and when it is not."""
    assert_sound(judge("chat-stream", sent, b'{"message": "no"}', 400))
    assert_sound(judge("chat-stream", sent, b"data: [DONE]\n\n", 200))


@FEW
@given(sent=bodies(RERANK_NAMES), got=bodies(ANSWER_NAMES))
@example(
    sent=b'{"documents": [[]], "top_n": {}}', got=b'{"results": [[]], "meta": {"api_version": 1}}'
)
def test_any_rerank(sent, got):
    """A rerank request and answer of any shape are judged."""
    assert_sound(judge("rerank", sent, got, 200))


@FEW
@given(got=bodies(ANSWER_NAMES) | st.binary(max_size=20), status=st.integers(100, 599))
def test_any_refusal(got, status):
    """A body of any shape is judged with any status."""
    sent = b'{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true}'

    assert_sound(judge("chat-stream", sent, got, status))


@FEW
@given(sent=st.binary(max_size=30))
def test_any_bytes(sent):
    """A body that is no JSON at all is judged."""
    assert_sound(judge("chat-stream", sent, b'{"message": "no"}', 400))
    assert_sound(judge("rerank", sent, b"{}", 200))


@FEW
@given(tools=st.lists(values(CHAT_NAMES), max_size=3), strict=st.booleans())
def test_any_parameters(tools, strict):
    """Parameters of any shape, strict or not, are judged."""
    declared = [{"type": "function", "function": {"name": "f", "parameters": t}} for t in tools]
    body = {"model": "m", "messages": [], "stream": True, "tools": declared, "strict_tools": strict}

    assert_sound(judge("chat-stream", json.dumps(body).encode(), b'{"message": "no"}', 422))
