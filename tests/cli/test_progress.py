from __future__ import annotations

import io
import sys

import pytest

from conformance.cli import progress


class Terminal(io.StringIO):
    """A standard error that a person looks at."""

    def isatty(self):
        """It is a terminal."""
        return True


@pytest.fixture
def watched(monkeypatch):
    """Watch outcomes without patience and outside of CI; also tells what was drawn."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "_PATIENCE", -1.0)

    def watch(items, total, *, shown=True, stream=None):
        drawn = Terminal() if stream is None else stream
        monkeypatch.setattr(sys, "stderr", drawn)
        passed = []
        try:
            passed += progress.watched(items, total, shown=shown)
        except ZeroDivisionError:
            passed.append("broken")
        return passed, drawn.getvalue()

    return watch


def test_a_long_wait_on_a_terminal_is_shown(watched):
    """A bar appears on standard error, and every outcome is passed on in order."""
    passed, drawn = watched([1, 2, 3], 3)

    assert [1, 2, 3] == passed
    assert "judging" in drawn


def test_a_short_wait_shows_nothing(watched, monkeypatch):
    """A bar that would only flash by does not appear."""
    monkeypatch.setattr(progress, "_PATIENCE", 60.0)

    assert ([1, 2], "") == watched([1, 2], 2)


def test_a_log_gets_no_bar(watched, monkeypatch):
    """Neither when it is not wanted, nor in a file, nor in CI."""
    assert ([1, 2], "") == watched([1, 2], 2, shown=False)
    assert ([1, 2], "") == watched([1, 2], 2, stream=io.StringIO())

    monkeypatch.setenv("CI", "true")

    assert ([1, 2], "") == watched([1, 2], 2)


def test_the_bar_goes_when_judging_ends_early(watched):
    """An error in the middle passes, and the cursor is shown again."""

    def broken():
        yield 1
        raise ZeroDivisionError

    passed, drawn = watched(broken(), 2)

    assert ["broken"] == passed[-1:]
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l")
