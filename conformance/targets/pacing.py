"""When the next call may be sent, and when a refused one may be sent again.

Trial keys take 20 chat calls and 10 rerank calls a minute (ER-06). Calls are counted in a window
that slides, so that no minute, wherever it begins, sees more. The clock is given, so that tests do
not wait.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol

from conformance.errors import UsageError
from conformance.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.targets.ledger import Ledger

__all__ = [
    "NO_PACE",
    "TRIAL",
    "Clock",
    "Pace",
    "Rates",
    "SystemClock",
    "back_off",
    "rates_named",
    "retry_after",
]

# A minute, and something for requests that take different times to arrive.
_WINDOW = 61.0
_LONGEST_BACK_OFF = 60.0


class Clock(Protocol):
    """A clock that all processes of a machine share."""

    def now(self) -> float:
        """Seconds since some moment."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class SystemClock:
    """The clock of this machine; seconds since 1970."""

    def now(self) -> float:
        """The time."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Rates:
    """The most calls a minute to each endpoint; None for no limit."""

    chat: int | None = None
    rerank: int | None = None

    def minutes(self, chats: int, reranks: int) -> float:
        """How many minutes so many calls take at least."""
        waits = [
            (count - 1) // rate
            for count, rate in ((chats, self.chat), (reranks, self.rerank))
            if rate is not None and count > 0
        ]
        return max(waits, default=0) * _WINDOW / 60


TRIAL = Rates(chat=20, rerank=10)
NO_PACE = Rates()
_NAMED = {"trial": TRIAL, "production": Rates(chat=500, rerank=1000), "none": NO_PACE}


def rates_named(text: str) -> Rates:
    """The rates of a name, or of `CHAT/RERANK` as two numbers. Raises UsageError."""
    given = text.strip().lower()
    if given in _NAMED:
        return _NAMED[given]
    chat, slash, rerank = given.partition("/")
    if slash and chat.isdecimal() and rerank.isdecimal() and int(chat) and int(rerank):
        return Rates(int(chat), int(rerank))
    raise UsageError(
        f"`{text}` is no pace",
        where="--pace",
        hint=did_you_mean(given, _NAMED)
        or "`trial`, `production`, `none`, or calls a minute such as `20/10` (chat/rerank)",
    )


class Pace:
    """Lets calls through at their rates, those of all workers together."""

    def __init__(self, rates: Rates, ledger: Ledger, clock: Clock) -> None:
        self.rates = rates
        self._ledger = ledger
        self._clock = clock

    def wait(self, *, rerank: bool) -> float:
        """Wait until a call may be sent; the seconds that were waited."""
        kind, rate = ("rerank", self.rates.rerank) if rerank else ("chat", self.rates.chat)
        began = self._clock.now()
        if rate is not None:
            self._until(self._slot(kind, rate, began))
        # others may have been refused in the meantime
        self._until(self._held(kind))
        return self._clock.now() - began

    def hold(self, seconds: float, *, rerank: bool) -> None:
        """Let no call of this kind through for some seconds, of any worker."""
        kind = "rerank" if rerank else "chat"
        with self._ledger.transaction() as database:
            database.execute(
                "INSERT INTO holds VALUES (?, ?) ON CONFLICT (kind) "
                "DO UPDATE SET until = max(until, excluded.until)",
                (kind, self._clock.now() + seconds),
            )

    def _slot(self, kind: str, rate: int, now: float) -> float:
        """The earliest moment for one more call; it is taken at once, so that no other gets it."""
        with self._ledger.transaction() as database:
            database.execute("DELETE FROM calls WHERE at < ?", (now - 2 * _WINDOW,))
            row = database.execute(
                "SELECT at FROM calls WHERE kind = ? ORDER BY at DESC LIMIT 1 OFFSET ?",
                (kind, rate - 1),
            ).fetchone()
            at = now if row is None else max(now, row[0] + _WINDOW)
            database.execute("INSERT INTO calls VALUES (?, ?)", (kind, at))
        return at

    def _held(self, kind: str) -> float:
        with self._ledger.transaction() as database:
            row = database.execute("SELECT until FROM holds WHERE kind = ?", (kind,)).fetchone()
        return 0.0 if row is None else float(row[0])

    def _until(self, moment: float) -> None:
        left = moment - self._clock.now()
        if left > 0:
            self._clock.sleep(left)


def retry_after(value: str | None, now: float) -> float | None:
    """The seconds that a Retry-After header asks for; None when it is absent or unreadable.

    RFC 9110 10.2.3 knows seconds and a date; fractions of a second are taken too.
    """
    if value is None:
        return None
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return None
    # `inf` and `nan` are floats too
    return max(0.0, seconds) if seconds < 1e9 else None  # noqa: PLR2004 - some thirty years


def back_off(attempt: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds before the next attempt, the first is 1: doubling, and spread by chance.

    Workers that were refused together shall not come back together.
    """
    # the sixth doubling is above the longest pause
    return min(_LONGEST_BACK_OFF, 2.0 ** min(attempt, 6)) * (0.5 + chance() / 2)
