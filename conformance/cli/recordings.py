"""`recordings`: a manifest → the files that it lists, each proved by its hash."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cassette.manifest import fetch as fetch_all
from conformance.report.cells import safe
from conformance.report.page import Page
from conformance.verdict import EXIT_NOT_JUDGED, EXIT_OK

__all__ = ["recordings"]

_STYLES = {"fetched": "good", "kept": "dim", "failed": "error"}


@click.group()
def recordings() -> None:
    """Get recordings to judge."""


@recordings.command()
@click.argument("manifest", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--into",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder that gets the files; by default one beside the manifest, named like it.",
)
def fetch(*, manifest: Path, folder: Path | None) -> int:
    """Get every file that MANIFEST lists, by URL or path, and keep those whose hash fits.

    MANIFEST is a YAML list of name, url or path, sha256 and licence.
    """
    into = folder or manifest.with_suffix("")
    page = Page()
    states: list[str] = []
    for outcome in fetch_all(manifest, into):
        states.append(outcome.state)
        style = _STYLES.get(outcome.state, "")
        page.write([((f"{outcome.state:<8}", style), (f"{safe(outcome.name)}: ", "strong"),
                     (safe(outcome.detail), ""))])  # fmt: skip
        page.stream.flush()
    failed = states.count("failed")
    told = f"{len(states)} listed: {states.count('fetched')} fetched, {states.count('kept')} kept"
    page.write([((f"{told}, {failed} failed", "error" if failed else "good"),)])
    return EXIT_NOT_JUDGED if failed else EXIT_OK
