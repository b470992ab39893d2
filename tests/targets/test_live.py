"""A server with limits is asked within them, and what it refuses for now is asked again."""

from __future__ import annotations

import json

import pytest

from conformance.cassette import find, read
from conformance.check import check
from conformance.errors import BudgetExceeded, NoAnswer, TargetError
from conformance.mock.server import MockProcess
from conformance.targets import TargetOptions, open_target, probe
from conformance.targets.pacing import TRIAL


def opened(url, clock, fake_key, monkeypatch, **options):
    """A target with a fake key in the environment and a clock that does not wait."""
    monkeypatch.setenv("CO_API_KEY", fake_key)
    return open_target(url, TargetOptions(**options), clock=clock)


def limited(http, *fields, body=b'{"message":"slow down"}'):
    """A refusal with 429."""
    return [http(body, status="429 Too Many", headers=("Content-Type: application/json", *fields))]


@pytest.mark.parametrize(("value", "pause"), [("7", 7), ("0", 0), ("2.5", 2.5)])
def test_retry_after_is_kept_to(scripted, http, chat, clock, fake_key, monkeypatch, value, pause):
    """A refusal with Retry-After is followed by that pause and another attempt."""
    server = scripted(limited(http, f"Retry-After: {value}"), [http(b"{}")])
    with opened(server.url, clock, fake_key, monkeypatch) as target:
        exchange = target.send(chat())

    assert (200, 2) == (exchange.response.status, len(server.requests))
    assert pause == pytest.approx(sum(clock.slept))


def test_without_retry_after_pauses_grow(scripted, http, chat, clock, fake_key, monkeypatch):
    """Without the header the pauses double, and the last refusal ends it with what was said."""
    server = scripted(limited(http))
    with opened(server.url, clock, fake_key, monkeypatch) as target:
        with pytest.raises(TargetError, match="refuses with 429 after 6 attempts") as caught:
            target.send(chat())
        spent = target.purse.spent

    assert 6 == len(server.requests) == spent[0]
    assert 0 == spent[1]
    assert 5 == len(clock.slept)
    assert all(2**n / 2 <= pause <= 2**n for n, pause in enumerate(clock.slept, 1))
    assert "`slow down`" in caught.value.what
    assert not isinstance(caught.value, NoAnswer)


def test_a_long_wait_is_not_waited(scripted, http, chat, clock, fake_key, monkeypatch):
    """A server that asks for an hour is told to the user instead."""
    server = scripted(limited(http, "Retry-After: 3600"))
    with (
        opened(server.url, clock, fake_key, monkeypatch) as target,
        pytest.raises(TargetError, match="asks to wait 3600 s"),
    ):
        target.send(chat())

    assert [] == clock.slept


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"message":["x"]}', b"[" * 100_000])
def test_any_refusal_is_told(scripted, http, chat, clock, fake_key, monkeypatch, body):
    """Whatever the body of a refusal is, the message stands."""
    server = scripted(limited(http, "Retry-After: 999", body=body))
    with (
        opened(server.url, clock, fake_key, monkeypatch) as target,
        pytest.raises(TargetError, match="refuses with 429 and asks to wait 999 s\n"),
    ):
        target.send(chat())


def test_a_foreseen_refusal_is_an_answer(scripted, http, chat, clock, fake_key, monkeypatch):
    """A case that expects 429 gets it."""
    server = scripted(limited(http))
    with opened(server.url, clock, fake_key, monkeypatch) as target:
        exchange = target.send(chat(), expect=(429,))

    assert (429, 1) == (exchange.response.status, len(server.requests))


@pytest.mark.parametrize("status", ["500 X", "503 X", "401 X", "408 X"])
def test_other_failures_are_not_repeated(
    scripted, http, chat, clock, fake_key, monkeypatch, status
):
    """A failure is a finding: to ask again would hide it."""
    server = scripted([http(b"{}", status=status)], [http(b"{}")])
    with opened(server.url, clock, fake_key, monkeypatch) as target:
        exchange = target.send(chat())

    assert (int(status[:3]), 1) == (exchange.response.status, len(server.requests))


