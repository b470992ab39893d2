"""A request over HTTP → the exchange, with the edges and times of the chunks that came.

Every request has a connection of its own: what one answer leaves behind on a connection must not
be taken for a part of the next. Only requests that say `Connection: keep-alive` share one, with the next that says `close`. The key is written into the header by `_Bearer`, at the last
moment, and taken out of whatever comes back. Exceptions of the HTTP library end here, since
their frames hold the header: those raised below carry neither a cause nor a context.
"""

from __future__ import annotations

import itertools
import time
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import httpx

from conformance.cassette.redaction import mask_credentials
from conformance.errors import NoAnswer, TargetError
from conformance.targets.address import base_url, joined
from conformance.targets.arrival import MAX_BODY, Piece, Tap, chunked, decoded
from conformance.targets.base import Target
from conformance.targets.secret import guard_logs, release_logs
from conformance.targets.trouble import foreign_page, told
from conformance.version import __version__
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.targets.base import Watch
    from conformance.targets.secret import Secret
    from conformance.wire import Headers

__all__ = ["HttpTarget"]

_CONNECT_SECONDS = 10.0
_TOTAL_SECONDS = 120.0
# How long to listen for what follows a body that is said to have ended.
_AFTER_SECONDS = 0.01
_DEFAULTS: Headers = (
    ("Accept", "*/*"),
    ("Accept-Encoding", "gzip, deflate"),
    ("User-Agent", f"cohere-conformance/{__version__}"),
)
_AUTHORIZATION = "authorization"
_WITHOUT_BODY = (204, 304)


class HttpTarget(Target):
    """A server at a base URL.

    `key` is sent as a bearer token, nothing is sent for None. `label` replaces the URL in reports.
    `timeout` is how many seconds a whole exchange may take. Raises UsageError for an address that
    is none.
    """

    def __init__(
        self,
        url: str,
        *,
        key: Secret | None = None,
        label: str | None = None,
        timeout: float = _TOTAL_SECONDS,
    ) -> None:
        self._base = base_url(url)
        self.key = key
        self._label = label or self._base
        self._timeout = timeout
        self._numbers = itertools.count(1)
        self._guard = guard_logs(key) if key is not None else None
        # Neither redirects nor cookies: the first would carry the key to another host.
        self._client = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))
        self._keeping = httpx.Client(limits=httpx.Limits(max_connections=1))

    @property
    def name(self) -> str:
        """The label, or the base URL."""
        return self._label

    @property
    def url(self) -> str:
        """The base URL."""
        return self._base

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
        self._keeping.close()
        if self._guard is not None:
            release_logs(self._guard)
            self._guard = None

    def send(
        self,
        request: Request,
        *,
        expect: tuple[int, ...] = (),
        timeout: float | None = None,
        case: str = "",
        authorize: bool = True,
        watch: Watch | None = None,
    ) -> Exchange:
        """Send a request, over a new connection unless it names that in a header; see `Target.send`."""
        del case  # a name for recordings; the server is not told
        outgoing = self._outgoing(request)
        # what was sent but for the key, which the client adds to a request of its own
        sent = Request(
            request.method, str(outgoing.url), _shown(outgoing, authorize=False), request.body
        )
        auth = None
        if authorize and self.key is not None and request.header(_AUTHORIZATION) is None:
            auth = _Bearer(self.key)
            sent = Request(sent.method, sent.url, _shown(outgoing, authorize=True), sent.body)
        found = self._answer(outgoing, auth, self._timeout if timeout is None else timeout, watch)
        # the client wrote the key into it
        del outgoing
        if isinstance(found, Response):
            found = foreign_page(found, self._base) or found
        if isinstance(found, TargetError):
            raise found
        exchange = Exchange(
            sent, found, self._origin(found), observed=True, live=True, expect=expect
        )
        return exchange if self.key is None else self.key.hidden_in(exchange)

    def _origin(self, response: Response) -> Origin:
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        return Origin(self.name, next(self._numbers), recorded_at=response.header("date") or now)

    def _outgoing(self, request: Request) -> httpx.Request:
        given = {name.lower() for name, _ in request.headers}
        headers = [*request.headers, *(pair for pair in _DEFAULTS if pair[0].lower() not in given)]
        raw = [(_bytes(name), _bytes(value)) for name, value in headers]
        try:
            return httpx.Request(
                request.method,
                joined(self._base, request.url),
                headers=raw,
                content=request.body,
            )
        except (httpx.InvalidURL, ValueError, TypeError):
            pass
        raise TargetError(
            "the request cannot be sent: its path or a header has what HTTP cannot carry",
            where=self._base,
        )

    def _answer(
        self, request: httpx.Request, auth: httpx.Auth | None, limit: float, watch: Watch | None
    ) -> Response | TargetError:
        """The response without the key, or what the user is told."""
        tap = Tap(time.monotonic() + limit, time.monotonic)
        connect = min(_CONNECT_SECONDS, limit)
        request.extensions = {
            "timeout": {"connect": connect, "read": limit, "write": limit, "pool": None},
            "trace": tap.trace,
        }
        try:
            kept = request.headers.get("connection", "").lower() in ("keep-alive", "close")
            client = self._keeping if kept else self._client
            response = _read(client, request, auth, tap, watch)
            return response if self.key is None else self.key.hidden_in_response(response)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            return told(error, self._base, connect=connect, idle=limit)
        except TargetError as error:
            # raised below, so that it leaves the frames behind which it was made in
            return error.with_traceback(None)
        except BaseException as error:  # noqa: BLE001 - raised again
            # an interrupt, or a bug: the frames that it passed hold the header
            raise error.with_traceback(None)  # noqa: B904 - it is the same error


