"""What a comparison says: findings, each judged for three audiences, and what stands beside them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from conformance.diff.change import Location, Note
    from conformance.diff.document import Defect, Place

__all__ = ["Audience", "Finding", "Level", "Report", "SideInfo", "Touched", "Verdict"]


class Level(str, Enum):
    """How much a change matters: it breaks someone, may break someone, or breaks nobody."""

    BREAKING = "breaking"
    RISKY = "risky"
    ADDITIVE = "additive"
    DOCS = "docs"

    @property
    def rank(self) -> int:
        """0 for docs up to 3 for breaking."""
        return ("docs", "additive", "risky", "breaking").index(self.value)


class Audience(str, Enum):
    """Who may be hurt: who builds requests, who parses answers, who replays old recordings."""

    SENDER = "sender"
    READER = "reader"
    RECORDINGS = "recordings"


_LEVEL_OF = {
    "break": Level.BREAKING,
    "behaviour": Level.RISKY,
    "risk": Level.RISKY,
    "ok": Level.ADDITIVE,
    "fail-open": Level.BREAKING,
    "fail-closed": Level.RISKY,
    "pass": Level.ADDITIVE,
}


class Verdict(NamedTuple):
    """What a change means for each audience; ``-`` where it does not concern it.

    For sender and reader: ``ok``, ``risk``, ``behaviour`` (the API will behave otherwise) or
    ``break``. For old recordings under the new description: ``pass``, ``fail-closed`` (only a check
    for unknown members notices) or ``fail-open`` (ordinary validation fails).
    """

    sender: str
    reader: str
    recordings: str

    def level(self, audience: Audience | None = None) -> Level | None:
        """The level for one audience, None where it is not concerned; by default for people.

        Recordings are left out of the default: they are data, and can be recorded anew.
        """
        if audience is not None:
            return _LEVEL_OF.get(getattr(self, audience.value))
        levels = [_LEVEL_OF[one] for one in (self.sender, self.reader) if one in _LEVEL_OF]
        return max(levels, key=lambda one: one.rank, default=Level.ADDITIVE)


class Touched(NamedTuple):
    """The rules, cases and recordings that a finding touches: codes, names, files."""

    rules: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One change and what it means.

    `id` is 12 hex digits made of the steady location, the kind and the values: the same change has
    the same id in any dialect and on any day. `also` are further places with the same change to the
    same shape. `what` is the headline, `who` one sentence on who is hurt and how.
    """

    id: str
    kind: str
    level: Level
    at: Location
    what: str
    who: str
    old: Any
    new: Any
    verdict: Verdict
    old_place: Place
    new_place: Place
    also: tuple[Location, ...] = ()
    touched: Touched | None = None

    def level_for(self, audience: Audience | None) -> Level | None:
        """The level for one audience, or for people; None where it does not concern them."""
        return self.level if audience is None else self.verdict.level(audience)


class SideInfo(NamedTuple):
    """What is told of one side: the user's name for it, its dialect, what it describes."""

    name: str
    dialect: str
    files: tuple[str, ...]
    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole comparison.

    `findings` are changes on the wire. `defects` are faults of the new description that the old one
    did not have, `mended` those that it had alone. `notes` tell of documentation and of what was
    not compared.
    """

    old: SideInfo
    new: SideInfo
    findings: tuple[Finding, ...]
    defects: tuple[Defect, ...] = ()
    mended: tuple[Defect, ...] = ()
    notes: tuple[Note, ...] = ()

    def count(self, level: Level, audience: Audience | None = None) -> int:
        """How many findings have this level for an audience."""
        return sum(1 for one in self.findings if one.level_for(audience) is level)
