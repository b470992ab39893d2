"""A clause about clients → its explanation, in the form of those of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.report.cells import safe, wrap

if TYPE_CHECKING:
    from conformance.clients.clauses import Clause
    from conformance.report.page import Line

__all__ = ["clause_explanation"]

_READABLE = 80


def clause_explanation(clause: Clause, width: int) -> list[Line]:
    """The lines of an explanation, `width` columns wide."""
    readable = min(width, _READABLE)
    lines: list[Line] = [
        (
            (f"{clause.name} ({clause.code})", "strong"),
            (" · ", "dim"),
            (clause.level.value, clause.level.value),
            (f" · judges {_judged(clause.code)}", ""),
        ),
        (),
        *(((line, ""),) for line in wrap(safe(clause.summary), readable)),
    ]
    for head, text in (
        ("Reported as", f"{clause.code} {clause.name}: {clause.example}"),
        ("Why it matters", clause.help),
    ):
        lines += [(), ((head, "strong"),)]
        lines += [((f"  {line}", ""),) for line in wrap(safe(text), readable - 2)]
    return lines


def _judged(code: str) -> str:
    """What a clause of this number looks at."""
    by_ten = {"3": "what a client sends", "4": "what a program does, over all its calls"}
    return by_ten.get(code[-2], "what a client hands to its caller")
