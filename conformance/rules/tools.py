"""Tool calls: whether the request allows them, and whether their ids differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.request import is_redacted
from conformance.rules.parts import message_of, unread
from conformance.rules.registry import Finding, model, observed, prose, rule, schema
from conformance.rules.wording import more, quote, quote_all
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.message import Call
    from conformance.subject import Subject

_NAME = "/delta/message/tool_calls/function/name"


def _calls(subject: Subject) -> list[Call]:
    """The calls that a `tool-call-start` opened."""
    message = message_of(subject)
    return [call for call in message.calls if not call.implied] if message is not None else []


def _undeclared(subject: Subject, *, strict: bool) -> Iterator[Finding]:
    request = subject.request
    if not subject.has_request or not request.tools or request.strict_tools is not strict:
        return
    declared = [tool.get("name") for tool in request.tools]
    for call in _calls(subject):
        if call.name is not None and call.name not in declared:
            yield Finding(
                f"{quote(call.name)} is called, declared are {quote_all(declared)}",
                event=call.start,
                pointer=_NAME,
                note="not declared in the request",
            )


@rule("TOOL-004", "undeclared-tool", party=Party.SERVER, source=model("SO-06"))
def undeclared_tool(subject: Subject) -> Iterator[Finding]:
    """A tool call names one of the declared tools.

    Without strict tools this is up to the model, so a breach is a warning.

    Help: an application that looks the tool up by its name finds none
    Conforms:
        tools tide moon
        message-start
        tool-call-start 0 moon_1 moon
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools tide moon
        message-start
        tool-call-start 0 sun_1 sun
        tool-call-end 0
        message-end TOOL_CALL
    """
    yield from _undeclared(subject, strict=False)


@rule("TOOL-005", "strict-undeclared-tool", party=Party.SERVER, source=prose("SO-06"))
def strict_undeclared_tool(subject: Subject) -> Iterator[Finding]:
    r"""With strict tools a tool call names one of the declared tools.

    Help: an application that relies on the promise looks up a tool that it does not have
    Conforms:
        > {"strict_tools": true, "tools": [{"type": "function", "function": {"name": "tide", "parameters": {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}}}]}
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{\"port\": \"Brest\"}"
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        > {"strict_tools": true, "tools": [{"type": "function", "function": {"name": "tide", "parameters": {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}}}]}
        message-start
        tool-call-start 0 moon_1 moon
        tool-call-delta 0 "{\"port\": \"Brest\"}"
        tool-call-end 0
        message-end TOOL_CALL
    """
    yield from _undeclared(subject, strict=True)


@rule(
    "TOOL-006", "call-without-tools", party=Party.SERVER,
    source=schema("chat-stream, the request's `tools`"),
)  # fmt: skip
def call_without_tools(subject: Subject) -> Iterator[Finding]:
    """An answer calls tools only if the request declares some.

    Help: an application without tools has no code for a tool call and shows an empty answer
    Conforms:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        message-end TOOL_CALL
    """
    if not subject.has_request or subject.request.get("tools"):
        return
    calls = _calls(subject)
    for call in calls[:1]:
        yield Finding(
            f"{quote(call.name)} is called{more(len(calls) - 1)}, the request declares no tools",
            event=call.start,
            pointer=_NAME,
            note="no tools in the request",
        )


@rule("TOOL-007", "duplicate-call-id", party=Party.SERVER, source=prose("G13"))
def duplicate_call_id(subject: Subject) -> Iterator[Finding]:
    """Each tool call of an answer has an id of its own.

    Help: an application that keeps results by call id answers one call twice and the other never
    Conforms:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        tool-call-start 1 tide_2 tide
        tool-call-end 1
        message-end TOOL_CALL
    Breaks:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        tool-call-start 1 tide_1 tide
        tool-call-end 1
        message-end TOOL_CALL
    """
    first: dict[str, int] = {}
    for call in _calls(subject):
        if not call.id or call.repeated or is_redacted(call.id):
            continue
        if call.id in first:
            yield Finding(
                f"a second tool call has the id {quote(call.id)}",
                event=call.start,
                pointer="/delta/message/tool_calls/id",
                note=f"already given in event {first[call.id] + 1}",
            )
        first.setdefault(call.id, call.start)


@rule("TOOL-011", "empty-call-id", party=Party.SERVER, source=observed("G13"))
def empty_call_id(subject: Subject) -> Iterator[Finding]:
    """The id of a tool call is not empty.

    Help: an application can't answer the call: a tool message with an empty id is refused
    Conforms:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide + {"delta": {"message": {"tool_calls": {"id": ""}}}}
        tool-call-end 0
        message-end TOOL_CALL
    """
    for call in _calls(subject):
        if call.id == "":
            yield Finding(
                f"the call of {quote(call.name)} has an empty id",
                event=call.start,
                pointer="/delta/message/tool_calls/id",
            )


@rule("TOOL-008", "required-but-no-call", party=Party.SERVER, source=prose("CC-01"))
def required_but_no_call(subject: Subject) -> Iterator[Finding]:
    """With tool choice REQUIRED the answer has at least one tool call.

    An answer that failed, met its token limit or ran into a stop sequence may end before it.

    Help: an application that forced a tool, to get structured data, gets prose or nothing
    Conforms:
        tools tide
        > {"tool_choice": "REQUIRED"}
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools tide
        > {"tool_choice": "REQUIRED"}
        message-start
        content-start 0 text
        content-delta 0 "At noon."
        content-end 0
        message-end COMPLETE
    """
    message = message_of(subject)
    if message is None or message.end is None or message.calls or message.cut:
        return
    if subject.request.tool_choice != "REQUIRED" or not subject.request.has_tools:
        return
    # TOOL_CALL without a call is the fault of the finish reason; a stop sequence was asked for.
    if message.finish_reason in ("TOOL_CALL", "STOP_SEQUENCE") or unread(subject):
        return
    yield Finding(
        f"`tool_choice` is `REQUIRED`, the answer finishes with {quote(message.finish_reason)} "
        "and calls no tool",
        event=message.end.number,
        note="no tool call before this",
    )


@rule("TOOL-009", "forbidden-call", party=Party.SERVER, source=prose("CC-02"))
def forbidden_call(subject: Subject) -> Iterator[Finding]:
    """With tool choice NONE the answer has no tool call.

    Help: an application that wanted a direct answer gets none
    Conforms:
        tools tide
        > {"tool_choice": "NONE"}
        message-start
        content-start 0 text
        content-delta 0 "At noon."
        content-end 0
        message-end COMPLETE
    Breaks:
        tools tide
        > {"tool_choice": "NONE"}
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        message-end TOOL_CALL
    """
    request = subject.request
    if request.tool_choice != "NONE" or not request.has_tools:
        return
    calls = _calls(subject)
    for call in calls[:1]:
        yield Finding(
            f"`tool_choice` is `NONE`, {quote(call.name)} is called{more(len(calls) - 1)}",
            event=call.start,
            pointer=_NAME,
            note="forbidden by the request",
        )
