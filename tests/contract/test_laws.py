"""What several answers have in common, and how streams travel."""

from __future__ import annotations

from conformance.suite.case import Kind

KINDS = (Kind.LAW, Kind.TRANSPORT)


def test_law(case, play):
    """Answers to related requests agree with each other."""
    play(case)
