"""Exchanges that passed → outcomes that reports show, and recordings on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from conformance.check import Verdict, check
from conformance.errors import ConformanceError
from conformance.report.collect import Collector
from conformance.report.outcome import FileOutcome, Trouble, judged_from, trouble_from
from conformance.verdict import Party
from conformance.wire import Origin

if TYPE_CHECKING:
    from conformance.check import Options
    from conformance.proxy.exchange import Passed
    from conformance.report.records import Record
    from conformance.targets.recorder import Shelf
    from conformance.wire import Exchange

__all__ = ["Judge", "Told"]


class Told(NamedTuple):
    """What is to be said of an exchange: its outcome, and `remark`, what else came of it."""

    passed: Passed
    outcome: FileOutcome
    remark: str = ""


class Judge:
    """Judges exchanges of the proxy, one after the other.

    `party` is whose faults count, None for both. `shelf` takes a recording of each
    exchange. `reporting` makes records for a report, in which warnings fail if `strict`.
    """

    def __init__(
        self,
        *,
        options: Options,
        party: Party | None = None,
        shelf: Shelf | None = None,
        reporting: bool = False,
        strict: bool = False,
    ) -> None:
        self._options = options
        self._party = party
        self._shelf = shelf
        self._strict = strict
        self._collector = Collector(options=options) if reporting else None

    def take(self, passed: Passed) -> Told:
        """Judge an exchange. Only a fault of our own raises."""
        troubles: list[Trouble] = []
        exchange = passed.exchange
        number = exchange.origin.number
        if self._shelf is not None and exchange.request is not None and not passed.failed:
            try:
                file = self._shelf.keep(exchange, exchange.request, secrets=passed.secrets)
            except ConformanceError as error:
                troubles.append(trouble_from("proxy", error))
            else:
                origin = Origin(str(file), recorded_at=exchange.origin.recorded_at)
                exchange = replace(exchange, origin=origin)
        if passed.failed:
            hint = "is `--upstream` the address of the server, and does it run?"
            troubles.append(Trouble("proxy", passed.failed, f"exchange {number}", hint))
        if passed.unjudged:
            verdict = Verdict(exchange, None, judged=False, reason=passed.unjudged)
        else:
            verdict = self._verdict(exchange)
        records: tuple[Record, ...] = ()
        if self._collector is not None:
            taken = self._collector.take(
                exchange, verdict.violations, unjudged=passed.unjudged or ""
            )
            records = (*taken.records, taken.as_case(strict=self._strict))
        judged = judged_from(verdict)
        violations = tuple(v for v in judged.violations if self._party in (None, v.party))
        outcome = FileOutcome(
            exchange.origin.file,
            (judged._replace(violations=violations),),
            tuple(troubles),
            records,
        )
        remark = f"the client left after {passed.seen} bytes of the body" if passed.left else ""
        return Told(passed, outcome, passed.failed or remark)

    def _verdict(self, exchange: Exchange) -> Verdict:
        """What is to be said of an exchange.

        Where the client alone is judged its requests are judged without their answers: that the
        server refused a fault does not make it less of one.
        """
        verdict = check(exchange, options=self._options)
        if self._party is not Party.CLIENT or exchange.response is None:
            return verdict
        alone = check(replace(exchange, response=None), options=self._options)
        return replace(verdict, violations=alone.violations)

    def closing(self) -> tuple[Record, ...]:
        """What all exchanges add up to, for a report."""
        return tuple(self._collector.closing()) if self._collector is not None else ()
