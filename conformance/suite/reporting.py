"""The events of a run → a report folder."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.check import Options
from conformance.report.collect import Collector
from conformance.report.folder import ReportFolder, header_of
from conformance.report.records import Case, Check, ViolationRecord
from conformance.suite.checks import all_checks
from conformance.suite.events import CaseEnded, RunStarted
from conformance.suite.prove import server_rules
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.suite import case as played
    from conformance.suite.events import Event, RunEnded

__all__ = ["Reporter"]


class Reporter:
    """A listener that writes a report: `report.jsonl` as the run goes, its views at the end.

    `secrets` are keys that must not be shown.
    """

    def __init__(self, folder: str, secrets: Iterable[str] = ()) -> None:
        self._place = folder
        self._secrets = tuple(secrets)
        self._folder: ReportFolder | None = None
        self._options = Options()
        self._collector = Collector()
        self._cases: dict[str, played.Case] = {}
        self._applied: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()

    def on(self, event: Event) -> None:
        """Take one event. Raises UsageError when the folder cannot be written."""
        if isinstance(event, RunStarted):
            self._start(event)
        elif isinstance(event, CaseEnded):
            self._case(event.result)
        else:
            self._end(event)

    def _start(self, event: RunStarted) -> None:
        settings = event.settings
        self._options = Options(settings.select, settings.ignore, settings.closed)
        self._collector = Collector(options=self._options, secrets=self._secrets)
        self._cases = {case.name: case for case in event.cases}
        header = header_of(
            "run", event.target, seed=settings.seed, party="server", strict=settings.strict
        )
        self._folder = ReportFolder(self._place, header)

    def _case(self, result: played.CaseResult) -> None:
        assert self._folder is not None  # a run starts before its cases
        features: dict[str, None] = {}
        for one in result.seen:
            reason = "" if one.judged else one.reason
            made = self._collector.take(
                one.exchange, one.violations, case=result.name, unjudged=reason
            )
            features |= dict.fromkeys(made.exchange.features)
            self._folder.add_all(made.records)
        self._applied.update(result.checked)
        self._failed.update(result.lapsed)
        self._folder.add_all(ViolationRecord(each, result.name) for each in result.findings)
        self._folder.add_all(result.troubles)
        worst = max(result.violations, key=lambda v: v.level.rank, default=None)
        known = self._cases.get(result.name)
        message = result.note or (str(result.troubles[0].what) if result.troubles else "")
        if result.outcome.value in ("broken", "known") and worst is not None:
            message = worst.headline
        failing = {Level.ERROR, Level.WARNING}
        self._folder.add(
            Case(
                name=result.name,
                outcome=result.outcome.value,
                endpoint=result.endpoint,
                says=known.says if known else "",
                features=(known.needs if known else ()) or tuple(features),
                message="" if result.outcome.value == "kept" else message,
                codes=tuple(dict.fromkeys(v.code for v in result.violations if v.level in failing)),
                exchanges=len(result.seen),
                seconds=round(result.seconds, 3),
            )
        )

    def _end(self, event: RunEnded) -> None:
        assert self._folder is not None  # as above
        self._folder.add_all(event.troubles)
        proof = event.proof
        unproved = {*proof.blind, *proof.hasty} if proof else set()
        servers = {rule.code for rule in server_rules()}
        for one in self._collector.closing():
            if isinstance(one, Check) and one.name not in servers:
                # A run judges the server; its own requests are its own.
                continue
            self._folder.add(one)
            if isinstance(one, Check) and proof:
                self._folder.add(Check(one.name, judged=0, proved=one.name not in unproved))
        for check in all_checks():
            if not self._options.wants(check.code, check.name):
                continue
            proved = check.code not in unproved if proof else None
            applied, failed = self._applied[check.code], self._failed[check.code]
            source = {"kind": check.source.kind.value, "where": check.source.where}
            self._folder.add(
                Check(
                    check.code, check.summary, applied, failed, proved,
                    check.name, check.level.value, source,
                )
            )  # fmt: skip
        self._folder.finish(event.exit_code(), seconds=event.seconds)
