"""A case at work: its requests go to the target, its answers are judged, the rest is noted."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.check import check
from conformance.errors import BudgetExceeded, CassetteMiss, NoAnswer, TargetError
from conformance.report.outcome import trouble_from
from conformance.rules.refusals import refusal_in
from conformance.subject import CHAT_STREAM, JsonBody
from conformance.suite.again import with_request
from conformance.suite.answers import (
    declared_not_shown,
    documented_failure,
    generation_failed,
    joined_deltas,
    marks_in_text,
    no_answer,
    two_lengths,
    uncounted_tokens,
)
from conformance.suite.case import CaseResult, Outcome, Seen
from conformance.suite.deltas import cumulative_deltas, repeated_deltas
from conformance.suite.features import closure
from conformance.suite.intent import Intent, meant
from conformance.suite.shows import message_in, unshown
from conformance.suite.sources import has_sources, source_data_altered
from conformance.verdict import Level, Party
from conformance.wire import Exchange, Origin, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.errors import ConformanceError
    from conformance.report.outcome import Trouble
    from conformance.suite.case import Case
    from conformance.suite.checks import RunCheck
    from conformance.suite.session import Session
    from conformance.targets.base import Watch
    from conformance.violation import Violation

__all__ = ["Play", "Unreached"]

_PATHS = {"chat-stream": "/v2/chat", "rerank": "/v2/rerank"}
_MALFORMED = (400, 422)
_OK = 200
_NOT_FOUND = 404
# What is demanded of every answer to a sound request that breaks no rule.
_OF_ANSWERS = (
    joined_deltas,
    cumulative_deltas,
    repeated_deltas,
    uncounted_tokens,
    marks_in_text,
)
_ANY_REFUSAL = tuple(range(400, 500))


class Unreached(Exception):
    """The case ends here: there is no answer to go on with."""


class Play:
    """One case being played; `result` is what came of it."""

    def __init__(self, session: Session, case: Case) -> None:
        self.session = session
        self.case = case
        self.seen: list[Seen] = []
        self.findings: list[Violation] = []
        self.troubles: list[Trouble] = []
        self.notes: list[str] = []
        self.checked: Counter[str] = Counter()
        self.lapsed: Counter[str] = Counter()
        self.began = time.monotonic()

    # -- sending -------------------------------------------------------------------------------

    def body(self, body: Mapping[str, Any], role: str = "chat") -> dict[str, Any]:
        """The body with the model of a role in it, and `stream` for chat."""
        made: dict[str, Any] = {"model": self.session.settings.models[role]}
        if self.case.endpoint == CHAT_STREAM:
            made["stream"] = True
        return {**made, **body}

    def request(
        self,
        body: bytes,
        *,
        method: str = "POST",
        headers: Mapping[str, str | None] | None = None,
    ) -> Request:
        """A request to the endpoint of the case; a header given as None is left out."""
        made: dict[str, str | None] = {"Content-Type": "application/json", "Accept": "*/*"}
        made |= dict(headers or {})
        return self.session.request(method, _PATHS[self.case.endpoint], made, body)

    def send(
        self,
        body: Mapping[str, Any] | bytes,
        *,
        method: str = "POST",
        headers: Mapping[str, str | None] | None = None,
        expect: tuple[int, ...] = (),
        intent: Intent = Intent.SOUND,
        authorize: bool = True,
    ) -> Exchange:
        """Send one request and judge its answer.

        `expect` are statuses that do not surprise. Without `authorize` no key is sent. Raises
        Unreached when no answer came.
        """
        data = body if isinstance(body, bytes) else encoded(body)
        request = self.request(data, method=method, headers=headers)
        exchange = self.exchange(request, expect, intent=intent, authorize=authorize)
        return self.judge(exchange, intent)

    def exchange(
        self,
        request: Request,
        expect: tuple[int, ...] = (),
        *,
        intent: Intent = Intent.SOUND,
        authorize: bool = True,
        watch: Watch | None = None,
    ) -> Exchange:
        """The answer to a request, not judged yet. Raises Unreached when none came.

        `watch` is called with each piece of the body; what it raises is passed on.
        """
        lane = f"{self.case.endpoint} {intent is Intent.SOUND}"
        if self.session.stalls(lane):
            self.note("not sent, since the answers before it did not come to their end in time")
            raise Unreached
        if intent is Intent.ODD:
            expect = _ANY_REFUSAL
        timeout = self.session.timeout
        began = time.monotonic()
        try:
            exchange = self.session.target.send(
                request,
                expect=expect,
                timeout=timeout,
                case=self.case.name,
                authorize=authorize,
                watch=watch,
            )
        except CassetteMiss as error:
            self.note(f"not recorded: {error.what}")
            raise Unreached from error
        except BudgetExceeded as error:
            self.trouble(error)
            raise Unreached from error
        except TargetError as error:
            if not isinstance(error, NoAnswer) and "web page" not in error.what:
                self.trouble(error)
            else:
                self._unanswered(request, error)
            # A server that is not reached does not stall, however long it was tried.
            took = time.monotonic() - began
            stalled = isinstance(error, NoAnswer) and self.session.timed(
                lane, took, timeout, complete=False
            )
            if not stalled:
                self.session.lost(error)
            raise Unreached from error
        complete = exchange.response is None or exchange.response.complete
        self.session.timed(lane, time.monotonic() - began, timeout, complete=complete)
        return exchange

    def _unanswered(self, request: Request, error: TargetError) -> None:
        exchange = self._placed(Exchange(request, None))
        self.seen.append(Seen(exchange, judged=False, reason="no answer", violations=(), events=0))
        self.demand(no_answer, [exchange], why=error.what)

    def unjudged(self, request: Request) -> Exchange:
        """The answer to a request that the description does not describe; no rule judges it."""
        return self.aside(self.exchange(request, intent=Intent.ODD))

    def aside(self, exchange: Exchange) -> Exchange:
        """Keep an exchange as the next of this case without asking the rules."""
        exchange = self._placed(exchange)
        self.seen.append(
            Seen(exchange, judged=False, reason="not described", violations=(), events=0)
        )
        self.demand(no_answer, [exchange])
        return exchange

    def _placed(self, exchange: Exchange) -> Exchange:
        origin = Origin(self.case.name, len(self.seen) + 1)
        return replace(
            exchange, origin=origin, endpoint=self.case.endpoint, live=True, observed=True
        )

    def judge(self, exchange: Exchange, intent: Intent = Intent.SOUND) -> Exchange:
        """Judge an exchange as the next of this case."""
        placed = self._placed(exchange)
        verdict = check(placed, options=self.session.options)
        found = with_request(meant(verdict.violations, intent), verdict.violations)
        self.seen.append(Seen(placed, verdict.judged, verdict.reason, found, verdict.events))
        self.demand(no_answer, [placed])
        self.demand(two_lengths, [placed])
        if intent is Intent.SOUND:
            self._mind(placed)
            if not any(v.level is Level.ERROR for v in found):
                for each in _OF_ANSWERS:
                    self.demand(each, [placed])
                if has_sources(placed):
                    self.demand(source_data_altered, [placed])
        return placed

    def _mind(self, exchange: Exchange) -> None:
        """A fault in a request that was meant to be sound is a fault of this suite."""
        # Without its answer, since a refusal makes a fault of the request mere information.
        for violation in check(replace(exchange, response=None)).violations:
            if violation.party is Party.CLIENT and violation.level is Level.ERROR:
                self.trouble(
                    TargetError(
                        f"a request of this suite is faulty: {violation.headline}",
                        where=self.case.name,
                        hint="please report it",
                    )
                )

    # -- noting --------------------------------------------------------------------------------

    def trouble(self, error: ConformanceError) -> None:
        """Note why something could not be judged."""
        self.troubles.append(trouble_from(self.case.name, error))

    def note(self, text: str) -> None:
        """Note why the case says less than it should."""
        if text not in self.notes:
            self.notes.append(text)

    def demand(self, check: RunCheck, exchanges: list[Exchange], **facts: Any) -> None:
        """Run a check of the suite over exchanges; `level` among the facts overrides its level."""
        level = facts.pop("level", None)
        numbers = [exchange.origin.number for exchange in exchanges]
        lapses = list(check.find(exchanges, **facts))
        self.checked[check.code] += 1
        self.lapsed[check.code] += bool(lapses)
        for lapse in lapses:
            placed = lapse._replace(exchange=numbers[lapse.exchange] - 1)
            self.findings.append(check.violation(placed, self.case.name, level))

    def declared(self) -> bool:
        """All features that the case needs are declared, so that it has no excuse."""
        return closure(self.case.needs) <= self.session.declared

    def served(self, exchange: Exchange) -> bool:
        """The request was served; if it was refused for a documented reason, that is noted."""
        response = exchange.response
        if response is None or not _OK <= response.status < _OK + 100:
            told = JsonBody(response.body).object if response is not None else {}
            known = refusal_in(told)
            status = response.status if response is not None else 0
            if known is not None and status in (*_MALFORMED, _NOT_FOUND):
                self._lacking([f"more than a refusal: {known.reason}"], exchange)
            self.note(f"not served: status `{status}`")
            return False
        self.demand(generation_failed, [exchange])
        reason = documented_failure(exchange)
        if reason is not None:
            self._lacking([f"more than a failure: {reason}"], exchange)
        failed = message_in(exchange) if self.case.endpoint == CHAT_STREAM else None
        return failed is None or not failed.failed

    def wants(self, exchange: Exchange, shows: tuple[str, ...]) -> None:
        """Demand that an answer shows something, or note that it does not."""
        if shows:
            self._lacking(unshown(exchange, shows), exchange)

    def _lacking(self, missing: list[str], exchange: Exchange) -> None:
        if self.declared():
            self.demand(declared_not_shown, [exchange], missing=missing)
            return
        for what in missing:
            self.note(f"the answer does not show {what}")

    # -- what came of it -----------------------------------------------------------------------

    def result(self) -> CaseResult:
        """What came of the case so far."""
        options = self.session.options
        kept = tuple(v for v in self.findings if options.wants(v.code, v.name))
        result = CaseResult(
            self.case.name,
            Outcome.KEPT,
            tuple(self.seen),
            kept,
            tuple(self.troubles),
            "; ".join(self.notes),
            time.monotonic() - self.began,
            dict(self.checked),
            dict(+self.lapsed),
        )
        return replace(result, outcome=self._outcome(result))

    def _outcome(self, result: CaseResult) -> Outcome:
        levels = {violation.level for violation in result.violations}
        failing = {Level.ERROR, Level.WARNING} if self.session.settings.strict else {Level.ERROR}
        if result.troubles:
            return Outcome.TROUBLE
        if levels & failing:
            return Outcome.BROKEN
        if result.note or not result.seen:
            return Outcome.UNSHOWN
        return Outcome.KEPT


def encoded(value: object) -> bytes:
    """A JSON body as clients write it: compact, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")
