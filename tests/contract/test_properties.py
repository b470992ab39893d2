"""What holds for every request that can be drawn."""

from __future__ import annotations

from conformance.suite.case import Kind

KINDS = (Kind.PROPERTY,)


def test_property(case, play):
    """Every valid request is served as the contract says, every broken one refused."""
    play(case)
