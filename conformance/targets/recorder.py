"""Exchanges as they happen → redacted recordings in a folder, one file each.

Each file is there as a whole once its exchange is over, so that a run that is interrupted leaves
what it saw. The name is that of the test case, else it comes from the request, so that recording
anew replaces what was recorded before.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.cassette import Provenance, redact, write
from conformance.errors import UsageError
from conformance.targets.base import Target
from conformance.targets.tokens import is_rerank
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conformance.targets.base import Watch
    from conformance.targets.secret import Secret
    from conformance.wire import Exchange, Request

__all__ = ["Recorder", "Shelf"]

# What every file system takes in a name, and no shell trips over.
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80


class Shelf:
    """A folder of redacted recordings, one file for each exchange; `source` is where they come from.

    Threads may share it. Raises UsageError when the folder cannot be made.
    """

    def __init__(self, folder: Path, *, source: str) -> None:
        self.folder = folder
        self._names: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._provenance = Provenance(
            "recorded", source=source, tool=f"cohere-conformance {__version__}"
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"no recordings can be written: {(error.strerror or str(error)).lower()}",
                where=str(folder),
                hint="name a folder with `--record`",
            ) from error

    def keep(
        self, exchange: Exchange, request: Request, *, case: str = "", secrets: Iterable[str] = ()
    ) -> Path:
        """Write an exchange without its keys; the file that holds it. Raises CassetteError.

        The name is that of the case, else it comes from `request`.
        """
        # what is read again is a recording, and no longer a run of our own
        kept = replace(redact(exchange, secrets), live=False)
        file = self._file(case, request)
        write(file, [kept], self._provenance)
        return file

    def _file(self, case: str, request: Request) -> Path:
        parts = [_UNFIT.sub("-", part).strip("-.")[:_LONGEST] for part in case.split("/")]
        parts = [part for part in parts if part]
        if not parts:
            marks = "\n".join((request.method, request.url, request.header("accept") or ""))
            digest = hashlib.sha256(marks.encode("utf-8", "replace") + b"\n" + request.body)
            parts = ["rerank" if is_rerank(request) else "chat", digest.hexdigest()[:12]]
        name = "/".join(parts)
        with self._lock:
            self._names[name] += 1
            count = self._names[name]
        # sorts behind the first, so that both are played in the order in which they were recorded
        more = f"_{count:03}" if count > 1 else ""
        return self.folder / f"{name}{more}.yaml"


class Recorder(Target):
    """A target whose exchanges are written into a folder; closing it closes the target.

    `key` is taken out wherever it stands. Raises UsageError when the folder cannot be
    made, and CassetteError in `send` when a recording cannot be written.
    """

    def __init__(self, target: Target, folder: Path, *, key: Secret | None = None) -> None:
        self.target = target
        self.folder = folder
        self._key = key
        self._shelf = Shelf(folder, source=target.name)

    @property
    def name(self) -> str:
        """The name of the target."""
        return self.target.name

    @property
    def url(self) -> str | None:
        """The base URL of the target."""
        return self.target.url

    def send(
        self,
        request: Request,
        *,
        expect: tuple[int, ...] = (),
        timeout: float | None = None,
        case: str = "",
        authorize: bool = True,
        watch: Watch | None = None,
    ) -> Exchange:
        """Send a request and record what came; see `Target.send`."""
        exchange = self.target.send(
            request, expect=expect, timeout=timeout, case=case, authorize=authorize, watch=watch
        )
        self._shelf.keep(exchange, request, case=case, secrets=self._key.forms if self._key else ())
        return exchange

    def close(self) -> None:
        """Close the target."""
        self.target.close()
