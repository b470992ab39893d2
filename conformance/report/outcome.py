"""Verdicts → outcomes: what a report needs, without the bodies, small enough to be sent about.

A `Tally` adds outcomes up; the closing sentence, the JSON footer and the exit code all come from it,
so that they cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.verdict import Level, exit_code

if TYPE_CHECKING:
    from conformance.check import Verdict
    from conformance.errors import ConformanceError
    from conformance.violation import Violation

__all__ = ["FileOutcome", "Judged", "Tally", "Trouble", "judged_from", "trouble_from"]


@dataclass(frozen=True, slots=True)
class Judged:
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


@dataclass(frozen=True, slots=True)
class Trouble:
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


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """All exchanges of one file, and the trouble that kept others from being judged."""

    file: str
    exchanges: tuple[Judged, ...] = ()
    troubles: tuple[Trouble, ...] = ()


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


@dataclass(slots=True)
class Tally:
    """Counts over all outcomes; `reasons` counts the exchanges not judged by their reason."""

    files: int = 0
    exchanges: int = 0
    judged: int = 0
    unreadable: int = 0
    levels: Counter[Level] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: FileOutcome) -> None:
        """Count one more file."""
        self.files += 1
        self.unreadable += len(outcome.troubles)
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
