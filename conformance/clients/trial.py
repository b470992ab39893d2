"""Clients × cases → records, several clients at the same time."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.clients.environment import Skipped, prepare
from conformance.clients.protocol import AdapterError
from conformance.clients.records import ClientRecord, client_record, tried
from conformance.clients.runner import run_cases
from conformance.clients.score import failing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.baseline import Baseline
    from conformance.clients.case import Case
    from conformance.clients.environment import Launch
    from conformance.clients.marks import Result
    from conformance.clients.records import Record
    from conformance.clients.registry import Client

__all__ = ["Entrant", "known_names", "try_all"]


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who takes part: a client of ours in one variant, or the adapter of a user.

    `name` is what it goes by; one of `client` and `launch` is there.
    """

    name: str
    client: Client | None = None
    variant: str = ""
    launch: Launch | None = None


def try_all(
    entrants: Sequence[Entrant],
    cases: Sequence[Case],
    *,
    take: Callable[[Record], None],
    said: Callable[[str], None] = lambda _: None,
    parallel: int = 1,
    baseline: Baseline | None = None,
    strict: bool = False,
) -> None:
    """Try all cases on all clients, `parallel` of them at the same time.

    `take` gets records, one at a time: of a client, then of each of its cases. `said` gets each command
    that sets a client up. A client that cannot run is a record that says why.
    """
    trial = _Trial(cases, take, said, baseline, strict=strict)
    for entrant in entrants:
        trial.waiting.put(entrant)
    count = max(1, min(parallel, len(entrants)))
    threads = [threading.Thread(target=trial.work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)  # in pieces, so that Ctrl-C comes through
    finally:
        trial.stopped = True
    if trial.failure is not None:
        raise trial.failure


@dataclass(slots=True)
class _Trial:
    """What the threads share."""

    cases: Sequence[Case]
    take: Callable[[Record], None]
    said: Callable[[str], None]
    baseline: Baseline | None
    strict: bool = field(kw_only=True)
    waiting: queue.SimpleQueue[Entrant] = field(default_factory=queue.SimpleQueue)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: bool = False
    failure: BaseException | None = None

    def work(self) -> None:
        """Try one client after the other."""
        while not self.stopped:
            try:
                entrant = self.waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self._try(entrant)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
                self.failure, self.stopped = self.failure or error, True

    def _try(self, entrant: Entrant) -> None:
        title = entrant.client.title if entrant.client is not None else entrant.name
        url = entrant.client.url if entrant.client is not None else ""
        began = time.monotonic()
        try:
            launch = entrant.launch
            if launch is None:
                assert entrant.client is not None  # one of the two is there
                launch = prepare(entrant.client, entrant.variant, self.said)
                began = time.monotonic()
            hello, results = run_cases(launch, self.cases, done=self._stop_if_told)
        except AdapterError as error:
            failed = not isinstance(error, Skipped)
            told = str(error) if failed else error.what
            with self.lock:
                self.take(ClientRecord(entrant.name, title, url=url, skipped=told, failed=failed))
            return
        seconds = time.monotonic() - began
        own = entrant.launch.title if entrant.launch is not None else ""
        with self.lock:
            record = client_record(entrant.name, hello, url=url, seconds=seconds, adapter=own)
            self.take(record)
            for result in results:
                self.take(tried(entrant.name, result, known=self._known(entrant.name, result)))

    def _stop_if_told(self, _: Result) -> None:
        if self.stopped:
            raise KeyboardInterrupt

    def _known(self, client: str, result: Result) -> bool:
        """Whether the case fails in ways that are all known."""
        if self.baseline is None or result.trouble:
            return False
        codes = failing(result, strict=self.strict)
        known = set()
        for name in known_names(client):
            place = f"{name}/{result.case.name}"
            self.baseline.tried(place)
            known |= {code for code in codes if self.baseline.knows(place, code)}
        return bool(codes) and known == codes


def known_names(client: str) -> list[str]:
    """The names under which failures of a client may be known: with its variant, and for all variants."""
    return list(dict.fromkeys((client, client.partition(":")[0])))
