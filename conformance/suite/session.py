"""A target and the choices of a run → what every case of one process shares."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.check import Options
from conformance.errors import ConformanceError, NoAnswer, TargetError
from conformance.suite.features import FEATURES, closure
from conformance.suite.opening import patience_for
from conformance.wire import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.suite.case import Case, CaseResult
    from conformance.suite.rankings import Footing
    from conformance.suite.settings import RunSettings
    from conformance.targets.base import Target

__all__ = ["Session", "TargetLost"]

# So many cases in a row without a connection mean that the server is gone.
_PATIENCE = 3
# Seconds, and how many times the slowest answer so far, that an answer may take after a stall.
_SHORT, _AMPLE = 5.0, 4.0
# An answer that broke off after this part of the time was cut off by the timeout.
_ALL_OF_IT = 0.95


class TargetLost(Exception):
    """The target cannot be reached any more; `result` is what came of the case until then."""

    result: CaseResult


class Session:
    """One open target and what is wanted of it.

    `declared` are the features that the server has for certain: those that the user declared, and
    all in the case of our own mock. `footing` is what is known of its rankings, once asked for.
    """

    def __init__(self, settings: RunSettings, target: Target) -> None:
        self.settings = settings
        self.target = target
        self.options = Options(settings.select, settings.ignore, settings.closed)
        self.lacks = frozenset(settings.lacks)
        named = FEATURES if settings.is_mock else settings.declared
        self.declared = closure(named) - self.lacks
        self.footing: Footing | None = None
        self._lost = 0
        self._stalled = False
        self._stalls: Counter[str] = Counter()
        self._slowest = 0.0

    def lacking(self, case: Case) -> list[str]:
        """The features that a case needs and the server lacks."""
        return sorted(closure(case.needs) & self.lacks)

    def request(
        self, method: str, path: str, headers: Mapping[str, str | None], body: bytes
    ) -> Request:
        """A request to a path of the target."""
        pairs = tuple((name, value) for name, value in headers.items() if value is not None)
        return Request(method, path, pairs, body)

    @property
    def timeout(self) -> float:
        """How many seconds one answer may take; fewer once one has not come to its end."""
        patience = patience_for(self.settings)
        if not self._stalled:
            return patience
        return min(patience, max(_SHORT, _AMPLE * self._slowest))

    def stalls(self, lane: str) -> bool:
        """Several answers in a row of one lane did not come to their end in time."""
        return self._stalls[lane] >= _PATIENCE

    def timed(self, lane: str, seconds: float, timeout: float, *, complete: bool) -> bool:
        """Note how long an answer took; whether it was too long.

        Requests of one sort to one endpoint are a lane: those that stall say nothing of others.
        """
        if complete:
            self._slowest = max(self._slowest, seconds)
            self._stalls[lane] = self._lost = 0
            return False
        if seconds < _ALL_OF_IT * timeout:
            self._stalls[lane] = 0
            return False
        self._stalled = True
        self._stalls[lane] += 1
        return True

    def lost(self, error: TargetError) -> None:
        """The target has not answered. Raises TargetLost when it seems to be gone."""
        if isinstance(error, NoAnswer):
            self._lost = 0
            return
        self._lost += 1
        if self._lost >= _PATIENCE:
            raise TargetLost(str(error))

    def play(self, case: Case) -> CaseResult:
        """Play a case. Raises TargetLost when the server is gone."""
        from conformance.suite.case import CaseResult, Outcome
        from conformance.suite.play import Play, Unreached

        lacking = self.lacking(case)
        if lacking:
            names = ", ".join(f"`{name}`" for name in lacking)
            return CaseResult(case.name, Outcome.LACKED, note=f"the server lacks {names}")
        play = Play(self, case)
        try:
            case.play(play)
        except Unreached:
            pass
        except ConformanceError as error:
            play.trouble(error)
        except TargetLost as lost:
            lost.result = play.result()
            raise
        return play.result()
