"""`report`: a report.jsonl → its views; and outcomes of `check` → a report folder."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.report.folder import JSONL, ReportFolder, header_of, make_views
from conformance.verdict import EXIT_NOT_JUDGED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.report.outcome import FileOutcome

__all__ = ["report", "reported"]


@click.command()
@click.argument("file", metavar="REPORT", type=click.Path())
@click.option(
    "--to", "folder", type=click.Path(file_okay=False), metavar="DIR",
    help="Where to write; by default the folder of the file.",
)  # fmt: skip
def report(*, file: str, folder: str | None) -> int:
    """Make report.html, junit.xml, summary.md and the capsules of a report again.

    REPORT is a report.jsonl, or the folder that holds it. The exit code is that of the run that wrote it.
    """
    given = Path(file)
    jsonl = given / JSONL if given.is_dir() else given
    made = make_views(jsonl, folder or jsonl.parent)
    click.echo(made.sentence())
    return EXIT_NOT_JUDGED if made.footer is None else made.footer.exit


class Book:
    """A report folder that outcomes pass by on their way to the terminal."""

    def __init__(self, folder: ReportFolder) -> None:
        self._folder = folder
        self._began = time.monotonic()

    def passing(self, outcomes: Iterable[FileOutcome]) -> Iterator[FileOutcome]:
        """The outcomes, each written into the report first."""
        for outcome in outcomes:
            self._folder.add_all(outcome.troubles)
            self._folder.add_all(outcome.records)
            yield outcome

    def finish(self, exit_code: int) -> None:
        """End the report and make its views."""
        self._folder.finish(exit_code, seconds=time.monotonic() - self._began)


@contextmanager
def reported(folder: str, target: str, *, strict: bool) -> Iterator[Book]:
    """A report of `check` in a folder; it stays incomplete unless it is finished."""
    with ReportFolder(folder, header_of("check", target, strict=strict)) as made:
        yield Book(made)
