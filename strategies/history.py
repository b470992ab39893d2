"""Choices → the messages of a conversation: who speaks after whom, and what each says.

Every tool message answers one earlier call, each call is answered once, and the last word is the
user's or a tool's, since it is the model's turn.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from .images import image
from .tools import arguments
from .values import call_id, free_object, phrase, question

if TYPE_CHECKING:
    from .features import Features
    from .source import Source

__all__ = ["FOLLOWS", "Conversation"]

# Which role may speak after which; None is the beginning.
FOLLOWS: dict[str | None, tuple[str, ...]] = {
    None: ("system", "user"),
    "system": ("user",),
    "user": ("assistant",),
    "assistant": ("user", "tool"),
    "tool": ("tool", "assistant"),
}


class Conversation:
    """The messages of one request, as they are chosen."""

    def __init__(
        self,
        source: Source,
        features: Features,
        functions: list[dict[str, Any]],
        documents: list[Any],
    ) -> None:
        self.messages: list[dict[str, Any]] = []
        self._source = source
        self._features = features
        self._functions = functions
        self._documents = documents
        self._calls = 0
        # What an assistant may cite: sources as the API writes them, the latest first.
        self._sources: list[dict[str, Any]] = []
        for position, document in enumerate(documents):
            self._sources.append(_document_source(document, position))

    def choose(self, least: int, most: int) -> list[dict[str, Any]]:
        """A conversation of `least` to `most` messages."""
        source, results = self._source, self._features.results
        exact = least == most
        if most > (3 if results else 1):
            # Turns come in pairs, so of an even number one message is the system's.
            even = most % 2 == 0 if exact and not results else source.chance(2)
            if even:
                self._system()
        # The end of the conversation is a question, or a question, calls and their results.
        short = exact or most - len(self.messages) < 5
        ends_with_results = results and (short or not source.chance(2))
        reserved = 2 if ends_with_results else 0
        earlier_results = results and not ends_with_results
        turns = source.integer(0, 2)
        turns = max(turns, 1) if earlier_results else turns
        while turns > 0 or len(self.messages) + 1 + reserved < least:
            spent = len(self.messages) + 1 + reserved
            if most - spent < (4 if earlier_results else 2):
                break
            self._user()
            if earlier_results:
                self._exchange(least=0, most=most - 2)
                earlier_results = False
            self._answer()
            turns -= 1
        self._user(images=self._features.images)
        if ends_with_results:
            self._exchange(least, most)
            if most - len(self.messages) > 1 and source.chance(2):
                self._exchange(least, most)
        return self.messages

    def _system(self) -> None:
        text = phrase(self._source)
        content: Any = [{"type": "text", "text": text}] if self._source.chance(2) else text
        self.messages.append({"role": "system", "content": content})

    def _user(self, *, images: bool = False) -> None:
        source = self._source
        text = question(source)
        if images:
            parts = [{"type": "text", "text": text}, image(source)]
            if source.chance(2):
                parts.append(image(source))
            self.messages.append({"role": "user", "content": parts})
            return
        count = source.integer(0, 2)  # parts; a text alone is none
        parts = [{"type": "text", "text": text}]
        if count == 2:
            parts.append({"type": "text", "text": phrase(source)})
        self.messages.append({"role": "user", "content": parts if count else text})

    def _answer(self) -> None:
        """An assistant message with text."""
        source = self._source
        text = phrase(source)
        message: dict[str, Any] = {"role": "assistant", "content": text}
        thinking = None
        if self._features.thinking and source.integer(0, 1):
            thinking = phrase(source)
            message["content"] = [
                {"type": "thinking", "thinking": thinking},
                {"type": "text", "text": text},
            ]
        elif source.chance(2):
            message["content"] = [{"type": "text", "text": text}]
        about = [("TEXT_CONTENT", text, 0 if thinking is None else 1)]
        if thinking is not None:
            about.append(("THINKING_CONTENT", thinking, 0))
        count = source.integer(0, 2) if self._sources else 0
        if count:
            cited = [self._citation(*source.pick(about)) for _ in range(count)]
            message["citations"] = cited
        self.messages.append(message)

    def _citation(self, kind: str, text: str, index: int | None) -> dict[str, Any]:
        """A citation of a text, as it came from the API or with less than that."""
        source = self._source
        # Counted from the ends, so that the whole text is the simplest span.
        end = len(text) - source.integer(0, len(text) - 1)
        start = source.integer(0, end - 1)
        made: dict[str, Any] = {
            "start": start, "end": end, "text": text[start:end], "sources": [self._cited()], "type": kind,
        }  # fmt: skip
        if index is not None:
            made["content_index"] = index
        for name in source.some(tuple(made), (0, 1)):
            del made[name]
        return made

    def _cited(self) -> dict[str, Any]:
        made = copy.deepcopy(self._source.pick(self._sources))
        for name in self._source.some([name for name in made if name != "type"], (0, 1)):
            del made[name]
        return made

    def _exchange(self, least: int, most: int) -> None:
        """An assistant message with tool calls, and a tool message for each."""
        source = self._source
        room = most - len(self.messages) - 1
        missing = least - len(self.messages) - 1
        count = min(room, 2 if missing > 1 else source.integer(1, 2))
        calls: list[dict[str, Any]] = []
        for _ in range(count):
            function = source.pick(self._functions)
            self._calls += 1
            identity = call_id(function["name"], self._calls)
            called = {"name": function["name"], "arguments": arguments(source, function)}
            if called["arguments"] == "{}" and source.chance(2):
                del called["arguments"]
            calls.append({"id": identity, "type": "function", "function": called})
        message: dict[str, Any] = {"role": "assistant", "tool_calls": calls}
        form = source.integer(0, 2 if self._features.thinking else 1)
        if form == 1:
            message["tool_plan"] = phrase(source)
            if self._sources and source.integer(0, 1):
                message["citations"] = [self._citation("PLAN", message["tool_plan"], None)]
        elif form == 2:
            message["content"] = [{"type": "thinking", "thinking": phrase(source)}]
        self.messages.append(message)
        for call in calls:
            self._result(call["id"])

    def _result(self, identity: str) -> None:
        """A tool message."""
        source = self._source
        form = source.integer(0, 3)
        text = phrase(source)
        content: Any = text
        output: dict[str, Any] = {"content": text}
        known = f"{identity}:0"
        if form == 1:
            content = [{"type": "text", "text": text}]
        elif form > 1:
            data = free_object(source, 1) or {"result": text}
            document: dict[str, Any] = {"data": data}
            if form == 3:
                document["id"] = known = f"result-{self._calls}-{len(self.messages)}"
            content = [{"type": "document", "document": document}]
            output = {
                name: value if isinstance(value, str) else "…" for name, value in data.items()
            }
        self._sources.insert(0, {"type": "tool", "id": known, "tool_output": output})
        self.messages.append({"role": "tool", "tool_call_id": identity, "content": content})


def _document_source(document: Any, position: int) -> dict[str, Any]:
    """A document of the request as a citation names it."""
    identity = f"doc:{position}"
    data: dict[str, Any] = {"text": document}
    if isinstance(document, dict):
        identity, data = document.get("id", identity), document["data"]
    return {"type": "document", "id": identity, "document": {**data, "id": identity}}
