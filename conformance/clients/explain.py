"""A clause about clients → its explanation, a code → why it matters, a defect → when it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.clients.clauses import CLAUSES
from conformance.report.cells import safe, wrap
from conformance.rules.registry import find_rule

if TYPE_CHECKING:
    from conformance.clients.clauses import Clause
    from conformance.clients.defects import Defect
    from conformance.report.page import Line

__all__ = ["clause_explanation", "help_of", "told"]

_READABLE = 80
# So many causes are named for one defect.
_CAUSES = 3
# What is sent wrongly in so many kinds of cases is not a matter of what they try.
_MANY = 8
_EVERY = 40


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


def told(defect: Defect) -> str:
    """What the cases of a defect try, in a few words."""
    if defect.everywhere and defect.channel == "error" and len(defect.causes) > 1:
        return "failures of every kind"
    if defect.everywhere and defect.channel != "error":
        return f"in most of the {defect.of} allowed answers that use `{defect.channel}`"
    if defect.channel == "request" and len(defect.causes) > _MANY:
        return "calls of every kind"
    if defect.channel == "error" and len(defect.causes) > _EVERY:
        return "answers of every kind"
    shown = [cause.replace("`", "") for cause in defect.causes[:_CAUSES]]
    left = len(defect.causes) - len(shown)
    return "; ".join(shown) + (f"; and {left} more" if left else "")


def help_of(code: str) -> str:
    """Why a breach of a clause or rule matters."""
    if code in CLAUSES:
        return CLAUSES[code].help
    rule = find_rule(code)
    return rule.help if rule is not None else ""


def _judged(code: str) -> str:
    """What a clause of this number looks at."""
    by_ten = {"3": "what a client sends", "4": "what a program does, over all its calls"}
    return by_ten.get(code[-2], "what a client hands to its caller")
