"""Order of the whole stream: its start, its end, its terminator, the place of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.places import breaches
from conformance.rules.registry import observed, prose, rule
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.rules.registry import Finding
    from conformance.subject import Subject


def _after(state: str) -> str:
    return state.partition(", ")[2] or state


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
    response = subject.exchange.response
    if response is not None and not response.complete:
        return  # the connection broke, which is what is reported then
    yield from breaches(
        subject, "STREAM-003",
        lambda _, kind: f"{kind} comes before any `message-end`",
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
    if reading is None or reading.newline_delimited or not subject.exchange.framing:
        return
    if reading.cut is not None:
        return  # the body ends inside something, which is what is reported then
    yield from breaches(
        subject, "STREAM-024", lambda *_: "the stream ends without `data: [DONE]`",
        "no terminator after this",
    )  # fmt: skip
