"""The cases keep what they promise: their bytes are what their kind says, and nobody can foresee them."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from dataclasses import replace
from fnmatch import filter as filter_names
from functools import cache

import pytest

from conformance.check import check
from conformance.clients.cases import FAMILIES, cases, chosen
from conformance.clients.cases.causes import CAUSES, cause_of
from conformance.clients.cases.shelf import Shelf
from conformance.errors import UsageError
from conformance.verdict import Level, Party
from conformance.wire import Exchange, Request, Response

NAMES = [family.name for family in FAMILIES]

# What a later version of the API may send is a fault today, and so is a usage that is left out.
BEYOND_TODAY = {"unknown": {"EVENT-007", "EVENT-009"}, "missing": {"CHAT-103"}}
# A refusal is a failure by its status, whatever its body says.
LEAST_REFUSAL = 300


@cache
def family(name):
    """The cases of a family."""
    return [case for case in cases() if case.family == name]


def exchange_of(case):
    """What a faithful client sends for a case, and what it gets at last."""
    answer = case.answers[-1]
    body = answer.body
    if answer.header("content-encoding") == "gzip":
        body = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body)
    headers = (("authorization", "Bearer co-key"), ("content-type", "application/json"))
    path = "chat" if case.endpoint == "chat" else "rerank"
    sent = json.dumps(case.request, ensure_ascii=False).encode()
    return Exchange(
        Request("POST", f"http://mock/v2/{path}", headers, sent),
        Response(answer.status, answer.headers, body, complete=answer.ends == "whole"),
        observed=True,
    )


def errors_in(case):
    """The codes of what is wrong with the answer of a case."""
    found = check(exchange_of(case)).violations
    return {v.code for v in found if v.party is Party.SERVER and v.level is Level.ERROR}


@pytest.mark.parametrize("name", NAMES)
def test_allowed_answers_break_no_rule(name):
    """What a client must take is judged free of errors, but for what is meant for later versions."""
    wrong = {
        case.name: errors_in(case) - BEYOND_TODAY.get(name, set())
        for case in family(name)
        if case.kind != "failure"
    }

    assert {} == {key: codes for key, codes in wrong.items() if codes}


@pytest.mark.parametrize("name", NAMES)
def test_failures_fail(name):
    """A failure is a refusal, an answer with errors, or one that says that it failed or was cut."""
    sound = [
        case.name
        for case in family(name)
        if case.kind == "failure"
        and all(answer.status < LEAST_REFUSAL for answer in case.answers)
        and case.answers[-1].ends != "stall"
        and case.expect.finish not in {"ERROR", "TIMEOUT", "MAX_TOKENS"}
        and not errors_in(case)
    ]

    assert [] == sound


@pytest.mark.parametrize("name", NAMES)
def test_requests_keep_the_rules(name):
    """A call that a case asks for has no fault of its own."""
    wrong = {}
    for case in family(name):
        found = check(replace(exchange_of(case), response=None)).violations
        codes = {v.code for v in found if v.level is not Level.INFO}
        if codes:
            wrong[case.name] = codes

    assert {} == wrong


def test_names_are_unique_and_of_one_form():
    """A name is its family, a stroke, and lower-case words with hyphens."""
    names = Counter(case.name for case in cases())

    assert [] == [name for name, count in names.items() if count > 1]
    assert [] == [
        name
        for name in names
        if name.count("/") != 1 or name.lower() != name or any(c in name for c in " _.")
    ]


def test_causes_are_told_apart():
    """Two cases of one family never claim to try the same thing."""
    told = Counter((case.family, case.about) for case in cases())

    assert [] == [pair for pair, count in told.items() if count > 1]


@pytest.mark.parametrize("name", NAMES)
def test_every_family_has_cases(name):
    """No family is empty, and each says what it is about."""
    assert family(name)
    assert next(one for one in FAMILIES if one.name == name).about


def test_the_same_seed_gives_the_same_cases():
    """A case can be repeated byte by byte."""
    cases.cache_clear()
    first = cases(3)
    cases.cache_clear()

    assert first == cases(3)


def test_another_seed_gives_other_words():
    """Nothing that a client could know from an earlier run stands in an answer, but names stay."""
    first, second = cases(1), cases(2)
    # What is the same for all seeds: there is no word in it that a client could hand over.
    same = {
        a.name
        for a, b in zip(first, second, strict=True)
        if a.answers == b.answers and a.answers[-1].body
    }

    assert [case.name for case in first] == [case.name for case in second]
    assert {name.partition("/")[0] for name in same} <= {"http", "status", "rerank-status"}
    assert all(a.request != b.request for a, b in zip(first, second, strict=True))


def test_a_case_says_what_its_answer_holds():
    """The promised channels are those of the bytes, read by the project's own decoder."""
    case = next(case for case in cases(5) if case.name == "framing/cr")
    body = case.answers[0].body.decode()
    deltas = [
        json.loads(line.removeprefix("data: "))["delta"]["message"]["content"]["text"]
        for line in body.split("\r")
        if line.startswith("data: ") and '"content-delta"' in line
    ]

    assert "".join(deltas) == case.expect.text
    assert case.expect.text


def test_what_is_chosen():
    """A family stands for all its cases, a pattern for those that it fits, nothing for all."""
    assert cases() == chosen(())
    assert family("framing") == list(chosen(["framing"]))
    assert ["framing/cr", "framing/crlf"] == [
        c.name for c in chosen(["framing/cr", "framing/crl?"])
    ]


def test_a_name_that_does_not_exist():
    """A misspelt case is refused with the nearest name."""
    with pytest.raises(UsageError) as caught:
        chosen(["framing/crfl"])

    assert "no such case: `framing/crfl`" in str(caught.value)
    assert "framing/crlf" in caught.value.hint


def test_a_shelf_tells_its_words_by_name():
    """The words of a case depend on its own name, not on the cases before it."""
    assert Shelf("a", 1).say("x").phrase() == Shelf("a", 1).say("x").phrase()
    assert Shelf("a", 1).say("x").phrase() != Shelf("a", 1).say("y").phrase()
    assert Shelf("a", 1).say("x").phrase() != Shelf("b", 1).say("x").phrase()


def test_every_row_of_causes_is_used():
    """No pattern of the causes is stale, and none is hidden behind an earlier row."""
    stale = []
    for cause, patterns in CAUSES:
        own = [case.name for case in cases() if cause_of(case.name) == cause]
        stale += [p for p in patterns.split() if not filter_names(own, p)]

    assert [] == stale


def test_every_case_has_a_cause():
    """A case in no row is its own cause; rows bring the number down to what a reader can take in."""
    told = {case.cause for case in cases()}

    assert all(told)
    assert len(told) < len(cases()) / 3
