"""What travelled: one request, one response, the chunks it came in, and where we know it from.

Everything is frozen and made of bytes and numbers. Headers are pairs in wire order, values as
text; look-ups fold case, as RFC 9110 5.1 demands. Offsets count bytes from the start of the
response body, times are seconds on one clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Chunk", "Exchange", "Headers", "Origin", "Request", "Response", "headers_from"]

Headers = tuple[tuple[str, str], ...]


def headers_from(pairs: Mapping[str, str | Iterable[str]] | Iterable[tuple[str, str]]) -> Headers:
    """Headers from a mapping (values may be lists) or from pairs; order is kept."""
    items = pairs.items() if hasattr(pairs, "items") else pairs
    out: list[tuple[str, str]] = []
    for name, value in items:
        if isinstance(value, str):
            out.append((str(name), value))
        else:
            out.extend((str(name), str(one)) for one in value)
    return tuple(out)


def _header(headers: Headers, name: str) -> str | None:
    wanted = name.lower()
    found = [value for key, value in headers if key.lower() == wanted]
    return ", ".join(found) if found else None


class Chunk(NamedTuple):
    """One piece of a body as it arrived: `[start, end)` in bytes, `time` in seconds or None."""

    start: int
    end: int
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What the client sent."""

    method: str
    url: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header, several joined by a comma; None when absent."""
        return _header(self.headers, name)

    @property
    def path(self) -> str:
        """The path of the URL, without query and without a trailing slash."""
        try:
            return urlsplit(self.url).path.rstrip("/") or "/"
        except ValueError:
            return self.url


@dataclass(frozen=True, slots=True)
class Response:
    """What the server sent. `complete` is False when the transport broke before the body ended.

    `undecoded` says that the body is not in the coding that Content-Encoding names, and stands here
    as it came; only who reads from the wire can know.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    chunks: tuple[Chunk, ...] = ()
    complete: bool = True
    undecoded: bool = False

    def header(self, name: str) -> str | None:
        """The value of a header, several joined by a comma; None when absent."""
        return _header(self.headers, name)

    @property
    def media_type(self) -> str | None:
        """The media type in lower case without parameters; None when there is no such header."""
        value = self.header("content-type")
        return None if value is None else value.split(";", 1)[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an exchange comes from: a file and the position in it (from 1), or a label."""

    file: str
    number: int = 1
    line: int | None = None
    recorded_at: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response.

    `observed` says that the request was seen on the wire by us, so that an absent Authorization
    header means that none was sent; recorders redact it. `endpoint` is a hint for bodies that come
    without a request ("chat-stream" or "rerank"). `framing` is False when a recorder kept the
    events but not their bytes, so that framing cannot be judged. `live` marks an exchange of a run of
    our own against a server, as against somebody's recording. `expect` holds the statuses that
    a test case foresees, empty when it foresees nothing. `lost` says that the recorder did not keep
    what the server answered, so that only the request can be judged.
    """

    request: Request | None
    response: Response | None
    origin: Origin = field(default_factory=lambda: Origin("<memory>"))
    observed: bool = False
    endpoint: str | None = None
    framing: bool = True
    live: bool = False
    expect: tuple[int, ...] = ()
    lost: bool = False
