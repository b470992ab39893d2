"""The mock on a socket: in a thread of this process, or in a process of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from conformance.errors import TargetError
from conformance.mock.log import Log, entry_from_json
from conformance.mock.settings import Settings
from conformance.wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from conformance.faults.reply import Reply
    from conformance.mock.app import Mock
    from conformance.mock.delivery import Gate

__all__ = ["MockProcess", "MockServer", "listen", "url_of"]

_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_BACKLOG = 1024
_TLS = b"\x16\x03"  # RFC 8446 5.1: a handshake record, and the version it has for old middleboxes
# The command line stands above this module, so the new process imports it and this one does not.
_COMMAND = "from conformance.cli import main; main()"


def listen(host: str, port: int, who: str = "mock") -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises TargetError when there is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    wire = socket.socket(family, socket.SOCK_STREAM)
    try:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wire.bind((host, port))
        wire.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        wire.close()
        raise TargetError(
            f"the {who} cannot listen: {error}",
            where=f"{host}:{port}",
            hint="choose another `--port`; 0 takes a free one",
        ) from error
    return wire


def url_of(wire: socket.socket) -> str:
    """The base URL of a listening socket."""
    host, port = wire.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _beginning(data: bytes) -> Request:
    """What can be told of a request that is none: the words of its first line, if these are words."""
    method, _, rest = data.partition(b"\r\n")[0].decode("latin-1").partition(" ")
    target = rest.partition(" ")[0]
    if not (method.isascii() and method.isalpha() and target.startswith("/")):
        return Request("?", "?")
    return Request(method[:20], "http://mock" + target[:200])


def _why_not_http(data: bytes, error: BaseException | None) -> str:
    if data.startswith(_TLS):
        return "what came is TLS, and the address is one of plain HTTP"
    # what stands behind the colon is what was sent, and may be a key
    said = str(error).partition(": bytearray")[0].replace("illegal", "malformed") if error else ""
    return (
        f"what came is not HTTP: {said[:1].lower()}{said[1:]}" if said else "what came is not HTTP"
    )


def _uvicorn(mock: Mock, ready: threading.Event) -> Any:
    """A uvicorn server for the mock, which sets `ready` when it listens."""
    import asyncio

    from uvicorn import Config, Server
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Protocol(H11Protocol):
        """Remembers the connections, so that replies can break them."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._peer = tuple((transport.get_extra_info("peername") or ("", 0))[:2])
            self._last, self._refused = b"", False
            mock.transports[self._peer] = transport

        def data_received(self, data: bytes) -> None:
            self._last = data
            super().data_received(data)

        def connection_lost(self, exc: Exception | None) -> None:
            mock.transports.pop(self._peer, None)
            # empty lines between requests are passed over (RFC 9112 2.2)
            rest = bytes(self.conn.trailing_data[0]).lstrip(b"\r\n")
            begun = str(self.conn.their_state) == "IDLE" and b"\r\n\r\n" not in rest
            if rest and begun and not self._refused:
                self._unread(rest, "the connection was closed inside the head of a request")
            super().connection_lost(exc)

        def _unread(self, data: bytes, why: str) -> None:
            if mock.unread is not None:
                mock.unread(_beginning(data), why)

        def send_400_response(self, msg: str) -> None:
            """Refuse what is not HTTP in the form of all other refusals."""
            self._refused = True
            self._unread(self._last, _why_not_http(self._last, sys.exc_info()[1]))
            body = json.dumps({"message": msg}).encode()
            head = (
                b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
                b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body)
            )
            self.transport.write(head + body)
            self.transport.close()

    class Ready(Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            mock.attach(asyncio.get_running_loop())
            ready.set()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            mock.close()
            await super().shutdown(sockets)

    return Ready(
        Config(
            mock.app,
            http=Protocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=2,
            backlog=_BACKLOG,
        )
    )


class MockServer:
    """The mock in a thread: `with MockServer() as server: ... server.url`.

    `key` is a key that it takes. `log` holds what came in; `unread` is called, from another thread, with
    what came of each request that could not be read, and why. Raises TargetError when it cannot
    listen or does not start.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        keep: int = 10_000,
        control: bool = False,
        unread: Callable[[Request, str], None] | None = None,
    ) -> None:
        from conformance.mock.app import Mock

        self.settings = settings or Settings()
        self.log = Log(keep)
        self.key = self.settings.key or "mock-key"
        self._mock = Mock(self.settings, log=self.log, control=control)
        self._mock.unread = unread
        self._wire = listen(host, port)
        self.url = url_of(self._wire)
        self._ready = threading.Event()
        self._server = _uvicorn(self._mock, self._ready)
        self._thread: threading.Thread | None = None

    @property
    def active(self) -> int:
        """How many replies are being sent."""
        return self._mock.active

    def use(self, settings: Settings, answer: Callable[[Request], Reply] | None = None) -> None:
        """Answer by other settings from now on, or let `answer` reply, which may block."""
        self.settings = settings
        self.key = settings.key or "mock-key"
        self._mock.use(settings, answer)

    def hold(self) -> Gate:
        """Hold back every piece of every reply from now on; the gate lets them through."""
        from conformance.mock.delivery import Gate

        if self._mock.loop is None:
            raise TargetError("the mock does not run", where=self.url, hint="start it first")
        self._mock.gate = gate = Gate(self._mock.loop)
        return gate

    def start(self) -> MockServer:
        """Start the thread and wait until the server listens."""
        self._thread = threading.Thread(
            target=self._server.run, args=([self._wire],), name="mock", daemon=True
        )
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise TargetError("the mock did not start", where=self.url)
        return self

    def run(self) -> None:
        """Serve in this thread until a signal or `stop` ends it."""
        self._server.run([self._wire])
        self._wire.close()

    def stop(self) -> None:
        """End all replies and stop; does nothing when it does not run."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)
            self._thread = None
        self._wire.close()

    def __enter__(self) -> MockServer:  # noqa: PYI034 - Python 3.10 has no `Self`
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class MockProcess:
    """The mock in a process of its own; it ends when this process does.

    `arguments` are those of the `mock` command. Raises TargetError when it does not start.
    """

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        self._arguments = [*arguments, "--control", "--until-stdin-closes"]
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.key = "mock-key"
        given = list(arguments)
        if "--key" in given[:-1]:
            self.key = given[given.index("--key") + 1]

    def start(self) -> MockProcess:
        """Start the process and wait until it listens."""
        self._process = subprocess.Popen(  # noqa: S603 - this Python, and arguments as a list
            [sys.executable, "-c", _COMMAND, "mock", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None  # a pipe was asked for
        line = self._process.stdout.readline()
        if not line.startswith("http"):
            _, said = self._process.communicate(timeout=_STOP_SECONDS)
            raise TargetError("the mock did not start", where=said.strip() or line.strip())
        self.url = line.split()[0]
        return self

    @property
    def log(self) -> Log:
        """A copy of the log as it is now."""
        from urllib.request import urlopen

        made = Log(1_000_000)
        with urlopen(self.url + "/_mock/log", timeout=_STOP_SECONDS) as answer:  # noqa: S310 - our URL
            for line in answer:
                made.add(entry_from_json(line.decode()))
        return made

    def stop(self) -> None:
        """End the process; does nothing when it does not run."""
        if self._process is None:
            return
        try:
            # Closes its standard input, which tells it to stop.
            self._process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        self._process = None

    def __enter__(self) -> MockProcess:  # noqa: PYI034 - Python 3.10 has no `Self`
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
