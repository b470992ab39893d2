"""An exchange and two contracts -> what is said of it under the new one and was not under the old.

Each exchange is judged under both, with everything that is unknown counted. What only such a count
notices is told apart from what ordinary validation finds: most validators leave unknown members
alone, and a recording that fails nowhere else still passes there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.check import Options, check
from conformance.verdict import Level

if TYPE_CHECKING:
    from conformance.contract import Contract
    from conformance.violation import Violation
    from conformance.wire import Exchange

__all__ = ["CLOSED_RULES", "Turn", "recheck"]

# The rules about members that the description does not name.
CLOSED_RULES = frozenset({"CHAT-006", "RERANK-004", "EVENT-012", "RERANK-110", "HTTP-018"})


@dataclass(frozen=True, slots=True)
class Turn:
    """How the verdict on one exchange turns.

    `judged` is False when it is out of scope. `opened` are new errors that ordinary validation
    finds, `closed` those that only a check for unknown members does, `mended` errors that are gone.
    """

    exchange: Exchange
    judged: bool
    opened: tuple[Violation, ...] = ()
    closed: tuple[Violation, ...] = ()
    mended: tuple[Violation, ...] = ()

    @property
    def verdict(self) -> str:
        """``fail-open``, ``fail-closed``, ``mended`` or ``same``."""
        if self.opened:
            return "fail-open"
        if self.closed:
            return "fail-closed"
        return "mended" if self.mended else "same"


def recheck(exchange: Exchange, old: Contract, new: Contract) -> Turn:
    """Judge an exchange under two contracts and say what turns."""
    before, after = _errors(exchange, old), _errors(exchange, new)
    if before is None or after is None:
        return Turn(exchange, judged=False)
    gained = [one for key, one in after.items() if key not in before]
    return Turn(
        exchange,
        judged=True,
        opened=tuple(one for one in gained if one.code not in CLOSED_RULES),
        closed=tuple(one for one in gained if one.code in CLOSED_RULES),
        mended=tuple(one for key, one in before.items() if key not in after),
    )


def _errors(exchange: Exchange, contract: Contract) -> dict[tuple[object, ...], Violation] | None:
    """The errors of an exchange by what they say and where; None when it is not judged."""
    verdict = check(exchange, contract=contract, options=Options(closed=True))
    if not verdict.judged:
        return None
    return {
        (one.code, one.message, one.event, one.pointer): one
        for one in verdict.violations
        if one.level is Level.ERROR
    }
