"""Requests to a server that has limits → exchanges, within its rate and within a budget.

Every attempt counts: each is taken out of the budget, waits for its turn, and is settled when it
is known what it cost. Only 429 is tried again. Other failures are findings.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.errors import BudgetExceeded, NoAnswer, TargetError
from conformance.targets.base import Target
from conformance.targets.pacing import back_off, retry_after
from conformance.targets.tokens import is_rerank

if TYPE_CHECKING:
    from conformance.targets.base import Watch
    from conformance.targets.budget import Purse
    from conformance.targets.http import HttpTarget
    from conformance.targets.ledger import Ledger
    from conformance.targets.pacing import Clock, Pace
    from conformance.targets.secret import Secret
    from conformance.wire import Exchange, Request

__all__ = ["LiveTarget"]

_TOO_MANY = 429
_ATTEMPTS = 6
# Nobody waits for longer than this without having been asked, in seconds.
_PATIENCE = 180.0


class LiveTarget(Target):
    """A server behind a purse and a pace.

    TargetError when it still refuses with 429 after several attempts, or asks for a long wait.
    """

    def __init__(
        self, http: HttpTarget, *, purse: Purse, pace: Pace, ledger: Ledger, clock: Clock
    ) -> None:
        self.purse = purse
        self.pace = pace
        self._http = http
        self._ledger = ledger
        self._clock = clock

    @property
    def name(self) -> str:
        """The base URL."""
        return self._http.name

    @property
    def url(self) -> str:
        """The base URL."""
        return self._http.url

    @property
    def key(self) -> Secret | None:
        """The key, for programs that send requests of their own."""
        return self._http.key

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        self._ledger.close()

    def send(
        self,
        request: Request,
        *,
        expect: tuple[int, ...] = (),
        timeout: float | None = None,
        case: str = "",
        authorize: bool = True,
        watch: Watch | None = None,
    ) -> Exchange:
        """Send a request when its turn has come; see `Target.send`."""
        attempt = 0
        waited = 0.0
        while True:
            attempt += 1
            exchange = self._attempt(
                request, expect, timeout, case, authorize=authorize, watch=watch
            )
            response = exchange.response
            if response is None or response.status != _TOO_MANY or _TOO_MANY in expect:
                return exchange
            asked = retry_after(response.header("retry-after"), self._clock.now())
            pause = back_off(attempt) if asked is None else asked
            if attempt == _ATTEMPTS or waited + pause > _PATIENCE:
                raise _refused(exchange, self.name, attempt, waited, asked)
            self.pace.hold(pause, rerank=is_rerank(request))
            waited += pause

    def _attempt(
        self,
        request: Request,
        expect: tuple[int, ...],
        timeout: float | None,
        case: str,
        *,
        authorize: bool,
        watch: Watch | None,
    ) -> Exchange:
        guessed = self.purse.reserve(request)
        self.pace.wait(rerank=is_rerank(request))
        try:
            exchange = self._http.send(
                request,
                expect=expect,
                timeout=timeout,
                case=case,
                authorize=authorize,
                watch=_both(watch, self.purse.watch(guessed)),
            )
        except (NoAnswer, BudgetExceeded):
            # the server may have worked on it, which costs what was guessed
            raise
        except TargetError:
            self.purse.release(guessed)
            raise
        self.purse.settle(guessed, exchange)
        return exchange


def _both(first: Watch | None, second: Watch | None) -> Watch | None:
    """One watcher that calls two."""
    if first is None or second is None:
        return first or second

    def watch(piece: bytes) -> None:
        first(piece)
        second(piece)

    return watch


def _refused(
    exchange: Exchange, where: str, attempts: int, waited: float, asked: float | None
) -> TargetError:
    said = _message(exchange)
    told = f": `{said}`" if said else ""
    times = f"{attempts} attempts over {waited:.0f} s" if attempts > 1 else "one attempt"
    if asked is not None and waited + asked > _PATIENCE:
        return TargetError(
            f"the server refuses with 429 and asks to wait {asked:.0f} s{told}",
            where=where,
            hint="run again then",
        )
    return TargetError(
        f"the server refuses with 429 after {times}{told}",
        where=where,
        hint="a lower `--pace` may help; trial keys have 1,000 calls a month",
    )


def _message(exchange: Exchange) -> str:
    try:
        body = json.loads(exchange.response.body if exchange.response else b"")
    except (ValueError, RecursionError):
        return ""
    said = body.get("message") if isinstance(body, dict) else None
    return " ".join(said.split())[:160] if isinstance(said, str) else ""
