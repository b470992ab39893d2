"""Requests that schemathesis makes; a run has them if it is asked to."""

from __future__ import annotations

from conformance.suite.case import Kind

KINDS = (Kind.FUZZ,)


def test_fuzz(case, play):
    """Whatever request comes, the answer is one that the contract allows."""
    play(case)
