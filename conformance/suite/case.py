"""One thing to try on a server, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.report.outcome import Trouble
    from conformance.suite.play import Play
    from conformance.violation import Violation
    from conformance.wire import Exchange

__all__ = ["Case", "CaseResult", "Kind", "Outcome", "Seen"]


class Kind(str, Enum):
    """What sort of thing a case tries."""

    SCENARIO = "scenario"
    BROKEN = "broken"
    ODD = "odd"
    HTTP = "http"
    LAW = "law"
    TRANSPORT = "transport"
    PROPERTY = "property"
    FUZZ = "fuzz"


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to try.

    `name` is a path whose first part is the endpoint. `says` is what is tried, in a few words.
    `needs` are features. `play` sends the requests. `requests` is how many it will send. `quiet`: a
    server that ignores the features passes too.
    """

    name: str
    says: str
    kind: Kind
    needs: tuple[str, ...]
    play: Callable[[Play], None] = field(compare=False)
    requests: int = 1
    quiet: bool = False

    @property
    def endpoint(self) -> str:
        """The endpoint: ``chat-stream`` or ``rerank``."""
        return self.name.split("/", 1)[0]


class Outcome(str, Enum):
    """What came of a case.

    KEPT: all as promised. BROKEN: a clause is broken. KNOWN: broken, and known to be. FIXED: known
    to be broken, and it is not. UNSHOWN: nothing broken, but the answer did not show what the case
    is about. LACKED: not run, since the server lacks a feature. TROUBLE: not judged.
    """

    KEPT = "kept"
    BROKEN = "broken"
    KNOWN = "known"
    FIXED = "fixed"
    UNSHOWN = "unshown"
    LACKED = "lacked"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange of a case, and what is to be said of it; `events` is the length of the stream.

    Only `told`, the violations whose party is the server, count: the requests are our own, and some
    are meant to be faulty.
    """

    exchange: Exchange
    judged: bool
    reason: str
    violations: tuple[Violation, ...]
    events: int

    @property
    def told(self) -> tuple[Violation, ...]:
        """The violations of the server."""
        return tuple(v for v in self.violations if v.party is Party.SERVER)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case. `note` says why, where nothing was broken and yet not all is said.

    `findings` are of the checks that only a run has; those of single exchanges stand in `seen`.
    `checked` says how often each such check, by its code, was applied, and `lapsed` how often it
    found a breach then.
    """

    name: str
    outcome: Outcome
    seen: tuple[Seen, ...] = ()
    findings: tuple[Violation, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    note: str = ""
    seconds: float = 0.0
    checked: Mapping[str, int] = field(default_factory=dict)
    lapsed: Mapping[str, int] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """The endpoint: ``chat-stream`` or ``rerank``."""
        return self.name.split("/", 1)[0]

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All violations of the server, those of single exchanges first."""
        return (*(v for one in self.seen for v in one.told), *self.findings)