def test_every_attempt_is_paced_and_counted(scripted, http, rerank, clock, fake_key, monkeypatch):
    """Refused attempts are calls too: they wait for their turn and cost a request."""
    server = scripted(
        limited(http, "Retry-After: 1"), limited(http, "Retry-After: 1"), [http(b"{}")]
    )
    with opened(server.url, clock, fake_key, monkeypatch, pace="5/2", max_requests=3) as target:
        target.send(rerank())
        with pytest.raises(BudgetExceeded):
            target.send(rerank())

    assert 3 == len(server.requests)
    assert 61 == pytest.approx(sum(clock.slept))


def test_a_server_that_cannot_be_reached_costs_no_tokens(clock, chat, fake_key, monkeypatch):
    """Tokens are given back when there was no connection."""
    with opened("http://127.0.0.1:9", clock, fake_key, monkeypatch, max_tokens=5000) as target:
        with pytest.raises(TargetError):
            target.send(chat())

        assert 0 == target.purse.spent[1]


def test_an_endless_stream_ends_with_the_budget(scripted, chat, clock, fake_key, monkeypatch):
    """A stream that goes on and on is cut off by the budget, in the middle."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    server = scripted([head, *[b"data: {}\n\n" * 100] * 500, "hold"])
    with (
        opened(server.url, clock, fake_key, monkeypatch, max_tokens=2000) as target,
        pytest.raises(BudgetExceeded, match="budget of 2,000 tokens") as caught,
    ):
        target.send(chat(max_tokens=10), timeout=20)

    assert None is caught.value.__context__


def test_the_whole_live_path(clock, fake_key, monkeypatch, tmp_path, chat, rerank):
    """Against another process: key, refusals, pace, budget, recordings that pass and play again."""
    folder = tmp_path / "recordings"
    options = {"record": folder, "max_requests": 30, "max_tokens": 20_000, "pace": "trial"}
    requests = [chat(seed=number) for number in range(22)] + [rerank()]
    with (
        MockProcess(["--key", fake_key, "--fault", "429=3*1, 429*2"]) as process,
        opened(process.url, clock, fake_key, monkeypatch, **options) as target,
    ):
        routes = probe(target)
        sent = [target.send(request, case=f"case/{n}") for n, request in enumerate(requests)]
        while target.target.purse.spent[0] < 30:
            target.send(rerank())
        with pytest.raises(BudgetExceeded):
            target.send(rerank())
        statuses = [entry.exchange.response.status for entry in process.log.entries()]
        live = target.target
        spent = live.purse.spent

    assert {"/v2/chat": True, "/v2/rerank": True} == routes
    assert [429, 429] == statuses[:2]
    assert 30 == len(statuses) == spent[0]
    assert 0 < spent[1] <= 20_000
    assert TRIAL == live.pace.rates
    assert 61 < sum(clock.slept) < 3 * 61
    assert [] == [v.code for one in sent for v in check(one).violations]

    files = find([folder])
    kept = [one for file in files for one in read(file)]
    assert [] == [v.code for one in kept for v in check(one).violations]
    assert len(requests) + 1 <= len(kept)
    assert [] == [file for file in files if fake_key.encode() in file.read_bytes()]

    with open_target(f"cassette:{folder}") as again:
        replayed = [again.send(request) for request in requests]

    assert [one.response.body for one in sent] == [one.response.body for one in replayed]
    assert [one.response.chunks for one in sent] == [one.response.chunks for one in replayed]
    assert ["Bearer REDACTED"] * 23 == [one.request.header("authorization") for one in replayed]
    assert json.loads(sent[0].request.body) == json.loads(replayed[0].request.body)


def test_callers_may_watch_within_the_budget(scripted, http, chat, clock, fake_key, monkeypatch):
    """A caller that looks at the pieces sees all of them, and the budget is watched all the same."""
    server = scripted([http(b"data: {}\n\n" * 3000)])
    seen = []
    with (
        opened(server.url, clock, fake_key, monkeypatch, max_tokens=2000) as target,
        pytest.raises(BudgetExceeded),
    ):
        target.send(chat(max_tokens=100), watch=seen.append)

    assert 0 < len(b"".join(seen)) <= len(b"data: {}\n\n" * 3000)
