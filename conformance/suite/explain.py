"""A check that only a run has → its explanation, in the form of those of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.contract import contract
from conformance.report.cells import safe, wrap
from conformance.report.text import source_text

if TYPE_CHECKING:
    from conformance.report.page import Line
    from conformance.suite.checks import RunCheck

__all__ = ["check_explanation"]

_READABLE = 80


def check_explanation(check: RunCheck, width: int) -> list[Line]:
    """The lines of an explanation, `width` columns wide."""
    readable = min(width, _READABLE)
    defect = check.breaks()
    lapse = next(check.find(list(defect.exchanges), **defect.facts))
    source = source_text(check.source, contract().clauses)
    parts = (
        ("Reported as", f"{check.code} {check.name}: {lapse.message}"),
        ("Why it matters", check.help),
        ("Source", source),
    )
    lines: list[Line] = [
        (
            (f"{check.name} ({check.code})", "strong"),
            (" · ", "dim"),
            (check.level.value, check.level.value),
            (" · judges the server, over the exchanges of a case of `run`", ""),
        ),
        (),
        *(((line, ""),) for line in wrap(safe(check.summary), readable)),
    ]
    for head, text in parts:
        lines += [(), ((head, "strong"),)]
        lines += [((f"  {line}", ""),) for line in wrap(safe(text), readable - 2)]
    place = f"{check.find.__module__}.{getattr(check.find, '__name__', '')}"
    return [*lines, (), (("Defined in ", "dim"), (place, "dim"))]
