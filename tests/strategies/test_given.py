"""What a user gives to a strategy: refused at once, with what is wrong, where, and what to do."""

from __future__ import annotations

import pytest
from hypothesis import find

from conformance.errors import ConformanceError
from conformance.strategies import (
    broken_framings,
    broken_rerank_responses,
    corpus,
    framings,
    from_schema,
    rerank_requests,
    rerank_responses,
    streams,
)

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
WRONG = {
    "a request that is a number": lambda: streams(5),
    "a request that is a list": lambda: rerank_responses([]),
    "a ranking without documents": lambda: rerank_responses({"model": "m"}),
    "a ranking of no documents": lambda: broken_rerank_responses({"documents": []}),
    "documents that are a number": lambda: rerank_responses({"documents": 5}),
    "a top_n that is a text": lambda: rerank_responses({"documents": ["a"], "top_n": "1"}),
    "a top_n of zero": lambda: broken_rerank_responses({"documents": ["a"], "top_n": 0}),
    "events that are a number": lambda: framings(5),
    "events that are a text": lambda: framings("message-start"),
    "an event that is a number": lambda: broken_framings([5]),
    "a bound that is a text": lambda: from_schema({"type": "integer", "minimum": "0"}),
    "a length below zero": lambda: from_schema({"type": "string", "minLength": -1}),
    "properties that are a list": lambda: from_schema({"type": "object", "properties": []}),
    "required that is a text": lambda: from_schema({"type": "object", "required": "a"}),
    "no type": lambda: from_schema({"type": []}),
    "broken answers to a request": lambda: corpus(
        "streams", count=1, seed=0, broken=True, request=CHAT
    ),
    "requests to a request": lambda: corpus("chat-requests", count=1, seed=0, request=CHAT),
    "rankings for a chat": lambda: corpus("rerank-responses", count=1, seed=0, request=CHAT),
    "a corpus for a list": lambda: corpus("framings", count=1, seed=0, request=[CHAT]),
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_is_refused_at_once(make):
    """An error with a place and a hint comes before anything is drawn."""
    with pytest.raises(ConformanceError) as caught:
        make()

    assert caught.value.where
    assert caught.value.hint


def test_a_place_in_a_schema_is_told():
    """The place in a schema is a JSON Pointer to what is wrong."""
    with pytest.raises(ConformanceError) as caught:
        from_schema({"properties": {"a/b": {"type": "objekt"}}})

    assert "`objekt` is not a JSON type" in str(caught.value)
    assert "#/properties/a~1b/type" == caught.value.where


def test_an_empty_request_is_a_request():
    """A stream for a request without members answers that request."""
    assert {} == find(streams({}), lambda _: True).request


def test_a_strategy_shows_what_was_asked_for():
    """The repr of a strategy has the names that a user gave, and no others."""
    assert "rerank_requests()" == repr(rerank_requests())
    assert "rerank_requests(max_documents=2)" == repr(rerank_requests(max_documents=2))
    assert "rerank_responses()" == repr(rerank_responses())
    assert "streams()" == repr(streams())
    assert "streams(regular=True)" == repr(streams(regular=True))
