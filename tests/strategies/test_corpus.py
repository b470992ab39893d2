"""Corpora: the same seed gives the same bytes, no example twice, each with a true label."""

from __future__ import annotations

import base64
import importlib
import json
import random

import pytest

import conformance.strategies
from conformance.check import check
from conformance.errors import UsageError
from conformance.strategies import THINGS, Example, corpus
from conformance.verdict import Level
from conformance.wire import Exchange, Request, Response

INSIDE = conformance.strategies.from_schema.__module__.rpartition(".")[0]
Seeded = importlib.import_module(f"{INSIDE}.source").Seeded


def raw(record, name="body"):
    """The bytes of a record, which are text or base64."""
    if name in record:
        return record[name].encode()
    return base64.b64decode(record[f"{name}_base64"])


def exchange_of(thing, record):
    """The exchange that a record describes, read as somebody would who has only the file."""
    endpoint = "rerank" if "rerank" in thing else "chat-stream"
    if thing.endswith("requests"):
        sent = record["request"]
        headers = tuple((name, value) for name, value in sent["headers"])
        url = f"https://api.cohere.com{sent['path']}"
        request = Request(sent["method"], url, headers, raw(sent))
        return Exchange(request, None, observed=True, endpoint=endpoint)
    request = None
    if record["request"] is not None:
        path = "/v2/rerank" if endpoint == "rerank" else "/v2/chat"
        body = json.dumps(record["request"]).encode()
        headers = (("Content-Type", "application/json"),)
        request = Request("POST", f"https://api.cohere.com{path}", headers, body)
    if thing == "rerank-responses":
        told = record["response"]
        headers = tuple((name, value) for name, value in told["headers"])
        response = Response(told["status"], headers, raw(told))
    elif thing == "streams":
        response = Response(200, (("content-type", "text/event-stream"),), raw(record))
    else:
        body = b"".join(base64.b64decode(chunk) for chunk in record["chunks_base64"])
        response = Response(200, (("content-type", "text/event-stream"),), body)
    return Exchange(request, response, endpoint=endpoint)


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("thing", THINGS)
def test_a_corpus_is_the_same_again(thing, broken):
    """The same seed gives the same records in the same order, another seed others; none is twice."""
    first = [json.dumps(e.record) for e in corpus(thing, count=60, seed=3, broken=broken)]
    again = [json.dumps(e.record) for e in corpus(thing, count=60, seed=3, broken=broken)]
    other = [json.dumps(e.record) for e in corpus(thing, count=60, seed=4, broken=broken)]

    assert first == again
    bodies = [record.partition(",")[2] for record in first]
    assert len(set(bodies)) == 60
    assert bodies != [record.partition(",")[2] for record in other]


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("thing", THINGS)
def test_labels_of_a_corpus_are_true(thing, broken):
    """Read from the file alone, each example breaks what its label says, or nothing."""
    for example in corpus(thing, count=60, seed=7, broken=broken):
        record = json.loads(json.dumps(example.record))
        verdict = check(exchange_of(thing, record))
        errors = {v.code for v in verdict.violations if v.level is Level.ERROR}
        label = record["fault"]
        assert broken == (label is not None)
        assert errors <= ({label["code"], *label["also"]} if label else set())
        if label and label["code"]:
            assert label["code"] in {v.code for v in verdict.violations}


def test_a_code_selects():
    """With a code each example breaks that rule."""
    made = list(corpus("streams", count=5, seed=1, code="CITE-006"))

    assert {"CITE-006"} == {example.fault.code for example in made}


def test_answers_to_a_given_request():
    """Streams and rankings answer the request that is given."""
    request = {"model": "m", "query": "q", "documents": ["a", "b"]}
    example = next(corpus("rerank-responses", count=1, seed=1, request=request))

    assert request == example.record["request"]
    assert 2 == len(json.loads(example.body)["results"])


@pytest.mark.parametrize(
    ("thing", "options"),
    [
        ("chat", {}),
        ("streams", {"code": "CHAT-001"}),
        ("chat-requests", {"code": "CITE-006"}),
        ("framings", {"code": "CITE-006"}),
    ],
    ids=str,
)
def test_what_there_is_not_is_refused(thing, options):
    """A thing or a code that there is not is an error at once."""
    with pytest.raises(UsageError) as caught:
        corpus(thing, count=1, seed=0, **options)

    assert caught.value.hint


def test_more_than_there_are_is_refused(monkeypatch):
    """Who asks for more different examples than there are is told how many there are."""
    always = Example({"request": None}, b"", None)
    monkeypatch.setitem(THINGS, "streams", lambda _source, _wish: always)

    with pytest.raises(UsageError, match="no more than 1 different"):
        list(corpus("streams", count=2, seed=0))


def test_seeded_integers_cover_their_range():
    """From a seed every integer of a small range comes, and the ends of a wide one are kept to."""
    source = Seeded(random.Random(1))

    assert set(range(-3, 4)) == {source.integer(-3, 3) for _ in range(200)}
    wide = [source.integer(0, 2**64 - 1) for _ in range(500)]
    assert 0 <= min(wide) < 2**16
    assert 2**60 < max(wide) < 2**64
