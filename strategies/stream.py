"""A sequence of events → its bytes, its exchange, and one readable line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.wire import Exchange, Origin, Response

from .message import compact, quoted, sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Raw", "Stream", "frame_of"]


class Raw(NamedTuple):
    """An event that is sent as it stands: the event field ("" for none) and the text of the data."""

    name: str
    data: str


Item = "dict[str, Any] | str | Raw"


def frame_of(item: dict[str, Any] | str | Raw) -> Raw:
    """The event field and the data of an item: a JSON event, the terminator, or a raw event."""
    if isinstance(item, Raw):
        return item
    if isinstance(item, str):
        return Raw("", item)
    return Raw(str(item.get("type", "")), compact(item))


class Stream:
    """A whole answer as events.

    `items` are JSON events, raw events, and ``[DONE]`` for the terminator; `events` are the JSON
    events alone. `request` is the body of the request that it answers, or None. The repr is the
    notation of transcripts, on one line.
    """

    __slots__ = ("items", "request")

    def __init__(
        self, items: Iterable[dict[str, Any] | str | Raw], request: dict[str, Any] | None = None
    ) -> None:
        self.items = tuple(items)
        self.request = request

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON events, in order."""
        return [item for item in self.items if isinstance(item, dict)]

    @property
    def body(self) -> bytes:
        """The bytes as the live API frames them."""
        lines = []
        for name, data in map(frame_of, self.items):
            if name:
                lines.append(f"event: {name}\n")
            lines += [f"data: {line}\n" for line in data.split("\n")]
            lines.append("\n")
        return "".join(lines).encode("utf-8", "surrogatepass")

    def exchange(self, body: bytes | None = None) -> Exchange:
        """The stream as the answer to its request, framed as usual or as the given bytes."""
        headers = (("content-type", "text/event-stream"),)
        response = Response(200, headers, self.body if body is None else body)
        request = None if self.request is None else sent("chat-stream", self.request)
        return Exchange(request, response, Origin("generated stream"), endpoint="chat-stream")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stream):
            return NotImplemented
        return (self.items, self.request) == (other.items, other.request)

    def __hash__(self) -> int:
        return hash(self.body)

    def __repr__(self) -> str:
        return f"stream({', '.join(_shown(item) for item in self.items)})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _shown(item: dict[str, Any] | str | Raw) -> str:
    """One item in the notation of transcripts, as far as that is usual; else its JSON."""
    if isinstance(item, str):
        return item
    if isinstance(item, Raw):
        return f"event {item.name} {quoted(item.data)}"
    kind = item.get("type")
    if not isinstance(kind, str) or kind not in _WORDS:
        return f"event {kind if isinstance(kind, str) else '?'} {quoted(item)}"
    parts = [kind]
    if kind not in _UNNUMBERED:
        parts.append(quoted(item["index"]) if "index" in item else "-")
    return " ".join([*parts, *_WORDS[kind](item)])


def _content(item: dict[str, Any]) -> list[str]:
    content = _at(item, "delta", "message", "content")
    return [quoted(text) for text in (content.values() if isinstance(content, dict) else [content])]


def _call(item: dict[str, Any]) -> list[str]:
    call = _at(item, "delta", "message", "tool_calls")
    return [str(_at(call, "id")), str(_at(call, "function", "name"))]


def _citation(item: dict[str, Any]) -> list[str]:
    cited = _at(item, "delta", "message", "citations")
    sources = _at(cited, "sources")
    ids = [str(_at(each, "id")) for each in sources] if isinstance(sources, list) else []
    return [f"{_at(cited, 'start')}-{_at(cited, 'end')}", quoted(_at(cited, "text")), *ids]


def _nothing(_: dict[str, Any]) -> list[str]:
    return []


_UNNUMBERED = ("message-start", "tool-plan-delta", "message-end", "debug")
# What stands behind the type and the index of an event.
_WORDS: dict[Any, Callable[[dict[str, Any]], list[str]]] = {
    "message-start": _nothing,
    "content-start": lambda item: [str(_at(item, "delta", "message", "content", "type"))],
    "content-delta": _content,
    "content-end": _nothing,
    "tool-plan-delta": lambda item: [quoted(_at(item, "delta", "message", "tool_plan"))],
    "tool-call-start": _call,
    "tool-call-delta": lambda item: [
        quoted(_at(item, "delta", "message", "tool_calls", "function", "arguments"))
    ],
    "tool-call-end": _nothing,
    "citation-start": _citation,
    "citation-end": _nothing,
    "message-end": lambda item: [str(_at(item, "delta", "finish_reason"))],
    "debug": _nothing,
}
