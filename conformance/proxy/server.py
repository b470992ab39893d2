"""A proxy in front of one server: listens, connects, and hands on each exchange when it is over."""

from __future__ import annotations

import asyncio
import itertools
import queue
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.errors import TargetError
from conformance.mock.server import listen, url_of
from conformance.proxy.link import Link
from conformance.targets.address import base_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from conformance.proxy.exchange import Passed
    from conformance.proxy.link import Upstream

__all__ = ["ProxyServer"]

_CONNECT_SECONDS = 10.0
_START_SECONDS = 20.0
_STOP_SECONDS = 10.0
_PORTS = {"http": 80, "https": 443}


class ProxyServer:
    """The proxy: `with ProxyServer("https://…", on_passed) as proxy: ... proxy.url`.

    `on_passed` takes each exchange that is over, in a thread of its own and in their order, so that judging
    holds up no bytes. Raises UsageError for an address that is none, TargetError when it cannot
    listen.
    """

    def __init__(
        self,
        upstream: str,
        on_passed: Callable[[Passed], None],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.base = base_url(upstream)
        self.links: set[Link] = set()
        self._parts = urlsplit(self.base)
        self._tls = _tls() if self._parts.scheme == "https" else None
        self._numbers = itertools.count(1)
        self._on_passed = on_passed
        self._queue: queue.SimpleQueue[Passed | None] = queue.SimpleQueue()
        self._wire = listen(host, port, "proxy")
        self.url = url_of(self._wire)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._trouble: BaseException | None = None

    # -- what links ask ------------------------------------------------------------------------

    def number(self) -> int:
        """The number of the next exchange, from 1."""
        return next(self._numbers)

    def passed(self, passed: Passed) -> None:
        """Take an exchange that is over."""
        self._queue.put(passed)

    async def connect(self, upstream: Upstream) -> str:
        """Connect to the server; the reason when that fails, else an empty text."""
        host = self._parts.hostname or ""
        port = self._parts.port or _PORTS[self._parts.scheme]
        making = asyncio.get_running_loop().create_connection(
            lambda: upstream,
            host,
            port,
            ssl=self._tls,
            server_hostname=host if self._tls is not None else None,
        )
        try:
            await asyncio.wait_for(making, _CONNECT_SECONDS)
        except (OSError, asyncio.TimeoutError, ssl.SSLError, UnicodeError) as error:
            return f"the server at {self.base} cannot be reached: {_reason(error)}"
        return ""

    # -- running -------------------------------------------------------------------------------

    async def _serve(self, ready: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._loop = loop
        server = await loop.create_server(lambda: Link(self), sock=self._wire, backlog=1024)
        ready()
        await self._stop.wait()
        server.close()
        for link in list(self.links):
            link.stop()
        # one turn of the loop, in which the connections note that they are lost
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def _judge(self) -> None:
        while (passed := self._queue.get()) is not None:
            try:
                self._on_passed(passed)
            except BaseException as error:  # noqa: BLE001 - raised again by whoever runs the proxy
                self._trouble = error
                self.stop_soon()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve in this thread until `stop_soon`; all exchanges have been handed on when it returns.

        Raises what `on_passed` raised.
        """
        judge = threading.Thread(target=self._judge, name="proxy-judge", daemon=True)
        judge.start()
        try:
            asyncio.run(self._serve(ready))
        finally:
            self._wire.close()
            self._queue.put(None)
            judge.join()
        if self._trouble is not None:
            raise self._trouble

    def stop_soon(self) -> None:
        """End the proxy; may be called from any thread, and from signal handlers."""
        if self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # the loop is over
                self._loop.call_soon_threadsafe(self._stop.set)

    def start(self) -> ProxyServer:
        """Serve in a thread; returns when the proxy listens."""
        self._thread = threading.Thread(
            target=self.run, args=(self._ready.set,), name="proxy", daemon=True
        )
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise TargetError("the proxy did not start", where=self.url)
        return self

    def stop(self) -> None:
        """End the thread; does nothing when there is none."""
        self.stop_soon()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)
            self._thread = None
        self._wire.close()

    def __enter__(self) -> ProxyServer:  # noqa: PYI034 - Python 3.10 has no `Self`
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _tls() -> ssl.SSLContext:
    """The context that HTTP clients in Python use: `SSL_CERT_FILE` adds authorities."""
    import httpx

    made = httpx.create_ssl_context()
    made.set_alpn_protocols(["http/1.1"])
    return made


def _reason(error: BaseException) -> str:
    if isinstance(error, asyncio.TimeoutError):
        return f"no connection after {_CONNECT_SECONDS:g} seconds"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS as this machine does"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return (str(error) or type(error).__name__).lower()
