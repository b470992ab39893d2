"""Each fault shows as its own rule, in answers of the mock and in exchanges of others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance import strategies
from conformance.check import check
from conformance.faults import all_faults, find_fault
from conformance.faults.plant import plant
from conformance.faults.samples import SAMPLES, request_of
from conformance.mock.log import delivered
from conformance.mock.plan import Plan, Step, plan_of
from conformance.mock.profiles import PROFILES
from conformance.mock.reply import reply_to
from conformance.mock.settings import Settings
from conformance.rules.registry import RULES, all_rules
from conformance.verdict import Level, Party

FAULTS = [pytest.param(fault, id=fault.key) for fault in all_faults()]
SERVER = {rule.code for rule in all_rules() if rule.party is Party.SERVER}
# JSON Lines are JSON instead of an event stream, which two rules remark on.
TWINS = {"SSE-018": {"HTTP-001"}}


def asked(name, fault=None, profile="live"):
    """(reply, exchange) of the mock's answer to a sample request."""
    plan = Plan((Step(fault.key, fault=fault),)) if fault else None
    request = request_of(name)
    reply = reply_to(request, Settings(profile=PROFILES[profile], plan=plan))
    whole = reply.ends == "whole"
    seen = delivered(request, reply, reply.pieces, (), complete=whole)
    return reply, replace(seen, observed=True, live=True)


def found(exchange):
    """(code, level) of all that is said of the server."""
    said = check(exchange).violations
    return {(v.code, v.level) for v in said if v.party is Party.SERVER}


def test_every_server_rule_has_a_fault():
    """No rule about servers lacks a fault, and no fault is for another rule."""
    assert SERVER == {fault.code for fault in all_faults()}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_answered_well(name):
    """The answer to each sample is one of which nothing is to be said."""
    reply, exchange = asked(name)

    assert set() == found(exchange)
    assert ("refused" in name) == (reply.status == 400)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_of_the_mock(fault):
    """The mock with a fault breaks that rule at its own level, and no other rule."""
    reply, exchange = asked(fault.needs, fault)

    said = found(exchange)
    assert (fault.key,) == reply.applied
    assert (fault.code, RULES[fault.code].level) in said
    assert {fault.code} == {code for code, _ in said} - TWINS.get(fault.code, set())


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_planted_in_an_exchange(fault):
    """A fault planted in a finished exchange breaks the same rule."""
    _, exchange = asked(fault.needs)
    spoilt = plant(fault, exchange)

    assert spoilt is not None
    said = found(spoilt)
    assert (fault.code, RULES[fault.code].level) in said
    assert {fault.code} == {code for code, _ in said} - TWINS.get(fault.code, set())


@pytest.mark.parametrize("profile", ["minimal", "rich", "ndjson"])
@pytest.mark.parametrize("name", ["text", "thinking-citations", "calls", "json", "rerank"])
def test_faults_go_with_any_answer(name, profile):
    """A fault that does not apply leaves an answer as it is; one that does breaks its rule alone."""
    clean, _ = asked(name, profile=profile)
    for fault in all_faults():
        reply, exchange = asked(name, fault, profile)
        if reply.applied:
            # What a profile leaves out may hide the fault, it adds no error.
            errors = {code for code, level in found(exchange) if level is Level.ERROR}
            assert errors <= {fault.code}
        else:
            assert clean == reply


@settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(body=strategies.chat_requests(), fault=st.sampled_from(all_faults()))
def test_faults_go_with_any_request(ask, body, fault):
    """Whatever the request, a fault that was applied breaks its rule, and no answer fails."""
    answer = ask(dict(body), fault=fault.key)

    if answer.reply.applied:
        assert fault.code in answer.codes()


def test_find_by_name():
    """A fault is found by its key in any case, or by the name of its rule."""
    by_code, by_name = find_fault("stream-014"), find_fault("orphan-delta")

    assert by_code is by_name is find_fault(" STREAM-014 ")
    assert find_fault("STREAM-999") is None


def test_faults_add_up():
    """Several faults are applied one after the other."""
    plan = plan_of("EVENT-012, SSE-004, HTTP-002")
    reply = reply_to(request_of("text"), Settings(plan=plan))

    assert ("EVENT-012", "SSE-004", "HTTP-002") == reply.applied
    assert 201 == reply.status
