"""What pytest does with tests that talk to the API: judge them, tell why they fail, sum up.

Registered when the first test asks for a fixture, so that other sessions do without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from conformance.errors import ConformanceError
from conformance.pytest_plugin import BENCHES
from conformance.report.text import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from conformance.plugin.bench import Bench
    from conformance.plugin.desk import Desk
    from conformance.violation import ConformanceViolation

__all__ = ["Hooks", "judged", "made"]

T = TypeVar("T")
_FAILED = pytest.StashKey[bool]()
_MOST = 20
_OUTPUT = "cohere"


def made(make: Callable[[], T]) -> T:
    """What `make` makes; an error of ours fails the test with its message alone."""
    try:
        return make()
    except ConformanceError as error:
        told = str(error)
    # Outside of the handler, or the message would be shown twice.
    pytest.fail(told, pytrace=False)


def judged(item: pytest.Item, bench: Bench) -> ConformanceViolation | None:
    """The exception for what a client broke; none for a test that has failed already.

    Trouble of the target fails the test at once.
    """
    if item.stash.get(_FAILED, False):
        return None
    if bench.troubles:
        pytest.fail(str(bench.troubles[0]), pytrace=False)
    return bench.settle()


class Hooks:
    """The hooks of one process."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.desk: Desk | None = None
        self.lines: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Fail a test whose client broke a rule, once the test itself has passed."""
        result = yield
        for bench in item.stash.get(BENCHES, []):
            lapse = judged(item, bench)
            if lapse is not None:
                raise lapse
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show beside a failure what the client sent that breaks a rule, or was out of scope."""
        report = yield
        if report.failed and call.when == "call":
            item.stash[_FAILED] = True
            for bench in item.stash.get(BENCHES, []):
                told = _told(bench, call)
                if told:
                    report.sections.append(("Cohere's API in this test", "\n".join(told)))
        return report

    def pytest_sessionfinish(self) -> None:
        """Stop what runs; hand over what is to be reported, or write the report."""
        desk = self.desk
        if desk is not None:
            desk.close()
            self.lines += desk.lines()
        output = getattr(self.config, "workeroutput", None)
        if not self.config.getoption("cohere_report"):
            return
        if output is not None:
            output[_OUTPUT] = self.lines
            return
        from conformance.plugin.desk import write_report

        write_report(self.config, self.lines)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker of pytest-xdist hands over."""
        self.lines += getattr(node, "workeroutput", {}).get(_OUTPUT, [])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say in a line what was judged, and where the report is."""
        if self.desk is not None and self.desk.summary():
            terminalreporter.line(self.desk.summary())
        folder = self.config.getoption("cohere_report")
        if folder:
            terminalreporter.line(f"cohere: the report is in {folder}")


def _told(bench: Bench, call: pytest.CallInfo[None]) -> list[str]:
    """Lines about a test that failed: trouble of the target, breaches, what was not judged."""
    shown = call.excinfo.value if call.excinfo is not None else None
    lines = [str(trouble) for trouble in bench.troubles]
    first = getattr(shown, "violation", None)
    found = [] if first is not None else bench.violations
    lines += [f"{each.headline} ({place_of(each)})" for each in found[:_MOST]]
    if len(found) > _MOST:
        lines.append(f"and {len(found) - _MOST} more")
    lines += [f"not judged: {each}" for each in bench.unjudged()]
    return lines
