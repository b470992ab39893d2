"""Verdicts → outcomes: what a report needs, without the bodies, small enough to be sent about.

A `Tally` adds outcomes up; the closing sentence, the JSON footer and the exit code all come from it,
so that they cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from conformance.verdict import Level, exit_code

if TYPE_CHECKING:
    from conformance.check import Verdict
    from conformance.errors import ConformanceError
    from conformance.report.records import Record
    from conformance.violation import Violation

__all__ = ["FileOutcome", "Judged", "Tally", "Trouble", "judged_from", "trouble_from"]


class Judged(NamedTuple):
    """One exchange: `number` counts from 1 in `file`, `line` is its line there if known.

    `reason` says why when it was not judged; `events` is the length of its stream.
    """

    file: str
    number: int
    line: int | None
    endpoint: str | None
    judged: bool
    reason: str
    events: int
    violations: tuple[Violation, ...]


class Trouble(NamedTuple):
    """Why something could not be judged: what, where, and the remedy."""

    file: str
    what: str
    where: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  --> {self.where}")
        if self.hint:
            lines.append(f"  = help: {self.hint}")
        return "\n".join(lines)


class FileOutcome(NamedTuple):
    """All exchanges of one file, and the trouble that kept others from being judged.

    `records` is the same in the form of a report, where one is written.
    """

    file: str
    exchanges: tuple[Judged, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    records: tuple[Record, ...] = ()


def judged_from(verdict: Verdict) -> Judged:
    """The outcome of one verdict."""
    origin = verdict.exchange.origin
    return Judged(
        file=origin.file,
        number=origin.number,
        line=origin.line,
        endpoint=verdict.endpoint,
        judged=verdict.judged,
        reason=verdict.reason,
        events=verdict.events,
        violations=verdict.violations,
    )


def trouble_from(file: str, error: ConformanceError) -> Trouble:
    """The trouble that an error of ours tells of; it names the file if the error does not."""
    return Trouble(file, error.what, error.where or file, error.hint)


class Tally:
    """Counts over all outcomes.

    `unreadable` counts the files of which something could not be judged, `reasons` the exchanges out
    of scope by their reason, `rules` the violations by their code.
    """

    def __init__(self) -> None:
        self.files = 0
        self.exchanges = 0
        self.judged = 0
        self.unreadable = 0
        self.levels: Counter[Level] = Counter()
        self.reasons: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()

    def add(self, outcome: FileOutcome) -> None:
        """Count one more file."""
        self.files += 1
        self.unreadable += bool(outcome.troubles)
        for one in outcome.exchanges:
            self.exchanges += 1
            if one.judged:
                self.judged += 1
            else:
                self.reasons[one.reason] += 1
            for violation in one.violations:
                self.levels[violation.level] += 1
                self.rules[violation.code] += 1

    @property
    def not_judged(self) -> int:
        """How many exchanges were out of scope."""
        return self.exchanges - self.judged

    def exit_code(self, *, strict: bool = False) -> int:
        """The exit code of a run with these counts, both parties judged."""
        return exit_code(
            judged=self.judged,
            errors=self.levels[Level.ERROR],
            warnings=self.levels[Level.WARNING],
            trouble=self.unreadable,
            strict=strict,
        )