def _read(
    client: httpx.Client,
    request: httpx.Request,
    auth: httpx.Auth | None,
    tap: Tap,
    watch: Watch | None,
) -> Response:
    began = time.monotonic()
    answer = client.send(request, stream=True, auth=auth)
    try:
        pieces, complete = _pieces(answer, began, watch)
        pieces += _surplus(answer, pieces, tap, began) if complete else []
    finally:
        with suppress(httpx.HTTPError):
            answer.close()
    plain = decoded(pieces, answer.headers.get("content-encoding", ""))
    body, chunks = chunked(plain.pieces)
    headers = tuple((_text(name), _text(value)) for name, value in answer.headers.raw)
    return Response(
        answer.status_code,
        headers,
        body,
        chunks,
        complete=complete and plain.ended,
        undecoded=plain.broken,
    )


def _pieces(answer: httpx.Response, began: float, watch: Watch | None) -> tuple[list[Piece], bool]:
    """What came of a body, and whether that is all of it."""
    pieces: list[Piece] = []
    size = 0
    # not `iter_raw`, which closes the connection at the end of the body
    stream = answer.stream
    assert isinstance(stream, httpx.SyncByteStream)  # that of a synchronous client
    try:
        for data in stream:
            pieces.append((data, time.monotonic() - began))
            size += len(data)
            if watch is not None:
                watch(data)
            if size > MAX_BODY:
                raise NoAnswer(
                    f"the answer is longer than {MAX_BODY // 1024**2} MiB",
                    where=str(answer.request.url),
                    hint="the server may send without end",
                )
    except (httpx.TransportError, httpx.StreamError):
        # The connection broke, or nothing more came in time.
        return pieces, False
    return pieces, True


def _surplus(answer: httpx.Response, pieces: list[Piece], tap: Tap, began: float) -> list[Piece]:
    """What came after the end that Content-Length announces."""
    length = answer.headers.get("content-length", "")
    plain = "transfer-encoding" not in answer.headers and length.isdecimal()
    if not plain or answer.status_code in _WITHOUT_BODY or answer.request.method == "HEAD":
        return []
    with suppress(Exception):  # whatever ends the connection ends the listening
        answer.extensions["network_stream"].read(65536, timeout=_AFTER_SECONDS)
    more = tap.beyond(sum(len(data) for data, _ in pieces))
    return [(more, time.monotonic() - began)] if more else []


class _Bearer(httpx.Auth):
    """Writes the key into the header when everything else is done."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


def _shown(request: httpx.Request, *, authorize: bool) -> Headers:
    """The headers of a request as exchanges show them."""
    pairs = tuple((_text(name), _text(value)) for name, value in request.headers.raw)
    if authorize:
        pairs += (("Authorization", "Bearer key"),)
    return mask_credentials(pairs)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("latin-1")
