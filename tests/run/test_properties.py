"""Generated requests: what fails is found, made small, and found again with the same seed."""

from __future__ import annotations

import json

import pytest

from conformance.suite.catalogue import all_cases
from conformance.suite.intent import Intent, intent_against, meant
from conformance.suite.session import Session, TargetLost
from conformance.suite.settings import RunSettings

CASES = {case.name: case for case in all_cases()}
VALID = CASES["chat-stream/properties/valid-requests"]
BROKEN = CASES["chat-stream/properties/broken-requests"]


class Changed:
    """A target whose answers a test changes."""

    name, url = "changed", "http://localhost"

    def __init__(self, target, change):
        self.target, self.change = target, change
        self.sent = []

    def send(self, request, **options):
        """Send, note what was sent, and change what came."""
        self.sent.append(request.body)
        return self.change(request, self.target.send(request, **options))


def play(mock, change=lambda _request, exchange: exchange, case=VALID, **settings):
    """What comes of a property on the mock with changed answers, and what was sent."""
    mock.fault = ""
    target = Changed(mock, change)
    settings = {"examples": 40, **settings}
    return Session(RunSettings(**settings), target).play(case), target.sent


def spoilt(request, exchange):
    """The answer to a request with documents, without its message-end."""
    from dataclasses import replace

    if b'"documents":' not in request.body or exchange.response.status != 200:
        return exchange
    events = exchange.response.body.split(b"\n\n")
    body = b"\n\n".join(e for e in events if b"event: message-end" not in e)
    return replace(exchange, response=replace(exchange.response, body=body))


def test_a_fault_of_some_requests_is_found_and_made_small(mock):
    """What fails for some requests only is found, and the request that is kept is a small one."""
    result, _ = play(mock, spoilt)

    failing = [one for one in result.seen if any(v.code == "STREAM-003" for v in one.told)]
    assert 1 == len(failing)
    body = json.loads(failing[0].exchange.request.body)
    assert {"stream", "model", "messages", "documents"} == set(body)
    assert (1, 1) == (len(body["messages"]), len(body["documents"]))


def test_what_is_kept_is_numbered_anew(mock):
    """Violations point at the exchange that is kept, by its place in the case."""
    result, _ = play(mock, spoilt)

    for number, one in enumerate(result.seen, 1):
        assert number == one.exchange.origin.number
        assert {number} >= {violation.exchange for violation in one.violations}


def test_the_same_seed_sends_the_same(mock):
    """Two runs of one seed send the same requests, another seed sends others."""
    (_, first), (_, second), (_, other) = play(mock), play(mock), play(mock, seed=1)

    assert first == second
    assert first != other


def test_a_server_elsewhere_is_not_asked_again_and_again(mock):
    """Nothing is shrunk on a server that is not ours."""
    _, sent = play(mock, spoilt, target="http://localhost", examples=40)

    assert len(sent) <= 42


@pytest.mark.parametrize("name", ["chat-stream", "rerank"])
def test_broken_requests_that_are_served_are_found(name, mock):
    """A server that serves what breaks the schema makes an error."""
    from dataclasses import replace

    def lenient(_request, exchange):
        response = exchange.response
        if response.status not in (400, 422):
            return exchange
        body = b'data: {"type": "message-start"}\n\n'
        return replace(exchange, response=replace(response, status=200, body=body))

    result, _ = play(mock, lenient, CASES[f"{name}/properties/broken-requests"])

    assert ("HTTP-009", "error") in {(v.code, v.level.value) for v in result.violations}


def test_failures_on_broken_requests_are_found(mock):
    """A server that fails on a broken request makes an error."""
    from dataclasses import replace

    def failing(_request, exchange):
        response = exchange.response
        if response.status not in (400, 422):
            return exchange
        return replace(exchange, response=replace(response, status=500))

    result, _ = play(mock, failing, BROKEN)

    assert ("HTTP-010", "error") in {(v.code, v.level.value) for v in result.violations}


def test_trouble_of_our_own_is_no_finding(mock):
    """An exception that is no finding ends the property, and is neither kept nor shrunk."""

    def lost(_request, _exchange):
        raise TargetLost("gone")

    with pytest.raises(TargetLost):
        play(mock, lost)

    def bug(_request, _exchange):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        play(mock, bug)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("CHAT-002", Intent.FORBIDDEN),
        ("CHAT-001", Intent.FORBIDDEN),
        ("HTTP-012", Intent.FORBIDDEN),
        ("CHAT-006", Intent.UNWANTED),
        ("CHAT-007", Intent.UNWANTED),
        ("HTTP-013", Intent.UNWANTED),
        ("HTTP-014", Intent.ODD),
        ("CHAT-037", Intent.GARBLED),
    ],
)
def test_what_a_broken_request_deserves(code, expected):
    """Schema and standards forbid, prose does not want, and what is tolerated is odd."""
    assert expected is intent_against(code)


def test_bytes_that_some_libraries_read_are_not_forbidden():
    """Libraries of some languages put other characters where bytes are not UTF-8, and go on."""
    assert Intent.GARBLED is intent_against("CHAT-001", b'{"model": "\xff"}')
    assert Intent.FORBIDDEN is intent_against("CHAT-001", b'{"model": ')


def test_intents_change_levels():
    """A broken request that is served is judged by its status alone, as seriously as it was meant."""
    from conformance.check import check
    from conformance.transcript import exchange_from

    served = check(exchange_from('> {"temperature": 2}\nmessage-start\ncontent-delta 0 "a"'))

    def told(intent):
        return {v.code: v.level.value for v in meant(served.violations, intent)
                if v.party.value == "server"}  # fmt: skip

    assert "STREAM-003" in told(Intent.SOUND)
    assert {"HTTP-009": "error"} == told(Intent.FORBIDDEN)
    assert {"HTTP-009": "warning"} == told(Intent.UNWANTED)
    assert {"HTTP-009": "warning"} == told(Intent.GARBLED)
    assert {} == told(Intent.ODD)
    failed = check(exchange_from('> {"temperature": 2}\nstatus 500\nbody {}'))
    levels = [
        {v.level.value for v in meant(failed.violations, intent) if v.code == "HTTP-010"}
        for intent in (Intent.FORBIDDEN, Intent.UNWANTED, Intent.ODD, Intent.GARBLED)
    ]
    assert [{"error"}, {"error"}, {"error"}, {"warning"}] == levels
