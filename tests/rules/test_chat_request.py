"""Rules about a chat request by itself: body, schema, ranges, JSON; both sides of each boundary."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level, Party
from conformance.wire import Exchange, Request, Response

USER = {"role": "user", "content": "Hi"}
BASE = {"model": "command-a-03-2025", "messages": [USER], "stream": True}
ANSWER = "message-start\nmessage-end ERROR"


def client(body, *lines):
    """What is found in a request with this body: text as it stands, anything else as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    violations = check(exchange_from("\n".join([f">> {text}", *lines, ANSWER]))).violations
    return [v for v in violations if v.party is Party.CLIENT]


def codes(body, *lines):
    """The codes of the client's errors and warnings."""
    return [v.code for v in client(body, *lines) if v.level is not Level.INFO]


def raw(body):
    """The client's findings about a request body of these bytes."""
    request = Request("POST", "https://api.cohere.com/v2/chat", (), body)
    response = Response(400, (), b'{"message": "no"}')
    violations = check(Exchange(request, response, endpoint="chat-stream")).violations
    return [v for v in violations if v.party is Party.CLIENT]


# -- the body as JSON --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the request has no body"),
        (b"  \n", "the request has no body"),
        (b"not json", "the body is not JSON: expecting value at character 0"),
        (b'{"stream": true,}', "at character 16"),
        (b'\xef\xbb\xbf{"stream": true}', "the body is not JSON"),
        (b'{"stream": true, "x": "\xff"}', "the body is not UTF-8 at byte 23: `ff 22 7d`"),
        ('{"stream": true, "é": '.encode("utf-16"), "the body is not UTF-8 at byte 0"),
        (b"[]", "the body is JSON, but not an object"),
        (b"null", "the body is JSON, but not an object"),
        (b'"stream"', "the body is JSON, but not an object"),
    ],
)
def test_a_body_that_is_no_json_object(body, message):
    """A body that cannot be read is one finding, with its place, and nothing else is judged."""
    found = raw(body)

    assert ["CHAT-001"] == [v.code for v in found]
    assert message in found[0].message
    assert found[0].byte is not None


def test_the_place_in_a_body_counts_bytes():
    """Characters before the fault may have several bytes."""
    body = '{"stream": true, "é": nope}'.encode()
    found = raw(body)

    assert body.index(b"nope") == found[0].byte


def test_a_request_that_is_not_sent_as_post_needs_no_body():
    """A GET without body has the wrong method; that it lacks a body follows from that."""
    request = Request("GET", "https://api.cohere.com/v2/chat")
    exchange = Exchange(request, Response(405, (), b'{"message": "no"}'), endpoint="chat-stream")

    assert ["HTTP-015"] == [v.code for v in check(exchange).violations if v.party is Party.CLIENT]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_json_does_not_have(number):
    """NaN and the infinities are told as such, and not as a wrong type too."""
    body = f'{{"model":"m","messages":[{json.dumps(USER)}],"stream":true,"temperature":{number}}}'

    assert ["CHAT-037"] == codes(body)


def test_a_number_that_overflows():
    """A number that no double holds is JSON, and out of range."""
    body = f'{{"model":"m","messages":[{json.dumps(USER)}],"stream":true,"temperature":1e999}}'

    assert ["CHAT-007"] == codes(body)


def test_each_duplicate_key_is_told_once():
    """A key that stands three times is one finding, two keys are two."""
    body = '{"model":"m","k":1,"k":2,"k":3,"p":0.5,"p":0.5,"messages":%s,"stream":true}'

    assert ["CHAT-036", "CHAT-036"] == codes(body % json.dumps([USER]))


# -- the schema --------------------------------------------------------------------------------


def without(name):
    """The base request without a member."""
    return {key: value for key, value in BASE.items() if key != name}


def messages(*listed):
    """The base request with these messages."""
    return {**BASE, "messages": list(listed)}


TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLS = {"role": "assistant", "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "1"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (without("stream"), "CHAT-002", None),
        (without("model"), "CHAT-002", None),
        (without("messages"), "CHAT-002", None),
        (messages({"role": "user"}), "CHAT-002", "/messages/0"),
        (messages({"content": "Hi"}), "CHAT-002", "/messages/0"),
        (messages({"role": "user", "content": [{"type": "text"}]}), "CHAT-002", "/messages/0/content/0"),
        (messages(USER, CALLS, {"role": "tool", "content": "1"}), "CHAT-002", "/messages/2"),
        ({**BASE, "tools": [{"type": "function", "function": {"name": "f"}}]}, "CHAT-002", "/tools/0/function"),
        ({**BASE, "tools": [{"function": TOOL["function"]}]}, "CHAT-002", "/tools/0"),
        ({**BASE, "documents": [{"id": "a"}]}, "CHAT-002", "/documents/0"),
        ({**BASE, "response_format": {}}, "CHAT-002", "/response_format"),
        ({**BASE, "messages": "Hi"}, "CHAT-003", "/messages"),
        ({**BASE, "messages": ["Hi"]}, "CHAT-003", "/messages/0"),
        ({**BASE, "model": 5}, "CHAT-003", "/model"),
        ({**BASE, "stream": "true"}, "CHAT-003", "/stream"),
        ({**BASE, "max_tokens": 1.5}, "CHAT-003", "/max_tokens"),
        ({**BASE, "k": 1.5}, "CHAT-003", "/k"),
        ({**BASE, "seed": "1"}, "CHAT-003", "/seed"),
        ({**BASE, "logprobs": "yes"}, "CHAT-003", "/logprobs"),
        ({**BASE, "stop_sequences": "a"}, "CHAT-003", "/stop_sequences"),
        ({**BASE, "stop_sequences": [1]}, "CHAT-003", "/stop_sequences/0"),
        ({**BASE, "safety_mode": 1}, "CHAT-003", "/safety_mode"),
        ({**BASE, "documents": [5]}, "CHAT-003", "/documents/0"),
        (messages({"role": "user", "content": 5}), "CHAT-003", "/messages/0/content"),
        ({**BASE, "response_format": {"type": "json_object", "json_schema": "x"}}, "CHAT-003", "/response_format/json_schema"),
        ({**BASE, "tools": [{"type": "function", "function": {"name": "f", "parameters": "x"}}]}, "CHAT-003", "/tools/0/function/parameters"),
        ({**BASE, "safety_mode": "strict"}, "CHAT-004", "/safety_mode"),
        ({**BASE, "tools": [TOOL], "tool_choice": "AUTO"}, "CHAT-004", "/tool_choice"),
        ({**BASE, "tools": [{**TOOL, "type": "tool"}]}, "CHAT-004", "/tools/0/type"),
        ({**BASE, "thinking": {"type": "on"}}, "CHAT-004", "/thinking/type"),
        (messages(USER, {"role": "assistant", "tool_calls": [{**CALL, "type": "call"}]}, RESULT), "CHAT-004", "/messages/1/tool_calls/0/type"),
        (messages({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.org/a.png", "detail": "best"}}]}), "CHAT-004", "/messages/0/content/0/image_url/detail"),
        (messages({"role": "robot", "content": "Hi"}), "CHAT-005", "/messages/0/role"),
        (messages({"role": "User", "content": "Hi"}), "CHAT-005", "/messages/0/role"),
        ({**BASE, "response_format": {"type": "xml"}}, "CHAT-005", "/response_format/type"),
        ({**BASE, "top_k": 5}, "CHAT-006", "/top_k"),
        ({**BASE, "a/b": 5}, "CHAT-006", "/a~1b"),
        (messages({**USER, "name": "me"}), "CHAT-006", "/messages/0/name"),
        ({**BASE, "tools": [{**TOOL, "name": "f"}]}, "CHAT-006", "/tools/0/name"),
        ({**BASE, "thinking": {"type": "enabled", "budget": 5}}, "CHAT-006", "/thinking/budget"),
    ],
)  # fmt: skip
def test_one_departure_breaks_one_rule(body, code, pointer):
    """Each departure from the schema breaks exactly one rule, at its place."""
    found = [v for v in client(body) if v.level is not Level.INFO]

    assert [(code, pointer)] == [(v.code, v.pointer) for v in found]


@pytest.mark.parametrize(
    "body",
    [
        BASE,
        {**BASE, "tools": []},
        {**BASE, "tools": [TOOL], "tool_choice": "NONE"},
        {**BASE, "thinking": {"type": "enabled", "token_budget": 1}},
        {**BASE, "response_format": {"type": "json_object", "json_schema": SCHEMA}},
        {**BASE, "response_format": {"type": "text"}},
        {**BASE, "documents": ["a", {"data": {"x": {"y": [1]}}}, {"id": "b", "data": {"z": 1}}]},
        {**BASE, "max_tokens": 5.0, "logprobs": True, "strict_tools": False},
        {**BASE, "citation_options": {}},
        messages(USER, CALLS, RESULT),
        messages({"role": "system", "content": [{"type": "text", "text": "Be brief"}]}, USER),
    ],
)
def test_what_the_description_allows(body):
    """Every form that the description has is free of findings."""
    assert [] == codes(body)


RANGES = [
    ("temperature", [0, 1, 0.5], [-0.001, 1.001], "CR-01"),
    ("p", [0.01, 0.99], [0.009, 0.991, 1], "CR-02"),
    ("k", [0, 500], [-1, 501], "CR-03"),
    ("seed", [0, 2**64 - 1], [-1, 2**64, 10**400], "CR-04"),
    ("frequency_penalty", [0, 1], [-0.1, 1.5], "CR-05"),
    ("presence_penalty", [0, 1], [-0.1, 1.5], "CR-05"),
    ("priority", [0, 999], [-1, 1000], "CR-10"),
]


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, inside, _, _ in RANGES for value in inside]
)
def test_inside_a_range(name, value):
    """The bounds of a range belong to it."""
    assert [] == codes({**BASE, name: value})


