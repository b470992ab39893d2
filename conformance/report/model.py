"""Records → what every view of a report asks: groups of violations, results by feature, totals.

Views are made from this and from nothing else, so that they cannot tell different stories.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.report.outcome import Trouble
from conformance.report.records import (
    FAILED,
    OUTCOMES,
    Case,
    Check,
    Coverage,
    ExchangeRecord,
    Footer,
    Header,
    ViolationRecord,
    merged,
)
from conformance.rules.registry import find_rule
from conformance.verdict import EXIT_OK, Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.report.records import Record
    from conformance.violation import Violation

__all__ = ["Group", "Place", "Report", "report_of"]

# What a reader is told of an outcome.
SAID = {
    "kept": "as promised",
    "broken": "broken",
    "known": "known to fail",
    "fixed": "known to fail, passes",
    "unshown": "not shown",
    "lacked": "lacked",
    "not-judged": "not judged",
    "trouble": "trouble",
}


@dataclass(slots=True)
class Place:
    """One exchange of a report, and what was found in it. `number` counts from 0."""

    number: int
    record: ExchangeRecord
    violations: list[ViolationRecord] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """All violations of one rule at one level, with the exchanges they stand in."""

    code: str
    name: str
    level: Level
    party: str
    found: list[tuple[ViolationRecord, Place | None]] = field(default_factory=list)

    @property
    def first(self) -> Violation:
        """The violation that was found first."""
        return self.found[0][0].violation


@dataclass(slots=True)
class Report:
    """A whole report. `footer` is None when the run did not come to its end."""

    header: Header
    cases: list[Case] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    stray: list[ViolationRecord] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    footer: Footer | None = None

    @property
    def judged(self) -> int:
        """How many exchanges were judged."""
        return sum(place.record.judged for place in self.places)

    @property
    def levels(self) -> Counter[Level]:
        """How many violations there are of each level, of the judged party."""
        return Counter(v.violation.level for v in self.violations() if self.counts(v.violation))

    @property
    def outcomes(self) -> Counter[str]:
        """How many cases came out how."""
        return Counter(case.outcome for case in self.cases)

    @property
    def passed(self) -> bool:
        """Everything was judged, and all is as promised."""
        return self.footer is not None and self.footer.exit == EXIT_OK

    def counts(self, violation: Violation) -> bool:
        """Whether a violation is one of the judged party."""
        return not self.header.party or violation.party.value == self.header.party

    def fails(self, violation: Violation) -> bool:
        """Whether a violation lets the run fail."""
        level = violation.level
        failing = level is Level.ERROR or (self.header.strict and level is Level.WARNING)
        return failing and self.counts(violation)

    def violations(self) -> Iterable[ViolationRecord]:
        """All violations: those of exchanges in their order, then those of no exchange."""
        for place in self.places:
            yield from place.violations
        yield from self.stray

    @property
    def others(self) -> int:
        """How many violations are of the party that is not judged."""
        return sum(not self.counts(v.violation) for v in self.violations())

    def groups(self) -> list[Group]:
        """The violations of the judged party by level and rule: errors first, then by code."""
        found: dict[tuple[int, str], Group] = {}
        pairs: list[tuple[ViolationRecord, Place | None]] = [
            (v, place) for place in self.places for v in place.violations
        ]
        for one, place in [*pairs, *((v, None) for v in self.stray)]:
            violation = one.violation
            if not self.counts(violation):
                continue
            key = (-violation.level.rank, violation.code)
            if key not in found:
                found[key] = Group(
                    violation.code, violation.name, violation.level, violation.party.value
                )
            found[key].found.append((one, place))
        return [found[key] for key in sorted(found)]

    def features(self) -> list[tuple[str, str, Counter[str]]]:
        """(endpoint, feature, how many cases came out how), in the order of endpoints and names."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for case in self.cases:
            if case.outcome == "not-judged":
                continue
            for feature in case.features or ("other",):
                key = (case.endpoint or "", feature)
                found.setdefault(key, Counter())[case.outcome] += 1
        return [(endpoint, name, counts) for (endpoint, name), counts in sorted(found.items())]

    def title_of(self, code: str) -> str:
        """The clause of a rule or check in a sentence, empty when nobody knows it."""
        rule = find_rule(code)
        if rule is not None:
            return rule.summary
        return next((check.title for check in self.checks if check.name == code), "")

    def sentence(self) -> str:
        """What came of it all, in one line that can be quoted."""
        levels = self.levels
        counts = [
            _counted(levels[Level.ERROR], "error"),
            _counted(levels[Level.WARNING], "warning"),
            _counted(levels[Level.INFO], "note"),
        ]
        parts = []
        # Where each exchange is a case, cases say nothing more.
        if self.header.command != "check" and self.cases:
            outcomes = self.outcomes
            kinds = [f"{outcomes[name]} {SAID[name]}" for name in OUTCOMES if outcomes[name]]
            parts.append(f"{_counted(len(self.cases), 'case')}: {', '.join(kinds)}")
        if self.judged:
            parts.append(f"{_counted(self.judged, 'exchange')} judged: {', '.join(counts)}")
        else:
            parts.append("nothing judged")
        skipped = len(self.places) - self.judged
        if skipped:
            parts.append(f"{skipped} not judged")
        if self.troubles:
            parts.append(f"{_counted(len(self.troubles), 'trouble')}")
        if self.footer is None:
            parts.append("the run did not come to its end")
        return "; ".join(parts)

    def proof(self) -> str:
        """How many checks were shown able to fail, empty when none was tried."""
        tried = [check for check in self.checks if check.proved is not None]
        if not tried:
            return ""
        able = sum(bool(check.proved) for check in tried)
        return f"{_counted(len(tried), 'check')}, {able} shown able to fail"

    def failed_cases(self) -> list[Case]:
        """The cases that let the run fail."""
        return [case for case in self.cases if case.outcome in FAILED]


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def report_of(records: Iterable[Record]) -> Report:
    """The report that records make; a header is supplied where there is none."""
    report = Report(Header(tool="", snapshot="", rules=0))
    sums: list[Check | Coverage] = []
    known: dict[tuple[str, int, str], Place] = {}
    for record in records:
        if isinstance(record, Header):
            report.header = record
        elif isinstance(record, ExchangeRecord):
            place = Place(len(report.places), record)
            report.places.append(place)
            known[record.file, record.exchange, record.case] = place
        elif isinstance(record, ViolationRecord):
            found = record.violation
            where = known.get((found.file, found.exchange, record.case))
            (report.stray if where is None else where.violations).append(record)
        elif isinstance(record, Case):
            report.cases.append(record)
        elif isinstance(record, Trouble):
            report.troubles.append(record)
        elif isinstance(record, Footer):
            report.footer = record
        else:
            sums.append(record)
    for one in merged(sums):
        if isinstance(one, Check):
            report.checks.append(one)
        else:
            report.coverage.append(one)
    return report
