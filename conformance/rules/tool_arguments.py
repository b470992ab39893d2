"""Tool calls: whether the arguments of each are an object that fits the tool's parameters.

A call that sends no arguments has the empty text; that stands for no arguments, not for a fault.
Texts are judged only where they are whole: not after a failure or a token limit, not where another
rule already found a delta misplaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.events import json_flaws
from conformance.rules.parts import message_of, piece_at, unread, walked_into
from conformance.rules.registry import Finding, model, observed, prose, rule
from conformance.rules.user_schema import is_schema, misfits
from conformance.rules.wording import json_type, more, quote, quote_all
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.message import Call
    from conformance.subject import Subject

# A delta that belongs to no call or to another one: what is joined then is not what was meant.
_MISPLACED = ("STREAM-011", "STREAM-015")
# Limits of this implementation; the text may be JSON all the same.
_UNJUDGED = ("nested too deeply", "number too long")


class _Arguments(NamedTuple):
    """The arguments of a call; `fault` says why they are no object, at character `position`."""

    value: dict[str, Any] | None
    fault: str = ""
    position: int = 0


def _read(text: str) -> _Arguments:
    if not text:
        return _Arguments({})
    value, flaws = json_flaws(text)
    for flaw in flaws:
        if flaw.kind == "invalid-json":
            if flaw.detail in _UNJUDGED:
                return _Arguments(None)
            reason = f"not JSON: {flaw.detail} at character {flaw.position}"
            return _Arguments(None, reason, flaw.position)
        if flaw.kind == "not-a-number":
            reason = f"not JSON: {quote(flaw.detail)} is no JSON number"
            return _Arguments(None, reason, flaw.position)
    if not isinstance(value, dict):
        return _Arguments(None, f"{json_type(value)}, not an object")
    return _Arguments(value)


def _whole_calls(subject: Subject) -> list[Call]:
    """The calls whose arguments came completely, as far as the stream tells."""
    reading = subject.reading
    if reading is None or not reading.message.calls or reading.message.cut:
        return []
    if walked_into(reading, *_MISPLACED) or unread(subject):
        return []
    return [call for call in reading.message.calls if call.end is not None and not call.implied]


@rule("TOOL-001", "arguments-not-object", party=Party.SERVER, source=prose("G12"))
def arguments_not_object(subject: Subject) -> Iterator[Finding]:
    r"""The joined arguments of a tool call are a JSON object, or empty.

    A stream that failed, met its token limit or never ended may stop in the middle of them.

    Help: a client that parses the arguments raises and cannot run the tool
    Conforms:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{\"port\": "
        tool-call-delta 0 "\"Brest\"}"
        tool-call-end 0
        tool-call-start 1 tide_2 tide
        tool-call-end 1
        message-end TOOL_CALL
    Breaks:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{\"port\": "
        tool-call-end 0
        message-end TOOL_CALL
    """
    reading = subject.reading
    for call in _whole_calls(subject) if reading is not None else []:
        read = _read(call.arguments)
        if read.fault and reading is not None:
            number = piece_at(reading, call.start, call.end, read.position)
            yield Finding(
                f"the arguments of {quote(call.name)} are {quote(call.arguments)}, {read.fault}",
                event=number,
                pointer="/delta/message/tool_calls/function/arguments",
                note=read.fault,
            )


def _unfit(subject: Subject, *, strict: bool) -> Iterator[Finding]:
    """Calls of declared tools whose arguments do not fit the declared parameters."""
    if not subject.has_request or subject.request.strict_tools is not strict:
        return
    for call in _whole_calls(subject):
        tool = subject.request.tool(call.name) if call.name is not None else None
        parameters = tool.get("parameters") if tool is not None else None
        value = _read(call.arguments).value
        if value is None or not isinstance(parameters, dict) or not is_schema(parameters):
            continue
        reasons = misfits(parameters, value)
        if strict:
            reasons += _undeclared(parameters, value)
        if reasons:
            yield Finding(
                f"the arguments of {quote(call.name)} do not fit its parameters: {reasons[0]}"
                + more(len(reasons) - 1),
                event=call.start,
                pointer="/delta/message/tool_calls/function/name",
                note=quote(call.arguments or "no arguments", 60),
            )


# With one of these, `properties` alone does not say which members there may be.
_OPEN = (
    "$ref", "$dynamicRef", "additionalProperties", "allOf", "anyOf", "dependentSchemas", "else",
    "if", "oneOf", "patternProperties", "then",
)  # fmt: skip


def _undeclared(parameters: dict[str, Any], value: dict[str, Any]) -> list[str]:
    """Arguments that the parameters do not name, where they name any."""
    declared = parameters.get("properties")
    if not isinstance(declared, dict) or not declared:
        return []
    if any(name in parameters for name in _OPEN):
        return []  # what the schema allows, the validator has said
    extra = [name for name in value if name not in declared]
    return [f"{quote_all(f'/{name}' for name in extra)} not declared"] if extra else []


@rule("TOOL-002", "strict-arguments-mismatch", party=Party.SERVER, source=prose("SO-06"))
def strict_arguments_mismatch(subject: Subject) -> Iterator[Finding]:
    r"""With strict tools the arguments of a call fit the parameters of its tool.

    Required ones are there, all have the declared types, and none is undeclared. A call without
    arguments counts as an empty object.

    Help: an application that relies on the promise calls its function with arguments it cannot take
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
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{\"port\": 29}"
        tool-call-end 0
        message-end TOOL_CALL
    """
    yield from _unfit(subject, strict=True)


@rule("TOOL-003", "arguments-mismatch", party=Party.SERVER, source=model("SO-06"))
def arguments_mismatch(subject: Subject) -> Iterator[Finding]:
    r"""The arguments of a call fit the parameters of its tool.

    Without strict tools this is up to the model, so a breach is a warning.

    Help: an application that does not validate calls its function with arguments it cannot take
    Conforms:
        > {"tools": [{"type": "function", "function": {"name": "tide", "parameters": {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}}}]}
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{\"port\": \"Brest\"}"
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        > {"tools": [{"type": "function", "function": {"name": "tide", "parameters": {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}}}]}
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{\"harbour\": \"Brest\"}"
        tool-call-end 0
        message-end TOOL_CALL
    """
    yield from _unfit(subject, strict=False)


@rule("TOOL-010", "nonempty-start-arguments", party=Party.SERVER, source=observed("ST-07"))
def nonempty_start_arguments(subject: Subject) -> Iterator[Finding]:
    """A tool call starts with empty arguments.

    Help: a client that only joins deltas loses what the start already brought
    Conforms:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{}"
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide + {"delta": {"message": {"tool_calls": {"function": {"arguments": "{}"}}}}}
        tool-call-end 0
        message-end TOOL_CALL
    """
    message, reading = message_of(subject), subject.reading
    if message is None or reading is None:
        return
    for call in message.calls:
        if call.implied:
            continue
        path = ("delta", "message", "tool_calls", "function", "arguments")
        found = reading.events[call.start].at(*path)
        if isinstance(found, str) and found:
            yield Finding(
                f"`tool-call-start` of {quote(call.name)} already brings the arguments "
                f"{quote(found)}",
                event=call.start,
                pointer="/" + "/".join(path),
            )


@rule("TOOL-012", "missing-start-arguments", party=Party.SERVER, source=observed("G11"))
def missing_start_arguments(subject: Subject) -> Iterator[Finding]:
    """A tool call starts with arguments, which are empty.

    Help: a client that appends the deltas to what the start brought has nothing to append to
    Conforms:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{}"
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools tide
        message-start
        tool-call-start 0 tide_1 tide + {"delta": {"message": {"tool_calls": {"function": {"arguments": null}}}}}
        tool-call-delta 0 "{}"
        tool-call-end 0
        message-end TOOL_CALL
    """
    message, reading = message_of(subject), subject.reading
    for call in message.calls if message is not None and reading is not None else []:
        path = ("delta", "message", "tool_calls", "function")
        found = None if reading is None or call.implied else reading.events[call.start].at(*path)
        if isinstance(found, dict) and "arguments" not in found:
            yield Finding(
                f"`tool-call-start` of {quote(call.name)} has no arguments",
                event=call.start,
                pointer="/" + "/".join(path),
            )
