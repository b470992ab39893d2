"""Recordings → routes of respx: an application's HTTP client gets what was recorded.

The body comes in the chunks in which it came then; where they were not recorded, event by event. A
recording that breaks off breaks off again.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import httpx
import respx
from respx.patterns import M

from conformance.targets.matching import load_recordings, route_of, value_of
from conformance.wire import Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from respx.patterns import Pattern

    from conformance.targets.matching import Recordings
    from conformance.wire import Response

__all__ = ["OF_THE_WAY", "pieces_of", "recorded_response", "replay_respx"]

# Of the transfer, not of the message; and the body beside a coding is decoded.
OF_THE_WAY = frozenset({"connection", "content-encoding", "content-length", "transfer-encoding"})
_EVENT_END = re.compile(rb"\r?\n\r?\n")
_ROUTES = r"/v2/(?:chat|rerank)/?$"


def replay_respx(path: str | Path, *, assert_all_called: bool = False) -> respx.MockRouter:
    """A router that answers requests to the two endpoints from recordings; use it with `with`.

    It works for synchronous and asynchronous httpx clients, whatever their base URL is. A request
    that no recording answers raises CassetteMiss in the client, with the nearest recording; other
    requests are refused by respx. With `assert_all_called` the end of the `with` statement fails
    unless every recording was asked for. Raises CassetteError when a recording cannot be read.
    """
    recordings = load_recordings(path)
    router = respx.mock(assert_all_called=assert_all_called)
    # one route for each request that was recorded, so that each can be asked whether it was called
    first = recordings.first_of_each()
    for number, exchange in enumerate(first, 1):
        pattern = _pattern(exchange.request)
        if number == len(first):
            # the last route takes what no other answers, and raises the miss
            pattern |= M(path__regex=_ROUTES)
        origin = exchange.origin
        router.route(pattern, name=f"{origin.file}#{origin.number}").mock(
            side_effect=lambda request: _answered(recordings, request)
        )
    return router


def _pattern(request: Request | None) -> Pattern:
    assert request is not None  # only such recordings are kept
    path = rf"{re.escape(route_of(request))}/?$"
    value = value_of(request)
    if value is None:
        return M(method=request.method, path__regex=path, content=request.body)
    return M(method=request.method, path__regex=path, json=value)


def _answered(recordings: Recordings, request: httpx.Request) -> httpx.Response:
    asked = Request(request.method, str(request.url), (), request.content)
    response = recordings.answer(asked).response
    assert response is not None  # only such recordings are kept
    return recorded_response(response)


def recorded_response(response: Response) -> httpx.Response:
    """A recorded response for a client of httpx."""
    headers = [pair for pair in response.headers if pair[0].lower() not in OF_THE_WAY]
    return httpx.Response(response.status, headers=headers, stream=_Body(response))


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A recorded body, piece by piece, for both kinds of clients."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from pieces_of(self._response)
        if not self._response.complete:
            raise _broken()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in pieces_of(self._response):
            yield piece
        if not self._response.complete:
            raise _broken()


def pieces_of(response: Response) -> list[bytes]:
    """A recorded body in the chunks in which it came; event by event where they are not known."""
    body = response.body
    if response.chunks:
        edges = [0, *(chunk.end for chunk in response.chunks), len(body)]
        cut = (body[start:end] for start, end in pairwise(edges))
    else:
        ends = [0, *(found.end() for found in _EVENT_END.finditer(body)), len(body)]
        cut = (body[start:end] for start, end in pairwise(ends))
    return [piece for piece in cut if piece]


def _broken() -> httpx.RemoteProtocolError:
    """What httpx raises when a connection is closed before a body has ended."""
    return httpx.RemoteProtocolError("peer closed connection before the recorded body had ended")
