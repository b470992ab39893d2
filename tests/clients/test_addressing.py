"""Requests of programs: where they went, what they accept, and where the key stands."""

from __future__ import annotations

import json

import pytest

from conformance.clients.addressing import astray, declined, key_shown
from conformance.verdict import Level
from conformance.wire import Request

CHAT = json.dumps({"model": "m", "messages": [], "stream": True}).encode()
RANK = json.dumps({"model": "m", "query": "q", "documents": ["a"]}).encode()
OTHER = json.dumps({"texts": ["a"]}).encode()


def asked(path="/v2/chat", body=CHAT, method="POST", **headers):
    """A request to a path of the mock."""
    return Request(method, f"http://127.0.0.1:1{path}", tuple(headers.items()), body)


@pytest.mark.parametrize(
    ("path", "body", "wanted"),
    [
        ("/v2/chat", CHAT, None),
        ("/v2/chat?x=1", CHAT, None),
        ("/v2/rerank", RANK, None),
        ("/gate/v2/chat", CHAT, None),
        ("/v2/v2/chat", CHAT, "/v2/chat"),
        ("/v2/chat/", CHAT, "/v2/chat"),
        ("//v2/chat", CHAT, "/v2/chat"),
        ("/other/v2/chat", CHAT, "/v2/chat"),
        ("/v1/chat", b"", "/v2/chat"),
        ("/v1/rerank", b"{", "/v2/rerank"),
        ("/", RANK, "/v2/rerank"),
        ("/compatibility/v1/chat/completions", CHAT, "/v2/chat"),
        ("/v1/embed", OTHER, None),
        ("/v1/models", b"[]", None),
    ],
)
def test_where_a_call_went(path, body, wanted):
    """A call of ours belongs to its route, below a path that the user named; other calls are theirs."""
    found = astray(asked(path, body), ("/gate/", "/v2"))

    assert (None if wanted is None else f"not to `{wanted}`") == (
        found and found.message.rpartition(", ")[2]
    )


def test_what_is_no_call_goes_anywhere():
    """Only POST carries a call: a look at a page is none."""
    assert astray(asked("/chat", method="GET", body=b"")) is None


@pytest.mark.parametrize(
    ("accept", "level"),
    [
        ("*/*", None),
        ("Text/Event-Stream", None),
        ("application/json, text/event-stream", None),
        ("text/*;q=0.1", None),
        ("application/json", Level.INFO),
        ("application/json, text/event-stream;q=0", Level.INFO),
        ("text/event-stream; q=0.0", Level.WARNING),
        ("text/html", Level.WARNING),
    ],
)
def test_what_a_call_accepts(accept, level):
    """A call for a stream takes a stream; one that takes JSON is noted, as guides show it."""
    found = declined(asked(accept=accept))

    assert level == (found and found.level)


def test_only_streams_need_to_be_accepted():
    """A rerank, and what does not ask for a stream, may accept what it likes."""
    assert declined(asked("/v2/rerank", RANK, accept="application/json")) is None
    assert declined(asked(body=b"[" * 100_000, accept="text/html")) is None


def test_where_the_key_stands():
    """In the address and in the body the key is found, also when it is escaped."""
    request = asked("/v2/chat?key=co%2Dkey", b'{"api_key": "co-key"}')

    assert ["the key stands in the address of the request",
            "the key stands in the body of the request"] == [
        found.message for found in key_shown(request, "co-key")
    ]  # fmt: skip
    assert [] == list(key_shown(asked(), "co-key"))
