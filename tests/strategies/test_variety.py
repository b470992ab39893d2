"""Variety: few examples come twice, and small ones do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from conformance.contract import contract
from conformance.strategies import (
    broken_chat_requests,
    broken_rerank_requests,
    broken_streams,
    chat_requests,
    from_schema,
    rerank_requests,
    streams,
)

MANY = max(500, settings.default.max_examples)


def stream_key(stream):
    """What tells streams from each other."""
    return stream.body, json.dumps(stream.request)


def request_key(broken):
    """What tells broken requests from each other."""
    return broken.request, broken.fault


# (strategy, what tells its examples from each other, how many of a hundred differ at least)
STRATEGIES = {
    "chat requests": (chat_requests(), json.dumps, 90),
    "incoherent chat requests": (chat_requests(coherent=False), json.dumps, 90),
    "rerank requests": (rerank_requests(), json.dumps, 90),
    "events": (from_schema(contract().schema("chat-event")), json.dumps, 90),
    "streams": (streams(), stream_key, 80),
    "answers": (chat_requests().flatmap(streams), stream_key, 85),
    "broken streams": (broken_streams(), lambda b: (stream_key(b.stream), b.fault), 80),
    "broken chat requests": (broken_chat_requests(), request_key, 80),
    "broken rerank requests": (broken_rerank_requests(), request_key, 80),
}


@pytest.mark.parametrize(("strategy", "key", "least"), STRATEGIES.values(), ids=STRATEGIES.keys())
def test_few_examples_come_twice(strategy, key, least):
    """Of many examples nearly all differ: each choice that Hypothesis changes has an effect."""
    seen = []

    @settings(max_examples=MANY, database=None, derandomize=True)
    @given(strategy)
    def collect(example):
        seen.append(key(example))

    collect()

    assert len(set(seen)) * 100 >= least * len(seen)


@pytest.mark.parametrize(
    "strategy",
    [chat_requests(), rerank_requests(), from_schema(contract().schema("chat-event"))],
    ids=["chat requests", "rerank requests", "events"],
)
def test_examples_are_small(strategy):
    """Half of the examples have less than a kilobyte."""
    sizes = []

    @settings(max_examples=MANY, database=None, derandomize=True)
    @given(strategy)
    def collect(example):
        sizes.append(len(json.dumps(example, ensure_ascii=False).encode()))

    collect()

    assert sorted(sizes)[len(sizes) // 2] < 1024
