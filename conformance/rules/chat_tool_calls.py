"""Chat request: the tool calls in its messages, and their results."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from conformance.rules.history import calls_of, identity_of, messages_of, strays, unknown_ids
from conformance.rules.registry import Finding, prose, rule
from conformance.rules.wording import quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject

# What stands for "no arguments": the stream's own form, and one the live API has sent.
_NO_ARGUMENTS = ("", "null")


@rule("CHAT-018", "duplicate-tool-call-id", party=Party.CLIENT, source=prose("CR-22"))
def duplicate_tool_call_id(subject: Subject) -> Iterator[Finding]:
    """No two tool calls in the messages have the same id.

    Help: a result cannot be told to belong to one of them; the server refuses the request
    Conforms:
        user "Hi"
        calls a:f
        result a "1"
        message-start
        message-end ERROR
    Breaks:
        user "Hi"
        calls a:f a:g
        result a "1"
        message-start
        message-end ERROR
    """
    if subject.request.redacted:
        return
    seen: set[str] = set()
    for position, message in messages_of(subject):
        for number, call in calls_of(message):
            identity = identity_of(call.get("id"))
            if identity in seen:
                yield Finding(
                    f"a second tool call has the id {quote(identity)}",
                    pointer=f"/messages/{position}/tool_calls/{number}/id",
                    note="already taken",
                )
            elif identity is not None:
                seen.add(identity)


@rule("CHAT-019", "unknown-tool-call-id", party=Party.CLIENT, source=prose("TU-01"))
def unknown_tool_call_id(subject: Subject) -> Iterator[Finding]:
    """A tool message answers a call of an assistant message before it.

    Help: the server refuses the request: there is no call that this is the result of
    Conforms:
        user "Hi"
        calls a:f
        result a "1"
        message-start
        message-end ERROR
    Breaks:
        user "Hi"
        calls a:f
        result b "1"
        message-start
        message-end ERROR
    """
    for position, identity in unknown_ids(subject):
        yield Finding(
            f"the tool message `{position}` answers {quote(identity)}, which no call before it has",
            pointer=f"/messages/{position}/tool_call_id",
            note="unknown id",
        )


@rule("CHAT-020", "tool-call-unanswered", party=Party.CLIENT, source=prose("TU-01"))
def tool_call_unanswered(subject: Subject) -> Iterator[Finding]:
    """A tool message answers each tool call in the messages.

    Help: the model waits for a result that never comes; the server refuses the request
    Conforms:
        user "Hi"
        calls a:f
        result a "1"
        message-start
        message-end ERROR
    Breaks:
        user "Hi"
        calls a:f
        user "Well?"
        message-start
        message-end ERROR
    """
    if subject.request.redacted:
        return
    # A result under a wrong id, or under none, is reported as such; the call that it was meant for
    # is not missed.
    misnamed = len(strays(subject))
    answered: dict[str, int] = {}
    for position, message in messages_of(subject):
        if message.get("role") == "tool":
            identity = identity_of(message.get("tool_call_id"))
            if identity is None:
                misnamed += 1
            else:
                answered[identity] = position
    for position, message in messages_of(subject):
        for number, call in calls_of(message):
            identity = identity_of(call.get("id"))
            if identity is None or answered.get(identity, -1) > position:
                continue
            if misnamed:
                misnamed -= 1
                continue
            yield Finding(
                f"no tool message answers the call {quote(identity)}",
                pointer=f"/messages/{position}/tool_calls/{number}",
                note="no result",
            )


@rule(
    "CHAT-032", "call-arguments-not-json", party=Party.CLIENT, source=prose("ST-07"),
    level=Level.WARNING,
)  # fmt: skip
def call_arguments_not_json(subject: Subject) -> Iterator[Finding]:
    """The arguments of a tool call in the messages are a JSON object as text.

    Text without a character stands for no arguments: the live API itself sends it so.

    Help: the model is shown a call that it cannot have made
    Conforms:
        user "Hi"
        calls a:f:{"b":1}
        result a "1"
        message-start
        message-end ERROR
    Breaks:
        user "Hi"
        calls a:f:b=1
        result a "1"
        message-start
        message-end ERROR
    """
    for position, message in messages_of(subject):
        for number, call in calls_of(message):
            function = call.get("function")
            arguments = function.get("arguments") if isinstance(function, dict) else None
            if not isinstance(arguments, str) or arguments.strip() in _NO_ARGUMENTS:
                continue
            try:
                is_object = isinstance(json.loads(arguments), dict)
            except (ValueError, RecursionError):
                is_object = False
            if not is_object:
                yield Finding(
                    f"the arguments {quote(arguments)} are not a JSON object",
                    pointer=f"/messages/{position}/tool_calls/{number}/function/arguments",
                    note="not a JSON object",
                )


@rule("CHAT-041", "tool-call-answered-twice", party=Party.CLIENT, source=prose("TU-01"))
def tool_call_answered_twice(subject: Subject) -> Iterator[Finding]:
    """One tool message answers a tool call, not several.

    Several results of one call go into one message, as a list of parts.

    Help: the server refuses the request, or heeds one of the results only
    Conforms:
        user "Hi"
        calls a:f
        result a [{"type": "text", "text": "1"}, {"type": "text", "text": "2"}]
        message-start
        message-end ERROR
    Breaks:
        user "Hi"
        calls a:f
        result a "1"
        result a "2"
        message-start
        message-end ERROR
    """
    if subject.request.redacted:
        return
    # An id that several calls share is reported as such; each of them may be answered.
    left = Counter(
        identity
        for _, message in messages_of(subject)
        for _, call in calls_of(message)
        if (identity := identity_of(call.get("id")))
    )
    stray = {position for position, _ in strays(subject)}
    for position, message in messages_of(subject):
        identity = identity_of(message.get("tool_call_id"))
        if message.get("role") != "tool" or identity is None or position in stray:
            continue
        left[identity] -= 1
        if left[identity] < 0:
            yield Finding(
                f"the tool message `{position}` answers the call {quote(identity)} once more",
                pointer=f"/messages/{position}/tool_call_id",
                note="already answered",
            )


@rule("CHAT-043", "empty-tool-call-id", party=Party.CLIENT, source=prose("CR-22"))
def empty_tool_call_id(subject: Subject) -> Iterator[Finding]:
    """The id of a tool call, and of the call that a tool message answers, is not empty.

    Help: the server refuses the request: the result cannot be told to belong to the call
    Conforms:
        user "Hi"
        calls a:f
        result a "1"
        message-start
        message-end ERROR
    Breaks:
        user "Hi"
        calls a:f :g
        result a "1"
        message-start
        message-end ERROR
    """
    for position, message in messages_of(subject):
        for number, call in calls_of(message):
            if call.get("id") == "":
                yield Finding(
                    "the id of a tool call is empty",
                    pointer=f"/messages/{position}/tool_calls/{number}/id",
                    note="empty",
                )
        if message.get("role") == "tool" and message.get("tool_call_id") == "":
            yield Finding(
                f"the tool message `{position}` names no call",
                pointer=f"/messages/{position}/tool_call_id",
                note="empty",
            )
