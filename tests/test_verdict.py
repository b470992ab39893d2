"""The decision tables, walked cell by cell, and the same tables seen from outside."""

from __future__ import annotations

from itertools import product

import pytest

from conformance.check import check
from conformance.rules.registry import all_rules
from conformance.transcript import exchange_from
from conformance.verdict import (
    LEVEL_OF_SOURCE,
    Level,
    Party,
    RequestState,
    SourceKind,
    exit_code,
    refusal_fits,
    request_level,
    response_verdict,
)

ERROR, WARNING, INFO = Level.ERROR, Level.WARNING, Level.INFO
CLEAN, TOLERATED, FAULTY = RequestState.CLEAN, RequestState.TOLERATED, RequestState.FAULTY

# What a request is -> class of status -> the rule about the response that is broken.
EXPECTED = {
    CLEAN: {
        "served": None,
        "malformed": "refused-without-fault",
        "turned-away": "not-served",
        "failed": "not-served",
        "other": None,
    },
    TOLERATED: {
        "served": None,
        "malformed": None,
        "turned-away": "not-served",
        "failed": "not-served",
        "other": None,
    },
    FAULTY: {
        "served": "accepted-faulty-request",
        "malformed": None,
        "turned-away": None,
        "failed": "server-error-on-faulty-request",
        "other": None,
    },
}


def class_of(status):
    """The class of a status, written down apart from the code under test."""
    if status in (400, 422):
        return "malformed"
    return {2: "served", 4: "turned-away", 5: "failed"}.get(int(str(status)[0]), "other")


@pytest.mark.parametrize("state", RequestState)
def test_every_status_has_a_verdict(state):
    """For each state of a request and each status, the table names the rule that the answer breaks."""
    for status in range(100, 600):
        assert EXPECTED[state][class_of(status)] == response_verdict(state, status), status


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        (SourceKind.SCHEMA, ERROR),
        (SourceKind.STANDARD, ERROR),
        (SourceKind.PROSE, ERROR),
        (SourceKind.OBSERVED, WARNING),
        (SourceKind.MODEL, WARNING),
        (SourceKind.CONFLICT, INFO),
    ],
)
def test_only_an_unconditional_statement_makes_an_error(kind, level):
    """A source states at most this level."""
    assert level == LEVEL_OF_SOURCE[kind]


def test_every_kind_of_source_has_a_level():
    """The table of levels is total."""
    assert set(SourceKind) == set(LEVEL_OF_SOURCE)


def test_no_rule_is_harsher_than_its_source():
    """Each rule's level is at most what the kind of its source warrants."""
    harsher = [r.code for r in all_rules() if r.level.rank > LEVEL_OF_SOURCE[r.source.kind].rank]

    assert [] == harsher


BODY_ANSWERS = {400, 405, 406, 409, 410, 411, 412, 413, 414, 415, 417, 418, 422, 428, 431}
ELSEWHERE = {401, 402, 403, 404, 408, 429, 498, 499}


@pytest.mark.parametrize(
    ("name", "fitting", "others"),
    [
        ("wrong-type", BODY_ANSWERS, ELSEWHERE | {200, 302, 500, 503}),
        ("malformed-request-body", BODY_ANSWERS, ELSEWHERE | {200, 500}),
        ("request-content-type", {400, 415, 422}, ELSEWHERE | {200, 500}),
        ("missing-authorization", {400, 401, 403, 498}, {200, 404, 422, 429, 500}),
        ("malformed-authorization", {400, 401, 403, 498}, {200, 404, 422, 429, 500}),
        ("wrong-method", {400, 404, 405}, {200, 401, 422, 429, 500, 501}),
    ],
)
def test_which_refusal_answers_which_fault(name, fitting, others):
    """A refusal explains a fault only if it can be about it; any other answer leaves it an error."""
    for status in fitting:
        assert refusal_fits(name, status), status
        assert INFO == request_level(ERROR, status, name), status
        assert INFO == request_level(WARNING, status, name), status
    for status in others:
        assert not refusal_fits(name, status), status
        assert ERROR == request_level(ERROR, status, name), status
        assert WARNING == request_level(WARNING, status, name), status


def test_without_an_answer_a_fault_keeps_its_level():
    """A request whose answer is not known is judged by itself."""
    assert ERROR == request_level(ERROR, None, "wrong-type")
    assert INFO == request_level(INFO, None, "wrong-type")


