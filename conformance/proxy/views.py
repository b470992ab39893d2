"""Exchanges as they pass → text, JSON Lines or annotations; at the end a sentence and the exit code."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol

from conformance.contract import contract
from conformance.proxy.lines import closing, exchange_lines
from conformance.report import github, jsonl
from conformance.report.outcome import Tally
from conformance.report.page import Page
from conformance.report.summary import Summary
from conformance.rules.registry import all_rules
from conformance.verdict import EXIT_OK, Level, exit_code
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.proxy.exchange import Passed
    from conformance.proxy.judging import Judge, Told
    from conformance.report.folder import ReportFolder

__all__ = ["VIEWS", "Annotations", "Desk", "JsonLines", "Text", "View"]


class View(Protocol):
    """How what passes is shown: `begin`, then `add` for each exchange, then `end`."""

    def begin(self) -> None:
        """Nothing has passed yet."""

    def add(self, told: Told) -> None:
        """One exchange is over and judged."""

    def end(self, tally: Tally, sentence: str, code: int) -> None:
        """The proxy ended, with this exit code."""


class Text:
    """For people. `quiet` shows the closing sentence only, `verbose` notes and all places too."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._page = Page()
        self._summary = Summary(verbose=verbose)

    def begin(self) -> None:
        """There is nothing to show."""

    def add(self, told: Told) -> None:
        """Show an exchange in a line, with what was found in it."""
        self._summary.add(told.outcome)
        if self._quiet:
            return
        number = told.passed.exchange.origin.number
        self._page.write(exchange_lines(told, number, verbose=self._verbose))
        for trouble in told.outcome.troubles if not told.passed.failed else ():
            self._page.write([((f"    {line}", "error"),) for line in str(trouble).split("\n")])
        self._page.stream.flush()

    def end(self, tally: Tally, sentence: str, code: int) -> None:
        """Show the findings by rule, and the sentence."""
        if not self._quiet and tally.exchanges:
            self._page.write([()])
            self._summary.write(self._page, contract().clauses)
        self._page.write([((sentence, "good" if code == EXIT_OK else "error"),)])


class JsonLines:
    """For machines: the lines that `check` writes, each when its exchange is over."""

    def __init__(self, **_: bool) -> None:
        self._out = sys.stdout

    def begin(self) -> None:
        """Write the header."""
        rules = len(all_rules())
        line = jsonl.header(tool=__version__, snapshot=contract().snapshot, rules=rules)
        self._write([line])

    def add(self, told: Told) -> None:
        """Write an exchange and what was found in it."""
        self._write(jsonl.file_lines(told.outcome))

    def end(self, tally: Tally, sentence: str, code: int) -> None:  # noqa: ARG002 - of a protocol
        """Write the footer."""
        self._write([jsonl.footer(tally, exit_code=code)])

    def _write(self, lines: Iterable[str]) -> None:
        self._out.writelines(f"{line}\n" for line in lines)
        self._out.flush()


class Annotations:
    """For GitHub. `verbose` shows notes too, `quiet` only the closing sentence."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self._verbose = verbose

    def begin(self) -> None:
        """There is nothing to show."""

    def add(self, told: Told) -> None:
        """Write the annotations of an exchange."""
        lines = () if self._quiet else github.file_lines(told.outcome, verbose=self._verbose)
        sys.stdout.writelines(f"{line}\n" for line in lines)
        sys.stdout.flush()

    def end(self, tally: Tally, sentence: str, code: int) -> None:  # noqa: ARG002 - of a protocol
        """Write the sentence."""
        sys.stdout.write(f"{sentence}\n")


VIEWS = {"text": Text, "jsonl": JsonLines, "github": Annotations}


class Desk:
    """Takes what passes the proxy: has it judged, shown, counted, and written into a report."""

    def __init__(
        self, judge: Judge, view: View, *, folder: ReportFolder | None = None, strict: bool = False
    ) -> None:
        self._judge = judge
        self._view = view
        self._folder = folder
        self._strict = strict
        self._tally = Tally()
        self._left = self._lost = self._troubles = 0
        self._began = time.monotonic()
        view.begin()

    def take(self, passed: Passed) -> None:
        """Take an exchange that is over."""
        told = self._judge.take(passed)
        self._tally.add(told.outcome)
        self._left += passed.left
        self._lost += bool(passed.failed)
        self._troubles += len(told.outcome.troubles)
        if self._folder is not None:
            self._folder.add_all(told.outcome.troubles)
            self._folder.add_all(told.outcome.records)
        self._view.add(told)

    def finish(self) -> int:
        """End the view and the report; the exit code."""
        code = exit_code(
            judged=self._tally.judged,
            errors=self._tally.levels[Level.ERROR],
            warnings=self._tally.levels[Level.WARNING],
            trouble=self._troubles,
            strict=self._strict,
        )
        sentence = closing(self._tally, lost=self._lost, left=self._left, strict=self._strict)
        self._view.end(self._tally, sentence, code)
        if self._folder is not None:
            self._folder.add_all(self._judge.closing())
            self._folder.finish(code, seconds=time.monotonic() - self._began)
        return code
