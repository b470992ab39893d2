"""What happens in a run, as values in the order in which it happens.

The runner makes them; the terminal and the reports are listeners and nothing else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from conformance.suite.case import Outcome
from conformance.verdict import Level, exit_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.baseline import Known
    from conformance.report.outcome import Trouble
    from conformance.suite.case import Case, CaseResult
    from conformance.suite.prove import Proof
    from conformance.suite.settings import RunSettings
    from conformance.targets.budget import Estimate

__all__ = ["CaseEnded", "Event", "Listener", "RunEnded", "RunStarted", "Score"]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins: its settings, what reports call the target, its cases, and the proof if any.

    `cost` is what it is expected to cost, None where requests cost nothing.
    """

    settings: RunSettings
    target: str
    cases: tuple[Case, ...]
    proof: Proof | None = None
    cost: Estimate | None = None


@dataclass(frozen=True, slots=True)
class CaseEnded:
    """A case has been played."""

    result: CaseResult


class Score:
    """Counts over all cases of a run; closing sentence, reports and exit code come from it."""

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.levels: Counter[Level] = Counter()
        self.rules: Counter[str] = Counter()
        self.requests = 0
        self.judged = 0
        self.troubles = 0

    def add(self, result: CaseResult) -> None:
        """Count one more case."""
        self.outcomes[result.outcome] += 1
        self.requests += len(result.seen)
        self.judged += sum(one.judged for one in result.seen) + len(result.findings)
        self.troubles += len(result.troubles)
        for violation in result.violations:
            self.levels[violation.level] += 1
            self.rules[violation.code] += 1

    @property
    def cases(self) -> int:
        """How many cases ended."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run is over.

    `unrun` names chosen cases that were never played. `families` counts the checks of each family,
    `unexercised` are the codes of those that had nothing to judge. `stale` are known failures that did not fail. `troubles` are those of the run
    as a whole.
    """

    score: Score
    unrun: tuple[str, ...] = ()
    unexercised: tuple[str, ...] = ()
    families: Mapping[str, int] = field(default_factory=dict)
    stale: tuple[Known, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    proof: Proof | None = None
    seconds: float = 0.0

    @property
    def checks(self) -> int:
        """How many checks the run has."""
        return sum(self.families.values())

    def exit_code(self) -> int:
        """The exit code: 2 for what could not be judged, 1 for what is broken, 0 otherwise."""
        outcomes = self.score.outcomes
        return exit_code(
            judged=self.score.judged,
            errors=outcomes[Outcome.BROKEN] + len(self.stale),
            trouble=outcomes[Outcome.TROUBLE] + len(self.troubles) + len(self.unrun),
        )


Event: TypeAlias = "RunStarted | CaseEnded | RunEnded"


class Listener(Protocol):
    """Something that is told what happens in a run."""

    def on(self, event: Event) -> None:
        """Take one event."""
        ...
