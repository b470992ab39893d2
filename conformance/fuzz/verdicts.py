"""Exchange of a generated request → the violations of the server that count.

Nobody knows beforehand whether a generated request is faulty; the rules about requests tell. If it
is, what was answered instead of a refusal answers no question, and only the status says anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.check import Options, Verdict, check
from conformance.rules.registry import find_rule
from conformance.suite.intent import Intent, meant
from conformance.verdict import Level, Party, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.violation import Violation
    from conformance.wire import Exchange

__all__ = ["intent_of", "judged"]

_UNCONDITIONAL = (SourceKind.SCHEMA, SourceKind.STANDARD)
# A refusal of what no rule objects to: of a request made by chance the server may know better.
_REFUSED = "HTTP-008"


def intent_of(violations: Iterable[Violation]) -> Intent:
    """How faulty a request is, from what the rules say of it."""
    intent = Intent.SOUND
    for violation in violations:
        rule = find_rule(violation.code)
        if violation.party is not Party.CLIENT or rule is None:
            continue
        # By the level of the rule: a refusal turns the fault that it answers into information.
        if rule.level is not Level.ERROR:
            continue
        if violation.source.kind in _UNCONDITIONAL:
            return Intent.FORBIDDEN
        intent = Intent.UNWANTED
    return intent


def judged(exchange: Exchange, options: Options | None = None) -> Verdict:
    """The verdict, with the violations that count for a request of this kind, as `options` choose."""
    chosen = options or Options()
    verdict = check(exchange, options=Options(closed=chosen.closed))
    found = meant(verdict.violations, intent_of(verdict.violations))
    kept = tuple(
        replace(violation, level=Level.WARNING)
        if violation.code == _REFUSED and violation.level is Level.ERROR
        else violation
        for violation in found
        if chosen.wants(violation.code, violation.name)
    )
    return replace(verdict, violations=kept)
