"""Documents and tool results of a request → what an answer may quote, and under which id.

A request that the server took may still be odd (the live API takes results as JSON text, empty
lists and nulls), so nothing here relies on a form.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.mock.words import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.request import ChatRequest

__all__ = ["Source", "document_sources", "fresh_results", "result_sources", "text_of"]

# Members that hold the body of a document, as against its title or address.
_BODIES = ("text", "snippet", "content", "body", "passage", "result", "output", "description")
_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Source:
    """Something to quote: `payload` is the source object of a citation, `quote` the words taken."""

    payload: dict[str, Any] = field(hash=False)
    quote: str


def text_of(content: object) -> str:
    """The text of a message's content, whether it is a text, a part or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        found = content.get("text")
        return found if isinstance(found, str) else ""
    if isinstance(content, list):
        return " ".join(filter(None, (text_of(part) for part in content if part is not None)))
    return ""


def _sound(text: str) -> bool:
    """The text can be sent: it has no lone surrogate."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def _repaired(text: str) -> str:
    return text if _sound(text) else text.encode("utf-8", "replace").decode()


def _shown(value: object) -> str:
    """A value as the live API repeats it: texts as they are, the rest as JSON text."""
    if isinstance(value, str):
        return _repaired(value)
    return _repaired(json.dumps(value, ensure_ascii=False))


def _data(found: object) -> dict[str, str]:
    """The members of a document, all as text."""
    if isinstance(found, str):
        try:
            parsed = json.loads(found)
        except (ValueError, RecursionError):
            parsed = None
        if not isinstance(parsed, dict):
            return {"content": _repaired(found)}
        found = parsed
    if not isinstance(found, dict):
        return {}
    return {_repaired(name): _shown(value) for name, value in found.items()}


def _quotable(data: dict[str, str]) -> str:
    order = [data[name] for name in _BODIES if name in data]
    order += sorted((v for k, v in data.items() if k != "id"), key=len, reverse=True)
    for value in order:
        words = excerpt(value, _QUOTED).strip(" .,;:!?")
        if words:
            return words
    return ""


def document_sources(view: ChatRequest) -> Iterator[Source]:
    """The documents of a request; one without an id is called `doc:` and its position."""
    for position, document in enumerate(view.documents):
        given, data = None, {}
        if isinstance(document, str):
            data = {"text": _repaired(document)}
        elif isinstance(document, dict):
            given, data = document.get("id"), _data(document.get("data"))
        identity = given if isinstance(given, str) and given else f"doc:{position}"
        words = _quotable(data)
        if words and _sound(identity):
            shown = {"id": identity, **{k: v for k, v in data.items() if k != "id"}}
            yield Source({"type": "document", "id": identity, "document": shown}, words)


def fresh_results(view: ChatRequest) -> list[dict[str, Any]]:
    """The tool messages that the conversation ends with: results nobody has answered yet."""
    found: list[dict[str, Any]] = []
    for message in reversed(view.messages):
        if message.get("role") != "tool":
            break
        found.insert(0, message)
    return found


def result_sources(results: list[dict[str, Any]]) -> Iterator[Source]:
    """The parts of tool messages; one without an id is called by its call and position."""
    for message in results:
        call, content = message.get("tool_call_id"), message.get("content")
        if not isinstance(call, str):
            continue
        parts = content if isinstance(content, list) else [content]
        for position, part in enumerate(parts):
            given, output = None, {}
            document = part.get("document") if isinstance(part, dict) else None
            if isinstance(document, dict):
                given, output = document.get("id"), _data(document.get("data"))
            elif text_of(part):
                output = {"content": _repaired(text_of(part))}
            identity = given if isinstance(given, str) and given else f"{call}:{position}"
            words = _quotable(output)
            if words and _sound(identity):
                yield Source({"type": "tool", "id": identity, "tool_output": output}, words)
