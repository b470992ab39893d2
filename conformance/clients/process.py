"""The program of an adapter: started, given calls, and read with a deadline.

Its streams are read by threads, so that a program that floods or keeps silent holds nobody up, and
so that this works on every platform.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.clients.environment import environment_of
from conformance.clients.protocol import AdapterError, hello_from

if TYPE_CHECKING:
    from typing import IO

    from conformance.clients.environment import Launch
    from conformance.clients.protocol import Hello

__all__ = ["AdapterProcess", "Gone"]

START_SECONDS = 60.0
_END_SECONDS = 5.0
# Bytes of one line, and lines that wait to be read.
_LONGEST = 64 * 1024 * 1024
_MOST_WAITING = 1000
_TAIL = 40
_POLL_SECONDS = 0.1


class Gone(Exception):
    """The program ended; the text says how, and the last that it wrote to standard error."""


class AdapterProcess:
    """One run of an adapter. Raises AdapterError when it does not start or introduce itself."""

    def __init__(self, launch: Launch, *, patience: float = START_SECONDS) -> None:
        self.launch = launch
        self._errors: deque[str] = deque(maxlen=_TAIL)
        self._lines: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        self._process = _started(launch)
        self._over = False
        self._threads = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        try:
            self.hello = self._introduced(patience)
        except BaseException:
            self.kill()
            raise

    def _introduced(self, patience: float) -> Hello:
        name = " ".join(self.launch.command)
        try:
            line = self.read(time.monotonic() + patience)
        except Gone as gone:
            raise AdapterError(
                f"the adapter ended before it said `hello`: {gone}", where=name
            ) from None
        if line is None:
            raise AdapterError(
                f"the adapter said no `hello` within {patience:g} s",
                where=name,
                hint="write the line before anything is read, and flush it",
            )
        return hello_from(line)

    @property
    def said(self) -> str:
        """The last lines of its standard error."""
        return "\n".join(self._errors)

    def write(self, line: str) -> None:
        """Give it a line. Raises Gone."""
        assert self._process.stdin is not None  # a pipe was asked for
        try:
            self._process.stdin.write(line.encode("utf-8") + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            raise Gone(self._fate()) from None

    def read(self, until: float) -> str | None:
        """The next line; None when none comes until that time of the monotonic clock. Raises Gone."""
        try:
            line = self._lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return None
        if line is None:
            self._lines.put(None)
            raise Gone(self._fate())
        return line.decode("utf-8", "replace").rstrip("\r\n")

    def waiting(self) -> list[str]:
        """The lines that have come and that nobody read."""
        found = []
        with suppress(queue.Empty):
            while True:
                line = self._lines.get_nowait()
                if line is None:
                    self._lines.put(None)
                    break
                found.append(line.decode("utf-8", "replace").rstrip("\r\n"))
        return found

    def end(self, patience: float = _END_SECONDS) -> int | None:
        """Close its standard input and wait for its end; its exit code, None when it did not end.

        `patience` is in seconds.
        """
        assert self._process.stdin is not None  # a pipe was asked for
        with suppress(OSError):
            self._process.stdin.close()
        until = time.monotonic() + patience
        # Its last lines must be taken, or it waits for ever to get rid of them.
        while self._process.poll() is None and time.monotonic() < until:
            self.waiting()
            time.sleep(0.01)
        code = self._process.poll()
        self.kill()
        return code

    def kill(self) -> None:
        """End it now, and all that it started."""
        if sys.platform == "win32":
            self._process.kill()
        else:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._over = True
        for thread in self._threads:
            thread.join(_END_SECONDS)
        streams: list[IO[bytes] | None] = [self._process.stdin]
        # Whoever left the group may still hold the pipes: their readers wait on, and end with us.
        if not any(thread.is_alive() for thread in self._threads):
            streams += [self._process.stdout, self._process.stderr]
        for stream in streams:
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _fate(self) -> str:
        """How the program ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self._threads[1].join(_END_SECONDS)
        code = self._process.poll()
        if code is None:
            how = "it closed its standard output"
        elif code < 0:
            how = f"signal {-code} ended it"
        else:
            how = f"exit code {code}"
        return how + (f"\n{self.said}" if self.said else "")

    def _read_lines(self) -> None:
        stream: IO[bytes] | None = self._process.stdout
        assert stream is not None  # a pipe was asked for
        with suppress(OSError, ValueError):
            while True:
                line = stream.readline(_LONGEST)
                if not line:
                    break
                self._pass_on(line)
        self._pass_on(None)

    def _pass_on(self, line: bytes | None) -> None:
        """Hold the program up while nobody takes its lines, but not beyond its end."""
        while not self._over:
            with suppress(queue.Full):
                self._lines.put(line, timeout=_POLL_SECONDS)
                return

    def _read_errors(self) -> None:
        stream: IO[bytes] | None = self._process.stderr
        assert stream is not None  # a pipe was asked for
        with suppress(OSError, ValueError):
            while True:
                line = stream.readline(4096)
                if not line:
                    break
                self._errors.append(line.decode("utf-8", "replace").rstrip())


def _started(launch: Launch) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - the user's adapter
            launch.command,
            cwd=launch.folder,
            env=environment_of(launch.variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A group of its own, so that what it starts ends with it.
            start_new_session=True,
        )
    except OSError as error:
        raise AdapterError(
            f"the adapter cannot be started: {(error.strerror or '').lower()}",
            where=" ".join(launch.command),
            hint="give the whole command, such as `python adapter.py`",
        ) from error
