"""A chat request body → its tools, documents, messages and ids, whatever shape it has.

The rules about answers ask what the request declared. Requests may be faulty, so every look-up
here takes any JSON and skips what does not have the expected form.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ChatRequest", "is_redacted"]

# Recorders replace ids and keys by marks of their own; a replaced id can't be compared.
_REDACTED = re.compile(
    r"redact|scrub|filtered|masked|\*{3}|^<.*>$|^\[.*\]$|^\{\{.*\}\}$|^x{4,}$",
    re.IGNORECASE,
)


def is_redacted(identity: str) -> bool:
    """A recorder put this in the place of an id."""
    return bool(_REDACTED.search(identity))


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


class ChatRequest:
    """A view of a chat request body."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body

    def get(self, name: str) -> Any:
        """A top-level member, or None."""
        return self.body.get(name)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages that are objects, in order."""
        return list(_dicts(self.body.get("messages")))

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The declared tools' `function` objects, in order."""
        return [
            tool["function"]
            for tool in _dicts(self.body.get("tools"))
            if isinstance(tool.get("function"), dict)
        ]

    def tool(self, name: str) -> dict[str, Any] | None:
        """The declared function of this name, or None."""
        return next((tool for tool in self.tools if tool.get("name") == name), None)

    @property
    def has_tools(self) -> bool:
        """At least one tool is declared."""
        tools = self.body.get("tools")
        return isinstance(tools, list) and bool(tools)

    @property
    def has_documents(self) -> bool:
        """At least one document is sent."""
        documents = self.body.get("documents")
        return isinstance(documents, list) and bool(documents)

    @property
    def documents(self) -> list[Any]:
        """The documents, strings and objects."""
        documents = self.body.get("documents")
        return documents if isinstance(documents, list) else []

    @property
    def strict_tools(self) -> bool:
        """`strict_tools` is asked for."""
        return self.body.get("strict_tools") is True

    @property
    def citation_mode(self) -> str | None:
        """The citation mode in upper case (the live API folds case), or None."""
        options = self.body.get("citation_options")
        mode = options.get("mode") if isinstance(options, dict) else None
        return mode.upper() if isinstance(mode, str) else None

    @property
    def tool_choice(self) -> str | None:
        """`tool_choice`, or None."""
        choice = self.body.get("tool_choice")
        return choice if isinstance(choice, str) else None

    @property
    def response_format(self) -> dict[str, Any]:
        """`response_format`, empty when there is none."""
        found = self.body.get("response_format")
        return found if isinstance(found, dict) else {}

    @property
    def thinking_disabled(self) -> bool:
        """Thinking is turned off explicitly."""
        thinking = self.body.get("thinking")
        return isinstance(thinking, dict) and thinking.get("type") == "disabled"

    @property
    def stop_sequences(self) -> list[str]:
        """The stop sequences that are non-empty strings."""
        found = self.body.get("stop_sequences")
        return [s for s in found if isinstance(s, str) and s] if isinstance(found, list) else []

    def document_ids(self) -> set[str]:
        """Every id under which an answer may cite a document: given ids, else `doc:<position>`."""
        return self._ids(self.documents)

    @staticmethod
    def _ids(documents: list[Any]) -> set[str]:
        ids = set()
        for position, document in enumerate(documents):
            given = document.get("id") if isinstance(document, dict) else None
            ids.add(given if isinstance(given, str) and given else f"doc:{position}")
        return ids

    def calls(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """(message position, call position, call) of every tool call in the history."""
        for position, message in self._numbered():
            if message.get("role") == "assistant":
                calls = message.get("tool_calls")
                for number, call in enumerate(calls if isinstance(calls, list) else []):
                    if isinstance(call, dict):
                        yield position, number, call

    def results(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(message position, message) of every tool message."""
        for position, message in self._numbered():
            if message.get("role") == "tool":
                yield position, message

    def _numbered(self) -> Iterator[tuple[int, dict[str, Any]]]:
        messages = self.body.get("messages")
        if isinstance(messages, list):
            for position, message in enumerate(messages):
                if isinstance(message, dict):
                    yield position, message

    def call_ids(self) -> set[str]:
        """The ids of the tool calls in the history."""
        return {c["id"] for _, _, c in self.calls() if isinstance(c.get("id"), str)}

    def result_ids(self) -> set[str]:
        """The tool call ids that tool messages answer."""
        found = (message.get("tool_call_id") for _, message in self.results())
        return {each for each in found if isinstance(each, str)}

    def tool_document_ids(self) -> set[str]:
        """The explicit ids of documents inside tool messages."""
        ids = set()
        for _, message in self.results():
            for part in _dicts(message.get("content")):
                document = part.get("document")
                if isinstance(document, dict) and isinstance(document.get("id"), str):
                    ids.add(document["id"])
        return ids

    @property
    def redacted(self) -> bool:
        """Some id was replaced by a recorder, so ids in the answer cannot be compared."""
        ids = self.call_ids() | self.result_ids() | self.document_ids() | self.tool_document_ids()
        return any(is_redacted(each) for each in ids)
