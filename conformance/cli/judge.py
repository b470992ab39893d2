"""Paths → one outcome per file, in the order of the files, in one process or several.

A file that cannot be read, and even a rule that crashes, is trouble of that file alone: the others
are judged all the same.
"""

from __future__ import annotations

import signal
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from conformance.cassette import find, read
from conformance.check import check
from conformance.cli.trouble import bug
from conformance.errors import ConformanceError, SpecError
from conformance.report.outcome import FileOutcome, Judged, Trouble, judged_from, trouble_from

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.check import Options

__all__ = ["found_files", "judge_file", "outcomes"]


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


def judge_file(path: Path, *, endpoint: str | None, options: Options) -> FileOutcome:
    """Read and judge one file. SpecError, which would befall every file, passes."""
    file = str(path)
    try:
        exchanges = list(read(path, endpoint=endpoint))
    except SpecError:
        raise
    except ConformanceError as error:
        return FileOutcome(file, troubles=(trouble_from(file, error),))
    except Exception as error:  # noqa: BLE001 - reported as the bug it is
        return FileOutcome(file, troubles=(trouble_from(file, bug(error)),))
    judged: list[Judged] = []
    troubles: list[Trouble] = []
    for exchange in exchanges:
        try:
            judged.append(judged_from(check(exchange, options=options)))
        except SpecError:
            raise
        except Exception as error:  # noqa: BLE001 - reported as the bug it is
            trouble = trouble_from(file, bug(error))
            place = f"{file}, exchange {exchange.origin.number}"
            troubles.append(Trouble(file, trouble.what, f"{place} ({trouble.where})", trouble.hint))
    return FileOutcome(file, tuple(judged), tuple(troubles))


def outcomes(
    files: list[Path], *, endpoint: str | None, options: Options, processes: int = 1
) -> Iterator[FileOutcome]:
    """Judge files, with so many worker processes; the order is that of the files in any case."""
    judge = partial(judge_file, endpoint=endpoint, options=options)
    if processes == 1 or len(files) == 1:
        yield from map(judge, files)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    workers = min(processes, len(files))
    with ProcessPoolExecutor(workers, initializer=_leave_interrupts) as pool:
        # Standard input belongs to this process.
        waiting = deque(None if str(file) == "-" else pool.submit(judge, file) for file in files)
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
