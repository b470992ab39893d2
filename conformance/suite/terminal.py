"""Events of a run → what a person reads: quiet while all is well, findings by rule, one sentence."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from conformance.contract import contract
from conformance.report.cells import clip, safe
from conformance.report.outcome import FileOutcome, Judged
from conformance.report.summary import Summary
from conformance.rules.registry import all_rules
from conformance.suite.case import Outcome
from conformance.suite.events import CaseEnded, RunEnded, RunStarted
from conformance.verdict import EXIT_OK, Party
from conformance.version import __version__

if TYPE_CHECKING:
    from conformance.report.page import Line, Page
    from conformance.suite.case import CaseResult
    from conformance.suite.events import Event

__all__ = ["Terminal", "closing_sentence"]

_MARKS = {
    Outcome.KEPT: (".", ""),
    Outcome.BROKEN: ("F", "error"),
    Outcome.KNOWN: ("x", "warning"),
    Outcome.UNSHOWN: ("-", "dim"),
    Outcome.LACKED: ("s", "dim"),
    Outcome.TROUBLE: ("E", "error"),
}
_MOST_NOTES = 12


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


class Terminal:
    """Shows a run on a page. `quiet` shows the closing sentence only, `verbose` notes and all places."""

    def __init__(self, page: Page, *, quiet: bool = False, verbose: bool = False) -> None:
        self.page = page
        self.quiet = quiet
        self.verbose = verbose
        self.results: dict[str, list[CaseResult]] = defaultdict(list)
        self.summary = Summary(verbose=verbose)
        self.order: dict[str, int] = {}

    def on(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self.order = {case.name: number for number, case in enumerate(event.cases)}
            self._head(event)
        elif isinstance(event, CaseEnded):
            self._case(event.result)
        else:
            self._end(event)

    def _head(self, event: RunStarted) -> None:
        if self.quiet:
            return
        rules = sum(rule.party is Party.SERVER for rule in all_rules())
        said = (
            f"cohere-conformance {__version__} · spec {contract().snapshot} · {rules} rules · "
            f"seed {event.settings.seed} · {safe(event.target)}"
        )
        self.page.write([((said, "strong"),), ()])

    def _case(self, result: CaseResult) -> None:
        # What a report keeps of a case does not grow with the bodies.
        self.results[result.endpoint].append(result)
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

    def _end(self, event: RunEnded) -> None:
        if not self.quiet:
            self._rows()
            self.summary.write(self.page, contract().clauses)
            self._notes()
            self._stale(event)
        code = event.exit_code()
        for trouble in event.troubles:
            self.page.write([((f"error: {line}", "error"),) for line in str(trouble).split("\n")])
        style = "good" if code == EXIT_OK else "error"
        self.page.write([((line, style),) for line in closing_sentence(event)])

    def _rows(self) -> None:
        width = max((len(name) for name in self.results), default=0)
        for endpoint, results in sorted(self.results.items()):
            ordered = sorted(results, key=lambda result: self.order.get(result.name, 0))
            marks = [_MARKS[result.outcome] for result in ordered]
            head = f"  {endpoint:<{width}}  {len(results):>4} cases  "
            room = max(20, self.page.width - len(head))
            for start in range(0, len(marks), room):
                line: Line = (
                    (head if not start else " " * len(head), ""),
                    *marks[start : start + room],
                )
                self.page.write([line])
        self.page.write([()])

    def _notes(self) -> None:
        found = [r for results in self.results.values() for r in results if r.note]
        for outcome, head in (
            (Outcome.UNSHOWN, "not exercised: nothing is broken, but the answer did not show it"),
            (Outcome.LACKED, "not run: the server lacks the feature"),
        ):
            some = [result for result in found if result.outcome is outcome]
            if not some:
                continue
            shown = some if self.verbose else some[:_MOST_NOTES]
            lines: list[Line] = [((f"{len(some)} {head}", "strong"),)]
            for result in shown:
                text = f"  {result.name}: {safe(result.note)}"
                lines.append(((clip(text, self.page.width) if self.page.terminal else text, ""),))
            if len(some) > len(shown):
                lines.append(((f"  and {len(some) - len(shown)} more, which -v shows", "dim"),))
            self.page.write([*lines, ()])
        for result in (r for results in self.results.values() for r in results):
            for trouble in result.troubles:
                self.page.write(
                    [((f"error: {line}", "error"),) for line in str(trouble).split("\n")]
                )

    def _stale(self, event: RunEnded) -> None:
        for known in event.stale:
            lines = [
                "a known failure passes",
                f"  --> line {known.line}   {known.code} {known.glob}",
                "  = help: delete the line, the server was fixed",
            ]
            self.page.write([((line, "error"),) for line in lines])


def closing_sentence(event: RunEnded) -> list[str]:
    """What came of a run, in one sentence that can be quoted, and what it does not cover."""
    score = event.score
    outcomes = score.outcomes
    if not score.judged:
        return ["nothing was judged"]
    parts = [
        f"{_counted(score.cases, 'case', 'cases')}: {outcomes[Outcome.KEPT]} as promised",
        f"{outcomes[Outcome.BROKEN]} not",
    ]
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
        parts.append(f"{_counted(len(event.stale), 'known failure passes', 'known failures pass')}")
    lines = [", ".join(parts)]
    if event.proof is not None:
        lines.append(str(event.proof))
    return lines
