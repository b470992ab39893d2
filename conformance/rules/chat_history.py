"""Chat request: its messages, and their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.rules.history import calls_of, messages_of, strays
from conformance.rules.registry import Finding, prose, rule
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject


def _is_empty(content: object) -> bool:
    """Content without a single character or part: "", [], or only empty text parts."""
    if isinstance(content, list):
        return all(
            isinstance(part, dict) and part.get("type") == "text" and part.get("text") == ""
            for part in content
        )
    return content == ""


@rule("CHAT-016", "empty-message", party=Party.CLIENT, source=prose("CR-21"))
def empty_message(subject: Subject) -> Iterator[Finding]:
    """Every message has content; that of an assistant may be tool calls or a tool plan instead.

    Help: the server refuses the request
    Conforms:
        user [{"type": "text", "text": "Hi"}]
        message-start
        message-end ERROR
    Breaks:
        user ""
        message-start
        message-end ERROR
    """
    for position, message in messages_of(subject):
        role = message.get("role")
        if role == "assistant":
            if message.get("tool_calls") or message.get("tool_plan"):
                continue
            empty = "content" not in message or _is_empty(message["content"])
        else:
            empty = role in ("user", "system", "tool") and _is_empty(message.get("content"))
        if empty:
            yield Finding(
                f"the {role} message `{position}` is empty",
                pointer=f"/messages/{position}" + ("/content" if "content" in message else ""),
                note="nothing in it",
            )


@rule("CHAT-021", "message-order", party=Party.CLIENT, source=prose("TU-01"), level=Level.WARNING)
def message_order(subject: Subject) -> Iterator[Finding]:
    """Messages go from the user to the assistant, and from each call straight to its result.

    The first message that is no system message is the user's, the last one the user's or a tool's.

    Help: the model may take one side's words for the other's
    Conforms:
        user "Hi"
        assistant "Yes?"
        user "Well"
        message-start
        message-end ERROR
    Breaks:
        user "Hi"
        assistant "Yes?"
        message-start
        message-end ERROR
    """
    messages = messages_of(subject)
    stray = {position for position, _ in strays(subject)}
    before: dict[str, Any] = {}
    opened = False
    for position, message in messages:
        role = message.get("role")
        if role == "assistant" and not opened:
            yield Finding(
                f"the assistant message `{position}` comes before any user message",
                pointer=f"/messages/{position}/role",
                note="the user comes first",
            )
        in_place = before.get("role") == "tool" or calls_of(before)
        if role == "tool" and position not in stray and not in_place:
            yield Finding(
                f"the tool message `{position}` does not follow its call",
                pointer=f"/messages/{position}/role",
                note="belongs right after the call",
            )
        opened = opened or role != "system"
        before = message
    if before.get("role") in ("assistant", "system") and not calls_of(before):
        yield Finding(
            f"the last message is of the role `{before['role']}`",
            pointer=f"/messages/{messages[-1][0]}/role",
            note="user or tool",
        )


@rule(
    "CHAT-022", "system-not-first", party=Party.CLIENT, source=prose("CR-23"), level=Level.WARNING
)
def system_not_first(subject: Subject) -> Iterator[Finding]:
    """System messages come before all others.

    Help: some models refuse the request, others give the message less weight
    Conforms:
        system "Be brief"
        user "Hi"
        message-start
        message-end ERROR
    Breaks:
        user "Hi"
        system "Be brief"
        user "Well?"
        message-start
        message-end ERROR
    """
    others = False
    for position, message in messages_of(subject):
        if message.get("role") != "system":
            others = True
        elif others:
            yield Finding(
                f"the system message `{position}` comes after other messages",
                pointer=f"/messages/{position}/role",
                note="belongs first",
            )


@rule("CHAT-029", "empty-messages", party=Party.CLIENT, source=prose("CR-21"))
def empty_messages(subject: Subject) -> Iterator[Finding]:
    """A chat request has at least one message.

    Help: the server refuses the request
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        > {"messages": []}
        message-start
        message-end ERROR
    """
    if subject.is_chat and subject.request.get("messages") == []:
        yield Finding("`messages` is empty", pointer="/messages", note="no message")
