"""Answers to a rerank: right ones, and ones with just the fault that their label names."""

from __future__ import annotations

import importlib
import json
import random

import jsonschema_rs
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

import conformance.strategies
from conformance.check import check
from conformance.contract import contract
from conformance.errors import UsageError
from conformance.rules.registry import RULES, all_rules
from conformance.strategies import (
    Answer,
    Coverage,
    broken_rerank_responses,
    rerank_requests,
    rerank_responses,
)
from conformance.verdict import Level

MANY = max(200, settings.default.max_examples)
TIMES = 8 if settings.default.max_examples > 1000 else 3
INSIDE = conformance.strategies.from_schema.__module__.rpartition(".")[0]
Seeded = importlib.import_module(f"{INSIDE}.source").Seeded
WAYS = importlib.import_module(f"{INSIDE}.rankings").response_ways()
ASKED = {"model": "m", "query": "q", "documents": ["a", "b", "c", "d"], "top_n": 3}


def answered(request, body):
    """The exchange in which a body answers a request."""
    raw = json.dumps(body).encode()
    return Answer(200, (("content-type", "application/json"),), raw).exchange(request)


def judge(exchange, fault):
    """Assert that the rules find what the label says, and no other error."""
    verdict = check(exchange)
    assert verdict.judged
    found = {v.code for v in verdict.violations}
    errors = {v.code for v in verdict.violations if v.level is Level.ERROR}
    assert fault.code in found
    assert errors <= {fault.code}


@st.composite
def rankings(draw, **options):
    """A request and a right answer."""
    request = draw(rerank_requests(**options))
    return request, draw(rerank_responses(request))


@settings(max_examples=MANY, database=None)
@given(rankings())
def test_answers_are_right(example):
    """An answer fits the schema, has no unknown member, and no rule has anything to say."""
    request, body = example
    validator = jsonschema_rs.Draft202012Validator(
        contract().schema("rerank-response", closed=True)
    )

    assert [] == list(validator.iter_errors(body))
    assert [] == [v.headline for v in check(answered(request, body)).violations]


def test_many_documents_are_ranked():
    """An answer to thousands of documents is right too, and is drawn with few choices."""
    request, body = find(rankings(min_documents=3000, max_documents=3000), lambda _: True)

    assert min(3000, request.get("top_n", 3000)) == len(body["results"])
    assert [] == [
        v.headline for v in check(answered(request, body)).violations if v.level is Level.ERROR
    ]


def test_everything_in_the_schema_comes():
    """Within 1,000 answers every member of `meta` comes, scores of 0 and 1, and ties."""
    coverage = Coverage(contract().schema("rerank-response"))
    scores = set()
    ties = 0

    @settings(max_examples=1000, database=None, derandomize=True)
    @given(rankings())
    def count(example):
        nonlocal ties
        coverage.add(example[1])
        listed = [result["relevance_score"] for result in example[1]["results"]]
        scores.update(listed)
        ties += len(listed) != len(set(listed))

    count()

    assert ties
    assert {0, 1} <= scores
    # Whoever answers says who and for how much.
    always = ("/id absent", "/meta absent", "/api_version absent", "/billed_units absent")
    rare = [name for name in coverage.missing if not name.endswith((*always, "_tokens absent"))]
    assert ["#/$defs/ApiMetaBilledUnits/properties/search_units absent"] == rare


def test_every_way_breaks_just_its_rule():
    """At every place of the schema, and for every rule about answers, the label is true."""
    for way in WAYS:
        for seed in range(TIMES):
            response, fault = way.make(Seeded(random.Random(seed)), ASKED)
            assert (way.kind, way.code) == (fault.kind, fault.code)
            judge(response.exchange(ASKED), fault)


def test_every_rule_about_answers_can_be_broken():
    """There is a fault for every rule about rerank answers."""
    all_rules()

    wanted = {code for code in RULES if code.startswith("RERANK-1")}
    assert wanted == {way.code for way in WAYS} - {"HTTP-001"}


@st.composite
def broken_rankings(draw):
    """A request, if it is known, and a broken answer."""
    request = draw(st.none() | rerank_requests())
    return request, draw(broken_rerank_responses(request))


@settings(max_examples=MANY, database=None)
@given(broken_rankings())
def test_broken_answers_are_labelled(example):
    """A broken answer breaks just the rule that its label names, its request known or not."""
    request, (response, fault) = example
    judge(response.exchange(request), fault)


def test_codes_that_do_not_apply():
    """A code is refused at once if no answer has it, when drawn if none to this request has."""
    alone = {"model": "m", "query": "q", "documents": ["a"]}

    with pytest.raises(UsageError):
        broken_rerank_responses(ASKED, code="CHAT-001")
    with pytest.raises(UsageError, match="RERANK-106"):
        find(broken_rerank_responses(alone, code="RERANK-106"), lambda _: True)
    assert "RERANK-106" == find(broken_rerank_responses(ASKED, code="RERANK-106"), bool).fault.code


def test_a_broken_answer_is_shown_in_one_line():
    """The repr is one line: status, headers, body, and the label."""
    shown = pretty(find(broken_rerank_responses(ASKED, code="RERANK-104"), lambda _: True))

    assert "\n" not in shown
    assert shown.startswith('(answer(200, content-type: application/json, {"id":"')
