"""A target and the choices of a run → what every case of one process shares."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.check import Options
from conformance.errors import NoAnswer, TargetError
from conformance.suite.features import FEATURES, closure
from conformance.wire import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.suite.case import Case, CaseResult
    from conformance.suite.settings import RunSettings
    from conformance.targets.base import Target

__all__ = ["Session", "TargetLost"]

# So many cases in a row without a connection mean that the server is gone.
_PATIENCE = 3


class TargetLost(Exception):
    """The target cannot be reached any more; `error` is the last reason."""

    def __init__(self, error: TargetError) -> None:
        self.error = error
        super().__init__(str(error))


class Session:
    """One open target and what is wanted of it.

    `declared` are the features that the server has for certain: those that the user declared, and
    all in the case of our own mock.
    """

    def __init__(self, settings: RunSettings, target: Target) -> None:
        self.settings = settings
        self.target = target
        self.options = Options(settings.select, settings.ignore, settings.closed)
        self.lacks = frozenset(settings.lacks)
        named = FEATURES if settings.is_mock else settings.declared
        self.declared = closure(named) - self.lacks
        self._lost = 0

    def lacking(self, case: Case) -> list[str]:
        """The features that a case needs and the server lacks."""
        return sorted(closure(case.needs) & self.lacks)

    def request(
        self, method: str, path: str, headers: Mapping[str, str | None], body: bytes
    ) -> Request:
        """A request to a path of the target."""
        pairs = tuple((name, value) for name, value in headers.items() if value is not None)
        return Request(method, path, pairs, body)

    def answered(self) -> None:
        """The target has answered."""
        self._lost = 0

    def lost(self, error: TargetError) -> None:
        """The target has not answered. Raises TargetLost when it seems to be gone."""
        if isinstance(error, NoAnswer):
            return
        self._lost += 1
        if self._lost >= _PATIENCE:
            raise TargetLost(error)

    def play(self, case: Case) -> CaseResult:
        """Play a case. Raises TargetLost when the server is gone."""
        from conformance.suite.case import CaseResult, Outcome
        from conformance.suite.play import Play, Unreached

        lacking = self.lacking(case)
        if lacking:
            names = ", ".join(f"`{name}`" for name in lacking)
            return CaseResult(case.name, Outcome.LACKED, note=f"the server lacks {names}")
        play = Play(self, case)
        with suppress(Unreached):
            case.play(play)
        return play.result()
