"""The statuses of refusals: they say what was wrong."""

from __future__ import annotations

import pytest

from tests.run.scripted import codes, play

WARNED = {("RUN-024", "warning")}


def refused(status):
    """A script that refuses everything."""
    return lambda _body: f'status {status}\nbody {{"message": "no"}}'


@pytest.mark.parametrize(
    ("case", "fitting", "telling"),
    [
        ("chat-stream/http/no-key", (401, 403, 498), (400, 404, 422)),
        ("chat-stream/odd/unknown-model", (404,), (400, 401, 403, 422)),
        ("rerank/odd/unknown-model", (404,), (400, 401, 403, 422)),
        ("chat-stream/refusals/temperature-above", (400, 422), (401, 403, 404, 498)),
        ("rerank/refusals/top-n-zero", (400, 422), (401, 403, 404, 498)),
        ("chat-stream/refusals/model-number", (400, 404, 422), (401, 403, 498)),
        ("rerank/refusals/no-model", (400, 404, 422), (401, 403, 498)),
    ],
)
def test_what_a_status_says(case, fitting, telling):
    """401 is for the key, 404 for the model, 400 and 422 for the rest; limits may always be met."""
    for status in (*fitting, 402, 429):
        assert set() == codes(play(case, refused(status))[0])
    for status in telling:
        assert codes(play(case, refused(status))[0]) == WARNED


def test_other_odd_requests_may_be_refused_in_any_way():
    """Where nobody knows whether a request is to be served, its refusal says nothing."""
    assert set() == codes(play("chat-stream/odd/no-tools", refused(404))[0])
