from __future__ import annotations

import io

import pytest

from conformance.report.page import Page

LINES = [(("bad", "error"), (" news", "")), (), (("  x  ", "dim"),)]
PLAIN = "bad news\n\n  x\n"


class Terminal(io.StringIO):
    """A stream that says that a person looks at it."""

    def isatty(self):
        """It is a terminal."""
        return True


@pytest.fixture(autouse=True)
def calm(monkeypatch):
    """No variable of the surroundings decides."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "CI"):
        monkeypatch.delenv(name, raising=False)


def written(stream):
    """What a page writes to this stream."""
    Page(stream).write(LINES)
    return stream.getvalue()


def test_a_file_gets_plain_text():
    """Text that nobody watches has no escapes."""
    assert written(io.StringIO()) == PLAIN


def test_a_terminal_gets_colour_and_the_same_text(monkeypatch):
    """Colour only marks: without the escapes the text is the plain one."""
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = written(Terminal())
    from rich.text import Text

    assert "\x1b[1;31mbad\x1b[0m" in coloured
    assert [line.rstrip() for line in Text.from_ansi(coloured).plain.splitlines()] == (
        PLAIN.splitlines()
    )


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_refused(monkeypatch, name, value):
    """`NO_COLOR` and a dumb terminal get plain text."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)

    assert written(Terminal()) == PLAIN


def test_colour_can_be_forced(monkeypatch):
    """`FORCE_COLOR` brings colour into a file, unless `NO_COLOR` is set."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    forced = written(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[" in forced
    assert written(io.StringIO()) == PLAIN


@pytest.mark.parametrize(
    ("columns", "width"), [("80", 80), ("1", 40), ("500", 120), ("", 100), ("0", 100), ("x", 100)]
)
def test_the_width_is_what_columns_says_within_reason(monkeypatch, columns, width):
    """`COLUMNS` decides between 40 and 120; without it a file is 100 wide."""
    monkeypatch.setenv("COLUMNS", columns)

    assert Page(io.StringIO()).width == width
