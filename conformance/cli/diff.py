"""`diff`: two descriptions of the API → what changed on the wire, whom it hurts, and the exit code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from conformance.contract import contract
from conformance.data import data_path
from conformance.diff.findings import compare
from conformance.diff.model import Audience, Level
from conformance.diff.sources import open_side
from conformance.diff.touch import touched
from conformance.report.page import Page
from conformance.verdict import EXIT_BROKEN, EXIT_OK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.diff.model import Report

__all__ = ["diff", "with_touched"]

_EPILOG = """\
OLD and NEW are each the name of a snapshot, an OpenAPI file, a reference page saved as Markdown, or
REVISION:PATH in a git repository; several pages are separated by commas. Exit codes: 0 nothing at or above --fail-on, 1 something,
2 not compared.
"""


@click.command(epilog=_EPILOG)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "github"]),
    default="text",
    show_default=True,
    help="For people, machines, a build's summary, or as annotations of a GitHub workflow.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["breaking", "risky", "any"]),
    default="breaking",
    show_default=True,
    help="The least that makes the exit code 1; `any` counts new spec defects too.",
)
@click.option(
    "--for",
    "audience",
    type=click.Choice([one.value for one in Audience]),
    help="Only what concerns who sends requests, reads answers, or replays recordings.",
)
@click.option(
    "--recordings",
    multiple=True,
    metavar="PATH",
    help="Recordings of yours to look for what changed; by default those that come with the suite.",
)
def diff(
    *,
    old: str,
    new: str,
    form: str,
    fail_on: str,
    audience: str | None,
    recordings: tuple[str, ...],
) -> int:
    """Compare two descriptions of the API by what they mean on the wire."""
    root = data_path("specs")
    report = compare(open_side(old, root), open_side(new, root))
    report = with_touched(report, recordings)
    whom = Audience(audience) if audience else None
    _write(report, form, whom)
    return EXIT_BROKEN if fails(report, fail_on, whom) else EXIT_OK


def fails(report: Report, fail_on: str, audience: Audience | None) -> bool:
    """Whether a report has something at or above the level that shall fail."""
    least = {"breaking": Level.BREAKING, "risky": Level.RISKY, "any": Level.ADDITIVE}[fail_on]
    levels = [one.level_for(audience) for one in report.findings]
    worst = max((level.rank for level in levels if level is not None), default=0)
    return worst >= least.rank or (fail_on == "any" and bool(report.defects))


def with_touched(report: Report, recordings: Iterable[str] = ()) -> Report:
    """The report, each finding with the rules, cases and recordings that it touches."""
    from conformance.diff.instances import recorded
    from conformance.suite.tried import tried

    # Where nothing changed, nothing needs to be looked up.
    if not report.findings:
        return report
    endpoints = frozenset(one.at.operation for one in report.findings)
    answered = any(one.at.direction != "request" for one in report.findings)
    found = touched(
        report.findings,
        clauses=contract().clauses,
        cases=tried(endpoints, answered=answered),
        recordings=recorded(tuple(recordings), endpoints),
    )
    return replace(report, findings=tuple(found))


def _write(report: Report, form: str, audience: Audience | None) -> None:
    if form == "text":
        from conformance.diff.text import render

        page = Page()
        page.write(render(report, audience=audience, width=page.width))
        return
    if form == "markdown":
        from conformance.diff.markdown import render as as_markdown

        text = as_markdown(report, audience)
    else:
        from conformance.diff.views import as_json, github_lines

        lines = [f"{line}\n" for line in github_lines(report, audience)]
        text = as_json(report, audience) if form == "json" else "".join(lines)
    click.echo(text, nl=False)
