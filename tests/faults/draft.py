"""An exchange taken apart so that one thing in it can be made wrong, and put together again.

Nothing here uses the decoder under test: our own recordings have one known form, so cutting them at
blank lines is enough.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.cassette import read
from conformance.data import data_path
from conformance.wire import Exchange, Origin, Request, Response
from tests.faults.framing import CANONICAL, Event, Framing, compact

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Draft", "draft_of"]


@dataclass
class Draft:
    """The parts of one exchange, free to be changed.

    `events` holds a stream with its terminator, `answer` the bytes of any other body; one of them
    is set. `request` is the JSON value that is sent, unless `sent` holds bytes. `mangle` works on
    the bytes of a stream after they were framed. `length` is added to a true Content-Length.
    """

    method: str
    url: str
    request_headers: dict[str, str]
    request: Any
    status: int
    headers: dict[str, str]
    events: list[Event] | None = None
    answer: bytes = b""
    sent: bytes | None = None
    observed: bool = False
    live: bool = False
    complete: bool = True
    undecoded: bool = False
    length: int | None = None
    mangle: Callable[[bytes], bytes] | None = field(default=None)

    def place(self, kind: str, number: int = 0) -> int:
        """Where the event of this type stands that is the `number`th of its type, from 0."""
        assert self.events is not None
        places = [at for at, event in enumerate(self.events) if event.kind == kind]
        return places[number]

    def event(self, kind: str, number: int = 0) -> Event:
        """That event itself."""
        assert self.events is not None
        return self.events[self.place(kind, number)]

    @property
    def error(self) -> dict[str, Any]:
        """The JSON body of an answer that is no stream."""
        value: dict[str, Any] = json.loads(self.answer)
        return value

    def exchange(self, framing: Framing = CANONICAL) -> Exchange:
        """The exchange, its stream framed as `framing` says."""
        body = self.answer if self.events is None else framing.body(self.events)
        if self.mangle is not None:
            body = self.mangle(body)
        headers = {k: v for k, v in self.headers.items() if k != "content-length"}
        if self.length is not None:
            headers["content-length"] = str(len(body) + self.length)
        sent = compact(self.request).encode() if self.sent is None else self.sent
        return Exchange(
            Request(self.method, self.url, tuple(self.request_headers.items()), sent),
            Response(
                self.status,
                tuple(headers.items()),
                body,
                complete=self.complete,
                undecoded=self.undecoded,
            ),
            Origin("fault"),
            observed=self.observed,
            live=self.live,
        )


@cache
def _recording(name: str, number: int) -> Exchange:
    return read(data_path("recordings") / f"{name}.yaml")[number]


def draft_of(name: str, number: int = 0) -> Draft:
    """One of our recordings, taken apart. The name has no suffix: ``chat/text``."""
    exchange = _recording(name, number)
    request, response = exchange.request, exchange.response
    assert request is not None
    assert response is not None
    headers = {key: value for key, value in request.headers if key != "content-length"}
    draft = Draft(
        request.method,
        request.url,
        {**headers, "authorization": "Bearer key-for-tests"},
        json.loads(request.body),
        response.status,
        dict(response.headers),
        answer=response.body,
    )
    if response.body.startswith(b"event: "):
        draft.events = [_event(block) for block in response.body.decode().split("\n\n")[:-1]]
    return draft


def _event(block: str) -> Event:
    *names, line = block.split("\n")
    data = line.removeprefix("data: ")
    name = names[0].removeprefix("event: ") if names else None
    return Event(name, data if data == "[DONE]" else json.loads(data))
