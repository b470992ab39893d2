"""The cases of a run → what they will cost, before anything is sent.

Each case is played against nothing: its first request tells how large its requests are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.errors import CassetteMiss
from conformance.suite.session import Session
from conformance.targets.base import Target
from conformance.targets.budget import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NoReturn

    from conformance.suite.case import Case
    from conformance.suite.settings import RunSettings
    from conformance.wire import Request

__all__ = ["estimate"]


class _Nowhere(Target):
    """A target that keeps requests and answers none."""

    name = "nowhere"
    url = None

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def send(self, request: Request, **_options: Any) -> NoReturn:
        """Keep the request. Raises CassetteMiss."""
        self.requests.append(request)
        raise CassetteMiss("nothing is sent")

    def close(self) -> None:
        """Nothing to release."""


def estimate(cases: Iterable[Case], settings: RunSettings) -> Estimate:
    """What the cases cost, rather too much than too little."""
    nowhere = _Nowhere()
    session = Session(settings, nowhere)
    requests: list[Request] = []
    for case in cases:
        before = len(nowhere.requests)
        session.play(case)
        made = nowhere.requests[before:]
        requests += made[:1] * case.requests
    return Estimate.of(requests)
