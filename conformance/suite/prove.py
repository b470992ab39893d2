"""The checks of a run → the proof that each of them can fail.

Before a server is judged, every check is shown one stored defect, which it must report, and one
stored exchange that keeps the clause, which it must not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.check import check
from conformance.rules.registry import all_rules
from conformance.suite.checks import all_checks
from conformance.transcript import exchange_from
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.rules.registry import Rule
    from conformance.suite.checks import RunCheck

__all__ = ["Proof", "prove", "server_rules"]


@dataclass(frozen=True, slots=True)
class Proof:
    """How many checks there are, and which of them did not fail on a defect, or failed without."""

    checks: int
    blind: tuple[str, ...] = ()
    hasty: tuple[str, ...] = ()

    @property
    def shown(self) -> int:
        """How many checks were shown able to fail, and to pass."""
        return self.checks - len({*self.blind, *self.hasty})

    def __str__(self) -> str:
        return f"{self.checks} checks, {self.shown} shown able to fail"


def server_rules() -> list[Rule]:
    """The rules that judge a server."""
    return [rule for rule in all_rules() if rule.party is Party.SERVER]


def prove(rules: Sequence[Rule] | None = None, checks: Sequence[RunCheck] | None = None) -> Proof:
    """Show every check its stored defect; by default all rules about servers and all run checks."""
    rules = server_rules() if rules is None else rules
    checks = all_checks() if checks is None else checks
    blind: list[str] = []
    hasty: list[str] = []
    for rule in rules:
        if not _reports(rule, rule.breaks):
            blind.append(rule.code)
        if _reports(rule, rule.conforms):
            hasty.append(rule.code)
    for each in checks:
        broken, kept = each.breaks(), each.keeps()
        if not list(each.find(list(broken.exchanges), **broken.facts)):
            blind.append(each.code)
        if list(each.find(list(kept.exchanges), **kept.facts)):
            hasty.append(each.code)
    return Proof(len(rules) + len(checks), tuple(blind), tuple(hasty))


def _reports(rule: Rule, transcript: str) -> bool:
    found = check(exchange_from(transcript)).violations
    return any(violation.code == rule.code for violation in found)
