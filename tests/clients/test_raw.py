"""The reference client comes out clean on every case, and its adapter can be trusted."""

from __future__ import annotations

import pytest

from conformance.clients.cases import cases
from conformance.clients.channels import CHANNELS
from conformance.clients.checkup import check_adapter
from conformance.clients.environment import prepare
from conformance.clients.marks import Mark
from conformance.clients.registry import clients_named
from conformance.clients.runner import run_cases
from conformance.verdict import Level


@pytest.fixture
def launch(tmp_path, monkeypatch):
    """How to start the reference client."""
    monkeypatch.setenv("CONFORMANCE_CLIENTS", str(tmp_path))
    [(client, variant)] = clients_named("raw")
    return prepare(client, variant)


def faults_of(result):
    """What there is to say of a case, but for information."""
    said = [f.message for f in result.findings if f.level is not Level.INFO]
    return [*result.trouble, *said, *(v.headline for v in result.violations)]


def test_the_reference_is_clean_on_every_case(launch):
    """No case ends in an error, a warning or trouble, nothing is out of reach, and no mark is bad."""
    hello, results = run_cases(launch, cases(), workers=2)
    # The clocks of the cases and of the client go on while the machine does something else.
    doubtful = [result.case for result in results if faults_of(result)]
    again = run_cases(launch, doubtful)[1] if doubtful else []
    kept = {result.case.name: result for result in [*results, *again]}
    marks = {mark for r in kept.values() for mark in (r.survives, r.reports, r.loses_nothing)}

    assert frozenset(CHANNELS) == hello.surfaces
    assert {} == {name: faults_of(result) for name, result in kept.items() if faults_of(result)}
    assert {Mark.YES, Mark.NOT_APPLICABLE} == marks
    assert len(cases()) == len(results)


def test_the_adapter_of_the_reference_can_be_trusted(launch):
    """Every check of adapters passes."""
    assert {True} == {tested.passed for tested in check_adapter(launch)}
