"""The command of an adapter and cases → results, by several workers, each with a stage of its own.

A worker starts the adapter once for many cases. It ends it and starts it anew when a deadline
passed, when it crashed, and when it broke the protocol, so that one case does not spoil the next.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.clients.forms import in_form
from conformance.clients.habits import findings_of_retries
from conformance.clients.marks import marked
from conformance.clients.observed import observed_from
from conformance.clients.process import START_SECONDS, AdapterProcess, Gone
from conformance.clients.protocol import AdapterError, call_line, line_from
from conformance.clients.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from conformance.clients.case import Case
    from conformance.clients.environment import Launch
    from conformance.clients.marks import Result
    from conformance.clients.observed import Observed
    from conformance.clients.protocol import Hello
    from conformance.clients.stage import Called

__all__ = ["Worker", "run_cases"]

# How much may be told of one call, in characters; what is more comes of a loop.
_MOST_TOLD = 256 * 1024 * 1024
# A call that did not end gets so many times its deadline; a client that hung so often gets no more.
_MORE = 3.0
_ENOUGH = 3


def run_cases(
    launch: Launch,
    cases: Sequence[Case],
    *,
    workers: int = 1,
    done: Callable[[Result], None] = lambda _: None,
    patience: float = START_SECONDS,
) -> tuple[Hello, list[Result]]:
    """Try all cases that its form has on one client; results come in the order of the cases.

    `done` gets each result as it comes, one at a time. Raises AdapterError when the adapter does not
    start.
    """
    tried = in_form(cases, launch.answers)
    running = _Running(launch, tried, done, patience)
    count = max(1, min(workers, len(tried)))
    threads = [threading.Thread(target=running.work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)  # in pieces, so that Ctrl-C comes through
    except BaseException:
        running.stop()
        raise
    if running.failure is not None:
        raise running.failure
    assert running.hello is not None  # a worker that had no failure was introduced
    return running.hello, [result for _, result in sorted(running.results, key=lambda r: r[0])]


class _Running:
    """What the workers of one run share."""

    def __init__(
        self,
        launch: Launch,
        cases: Sequence[Case],
        done: Callable[[Result], None],
        patience: float,
    ) -> None:
        self.launch = launch
        self.patience = patience
        self.hello: Hello | None = None
        self.failure: BaseException | None = None
        self.results: list[tuple[int, Result]] = []
        self._done = done
        self._lock = threading.Lock()
        self._stopped = False
        self._workers: list[Worker] = []
        self._left: queue.SimpleQueue[tuple[int, Case]] = queue.SimpleQueue()
        for numbered in enumerate(cases):
            self._left.put(numbered)

    def work(self) -> None:
        """Take cases until there are none."""
        try:
            with Worker(self.launch, patience=self.patience) as worker:
                with self._lock:
                    self._workers.append(worker)
                    self.hello = self.hello or worker.hello
                while not self._stopped:
                    try:
                        number, case = self._left.get_nowait()
                    except queue.Empty:
                        return
                    result = worker.judge(case)
                    with self._lock:
                        self.results.append((number, result))
                        self._done(result)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
            with self._lock:
                self.failure = self.failure or error
                self._stopped = True

    def stop(self) -> None:
        """End all processes."""
        self._stopped = True
        for worker in self._workers:
            worker.kill()


class Worker:
    """One process of an adapter at a time, and the stage for its calls.

    Raises AdapterError when the adapter does not start.
    """

    def __init__(self, launch: Launch, *, patience: float = START_SECONDS) -> None:
        self._launch = launch
        self._patience = patience
        self._stage: Stage
        self._process: AdapterProcess | None = None
        self._hung = 0
        self.hello: Hello

    def __enter__(self) -> Worker:  # noqa: PYI034 - Python 3.10 has no `Self`
        process = self._started()
        self.hello = process.hello
        self._stage = Stage().__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None
        self._stage.__exit__(None, None, None)

    def kill(self) -> None:
        """End the process now."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def unasked(self, seconds: float) -> list[str]:
        """What the process wrote on its own after the last call, or writes within so many seconds."""
        if self._process is not None:
            with suppress(Gone):
                line = self._process.read(time.monotonic() + seconds)
                return [] if line is None else [line, *self._process.waiting()]
        return []

    def _started(self) -> AdapterProcess:
        if self._process is None:
            self._process = AdapterProcess(self._launch, patience=self._patience)
        return self._process

    def judge(self, case: Case, *, again: bool = True) -> Result:
        """Try one case and judge it; what seems to hang or to hold back is tried `again`, with more time."""
        result = self._judged(case)
        doubtful = _holds_back(result) if case.stalls else _hangs(result)
        if not again or not doubtful or self._hung >= _ENOUGH:
            return result
        # A machine that is busy looks like a client that hangs, and a program that has just started
        # like one that keeps back what came.
        second = self._judged(replace(case, deadline=case.deadline * _MORE))
        self._hung += _hangs(second) and not case.stalls
        return replace(second, case=case)

    def _judged(self, case: Case) -> Result:
        called = self._stage.open(case)
        try:
            observed = self._observe(called)
            exchanges = self._stage.exchanges(called)
            result = marked(case, observed, exchanges, self.hello)
            if called.strays or result.trouble:
                return result
            more = findings_of_retries(exchanges, called.times, called.ends)
            return replace(result, findings=(*result.findings, *more))
        finally:
            self._stage.close(called)

    def _observe(self, called: Called) -> Observed:
        observed = self._attempt(called)
        if observed.crashed and not observed.lines and not called.asked:
            # It ended before the call, which is no matter of this one; if it was the call, it shows.
            observed = self._attempt(called)
        return observed

    def _attempt(self, called: Called) -> Observed:
        process = self._started()
        began = time.monotonic()
        with suppress(Gone):  # reading tells how it ended
            process.write(call_line(called.case, called.label, self._stage.url, called.key))
        lines, crashed, trouble = self._read(called, began)
        seconds = time.monotonic() - began
        observed = observed_from(lines, seconds=seconds, crashed=crashed, trouble=trouble)
        if not observed.ended or trouble:
            self.kill()
        return observed

    def _read(
        self, called: Called, began: float
    ) -> tuple[list[dict[str, Any]], str, tuple[str, ...]]:
        """The lines of one call; how the process ended, if it did; what broke the protocol."""
        process = self._started()
        lines: list[dict[str, Any]] = []
        told = 0
        while True:
            try:
                text = process.read(began + called.case.deadline)
            except Gone as gone:
                return lines, str(gone), ()
            if text is None:
                return lines, "", ()
            told += len(text)
            if told > _MOST_TOLD:
                return lines, "", (f"more than {_MOST_TOLD} characters about one call",)
            try:
                line = line_from(text, called.label)
            except AdapterError as error:
                return lines, "", (str(error),)
            lines.append(line)
            if line["type"] == "end":
                return lines, "", ()


def _holds_back(result: Result) -> bool:
    return any(finding.name == "holds-back" for finding in result.findings)


def _hangs(result: Result) -> bool:
    observed = result.observed
    return not (observed.ended or observed.crashed or observed.trouble)
