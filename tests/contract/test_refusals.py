"""Broken and odd requests, other methods, and requests without a key."""

from __future__ import annotations

from conformance.suite.case import Kind

KINDS = (Kind.BROKEN, Kind.ODD, Kind.HTTP)


def test_refusal(case, play):
    """A request that breaks the contract is refused with 4xx and JSON, an odd one does no harm."""
    play(case)
