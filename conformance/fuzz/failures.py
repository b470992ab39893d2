"""Violations → what schemathesis takes as failures: one for each broken rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemathesis.core.failures import CustomFailure, FailureGroup

from conformance.contract import contract
from conformance.report.text import failure_text
from conformance.verdict import Level, Party
from conformance.violation import exception_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.violation import Violation

__all__ = ["raise_for", "troubled"]


def raise_for(violations: Iterable[Violation], operation: str) -> None:
    """Raise the failures of all errors of the server among these; nothing when there is none.

    Each holds the exception of its rule. They come as a group, because a check that raises the
    first of them would hide the others.
    """
    failures: dict[str, CustomFailure] = {}
    for violation in violations:
        counts = violation.level is Level.ERROR and violation.party is Party.SERVER
        if not counts or violation.code in failures:
            continue
        text = failure_text(violation, clauses=contract().clauses)
        failures[violation.code] = CustomFailure(
            operation=operation,
            title=f"{violation.code} {violation.name}",
            message=text,
            exception=exception_for(violation.code)(violation, text),
        )
    if failures:
        raise FailureGroup(list(failures.values()))


def troubled(error: Exception) -> AssertionError:
    """What to raise when the check itself fails."""
    return AssertionError(
        f"cohere-conformance failed, which says nothing of the server: {type(error).__name__}:"
        f" {error}\n  = help: please report it"
    )
