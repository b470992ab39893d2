"""A chat request → what its answer may and must do; without a request, anything goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.request import ChatRequest

from .schema import compiled
from .tools import FUNCTIONS, arguments_maker

if TYPE_CHECKING:
    from collections.abc import Callable

    from .source import Source

__all__ = ["Facts"]


class Facts:
    """What the answer to a request may and must do. Raises SpecError for tools with parameters, and
    for a schema of the answer, that `from_schema` does not know.

    `functions` are the tools it may call, `must_call` says that it has to, `sources` what it may
    cite, `json` is the generator of its text in JSON mode, else None.
    """  # fmt: skip

    def __init__(self, body: dict[str, Any] | None) -> None:
        self.body = body
        if body is None:
            self.functions = FUNCTIONS
            self.sources = list(_ANY_SOURCES)
            self.logprobs = False
            self.must_call = self.must_not_think = False
            self.stops: list[str] = []
            self.asks_to_stop = True
            self.most_tokens: float | None = None
            self.json: Callable[[Source, int], Any] | None = None
            return
        request = ChatRequest(body)
        self.functions = request.tools if request.tool_choice != "NONE" else []
        self.must_call = request.tool_choice == "REQUIRED" and request.has_tools
        self.must_not_think = request.thinking_disabled
        self.sources = [] if request.citation_mode in ("OFF", "DISABLED") else _sources(request)
        self.logprobs = body.get("logprobs") is True
        self.stops = request.stop_sequences
        self.asks_to_stop = bool(self.stops)
        most = body.get("max_tokens")
        self.most_tokens = most if isinstance(most, (int, float)) else None
        form = request.response_format
        self.json = None
        if form.get("type") == "json_object":
            self.json = compiled(form.get("json_schema", _ANY_JSON))
        for function in self.functions:
            arguments_maker(function)


# What an answer in JSON mode may be when no schema says more; it nests two levels deep at most.
_ANY_JSON = {
    "type": "object",
    "properties": {
        "tide": {"type": "string"}, "hours": {"type": "array", "items": {"type": "integer"}},
        "🌊": {"type": "boolean"},
    },
}  # fmt: skip
_ANY_SOURCES: tuple[dict[str, Any], ...] = (
    {"type": "document", "id": "doc:0", "document": {"id": "doc:0", "text": "Low tide is at noon"}},
    {"type": "tool", "id": "low_tide_000000000001:0", "tool_output": {"content": "noon"}},
    {"type": "document", "id": "notes", "document": {"id": "notes", "title": "Ebb 🌊"}},
)


def _sources(request: ChatRequest) -> list[dict[str, Any]]:
    """The documents and tool results of a request as citations name them."""
    made: list[dict[str, Any]] = []
    for position, document in enumerate(request.documents):
        identity, data = f"doc:{position}", {"text": document}
        if isinstance(document, dict):
            identity, data = document.get("id", identity), document.get("data", {})
        made.append({"type": "document", "id": identity, "document": _echo(data, id=identity)})
    for _, message in request.results():
        call, content = message.get("tool_call_id"), message.get("content")
        parts = content if isinstance(content, list) else [content]
        for position, part in enumerate(parts):
            identity, output = f"{call}:{position}", {"content": part}
            if isinstance(part, dict):
                output = {"content": part.get("text")}
                if isinstance(part.get("document"), dict):
                    identity = part["document"].get("id", identity)
                    output = part["document"].get("data", {})
            made.append({"type": "tool", "id": identity, "tool_output": _echo(output)})
    return made


def _echo(data: Any, **more: str) -> dict[str, Any]:
    """What a source repeats of a document: all values as texts."""
    texts = data if isinstance(data, dict) else {}
    return {k: v if isinstance(v, str) else "…" for k, v in texts.items()} | more
