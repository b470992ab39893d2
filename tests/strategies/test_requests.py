"""Requests: valid, coherent, various, and shown in one line."""

from __future__ import annotations

import itertools
import json

import jsonschema_rs
import pytest
from hypothesis import find, given, settings
from hypothesis.vendor.pretty import pretty

from conformance.check import check
from conformance.contract import contract
from conformance.errors import UsageError
from conformance.strategies import Coverage, chat_requests, rerank_requests
from conformance.wire import Exchange, Request

MANY = max(300, settings.default.max_examples)

# What the description makes optional and coherence does not: a tool that is no function cannot be
# called, and a call of nothing cannot be answered.
NEVER_ABSENT = {
    "#/$defs/ToolCallV2/properties/function absent",
    "#/$defs/ToolCallV2/properties/function/properties/name absent",
    "#/$defs/ToolV2/properties/function absent",
}
# Who may speak after whom; None is the beginning.
NEIGHBOURS = {
    (None, "system"), (None, "user"), ("system", "user"), ("user", "assistant"),
    ("assistant", "user"), ("assistant", "tool"), ("tool", "tool"), ("tool", "assistant"),
}  # fmt: skip


def findings(body, path="/v2/chat"):
    """What the rules say of a request that nobody has answered yet."""
    headers = (("Content-Type", "application/json"), ("Authorization", "Bearer key"))
    sent = json.dumps(body, ensure_ascii=False).encode()
    request = Request("POST", f"https://api.cohere.com{path}", headers, sent)
    verdict = check(Exchange(request, None, observed=True))
    assert verdict.judged
    return verdict.violations


def roles(body):
    """Who speaks, in order."""
    return [message["role"] for message in body["messages"]]


@settings(max_examples=MANY, database=None)
@given(chat_requests())
def test_chat_requests_are_valid(body):
    """A chat request fits the schema, has no unknown member, and no rule has anything to say."""
    validator = jsonschema_rs.Draft202012Validator(contract().schema("chat-request", closed=True))

    assert [] == list(validator.iter_errors(body))
    assert [] == [v.headline for v in findings(body)]


@settings(max_examples=MANY, database=None)
@given(rerank_requests())
def test_rerank_requests_are_valid(body):
    """A rerank request fits the schema, has no unknown member, and no rule has anything to say."""
    validator = jsonschema_rs.Draft202012Validator(contract().schema("rerank-request", closed=True))

    assert [] == list(validator.iter_errors(body))
    assert [] == [v.headline for v in findings(body, "/v2/rerank")]


@settings(max_examples=MANY, database=None)
@given(chat_requests(coherent=False))
def test_incoherent_chat_requests_are_schema_valid(body):
    """Without coherence a chat request still fits the schema and has no unknown member."""
    validator = jsonschema_rs.Draft202012Validator(contract().schema("chat-request", closed=True))

    assert [] == list(validator.iter_errors(body))


@settings(max_examples=MANY, database=None)
@given(chat_requests())
def test_conversations_are_coherent(body):
    """Roles follow each other, each call is answered once after it was made, arguments fit."""
    speakers = roles(body)
    assert {*zip([None, *speakers], speakers)} <= NEIGHBOURS  # noqa: B905 - one is longer
    assert speakers[-1] in ("user", "tool")

    open_calls = {}
    functions = {t["function"]["name"]: t["function"] for t in body.get("tools", [])}
    for message in body["messages"]:
        if message["role"] == "tool":
            del open_calls[message["tool_call_id"]]
            continue
        assert {} == open_calls
        for call in message.get("tool_calls", []):
            open_calls[call["id"]] = call
            function = functions[call["function"]["name"]]
            sent = json.loads(call["function"].get("arguments", "{}"))
            parameters = jsonschema_rs.validator_for(function["parameters"])
            assert parameters.is_valid(sent)
    assert {} == open_calls


@settings(max_examples=MANY, database=None)
@given(chat_requests())
def test_parts_go_together(body):
    """Tools, documents, response format, safety mode, penalties and tool choice fit each other."""
    assert not ("response_format" in body and ("tools" in body or "documents" in body))
    assert not ("safety_mode" in body and ("tools" in body or "documents" in body))
    assert "tools" in body or not {"tool_choice", "strict_tools"} & body.keys()
    assert not (body.get("frequency_penalty") and body.get("presence_penalty"))
    assert len(body.get("stop_sequences", [])) <= 5
    ids = [d["id"] for d in body.get("documents", []) if isinstance(d, dict) and "id" in d]
    assert len(ids) == len(set(ids))
    names = [tool["function"]["name"] for tool in body.get("tools", [])]
    assert len(names) == len(set(names))
    if body.get("thinking", {}).get("token_budget") and "max_tokens" in body:
        assert body["thinking"]["token_budget"] + 1000 <= body["max_tokens"]


def test_every_shape_of_a_chat_request_comes():
    """Within 2,000 requests every member comes present and absent, every value and union member."""
    coverage = Coverage(contract().schema("chat-request"))
    pairs = set()

    @settings(max_examples=2000, database=None, derandomize=True)
    @given(chat_requests())
    def count(body):
        coverage.add(body)
        speakers = roles(body)
        pairs.update(zip([None, *speakers], speakers))  # noqa: B905 - one is longer

    count()

    assert NEVER_ABSENT == set(coverage.missing)
    assert NEIGHBOURS == pairs


