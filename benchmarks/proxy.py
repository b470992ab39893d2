"""What the proxy costs per event: streams with it and without it, at full speed and at that of a model.

Run it with the Python that has the project installed: ``python benchmarks/proxy.py``. Server, proxy and
client are processes of their own. Every event carries the time at which it was sent, so that the way of
each is measured; the clock is that of the machine. Exits with 1 when the proxy delays an event by more
than the limit, or holds any back until the next.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

EVENTS = 20_000
PACED = 1_000
# Seconds between two events: a model that is fast.
PACE = 0.002
# The most that the proxy may add to the way of an event, in milliseconds, in the median.
LIMIT = 1.0
_TICKS = os.sysconf("SC_CLK_TCK")
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: close\r\n\r\n"
)
_COMMAND = "from conformance.cli import main; main()"


def event(number: int) -> bytes:
    """A chunk with an event that says when it was sent."""
    data = (
        '{"type":"content-delta","index":0,"delta":{"message":{"content":'
        f'{{"text":"word {number} {time.monotonic_ns()} "}}}}}}}}'
    )
    body = f"event: content-delta\ndata: {data}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(body), body)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a stream: at full speed, or paced when the path says so."""
    head = await reader.readuntil(b"\r\n\r\n")
    paced = b"/paced/" in head
    writer.write(_HEAD)
    for number in range(PACED if paced else EVENTS):
        writer.write(event(number))
        await writer.drain()
        if paced:
            await asyncio.sleep(PACE)
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    writer.close()


async def serve() -> None:
    """Serve until standard input closes."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def stream(port: int, *, paced: bool) -> tuple[float, int, list[float]]:
    """(seconds for the whole stream, its bytes, milliseconds on the way of each event)."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = "/paced/v2/chat" if paced else "/v2/chat"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    delays, size, rest = [], 0, b""
    while data := await reader.read(1 << 16):
        now = time.monotonic_ns()
        size += len(data)
        *whole, rest = (rest + data).split(b' "}}}}')
        delays += [(now - int(text.rpartition(b" ")[2])) / 1e6 for text in whole]
    writer.close()
    return time.perf_counter() - began, size, delays


def cost(pid: int) -> float:
    """The CPU seconds that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def measure(name: str, port: int, pid: int | None = None) -> tuple[float, float]:
    """Print the figures of one way; (microseconds an event at full speed, median delay in ms)."""
    asyncio.run(stream(port, paced=False))
    before = cost(pid) if pid else 0.0
    runs = [asyncio.run(stream(port, paced=False)) for _ in range(3)]
    cpu = (cost(pid) - before) / 3 / EVENTS * 1e6 if pid else 0.0
    seconds = min(run[0] for run in runs)
    _, _, delays = asyncio.run(stream(port, paced=True))
    if len(delays) != PACED or any(len(run[2]) != EVENTS for run in runs):
        raise SystemExit(f"{name}: events were lost")
    ordered = sorted(delays)
    middle, high = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    each = seconds / EVENTS * 1e6
    spent = f", {cpu:.1f} µs CPU of the proxy" if pid else ""
    print(
        f"{name:8} {each:6.1f} µs an event at full speed{spent}; "
        f"paced: {middle:.2f} ms on the way, 99 % below {high:.2f} ms"
    )
    return each, middle


def main() -> int:
    """Print the figures; 1 when the proxy adds more than the limit."""
    if "--serve" in sys.argv:
        asyncio.run(serve())
        return 0
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    port = int(server.stdout.readline())
    words = ["proxy", "--upstream", f"http://127.0.0.1:{port}", "-q"]
    proxy = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, *words], stdout=subprocess.PIPE, text=True
    )
    assert proxy.stdout is not None
    through = int(proxy.stdout.readline().split()[0].rpartition(":")[2])
    print(f"{EVENTS} events at full speed, {PACED} with {PACE * 1e3:g} ms between them")
    direct, direct_delay = measure("direct", port)
    proxied, proxied_delay = measure("proxied", through, proxy.pid)
    proxy.terminate()
    proxy.communicate()
    server.communicate()
    added = proxied_delay - direct_delay
    print(
        f"through the proxy an event takes {proxied / direct:.1f} times as long at full speed, and is "
        f"{added:.2f} ms later when paced (limit {LIMIT:g})"
    )
    return int(added > LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
