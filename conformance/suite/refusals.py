"""The status of a refusal → whether it says what was wrong: the request, its key, or its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.registry import prose
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.transcript import exchange_from
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.wire import Exchange

__all__ = ["KEY", "MALFORMED", "MODEL", "refusal_status"]

# What is wrong -> the statuses that say so, the documented one first.
KEY: tuple[int, ...] = (401, 403, 498)
MALFORMED: tuple[int, ...] = (400, 422)
MODEL: tuple[int, ...] = (404,)
# Statuses that say what is wrong. Of limits of a server nobody knows whether they were met, and of
# statuses that the description does not list a rule speaks.
_TELLING = frozenset({*KEY, *MALFORMED, *MODEL, 499})


def _refused(status: int) -> Exchange:
    return exchange_from(f'status {status}\nbody {{"message": "no"}}')


@run_check(
    "RUN-024", "refusal-status", level=Level.WARNING, source=prose("ER-03, ER-04"),
    keeps=lambda: Sample((_refused(401),), {"fitting": KEY, "fault": "an unknown key"}),
    breaks=lambda: Sample((_refused(404),), {"fitting": KEY, "fault": "an unknown key"}),
)  # fmt: skip
def refusal_status(
    exchanges: Sequence[Exchange], *, fitting: Sequence[int], fault: str
) -> Iterator[Lapse]:
    """The status of a refusal says what was wrong: 401 the key, 404 the model, 400 or 422 the rest.

    Help: a client raises the wrong error, and its user looks for the fault in the wrong place
    """
    for number, exchange in enumerate(exchanges):
        status = exchange.response.status if exchange.response is not None else None
        if status in _TELLING and status not in fitting:
            yield Lapse(f"{fault} is refused with `{status}`, expected `{fitting[0]}`", number)
