"""What only a run can check: clauses about several exchanges, about time, and about silence.

A check is one function over the exchanges of a case. Its code, name, level and source stand in its
decorator, as with rules; beside it stand the exchanges that keep the clause and those that break it,
by which a run proves that the check can fail.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.evidence import Evidence, EvidenceLine
from conformance.verdict import Party
from conformance.violation import Violation, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.verdict import Level, Source
    from conformance.wire import Exchange

__all__ = ["CHECKS", "Lapse", "RunCheck", "Sample", "all_checks", "find_check", "run_check"]


class Lapse(NamedTuple):
    """One breach: the headline, which exchange it shows in (from 0), and lines of evidence."""

    message: str
    exchange: int = 0
    lines: tuple[tuple[str, str], ...] = ()
    note: str = ""


class Sample(NamedTuple):
    """Stored input of a check: exchanges, and the facts beside them."""

    exchanges: tuple[Exchange, ...]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunCheck:
    """A check as data, with the function that finds its breaches and stored input that shows it."""

    code: str
    name: str
    level: Level
    source: Source
    find: Callable[..., Iterator[Lapse]]
    keeps: Callable[[], Sample]
    breaks: Callable[[], Sample]

    @property
    def summary(self) -> str:
        """The clause as a sentence."""
        return (self.find.__doc__ or "").partition("\n")[0].strip()

    @property
    def help(self) -> str:
        """Whom a breach hurts, and how."""
        return " ".join((self.find.__doc__ or "").partition("Help:")[2].split())

    def violation(self, lapse: Lapse, case: str, level: Level | None = None) -> Violation:
        """A breach placed in its case."""
        endpoint = case.split("/", 1)[0]
        mark = json.dumps([self.code, case])
        lines = tuple(EvidenceLine(None, label, one_line(text)) for label, text in lapse.lines)
        return Violation(
            code=self.code,
            name=self.name,
            level=level or self.level,
            party=Party.SERVER,
            source=self.source,
            message=one_line(lapse.message),
            endpoint=endpoint,
            file=case,
            exchange=lapse.exchange + 1,
            line=None,
            event=None,
            events=None,
            byte=None,
            pointer=None,
            state="",
            help=self.help,
            evidence=Evidence(lines, note=lapse.note),
            fingerprint=hashlib.sha256(mark.encode()).hexdigest()[:12],
        )


CHECKS: dict[str, RunCheck] = {}


def run_check(
    code: str,
    name: str,
    *,
    level: Level,
    source: Source,
    keeps: Callable[[], Sample],
    breaks: Callable[[], Sample],
) -> Callable[[Callable[..., Iterator[Lapse]]], RunCheck]:
    """Make a check of a function over exchanges and facts. Raises ValueError for a code taken."""

    def register(function: Callable[..., Iterator[Lapse]]) -> RunCheck:
        if code in CHECKS:
            raise ValueError(f"check registered twice: {code}")
        CHECKS[code] = RunCheck(code, name, level, source, function, keeps, breaks)
        return CHECKS[code]

    return register


def all_checks() -> list[RunCheck]:
    """Every check, by code."""
    import conformance.suite.answers
    import conformance.suite.cuts
    import conformance.suite.deltas
    import conformance.suite.echo
    import conformance.suite.laws
    import conformance.suite.refusals
    import conformance.suite.sources
    import conformance.suite.transport
    import conformance.suite.turns  # noqa: F401  (registers the checks)

    return [CHECKS[code] for code in sorted(CHECKS)]


def find_check(key: str) -> RunCheck | None:
    """The check of this code or name (case is folded, `_` is `-`), or None."""
    wanted = key.strip().replace("_", "-").casefold()
    return next((c for c in all_checks() if wanted in (c.code.casefold(), c.name)), None)
