"""Exchange of a generated request → the violations of the server that count.

Nobody knows beforehand whether a generated request is faulty; the rules about requests tell. If it
is, what was answered instead of a refusal answers no question, and only the status says anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.check import Options, Verdict, check
from conformance.rules.registry import find_rule
from conformance.suite.intent import Intent, intent_against, meant
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.violation import Violation
    from conformance.wire import Exchange

__all__ = ["intent_of", "judged"]

_BY_WEIGHT = (Intent.GARBLED, Intent.FORBIDDEN, Intent.UNWANTED, Intent.ODD)
# A refusal of what no rule objects to: of a request made by chance the server may know better.
_REFUSED = "HTTP-008"


def intent_of(violations: Iterable[Violation], body: bytes = b"") -> Intent:
    """What a request of this body turns out to be, from what the rules say of it."""
    found = set()
    for violation in violations:
        rule = find_rule(violation.code)
        # By the level of the rule: a refusal turns the fault that it answers into information.
        if violation.party is Party.CLIENT and rule is not None and rule.level is Level.ERROR:
            found.add(intent_against(rule.code, body))
    return next((intent for intent in _BY_WEIGHT if intent in found), Intent.SOUND)


def judged(exchange: Exchange, options: Options | None = None) -> Verdict:
    """The verdict, with the violations that count for a request of this kind, as `options` choose."""
    chosen = options or Options()
    verdict = check(exchange, options=Options(closed=chosen.closed))
    body = exchange.request.body if exchange.request is not None else b""
    found = meant(verdict.violations, intent_of(verdict.violations, body))
    kept = tuple(
        replace(violation, level=Level.WARNING)
        if violation.code == _REFUSED and violation.level is Level.ERROR
        else violation
        for violation in found
        if chosen.wants(violation.code, violation.name)
    )
    return replace(verdict, violations=kept)
