"""The settings of a run → pytest over the shipped suite, and one stream of events about it.

Pytest's own terminal is switched off, and so is whatever plugin the user's environment or project
would load: a run judges a server, and must not depend on where it is started.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.baseline import Baseline
from conformance.check import Options
from conformance.data import data_path
from conformance.errors import ConformanceError
from conformance.report.outcome import Trouble, trouble_from
from conformance.suite.case import Outcome
from conformance.suite.catalogue import cases_for
from conformance.suite.estimate import estimate
from conformance.suite.events import CaseEnded, RunEnded, RunStarted, Score
from conformance.suite.exercise import Exercise
from conformance.suite.opening import opened, patience_for, purse_of
from conformance.suite.prove import prove
from conformance.suite.reach import served
from conformance.targets.address import is_loopback, shown
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.suite.case import Case, CaseResult
    from conformance.suite.events import Event, Listener
    from conformance.suite.prove import Proof
    from conformance.suite.settings import RunSettings
    from conformance.targets.base import Target
    from conformance.targets.budget import Estimate

__all__ = ["Run"]

_CLEARED = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


class Run:
    """One run: `play` plays the chosen cases and tells the listeners."""

    def __init__(
        self,
        settings: RunSettings,
        listeners: Sequence[Listener],
        *,
        baseline: Baseline | None = None,
        workers: int = 0,
        name: str = "",
        proving: bool = False,
    ) -> None:
        self.settings = settings
        self.listeners = listeners
        self.baseline = baseline or Baseline()
        self.workers = workers
        self.name = name or shown(settings.target)
        self.proving = proving
        self.score = Score()
        self.exercise = Exercise(Options(settings.select, settings.ignore, settings.closed))
        self.cases: tuple[Case, ...] = tuple(cases_for(settings))
        self.ended: set[str] = set()
        self.troubles: list[Trouble] = []

    def tell(self, event: Event) -> None:
        """Tell all listeners."""
        for listener in self.listeners:
            listener.on(event)

    def take(self, result: CaseResult) -> None:
        """Take the result of a case."""
        self.ended.add(result.name)
        result = self._against_baseline(result)
        self.score.add(result)
        self.exercise.add(result)
        self.tell(CaseEnded(result))

    def _against_baseline(self, result: CaseResult) -> CaseResult:
        if result.outcome in (Outcome.LACKED, Outcome.TROUBLE):
            return result
        self.baseline.tried(result.name)
        codes = {v.code for v in result.violations if v.level is not Level.INFO}
        known = {code for code in codes if self.baseline.knows(result.name, code)}
        if result.outcome is not Outcome.BROKEN:
            return result
        failing = {Level.ERROR, Level.WARNING} if self.settings.strict else {Level.ERROR}
        left = {v.code for v in result.violations if v.level in failing} - known
        return result if left else replace(result, outcome=Outcome.KNOWN)

    def play(self) -> RunEnded:
        """Play all chosen cases. Raises ConformanceError for a target that makes no sense."""
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
            ledger = str(Path(folder) / "ledger")
            self.settings = replace(self.settings, ledger=ledger)
            with opened(self.settings) as target:
                proof, cost = self._proof(), self._cost()
                self.tell(RunStarted(self.settings, self.name, self.cases, proof, cost))
                there = self._probe(target, cost)
            if there:
                self._pytest(folder)
        unrun = tuple(case.name for case in self.cases if case.name not in self.ended)
        ended = RunEnded(
            self.score,
            unrun=unrun,
            families=Counter(code.split("-")[0] for code in self.exercise.wanted),
            unexercised=self.exercise.unexercised,
            stale=self.baseline.stale,
            troubles=tuple(self.troubles),
            proof=proof,
            seconds=time.monotonic() - began,
        )
        self.tell(ended)
        return ended

    def _proof(self) -> Proof | None:
        """The proof that every check can fail, if it is wanted."""
        proof = prove() if self.proving else None
        if proof is not None and proof.shown < proof.checks:
            codes = ", ".join(sorted({*proof.blind, *proof.hasty}))
            self.troubles.append(Trouble(self.name, f"checks cannot be trusted: {codes}"))
        return proof

    def _cost(self) -> Estimate | None:
        """The estimated cost where requests cost money, or a part of a monthly limit."""
        target = self.settings.target
        costs = target.startswith(("http://", "https://")) and not is_loopback(target)
        return estimate(self.cases, self.settings) if costs else None

    def _probe(self, target: Target, cost: Estimate | None) -> bool:
        """Find out whether there is anything to judge, and which endpoints are not served."""
        purse = purse_of(target)
        try:
            if purse is not None and cost is not None:
                purse.admit(cost)
            there = served(target, self.settings, patience_for(self.settings))
        except ConformanceError as error:
            self.troubles.append(trouble_from(self.name, error))
            return False
        wanted = {case.endpoint for case in self.cases}
        absent = {name for name in wanted - set(self.settings.lacks) if not there[name]}
        for endpoint in sorted(absent):
            what = f"the server does not serve {endpoint}"
            hint = f"`--lacks {endpoint}` leaves it out"
            self.troubles.append(Trouble(self.name, what, self.name, hint))
        lacks = tuple(sorted({*self.settings.lacks, *absent}))
        self.settings = replace(self.settings, lacks=lacks)
        return True

    def _pytest(self, scratch: str) -> None:
        import pytest

        folder = str(data_path("contract"))
        arguments = [
            folder,
            "--rootdir", folder,
            "-c", os.devnull,
            "--import-mode=importlib",
            "--capture=no",
            "-p", "no:terminal",
            "-p", "no:cacheprovider",
            "-p", "no:junitxml",
        ]  # fmt: skip
        if self.workers > 1:
            arguments += ["-p", "xdist.plugin", "-n", str(self.workers)]
        plugin = _Workers(self) if self.workers > 1 else _Main(self)
        with _apart(scratch):
            code = pytest.main(arguments, plugins=[plugin])
        told = self.troubles or self.score.outcomes[Outcome.TROUBLE]
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not told:
            self.troubles.append(
                Trouble(self.name, f"the suite ended early: pytest says `{int(code)}`")
            )


@contextmanager
def _apart(scratch: str) -> Iterator[None]:
    """Keep plugins and options of the user's environment out of pytest, and files out of the way."""
    wanted = {
        **dict.fromkeys(_CLEARED, ""),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(Path(scratch) / "hypothesis"),
    }
    kept = {name: os.environ.get(name) for name in wanted}
    for name, value in wanted.items():
        os.environ.pop(name, None)
        if value:
            os.environ[name] = value
    try:
        yield
    finally:
        for name, before in kept.items():
            os.environ.pop(name, None)
            if before is not None:
                os.environ[name] = before


