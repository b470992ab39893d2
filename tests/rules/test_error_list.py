"""The documented list of refusals: each one that a request can show is explained by a rule."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level, Party

CHAT = {
    "model": "command-a-03-2025",
    "messages": [{"role": "user", "content": "Hi"}],
    "stream": True,
}
RERANK = {"model": "rerank-v3.5", "query": "Paris", "documents": ["a", "b"]}
TEXT = {"type": "string"}
CALLS = {
    "role": "assistant",
    "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}


def form(**schema):
    """A response format with this schema."""
    return {"response_format": {"type": "json_object", "json_schema": schema}}


def history(*messages):
    """Messages that begin with the user's."""
    return {"messages": [*CHAT["messages"], *messages]}


def tool(name, identity="a"):
    """A result of the call."""
    return {"role": "tool", "tool_call_id": identity, "content": name}


# what the server says, in our words: the request that it is said of, and the rules that explain it
REFUSED = {
    "the list of documents is empty": (CHAT, {"documents": []}, {"CHAT-015"}),
    "a document is empty": (CHAT, {"documents": [{"data": {}}]}, {"CHAT-044"}),
    "a document has no data": (CHAT, {"documents": [{"id": "a"}]}, {"CHAT-002"}),
    "two documents share an id": (
        CHAT,
        {"documents": [{"id": "a", "data": {"x": "1"}}, {"id": "a", "data": {"x": "2"}}]},
        {"CHAT-014"},
    ),
    "the system's turn is not the first": (
        CHAT,
        history({"role": "system", "content": "x"}, CHAT["messages"][0]),
        {"CHAT-022"},
    ),
    "a message is empty": (CHAT, {"messages": [{"role": "user", "content": ""}]}, {"CHAT-016"}),
    "there is no message": (CHAT, {"messages": []}, {"CHAT-029"}),
    "both penalties are set": (
        CHAT,
        {"frequency_penalty": 0.1, "presence_penalty": 0.1},
        {"CHAT-013"},
    ),
    "the temperature is out of range": (CHAT, {"temperature": 1.1}, {"CHAT-007"}),
    "the penalty is out of range": (CHAT, {"presence_penalty": 1.1}, {"CHAT-007"}),
    "a role does not exist": (
        CHAT,
        {"messages": [{"role": "Chatbot", "content": "x"}]},
        {"CHAT-005"},
    ),
    "a response format and documents": (
        CHAT,
        {"response_format": {"type": "json_object"}, "documents": ["a"]},
        {"CHAT-010", "CHAT-042"},
    ),
    "the schema is not an object's": (CHAT, form(type="array", items=TEXT), {"CHAT-023"}),
    "a required field is not in the properties": (
        CHAT,
        form(type="object", properties={"a": TEXT}, required=["b"]),
        {"CHAT-024"},
    ),
    "a property has no type": (
        CHAT,
        form(type="object", properties={"title": {}}, required=["title"]),
        {"CHAT-024"},
    ),
    "the name of a tool has other characters": (
        CHAT,
        {"tools": [{"type": "function", "function": {"name": "x-y", "parameters": {}}}]},
        {"CHAT-017"},
    ),
    "two tool calls share an id": (
        CHAT,
        history({"role": "assistant", "tool_calls": CALLS["tool_calls"] * 2}, tool("1")),
        {"CHAT-018"},
    ),
    "a tool call is not of the type function": (
        CHAT,
        history(
            {"role": "assistant", "tool_calls": [{**CALLS["tool_calls"][0], "type": "x"}]},
            tool("1"),
        ),
        {"CHAT-004"},
    ),
    "the id of the call is not known": (CHAT, history(CALLS, tool("1", "b")), {"CHAT-019"}),
    "a tool message names no call": (
        CHAT,
        history(CALLS, {"role": "tool", "content": "1"}),
        {"CHAT-002"},
    ),
    "there is no model": (CHAT, {"model": None}, {"CHAT-002"}),
    "a field is not known": (CHAT, {"raw_prompting": True}, {"CHAT-006"}),
    "the query is white space": (RERANK, {"query": " "}, {"RERANK-007"}),
    "a text to rank is empty": (RERANK, {"documents": ["a", ""]}, {"RERANK-008"}),
    "there is nothing to rank": (RERANK, {"documents": []}, {"RERANK-009"}),
    "there is too much to rank": (RERANK, {"documents": ["a"] * 10_001}, {"RERANK-006"}),
    "the field is not one of rerank": (RERANK, {"top_k": 3}, {"RERANK-004"}),
}


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("why", REFUSED)
def test_a_documented_refusal_is_explained(why, status):
    """A request that the error list refuses breaks a rule; so nothing is wrong with refusing it."""
    base, members, codes = REFUSED[why]
    body = {key: value for key, value in {**base, **members}.items() if value is not None}
    endpoint = "chat-stream" if base is CHAT else "rerank"
    text = f'endpoint {endpoint}\n>> {json.dumps(body)}\nstatus {status}\nbody {{"message": "no"}}'
    violations = check(exchange_from(text)).violations

    assert codes == {v.code for v in violations if v.party is Party.CLIENT}
    assert {Level.INFO} == {v.level for v in violations}


def test_json_that_is_broken():
    """Broken JSON is on the error list as well."""
    text = '>> {"model": "\\a", "stream": true\nstatus 400\nbody {"message": "invalid json"}'
    violations = check(exchange_from(text)).violations

    assert [("CHAT-001", Level.INFO)] == [(v.code, v.level) for v in violations]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "no api key supplied"),
        (401, "invalid api token"),
        (402, "please add or update your payment method"),
        (404, "model 'xyz' not found"),
        (429, "you are past the per minute request limit"),
        (498, "the token is on the deny list"),
        (499, "request cancelled"),
        (500, "internal server error"),
    ],
)
def test_refusals_that_are_about_something_else(status, message):
    """What the error page says of keys, bills, models and rates is no finding but information."""
    text = f'status {status}\nbody {{"message": "{message}"}}'
    violations = check(exchange_from(text)).violations

    assert [("HTTP-011", Level.INFO)] == [(v.code, v.level) for v in violations]
