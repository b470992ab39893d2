"""Outcomes of exchanges as they pass → lines for people who watch, and a sentence at the end."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from conformance.report.cells import safe
from conformance.report.summary import closing_sentence
from conformance.report.text import place_of
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from conformance.proxy.judging import Told
    from conformance.report.outcome import Judged, Tally
    from conformance.report.page import Line

__all__ = ["closing", "exchange_lines"]

_NAMES = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}
# Findings of an exchange that are shown at once; the summary at the end has them all by rule.
_MOST = 5
_REFUSED = 400
# Clauses about a program: what it does between its requests shows nowhere else.
_OF_PROGRAMS = "CLIENT-"


def exchange_lines(told: Told, number: int, *, verbose: bool = False) -> list[Line]:
    """An exchange in a line, and each finding in a line; notes only if `verbose`."""
    one = told.outcome.exchanges[0]
    request, response = told.passed.exchange.request, told.passed.exchange.response
    facts = [f"#{number}"]
    if request is not None:
        facts.append(safe(f"{request.method} {request.path}"))
    if response is not None:
        facts.append(str(response.status))
    if one.events:
        facts.append(f"{one.events} event{'s' * (one.events != 1)}")
    facts.append(f"{told.passed.seconds:.2f} s")
    text, style = _came_of(told, one)
    lines: list[Line] = [(("  ".join(facts) + "  ", ""), (text, style))]
    # a fault of the request that a refusal answers is a note, and yet what a reader looks for
    refused = response is not None and response.status >= _REFUSED
    shown = [
        v
        for v in one.violations
        if verbose
        or v.level is not Level.INFO
        or (refused and v.party is Party.CLIENT)
        or v.code.startswith(_OF_PROGRAMS)
    ]
    for violation in shown[:_MOST]:
        place = place_of(violation, brief=True).removeprefix(f"{safe(violation.file)}, ")
        level = _NAMES[violation.level]
        said = f" {violation.code} {violation.name}: {safe(violation.message)}"
        where = f"  ({violation.party.value}, {place.removeprefix(f'exchange {number}, ')})"
        lines.append((("    ", ""), (level, violation.level.value), (said, ""), (where, "dim")))
    if len(shown) > _MOST:
        lines.append(((f"    and {len(shown) - _MOST} more", "dim"),))
    return lines


def _came_of(told: Told, one: Judged) -> tuple[str, str]:
    if told.passed.failed:
        return f"no answer: {safe(told.passed.failed)}", "error"
    if not one.judged:
        return f"not judged: {safe(one.reason)}", "dim"
    counts = Counter((v.level, v.party) for v in one.violations)
    parts = [
        f"{count} {_NAMES[level]}{'s' * (count != 1)} of the {party.value}"
        for (level, party), count in sorted(
            counts.items(), key=lambda item: (-item[0][0].rank, item[0][1].value)
        )
        if level is not Level.INFO
    ]
    worst = max((v.level for v in one.violations), key=lambda level: level.rank, default=None)
    style = worst.value if worst in (Level.ERROR, Level.WARNING) else "good"
    said = ", ".join(parts) or _otherwise(told)
    if told.remark:
        said = f"{safe(told.remark)}; the request: {said}"
    return said, style


def _otherwise(told: Told) -> str:
    """What to say of an exchange without error and warning."""
    response = told.passed.exchange.response
    refused = response is not None and response.status >= _REFUSED
    return "refused as promised" if refused else "as promised"


def closing(tally: Tally, *, lost: int, left: int, strict: bool) -> str:
    """What came of it all; `lost` exchanges got no answer, of `left` the client did not wait for it."""
    said = "nothing judged: no request came"
    if tally.exchanges:
        said = re.sub(
            r"; \d+ files? could not be judged", "", closing_sentence(tally, strict=strict)
        )
    if left:
        said += f"; {left} left by the client before {'its' if left == 1 else 'their'} end"
    if lost:
        said += f"; {lost} not answered by the server"
    return said
