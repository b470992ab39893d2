"""The end of a message: whether its finish reason and error agree with what was streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.parts import message_of, piece_at, unread, walked_into
from conformance.rules.registry import Finding, observed, prose, rule
from conformance.rules.wording import quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject

_REASON = "/delta/finish_reason"


@rule("CHAT-101", "finish-without-tool-call", party=Party.SERVER, source=prose("FR-02"))
def finish_without_tool_call(subject: Subject) -> Iterator[Finding]:
    """A message that finishes with TOOL_CALL has a tool call.

    Help: an application that waits for calls to run has none, and may ask again for ever
    Conforms:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools tide
        message-start
        tool-plan-delta "I will look."
        message-end TOOL_CALL
    """
    reading, message = subject.reading, message_of(subject)
    if reading is None or message is None or message.end is None or message.calls:
        return
    if message.finish_reason != "TOOL_CALL":
        return
    if walked_into(reading, "STREAM-011", "STREAM-012") or unread(subject):
        return  # there was a call, its start is what lacks
    yield Finding(
        "the message finishes with `TOOL_CALL` and has no tool call",
        event=message.end.number,
        pointer=_REASON,
        note="no `tool-call-start` before this",
    )


@rule("CHAT-102", "tool-call-without-finish", party=Party.SERVER, source=prose("FR-02"))
def tool_call_without_finish(subject: Subject) -> Iterator[Finding]:
    """A message with tool calls finishes with TOOL_CALL, unless it failed or met its token limit.

    Help: an application that goes by the finish reason takes the turn for done and runs no tool
    Conforms:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        message-end COMPLETE
    """
    message = message_of(subject)
    if message is None or message.end is None:
        return
    if message.finish_reason not in ("COMPLETE", "STOP_SEQUENCE"):
        return
    count = sum(not call.implied for call in message.calls)
    if count:
        calls = "a tool call" if count == 1 else f"{count} tool calls"
        yield Finding(
            f"the message has {calls} and finishes with {quote(message.finish_reason)}",
            event=message.end.number,
            pointer=_REASON,
            note="expected `TOOL_CALL`",
        )


@rule(
    "CHAT-106", "error-without-failure", party=Party.SERVER, source=prose("FR-03"),
    level=Level.WARNING,
)  # fmt: skip
def error_without_failure(subject: Subject) -> Iterator[Finding]:
    """A message that tells an error finishes with ERROR or TIMEOUT.

    Help: an application that goes by the finish reason takes the answer for good
    Conforms:
        message-start
        message-end ERROR + {"delta": {"error": "generation failed"}}
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE + {"delta": {"error": "generation failed"}}
    """
    message = message_of(subject)
    if message is None or message.end is None or message.failed:
        return
    error = message.end.at("delta", "error")
    if isinstance(error, str) and error and message.finish_reason is not None:
        yield Finding(
            f"the message tells the error {quote(error, 60)} and finishes with "
            f"{quote(message.finish_reason)}",
            event=message.end.number,
            pointer="/delta/error",
            note="expected `ERROR` or `TIMEOUT`",
        )


@rule(
    "CHAT-107", "failure-without-error", party=Party.SERVER, source=prose("FR-03"),
    level=Level.WARNING,
)  # fmt: skip
def failure_without_error(subject: Subject) -> Iterator[Finding]:
    """A message that finishes with ERROR or TIMEOUT tells its error.

    Help: a user is told that something failed, and not what
    Conforms:
        message-start
        message-end ERROR + {"delta": {"error": "generation failed"}}
    Breaks:
        message-start
        message-end ERROR
    """
    message = message_of(subject)
    if message is None or message.end is None or not message.failed:
        return
    if message.end.at("delta", "error") in (None, ""):
        yield Finding(
            f"the message finishes with {quote(message.finish_reason)} and tells no `error`",
            event=message.end.number,
            pointer=_REASON,
            note="no `error` beside it",
        )


@rule("CHAT-114", "stop-sequence-in-text", party=Party.SERVER, source=prose("CR-07"))
def stop_sequence_in_text(subject: Subject) -> Iterator[Finding]:
    """A text that ended at a stop sequence holds none of the requested stop sequences.

    Help: an application that uses them as delimiters shows the delimiter, or what follows it
    Conforms:
        > {"stop_sequences": ["###"]}
        message-start
        content-start 0 text
        content-delta 0 "One. "
        content-end 0
        message-end STOP_SEQUENCE
    Breaks:
        > {"stop_sequences": ["###"]}
        message-start
        content-start 0 text
        content-delta 0 "One. ##"
        content-delta 0 "#"
        content-end 0
        message-end STOP_SEQUENCE
    """
    reading, message = subject.reading, message_of(subject)
    if reading is None or message is None or message.finish_reason != "STOP_SEQUENCE":
        return
    for block in message.blocks:
        if block.kind != "text":
            continue
        places = [(block.text.find(each), each) for each in subject.request.stop_sequences]
        found = [(place, each) for place, each in places if place >= 0]
        for place, each in sorted(found)[:1]:
            yield Finding(
                f"the text holds the stop sequence {quote(each)} at character {place}",
                event=piece_at(reading, block.start, block.end, place + len(each) - 1),
                pointer="/delta/message/content/text",
                note="the text ends before it",
            )


@rule(
    "CHAT-115", "stop-without-sequences", party=Party.SERVER, source=prose("CR-07"),
    level=Level.WARNING,
)  # fmt: skip
def stop_without_sequences(subject: Subject) -> Iterator[Finding]:
    """A message finishes with STOP_SEQUENCE only if the request has stop sequences.

    Help: an application that never sends any has no branch for it
    Conforms:
        > {"stop_sequences": ["###"]}
        message-start
        content-start 0 text
        content-delta 0 "One. "
        content-end 0
        message-end STOP_SEQUENCE
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "One. "
        content-end 0
        message-end STOP_SEQUENCE
    """
    message = message_of(subject)
    if message is None or message.end is None or not subject.has_request:
        return
    if message.finish_reason == "STOP_SEQUENCE" and not subject.request.get("stop_sequences"):
        yield Finding(
            "the message finishes with `STOP_SEQUENCE`, the request has no stop sequences",
            event=message.end.number,
            pointer=_REASON,
            note="none requested",
        )


@rule("CHAT-117", "empty-answer", party=Party.SERVER, source=observed("G6"))
def empty_answer(subject: Subject) -> Iterator[Finding]:
    """A message that finishes with COMPLETE has text or a tool call.

    Help: a user sees nothing, and the application takes it for an answer
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        message-end COMPLETE
    """
    message = message_of(subject)
    if message is None or message.end is None or message.finish_reason != "COMPLETE":
        return
    if message.calls or message.plan_text or message.text() or unread(subject):
        return  # a plan without a call is a matter of its own
    if subject.request.response_format.get("type") == "json_object":
        return  # an empty text is no JSON, which says it already
    yield Finding(
        "the message finishes with `COMPLETE` and has neither text nor a tool call",
        event=message.end.number,
        pointer=_REASON,
        note="nothing before this",
    )


@rule(
    "CHAT-120", "plan-without-call", party=Party.SERVER, source=prose("ST-10"),
    level=Level.WARNING,
)  # fmt: skip
def plan_without_call(subject: Subject) -> Iterator[Finding]:
    """A tool plan is followed by a tool call.

    Help: an application that hides the plan until the calls come shows nothing
    Conforms:
        tools tide
        message-start
        tool-plan-delta "I will look."
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools tide
        message-start
        tool-plan-delta "I will look."
        message-end COMPLETE
    """
    message = message_of(subject)
    if message is None or message.last_plan is None or message.calls:
        return
    if message.finish_reason != "COMPLETE" or unread(subject):
        return
    yield Finding(
        "a tool plan, and the message finishes with `COMPLETE` without a tool call",
        event=message.last_plan,
        note="no tool call after this",
    )
