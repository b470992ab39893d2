"""Exchange → verdict. Every entry point of the project ends here.

The rules about the request speak first, since what is to be said of an answer depends on whether
the request was faulty; then those about the response. Levels follow the tables of `verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from conformance.contract import contract as current_contract
from conformance.rules.registry import all_rules
from conformance.subject import NotJudged, Subject
from conformance.verdict import Level, Party, RequestState, request_level
from conformance.violation import Violation, violation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.contract import Contract
    from conformance.rules.registry import Rule
    from conformance.stream import Input, State
    from conformance.wire import Exchange

__all__ = ["Options", "Verdict", "check"]

# Findings of these rules are about a request that the live API takes anyway.
_TOLERATED = "tolerated-request"


@dataclass(frozen=True, slots=True)
class Options:
    """What a user chose: codes or families to `select` (all when empty) and to `ignore`.

    `closed` makes undocumented response members errors.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    closed: bool = False

    def wants(self, code: str, name: str) -> bool:
        """Whether findings of this rule are shown."""
        keys = {code, name, code.split("-", 1)[0]}
        if self.select and not keys & set(self.select):
            return False
        return not keys & set(self.ignore)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one exchange.

    `judged` is False when it is out of scope; `reason` then says why. `cells` are the visited cells
    of the stream table, `events` the number of events.
    """

    exchange: Exchange
    endpoint: str | None
    judged: bool
    reason: str = ""
    violations: tuple[Violation, ...] = ()
    cells: frozenset[tuple[State, Input]] = field(default_factory=frozenset)
    events: int = 0

    def count(self, level: Level, party: Party | None = None) -> int:
        """How many violations have this level (and party)."""
        return sum(
            1
            for violation in self.violations
            if violation.level is level and party in (None, violation.party)
        )


def check(
    exchange: Exchange, *, contract: Contract | None = None, options: Options | None = None
) -> Verdict:
    """Judge one exchange. Never raises on what the exchange holds."""
    chosen = options or Options()
    try:
        subject = Subject(exchange, contract or current_contract())
    except NotJudged as why:
        return Verdict(exchange, None, judged=False, reason=why.reason)
    rules = all_rules()
    client = [each for each in rules if each.party is Party.CLIENT]
    server = [each for each in rules if each.party is Party.SERVER]
    found = _violations(client, subject, lambda level: request_level(level, subject.status))
    faults = [v for v in found if v.level is Level.ERROR or _refused_fault(v, subject)]
    if faults:
        subject.request_state = RequestState.FAULTY
        subject.request_faults = [f"{v.code} {v.name}" for v in faults]
    elif any(v.name == _TOLERATED for v in found):
        subject.request_state = RequestState.TOLERATED
    found += _violations(server, subject, lambda level: level)
    if chosen.closed:
        found = [
            replace(v, level=Level.ERROR) if v.name.startswith("undocumented-member") else v
            for v in found
        ]
    shown = tuple(v for v in found if chosen.wants(v.code, v.name))
    reading = subject.reading
    return Verdict(
        exchange,
        subject.endpoint,
        judged=True,
        violations=shown,
        cells=frozenset(reading.cells) if reading else frozenset(),
        events=len(reading.events) if reading else 0,
    )


def _refused_fault(violation: Violation, subject: Subject) -> bool:
    """A fault of the request that is only information because the request was refused."""
    from conformance.rules.registry import RULES  # noqa: PLC0415

    return subject.refused and RULES[violation.code].level is Level.ERROR


def _violations(
    rules: Iterable[Rule], subject: Subject, level_of: Callable[[Level], Level]
) -> list[Violation]:
    made = []
    for rule in rules:
        for finding in rule.find(subject):
            level = level_of(finding.level or rule.level)
            made.append(violation_of(rule, finding, subject, level))
    return made
