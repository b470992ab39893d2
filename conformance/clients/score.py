"""Results of one client → how many there are of each sort, and the exit code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.clients.marks import Mark
from conformance.verdict import Level, exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.baseline import Baseline, Known
    from conformance.clients.marks import Result

__all__ = ["Score", "failing", "scored"]


@dataclass(slots=True)
class Score:
    """What came of one client: names of cases, by what came of them.

    `good` are without error (and, where it is strict, without warning); `known` fail, and are known to.
    `stale` are known failures that pass.
    """

    good: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    unsurfaced: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    retried: int = 0
    stale: tuple[Known, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 all as it should be, 1 something is not, 2 something could not be judged."""
        return exit_code(
            judged=len(self.good) + len(self.bad) + len(self.known),
            errors=len(self.bad) + len(self.stale),
            trouble=len(self.trouble),
        )


def scored(
    results: Sequence[Result], *, baseline: Baseline | None = None, strict: bool = False
) -> Score:
    """Count the results of one client."""
    score = Score()
    for result in results:
        name = result.case.name
        score.retried += bool(result.retried and len(result.case.answers) == 1)
        if result.trouble:
            score.trouble.append(name)
            continue
        if result.survives is Mark.UNSUPPORTED:
            score.unsupported.append(name)
            continue
        if result.loses_nothing is Mark.NOT_SURFACED:
            score.unsurfaced.append(name)
        codes = failing(result, strict=strict)
        if baseline is not None:
            baseline.tried(name)
            known = [code for code in sorted(codes) if baseline.knows(name, code)]
            if codes and len(known) == len(codes):
                score.known.append(name)
                continue
        (score.bad if codes else score.good).append(name)
    if baseline is not None:
        score.stale = baseline.stale
    return score


def failing(result: Result, *, strict: bool) -> set[str]:
    """The codes of what makes a case fail."""
    least = Level.WARNING if strict else Level.ERROR
    found = {one.code for one in result.findings if one.level.rank >= least.rank}
    return found | {one.code for one in result.violations if one.level.rank >= least.rank}
