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


def test_the_reference_is_clean_on_every_case(launch):
    """No case ends in an error, a warning or trouble, nothing is out of reach, and no mark is bad."""
    hello, results = run_cases(launch, cases(), workers=2)
    faults = {
        result.case.name: [
            *result.trouble,
            *(f.message for f in result.findings),
            *result.violations,
        ]
        for result in results
        if result.trouble
        or result.violations
        or any(finding.level is not Level.INFO for finding in result.findings)
    }
    marks = {mark for r in results for mark in (r.survives, r.reports, r.loses_nothing)}

    assert frozenset(CHANNELS) == hello.surfaces
    assert {} == faults
    assert {Mark.YES, Mark.NOT_APPLICABLE} == marks
    assert len(cases()) == len(results)


def test_the_adapter_of_the_reference_can_be_trusted(launch):
    """Every check of adapters passes."""
    assert {True} == {tested.passed for tested in check_adapter(launch)}
