"""`check`: recordings → verdicts, a report of them, and the exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from conformance.cli.codes import chosen_options
from conformance.cli.judge import Reporting, found_files, outcomes
from conformance.cli.progress import watched
from conformance.cli.trouble import show
from conformance.config import load_settings
from conformance.contract import contract
from conformance.report.outcome import Tally
from conformance.report.page import Page
from conformance.report.summary import Summary, closing_sentence
from conformance.rules.registry import all_rules
from conformance.verdict import EXIT_OK
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.report.outcome import FileOutcome

__all__ = ["check"]

_EPILOG = """\
PATH is a recording or a folder of them: a cassette of vcrpy, Ruby VCR or httpmock, a HAR file, JSON
Lines, or a saved stream; `-` is standard input. Settings may stand in `[tool.cohere-conformance]` of
pyproject.toml; options go before them.
"""


@click.command(epilog=_EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--endpoint",
    type=click.Choice(["chat-stream", "rerank"]),
    help="What a saved body answers that comes without its request.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "jsonl", "github"]),
    default="text",
    show_default=True,
    help="The report: for people, for machines, or as annotations of a GitHub workflow.",
)
@click.option(
    "--select", multiple=True, metavar="CODES", help="Only these rules or families, by comma."
)
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these rules or families.")
@click.option("--strict/--no-strict", default=None, help="Let warnings fail.")
@click.option("--closed/--no-closed", default=None, help="Let undocumented response members fail.")
@click.option(
    "--report",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write a report too: report.jsonl, report.html, junit.xml, summary.md, capsules.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Judge in so many processes.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only the closing sentence.")
@click.option("-v", "--verbose", is_flag=True, help="Notes, every place, and what was not judged.")
def check(
    *,
    paths: tuple[str, ...],
    endpoint: str | None,
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool | None,
    closed: bool | None,
    report: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge recorded exchanges against the contract."""
    settings = load_settings()
    options = chosen_options(settings, select, ignore, closed=closed)
    strictly = settings.strict if strict is None else strict
    files, lost = found_files(paths)
    reporting = Reporting(strictly) if report is not None else None
    judged = outcomes(
        files, endpoint=endpoint, options=options, processes=jobs, reporting=reporting
    )
    calm = form == "text" or not sys.stdout.isatty()
    found: Iterable[FileOutcome] = watched(judged, len(files), shown=calm and not quiet)
    write = {"text": _text, "jsonl": _jsonl, "github": _github}[form]
    if report is None:
        return write(lost, found, strict=strictly, quiet=quiet, verbose=verbose)
    from conformance.cli.report import reported

    with reported(report, " ".join(paths), strict=strictly) as book:
        code = write(
            book.passing(lost), book.passing(found), strict=strictly, quiet=quiet, verbose=verbose
        )
        book.finish(code)
    return code


def _text(
    lost: Iterable[FileOutcome],
    found: Iterable[FileOutcome],
    *,
    strict: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    tally, summary, page = Tally(), Summary(verbose=verbose), Page()
    for group in (lost, found):
        for outcome in group:
            tally.add(outcome)
            summary.add(outcome)
            for trouble in outcome.troubles:
                show(trouble)
    if not quiet:
        summary.write(page, contract().clauses)
    code = tally.exit_code(strict=strict)
    page.write(
        [((closing_sentence(tally, strict=strict), "good" if code == EXIT_OK else "error"),)]
    )
    return code


def _jsonl(
    lost: Iterable[FileOutcome],
    found: Iterable[FileOutcome],
    *,
    strict: bool,
    quiet: bool,  # noqa: ARG001 - a machine gets the whole
    verbose: bool,  # noqa: ARG001
) -> int:
    from conformance.report import jsonl

    tally = Tally()
    snapshot, rules = contract().snapshot, len(all_rules())
    sys.stdout.write(jsonl.header(tool=__version__, snapshot=snapshot, rules=rules) + "\n")
    sys.stdout.flush()
    for group in (lost, found):
        for outcome in group:
            tally.add(outcome)
            sys.stdout.writelines(line + "\n" for line in jsonl.file_lines(outcome))
            # Whoever reads along sees each file when it is judged.
            sys.stdout.flush()
    code = tally.exit_code(strict=strict)
    sys.stdout.write(jsonl.footer(tally, exit_code=code) + "\n")
    return code


def _github(
    lost: Iterable[FileOutcome],
    found: Iterable[FileOutcome],
    *,
    strict: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    from conformance.report import github

    tally = Tally()
    for group in (lost, found):
        for outcome in group:
            tally.add(outcome)
            lines = () if quiet else github.file_lines(outcome, verbose=verbose)
            sys.stdout.writelines(line + "\n" for line in lines)
    sys.stdout.write(closing_sentence(tally, strict=strict) + "\n")
    return tally.exit_code(strict=strict)
