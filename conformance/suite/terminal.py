"""Events of a run → what a person reads: quiet while all is well, findings by rule, one sentence."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from conformance.contract import contract
from conformance.report.cells import clip, safe, wrap
from conformance.report.outcome import FileOutcome, Judged
from conformance.report.summary import Summary
from conformance.suite.absent import absence_told, absent_features, models_told, unserved
from conformance.suite.again import again
from conformance.suite.case import Outcome
from conformance.suite.events import CaseEnded, RunStarted
from conformance.suite.prove import server_rules
from conformance.verdict import EXIT_OK
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.progress import Progress

    from conformance.report.page import Line, Page
    from conformance.suite.case import Case, CaseResult
    from conformance.suite.events import Event, RunEnded
    from conformance.violation import Violation

__all__ = ["Terminal", "closing_sentence"]

_BLANK: Line = ()
_MARKS = {
    Outcome.KEPT: (".", ""),
    Outcome.BROKEN: ("F", "error"),
    Outcome.KNOWN: ("x", "warning"),
    Outcome.UNSHOWN: ("-", "dim"),
    Outcome.LACKED: ("s", "dim"),
    Outcome.TROUBLE: ("E", "error"),
}
_MEANINGS = (
    (Outcome.BROKEN, "F not as promised"),
    (Outcome.KNOWN, "x known to fail"),
    (Outcome.UNSHOWN, "- not exercised"),
    (Outcome.LACKED, "s not run"),
    (Outcome.TROUBLE, "E not judged"),
)
_MOST_NOTES = 12
# Seconds between two lines about how far a run is.
_PULSE = 30.0


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


class _Pulse:
    """How far a run is, in a line now and then, where only a log is kept."""

    def __init__(self, cases: int) -> None:
        self._cases, self._done = cases, 0
        self._told = time.monotonic()

    def step(self) -> None:
        self._done += 1
        now = time.monotonic()
        if now - self._told >= _PULSE and self._done < self._cases:
            self._told = now
            print(f"{self._done} of {self._cases} cases", file=sys.stderr, flush=True)  # noqa: T201

    def stop(self) -> None:
        pass


class _Bar:
    """How far a run is, on standard error, where a person waits."""

    def __init__(self, cases: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._progress: Progress = Progress(console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("judging", total=cases)
        self._progress.start()

    def step(self) -> None:
        self._progress.advance(self._task)

    def stop(self) -> None:
        self._progress.stop()


class Terminal:
    """Shows a run on a page. `quiet` shows the closing sentence only, `verbose` all there is."""

    def __init__(self, page: Page, *, quiet: bool = False, verbose: bool = False) -> None:
        self.page = page
        self.quiet = quiet
        self.verbose = verbose
        self.results: dict[str, list[CaseResult]] = defaultdict(list)
        self.summary = Summary(verbose=verbose)
        self.order: dict[str, int] = {}
        self.cases: dict[str, Case] = {}
        self.started: RunStarted | None = None
        self.unserved: set[str] = set()
        self.bar: _Bar | _Pulse | None = None
        self.narrowed = False

    def on(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._begin(event)
        elif isinstance(event, CaseEnded):
            self._case(event.result)
        else:
            self._end(event)

    # -- as the run goes -----------------------------------------------------------------------

    def _begin(self, event: RunStarted) -> None:
        self.order = {case.name: number for number, case in enumerate(event.cases)}
        self.cases = {case.name: case for case in event.cases}
        self.started = event
        self.narrowed = bool(event.settings.only)
        if self.quiet:
            return
        facts = (
            f"cohere-conformance {__version__}",
            f"spec {contract().snapshot}",
            f"{len(server_rules())} rules",
            f"seed {event.settings.seed}",
            safe(event.target),
        )
        self.page.write([((" · ".join(facts), "strong"),)])
        if event.cost is not None:
            self.page.write([((f"expected to cost {event.cost}", ""),)])
        self.page.write([_BLANK])
        self.page.stream.flush()
        watched = sys.stderr.isatty() and not os.environ.get("CI")
        self.bar = (_Bar if watched else _Pulse)(len(event.cases))

    def _case(self, result: CaseResult) -> None:
        if self.bar is not None:
            self.bar.step()
        judged = [
            Judged(result.name, number, None, result.endpoint, one.judged, one.reason, one.events,
                   one.told)
            for number, one in enumerate(result.seen, 1)
        ]  # fmt: skip
        if result.findings:
            judged.append(
                Judged(result.name, 1, None, result.endpoint, True, "", 0, result.findings)
            )
        self.summary.add(FileOutcome(result.name, tuple(judged)))
        self.unserved |= unserved(result.violations)
        self.results[result.endpoint].append(_slim(result))

    # -- at its end ----------------------------------------------------------------------------

    def _end(self, event: RunEnded) -> None:
        if self.bar is not None:
            self.bar.stop()
        if not self.quiet:
            self._rows()
            self.summary.write(self.page, contract().clauses, self._again)
            self._notes()
            self._lacks()
            self._stale(event)
        self._troubles(event)
        style = "good" if event.exit_code() == EXIT_OK else "error"
        first, *rest = closing_sentence(event, named=self.verbose or not self.narrowed)
        self.page.write([((first, style),)])
        width = self.page.width
        self.page.write([((line, ""),) for text in rest for line in wrap(text, width)])

    def _again(self, violation: Violation) -> str | None:
        """The command that plays the case of a finding again."""
        assert self.started is not None  # cases end after the run has started
        case = self.cases.get(violation.file)
        return again(self.started.settings, self.started.target, case)

    def _all(self) -> Iterable[CaseResult]:
        found = [result for results in self.results.values() for result in results]
        return sorted(found, key=lambda result: self.order.get(result.name, 0))

    def _rows(self) -> None:
        width = max((len(name) for name in self.results), default=0)
        seen = set()
        for endpoint, results in sorted(self.results.items()):
            ordered = sorted(results, key=lambda result: self.order.get(result.name, 0))
            seen |= {result.outcome for result in results}
            marks = [_MARKS[result.outcome] for result in ordered]
            head = f"  {endpoint:<{width}}  {_counted(len(results), 'case ', 'cases'):>10}  "
            room = max(20, self.page.width - len(head))
            for start in range(0, len(marks), room):
                left = head if not start else " " * len(head)
                self.page.write([((left, ""), *marks[start : start + room])])
        meanings = [said for outcome, said in _MEANINGS if outcome in seen]
        if meanings:
            self.page.write([((f"  {', '.join(meanings)}", "dim"),)])
        if self.results:
            self.page.write([_BLANK])

    def _notes(self) -> None:
        for outcome, head in (
            (Outcome.UNSHOWN, "not exercised: nothing broken, and not what the case is about"),
            (Outcome.LACKED, "not run"),
        ):
            some = [result for result in self._all() if result.outcome is outcome]
            if not some:
                continue
            told = list(self._told(some))
            shown = told if self.verbose else told[:_MOST_NOTES]
            lines: list[Line] = [((f"{_counted(len(some), 'case', 'cases')} {head}", "strong"),)]
            for names, note in shown:
                text = f"  {names}: {safe(note)}"
                lines.append(((clip(text, self.page.width) if self.page.terminal else text, ""),))
            if len(told) > len(shown):
                lines.append(((f"  and {len(told) - len(shown)} more, which -v shows", "dim"),))
            self.page.write([*lines, _BLANK])

    def _told(self, results: list[CaseResult]) -> Iterator[tuple[str, str]]:
        """Names of cases and what is noted of them; each note once, unless all is to be shown."""
        by_note: dict[str, list[str]] = defaultdict(list)
        for result in results:
            by_note[result.note].append(result.name)
        for note, names in by_note.items():
            if self.verbose:
                yield from ((name, note) for name in names)
            else:
                yield names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else ""), note

    def _lacks(self) -> None:
        """Name the features that the server seems not to have at all."""
        outcomes = {result.name: result.outcome for result in self._all()}
        told = absence_told(absent_features(outcomes, self.cases.values()))
        if self.started is not None:
            told += models_told(self.unserved, self.started.settings)
        for said in told:
            self.page.write([*(((line, ""),) for line in wrap(said, self.page.width)), _BLANK])
        keyless = [r.outcome for r in self._all() if r.name.endswith("/http/no-key")]
        if Outcome.BROKEN in keyless and Outcome.KEPT not in keyless:
            said = (
                "requests without a key are served; if the server means to, `--lacks auth` says so"
            )
            self.page.write([((said, ""),), _BLANK])

    def _stale(self, event: RunEnded) -> None:
        for known in event.stale:
            lines = [
                "error: a known failure passes",
                f"  --> line {known.line}   {known.code} {safe(known.glob)}",
                "  = help: delete the line, the server was fixed",
            ]
            self.page.write([*(((line, "error"),) for line in lines), _BLANK])

    def _troubles(self, event: RunEnded) -> None:
        told: dict[str, int] = {}
        for trouble in [*(t for r in self._all() for t in r.troubles), *event.troubles]:
            text = "\n".join(map(safe, str(trouble).split("\n")))
            told[text] = told.get(text, 0) + 1
        for text, count in told.items():
            first, *rest = text.split("\n")
            times = f" ({count} times)" if count > 1 else ""
            lines = [f"error: {first}{times}", *rest]
            self.page.write([*(((line, "error"),) for line in lines), _BLANK])


def _slim(result: CaseResult) -> CaseResult:
    """The result without its exchanges, so that memory does not grow with their bodies."""
    from dataclasses import replace

    return replace(result, seen=())


def _by_family(event: RunEnded) -> list[str]:
    """The codes of the checks that had nothing to judge; a family of which none had, in one word."""
    families: dict[str, list[str]] = defaultdict(list)
    for code in event.unexercised:
        families[code.split("-")[0]].append(code)
    sizes = event.families
    return [
        text
        for family, codes in families.items()
        for text in ([f"any {family}"] if len(codes) == sizes.get(family) else codes)
    ]


def closing_sentence(event: RunEnded, *, named: bool = True) -> list[str]:
    """What came of a run in one sentence that can be quoted; then what it covers, and the proof.

    `named` names the checks that had nothing to judge.
    """
    score, outcomes = event.score, event.score.outcomes
    if not score.judged:
        return ["nothing was judged"]
    parts = [f"{_counted(score.cases, 'case', 'cases')}: {outcomes[Outcome.KEPT]} as promised"]
    parts.append(f"{outcomes[Outcome.BROKEN]} not")
    for outcome, said in (
        (Outcome.KNOWN, "known to fail"),
        (Outcome.UNSHOWN, "not exercised"),
        (Outcome.LACKED, "not run"),
        (Outcome.TROUBLE, "not judged"),
    ):
        if outcomes[outcome]:
            parts.append(f"{outcomes[outcome]} {said}")
    if event.unrun:
        parts.append(f"{len(event.unrun)} never reached")
    if event.stale:
        parts.append(_counted(len(event.stale), "known failure passes", "known failures pass"))
    lines = [", ".join(parts)]
    done = event.checks - len(event.unexercised)
    sent = _counted(score.requests, "request", "requests")
    covered = f"{sent}; {done} of {event.checks} checks had something to judge"
    if event.unexercised and named:
        covered += f", not {', '.join(_by_family(event))}"
    lines.append(covered)
    if event.proof is not None:
        lines.append(str(event.proof))
    return lines
