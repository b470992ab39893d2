"""The stage serves what a client can read."""

from __future__ import annotations

import httpx
import pytest

from conformance.clients.cases import chosen
from conformance.clients.stage import Stage


@pytest.mark.parametrize(("accepted", "coded"), [("gzip, br", "gzip"), ("identity", None)])
def test_only_who_takes_gzip_gets_it(accepted, coded):
    """A compressed case is served as it is to those who accept that, and plain to all others."""
    (case,) = chosen(["chunks/gzip-flushed"])
    with Stage() as stage:
        called = stage.open(case)
        answer = httpx.post(
            f"{stage.url}/v2/chat",
            json=case.request,
            headers={"authorization": f"Bearer {called.key}", "accept-encoding": accepted},
        )
        (exchange,) = stage.exchanges(called)

    assert coded == answer.headers.get("content-encoding")
    assert answer.content.endswith(b"data: [DONE]\n\n")
    assert answer.content == exchange.response.body
