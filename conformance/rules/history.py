"""Chat request → its messages and tool calls, with their places; other shapes are passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.subject import Subject

__all__ = ["calls_of", "identity_of", "messages_of", "strays", "unknown_ids"]


def messages_of(subject: Subject) -> list[tuple[int, dict[str, Any]]]:
    """(position, message) of every message that is an object; none unless it is a chat."""
    listed = subject.request.get("messages") if subject.is_chat else None
    return [
        (position, message)
        for position, message in enumerate(listed if isinstance(listed, list) else [])
        if isinstance(message, dict)
    ]


def calls_of(message: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """(position, call) of every tool call in an assistant message that is an object."""
    calls = message.get("tool_calls") if message.get("role") == "assistant" else None
    return [
        (position, call)
        for position, call in enumerate(calls if isinstance(calls, list) else [])
        if isinstance(call, dict)
    ]


def identity_of(value: object) -> str | None:
    """An id that can be compared: a string with something in it, else None."""
    return value if isinstance(value, str) and value else None


def strays(subject: Subject) -> list[tuple[int, str]]:
    """(position, id) of every tool message whose id no call before it has."""
    if subject.request.redacted:
        return []
    known: set[str] = set()
    found = []
    for position, message in messages_of(subject):
        known.update(i for _, call in calls_of(message) if (i := identity_of(call.get("id"))))
        if message.get("role") == "tool":
            identity = identity_of(message.get("tool_call_id"))
            if identity is not None and identity not in known:
                found.append((position, identity))
    return found


def unknown_ids(subject: Subject) -> list[tuple[int, str]]:
    """The strays, without as many as there are calls whose id is missing.

    That a call has no id is reported by itself; the call is taken for the one that is meant.
    """
    nameless = sum(
        identity_of(call.get("id")) is None
        for _, message in messages_of(subject)
        for _, call in calls_of(message)
    )
    return strays(subject)[nameless:]
