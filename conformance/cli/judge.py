"""Paths → one outcome per file, in the order of the files, in one process or several.

A file that cannot be read, and even a rule that crashes, is trouble of that file alone: the others
are judged all the same.
"""

from __future__ import annotations

import signal
from collections import deque
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from conformance.cassette import find, read
from conformance.check import check
from conformance.cli.trouble import bug
from conformance.errors import ConformanceError, SpecError
from conformance.report.outcome import FileOutcome, Judged, Trouble, judged_from, trouble_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.check import Options, Verdict
    from conformance.report.records import Record

__all__ = ["Reporting", "found_files", "judge_file", "outcomes"]


def found_files(paths: tuple[str, ...]) -> tuple[list[Path], list[FileOutcome]]:
    """The files behind paths, each once, and outcomes that tell which paths lead nowhere."""
    files: dict[Path, None] = {}
    lost: list[FileOutcome] = []
    for path in dict.fromkeys(paths):
        try:
            files.update(dict.fromkeys(find([path])))
        except ConformanceError as error:
            lost.append(FileOutcome(path, troubles=(trouble_from(path, error),)))
    return list(files), lost


class Reporting(NamedTuple):
    """What the records of a report depend on beside the verdicts."""

    strict: bool


def judge_file(
    path: Path, *, endpoint: str | None, options: Options, reporting: Reporting | None = None
) -> FileOutcome:
    """Read and judge one file, and make records of it if a report is wanted.

    SpecError, which would befall every file, passes.
    """
    file = str(path)
    try:
        exchanges = list(read(path, endpoint=endpoint))
    except ConformanceError as error:
        return FileOutcome(file, troubles=(trouble_from(file, error),))
    except Exception as error:  # noqa: BLE001 - reported as the bug it is
        return FileOutcome(file, troubles=(trouble_from(file, bug(error)),))
    judged: list[Judged] = []
    troubles: list[Trouble] = []
    book = _Book(reporting, options) if reporting is not None else None
    for exchange in exchanges:
        try:
            verdict = check(exchange, options=options)
            judged.append(judged_from(verdict))
            if book is not None:
                book.take(verdict)
        except SpecError:
            raise
        except Exception as error:  # noqa: BLE001 - reported as the bug it is
            trouble = trouble_from(file, bug(error))
            place = f"{file}, exchange {exchange.origin.number}"
            troubles.append(Trouble(file, trouble.what, f"{place} ({trouble.where})", trouble.hint))
    return FileOutcome(file, tuple(judged), tuple(troubles), book.records() if book else ())


class _Book:
    """The records of one file."""

    def __init__(self, reporting: Reporting, options: Options) -> None:
        from conformance.report.collect import Collector

        self._reporting = reporting
        self._collector = Collector(options=options)
        self._records: list[Record] = []

    def take(self, verdict: Verdict) -> None:
        taken = self._collector.take_verdict(verdict)
        self._records += [*taken.records, taken.as_case(strict=self._reporting.strict)]

    def records(self) -> tuple[Record, ...]:
        return (*self._records, *self._collector.closing())


def outcomes(
    files: list[Path],
    *,
    endpoint: str | None,
    options: Options,
    processes: int = 1,
    reporting: Reporting | None = None,
) -> Iterator[FileOutcome]:
    """Judge files, with so many worker processes; the order is that of the files in any case."""
    judge = partial(judge_file, endpoint=endpoint, options=options, reporting=reporting)
    if processes == 1 or len(files) == 1:
        yield from map(judge, files)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    # Not forked: this process may have threads, such as that of a progress bar.
    context = get_context("spawn")
    workers = min(processes, len(files))
    with ProcessPoolExecutor(workers, context, initializer=_leave_interrupts) as pool:
        with _interrupts_ignored():
            # Standard input belongs to this process.
            waiting = deque(
                None if str(file) == "-" else pool.submit(judge, file) for file in files
            )
        try:
            for file in files:
                future = waiting.popleft()
                yield judge(file) if future is None else future.result()
        except BrokenProcessPool as error:
            raise ConformanceError(
                "a worker process died",
                where=f"{len(files) - len(waiting)} of {len(files)} files judged",
                hint="is there enough memory? judge with fewer processes: `-j 1`",
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C is for the parent, which then stops its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """While workers are started: they inherit it, so that Ctrl-C finds none of them half loaded."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
