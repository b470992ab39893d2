"""What came in and what was answered, as exchanges that can be judged.

The log keeps the last exchanges, so that a server that runs for days does not grow. Keys are
replaced in it, word by word, so that the form of an Authorization header can still be judged.
"""

from __future__ import annotations

import base64
import json
import threading
import zlib
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.cassette.redaction import mask_credentials
from conformance.check import check
from conformance.wire import Chunk, Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.check import Options, Verdict
    from conformance.faults.reply import Reply
    from conformance.wire import Headers

__all__ = ["Entry", "Log", "delivered", "entry_from_json", "entry_to_json"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange, the label that the client gave it, and the faults that were applied.

    `over` is when the last piece of its reply was sent, in seconds of `time.monotonic`, or when the
    request came if none was; another process is not told.
    """

    exchange: Exchange
    case: str = ""
    applied: tuple[str, ...] = ()
    over: float = 0.0


def delivered(
    request: Request,
    reply: Reply,
    sent: Sequence[bytes],
    chunks: Sequence[Chunk],
    *,
    complete: bool,
) -> Exchange:
    """The exchange of a reply as far as it was sent, in these pieces."""
    body, edges, undecoded = b"".join(sent), tuple(chunks), False
    if reply.header("content-encoding") == "gzip":
        try:
            # What is judged is what a client reads; the places of chunks in it are not known.
            body, edges = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body), ()
        except zlib.error:
            undecoded = True
    response = Response(
        reply.status, reply.headers, body, edges, complete=complete, undecoded=undecoded
    )
    return Exchange(request, response, Origin("mock"))


class Log:
    """The last `keep` exchanges; `total` counts all. Threads may share it."""

    def __init__(self, keep: int = 1000) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=keep)
        self.total = 0

    def add(self, entry: Entry) -> None:
        """Keep an entry; its exchange gets the next number."""
        request = entry.exchange.request
        with self._lock:
            self.total += 1
            exchange = replace(
                entry.exchange,
                request=replace(request, headers=mask_credentials(request.headers))
                if request
                else None,
                origin=Origin("mock", self.total),
                observed=True,
            )
            self._entries.append(replace(entry, exchange=exchange))

    def clear(self) -> None:
        """Forget all entries."""
        with self._lock:
            self._entries.clear()

    def entries(self, case: str | None = None) -> list[Entry]:
        """The entries in the order in which they were answered, of one case or of all."""
        with self._lock:
            return [entry for entry in self._entries if case in (None, entry.case)]

    def exchanges(self, case: str | None = None) -> list[Exchange]:
        """The exchanges of the entries."""
        return [entry.exchange for entry in self.entries(case)]

    def verdicts(self, case: str | None = None, *, options: Options | None = None) -> list[Verdict]:
        """The exchanges judged; the client is at fault where a violation's party is the client."""
        return [check(exchange, options=options) for exchange in self.exchanges(case)]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def entry_to_json(entry: Entry) -> str:
    """An entry as one line of JSON, for another process."""
    exchange = entry.exchange
    request, response = exchange.request, exchange.response
    made: dict[str, Any] = {
        "case": entry.case,
        "applied": entry.applied,
        "number": exchange.origin.number,
    }
    if request is not None:
        made["request"] = [request.method, request.url, request.headers, _text(request.body)]
    if response is not None:
        chunks = [(chunk.start, chunk.end, chunk.time) for chunk in response.chunks]
        head = [response.status, response.headers]
        ways = [response.complete, response.undecoded]
        made["response"] = [*head, _text(response.body), chunks, *ways]
    return json.dumps(made)


def _headers(pairs: list[list[str]]) -> Headers:
    return tuple((name, value) for name, value in pairs)


def entry_from_json(line: str) -> Entry:
    """The entry in a line that `entry_to_json` wrote."""
    made = json.loads(line)
    request = response = None
    if "request" in made:
        method, url, headers, body = made["request"]
        request = Request(method, url, _headers(headers), base64.b64decode(body))
    if "response" in made:
        status, headers, body, chunks, complete, undecoded = made["response"]
        pieces = tuple(Chunk(*chunk) for chunk in chunks)
        data = base64.b64decode(body)
        response = Response(
            status, _headers(headers), data, pieces, complete=complete, undecoded=undecoded
        )
    origin = Origin("mock", made["number"])
    exchange = Exchange(request, response, origin, observed=True)
    return Entry(exchange, made["case"], tuple(made["applied"]))
