"""`run --fuzz`: schemathesis makes the requests, the run judges the answers."""

from __future__ import annotations

import importlib.util

import pytest

from conformance.errors import UsageError
from conformance.fuzz.cases import fuzz_cases
from conformance.suite.case import Kind, Outcome
from conformance.suite.catalogue import cases_for
from conformance.suite.opening import opened
from conformance.suite.session import Session
from conformance.suite.settings import RunSettings


def played(name, **settings):
    """The result of a case of schemathesis'."""
    pytest.importorskip("schemathesis", reason="needs the extra `fuzz`")
    chosen = RunSettings(**{"fuzz_examples": 3, "seed": 3, **settings})
    with opened(chosen) as target:
        [case] = [case for case in fuzz_cases() if case.name == name]
        return Session(chosen, target).play(case)


def test_without_schemathesis_the_user_is_told(monkeypatch):
    """A run that asks for schemathesis where there is none says how to install it."""
    monkeypatch.setattr("conformance.fuzz.find_spec", lambda _name: None)

    with pytest.raises(UsageError, match="schemathesis is not installed") as caught:
        cases_for(RunSettings(fuzz=True))

    assert "cohere-conformance[fuzz]" in caught.value.hint


def test_only_a_run_that_asks_has_the_cases():
    """The cases belong to a run with `--fuzz`, and to no other."""
    if importlib.util.find_spec("schemathesis") is not None:
        assert Kind.FUZZ in {case.kind for case in cases_for(RunSettings(fuzz=True))}
    assert Kind.FUZZ not in {case.kind for case in cases_for(RunSettings())}


def test_sound_requests_are_served_and_judged():
    """Each answer of the mock to a generated request is seen, judged and clean."""
    result = played("chat-stream/fuzz/served")

    assert result.outcome is Outcome.KEPT
    assert result.seen
    assert {200} == {one.exchange.response.status for one in result.seen}
    assert all(one.judged for one in result.seen)


def test_a_fault_is_found_by_its_rule():
    """Where the mock misbehaves, the result holds the rule and the exchange."""
    result = played("chat-stream/fuzz/served", target="mock:?fault=STREAM-014")

    assert result.outcome is Outcome.BROKEN
    assert {"STREAM-014"} == {v.code for v in result.violations if v.level.value == "error"}


def test_the_same_seed_makes_the_same_requests():
    """Two runs with one seed send the same bodies; the mock's answers are the same too."""
    first, second = (played("chat-stream/fuzz/served") for _ in range(2))

    bodies = [[one.exchange.request.body for one in run.seen] for run in (first, second)]
    assert bodies[0] == bodies[1]
