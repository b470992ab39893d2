"""Broken requests: each breaks just the rule that its label names, and none is in fact valid."""

from __future__ import annotations

import importlib
import itertools
import random
import re

import pytest
from hypothesis import find, given, settings
from hypothesis.vendor.pretty import pretty

import conformance.strategies
from conformance.check import check
from conformance.contract import contract
from conformance.errors import UsageError
from conformance.rules.registry import RULES, all_rules
from conformance.strategies import broken_chat_requests, broken_rerank_requests
from conformance.verdict import Level, Party
from conformance.wire import Exchange

MANY = max(200, settings.default.max_examples)
TIMES = 8 if settings.default.max_examples > 1000 else 2
# The folder `strategies` has another name in a checkout than in an installation.
INSIDE = conformance.strategies.from_schema.__module__.rpartition(".")[0]
Seeded = importlib.import_module(f"{INSIDE}.source").Seeded
WAYS = importlib.import_module(f"{INSIDE}.broken_requests").ways

# What the strategies must be able to do, beside the kinds that only one endpoint has.
KINDS = {
    "missing", "wrong type", "null", "below the range", "far below the range", "above the range",
    "far above the range", "too many items", "unknown field", "empty where content is needed",
    "malformed JSON", "truncated body", "no JSON object", "not UTF-8", "duplicate key",
    "not a number", "lone surrogate", "wrong Content-Type", "missing Content-Type",
    "missing Authorization", "empty Authorization", "malformed Authorization", "wrong method",
    "tolerated",
}  # fmt: skip
CHAT_KINDS = KINDS | {
    "outside the enum", "changed case", "wrong union member", "mixed union members",
    "duplicate id", "dangling tool id", "unanswered tool call", "tool call answered twice",
    "forbidden combination", "tool name", "message order", "schema keyword", "image address",
}  # fmt: skip


def judge(request, fault, endpoint):
    """Assert that the rules find what the label says, and no other error."""
    verdict = check(Exchange(request, None, observed=True, endpoint=endpoint))
    assert verdict.judged
    errors = {v.code for v in verdict.violations if v.level is Level.ERROR}
    found = {v.code for v in verdict.violations}
    if fault.tolerated:
        assert set() == errors
        assert () == fault.expected
        assert fault.code in found | {""}
        return verdict
    assert fault.code in found
    # A server may take what only a recommendation asks for.
    wrong = RULES[fault.code].level is Level.ERROR
    assert ({fault.code} if wrong else set()) == errors
    assert wrong == bool(fault.expected)
    return verdict


@pytest.mark.parametrize("endpoint", ["chat-stream", "rerank"])
def test_every_way_breaks_just_its_rule(endpoint):
    """At every place of the schema, and for every fault of sense and of HTTP, the label is true."""
    all_rules()
    for way in (way for group in WAYS(endpoint) for way in group):
        for seed in range(TIMES):
            request, fault = way.make(Seeded(random.Random(seed)))
            assert (way.kind, way.code) == (fault.kind, fault.code)
            judge(request, fault, endpoint)


@settings(max_examples=MANY, database=None)
@given(broken_chat_requests())
def test_broken_chat_requests_are_labelled(example):
    """A broken chat request breaks just the rule that it names."""
    judge(*example, "chat-stream")


@settings(max_examples=MANY, database=None)
@given(broken_rerank_requests())
def test_broken_rerank_requests_are_labelled(example):
    """A broken rerank request breaks just the rule that it names."""
    judge(*example, "rerank")


def test_every_kind_of_fault_is_made():
    """All kinds of faults that there should be are there."""
    chat, rerank = ({w.kind for g in WAYS(e) for w in g} for e in ("chat-stream", "rerank"))

    assert set() == CHAT_KINDS - chat
    assert set() == KINDS - rerank


def names(schema):
    """The names of all members that a schema describes with a type, wherever they are."""
    if isinstance(schema, dict):
        for name, member in schema.get("properties", {}).items():
            if "$ref" in member or "type" in member or "oneOf" in member:
                yield name
        for value in schema.values():
            yield from names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from names(value)


@pytest.mark.parametrize(
    ("endpoint", "thing"), [("chat-stream", "chat-request"), ("rerank", "rerank-request")]
)
@pytest.mark.parametrize("kind", ["wrong type", "null"])
def test_a_fault_of_type_is_made_in_every_member(endpoint, thing, kind):
    """No member of the description is without a fault of its type, at all places taken together."""
    reached = set()
    for way in (
        way for group in WAYS(endpoint) for way in group if way.kind in (kind, "tolerated")
    ):
        for seed in range(2):
            pointer = way.make(Seeded(random.Random(seed))).fault.pointer
            reached.add(pointer.rpartition("/")[2])

    assert set() == set(names(contract().schema(thing))) - reached


def test_every_rule_about_requests_can_be_broken():
    """There is a fault for every rule about the client, of error level or below."""
    all_rules()
    codes = {w.code for e in ("chat-stream", "rerank") for g in WAYS(e) for w in g}

    # Who sends a request writes its length, so that no drawn request can have two.
    wanted = {c for c, r in RULES.items() if r.party is Party.CLIENT} - {"HTTP-021"}

    # An empty list of documents and what else is only tolerated has a label too.
    assert wanted == codes - {""}


def test_every_known_tolerance_is_tried():
    """Each departure that the live API is known to take is made, and found as that."""
    tried = set()
    for endpoint in ("chat-stream", "rerank"):
        for way, seed in itertools.product(WAYS(endpoint)[3], range(8)):
            verdict = judge(*way.make(Seeded(random.Random(seed))), endpoint)
            for violation in verdict.violations:
                tried.update(re.findall(r"\bT-\d\d", violation.evidence.note))
    # Two have rules of their own: empty documents, and empty content beside tool calls.
    known = {t.id for t in contract().tolerances if t.thing.endswith("request")} - {"T-09", "T-10"}

    assert known == tried


@pytest.mark.parametrize(
    ("strategy", "filters"),
    [
        (broken_chat_requests, {"kind": "typo"}),
        (broken_chat_requests, {"code": "RERANK-001"}),
        (broken_rerank_requests, {"code": "CHAT-001"}),
        (broken_rerank_requests, {"kind": "changed case"}),
        (broken_chat_requests, {"kind": "missing", "code": "CHAT-001"}),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_impossible_filters_are_refused_at_once(strategy, filters):
    """A kind or code that no fault has is an error when the strategy is made."""
    with pytest.raises(UsageError) as caught:
        strategy(**filters)

    assert caught.value.hint


def test_filters():
    """A kind or a code gives faults of that kind, or of that rule, only."""
    assert "null" == find(broken_chat_requests(kind="null"), lambda _: True).fault.kind
    assert "RERANK-007" == find(broken_rerank_requests(code="RERANK-007"), lambda _: True)[1].code


def test_a_broken_request_is_shown_in_one_line():
    """The repr is one line that shows what of the message is unusual, and the label."""
    shown = pretty(find(broken_chat_requests(kind="missing Authorization"), lambda _: True))

    assert "\n" not in shown
    assert shown.startswith("(sent(POST /v2/chat, no Authorization, {")
    assert "Fault(kind='missing Authorization', pointer='', code='HTTP-012'" in shown
