"""Styled spans → plain text, or colour where a person looks.

A line is a tuple of (text, style) pairs. Styles only mark: the text alone says everything, and is
the same with and without them.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

__all__ = ["Line", "Page", "plain"]

Line = tuple[tuple[str, str], ...]

# The width where nobody's terminal tells one: a log, a file, a pipe.
_WIDTH = 100
# Narrower tears everything apart, wider makes lines that no eye follows.
_LEAST, _MOST = 40, 120

_STYLES = {
    "": "",
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold cyan",
    "good": "bold green",
    "strong": "bold",
    "arrow": "cyan",
    "caret": "bold red",
    "dim": "dim",
}


def plain(lines: Iterable[Line]) -> str:
    """The text of lines, each ended by a line feed."""
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)


class Page:
    """Where text goes: a stream, its width in columns, and whether it takes colour.

    Colour is for a terminal only, and for none when `NO_COLOR` is set or `TERM` is ``dumb``;
    `FORCE_COLOR` asks for it anywhere. `COLUMNS` overrides the width.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.terminal = self.stream.isatty()
        wanted = self.terminal and os.environ.get("TERM") != "dumb"
        self.colour = bool(
            (wanted or os.environ.get("FORCE_COLOR")) and not os.environ.get("NO_COLOR")
        )
        self.width = min(max(self._columns(), _LEAST), _MOST)
        self._console: Console | None = None

    def _columns(self) -> int:
        given = os.environ.get("COLUMNS", "")
        if given.isdigit() and int(given):
            return int(given)
        try:
            return os.get_terminal_size(self.stream.fileno()).columns or _WIDTH
        except (OSError, ValueError):  # no terminal, or not even a file
            return _WIDTH

    def write(self, lines: Iterable[Line]) -> None:
        """Write lines."""
        if not self.colour:
            self.stream.write(plain(lines))
            return
        from rich.text import Text

        for line in lines:
            spans = [(text, _STYLES[style]) for text, style in line]
            self._rich.print(Text.assemble(*spans), soft_wrap=True)

    @property
    def _rich(self) -> Console:
        if self._console is None:
            from rich.console import Console

            self._console = Console(
                file=self.stream, force_terminal=True, highlight=False, width=self.width
            )
        return self._console
