"""Requests, servers that say what a test tells them to, a clock that does not wait, a fake key."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from contextlib import suppress

import pytest

from conformance.targets import json_request

CHAT = {
    "model": "command-a-03-2025",
    "stream": True,
    "messages": [{"role": "user", "content": "How is the weather in Brest?"}],
}
RERANK = {
    "model": "rerank-v3.5",
    "query": "weather in Brest",
    "documents": ["Rain falls in Brest.", "Cats sleep."],
}


@pytest.fixture(scope="session")
def fake_key():
    """A key as long as a real one, with what percent-encoding and base64 change."""
    return "co.Canary-7f3a~9b5e1d2c4a6b80/90+aZ"


@pytest.fixture(scope="session")
def chat():
    """Make a chat request without fault, with changes to its body."""
    return lambda **changes: json_request("/v2/chat", {**CHAT, **changes})


@pytest.fixture(scope="session")
def rerank():
    """Make a rerank request without fault, with changes to its body."""
    return lambda **changes: json_request("/v2/rerank", {**RERANK, **changes})


@pytest.fixture(scope="session")
def http():
    """Make the bytes of an HTTP response with a Content-Length, by default the right one."""

    def make(body=b"", *, status="200 OK", headers=(), length=None):
        size = len(body) if length is None else length
        head = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {size}"]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    return make


class FakeClock:
    """A clock whose sleep only moves it on."""

    def __init__(self):
        self.time = 1_000_000.0
        self.slept = []

    def now(self):
        """The time."""
        return self.time

    def sleep(self, seconds):
        """Move on, and remember by how much."""
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def clock():
    """A clock that does not wait."""
    return FakeClock()


class Scripted:
    """A server that plays a script to each connection: bytes to send, seconds to wait, an end.

    After the last script it plays that one again. `requests` are the bytes that came.
    """

    def __init__(self, *scripts):
        self._scripts = list(scripts)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.requests = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def _serve(self):
        number = 0
        while True:
            try:
                wire, _ = self._socket.accept()
            except OSError:
                return
            if self._over.is_set():
                wire.close()
                return
            script = self._scripts[min(number, len(self._scripts) - 1)]
            number += 1
            threading.Thread(target=self._play, args=(wire, script), daemon=True).start()

    def _play(self, wire, script):
        with wire:
            self.requests.append(self._request(wire))
            self._perform(wire, script)

    def _perform(self, wire, script):
        for step in script:
            if isinstance(step, bytes):
                with suppress(OSError):  # the client may have left
                    wire.sendall(step)
            elif step == "reset":
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif step == "hold":
                self._over.wait(30)
            else:
                time.sleep(step)

    def _request(self, wire):
        wire.settimeout(5)
        data = b""
        while True:
            try:
                more = wire.recv(65536)
            except OSError:
                return data
            data += more
            head, blank, body = data.partition(b"\r\n\r\n")
            found = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            whole = blank and len(body) >= (int(found[1]) if found else 0)
            # what begins like this is a client of TLS
            if not more or whole or data[:1] == b"\x16":
                return data

    def close(self):
        """Let go of all connections and stop."""
        self._over.set()
        # wakes the thread that waits for a connection
        with suppress(OSError), socket.socket() as wire:
            wire.connect(("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()


@pytest.fixture
def scripted():
    """Start a server that plays scripts; it ends with the test."""
    servers = []

    def start(*scripts):
        servers.append(Scripted(*scripts))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
