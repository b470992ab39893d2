"""How many streams the mock serves, beside a server that only sends the same bytes; and its memory.

Run it with the Python that has the project installed: ``python benchmarks/mock.py``. The floor is a bare
Starlette `StreamingResponse` of the very pieces that the mock sends, on the same uvicorn. Costs are
CPU seconds of the server's process, so that the client and other load on the machine do not count.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

STREAMS = 1000
PARALLEL = 200
# The mock reads, judges and answers each request; the floor does none of that.
LIMIT = 4.0
# Kilobytes that the server may grow by while it serves as many streams again.
GROWTH = 4000
_TICKS = os.sysconf("SC_CLK_TCK")


def request_body(number: int) -> bytes:
    """A request unlike all others, with documents to cite."""
    body = {
        "model": "command-a-03-2025",
        "stream": True,
        "messages": [{"role": "user", "content": f"What is known about buoy {number}?"}],
        "documents": [{"id": "buoys", "data": {"text": f"Buoy {number} was set in 1910"}}],
    }
    return json.dumps(body).encode()


def serve(kind: str) -> None:
    """Serve as the mock or as the floor until standard input closes."""
    from conformance.mock.server import MockServer

    server = MockServer(keep=100)
    if kind == "floor":
        server._server.config.app = _floor()  # noqa: SLF001 - the same server for both
    with server:
        print(server.url, flush=True)
        sys.stdin.read()


def _floor() -> Any:
    """An application that sends one answer of the mock to every request."""
    from starlette.applications import Starlette
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    from conformance.mock.reply import reply_to
    from conformance.mock.settings import Settings
    from conformance.wire import Request

    headers = (("authorization", "Bearer key"), ("content-type", "application/json"))
    reply = reply_to(Request("POST", "/v2/chat", headers, request_body(7)), Settings())

    async def answer(request: Any) -> StreamingResponse:
        await request.body()

        async def pieces() -> Any:
            for piece in reply.pieces:
                yield piece

        return StreamingResponse(pieces(), headers=dict(reply.headers))

    return Starlette(routes=[Route("/v2/chat", answer, methods=["POST"])])


def cost(pid: int) -> float:
    """The CPU seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory(pid: int) -> int:
    """The resident memory of a process in kilobytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


async def stream(port: int, number: int) -> int:
    """Ask once, read to the end, and return the number of bytes."""
    body = request_body(number)
    head = (
        "POST /v2/chat HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer key\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + body)
    answer = await reader.read(-1)
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200") or not answer.endswith(b"0\r\n\r\n"):
        raise SystemExit(f"not served: {answer[:200]!r}")
    return len(answer)


async def load(port: int, count: int) -> None:
    """Ask `count` times, `PARALLEL` at a time."""
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            await stream(port, number)

    await asyncio.gather(*[worker() for _ in range(PARALLEL)])


def measure(kind: str) -> tuple[float, float, int]:
    """(streams per second, CPU seconds of the server per stream, growth in kilobytes)."""
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    port = int(process.stdout.readline().rpartition(":")[2])
    asyncio.run(load(port, STREAMS))  # warm: caches, connections, allocator
    before, began, size = cost(process.pid), time.perf_counter(), memory(process.pid)
    asyncio.run(load(port, STREAMS))
    seconds = time.perf_counter() - began
    spent, grown = cost(process.pid) - before, memory(process.pid) - size
    process.communicate()
    return STREAMS / seconds, spent / STREAMS, grown


def main() -> int:
    """Print the figures; 1 when the mock is too far above the floor, or grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", choices=["mock", "floor"])
    chosen = parser.parse_args().serve
    if chosen:
        serve(chosen)
        return 0
    print(f"{STREAMS} streams, {PARALLEL} at a time")
    figures = {kind: measure(kind) for kind in ("floor", "mock")}
    for kind, (rate, spent, grown) in figures.items():
        print(f"{kind:6} {rate:7.0f} streams/s   {spent * 1e3:6.2f} ms CPU each   {grown:+6} kB")
    ratio = figures["mock"][1] / figures["floor"][1]
    print(f"the mock costs {ratio:.1f} times the floor (limit {LIMIT:g})")
    return int(ratio > LIMIT or figures["mock"][2] > GROWTH)


if __name__ == "__main__":
    raise SystemExit(main())
