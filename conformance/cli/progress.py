"""Files as they are judged → a progress bar, where a person waits and the wait is long."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.report.outcome import FileOutcome

__all__ = ["watched"]

# Seconds after which a wait counts as long.
_PATIENCE = 1.0


def watched(items: Iterable[FileOutcome], total: int, *, shown: bool) -> Iterator[FileOutcome]:
    """Pass outcomes on; show how far it is on standard error, unless that is no terminal, or CI."""
    if not shown or not sys.stderr.isatty() or os.environ.get("CI"):
        yield from items
        return
    started = time.monotonic()
    bar = None
    done = 0
    try:
        for item in items:
            done += 1
            if bar is None and done < total and time.monotonic() - started > _PATIENCE:
                from rich.console import Console
                from rich.progress import Progress

                bar = Progress(console=Console(stderr=True), transient=True)
                bar.add_task("judging", total=total)
                bar.start()
            if bar is not None:
                bar.update(bar.task_ids[0], completed=done)
            yield item
    finally:
        if bar is not None:
            bar.stop()
