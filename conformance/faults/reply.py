"""What a server is about to send, in the pieces in which it sends them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from conformance.wire import Headers

__all__ = ["End", "Reply"]

# whole: the response ends as HTTP says; cut: the connection closes before that; reset: it is
# torn down; stall: it stays open and nothing more comes.
End = Literal["whole", "cut", "reset", "stall"]


@dataclass(frozen=True, slots=True)
class Reply:
    """A response before it is sent.

    Each of `pieces` is written by itself. `pace` is the time in seconds before each piece.
    `applied` names the faults that it was given, `endpoint` what it answers ("chat-stream" or
    "rerank", empty for neither), `accept` what the client accepts. A `content-length` among the headers is sent as
    it stands, even if it is wrong; without one a stream is sent in chunks.
    """

    status: int
    headers: Headers
    pieces: tuple[bytes, ...]
    ends: End = "whole"
    pace: float = 0.0
    applied: tuple[str, ...] = ()
    endpoint: str = ""
    accept: str = "*/*"

    @property
    def body(self) -> bytes:
        """All pieces joined."""
        return b"".join(self.pieces)

    def header(self, name: str) -> str | None:
        """The first value of a header, None when it is absent."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def with_header(self, name: str, value: str | None) -> Reply:
        """The same reply with another value of a header; None leaves the header out."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name)
        return replace(self, headers=kept if value is None else ((name, value), *kept))

    def changed(self, **values: object) -> Reply:
        """The same reply but for the named fields."""
        return replace(self, **values)  # type: ignore[arg-type]  # the names are checked by `replace`
