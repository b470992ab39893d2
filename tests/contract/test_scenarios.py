"""Sound requests, one for each documented feature and option."""

from __future__ import annotations

from conformance.suite.case import Kind

KINDS = (Kind.SCENARIO,)


def test_scenario(case, play):
    """A sound request is served as the contract says, or refused for a documented reason."""
    play(case)
