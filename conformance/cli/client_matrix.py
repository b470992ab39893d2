"""`client matrix`: clients × cases → matrix.jsonl, matrix.html, and a page of defects."""

from __future__ import annotations

import os
import shlex
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.errors import UsageError
from conformance.report.cells import safe
from conformance.report.page import Page
from conformance.verdict import EXIT_OK, exit_code

if TYPE_CHECKING:
    from typing import TextIO

    from conformance.baseline import Baseline
    from conformance.clients.matrix import Matrix
    from conformance.clients.records import ClientRecord, Record
    from conformance.clients.trial import Entrant
    from conformance.report.page import Line

__all__ = ["matrix"]

JSONL = "matrix.jsonl"
HTML = "matrix.html"

_EPILOG = """\
NAME is a client of `client list`, or one variant of it, `NAME:VARIANT`; without a name all of them run.
Exit codes: 0 all as it should be, 1 a caller gets something else, 2 not everything could be judged.
"""


@click.command(epilog=_EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--adapter", "adapters", multiple=True, metavar="COMMAND", help="An adapter of your own."
)
@click.option("--case", "globs", multiple=True, metavar="GLOB", help="Only these cases.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("matrix"),
    show_default=True,
    metavar="DIR",
    help="Where to write.",
)
@click.option(
    "--docs",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the table and the defects as Markdown too.",
)
@click.option(
    "--from",
    "source",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="MATRIX.JSONL",
    help="Run nothing; make the pages of this file again.",
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="The seed of the words in the cases."
)
@click.option(
    "-n",
    "--workers",
    type=click.IntRange(1, 64),
    default=None,
    metavar="N",
    help="So many clients at the same time; by default three for each processor.",
)
@click.option(
    "--known-failing",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Failures that are known: lines of a code and CLIENT/CASE.",
)
@click.option("--strict", is_flag=True, help="Let warnings fail.")
@click.option("-q", "--quiet", is_flag=True, help="Only the closing sentence.")
def matrix(
    *,
    names: tuple[str, ...],
    adapters: tuple[str, ...],
    globs: tuple[str, ...],
    folder: Path,
    docs: Path | None,
    source: Path | None,
    seed: int,
    workers: int | None,
    known_failing: Path | None,
    strict: bool,
    quiet: bool,
) -> int:
    """Judge many clients, and set them side by side."""
    from conformance.clients.matrix import read_matrix

    page = Page()
    if source is not None:
        made = read_matrix(source)
        _write_views(made, folder, docs)
        page.write([((safe(made.sentence), ""),)])
        return made.footer.exit if made.footer is not None else 2
    entrants = _entrants(names, adapters)
    run = _Run(
        entrants,
        globs,
        seed,
        baseline=_baseline(known_failing, [one.name for one in entrants]),
        strict=strict,
        named=bool(names),
        page=None if quiet else page,
    )
    made = run.play(_created(folder / JSONL), workers or 3 * (os.cpu_count() or 1))
    _write_views(made, folder, docs)
    assert made.footer is not None  # it has just been written
    page.write(_closing(made, run, folder))
    return made.footer.exit


class _Run:
    """One run of the matrix."""

    def __init__(
        self,
        entrants: list[Entrant],
        globs: tuple[str, ...],
        seed: int,
        *,
        baseline: Baseline | None,
        strict: bool,
        named: bool,
        page: Page | None,
    ) -> None:
        from conformance.clients.cases import chosen

        self._entrants = entrants
        self._cases = chosen(globs, seed)
        self._seed = seed
        self.baseline = baseline
        self._strict = strict
        self._named = named
        self._page = page
        self._records: list[Record] = []
        self._file: TextIO | None = None

    def play(self, file: TextIO, parallel: int) -> Matrix:
        """Run, and write each record when it is there."""
        from conformance.clients.matrix import matrix_of
        from conformance.clients.records import Footer, Header, case_record
        from conformance.clients.trial import try_all
        from conformance.contract import contract
        from conformance.version import __version__

        began = time.monotonic()
        started = datetime.now(timezone.utc).isoformat(timespec="seconds")
        with file:
            self._file = file
            self._take(Header(__version__, contract().snapshot, self._seed, started))
            for case in self._cases:
                self._take(case_record(case))
            if self._page is not None:
                count = len(self._entrants)
                cases = f"{len(self._cases)} case{'s' * (len(self._cases) != 1)}"
                said = f"{count} client{'s' * (count != 1)} × {cases}"
                self._page.write([((f"{said} · seed {self._seed}", "strong"),)])
                self._page.stream.flush()
            try_all(
                self._entrants,
                self._cases,
                take=self._took,
                said=_say,
                parallel=parallel,
                baseline=self.baseline,
                strict=self._strict,
            )
            seconds = round(time.monotonic() - began, 1)
            self._take(Footer(seconds, self._code(matrix_of(self._records))))
        return matrix_of(self._records)

    def _take(self, record: Record) -> None:
        from conformance.clients.records import as_line

        assert self._file is not None  # it is open while this runs
        self._records.append(record)
        self._file.write(as_line(record) + "\n")

    def _took(self, record: Record) -> None:
        from conformance.clients.records import ClientRecord

        self._take(record)
        if isinstance(record, ClientRecord) and self._page is not None:
            self._page.write(_client_line(record))
            self._page.stream.flush()

    def _code(self, made: Matrix) -> int:
        """The exit code. A client that the machine cannot run counts only if it was asked for."""
        counts = dict.fromkeys(("error", "warning", "trouble", "judged"), 0)
        for one in made.tried.values():
            if one.outcome != "unsupported":
                counts["judged"] += 1
            if one.outcome in counts:
                counts[one.outcome] += 1
        missing = sum(client.failed or self._named for client in made.skipped)
        stale = len(self.baseline.stale) if self.baseline is not None else 0
        return exit_code(
            judged=counts["judged"],
            errors=counts["error"] + stale,
            warnings=counts["warning"],
            trouble=counts["trouble"] + missing,
            strict=self._strict,
        )


