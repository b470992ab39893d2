"""What all workers of a run share: one small database file, changed in transactions.

Budget and pace are for a key, and a run may have several processes; a file that SQLite locks is
what every platform has for that. A connection lives as long as one transaction, so that threads and
forks cannot share one.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Ledger"]

_TABLES = """
    CREATE TABLE IF NOT EXISTS spent (what TEXT PRIMARY KEY, amount INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS calls (kind TEXT NOT NULL, at REAL NOT NULL);
    CREATE TABLE IF NOT EXISTS holds (kind TEXT PRIMARY KEY, until REAL NOT NULL);
"""
# How long to wait for the transactions of others, in seconds.
_PATIENCE = 60.0


class Ledger:
    """The file at `path`, made when it is absent; without a path a file of its own, for one process.

    Raises TargetError when the file cannot be used.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._own = path is None
        if path is None:
            handle, name = tempfile.mkstemp(prefix="conformance-", suffix=".ledger")
            os.close(handle)
            path = Path(name)
        self.path = path
        # from now on the file must be there: SQLite would make an empty one after it was removed
        self._address = f"{path.absolute().as_uri()}?mode=rw"
        try:
            path.touch()
        except OSError as error:
            raise self._unusable((error.strerror or str(error)).lower()) from error
        with self.transaction() as database:
            for table in _TABLES.split(";"):
                database.execute(table)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A transaction that no other worker sees a part of; an exception undoes it."""
        try:
            with closing(
                sqlite3.connect(self._address, timeout=_PATIENCE, isolation_level=None, uri=True)
            ) as database:
                database.execute("BEGIN IMMEDIATE")
                try:
                    yield database
                except BaseException:
                    database.execute("ROLLBACK")
                    raise
                database.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from error

    def _unusable(self, reason: str) -> TargetError:
        return TargetError(
            f"the ledger of the run cannot be used: {reason}",
            where=str(self.path),
            hint="check the folder and its free space",
        )

    def close(self) -> None:
        """Remove the file if it is this process' own."""
        if self._own:
            with suppress(OSError):
                self.path.unlink()