@pytest.mark.parametrize(
    ("name", "value", "clause"),
    [(name, value, clause) for name, _, outside, clause in RANGES for value in outside],
)
def test_outside_of_a_range(name, value, clause):
    """A value beyond a bound is told with the clause that states the bound."""
    found = client({**BASE, name: value})

    assert [("CHAT-007", Level.ERROR, clause)] == [(v.code, v.level, v.source.where) for v in found]


def test_a_token_budget_of_nothing():
    """A budget is at least 1."""
    found = client({**BASE, "thinking": {"type": "enabled", "token_budget": 0}})

    assert [("CHAT-007", "CR-09")] == [(v.code, v.source.where) for v in found]


@pytest.mark.parametrize(("count", "expected"), [(0, []), (5, []), (6, ["CHAT-008"])])
def test_stop_sequences(count, expected):
    """Five stop sequences are allowed, a sixth is not."""
    assert expected == codes({**BASE, "stop_sequences": [str(n) for n in range(count)]})


def test_an_answer_that_was_not_to_be_streamed():
    """The form of the request that is judged here is the one that asks for a stream."""
    found = client({**BASE, "stream": False})

    assert ["`/stream` is `false`, not one of `true`"] == [v.message for v in found]


def test_two_departures_are_two_findings():
    """Departures at different places do not hide each other."""
    body = {**messages({"role": "user"}), "temperature": 2, "top_k": 1}

    assert ["CHAT-002", "CHAT-006", "CHAT-007"] == sorted(codes(body))


def test_requests_of_the_other_endpoint():
    """The rules about chat requests are silent about a rerank request, and the reverse."""
    rerank = 'endpoint rerank\n> {"temperature": 2}\nresults 1:0.9 0:0.2 2:0.1'

    assert ["CHAT-006"] == codes({**BASE, "top_n": 0})
    assert ["RERANK-004", "HTTP-009"] == [
        v.code for v in sorted(check(exchange_from(rerank)).violations, key=lambda v: v.party.value)
    ]


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("max_tokens", 1, []),
        ("max_tokens", 0, ["CHAT-046"]),
        ("max_tokens", -1, ["CHAT-046"]),
        ("max_tokens", False, ["CHAT-003"]),
        ("model", "any-name", []),
        ("model", " ", ["CHAT-046"]),
        ("model", None, ["CHAT-003"]),
    ],
)
def test_values_without_a_meaning(member, value, expected):
    """A model needs a name, and a limit of tokens something to limit; another type is another fault."""
    assert expected == codes({**BASE, member: value})
