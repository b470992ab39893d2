"""The order of a stream: its states and one total table.

This is the only file that knows which event may follow which. `TABLE` has a cell for every state
and every input: the next state, or `No(code, recover)` with the code of the rule that the input
breaks and the state to go on in, so that one stream yields all its faults and one fault does not
yield ten. `again` in a cell says that the same input is then taken in the recovered state: what
was missing has been supplied.

    START ──message-start──▶ OPEN ──▶ PLAN, THINKING, TEXT, CALL ... ──message-end──▶ ENDED ──[DONE]──▶ DONE

An event whose `index` names another block than the open one breaks `MISMATCH`; the table never
sees it. `DEBUG` and events of unknown type change nothing: rules about events report them.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from conformance.events import TERMINATOR

__all__ = ["LABELS", "MISMATCH", "TABLE", "Input", "No", "State", "following"]


class State(str, Enum):
    """Where a stream stands; the value is the wording of failure messages."""

    START = "before `message-start`"
    OPEN = "message, no open block"
    PLAN = "message, tool plan being written"
    PLAN_CITE = "citation of the tool plan"
    THINKING = "open thinking block"
    THINKING_CITE = "citation in a thinking block"
    THOUGHT = "message, after a thinking block"
    TEXT = "open text block"
    TEXT_CITE = "citation in a text block"
    ANSWERED = "message, after a text block"
    CALL = "open tool call"
    CALLED = "message, after a tool call"
    CITE = "citation outside of any block"
    ENDED = "after `message-end`"
    DONE = "after the terminator"

    def __repr__(self) -> str:
        return self.name


class Input(str, Enum):
    """What may come: an event, or the end of the body. `FAILED` is a message-end that reports
    ERROR or TIMEOUT; a stream that broke in the middle may leave its blocks open.
    """

    MESSAGE_START = "message-start"
    TEXT_START = "content-start text"
    THINKING_START = "content-start thinking"
    TEXT_DELTA = "content-delta text"
    THINKING_DELTA = "content-delta thinking"
    CONTENT_END = "content-end"
    PLAN_DELTA = "tool-plan-delta"
    CALL_START = "tool-call-start"
    CALL_DELTA = "tool-call-delta"
    CALL_END = "tool-call-end"
    CITATION_START = "citation-start"
    CITATION_END = "citation-end"
    MESSAGE_END = "message-end"
    FAILED = "message-end after a failure"
    DEBUG = "debug"
    UNKNOWN = "unknown event"
    DONE = "[DONE]"
    EOF = "end of stream"

    def __repr__(self) -> str:
        return self.name


class No(NamedTuple):
    """A refused cell: the rule it breaks, the state to recover in, and whether to try again."""

    code: str
    recover: State
    again: bool = False


S, I = State, Input  # noqa: E741  (short, so that the rows below can be read as a table)
Row = dict[Input, "State | No"]

NO_START = "STREAM-001"
SECOND_START = "STREAM-002"
NO_END = "STREAM-003"
AFTER_END = "STREAM-004"
SECOND_END = "STREAM-005"
AFTER_DONE = "STREAM-006"
UNCLOSED_BLOCK = "STREAM-007"
UNCLOSED_CALL = "STREAM-008"
ORPHAN_END = "STREAM-010"
ORPHAN_CALL_DELTA = "STREAM-011"
ORPHAN_CALL_END = "STREAM-012"
ORPHAN_DELTA = "STREAM-014"
INTERRUPTED = "STREAM-019"
LATE_PLAN = "STREAM-020"
LATE_THINKING = "STREAM-022"
PLAN_AND_THINKING = "STREAM-023"
NO_TERMINATOR = "STREAM-024"
WRONG_KIND = "STREAM-025"
UNCLOSED_CITATION = "CITE-001"
INTERRUPTED_CITATION = "CITE-002"
ORPHAN_CITATION_END = "CITE-003"


def _between(state: State, **other: State | No) -> Row:
    """A row of the message level: no block is open."""
    row: Row = {
        I.MESSAGE_START: No(SECOND_START, state),
        I.TEXT_START: S.TEXT,
        I.THINKING_START: S.THINKING,
        I.TEXT_DELTA: No(ORPHAN_DELTA, S.TEXT),
        I.THINKING_DELTA: No(ORPHAN_DELTA, S.THINKING),
        I.CONTENT_END: No(ORPHAN_END, state),
        I.PLAN_DELTA: S.PLAN,
        I.CALL_START: S.CALL,
        I.CALL_DELTA: No(ORPHAN_CALL_DELTA, S.CALL),
        I.CALL_END: No(ORPHAN_CALL_END, state),
        I.CITATION_START: S.CITE,
        I.CITATION_END: No(ORPHAN_CITATION_END, state),
        I.MESSAGE_END: S.ENDED,
        I.FAILED: S.ENDED,
        I.DEBUG: state,
        I.UNKNOWN: state,
        I.DONE: No(NO_END, S.DONE),
        I.EOF: No(NO_END, S.DONE),
    }
    row.update({I[name]: cell for name, cell in other.items()})
    return row


def _inside(state: State, unclosed: str, after: State, **other: State | No) -> Row:
    """A row of an open block, call or citation: what belongs elsewhere closes it by force."""
    row: Row = {
        each: No(unclosed, after, again=True)
        for each in (I.TEXT_START, I.THINKING_START, I.CALL_START, I.CITATION_START, I.MESSAGE_END)
    }
    row |= {
        I.MESSAGE_START: No(SECOND_START, state),
        I.TEXT_DELTA: No(ORPHAN_DELTA, state),
        I.THINKING_DELTA: No(ORPHAN_DELTA, state),
        I.CONTENT_END: No(ORPHAN_END, state),
        I.PLAN_DELTA: No(INTERRUPTED, state),
        I.CALL_DELTA: No(ORPHAN_CALL_DELTA, state),
        I.CALL_END: No(ORPHAN_CALL_END, state),
        I.CITATION_END: No(ORPHAN_CITATION_END, state),
        I.FAILED: S.ENDED,
        I.DEBUG: state,
        I.UNKNOWN: state,
        I.DONE: No(NO_END, S.DONE),
        I.EOF: No(NO_END, S.DONE),
    }
    row.update({I[name]: cell for name, cell in other.items()})
    return row


def _cited(state: State, block: State, **other: State | No) -> Row:
    """A row of an open citation: only its end is expected."""
    unclosed = No(UNCLOSED_CITATION, block, again=True)
    row = _inside(state, UNCLOSED_CITATION, block, CITATION_END=block)
    for each in (
        I.CONTENT_END,
        I.PLAN_DELTA,
        I.CALL_DELTA,
        I.CALL_END,
        I.TEXT_DELTA,
        I.THINKING_DELTA,
    ):
        row[each] = unclosed
    row.update({I[name]: cell for name, cell in other.items()})
    return row


def _start() -> Row:
    row: Row = {each: No(NO_START, S.OPEN, again=True) for each in Input}
    row |= {
        I.MESSAGE_START: S.OPEN,
        I.DEBUG: S.START,
        I.UNKNOWN: S.START,
        I.DONE: No(NO_START, S.DONE),
        I.EOF: No(NO_START, S.DONE),
    }
    return row


def _ended() -> Row:
    row: Row = {each: No(AFTER_END, S.ENDED) for each in Input}
    row |= {
        I.MESSAGE_END: No(SECOND_END, S.ENDED),
        I.FAILED: No(SECOND_END, S.ENDED),
        I.UNKNOWN: S.ENDED,
        I.DONE: S.DONE,
        I.EOF: No(NO_TERMINATOR, S.DONE),
    }
    return row


def _done() -> Row:
    row: Row = {each: No(AFTER_DONE, S.DONE) for each in Input}
    row[I.EOF] = S.DONE
    return row


TABLE: dict[State, Row] = {
    S.START: _start(),
    S.OPEN: _between(S.OPEN),
    S.PLAN: _between(
        S.PLAN, CITATION_START=S.PLAN_CITE, THINKING_START=No(PLAN_AND_THINKING, S.THINKING)
    ),
    S.PLAN_CITE: _cited(S.PLAN_CITE, S.PLAN, PLAN_DELTA=No(INTERRUPTED_CITATION, S.PLAN_CITE)),
    S.THINKING: _inside(
        S.THINKING, UNCLOSED_BLOCK, S.THOUGHT,
        THINKING_DELTA=S.THINKING, TEXT_DELTA=No(WRONG_KIND, S.THINKING),
        CONTENT_END=S.THOUGHT, CITATION_START=S.THINKING_CITE,
    ),
    S.THINKING_CITE: _cited(
        S.THINKING_CITE, S.THINKING,
        THINKING_DELTA=No(INTERRUPTED_CITATION, S.THINKING_CITE),
        TEXT_DELTA=No(WRONG_KIND, S.THINKING_CITE),
    ),
    S.THOUGHT: _between(S.THOUGHT, PLAN_DELTA=No(PLAN_AND_THINKING, S.PLAN)),
    S.TEXT: _inside(
        S.TEXT, UNCLOSED_BLOCK, S.ANSWERED,
        TEXT_DELTA=S.TEXT, THINKING_DELTA=No(WRONG_KIND, S.TEXT),
        CONTENT_END=S.ANSWERED, CITATION_START=S.TEXT_CITE,
    ),
    S.TEXT_CITE: _cited(
        S.TEXT_CITE, S.TEXT,
        TEXT_DELTA=No(INTERRUPTED_CITATION, S.TEXT_CITE),
        THINKING_DELTA=No(WRONG_KIND, S.TEXT_CITE),
    ),
    S.ANSWERED: _between(
        S.ANSWERED,
        THINKING_START=No(LATE_THINKING, S.THINKING),
        PLAN_DELTA=No(LATE_PLAN, S.ANSWERED),
    ),
    S.CALL: _inside(
        S.CALL, UNCLOSED_CALL, S.CALLED,
        CALL_DELTA=S.CALL, CALL_END=S.CALLED, CITATION_START=No(INTERRUPTED, S.CALL),
    ),
    S.CALLED: _between(S.CALLED, PLAN_DELTA=No(LATE_PLAN, S.CALLED)),
    S.CITE: _cited(S.CITE, S.OPEN),
    S.ENDED: _ended(),
    S.DONE: _done(),
}  # fmt: skip

# An `index` that names another block, call or citation than the open one.
MISMATCH: dict[Input, str] = {
    I.TEXT_DELTA: "STREAM-013",
    I.THINKING_DELTA: "STREAM-013",
    I.CONTENT_END: "STREAM-013",
    I.CALL_DELTA: "STREAM-015",
    I.CALL_END: "STREAM-015",
    I.CITATION_END: "CITE-004",
}

# Event types as the wire writes them; content events are told apart by `_input_of`.
LABELS: dict[str, Input] = {
    "message-start": I.MESSAGE_START,
    "content-start": I.TEXT_START,
    "content-delta": I.TEXT_DELTA,
    "content-end": I.CONTENT_END,
    "tool-plan-delta": I.PLAN_DELTA,
    "tool-call-start": I.CALL_START,
    "tool-call-delta": I.CALL_DELTA,
    "tool-call-end": I.CALL_END,
    "citation-start": I.CITATION_START,
    "citation-end": I.CITATION_END,
    "message-end": I.MESSAGE_END,
    "debug": I.DEBUG,
    TERMINATOR: I.DONE,
}


def following(state: State) -> list[str]:
    """The wire names of what may come in a state, in the order of the table, without repeats."""
    names: dict[str, None] = {}
    for each, cell in TABLE[state].items():
        if not isinstance(cell, No) and each not in (I.UNKNOWN, I.DEBUG):
            # A failure may end a message where nothing else may; then the whole name tells it.
            only_failed = each is I.FAILED and isinstance(TABLE[state][I.MESSAGE_END], No)
            whole = each is I.EOF or only_failed
            names[each.value if whole else each.value.split(" ")[0]] = None
    return list(names)
