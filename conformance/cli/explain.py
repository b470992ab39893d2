"""`explain`: one rule → what it says, a breach and its counterpart, why it matters, where from."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from conformance.check import check
from conformance.cli.codes import unknown_code
from conformance.contract import contract
from conformance.report.cells import pad, safe, width_of, wrap
from conformance.report.page import Page
from conformance.report.text import source_text
from conformance.rules.registry import REDIRECTS, find_rule
from conformance.transcript import exchange_from

if TYPE_CHECKING:
    from conformance.report.page import Line
    from conformance.rules.registry import Rule

__all__ = ["explain", "explanation"]

_GAP = 4
_READABLE = 80


@click.command()
@click.argument("code", metavar="CODE")
def explain(*, code: str) -> None:
    """Explain a rule, by its code or its name."""
    rule = find_rule(code)
    page = Page()
    if rule is None:
        from conformance.clients.clauses import find_clause
        from conformance.clients.explain import clause_explanation
        from conformance.suite.checks import find_check
        from conformance.suite.explain import check_explanation

        check_of_run, clause = find_check(code), find_clause(code)
        if check_of_run is not None:
            page.write(check_explanation(check_of_run, page.width))
        elif clause is not None:
            page.write(clause_explanation(clause, page.width))
        else:
            raise unknown_code(code, "explain")
        return
    old = code.strip().upper().replace("_", "-")
    if old in REDIRECTS:
        page.write([((f"{old} is now {rule.code}", "warning"),), ()])
    page.write(explanation(rule, page.width))


def explanation(rule: Rule, width: int) -> list[Line]:
    """The lines of an explanation, `width` columns wide."""
    readable = min(width, _READABLE)
    lines: list[Line] = [
        (
            (f"{rule.name} ({rule.code})", "strong"),
            (" · ", "dim"),
            (rule.level.value, rule.level.value),
            (f" · judges the {rule.party.value} · since {rule.since}", ""),
        ),
        (),
        *_paragraph(rule.summary, readable, indent=0),
    ]
    if rule.doc:
        lines += [(), *_paragraph(rule.doc, readable, indent=0)]
    lines += [(), *_transcripts(rule, width)]
    lines += [(), (("Reported as", "strong"),), *_paragraph(_reported(rule), readable, indent=2)]
    lines += [(), (("Why it matters", "strong"),), *_paragraph(rule.help, readable, indent=2)]
    source = source_text(rule.source, contract().clauses)
    lines += [(), (("Source", "strong"),), *_paragraph(source, readable, indent=2)]
    place = f"{rule.find.__module__}.{getattr(rule.find, '__name__', '')}"
    return [*lines, (), (("Defined in ", "dim"), (place, "dim"))]


def _paragraph(text: str, width: int, *, indent: int) -> list[Line]:
    return [((" " * indent + line, ""),) for line in wrap(safe(text), width - indent)]


def _reported(rule: Rule) -> str:
    """The headline that the breaking transcript gets."""
    verdict = check(exchange_from(rule.breaks))
    return next(v.headline for v in verdict.violations if v.code == rule.code)


def _transcripts(rule: Rule, width: int) -> list[Line]:
    """Both transcripts side by side where there is room, else one after the other."""
    breaks = [safe(line) for line in rule.breaks.splitlines()]
    conforms = [safe(line) for line in rule.conforms.splitlines()]
    left = max(map(width_of, [*breaks, "Breaks:"])) + 2 + _GAP
    right = max(map(width_of, [*conforms, "Conforms:"])) + 2
    if left + right <= width:
        head: Line = ((pad("Breaks:", left), "error"), ("Conforms:", "good"))
        return [
            head,
            *(
                ((pad(f"  {wrong}", left), ""), (f"  {good}" if good else "", ""))
                for wrong, good in zip_longest(breaks, conforms, fillvalue="")
            ),
        ]
    return [
        (("Breaks:", "error"),),
        *(((f"  {line}", ""),) for line in breaks),
        (),
        (("Conforms:", "good"),),
        *(((f"  {line}", ""),) for line in conforms),
    ]
