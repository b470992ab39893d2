"""A command and a scenario → the program run beside the mock, its calls, and how it ended.

A scenario says how the mock answers: in one of its profiles, with faults, or with the bytes of a
case. The program learns the address and a key from its environment or its arguments.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.cassette.redaction import without_keys
from conformance.clients.addressing import astray, declined, key_shown
from conformance.clients.clauses import found
from conformance.clients.habits import Call, Program
from conformance.errors import UsageError
from conformance.mock.options import chosen, due
from conformance.mock.reply import reply_to
from conformance.mock.server import MockServer
from conformance.wire import Exchange, Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.clients.case import Case
    from conformance.clients.clauses import Finding
    from conformance.faults.reply import Reply
    from conformance.mock.log import Entry
    from conformance.mock.settings import Settings
    from conformance.wire import Request

__all__ = ["KEYS", "URLS", "Ran", "Scenario", "run_program", "variables_of"]

# The names under which clients look for the address and the key.
URLS = ("CO_API_URL",)
KEYS = ("CO_API_KEY", "COHERE_API_KEY")

_SETTLE_SECONDS = 2.0
_POLL_SECONDS = 0.01
_KILL_SECONDS = 5.0
_EVENT = b"data:"
_BASE = re.compile(r"\{url\}(/[^\s'\"?#]*)")
_ENDPOINTS = {"chat": "/chat", "rerank": "/rerank"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """How the mock answers. `fair` says that the API may answer so; `case` replaces the mock's answers."""

    name: str
    settings: Settings
    fair: bool = True
    case: Case | None = None

    @property
    def stalls(self) -> bool:
        """An answer is held back for ever."""
        if self.case is not None:
            return any(answer.ends == "stall" for answer in self.case.answers)
        return self.settings.plan is not None and "stall" in self.settings.plan.name


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a program."""

    scenario: Scenario
    program: Program
    calls: tuple[Call, ...]


def variables_of(given: Sequence[str]) -> dict[str, str]:
    """`NAME`, `NAME=/path` and `NAME=text with {url}` → variables with placeholders. UsageError."""
    made = dict.fromkeys(URLS, "{url}") | dict.fromkeys(KEYS, "{key}")
    for each in given:
        name, equals, text = each.partition("=")
        if not name or not name.replace("_", "a").isalnum() or not name.isascii():
            raise UsageError(
                f"`{each}` names no variable",
                where="--env",
                hint="write `--env NAME`, `--env NAME=/v2` or `--env 'NAME={url}/v2'`",
            )
        made[name] = "{url}" if not equals else "{url}" + text if text.startswith("/") else text
    return made


class _Beside:
    """The mock for one run, and what came in."""

    def __init__(self, scenario: Scenario, bases: tuple[str, ...]) -> None:
        self.scenario = scenario
        self._bases = bases
        self.key = f"co-{secrets.token_hex(20)}"
        self.server = MockServer(scenario.settings, keep=100_000, unread=self._not_read)
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._bodies: Counter[tuple[str, bytes]] = Counter()
        self._came: list[tuple[float, Reply, bool]] = []
        self._unread: list[tuple[float, Request, str]] = []

    def answer(self, request: Request) -> Reply:
        """The reply to a request, as the scenario has it."""
        now = time.monotonic()
        sent = (request.header("authorization") or "").split()
        own = len(sent) <= 1 or sent[-1] == self.key
        with self._lock:
            reply = self._of_case(request) or self._of_mock(request)
            number = len(self._came)
            self._came.append((now, reply, own))
        return reply.changed(applied=(str(number), *reply.applied))

    def _not_read(self, request: Request, why: str) -> None:
        with self._lock:
            self._unread.append((time.monotonic(), request, why))

    def _of_case(self, request: Request) -> Reply | None:
        case = self.scenario.case
        if case is None or not request.path.endswith(_ENDPOINTS[case.endpoint]):
            return None
        key = (request.path, request.body)
        turn = min(self._bodies[key], len(case.answers) - 1)
        self._bodies[key] += 1
        return case.answers[turn]

    def _of_mock(self, request: Request) -> Reply:
        settings, label = chosen(request, self.scenario.settings)
        return reply_to(request, due(settings, label, self._counts))

    def calls(self) -> tuple[Call, ...]:
        """What came in, once all of it is in the log."""
        until = time.monotonic() + _SETTLE_SECONDS
        while len(self.server.log.entries()) < len(self._came) and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
        logged = {int(e.applied[0]): e for e in self.server.log.entries() if e.applied}
        came = [
            self._call(self._came[number], logged[number])
            for number in range(len(self._came))
            if number in logged
        ]
        came += [_unread_call(*each) for each in self._unread]
        return tuple(
            replace(call, exchange=self._shown(call.exchange, number))
            for number, call in enumerate(sorted(came, key=lambda call: call.began), start=1)
        )

    def _shown(self, exchange: Exchange, number: int) -> Exchange:
        """The exchange with its place in the run, and without the key."""
        placed = replace(exchange, origin=Origin(self.scenario.name, number))
        return without_keys(placed, (self.key,))

    def _call(self, came: tuple[float, Reply, bool], entry: Entry) -> Call:
        began, reply, own = came
        exchange = entry.exchange
        response = exchange.response
        whole = reply.ends == "whole" and reply.header("content-length") is None
        left = response is not None and whole and not response.complete
        sent = response.body.count(_EVENT) if response is not None else 0
        over = response is not None and b"message-end" in response.body
        return Call(
            exchange,
            began,
            entry.over,
            left=left and not over,
            sent=sent,
            of=reply.body.count(_EVENT),
            own_key=own,
            more=tuple(self._of_request(exchange.request)) if exchange.request else (),
        )

    def _of_request(self, request: Request) -> Iterator[Finding]:
        yield from filter(None, (astray(request, self._bases), declined(request)))
        yield from key_shown(request, self.key)


def _unread_call(began: float, request: Request, why: str) -> Call:
    exchange = Exchange(request, None, observed=True)
    return Call(exchange, began, began, unread=why, more=(found("garbles-http", why),))


def run_program(
    words: Sequence[str],
    scenario: Scenario,
    variables: dict[str, str],
    *,
    timeout: float,
    quiet_output: bool = False,
) -> Ran:
    """Run a program once; Ctrl-C and SIGTERM end it. Raises UsageError when it cannot be started.

    `{url}` and `{key}` in its words and variables are replaced. It has `timeout` seconds;
    `quiet_output` sends what it prints to standard error, where ours goes to standard output.
    """
    beside = _Beside(scenario, _bases(words, variables))
    with beside.server as server:
        server.use(scenario.settings, answer=beside.answer)
        places = {"{url}": server.url, "{key}": beside.key}
        program = _run(
            [_filled(word, places) for word in words],
            {name: _filled(text, places) for name, text in variables.items()},
            timeout,
            quiet_output=quiet_output,
        )
        calls = beside.calls()
    program = replace(program, fair=scenario.fair, stalled=scenario.stalls)
    return Ran(scenario, program, calls)


def _bases(words: Sequence[str], variables: dict[str, str]) -> tuple[str, ...]:
    """The paths behind the address, as the user wrote it."""
    return tuple(base for text in (*words, *variables.values()) for base in _BASE.findall(text))


def _filled(text: str, places: dict[str, str]) -> str:
    for name, value in places.items():
        text = text.replace(name, value)
    return text


def _run(
    words: list[str], variables: dict[str, str], timeout: float, *, quiet_output: bool
) -> Program:
    """The program, once it has ended, is out of time, or the user has enough of it."""
    local = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost")))
    environment = {**os.environ, "NO_PROXY": local, "no_proxy": local, **variables}
    began = time.monotonic()
    try:
        process = subprocess.Popen(  # noqa: S603 - the command that the user gave
            words,
            env=environment,
            stdout=sys.stderr if quiet_output else None,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(
            f"`{words[0]}` cannot be started: {(error.strerror or str(error)).lower()}",
            where="client -- COMMAND",
            hint="what stands behind `--` is a program and its arguments",
        ) from error
    code, interrupted = None, False
    try:
        with _told_to_stop():
            code = process.wait(timeout)
    except subprocess.TimeoutExpired:
        return Program(None, timeout)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        # also what it started and left behind
        _end(process)
    return Program(code, time.monotonic() - began, interrupted=interrupted)


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """SIGTERM interrupts as Ctrl-C does: a program that nobody waits for any more must not go on."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # only the main thread may
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process, and with it the whole group that it started."""
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, number)
            elif process.poll() is None:
                process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_SECONDS)
            return
