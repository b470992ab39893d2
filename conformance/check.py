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

if TYPE_CHECKING:
    from conformance.contract import Contract
    from conformance.rules.registry import Finding, Rule
    from conformance.stream import Input, State
    from conformance.violation import Violation
    from conformance.wire import Exchange

__all__ = ["Options", "Verdict", "check"]

# Findings of these rules are about a request that the live API takes anyway.
_TOLERATED = frozenset({"tolerated-request", "tolerated-rerank-request"})


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
    found = _judge_request(subject, [rule for rule in rules if rule.party is Party.CLIENT])
    for rule in rules:
        if rule.party is Party.SERVER:
            for finding in rule.find(subject):
                found.append(_placed(rule, finding, subject, finding.level or rule.level))
    if chosen.closed:
        found = [
            replace(v, level=Level.ERROR) if v.name.startswith("undocumented-member") else v
            for v in found
        ]
    if exchange.lost and not found:
        # a request that is right says nothing of the answer that is not there
        return Verdict(exchange, None, judged=False, reason="the answer was not kept")
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


def _judge_request(subject: Subject, rules: list[Rule]) -> list[Violation]:
    """What breaks the rules about the request; the subject learns how faulty the request is."""
    found = []
    faults: dict[str, None] = {}
    doubts: dict[str, None] = {}
    tolerated = False
    for rule in rules:
        for finding in rule.find(subject):
            stated = finding.level or rule.level
            level = request_level(stated, subject.status, rule.name)
            found.append(_placed(rule, finding, subject, level))
            if rule.name in _TOLERATED:
                tolerated = True
            else:
                (faults if stated is Level.ERROR else doubts)[f"{rule.code} {rule.name}"] = None
    if faults:
        subject.request_state = RequestState.FAULTY
    elif tolerated:
        subject.request_state = RequestState.TOLERATED
    subject.request_faults, subject.request_doubts = list(faults), list(doubts)
    return found


def _placed(rule: Rule, finding: Finding, subject: Subject, level: Level) -> Violation:
    # Most recordings have no finding, and need none of what it takes to show one.
    from conformance.violation import violation_of

    return violation_of(rule, finding, subject, level)
