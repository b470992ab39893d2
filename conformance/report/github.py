"""Outcomes → workflow commands that GitHub shows as annotations beside the lines of a file.

A command is one line, ``::level key=value,…::message``. GitHub takes a line feed, a carriage return
and a percent sign percent-encoded, in properties a colon and a comma too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.report.cells import safe
from conformance.report.text import PROGRAM, place_of
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.report.outcome import FileOutcome, Trouble
    from conformance.violation import Violation

__all__ = ["annotation", "command", "file_lines"]

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def _data(text: str) -> str:
    lines = "\n".join(safe(line) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe(text)).replace(":", "%3A").replace(",", "%2C")


def command(name: str, properties: dict[str, str], message: str) -> str:
    """One workflow command: ``::name key=value,…::message``."""
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {listed}::{_data(message)}"


def annotation(violation: Violation) -> str:
    """The annotation of one violation."""
    properties = {"file": violation.file}
    if violation.line is not None:
        properties["line"] = str(violation.line)
    properties["title"] = f"{violation.code} {violation.name}"
    message = f"{violation.message}\n{place_of(violation)}"
    if violation.help:
        message += f"\nhelp: {violation.help}"
    message += f"\nexplain: {PROGRAM} explain {violation.code}"
    return command(_COMMANDS[violation.level], properties, message)


def _of_trouble(trouble: Trouble) -> str:
    return command("error", {"file": trouble.file, "title": "not judged"}, str(trouble))


def file_lines(outcome: FileOutcome, *, verbose: bool = False) -> Iterator[str]:
    """The annotations of one file; notes only if `verbose`, since GitHub shows few per run."""
    yield from map(_of_trouble, outcome.troubles)
    for one in outcome.exchanges:
        for violation in one.violations:
            if verbose or violation.level is not Level.INFO:
                yield annotation(violation)
