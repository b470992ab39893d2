"""A mock whose misbehaviour a test chooses, and runs whose events a test can read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.cli import main
from conformance.suite.catalogue import cases_for
from conformance.suite.events import CaseEnded, RunEnded
from conformance.suite.opening import opened
from conformance.suite.runner import Run
from conformance.suite.session import Session
from conformance.suite.settings import RunSettings
from conformance.targets.mock import MockTarget


class Misbehaving:
    """A target that asks the mock for a fault with every request."""

    def __init__(self, target):
        self.target = target
        self.fault = ""
        self.name, self.url = target.name, target.url

    def send(self, request, **options):
        """Send the request with the name of the fault."""
        if self.fault:
            headers = (*request.headers, ("X-Conformance-Fault", self.fault))
            request = replace(request, headers=headers)
        return self.target.send(request, **options)


class Told:
    """A listener that keeps what it is told."""

    def __init__(self):
        self.results = {}
        self.ended = None

    def on(self, event):
        """Keep one event."""
        if isinstance(event, CaseEnded):
            self.results[event.result.name] = event.result
        elif isinstance(event, RunEnded):
            self.ended = event

    def codes(self, level="error"):
        """The codes of the findings of a level, with the cases they were found in."""
        found = {}
        for name, result in self.results.items():
            for violation in result.violations:
                if violation.level.value == level:
                    found.setdefault(violation.code, []).append(name)
        return found


@pytest.fixture(scope="session")
def mock():
    """A running mock behind a target that can ask it for faults."""
    target = MockTarget("mock:")
    with target:
        yield Misbehaving(target)


@pytest.fixture
def session(mock):
    """A session with that mock, without a fault to begin with."""
    mock.fault = ""
    return Session(RunSettings(), mock)


@pytest.fixture
def play():
    """A function that runs the suite on a target, and tells what it was told."""

    def play_one(target, *, baseline=None, workers=0, proving=False, **settings):
        told = Told()
        chosen = RunSettings(target=target, **settings)
        Run(chosen, [told], baseline=baseline, workers=workers, proving=proving).play()
        return told

    return play_one


@pytest.fixture
def judge():
    """The same without pytest, for tests that play many short runs."""

    def judge_one(target, **settings):
        told = Told()
        chosen = RunSettings(target=target, **settings)
        with opened(chosen) as there:
            session = Session(chosen, there)
            for case in cases_for(chosen):
                told.on(CaseEnded(session.play(case)))
        return told

    return judge_one


@pytest.fixture
def command(capsys, monkeypatch, tmp_path):
    """Run a command line in an empty folder, as in a log of 88 columns: its code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "88")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("CO_API_KEY", raising=False)

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run
