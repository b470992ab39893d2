"""Finding → violation: a breach placed in its exchange, with the evidence a reader wants to see.

A violation is a value: everything the reports print, nothing they have to look up. Exceptions exist
for pytest only, one class per rule, because Hypothesis tells bugs apart by exception type.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from conformance.evidence import evidence_for

if TYPE_CHECKING:
    from conformance.evidence import Evidence
    from conformance.rules.registry import Finding, Rule
    from conformance.subject import Subject
    from conformance.verdict import Level, Party, Source

__all__ = ["ConformanceViolation", "Violation", "exception_for", "violation_of"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of the contract.

    `exchange` is the exchange's number in `file` (from 1), `line` its line there if known. `event`
    counts from 1 of `events`; `byte` is an offset in the response body, or in the request body when
    the party is the client. `fingerprint` is stable over runs: it depends on the rule, the place
    and the endpoint, not on generated ids or numbers.
    """

    code: str
    name: str
    level: Level
    party: Party
    source: Source
    message: str
    endpoint: str
    file: str
    exchange: int
    line: int | None
    event: int | None
    events: int | None
    byte: int | None
    pointer: str | None
    state: str
    help: str
    evidence: Evidence
    fingerprint: str

    @property
    def headline(self) -> str:
        """The first line of every report about it."""
        return f"{self.code} {self.name}: {self.message}"


def one_line(text: str) -> str:
    """A text for one line of a report: whatever does not print is escaped."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def violation_of(rule: Rule, finding: Finding, subject: Subject, level: Level) -> Violation:
    """Place a finding of a rule in its exchange."""
    origin = subject.exchange.origin
    reading = subject.reading if rule.party.value == "server" else None
    byte = finding.byte
    if byte is None and finding.event is not None and reading is not None:
        byte = reading.events[finding.event].frame.start
    kind = None
    if reading is not None and finding.event is not None:
        kind = reading.events[finding.event].type
    # Deferred: it loads a cryptographic library, which a run without findings has no use for.
    import hashlib

    mark = json.dumps([rule.code, subject.endpoint, kind, finding.pointer], sort_keys=True)
    return Violation(
        code=rule.code,
        name=rule.name,
        level=level,
        party=rule.party,
        source=finding.source or rule.source,
        message=one_line(finding.message),
        endpoint=subject.endpoint,
        file=origin.file,
        exchange=origin.number,
        line=origin.line,
        event=None if finding.event is None else finding.event + 1,
        events=None if reading is None else len(reading.events),
        byte=byte,
        pointer=finding.pointer,
        state=finding.state,
        help=rule.help,
        evidence=evidence_for(rule, finding, subject),
        fingerprint=hashlib.sha256(mark.encode()).hexdigest()[:12],
    )


class ConformanceViolation(AssertionError):
    """A broken clause, raised for pytest; the first line is the headline.

    `settled` says that no line of a test raised it: it came of what the test did as a whole.
    """

    violation: Violation
    settled: bool = False

    def __init__(self, violation: Violation, text: str | None = None) -> None:
        self.violation = violation
        super().__init__(text or violation.headline)


@cache
def exception_for(code: str) -> type[ConformanceViolation]:
    """The exception class of a rule, named by its code: ``STREAM_014``."""
    name = code.replace("-", "_")
    return type(name, (ConformanceViolation,), {"__module__": "conformance", "__doc__": code})
