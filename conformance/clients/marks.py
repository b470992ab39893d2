"""A case, what the caller got, and the exchanges → three marks, and findings that say why.

*Survives*: the client takes what is allowed, and comes to an end. *Reports*: the caller learns of a
failure. *Loses nothing*: what was sent is what arrived. Whatever the client cannot surface or
express is no failure, and stands apart.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.check import check
from conformance.clients.addressing import ROUTES
from conformance.clients.clauses import found
from conformance.clients.compare import billed, compared, finished_early, sent_channels
from conformance.clients.finish import looks_like_failure, looks_like_success
from conformance.clients.sending import sent_otherwise
from conformance.contract import contract
from conformance.reading import read_stream
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.clients.case import Case, Expected
    from conformance.clients.clauses import Finding
    from conformance.clients.observed import Observed, Reported
    from conformance.clients.protocol import Hello
    from conformance.violation import Violation
    from conformance.wire import Exchange

__all__ = ["Mark", "Result", "marked"]

_OK = 200
_ELSEWHERE = 300
_REFUSED = 400
_PHRASES = {one.value: one.phrase.casefold() for one in HTTPStatus}
_CONTENT = frozenset({"text", "thinking", "tool_plan", "tool_calls", "citations", "results"})
# What these say of a client in a failure is that its own code did not foresee it.
_ACCIDENTS = frozenset(
    {
        "AttributeError", "KeyError", "IndexError", "UnboundLocalError", "NameError",
        "AssertionError", "TypeError", "ReferenceError", "NullPointerException",
        "IndexOutOfBoundsException", "ClassCastException", "StopIteration", "StopAsyncIteration",
        "RecursionError", "UnhandledRejection",
    }
)  # fmt: skip
_SHOWN = 160


class Mark(str, Enum):
    """One answer about one client in one case."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not-applicable"
    NOT_SURFACED = "not-surfaced"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Result:
    """What is to be said of one client in one case.

    `retried` is how often the client asked again. `unsurfaced` are the channels in which something
    was sent that the client cannot surface at all. `violations` are of the wire rules about what the
    client sent. `trouble` says why the case could not be judged: the adapter broke the protocol; then
    the marks say nothing.
    """

    case: Case
    observed: Observed
    exchanges: tuple[Exchange, ...]
    survives: Mark
    reports: Mark
    loses_nothing: Mark
    retried: int = 0
    findings: tuple[Finding, ...] = ()
    violations: tuple[Violation, ...] = ()
    unsurfaced: frozenset[str] = frozenset()
    trouble: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether there is neither trouble nor an error; warnings and information may be there."""
        levels = [one.level for one in self.findings] + [one.level for one in self.violations]
        return not self.trouble and Level.ERROR not in levels


def marked(case: Case, observed: Observed, exchanges: tuple[Exchange, ...], hello: Hello) -> Result:
    """Judge one client in one case."""
    judge = _Judge(_as_handed_over(case, hello), observed, exchanges, hello)
    plain = Result(
        case, observed, exchanges,
        Mark.NOT_APPLICABLE, Mark.NOT_APPLICABLE, Mark.NOT_APPLICABLE,
        retried=max(0, len(exchanges) - 1),
    )  # fmt: skip
    if observed.unsupported is not None or observed.trouble:
        return judge.unjudged(plain)
    made = judge.failed() if case.kind == "failure" else judge.allowed()
    return replace(
        plain,
        survives=made[0],
        reports=made[1],
        loses_nothing=made[2],
        findings=tuple(judge.findings),
        violations=tuple(_violations(exchanges)),
        unsurfaced=judge.unsurfaced,
    )


class _Judge:
    """Collects what there is to say; the decisions return (survives, reports, loses nothing)."""

    def __init__(
        self, case: Case, observed: Observed, exchanges: tuple[Exchange, ...], hello: Hello
    ) -> None:
        self.case = case
        self.observed = observed
        self.exchanges = exchanges
        self.surfaces = hello.surfaces
        self.findings: list[Finding] = []
        sent = sent_channels(case.expect) - case.expect.doubtful
        self.unsurfaced = sent - self.surfaces

    def unjudged(self, plain: Result) -> Result:
        """A result for what the client cannot express, or the adapter did wrong."""
        if self.observed.trouble:
            return replace(plain, trouble=self.observed.trouble)
        if self.exchanges:
            said = (f"the call was told to be unsupported, and {len(self.exchanges)} were made",)
            return replace(plain, trouble=said)
        mark = Mark.UNSUPPORTED
        return replace(plain, survives=mark, reports=mark, loses_nothing=mark)

    def allowed(self) -> tuple[Mark, Mark, Mark]:
        """Marks of a case in which all goes well."""
        na = Mark.NOT_APPLICABLE
        if not self._ended():
            return Mark.NO, na, na
        self._say(*_routes(self.case, self.exchanges))
        self._say(*_repeated(self.exchanges))
        asked = sent_otherwise(self.case, self.exchanges) if self.case.kind == "sending" else []
        self._say(*asked)
        error = self.observed.error
        if error is not None:
            became = f"`{error.kind}`: {_cut(error.message)}"
            if self.exchanges:
                said = f"an allowed answer became {became}"
                self._say(found("fails-on-allowed-answer", said, "error"))
            else:
                self._say(found("refuses-call", f"the call was not sent: {became}", "error"))
            return Mark.NO, na, na
        if not self.exchanges:
            said = "the call ended without a request and without an error"
            self._say(found("makes-no-call", said))
            return Mark.NO, na, na
        lost = compared(self.case.expect, self.observed, self.surfaces)
        self._say(*lost, *finished_early(self.observed))
        if self.case.family == "usage" and not lost:
            self._say(*billed(self.case.expect, self.observed))
        if lost or any(one.level is Level.ERROR for one in asked):
            return Mark.YES, na, Mark.NO
        return Mark.YES, na, Mark.NOT_SURFACED if self._hidden() else Mark.YES

    def failed(self) -> tuple[Mark, Mark, Mark]:
        """Marks of a case in which something goes wrong on the server or on the way."""
        na = Mark.NOT_APPLICABLE
        if not self._ended():
            if self.case.stalls and not self.observed.crashed:
                self._say(*self._held_back())
            return Mark.NO, na, na
        self._say(*_routes(self.case, self.exchanges))
        self._say(*_repeated(self.exchanges))
        reports = self._reports()
        lost = compared(_before(self.case.expect), self.observed, self.surfaces)
        partial, wrong = _divided(lost)
        self._say(*partial, *wrong)
        if wrong:
            return Mark.YES, reports, Mark.NO
        came = sent_channels(_before(self.case.expect)) & self.surfaces
        return Mark.YES, reports, Mark.YES if came and not partial else na

    def _ended(self) -> bool:
        """Whether the call came to an end in time."""
        observed, case = self.observed, self.case
        if observed.crashed:
            first, _, rest = observed.crashed.partition("\n")
            evidence = (("it wrote", rest[-2000:]),) if rest else ()
            self._say(
                found("crashes", f"the process ended during the call: {first}", evidence=evidence)
            )
        elif not observed.ended:
            # A client may well wait longer than we do for a server that says nothing.
            level = Level.WARNING if case.stalls else None
            self._say(found("hangs", f"no end within {case.deadline:g} s", level=level))
        return observed.ended and not observed.crashed

    def _held_back(self) -> Iterator[Finding]:
        """What had arrived, and was not handed over while the stream stayed open."""
        for one in compared(_before(self.case.expect), self.observed, self.surfaces):
            if one.name in ("drops", "truncates"):
                said = f"while the stream stayed open, {one.message}"
                yield found("holds-back", said, one.channel, evidence=one.evidence)

    def _reports(self) -> Mark:
        """Whether the caller learns of the failure."""
        case, error = self.case, self.observed.error
        if error is None:
            return self._reports_by_word()
        if error.kind.rpartition(".")[2] in _ACCIDENTS:
            said = f"the failure became `{error.kind}`: {_cut(error.message)}"
            self._say(found("stumbles", said, "error"))
        unsaid = self._unsaid(error)
        if unsaid:
            said = f"`{error.kind}` does not say {unsaid}"
            self._say(
                found("hides-reason", said, "error", evidence=(("it says", _cut(error.message)),))
            )
        if None not in (case.status, error.status) and case.status != error.status:
            said = f"the server answered {case.status}, and the error says {error.status}"
            self._say(found("misstates-status", said, "error"))
        return Mark.YES

    def _reports_by_word(self) -> Mark:
        """Whether the word for why the answer ended tells of the failure, since no error does."""
        case, word = self.case, self.observed.finish
        if not case.must_report:
            return Mark.NOT_APPLICABLE
        if "error" not in self.surfaces:
            return Mark.NOT_SURFACED
        if word is None or looks_like_success(word):
            told = "nothing of it" if word is None else f"`{word}`"
            said = f"{case.about}, and the caller was told {told}"
            self._say(found("hides-failure", said, "error"))
            return Mark.NO
        if not looks_like_failure(word):
            said = f"{case.about}, and the caller was told no more than `{word}`"
            self._say(found("blurs-failure", said, "error"))
        elif case.message:
            said = f"`{word}` is told, and not `{_cut(case.message)}`"
            self._say(found("hides-reason", said, "error"))
        return Mark.YES

    def _unsaid(self, error: Reported) -> str:
        """What the server said of the failure, and the error does not; empty if it says it."""
        case = self.case
        if not _says(error.message, case.message):
            return f"`{_cut(case.message)}`"
        status = case.status or _OK
        if case.message or status < _REFUSED or case.answers[-1].ends != "whole":
            return ""
        told = error.status is not None or _says_status(error.message, status)
        return "" if told else f"that the status was {status}"

    def _hidden(self) -> bool:
        """Whether what the case is about is in a channel that the client does not surface."""
        about = _CONTENT | ({"finish", "usage"} & {self.case.family})
        return bool(self.unsurfaced & about)

    def _say(self, *findings: Finding) -> None:
        self.findings += findings


def _as_handed_over(case: Case, hello: Hello) -> Case:
    """The case with what it expects in the channels in which this client hands it over."""
    expect = case.expect
    if not hello.plan_as_text or not expect.tool_plan:
        return case
    joined = replace(expect, text=expect.tool_plan + expect.text, tool_plan="")
    return replace(case, expect=joined)


def _before(expect: Expected) -> Expected:
    """What had come before a failure, and is an answer in part; how it ended is told by `reports`."""
    return replace(expect, finish=None, usage=(), cached_tokens=None, results=None)


def _divided(lost: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """What is merely missing, as information, and what is wrong."""
    partial, wrong = [], []
    for finding in lost:
        if finding.name in ("drops", "truncates"):
            evidence = finding.evidence
            said = f"before the failure: {finding.message}"
            partial.append(found("loses-partial-answer", said, finding.channel, evidence=evidence))
        else:
            wrong.append(finding)
    return partial, wrong


def _routes(case: Case, exchanges: tuple[Exchange, ...]) -> Iterator[Finding]:
    """Whether the calls went where they belong."""
    right = ROUTES[case.endpoint]
    for exchange in exchanges:
        path = exchange.request.path if exchange.request else right
        if path != right:
            yield found("takes-another-route", f"the call went to `{path}`")
            return


def _repeated(exchanges: tuple[Exchange, ...]) -> Iterator[Finding]:
    """Whether a stream that had begun was asked for again."""
    for exchange in exchanges[:-1]:
        response = exchange.response
        if response is None or response.status != _OK or response.media_type != "text/event-stream":
            continue
        events = len(read_stream(response.body, contract()).events)
        if events:
            said = f"the request was sent again after {events} events had arrived"
            yield found("repeats-delivered-call", said)
            return


def _violations(exchanges: tuple[Exchange, ...]) -> Iterator[Violation]:
    """What the client sent, judged without the answers: a refusal must not hide a fault."""
    told = set()
    redirected = False
    for exchange in exchanges:
        # To leave the key out of a request that somebody else redirects is prudent.
        followed, redirected = redirected, _redirects(exchange)
        if followed or exchange.request is None:
            continue
        if exchange.request.path not in ROUTES.values():
            continue
        for violation in check(replace(exchange, response=None)).violations:
            if violation.party is Party.CLIENT and violation.fingerprint not in told:
                told.add(violation.fingerprint)
                yield violation


def _redirects(exchange: Exchange) -> bool:
    return exchange.response is not None and _ELSEWHERE <= exchange.response.status < _REFUSED


def _says(said: str, reason: str) -> bool:
    """Whether an error tells the reason, as it is or as it stands in a JSON body."""
    forms = (reason, json.dumps(reason)[1:-1], json.dumps(reason, ensure_ascii=False)[1:-1])
    return any(form in said for form in forms)


def _says_status(said: str, status: int) -> bool:
    """Whether an error tells a status, by its number or by its name."""
    phrase = _PHRASES.get(status)
    return str(status) in said or (phrase is not None and phrase in said.casefold())


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
