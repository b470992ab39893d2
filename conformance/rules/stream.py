"""Order and identity: what the sequence of events breaks.

The table in `conformance.stream` finds most of these; a function here says what a refused cell
means. The others look at the indexes of the folded message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.places import breaches
from conformance.rules.registry import Finding, observed, prose, rule
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject


@rule("STREAM-001", "missing-message-start", party=Party.SERVER, source=prose("ST-01"))
def missing_message_start(subject: Subject) -> Iterator[Finding]:
    """The first event of a stream is message-start.

    Help: a client that creates its message there has none to add to
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    """
    yield from breaches(
        subject, "STREAM-001", lambda _, kind: f"{kind} comes before any `message-start`",
        "no `message-start` yet",
    )  # fmt: skip


@rule("STREAM-002", "repeated-message-start", party=Party.SERVER, source=prose("ST-01"))
def repeated_message_start(subject: Subject) -> Iterator[Finding]:
    """A stream has exactly one message-start.

    Help: a client starts over and loses what it had
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        message-start
        message-end ERROR
    """
    yield from breaches(
        subject, "STREAM-002", lambda *_: "a second `message-start`", "the message is already open"
    )


@rule("STREAM-003", "missing-message-end", party=Party.SERVER, source=prose("ST-02"))
def missing_message_end(subject: Subject) -> Iterator[Finding]:
    """A stream ends with message-end.

    Help: a client cannot tell a complete answer from a cut one, and has no finish reason or usage
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        eof
    """
    yield from breaches(
        subject, "STREAM-003",
        lambda breach, kind: f"{kind} comes before any `message-end`",
        "the stream stops here",
    )  # fmt: skip


@rule("STREAM-004", "event-after-message-end", party=Party.SERVER, source=prose("ST-02"))
def event_after_message_end(subject: Subject) -> Iterator[Finding]:
    """Nothing but the terminator follows message-end.

    Help: a client that stops at message-end never sees it
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        message-end ERROR
        content-start 0 text
    """
    yield from breaches(
        subject, "STREAM-004", lambda _, kind: f"{kind} after `message-end`", "the message is over"
    )


@rule("STREAM-005", "repeated-message-end", party=Party.SERVER, source=prose("ST-02"))
def repeated_message_end(subject: Subject) -> Iterator[Finding]:
    """A stream has exactly one message-end.

    Help: a client that counts usage there counts twice
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        message-end ERROR
        message-end ERROR
    """
    yield from breaches(
        subject, "STREAM-005", lambda *_: "a second `message-end`", "the message is over"
    )


@rule("STREAM-006", "event-after-terminator", party=Party.SERVER, source=prose("ST-12"))
def event_after_terminator(subject: Subject) -> Iterator[Finding]:
    """The terminator is the last event, and the only one of its kind.

    Help: a client that stops at the terminator never sees it
    Conforms:
        message-start
        message-end ERROR
        [DONE]
    Breaks:
        message-start
        message-end ERROR
        [DONE]
        [DONE]
    """
    yield from breaches(
        subject, "STREAM-006", lambda _, kind: f"{kind} after the terminator", "the stream is over"
    )


@rule("STREAM-007", "unclosed-block", party=Party.SERVER, source=prose("ST-03"))
def unclosed_block(subject: Subject) -> Iterator[Finding]:
    """A content block ends before anything else begins: blocks never nest or overlap.

    Help: a client that finishes a block at its content-end never finishes this one
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        message-end COMPLETE
    """
    yield from breaches(
        subject, "STREAM-007", lambda _, kind: f"{kind} while a content block is open",
        "no `content-end` before this",
    )  # fmt: skip


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


@rule("STREAM-010", "orphan-end", party=Party.SERVER, source=prose("ST-04"))
def orphan_end(subject: Subject) -> Iterator[Finding]:
    """A content-end closes an open content block.

    Help: a client that looks up the block finds none
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        content-end 0
        message-end COMPLETE
    """
    yield from breaches(
        subject, "STREAM-010",
        lambda breach, _: f"`content-end`{_index(breach.index)} and no content block is open",
        "no `content-start` opened a block",
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
        lambda breach, _: f"`tool-call-delta`{_index(breach.index)} and no tool call is open",
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
        lambda breach, _: f"`tool-call-end`{_index(breach.index)} and no tool call is open",
        "no `tool-call-start` opened a call",
    )  # fmt: skip


def _index(index: int | None) -> str:
    return "" if index is None else f" with index {index}"


@rule("STREAM-013", "index-mismatch", party=Party.SERVER, source=prose("ST-04"))
def index_mismatch(subject: Subject) -> Iterator[Finding]:
    """The index of a content-delta or content-end is that of the open block.

    Help: a client that keeps blocks by index drops or misfiles the text
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        content-delta 1 "Hi"
        content-end 0
        message-end COMPLETE
    """
    yield from breaches(
        subject, "STREAM-013",
        lambda b, kind: f"{kind} has index {b.index}, the open block has {b.expected}",
        "another index than `content-start` gave",
    )  # fmt: skip


@rule("STREAM-014", "orphan-delta", party=Party.SERVER, source=prose("ST-04"))
def orphan_delta(subject: Subject) -> Iterator[Finding]:
    """A content-delta belongs to an open content block.

    Help: a client that appends by `index` will drop or misfile this text
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    """
    yield from breaches(
        subject, "STREAM-014",
        lambda b, _: f"`content-delta` for block {'?' if b.index is None else b.index}, "
        "which is not open",
        "no `content-start` opened this block",
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


@rule("STREAM-016", "index-reused", party=Party.SERVER, source=prose("ST-03"))
def index_reused(subject: Subject) -> Iterator[Finding]:
    """Each content block has an index of its own.

    Help: a client that keeps blocks by index writes the second over the first
    Conforms:
        message-start
        content-start 0 thinking
        content-delta 0 "hm"
        content-end 0
        content-start 1 text
        content-delta 1 "Hi"
        content-end 1
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 thinking
        content-delta 0 "hm"
        content-end 0
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    """
    seen: set[int] = set()
    for block in subject.reading.message.blocks if subject.reading else []:
        if block.index is None or block.implied:
            continue
        if block.index in seen:
            yield Finding(
                f"a second content block has index {block.index}", event=block.start,
                pointer="/index", note="already used",
            )  # fmt: skip
        seen.add(block.index)


@rule("STREAM-017", "index-gap", party=Party.SERVER, source=observed("G6"))
def index_gap(subject: Subject) -> Iterator[Finding]:
    """Content blocks are numbered 0, 1, 2 ... in the order in which they come.

    Help: a client that appends blocks to a list addresses the wrong one
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 1 text
        content-delta 1 "Hi"
        content-end 1
        message-end COMPLETE
    """
    seen: list[int] = []
    for block in subject.reading.message.blocks if subject.reading else []:
        if block.index is None or block.implied or block.index in seen:
            continue
        expected = max(seen, default=-1) + 1
        if block.index != expected:
            yield Finding(
                f"the content block has index {block.index}, expected {expected}",
                event=block.start, pointer="/index",
            )  # fmt: skip
        seen.append(block.index)


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
    expected = 0
    for call in subject.reading.message.calls if subject.reading else []:
        if call.index is None or call.implied:
            continue
        if call.index != expected:
            yield Finding(
                f"the tool call has index {call.index}, expected {expected}",
                event=call.start, pointer="/index",
            )  # fmt: skip
        expected = call.index + 1


@rule("STREAM-019", "interrupted-block", party=Party.SERVER, source=prose("ST-06"))
def interrupted_block(subject: Subject) -> Iterator[Finding]:
    """Inside an open block or call come only its own deltas: no plan, and in a call no citation.

    Help: a client that expects the open block to go on drops the event or raises
    Conforms:
        tools now
        message-start
        tool-plan-delta "I look."
        tool-call-start 0 now_1 now
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-plan-delta "I look."
        tool-call-end 0
        message-end TOOL_CALL
    """
    yield from breaches(
        subject, "STREAM-019", lambda b, kind: f"{kind} inside an {b.state.value}",
        "does not belong here",
    )  # fmt: skip


@rule("STREAM-020", "late-plan", party=Party.SERVER, source=observed("G16"))
def late_plan(subject: Subject) -> Iterator[Finding]:
    """The tool plan comes before the first tool call and before any answer.

    Help: a client that shows the plan before the calls shows it too late or never
    Conforms:
        tools now
        message-start
        tool-plan-delta "I look."
        tool-call-start 0 now_1 now
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-call-end 0
        tool-plan-delta "I look."
        message-end TOOL_CALL
    """
    yield from breaches(
        subject, "STREAM-020", lambda b, _: f"`tool-plan-delta` {_after(b.state.value)}",
        "the plan comes first",
    )  # fmt: skip


def _after(state: str) -> str:
    return state.partition(", ")[2] or state


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


@rule("STREAM-022", "thinking-after-text", party=Party.SERVER, source=prose("TH-02"))
def thinking_after_text(subject: Subject) -> Iterator[Finding]:
    """Thinking blocks come before the text block.

    Help: a client that shows thinking first has already shown the answer
    Conforms:
        message-start
        content-start 0 thinking
        content-delta 0 "hm"
        content-end 0
        content-start 1 text
        content-delta 1 "Hi"
        content-end 1
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        content-start 1 thinking
        content-delta 1 "hm"
        content-end 1
        message-end COMPLETE
    """
    yield from breaches(
        subject, "STREAM-022", lambda *_: "a thinking block after a text block",
        "the answer was already given",
    )  # fmt: skip


@rule("STREAM-023", "plan-beside-thinking", party=Party.SERVER, source=observed("G17"))
def plan_beside_thinking(subject: Subject) -> Iterator[Finding]:
    """A stream has a tool plan or a thinking block, not both.

    Help: a client that shows either as the reasoning shows half of it
    Conforms:
        tools now
        message-start
        tool-plan-delta "I look."
        tool-call-start 0 now_1 now
        tool-call-end 0
        message-end TOOL_CALL
    Breaks:
        tools now
        message-start
        content-start 0 thinking
        content-delta 0 "hm"
        content-end 0
        tool-plan-delta "I look."
        tool-call-start 0 now_1 now
        tool-call-end 0
        message-end TOOL_CALL
    """
    yield from breaches(
        subject, "STREAM-023", lambda _, kind: f"{kind}: the stream has both plan and thinking",
        "plan and thinking in one stream",
    )  # fmt: skip


@rule("STREAM-024", "missing-terminator", party=Party.SERVER, source=observed("F4"))
def missing_terminator(subject: Subject) -> Iterator[Finding]:
    """A stream ends with the terminator `data: [DONE]`.

    JSON Lines have none, and a body that a recorder cut short is not held against the server.

    Help: a client that waits for it reports a broken stream, or waits for the connection to close
    Conforms:
        message-start
        message-end ERROR
        [DONE]
    Breaks:
        message-start
        message-end ERROR
        eof
    """
    reading = subject.reading
    if reading is None or reading.newline_delimited or reading.cut is not None:
        return
    yield from breaches(
        subject, "STREAM-024", lambda *_: "the stream ends without `data: [DONE]`",
        "no terminator after this",
    )  # fmt: skip


@rule("STREAM-025", "delta-kind-mismatch", party=Party.SERVER, source=prose("ST-04"))
def delta_kind_mismatch(subject: Subject) -> Iterator[Finding]:
    """The deltas of a block bring what the block is made of: text or thinking.

    Help: a client shows thinking as the answer, or the answer as thinking
    Conforms:
        message-start
        content-start 0 thinking
        content-delta 0 "hm"
        content-end 0
        message-end MAX_TOKENS
    Breaks:
        message-start
        content-start 0 text
        thinking-delta 0 "hm"
        content-end 0
        message-end COMPLETE
    """
    yield from breaches(
        subject, "STREAM-025",
        lambda b, _: f"a {'thinking' if 'thinking' in b.input.value else 'text'} delta in "
        f"an {b.state.value}",
        "another kind than the block",
    )  # fmt: skip


_INDEXED = (
    "content-start", "content-delta", "content-end", "tool-call-start", "tool-call-delta",
    "tool-call-end", "citation-start", "citation-end",
)  # fmt: skip


@rule("STREAM-026", "missing-index", party=Party.SERVER, source=observed("ST-13"))
def missing_index(subject: Subject) -> Iterator[Finding]:
    """Content, tool call and citation events carry an index.

    Help: a client that keeps blocks by index has no place for it
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        content-delta - "Hi"
        content-end 0
        message-end COMPLETE
    """
    missing = [
        event
        for event in (subject.reading.parsed if subject.reading else [])
        if event.index is None and event.type in _INDEXED and "index" not in event.data
    ]
    for event in missing[:1]:
        yield Finding(f"`{event.type}` has no `index`", event=event.number)


@rule("STREAM-027", "empty-block", party=Party.SERVER, source=observed("G6"))
def empty_block(subject: Subject) -> Iterator[Finding]:
    """A content block has at least one delta.

    Help: a client shows an empty answer
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 thinking
        content-end 0
        content-start 1 text
        content-delta 1 "Hi"
        content-end 1
        message-end COMPLETE
    """
    for block in subject.reading.message.blocks if subject.reading else []:
        if block.end is not None and not block.deltas and not block.parts:
            yield Finding(f"the {block.kind} block has no delta", event=block.start)


@rule("STREAM-028", "empty-delta", party=Party.SERVER, source=observed("G6"))
def empty_delta(subject: Subject) -> Iterator[Finding]:
    """No delta of content or plan is empty.

    Help: none for most clients; one that stops at an empty text stops too early
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 ""
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    """
    empty = [
        event
        for event in (subject.reading.empty if subject.reading else [])
        if event.type in ("content-delta", "tool-plan-delta")
    ]
    for event in empty[:1]:
        often = f", and {len(empty) - 1} more" if len(empty) > 1 else ""
        yield Finding(f"`{event.type}` brings an empty text{often}", event=event.number)


