"""Requests that the live API took break no rule, wherever real recordings are at hand."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.cassette import find, read
from conformance.check import check
from conformance.verdict import Level

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"

pytestmark = pytest.mark.skipif(
    not RECORDINGS.is_dir(), reason="needs `../shared/recordings`, which is not here"
)


def exchanges(path, status):
    """Every recorded exchange of an endpoint with this status."""
    listed = [one for file in find([RECORDINGS]) for one in read(file)]
    return [e for e in listed if (e.request.path, e.response.status) == (path, status)]


def errors(exchange):
    """The headlines of all errors."""
    return [v.headline for v in check(exchange).violations if v.level is Level.ERROR]


@pytest.mark.parametrize("path", ["/v2/chat", "/v2/rerank"])
def test_what_was_served_has_no_error(path):
    """No served exchange has an error, on either side."""
    found = [line for exchange in exchanges(path, 200) for line in errors(exchange)]

    assert [] == found


def test_requests_for_an_unstreamed_answer():
    """Requests that differ only in `stream` were taken too, and break no rule when it is changed."""
    found = Counter()
    for exchange in exchanges("/v2/chat", 200):
        body = json.loads(exchange.request.body)
        if not body.get("stream"):
            request = replace(exchange.request, body=json.dumps({**body, "stream": True}).encode())
            asked = replace(exchange, request=request, response=None, endpoint="chat-stream")
            found.update(errors(asked))
            found["requests"] += 1

    assert {"requests": 119} == found


def test_refused_streams_are_explained():
    """Each refused request for a stream has a fault that explains the refusal, and no error."""
    refused = [e for e in exchanges("/v2/chat", 422) if json.loads(e.request.body).get("stream")]

    assert 10 == len(refused)
    for exchange in refused:
        violations = check(exchange).violations
        assert "CHAT-006" in {v.code for v in violations}
        assert {Level.INFO} == {v.level for v in violations}


@pytest.mark.parametrize("status", [400, 422])
def test_other_refusals_are_explained(status):
    """Every other refused request breaks a rule as well, once it is taken as one for a stream."""
    for exchange in exchanges("/v2/chat", status):
        body = {**json.loads(exchange.request.body), "stream": True}
        request = replace(exchange.request, body=json.dumps(body).encode())
        violations = check(replace(exchange, request=request)).violations

        assert {Level.INFO} == {v.level for v in violations}, exchange.origin.file
        assert "HTTP-008" not in {v.code for v in violations}
