"""Faults of order and of indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.faults.edits import (
    Fault,
    drop,
    drop_every,
    every,
    insert,
    move,
    put,
    repeat,
    steps,
)

if TYPE_CHECKING:
    from tests.faults.draft import Draft

__all__ = ["FAULTS"]

TEXT, THINKING, CITED = "chat/text", "chat/thinking", "chat/documents_with_citations"
CALL, CALLS, BARE = "chat/tool_call", "chat/two_tool_calls", "chat/tool_call_without_arguments"
THOUGHT_CALL = "chat/thinking_and_tool_call"

END = ("message-end", 0)
DONE = ("[DONE]", 0)


def delta(index: int, **content: str) -> dict[str, Any]:
    """A content-delta."""
    return {"type": "content-delta", "index": index, "delta": {"message": {"content": content}}}


def plan(text: str) -> dict[str, Any]:
    """A tool-plan-delta."""
    return {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": text}}}


def block(index: int, kind: str, text: str) -> list[dict[str, Any]]:
    """A whole content block."""
    start = {"message": {"content": {"type": kind, kind: ""}}}
    return [
        {"type": "content-start", "index": index, "delta": start},
        delta(index, **{kind: text}),
        {"type": "content-end", "index": index},
    ]


def citation(index: int, **more: Any) -> list[dict[str, Any]]:
    """A citation of the first word of the answer, and its end."""
    cited = {"start": 0, "end": 3, "text": "The", "sources": [], **more}
    return [
        {"type": "citation-start", "index": index, "delta": {"message": {"citations": cited}}},
        {"type": "citation-end", "index": index},
    ]


DEBUG = {"type": "debug", "event_type": "debug"}


def _text_before_thinking(draft: Draft) -> None:
    assert draft.events is not None
    second = draft.place("content-start", 1)
    first = draft.place("content-start", 0)
    stop = draft.place("message-end")
    thinking, text = draft.events[first:second], draft.events[second:stop]
    for event in thinking:
        event.data["index"] = 1
    for event in text:
        event.data["index"] = 0
    draft.events[first:stop] = [*text, *thinking]


def _second_block_is_0(draft: Draft) -> None:
    assert draft.events is not None
    for event in draft.events[draft.place("content-start", 1) : draft.place("message-end")]:
        event.data["index"] = 0


def _second_block_is(index: int) -> Any:
    def edit(draft: Draft) -> None:
        assert draft.events is not None
        for event in draft.events[draft.place("content-start", 1) : draft.place("message-end")]:
            event.data["index"] = index

    return edit


def _second_call_is(index: int) -> Any:
    def edit(draft: Draft) -> None:
        assert draft.events is not None
        for event in draft.events[draft.place("tool-call-start", 1) : draft.place("message-end")]:
            event.data["index"] = index

    return edit


FAULTS = [
    # the ends of a message
    Fault("STREAM-001", "message-start dropped", TEXT, drop("message-start")),
    Fault("STREAM-001", "message-start dropped", CALL, drop("message-start")),
    Fault(
        "STREAM-001",
        "message-start behind the first block's start",
        TEXT,
        move("message-start", before=("content-delta", 0)),
    ),
    Fault("STREAM-002", "message-start repeated", TEXT, repeat("message-start")),
    Fault(
        "STREAM-002",
        "message-start repeated in a block",
        TEXT,
        repeat("message-start", before=("content-delta", 2)),
    ),
    Fault(
        "STREAM-002", "message-start repeated at the end", CALL, repeat("message-start", before=END)
    ),
    Fault("STREAM-003", "message-end dropped", TEXT, drop("message-end")),
    Fault("STREAM-003", "message-end dropped", CALL, drop("message-end")),
    Fault("STREAM-003", "message-end dropped", CITED, drop("message-end")),
    Fault(
        "STREAM-003",
        "the body stops after a delta",
        TEXT,
        steps(drop("[DONE]"), drop("message-end"), drop("content-end")),
    ),
    Fault("STREAM-004", "a delta after message-end", TEXT, insert(delta(0, text="!"), before=DONE)),
    Fault("STREAM-004", "a plan after message-end", CALL, insert(plan("Oh"), before=DONE)),
    Fault("STREAM-004", "a debug event after message-end", TEXT, insert(DEBUG, before=DONE)),
    Fault(
        "STREAM-004",
        "a block after message-end",
        TEXT,
        insert(*block(1, "text", "P.S."), before=DONE),
    ),
    Fault("STREAM-005", "message-end repeated", TEXT, repeat("message-end")),
    Fault("STREAM-005", "message-end repeated", CALLS, repeat("message-end")),
    Fault("STREAM-006", "the terminator repeated", TEXT, repeat("[DONE]")),
    Fault("STREAM-006", "the terminator before message-end", TEXT, move("[DONE]", before=END)),
    Fault(
        "STREAM-006",
        "the terminator before the calls",
        CALL,
        move("[DONE]", before=("tool-call-start", 0)),
    ),
    Fault(
        "STREAM-006",
        "the terminator amid a cited text",
        "chat/documents_with_citations",
        move("[DONE]", before=("content-delta", 3)),
    ),
    Fault(
        "STREAM-006",
        "message-end repeated after the terminator",
        TEXT,
        lambda draft: draft.events.append(draft.event("message-end")),  # type: ignore[union-attr]
    ),
    Fault("STREAM-024", "the terminator dropped", TEXT, drop("[DONE]"), level="warning"),
    Fault("STREAM-024", "the terminator dropped", CALL, drop("[DONE]"), level="warning"),
    # blocks
    Fault("STREAM-007", "content-end dropped", TEXT, drop("content-end")),
    Fault("STREAM-007", "content-end dropped", CITED, drop("content-end")),
    Fault("STREAM-007", "end of the thinking block dropped", THINKING, drop("content-end")),
    Fault("STREAM-007", "end of the text block dropped", THINKING, drop("content-end", 1)),
    Fault(
        "STREAM-007", "end of the block before the call dropped", THOUGHT_CALL, drop("content-end")
    ),
    Fault("STREAM-007", "content-start repeated", TEXT, repeat("content-start")),
    Fault("STREAM-007", "start of the text block repeated", THINKING, repeat("content-start", 1)),
    Fault(
        "STREAM-007",
        "the second block begins in the first",
        THINKING,
        move("content-end", before=("content-delta", -1)),
    ),
    Fault("STREAM-010", "content-end repeated", TEXT, repeat("content-end")),
    Fault(
        "STREAM-010", "content-end repeated before message-end", THINKING, repeat("content-end", 1)
    ),
    Fault(
        "STREAM-010",
        "an end before the first block",
        TEXT,
        repeat("content-end", before=("content-start", 0)),
    ),
    Fault("STREAM-014", "content-start dropped", TEXT, drop("content-start")),
    Fault("STREAM-014", "content-start dropped", CITED, drop("content-start")),
    Fault("STREAM-014", "start of the thinking block dropped", THINKING, drop("content-start")),
    Fault("STREAM-014", "start of the text block dropped", THINKING, drop("content-start", 1)),
    Fault("STREAM-014", "a delta after content-end", TEXT, insert(delta(0, text="!"), before=END)),
    Fault(
        "STREAM-014",
        "the last delta behind content-end",
        TEXT,
        lambda draft: move("content-delta", -1, before=END)(draft),  # noqa: PLW0108
    ),
    Fault(
        "STREAM-014",
        "the first delta before content-start",
        TEXT,
        move("content-delta", before=("content-start", 0)),
    ),
    Fault(
        "STREAM-014",
        "the first delta of a cited text before content-start",
        CITED,
        move("content-delta", before=("content-start", 0)),
    ),
    Fault(
        "STREAM-013",
        "a delta for block 5",
        TEXT,
        put("content-delta", "index", 5, 2),
    ),
    Fault("STREAM-013", "a start for block 4", TEXT, put("content-start", "index", 4)),
    Fault("STREAM-013", "an end for block 9", TEXT, put("content-end", "index", 9)),
    Fault(
        "STREAM-013", "a delta for the block before", THINKING, put("content-delta", "index", 0, -1)
    ),
    Fault("STREAM-013", "an end for the block before", THINKING, put("content-end", "index", 0, 1)),
    Fault("STREAM-016", "the second block is 0 again", THINKING, _second_block_is_0),
    Fault(
        "STREAM-017", "the only block is 1", TEXT, every("content-", "index", 1), level="warning"
    ),
    Fault("STREAM-017", "the second block is 2", THINKING, _second_block_is(2), level="warning"),
    Fault("STREAM-022", "the thinking block after the text", THINKING, _text_before_thinking),
    Fault(
        "STREAM-025",
        "a thinking delta in a text block",
        TEXT,
        insert(delta(0, thinking="Hm"), before=("content-end", 0)),
    ),
    Fault(
        "STREAM-025",
        "a text delta in a thinking block",
        THINKING,
        insert(delta(0, text="Hm"), before=("content-end", 0)),
    ),
    Fault("STREAM-026", "no index anywhere", TEXT, every("content-", "index"), level="warning"),
    Fault(
        "STREAM-026",
        "no index in one delta",
        TEXT,
        lambda draft: draft.event("content-delta", 3).data.pop("index"),
        level="warning",
    ),
    Fault(
        "STREAM-027",
        "a thinking block without deltas",
        THINKING,
        drop_every("content-delta", "thinking"),
        level="warning",
    ),
    Fault(
        "STREAM-028",
        "an empty delta",
        TEXT,
        insert(delta(0, text=""), before=("content-end", 0)),
        level="warning",
    ),
    Fault(
        "STREAM-028",
        "a delta with neither text nor thinking",
        TEXT,
        insert(
            {"type": "content-delta", "index": 0, "delta": {"message": {"content": {}}}},
            before=("content-end", 0),
        ),
        level="warning",
    ),
    # calls and plans
    Fault("STREAM-008", "tool-call-end dropped", CALL, drop("tool-call-end")),
    Fault("STREAM-008", "tool-call-end dropped", BARE, drop("tool-call-end")),
    Fault("STREAM-008", "end of the first call dropped", CALLS, drop("tool-call-end")),
    Fault("STREAM-008", "end of the second call dropped", CALLS, drop("tool-call-end", 1)),
    Fault("STREAM-008", "tool-call-start repeated", CALL, repeat("tool-call-start")),
    Fault(
        "STREAM-008",
        "the second call begins in the first",
        CALLS,
        move("tool-call-end", before=("tool-call-delta", -1)),
    ),
    Fault("STREAM-011", "tool-call-start dropped", CALL, drop("tool-call-start")),
    Fault("STREAM-011", "start of the first call dropped", CALLS, drop("tool-call-start")),
    Fault("STREAM-011", "start of the second call dropped", CALLS, drop("tool-call-start", 1)),
    Fault(
        "STREAM-011",
        "arguments after tool-call-end",
        CALL,
        insert(
            {
                "type": "tool-call-delta",
                "index": 0,
                "delta": {"message": {"tool_calls": {"function": {"arguments": " "}}}},
            },
            before=END,
        ),
    ),
    Fault("STREAM-012", "tool-call-end repeated", CALL, repeat("tool-call-end")),
    Fault("STREAM-012", "start of a call without arguments dropped", BARE, drop("tool-call-start")),
    Fault(
        "STREAM-012",
        "the end of a call before its start",
        BARE,
        move("tool-call-end", before=("tool-call-start", 0)),
    ),
    Fault("STREAM-015", "a start for call 4", CALL, put("tool-call-start", "index", 4)),
    Fault("STREAM-015", "arguments for call 4", CALL, put("tool-call-delta", "index", 4, 1)),
    Fault("STREAM-015", "an end for call 4", CALL, put("tool-call-end", "index", 4)),
    Fault("STREAM-015", "an end for the first call", CALLS, put("tool-call-end", "index", 0, 1)),
    Fault("STREAM-018", "the only call is 1", CALL, every("tool-call-", "index", 1)),
    Fault(
        "STREAM-018",
        "the call counts on from the block",
        THOUGHT_CALL,
        every("tool-call-", "index", 1),
    ),
    Fault("STREAM-018", "both calls are 0", CALLS, _second_call_is(0)),
    Fault("STREAM-018", "the second call is 2", CALLS, _second_call_is(2)),
    Fault(
        "STREAM-019",
        "a plan inside a call",
        CALL,
        insert(plan("And"), before=("tool-call-delta", 0)),
    ),
    Fault(
        "STREAM-019",
        "a plan inside a text block",
        "chat/tool_choice_none",
        insert(plan("And"), before=("content-delta", 1)),
    ),
    Fault(
        "STREAM-019",
        "a citation inside a call",
        CALL,
        insert(
            *citation(0, text="I", end=1, type="PLAN", sources=[]),
            before=("tool-call-delta", 0),
        ),
    ),
    Fault(
        "STREAM-020",
        "a plan between two calls",
        CALLS,
        move("tool-plan-delta", -1, before=("tool-call-start", 1)),
        level="warning",
    ),
    Fault(
        "STREAM-021",
        "a text block before the call",
        CALL,
        insert(*block(0, "text", "One moment."), before=("tool-call-start", 0)),
        level="warning",
    ),
    Fault(
        "STREAM-023",
        "a plan before the thinking block",
        THOUGHT_CALL,
        insert(plan("I look."), before=("content-start", 0)),
        level="warning",
    ),
]
