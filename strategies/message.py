"""A JSON body → the HTTP request that carries it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.wire import Request

from .values import shortened

if TYPE_CHECKING:
    from conformance.wire import Headers

__all__ = ["HEADERS", "PATHS", "Sent", "compact", "printable", "quoted", "sent"]

PATHS = {"chat-stream": "/v2/chat", "rerank": "/v2/rerank"}
HEADERS: Headers = (
    ("Content-Type", "application/json"), ("Accept", "*/*"), ("Authorization", "Bearer test-key"),
)  # fmt: skip


class Sent(Request):
    """A request as it goes out, with a repr of one line that shows what is not as usual."""

    __slots__ = ()

    def __repr__(self) -> str:
        shown = [f"{self.method} {self.path}"]
        shown += [
            f"{name}: {value}" for name, value in self.headers if (name, value) not in HEADERS
        ]
        present = {name.lower() for name, _ in self.headers}
        shown += [f"no {name}" for name, _ in HEADERS if name.lower() not in present]
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            text = repr(self.body)
        return f"sent({', '.join(shown)}, {shortened(printable(text))})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))


def compact(value: object) -> str:
    """JSON as the live API writes it: no spaces, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def printable(text: str) -> str:
    """A text on one line, with nothing in it that does not show."""
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def quoted(value: object) -> str:
    """JSON for people: on one line, and with nothing in it that does not show."""
    return printable(compact(value))


def sent(endpoint: str, body: object, headers: Headers = HEADERS, method: str = "POST") -> Sent:
    """The request that carries a body to an endpoint, ``chat-stream`` or ``rerank``.

    A `body` of bytes goes as it stands, anything else as JSON.
    """
    raw = body if isinstance(body, bytes) else compact(body).encode("utf-8", "surrogatepass")
    return Sent(method, f"https://api.cohere.com{PATHS[endpoint]}", headers, raw)
