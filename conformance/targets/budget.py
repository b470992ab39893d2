"""What a run may cost: an estimate before it, a hard stop during it, shared by all its workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import BudgetExceeded, UsageError
from conformance.targets.tokens import Guess, guess, is_rerank, used

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.targets.ledger import Ledger
    from conformance.wire import Exchange, Request

__all__ = ["DEFAULT_BUDGET", "UNLIMITED", "Budget", "Estimate", "Purse"]

_OPTIONS = {"requests": "--max-requests", "tokens": "--max-tokens"}
# How many pieces of a stream may come between two looks into the ledger.
_EVERY = 64


@dataclass(frozen=True, slots=True)
class Budget:
    """The most requests and tokens that all workers together may spend; None for no limit."""

    requests: int | None = None
    tokens: int | None = None

    @classmethod
    def chosen(cls, requests: int | None, tokens: int | None, default: Budget) -> Budget:
        """A budget from two options: None leaves the default, 0 lifts the limit.

        Raises UsageError for a number below 0.
        """
        return cls(
            _limit(requests, default.requests, "requests"), _limit(tokens, default.tokens, "tokens")
        )


UNLIMITED = Budget()
# A trial key has 1,000 calls a month (ER-06): a run shall not use them up unasked.
DEFAULT_BUDGET = Budget(requests=300, tokens=300_000)


def _limit(given: int | None, default: int | None, what: str) -> int | None:
    if given is None:
        return default
    if given < 0:
        raise UsageError(
            f"`{given}` is no number of {what}", where=_OPTIONS[what], hint="0 lifts the limit"
        )
    return given or None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What requests cost: how many there are of each kind, and their tokens."""

    chats: int = 0
    reranks: int = 0
    tokens: int = 0

    @classmethod
    def of(cls, requests: Iterable[Request]) -> Estimate:
        """The estimate for requests that are to be sent."""
        made = cls()
        for request in requests:
            rerank = is_rerank(request)
            made = cls(
                made.chats + (not rerank),
                made.reranks + rerank,
                made.tokens + guess(request).total,
            )
        return made

    @property
    def requests(self) -> int:
        """The requests of both kinds."""
        return self.chats + self.reranks

    def __str__(self) -> str:
        return f"{self.requests:,} requests and about {self.tokens:,} tokens"


class Purse:
    """A budget and what of it is spent; `where` names the target in messages."""

    def __init__(self, budget: Budget, ledger: Ledger, where: str) -> None:
        self.budget = budget
        self._ledger = ledger
        self._where = where

    @property
    def spent(self) -> tuple[int, int]:
        """The requests and the tokens that all workers have spent or are about to spend."""
        with self._ledger.transaction() as database:
            found = dict(database.execute("SELECT what, amount FROM spent").fetchall())
        return found.get("requests", 0), found.get("tokens", 0)

    def admit(self, planned: Estimate) -> None:
        """Raise BudgetExceeded when what is planned will not fit, before anything is sent."""
        requests, tokens = self.spent
        for name, needed, limit in (
            ("requests", requests + planned.requests, self.budget.requests),
            ("tokens", tokens + planned.tokens, self.budget.tokens),
        ):
            if limit is not None and needed > limit:
                raise BudgetExceeded(
                    f"this needs {planned}, and the budget is {limit:,} {name}",
                    where=self._where,
                    hint=f"`{_OPTIONS[name]} {_rounded(needed)}` allows it; "
                    "`--only` chooses fewer cases",
                )

    def reserve(self, request: Request) -> Guess:
        """Take one request and its tokens out of the budget. Raises BudgetExceeded."""
        guessed = guess(request)
        over = ""
        with self._ledger.transaction() as database:
            found = dict(database.execute("SELECT what, amount FROM spent").fetchall())
            wanted = {
                "requests": found.get("requests", 0) + 1,
                "tokens": found.get("tokens", 0) + guessed.total,
            }
            limits = {"requests": self.budget.requests, "tokens": self.budget.tokens}
            for name, limit in limits.items():
                if limit is not None and wanted[name] > limit:
                    over = over or name
            if not over:
                database.executemany("REPLACE INTO spent VALUES (?, ?)", wanted.items())
        if over:
            raise self._exceeded(over)
        return guessed

    def settle(self, guessed: Guess, exchange: Exchange) -> None:
        """Put what the exchange cost in the place of what was guessed."""
        self._change(used(exchange, guessed) - guessed.total)

    def release(self, guessed: Guess) -> None:
        """Give back the tokens of a request that never reached the server."""
        self._change(-guessed.total)

    def watch(self, guessed: Guess) -> Callable[[bytes], None] | None:
        """What looks at each piece of a body and stops a stream that the budget does not allow.

        It raises BudgetExceeded. None when there is no limit.
        """
        if self.budget.tokens is None:
            return None
        limit = self.budget.tokens
        events = looked = 0

        def look(piece: bytes) -> None:
            nonlocal events, looked
            # an event carries about one token, and so does a line of newline-delimited JSON
            events += piece.count(b"data:") or piece.count(b"\n")
            over = events - guessed.writes
            if over > 0 and events - looked >= _EVERY:
                looked = events
                if self.spent[1] + over > limit:
                    self._change(over)
                    raise self._exceeded("tokens")

        return look

    def _change(self, tokens: int) -> None:
        with self._ledger.transaction() as database:
            database.execute(
                "INSERT INTO spent VALUES ('tokens', max(0, ?)) ON CONFLICT (what) "
                "DO UPDATE SET amount = max(0, amount + ?)",
                (tokens, tokens),
            )

    def _exceeded(self, name: str) -> BudgetExceeded:
        limit = self.budget.requests if name == "requests" else self.budget.tokens
        return BudgetExceeded(
            f"the budget of {limit:,} {name} is used up",
            where=self._where,
            hint=f"`{_OPTIONS[name]}` raises it; `--only` chooses fewer cases",
        )


def _rounded(number: int) -> int:
    """A number that is somewhat above, with two digits that matter."""
    step = int("1" + "0" * max(0, len(str(number)) - 2))
    return -(-number // step) * step
