"""The results of a run → which checks had anything to judge, and which had not.

That a check found nothing says little where there was nothing to look at. What was never exercised
is named, and does not count as passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.contract import contract
from conformance.report.exercise import exercised, traits_of
from conformance.subject import NotJudged, Subject
from conformance.suite.checks import all_checks
from conformance.suite.prove import server_rules
from conformance.verdict import Party

if TYPE_CHECKING:
    from conformance.check import Options
    from conformance.suite.case import CaseResult, Seen

__all__ = ["Exercise"]


class Exercise:
    """Takes the results of cases; `unexercised` are the codes of the checks not yet exercised."""

    def __init__(self, options: Options) -> None:
        named = [(rule.code, rule.name) for rule in server_rules()]
        named += [(check.code, check.name) for check in all_checks()]
        self._codes = [code for code, name in named if options.wants(code, name)]
        self.wanted = frozenset(self._codes)
        self._seen: set[str] = set()
        self._traits: set[frozenset[str]] = set()

    def add(self, result: CaseResult) -> None:
        """Take one more result."""
        self._seen |= set(result.checked)
        for one in result.seen:
            if one.judged and not self.wanted <= self._seen:
                self._look(one)

    def _look(self, one: Seen) -> None:
        try:
            traits = traits_of(Subject(one.exchange, contract()))
        except NotJudged:
            return
        if any(violation.party is Party.CLIENT for violation in one.violations):
            traits |= {"faulty"}
        if traits not in self._traits:
            self._traits.add(traits)
            self._seen |= exercised(traits)

    @property
    def unexercised(self) -> tuple[str, ...]:
        """The codes of the checks that had nothing to judge, in order."""
        return tuple(code for code in self._codes if code not in self._seen)