class _Main:
    """The main process' side of pytest: hands settings out and takes results in."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def pytest_configure(self, config: Any) -> None:
        """Give this process its settings."""
        from conformance.suite.hooks import SETTINGS

        config.stash[SETTINGS] = self.run.settings

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take a result, or the reason why there is none."""
        from conformance.suite.hooks import unpack

        packed = getattr(report, "conformance", None)
        if packed is not None:
            self.run.take(unpack(packed))
        elif report.failed:
            self._trouble(report)

    def pytest_collectreport(self, report: Any) -> None:
        """A part of the suite could not be loaded."""
        if report.failed:
            self._trouble(report)

    def _trouble(self, report: Any) -> None:
        known = getattr(report, "conformance_trouble", None)
        if known is not None:
            self.run.troubles.append(Trouble(self.run.name, *known))
            return
        crash = getattr(report.longrepr, "reprcrash", None)
        if crash is not None:
            self._failed(crash.message, f"{crash.path}:{crash.lineno}")
        else:
            self._failed(_last(report.longreprtext), report.nodeid)

    def pytest_internalerror(self, excrepr: Any) -> bool:
        """Pytest failed, or a listener did: told as all else is, and not as a traceback."""
        self._failed(_last(str(excrepr)), self.run.name)
        return True

    def _failed(self, said: str, where: str) -> None:
        first = said.strip().split("\n", 1)[0][:200]
        self.run.troubles.append(
            Trouble(self.run.name, f"the suite failed: {first}", where, "please report it")
        )


def _last(text: str) -> str:
    """The last line that says something."""
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no reason given")


class _Workers(_Main):
    """The same where pytest-xdist runs the cases."""

    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker its settings."""
        node.workerinput["conformance"] = self.run.settings.to_json()
