"""Judged exchanges → records of a report, and what they add up to.

One collector serves one process. What it counts can be added up over processes (`records.merged`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.cassette import as_record, redact
from conformance.cassette.redaction import credentials_in, mask_credentials, without_keys
from conformance.check import check
from conformance.contract import contract as current_contract
from conformance.report.coverage import Seen
from conformance.report.exercise import exercised, features_of, traits_of
from conformance.report.records import Case, Check, ExchangeRecord, ViolationRecord
from conformance.rules.registry import all_rules
from conformance.subject import NotJudged, Subject
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.check import Options, Verdict
    from conformance.contract import Contract
    from conformance.report.records import Coverage, Record
    from conformance.violation import Violation
    from conformance.wire import Exchange

__all__ = ["KEEP", "Collector", "Taken"]

# So many exchanges are kept whole for each rule: enough to see what goes wrong, in a report that a
# browser opens.
KEEP = 10


class Taken(NamedTuple):
    """The records that an exchange became."""

    exchange: ExchangeRecord
    violations: tuple[ViolationRecord, ...]

    @property
    def records(self) -> list[Record]:
        """All of them, the exchange first."""
        return [self.exchange, *self.violations]

    def as_case(self, *, strict: bool = False) -> Case:
        """The case that one recorded exchange is, where nothing else makes cases."""
        record = self.exchange
        name = record.file if record.exchange == 1 else f"{record.file}, exchange {record.exchange}"
        failing = {Level.ERROR, Level.WARNING} if strict else {Level.ERROR}
        broken = [v.violation for v in self.violations if v.violation.level in failing]
        message = broken[0].headline if broken else record.reason or ""
        return Case(
            name=name,
            outcome="not-judged" if not record.judged else "broken" if broken else "kept",
            endpoint=record.endpoint,
            features=record.features,
            message=message,
            codes=tuple(dict.fromkeys(v.code for v in broken)),
            exchanges=1,
        )


class Collector:
    """Takes exchanges with what was found in them, gives records.

    `secrets` are keys that must not be shown. `keep` is how many exchanges are kept whole for each
    rule that they break with an error or a warning; `options` are those of the judgement.
    """

    def __init__(
        self,
        *,
        secrets: Iterable[str] = (),
        keep: int = KEEP,
        options: Options | None = None,
        contract: Contract | None = None,
    ) -> None:
        self._secrets = tuple(secrets)
        self._keep = keep
        self._options = options
        self._contract = contract or current_contract()
        self._seen = Seen(self._contract)
        self._judged: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()

    @property
    def judged(self) -> Counter[str]:
        """In how many exchanges each rule, by its code, had something to judge."""
        return Counter(self._judged)

    def take(
        self,
        exchange: Exchange,
        violations: Sequence[Violation],
        *,
        case: str = "",
        unjudged: str = "",
    ) -> Taken:
        """The records of one exchange: itself, and each violation.

        `unjudged` says why the exchange was not judged, where it is not out of scope by itself.
        """
        exchange, violations = self._without_keys(exchange, violations)
        request, response = exchange.request, exchange.response
        facts: dict[str, Any] = {}
        try:
            if unjudged:
                raise NotJudged(unjudged)  # noqa: TRY301 - as if it were out of scope
            subject = Subject(exchange, self._contract)
        except NotJudged as why:
            facts = {"judged": False, "reason": why.reason}
        else:
            facts = self._look(subject, violations)
        origin = exchange.origin
        record, replays = self._record(exchange, violations)
        made = ExchangeRecord(
            file=origin.file,
            exchange=origin.number,
            line=origin.line,
            case=case,
            method=request.method if request else "",
            path=request.path if request else "",
            status=response.status if response else None,
            size=len(response.body) if response else 0,
            record=record,
            replays=replays,
            **facts,
        )
        return Taken(made, tuple(ViolationRecord(each, case) for each in violations))

    def take_verdict(self, verdict: Verdict, *, case: str = "") -> Taken:
        """The records of one verdict."""
        return self.take(verdict.exchange, verdict.violations, case=case)

    def _without_keys(
        self, exchange: Exchange, violations: Sequence[Violation]
    ) -> tuple[Exchange, Sequence[Violation]]:
        """The exchange and its violations without any key, given or sent.

        Violations quote what they are about, and cut it short, so that a key in them could not be
        found again: they are made anew from the exchange without it.
        """
        request = exchange.request
        keys = (*self._secrets, *(credentials_in(request) if request else ()))
        masked = exchange
        if request is not None:
            masked = replace(
                exchange, request=replace(request, headers=mask_credentials(request.headers))
            )
        cleaned = without_keys(masked, keys)
        if cleaned != masked:
            codes = {each.code for each in violations}
            again = check(cleaned, contract=self._contract, options=self._options).violations
            known = {rule.code for rule in all_rules()}
            violations = [
                *(each for each in again if each.code in codes),
                *(each for each in violations if each.code not in known),
            ]
        return cleaned, violations

    def _look(self, subject: Subject, violations: Sequence[Violation]) -> dict[str, Any]:
        """Count what an exchange shows and which rules it put to work."""
        self._seen.add(subject)
        traits = traits_of(subject)
        if any(each.party is Party.CLIENT for each in violations):
            traits |= {"faulty"}
        wants = self._options.wants if self._options else None
        names = {rule.code: rule.name for rule in all_rules()}
        for code in exercised(traits):
            if wants is None or wants(code, names[code]):
                self._judged[code] += 1
        self._failed.update({v.code for v in violations if v.level is not Level.INFO})
        reading = subject.reading
        return {
            "endpoint": subject.endpoint,
            "events": len(reading.events) if reading else 0,
            "features": features_of(traits),
        }

    def _record(
        self, exchange: Exchange, violations: Sequence[Violation]
    ) -> tuple[dict[str, Any] | None, bool]:
        """The exchange itself, redacted, if one of its rules has not been shown often enough."""
        codes = {v.code for v in violations if v.level is not Level.INFO}
        if not any(self._kept[code] < self._keep for code in codes):
            return None, True
        shown = redact(exchange, self._secrets)
        try:
            record = as_record(shown)
        except ValueError:
            # Nothing that a wire can bring; a test may have made it by hand.
            return None, True
        self._kept.update(codes)
        again = check(shown, contract=self._contract, options=self._options).violations
        found = {(v.code, v.event) for v in again}
        rules = {rule.code for rule in all_rules()}
        wanted = {(v.code, v.event) for v in violations if v.code in rules}
        return record, wanted <= found

    def closing(self) -> list[Check | Coverage]:
        """What all exchanges so far add up to: a check for each rule, and the coverage."""
        wants = self._options.wants if self._options else None
        checks = [
            Check(rule.code, rule.summary, self._judged[rule.code], self._failed[rule.code])
            for rule in all_rules()
            if wants is None or wants(rule.code, rule.name)
        ]
        return [*checks, *self._seen.records()]