def _entrants(names: tuple[str, ...], adapters: tuple[str, ...]) -> list[Entrant]:
    from conformance.clients.environment import Launch
    from conformance.clients.registry import all_clients, clients_named
    from conformance.clients.trial import Entrant

    found = [pair for name in names for pair in clients_named(name)]
    if not names and not adapters:
        found = [(client, variant) for client in all_clients() for variant in client.all]
    made = [
        Entrant(f"{client.name}:{variant}" if variant else client.name, client, variant)
        for client, variant in found
    ]
    for number, adapter in enumerate(adapters, 1):
        words = tuple(shlex.split(adapter))
        if not words:
            raise UsageError("`--adapter` is empty", where="client matrix")
        name = f"adapter-{number}" if len(adapters) > 1 else "adapter"
        made.append(Entrant(name, launch=Launch(words, title=adapter)))
    return list({one.name: one for one in made}.values())


def _baseline(file: Path | None, clients: list[str]) -> Baseline | None:
    if file is None:
        return None
    from conformance.baseline import read_baseline
    from conformance.clients.cases import cases
    from conformance.clients.clauses import CLAUSES
    from conformance.clients.trial import known_names
    from conformance.rules.registry import all_rules

    codes = [*CLAUSES, *(rule.code for rule in all_rules())]
    named = dict.fromkeys(name for client in clients for name in known_names(client))
    names = [f"{name}/{case.name}" for name in named for case in cases()]
    return read_baseline(file, names, codes)


def _created(file: Path) -> TextIO:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("w", encoding="ascii", newline="\n")
    except OSError as error:
        raise UsageError(
            f"cannot be written: {(error.strerror or str(error)).lower()}",
            where=f"--to {file.parent}",
            hint="name a folder",
        ) from error


def _write_views(made: Matrix, folder: Path, docs: Path | None) -> None:
    from conformance.clients import matrix_html, matrix_page

    folder.mkdir(parents=True, exist_ok=True)
    (folder / HTML).write_bytes(matrix_html.render(made).encode("utf-8", "backslashreplace"))
    if docs is not None:
        text = matrix_page.render(made)
        docs.parent.mkdir(parents=True, exist_ok=True)
        docs.write_text(text, encoding="utf-8", newline="\n", errors="backslashreplace")


def _say(command: str) -> None:
    print(safe(command), file=sys.stderr, flush=True)  # noqa: T201


def _client_line(client: ClientRecord) -> list[Line]:
    if client.skipped:
        first, *rest = client.skipped.splitlines()
        style = "error" if client.failed else "warning"
        lines = [f"  {client.name}: {first}", *(f"    {line}" for line in rest)]
        return [((safe(line), style),) for line in lines]
    return [((f"  {safe(client.name)}: {safe(client.title)}, {client.seconds:.0f} s", ""),)]


def _closing(made: Matrix, run: _Run, folder: Path) -> list[Line]:
    lines: list[Line] = []
    for known in run.baseline.stale if run.baseline is not None else ():
        text = f"a known failure passes: line {known.line}, `{known.code} {known.glob}`"
        lines.append(((safe(text), "error"),))
    good = made.footer is not None and made.footer.exit == EXIT_OK
    lines.append(((safe(made.sentence), "good" if good else "error"),))
    seconds = made.footer.seconds if made.footer is not None else 0
    places = f"{folder / JSONL}, {folder / HTML}"
    return [*lines, ((safe(f"{seconds:.0f} s; {places}"), "dim"),)]
