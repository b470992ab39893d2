"""A proxy in front of a server that a test plays by hand, and the wires to both."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack, suppress

import pytest

from conformance.proxy import ProxyServer


class Hand:
    """A server whose connections a test takes and answers itself."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(20)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def accept(self):
        """The next connection."""
        wire, _ = self._socket.accept()
        wire.settimeout(20)
        return wire

    def close(self):
        """Take no more."""
        self._socket.close()


class Front:
    """A proxy, and the exchanges that passed it."""

    def __init__(self, upstream):
        self.seen = []
        self._new = threading.Semaphore(0)
        self.server = ProxyServer(upstream, self._take)
        self.port = int(self.server.url.rpartition(":")[2])
        self.url = self.server.url

    def _take(self, passed):
        self.seen.append(passed)
        self._new.release()

    def next(self):
        """The exchange that passed next, waited for."""
        assert self._new.acquire(timeout=20)
        return self.seen[-1]

    def connect(self):
        """A client's connection."""
        wire = socket.create_connection(("127.0.0.1", self.port), 20)
        wire.settimeout(20)
        return wire


@pytest.fixture
def hand():
    """A server that the test plays."""
    made = Hand()
    yield made
    made.close()


@pytest.fixture
def front():
    """Start a proxy in front of a URL; it ends with the test."""
    with ExitStack() as stack:

        def start(upstream):
            made = Front(upstream)
            stack.enter_context(made.server)
            return made

        yield start


@pytest.fixture
def read():
    """Read from a wire until a text has come, or so many bytes after it."""

    def until(wire, end, more=0):
        data = b""
        while end not in data or len(data) < data.index(end) + len(end) + more:
            got = wire.recv(65536)
            if not got:
                break
            data += got
        return data

    return until


@pytest.fixture
def drain():
    """Everything that still comes, and how it ends: ``closed`` or ``reset``."""

    def to_end(wire):
        data, end = b"", "closed"
        with suppress(ConnectionResetError):
            while got := wire.recv(65536):
                data += got
            return data, end
        return data, "reset"

    return to_end
