"""`client run`: clients → what their callers get, case by case, and the exit code."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.errors import UsageError
from conformance.report.cells import safe
from conformance.report.page import Page
from conformance.verdict import EXIT_NOT_JUDGED

if TYPE_CHECKING:
    from rich.progress import Progress

    from conformance.baseline import Baseline
    from conformance.clients.environment import Launch
    from conformance.clients.marks import Result

__all__ = ["launches", "run"]

_EPILOG = """\
NAME is a client of `client list`, or one variant of it, `NAME:VARIANT`. Exit codes: 0 all as it should
be, 1 a caller gets something else, 2 not everything could be judged.
"""


@click.command(epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--adapter", default="", metavar="COMMAND", help="An adapter of your own.")
@click.option("--case", "globs", multiple=True, metavar="GLOB", help="Only these cases.")
@click.option("--seed", type=int, default=None, help="The seed of the words; by default another.")
@click.option(
    "-n", "--workers", type=click.IntRange(1, 64), default=1, help="So many at the same time."
)
@click.option(
    "--known-failing",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Failures that are known: lines of a code and a case.",
)
@click.option("--strict", is_flag=True, help="Let warnings fail.")
@click.option("-q", "--quiet", is_flag=True, help="Only the closing sentences.")
@click.option("-v", "--verbose", is_flag=True, help="The bytes, all cases, and information.")
def run(
    *,
    names: tuple[str, ...],
    adapter: str,
    globs: tuple[str, ...],
    seed: int | None,
    workers: int,
    known_failing: Path | None,
    strict: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge clients by what they hand to their callers, through adapters."""
    from conformance.clients.cases import chosen
    from conformance.clients.runner import run_cases
    from conformance.clients.score import scored
    from conformance.clients.terminal import closing_lines, finding_lines

    number = seed if seed is not None else time.time_ns() % 1_000_000
    cases = chosen(globs, number)
    _baseline(known_failing, number)  # an error in the file comes before anything is started
    found = launches(names, adapter)
    page = Page()
    codes = []
    if not quiet:
        count = f"{len(cases)} case{'s' * (len(cases) != 1)}"
        page.write([((f"{count} · seed {number}", "strong"),), ()])
        page.stream.flush()
    for launch in found:
        if isinstance(launch, str):
            page.write([((launch, "warning"),)])
            codes.append(EXIT_NOT_JUDGED)
            continue
        began = time.monotonic()
        with _Progress(len(cases)) as progress:
            hello, results = run_cases(launch, cases, workers=workers, done=progress.step)
        score = scored(results, baseline=_baseline(known_failing, number), strict=strict)
        if not quiet:
            shown = results if verbose else [r for r in results if r.case.name not in score.known]
            lines = finding_lines(
                shown,
                page.width,
                name=launch.title,
                adapter=adapter,
                surfaces=hello.surfaces,
                seed=number,
                verbose=verbose,
            )
            page.write(lines)
            _troubles(page, results)
        page.write(closing_lines(hello.title, score, time.monotonic() - began))
        page.stream.flush()
        codes.append(score.exit_code)
    return max(codes)


def launches(names: tuple[str, ...], adapter: str, where: str = "client run") -> list[Launch | str]:
    """How to start each chosen client; a line of text for one that this machine cannot run.

    Raises UsageError when there is nothing to start, and AdapterError when something cannot be.
    """
    from conformance.clients.environment import Launch, Skipped, prepare
    from conformance.clients.registry import clients_named

    if bool(names) == bool(adapter):
        raise UsageError(
            "name a client, or give a command with `--adapter`",
            where=where,
            hint="`cohere-conformance client list` lists the clients",
        )
    if adapter:
        words = tuple(shlex.split(adapter))
        if not words:
            raise UsageError("`--adapter` is empty", where=where)
        return [Launch(words, title=adapter)]
    found: list[Launch | str] = []
    for client, variant in [pair for name in names for pair in clients_named(name)]:
        try:
            found.append(prepare(client, variant, _say))
        except Skipped as lack:
            said = f"{client.name}: {lack.what}"
            if said not in found:  # all variants lack the same
                found.append(said)
    return found


def _say(command: str) -> None:
    print(safe(command), file=sys.stderr, flush=True)  # noqa: T201


def _baseline(file: Path | None, seed: int) -> Baseline | None:
    if file is None:
        return None
    from conformance.baseline import read_baseline
    from conformance.clients.cases import cases
    from conformance.clients.clauses import CLAUSES
    from conformance.rules.registry import all_rules

    codes = [*CLAUSES, *(rule.code for rule in all_rules())]
    return read_baseline(file, [case.name for case in cases(seed)], codes)


def _troubles(page: Page, results: list[Result]) -> None:
    """What the adapter did wrong, each once."""
    told: dict[str, list[str]] = {}
    for result in results:
        for trouble in result.trouble:
            told.setdefault(trouble, []).append(result.case.name)
    for text, names in told.items():
        first, *rest = text.split("\n")
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        lines = [f"error: the adapter does not keep the protocol: {first}", *rest,
                 f"  = case: {names[0]}{more}"]  # fmt: skip
        page.write([*(((safe(line), "error"),) for line in lines), ()])


class _Progress:
    """How far a run is, on standard error, where a person waits."""

    def __init__(self, cases: int) -> None:
        self._cases = cases
        self._bar: Progress | None = None

    def __enter__(self) -> _Progress:  # noqa: PYI034 - Python 3.10 has no `Self`
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.add_task("judging", total=self._cases)
            self._bar.start()
        return self

    def step(self, _: Result) -> None:
        """One more is done."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