def test_every_shape_of_a_schema_valid_chat_request_comes():
    """Without coherence everything comes, without exception."""
    coverage = Coverage(contract().schema("chat-request"))

    @settings(max_examples=2000, database=None, derandomize=True)
    @given(chat_requests(coherent=False))
    def count(body):
        coverage.add(body)

    count()

    assert [] == coverage.missing


def test_top_n_comes_below_at_and_above_the_number_of_documents():
    """A cut, an exact and an excessive `top_n` come often: each in one request of ten at least."""
    seen = {-1: 0, 0: 0, 1: 0, None: 0}
    coverage = Coverage(contract().schema("rerank-request"))

    @settings(max_examples=1000, database=None, derandomize=True)
    @given(rerank_requests())
    def count(body):
        coverage.add(body)
        top, size = body.get("top_n"), len(body["documents"])
        seen[None if top is None else (top > size) - (top < size)] += 1

    count()

    assert min(seen.values()) >= 100
    assert [] == coverage.missing


@pytest.mark.parametrize(
    ("feature", "has"),
    [
        ("with_tools", lambda body: "tools" in body),
        ("with_documents", lambda body: "documents" in body),
        ("with_json", lambda body: "response_format" in body),
        ("with_tool_results", lambda body: "tool" in roles(body)),
        ("with_images", lambda body: '"image_url"' in json.dumps(body)),
    ],
)
@pytest.mark.parametrize("wanted", [True, False])
def test_filters(feature, has, wanted):
    """A filter gives requests that have, or do not have, what it names."""

    @settings(max_examples=50, database=None)
    @given(chat_requests(**{feature: wanted}))
    def holds(body):
        assert wanted == has(body)

    holds()


THINKERS = {"command-a-reasoning-08-2025", "command-a-plus-05-2026"}


def test_requests_that_think():
    """With thinking the model can think, and often it is told to; without, nobody is told."""
    told = []

    @settings(max_examples=50, database=None)
    @given(chat_requests(with_thinking=True))
    def thinks(body):
        assert body["model"] in THINKERS
        told.append("thinking" in body)

    @settings(max_examples=50, database=None)
    @given(chat_requests(with_thinking=False))
    def does_not(body):
        assert "thinking" not in body
        assert '"thinking"' not in json.dumps(body["messages"])

    thinks()
    does_not()
    assert any(told)


FEATURES = {
    "with_tools": lambda body: "tools" in body,
    "with_documents": lambda body: "documents" in body,
    "with_images": lambda body: '"image_url"' in json.dumps(body),
    "with_thinking": lambda body: body["model"] in THINKERS,
}


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(FEATURES, 2)])
def test_filters_together(one, other):
    """Two things that are asked for come together, and the request is coherent all the same."""

    @settings(max_examples=30, database=None)
    @given(chat_requests(**{one: True, other: True}))
    def holds(body):
        assert FEATURES[one](body)
        assert FEATURES[other](body)
        assert [] == [v.headline for v in findings(body)]

    holds()


@pytest.mark.parametrize(("least", "most"), [(1, 1), (2, 3), (4, 4), (5, 9), (1, 3)])
def test_number_of_messages(least, most):
    """A conversation has as many messages as was asked for, if coherence allows that number."""

    @settings(max_examples=100, database=None)
    @given(chat_requests(min_messages=least, max_messages=most))
    def holds(body):
        assert least <= len(body["messages"]) <= most

    holds()


def test_model_is_kept():
    """A given model is the model of every request."""
    assert "m" == find(chat_requests(model="m"), lambda _: True)["model"]
    assert "m" == find(rerank_requests(model="m"), lambda _: True)["model"]


@pytest.mark.parametrize(
    ("strategy", "filters"),
    [
        (chat_requests, {"with_json": True, "with_tools": True}),
        (chat_requests, {"with_json": True, "with_documents": True}),
        (chat_requests, {"with_tool_results": True, "with_tools": False}),
        (chat_requests, {"with_tool_results": True, "max_messages": 2}),
        (chat_requests, {"max_messages": 0}),
        (chat_requests, {"min_messages": 3, "max_messages": 2}),
        (chat_requests, {"coherent": False, "with_tools": True}),
        (rerank_requests, {"min_documents": 0}),
        (rerank_requests, {"max_documents": 10_001}),
        (rerank_requests, {"coherent": False, "with_top_n": True}),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_filters_that_exclude_each_other_are_refused_at_once(strategy, filters):
    """What no coherent request has is an error when the strategy is made."""
    with pytest.raises(UsageError) as caught:
        strategy(**filters)

    assert caught.value.hint


def test_a_request_is_shown_in_one_line():
    """The repr of a request is one line of Python that makes an equal dict again."""
    body = find(chat_requests(with_tool_results=True), lambda _: True)

    assert "\n" not in pretty(body)
    assert dict(body) == eval(pretty(body))
    assert "chat_requests(with_tools=True)" == repr(chat_requests(with_tools=True))


def test_examples_do_not_share_their_parts():
    """Who changes an example does not change a later one."""

    def spoil(value):
        for each in list(value.values()) if isinstance(value, dict) else value:
            if isinstance(each, (dict, list)):
                spoil(each)
        if isinstance(value, dict):
            assert "spoilt" not in value
            value["spoilt"] = True

    @settings(max_examples=200, database=None)
    @given(chat_requests())
    def holds(body):
        spoil(body)

    holds()
