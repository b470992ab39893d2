"""A server that answers every request with the same bytes, whatever they are."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from contextlib import suppress


def answer(status, body=b"", kind=b"application/json", extra=b""):
    """A response as bytes."""
    head = b"HTTP/1.1 %s\r\ncontent-type: %s\r\ncontent-length: %d\r\n" % (status, kind, len(body))
    return head + extra + b"connection: close\r\n\r\n" + body


STREAM = b"text/event-stream"
ALL_BYTES = bytes(range(256)) * 4
# What is answered -> the exit code of a run.
ANSWERS = {
    "nothing": (b"", 2),
    "noise": (ALL_BYTES, 2),
    "no HTTP": (b"hello world\n", 2),
    "a negative length": (b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello", 2),
    "a broken header": (b"HTTP/1.1 200 OK\r\nfoo bar\r\n\r\n{}", 2),
    "null": (answer(b"200 OK", b"null"), 1),
    "a huge number": (answer(b"200 OK", b"1e999999"), 1),
    "nothing with 200": (answer(b"200 OK"), 1),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 1),
    "noise as a stream": (answer(b"200 OK", ALL_BYTES, STREAM), 1),
    "deep JSON": (answer(b"200 OK", b"[" * 20_000), 1),
    "a deep event": (answer(b"200 OK", b"data: " + b'{"a":' * 10_000 + b"\n\n", STREAM), 1),
    "a broken chunk": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\nhello\r\n", 1),
    "false gzip": (answer(b"200 OK", b"plain", STREAM, b"content-encoding: gzip\r\n"), 1),
    "status 299": (answer(b"299 Odd", b"{}"), 1),
    "status 999": (answer(b"999 Odd", b"{}"), 1),
    "half a pair": (answer(b"200 OK", b'data: {"type":"\\udfff"}\n\n', STREAM), 1),
    "odd results": (answer(b"200 OK", b'{"results":[{"index":1e400},{"index":true},null,7]}'), 1),
    "a failure": (answer(b"500 Oops", b"Traceback", b"text/plain"), 1),
    "a page of failure": (answer(b"500 Oops", b"<!doctype html><p>500", b"text/html"), 1),
    "a login page": (answer(b"200 OK", b"<!doctype html><title>Login", b"text/html"), 2),
    "no such page": (answer(b"404 Not Found", b'{"message":"nope"}'), 2),
    "a refused key": (answer(b"401 Unauthorized", b'{"message":"bad key"}'), 2),
    "a redirect": (answer(b"302 Found", extra=b"location: /elsewhere\r\n"), 2),
    "maintenance": (answer(b"503 Busy", b'{"message":"later"}'), 2),
    "too many": (answer(b"429 Slow", b'{"message":"slow"}', extra=b"retry-after: 999\r\n"), 2),
}  # fmt: skip


class Garbage:
    """The server: `with Garbage("noise") as url: ...`; `reset` and `silence` answer nothing."""

    def __init__(self, name):
        self.name = name
        self.data = ANSWERS[name][0] if name in ANSWERS else b""
        self.wire = socket.create_server(("127.0.0.1", 0), backlog=64)

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return f"http://127.0.0.1:{self.wire.getsockname()[1]}"

    def __exit__(self, *_):
        self.wire.close()

    def accept(self):
        """Answer each connection in a thread of its own."""
        with suppress(OSError):
            while True:
                connection, _ = self.wire.accept()
                threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        """Read a request and answer it."""
        with connection, suppress(OSError):
            connection.settimeout(3)
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536) or b"\r\n\r\n"
            head, _, body = data.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            while length and len(body) < int(length[1]):
                body += connection.recv(65536)
            if self.name == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif self.name == "silence":
                time.sleep(1.5)
            else:
                connection.sendall(self.data)
