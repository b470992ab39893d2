"""What one test exchanged with the API, and what is to be said of it.

The client is judged by what it sent: a faulty request fails the test also where the server refused
it, since an application that sends faulty requests is at fault whatever comes back.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.check import Options, check
from conformance.cli.codes import resolved
from conformance.errors import UsageError
from conformance.plugin.assertion import assert_conformant, raised_for
from conformance.verdict import Level, Party
from conformance.wire import Origin

if TYPE_CHECKING:
    from conformance.check import Verdict
    from conformance.errors import ConformanceError
    from conformance.mock.log import Log
    from conformance.violation import ConformanceViolation, Violation
    from conformance.wire import Exchange

__all__ = ["Bench"]

# Seconds to wait for a reply to have been sent to its end; a client may have left it half read.
_PATIENCE = 1.0


class Bench:
    """The exchanges of one test, as far as they have come.

    `url` is the base URL for the client under test, `key` a key that is taken.
    """

    def __init__(
        self, log: Log, *, url: str, key: str, test: str, options: Options, strict: bool
    ) -> None:
        self.url = url
        self.key = key
        self._log = log
        self._first = log.total
        self._test = test
        self._options = options
        self._strict = strict
        self._tolerated: set[str] = set()
        self._settled = 0
        # What kept the target from answering; tests fail for it.
        self.troubles: list[ConformanceError] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    # -- what came ------------------------------------------------------------------------------

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges so far, in the order in which they were answered; keys are masked."""
        self._wait()
        ours = [each for each in self._log.exchanges() if each.origin.number > self._first]
        return [
            replace(each, origin=Origin(self._test, number)) for number, each in enumerate(ours, 1)
        ]

    @property
    def requests(self) -> list[Any]:
        """The JSON bodies of the requests so far; None for a body that is not JSON."""
        return [_json(each) for each in self.exchanges]

    @property
    def verdicts(self) -> list[Verdict]:
        """The exchanges so far, judged."""
        return [check(each, options=self._options) for each in self.exchanges]

    def violations_of(self, exchange: Exchange) -> tuple[Violation, ...]:
        """What an exchange breaks: the client by its request alone, the server by the whole."""
        alone = check(replace(exchange, response=None), options=self._options).violations
        whole = check(exchange, options=self._options).violations
        return (
            *(each for each in alone if each.party is Party.CLIENT),
            *(each for each in whole if each.party is Party.SERVER),
        )

    def fails(self, violation: Violation) -> bool:
        """Whether a violation fails the test: the client's, and not tolerated."""
        failing = {Level.ERROR, Level.WARNING} if self._strict else {Level.ERROR}
        if violation.party is not Party.CLIENT or violation.level not in failing:
            return False
        return not self.tolerates(violation)

    def tolerates(self, violation: Violation) -> bool:
        """Whether the test allows a violation of the client."""
        keys = {"*", violation.code, violation.code.split("-", 1)[0]}
        return violation.party is Party.CLIENT and bool(keys & self._tolerated)

    @property
    def violations(self) -> list[Violation]:
        """What the client has broken so far, and what is not tolerated."""
        return [
            violation
            for each in self.exchanges
            for violation in self.violations_of(each)
            if self.fails(violation)
        ]

    # -- what is to be said of it -----------------------------------------------------------------

    def tolerate(self, *codes: str) -> None:
        """Do not fail the test for these rules (codes, names, families); without any, for none.

        Raises UsageError for a word that names no rule.
        """
        __tracebackhide__ = True
        try:
            self._tolerated |= set(resolved(codes, "tolerate")) if codes else {"*"}
        except UsageError as error:
            # A test shows its own line, and not where this one went wrong.
            raise error.with_traceback(None) from None

    def assert_conformant(self, **choices: Any) -> None:
        """Assert that every exchange so far is conformant, both parties judged.

        `choices` are those of `conformance.assert_conformant`.
        """
        __tracebackhide__ = True
        for each in self.exchanges:
            assert_conformant(each, **choices)

    def settle(self) -> ConformanceViolation | None:
        """The exception for what the client broke since the last time; None for nothing."""
        exchanges = self.exchanges
        new, self._settled = exchanges[self._settled :], len(exchanges)
        found = [v for each in new for v in self.violations_of(each) if self.fails(v)]
        if not found:
            return None
        error = raised_for(found)
        error.settled = True
        return error

    def unjudged(self) -> list[str]:
        """Why exchanges were not judged, each with its request."""
        told = []
        for verdict in self.verdicts:
            request = verdict.exchange.request
            if not verdict.judged and request is not None:
                told.append(f"{request.method} {request.path}: {verdict.reason}")
        return told

    def close(self) -> None:
        """The test is over."""

    def _busy(self) -> bool:
        """Whether a reply is being sent."""
        return False

    def _wait(self) -> None:
        """Wait until all replies are sent, but not for one that never ends."""
        until = time.monotonic() + _PATIENCE
        while self._busy() and time.monotonic() < until:
            time.sleep(0.005)


def _json(exchange: Exchange) -> Any:
    try:
        return json.loads(exchange.request.body if exchange.request else b"")
    except (ValueError, RecursionError):
        return None
