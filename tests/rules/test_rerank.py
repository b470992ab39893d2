"""Rules about rerank requests and answers; both sides of each boundary."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level, Party
from conformance.wire import Exchange, Request, Response

BASE = {"model": "rerank-v3.5", "query": "Paris", "documents": ["a", "b", "c"]}
ID = "5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90"
META = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}


def results(*pairs):
    """Results of these indexes and scores."""
    return [{"index": index, "relevance_score": score} for index, score in pairs]


ANSWER = {"id": ID, "results": results((1, 0.9), (0, 0.5), (2, 0.1)), "meta": META}


def found(request, answer, party):
    """(code, level) of what is found on one side of an exchange; text stands as it is."""
    sent, got = (x if isinstance(x, str) else json.dumps(x) for x in (request, answer))
    violations = check(exchange_from(f"endpoint rerank\n>> {sent}\nbody {got}")).violations
    return [(v.code, v.level) for v in violations if v.party is party]


def client(**members):
    """The codes of what is found in a request with these members, None leaving one out."""
    body = {key: value for key, value in {**BASE, **members}.items() if value is not None}
    return [code for code, _ in found(body, ANSWER, Party.CLIENT)]


def server(answer=None, request=None, **members):
    """The codes of the errors and warnings in an answer."""
    body = {**(ANSWER if answer is None else answer), **members}
    listed = found(BASE if request is None else request, body, Party.SERVER)
    return [code for code, level in listed if level is not Level.INFO and code != "HTTP-009"]


# -- requests ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, []),
        ({"top_n": 1, "max_tokens_per_doc": 100, "priority": 0}, []),
        ({"top_n": 3.0}, []),
        ({"priority": 999}, []),
        ({"model": None}, ["RERANK-002"]),
        ({"query": None}, ["RERANK-002"]),
        ({"documents": None}, ["RERANK-002"]),
        ({"query": 5}, ["RERANK-003"]),
        ({"top_n": "3"}, ["RERANK-003"]),
        ({"top_n": 1.5}, ["RERANK-003"]),
        ({"documents": "a"}, ["RERANK-003"]),
        ({"documents": ["a", {"text": "b"}]}, ["RERANK-003"]),
        ({"documents": [{"text": "a"}, {"text": "b"}, {"title": "c"}]}, ["RERANK-003"]),
        ({"documents": [{"text": "a"}, 1, 2, {"text": "b"}]}, ["RERANK-003"] * 2),
        ({"top_k": 3}, ["RERANK-004"]),
        ({"return_documents": True}, ["RERANK-004"]),
        ({"top_n": 0}, ["RERANK-005"]),
        ({"top_n": -1}, ["RERANK-005"]),
        ({"priority": -1}, ["RERANK-005"]),
        ({"priority": 1000}, ["RERANK-005"]),
        ({"query": ""}, ["RERANK-007"]),
        ({"query": " \n\u00a0"}, ["RERANK-007"]),
        ({"query": "."}, []),
        ({"documents": ["a", "", ""]}, ["RERANK-008"]),
        ({"documents": ["a", " "]}, []),
        ({"documents": []}, ["RERANK-009"]),
    ],
)
def test_requests(members, expected):
    """Each departure of a request breaks exactly one rule."""
    assert expected == client(**members)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, []),
        (1000, []),
        (1001, [("RERANK-011", Level.WARNING)]),
        (10_000, [("RERANK-011", Level.WARNING)]),
        (10_001, [("RERANK-006", Level.ERROR)]),
    ],
)
def test_number_of_documents(count, expected):
    """Up to 1,000 documents are advised, up to 10,000 are allowed."""
    body = {**BASE, "documents": ["a"] * count}

    assert expected == found(body, ANSWER, Party.CLIENT)


def test_documents_that_are_objects():
    """The finding about an object as a document names the clause that wants text."""
    body = json.dumps({**BASE, "documents": [{"text": "a"}]})
    violations = check(exchange_from(f"endpoint rerank\n>> {body}\nresults 0:0.5")).violations

    assert ["RR-08"] == [v.source.where for v in violations if v.code == "RERANK-003"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("not json", ["RERANK-001"]),
        ("[]", ["RERANK-001"]),
        ('{"model":"m","query":"a","query":"b","documents":["a"]}', ["RERANK-012"]),
        ('{"model":"m","query":"a","documents":["a"],"top_n":NaN}', ["RERANK-013"]),
        ('{"model":"m","query":"\\udc00","documents":["a"]}', ["RERANK-014"]),
    ],
)
def test_bodies(body, expected):
    """A body that is no JSON object, or doubtful JSON, breaks one rule."""
    assert expected == [code for code, _ in found(body, ANSWER, Party.CLIENT)]


# -- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, []),
        ({"id": ID.upper()}, []),
        ({"id": "<REDACTED>"}, []),
        ({"id": "{{id}}"}, []),
        ({"results": results((1, 1), (0, 1), (2, 0))}, []),
        ({"results": results((1.0, 0.5), (0, 0.5), (2, 0.5))}, []),
        ({"meta": {**META, "warnings": ["slow"], "cached_tokens": 0}}, []),
        ({"meta": {**META, "billed_units": {"search_units": 1.0, "pages": 2}}}, []),
        ({"id": 5}, ["RERANK-102"]),
        ({"id": None}, ["RERANK-102"]),
        ({"meta": {**META, "api_version": {}}}, ["RERANK-103"]),
        ({"meta": {"api_version": {}}}, ["RERANK-103", "RERANK-111"]),
        ({"results": {}}, ["RERANK-102"]),
        ({"results": [5, 6, 7]}, ["RERANK-102"]),
        ({"results": results(("1", 0.9), (0, 0.5), (2, 0.1))}, ["RERANK-102"]),
        ({"results": results((1, "0.9"), (0, 0.5), (2, 0.1))}, ["RERANK-102"]),
        ({"results": results((1, True), (0, 0.5), (2, 0.1))}, ["RERANK-102"]),
        ({"meta": []}, ["RERANK-102"]),
        ({"meta": {**META, "api_version": "2"}}, ["RERANK-102"]),
        ({"results": [{"index": 1}, *results((0, 0.5), (2, 0.1))]}, ["RERANK-103"]),
        ({"results": [{"relevance_score": 0.9}, *results((0, 0.5), (2, 0.1))]}, ["RERANK-103"]),
        ({"results": results((3, 0.9), (0, 0.5), (2, 0.1))}, ["RERANK-104"]),
        ({"results": results((-1, 0.9), (0, 0.5), (2, 0.1))}, ["RERANK-104"]),
        ({"results": results((10**30, 0.9), (0, 0.5), (2, 0.1))}, ["RERANK-104"]),
        ({"results": results((1, 0.9), (1, 0.5), (2, 0.1))}, ["RERANK-105"]),
        ({"results": results((1, 0.9), (1, 0.5), (1, 0.1))}, ["RERANK-105"]),
        ({"results": results((1, 0.5), (0, 0.9), (2, 0.1))}, ["RERANK-106"]),
        ({"results": results((1, 0.1), (0, 0.5), (2, 0.9))}, ["RERANK-106"]),
        ({"results": results((1, 0.5), (0, 0.5000001), (2, 0.1))}, ["RERANK-106"]),
        ({"results": results((1, 1.0001), (0, 0.5), (2, 0.1))}, ["RERANK-107"]),
        ({"results": results((1, 0.9), (0, 0.5), (2, -0.0001))}, ["RERANK-107"]),
        ({"results": results((1, 0.9), (0, 0.5))}, ["RERANK-108"]),
        ({"results": []}, ["RERANK-108"]),
        ({"meta": {**META, "api_version": {"version": "1"}}}, ["RERANK-109"]),
        ({"meta": {}}, ["RERANK-111"]),
        ({"meta": {"api_version": {"version": "2"}}}, ["RERANK-111"]),
        ({"meta": {**META, "billed_units": {}}}, ["RERANK-111"]),
        ({"id": "rerank-1"}, ["RERANK-112"]),
        ({"meta": {**META, "billed_units": {"search_units": -1}}}, ["RERANK-113"]),
        ({"meta": {**META, "cached_tokens": -1}}, ["RERANK-113"]),
    ],
)
def test_answers(members, expected):
    """Each departure of an answer breaks exactly one rule."""
    assert expected == server(**members)


def test_what_many_results_do_wrong():
    """Ten thousand results that are wrong alike are one finding, which counts them, and soon."""
    documents = [str(number) for number in range(10_000)]
    listed = results(*((number + 10_000, 0.5) for number in range(10_000)))
    body = {**BASE, "documents": documents}
    exchange = exchange_from(
        f"endpoint rerank\n>> {json.dumps(body)}\nbody {json.dumps({**ANSWER, 'results': listed})}"
    )

    (wrong,) = [v for v in check(exchange).violations if v.party is Party.SERVER]

    assert ("RERANK-104", True) == (wrong.code, wrong.message.endswith("(9999 more like it)"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("id", ["RERANK-112"]), ("meta", ["RERANK-111"]), ("results", ["RERANK-103"])],
)
def test_members_left_out(name, expected):
    """An answer without one of its members breaks one rule."""
    assert expected == server({key: value for key, value in ANSWER.items() if key != name})


@pytest.mark.parametrize(
    ("top_n", "count", "good"),
    [
        (1, 1, True),
        (2, 1, False),
        (2, 3, False),
        (3, 3, True),
        (5, 3, True),
        (5, 2, False),
        (3.0, 3, True),
        (0, 1, True),
        ("2", 1, True),
        (None, 1, True),
    ],
)
def test_number_of_results(top_n, count, good):
    """There are as many results as were asked for; a faulty `top_n` promises nothing."""
    answer = {"results": results((1, 0.9), (0, 0.5), (2, 0.1))[:count]}
    request = {**BASE, "top_n": top_n}
    if top_n is None:
        request = {**BASE, "documents": ["a", "b"][:count]}
        answer = {"results": results((0, 0.9))}

    assert good == ("RERANK-108" not in server(request=request, **answer))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        '"ok"',
        '{"id": 5',
        '{"id":"x","results":[{"index":0,"relevance_score":NaN}]}',
    ],
)
def test_answers_that_are_no_json_object(text):
    """An answer that cannot be read is one finding."""
    errors = [code for code, level in found(BASE, text, Party.SERVER) if level is Level.ERROR]

    assert "RERANK-101" in errors
    assert not {"RERANK-102"} & set(errors)


def test_an_answer_that_is_not_utf_8():
    """The place of the first bad byte is told."""
    request = Request("POST", "https://api.cohere.com/v2/rerank", (), json.dumps(BASE).encode())
    response = Response(200, (("content-type", "application/json"),), b'{"id": "\xff"}')
    violations = check(Exchange(request, response)).violations

    assert [("RERANK-101", 8)] == [(v.code, v.byte) for v in violations]


def test_an_answer_that_broke_off():
    """What the broken connection cut off is not told as broken JSON too."""
    text = json.dumps(ANSWER)[:40]
    violations = check(exchange_from(f"endpoint rerank\ncut\nbody {text}")).violations

    assert ["HTTP-017"] == [v.code for v in violations]


def test_an_answer_without_a_request():
    """Without the request only what the answer says by itself is judged."""
    body = json.dumps({**ANSWER, "results": results((7, 0.9), (8, 0.5))}).encode()
    response = Response(200, (), body)

    assert () == check(Exchange(None, response, endpoint="rerank")).violations


def test_members_that_are_not_described():
    """A member that every result has is told once, as information."""
    with_text = [{**one, "document": {"text": "a"}} for one in ANSWER["results"]]
    listed = found(BASE, {**ANSWER, "results": with_text}, Party.SERVER)

    assert [("RERANK-110", Level.INFO)] == listed


def test_a_key_that_stands_twice():
    """A repeated key is a warning about the answer's JSON."""
    text = json.dumps(ANSWER).replace('"index": 1', '"index": 1, "index": 1')

    assert [("RERANK-114", Level.WARNING)] == found(BASE, text, Party.SERVER)


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("max_tokens_per_doc", 1, []),
        ("max_tokens_per_doc", 0, ["RERANK-015"]),
        ("model", "", ["RERANK-015"]),
    ],
)
def test_values_without_a_meaning(member, value, expected):
    """A model needs a name, and a limit of tokens something to limit."""
    assert expected == client(**{member: value})