@pytest.mark.parametrize(
    ("judged", "errors", "warnings", "trouble", "strict"),
    list(product([0, 3], [0, 1], [0, 2], [0, 1], [False, True])),
)
def test_exit_codes(judged, errors, warnings, trouble, strict):
    """2 for what could not be judged, else 1 for an error (or a warning if strict), else 0."""
    expected = 0
    if errors or (warnings and strict):
        expected = 1
    if trouble or not judged:
        expected = 2

    assert expected == exit_code(
        judged=judged, errors=errors, warnings=warnings, trouble=trouble, strict=strict
    )


# -- the table of exchanges, from outside ------------------------------------------------------

FAULT = '> {"temperature": 2}'
ACCEPTED = '> {"citation_options": {"mode": "fast"}}'
DOUBTFUL = '> {"frequency_penalty": 0.5, "presence_penalty": 0.5}'
STREAM = "message-start\nmessage-end ERROR"
REFUSAL = '{"message": "no"}'


def verdict(*lines, status=200):
    """What is said of an exchange: (code, level) of everything about the request and the status."""
    answer = STREAM if status < 300 else f"status {status}\nbody {REFUSAL}"
    violations = check(exchange_from("\n".join([*lines, answer]))).violations
    families = ("HTTP-008", "HTTP-009", "HTTP-010", "HTTP-011")
    return {(v.code, v.level) for v in violations if v.party is Party.CLIENT or v.code in families}


@pytest.mark.parametrize("status", [400, 422])
def test_faulty_request_and_fitting_refusal(status):
    """The fault explains the refusal: information, and nothing to say of the server."""
    assert {("CHAT-007", INFO)} == verdict(FAULT, status=status)


def test_faulty_request_and_success():
    """The client breaks the contract, and the server lets it."""
    assert {("CHAT-007", ERROR), ("HTTP-009", WARNING)} == verdict(FAULT)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_faulty_request_and_server_error(status):
    """The server must not fail over a fault of the request; the fault stays one."""
    assert {("CHAT-007", ERROR), ("HTTP-010", ERROR)} == verdict(FAULT, status=status)


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_faulty_request_turned_away_for_another_reason(status):
    """A refusal about the key, the model or the rate says nothing of the fault."""
    assert {("CHAT-007", ERROR)} == verdict(FAULT, status=status)


def test_tolerated_request_and_success():
    """What the live API is known to take is information."""
    assert {("CHAT-030", INFO)} == verdict(ACCEPTED)


@pytest.mark.parametrize("status", [400, 422])
def test_tolerated_request_and_refusal(status):
    """A server may refuse what its description forbids."""
    assert {("CHAT-030", INFO)} == verdict(ACCEPTED, status=status)


def test_tolerated_request_and_server_error():
    """A departure that the live API takes is no fault, so a failure has another reason."""
    assert {("CHAT-030", INFO), ("HTTP-011", INFO)} == verdict(ACCEPTED, status=500)


def test_request_without_fault_and_success():
    """There is nothing to say."""
    assert set() == verdict()


@pytest.mark.parametrize("status", [400, 422])
def test_request_without_fault_and_refusal(status):
    """The server is wrong, or the rules have a hole, and the headline says both."""
    assert {("HTTP-008", ERROR)} == verdict(status=status)

    found = check(exchange_from(f"status {status}\nbody {REFUSAL}")).violations
    headline = next(v.headline for v in found if v.code == "HTTP-008")
    assert "the server is wrong, or the rules are" in headline


@pytest.mark.parametrize("status", [400, 422])
def test_doubtful_request_and_refusal(status):
    """Where a milder rule speaks of the request, the refusal may be for that."""
    assert {("CHAT-013", INFO), ("HTTP-008", INFO)} == verdict(DOUBTFUL, status=status)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 498, 499, 500, 501, 503, 504])
def test_request_without_fault_turned_away(status):
    """In a recording it is information, in a run of our own an error."""
    assert {("HTTP-011", INFO)} == verdict(status=status)
    assert {("HTTP-011", ERROR)} == verdict("live", status=status)


def test_missing_authorization_in_a_recording():
    """Recorders take the key out, so that its absence is judged only where the wire was seen."""
    absent = "request-header Authorization:"

    assert set() == verdict(absent)
    assert {("HTTP-012", ERROR), ("HTTP-009", WARNING)} == verdict("observed", absent)
    assert {("HTTP-012", INFO)} == verdict("observed", absent, status=401)
