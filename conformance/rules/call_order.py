"""Order of tool calls: each has a start and an end, and an index of its own count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.places import breaches, index_of
from conformance.rules.registry import Finding, observed, prose, rule
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject


@rule("STREAM-008", "unclosed-tool-call", party=Party.SERVER, source=prose("ST-06"))
def unclosed_tool_call(subject: Subject) -> Iterator[Finding]:
    """A tool call ends before anything else begins: calls come one after another.

    Help: a client that hands a call to its caller at tool-call-end never does
    Conforms:
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools now
        message-start
        tool-call-start 0 now_1 now
        message-end TOOL_CALL
    """
    yield from breaches(
        subject, "STREAM-008", lambda _, kind: f"{kind} while a tool call is open",
        "no `tool-call-end` before this",
    )  # fmt: skip


@rule("STREAM-011", "orphan-tool-call-delta", party=Party.SERVER, source=prose("ST-06"))
def orphan_tool_call_delta(subject: Subject) -> Iterator[Finding]:
    """A tool-call-delta belongs to an open tool call.

    Help: a client has no name or id for these arguments
    Conforms:
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-call-delta 0 "{}"
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-call-delta 0 "{}"
        tool-call-end 0
        tool-call-delta 0 " "
        message-end TOOL_CALL
    """
    yield from breaches(
        subject, "STREAM-011",
        lambda breach, _: f"`tool-call-delta`{index_of(breach)} and no tool call is open",
        "no `tool-call-start` opened a call",
    )  # fmt: skip


@rule("STREAM-012", "orphan-tool-call-end", party=Party.SERVER, source=prose("ST-06"))
def orphan_tool_call_end(subject: Subject) -> Iterator[Finding]:
    """A tool-call-end closes an open tool call.

    Help: a client hands a call to its caller twice, or raises
    Conforms:
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-call-end 0
        tool-call-end 0
        message-end TOOL_CALL
    """
    yield from breaches(
        subject, "STREAM-012",
        lambda breach, _: f"`tool-call-end`{index_of(breach)} and no tool call is open",
        "no `tool-call-start` opened a call",
    )  # fmt: skip


@rule("STREAM-015", "tool-index-mismatch", party=Party.SERVER, source=prose("ST-06"))
def tool_index_mismatch(subject: Subject) -> Iterator[Finding]:
    """The index of a tool-call-delta or tool-call-end is that of the open call.

    Help: a client that keeps calls by index mixes their arguments up
    Conforms:
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-call-delta 0 "{}"
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-call-delta 1 "{}"
        tool-call-end 0
        message-end TOOL_CALL
    """
    yield from breaches(
        subject, "STREAM-015",
        lambda b, kind: f"{kind} has index {b.index}, the open call has {b.expected}",
        "another index than `tool-call-start` gave",
    )  # fmt: skip


@rule("STREAM-018", "tool-index-sequence", party=Party.SERVER, source=prose("ST-06"))
def tool_index_sequence(subject: Subject) -> Iterator[Finding]:
    """Tool calls are numbered 0, 1, 2 ... in a count of their own, whatever blocks came before.

    Help: a client that appends calls to a list addresses the wrong one
    Conforms:
        tools now
        message-start
        content-start 0 thinking
        content-delta 0 "hm"
        content-end 0
        tool-call-start 0 now_1 now
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools now
        message-start
        content-start 0 thinking
        content-delta 0 "hm"
        content-end 0
        tool-call-start 1 now_1 now
        tool-call-end 1
        message-end TOOL_CALL
    """
    if subject.reading is None:
        return
    # Where the start of a call disagrees with its deltas and these are right, that was reported.
    others = {b.expected: b.index for b in subject.reading.breaches if b.code == "STREAM-015"}
    expected = 0
    for place in subject.reading.message.numbers["call"]:
        index = expected if place.index is None else place.index
        if others.get(index) == expected:
            expected += 1
            continue
        if place.sent and index != expected:
            yield Finding(
                f"the tool call has index {index}, expected {expected}",
                event=place.event,
                pointer="/index",
            )
        expected = index + 1


@rule("STREAM-021", "text-beside-tool-calls", party=Party.SERVER, source=observed("G15"))
def text_beside_tool_calls(subject: Subject) -> Iterator[Finding]:
    """A stream with tool calls has no text block.

    Help: a client that ends the turn at the text never runs the tools
    Conforms:
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools now
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        tool-call-start 0 now_1 now
        tool-call-end 0
        message-end TOOL_CALL
    """
    if subject.reading is None or not subject.reading.message.calls:
        return
    texts = [b for b in subject.reading.message.blocks if b.kind == "text" and not b.implied]
    for block in texts[:1]:
        yield Finding("a text block in a stream with tool calls", event=block.start)
