"""Order of content blocks: they open, bring what they are made of, and close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.places import breaches, index_of
from conformance.rules.registry import Finding, observed, prose, rule
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.events import Event
    from conformance.subject import Subject


# What was seen of the index of events that do not belong to a content block.
_INDEX_SEEN = {"tool": observed("G9"), "citation": observed("C3")}
_INDEXED = (
    "content-start", "content-delta", "content-end", "tool-call-start", "tool-call-delta",
    "tool-call-end", "citation-start", "citation-end",
)  # fmt: skip


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
        lambda breach, _: f"`content-end`{index_of(breach)} and no content block is open",
        "no `content-start` opened a block",
    )  # fmt: skip


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
    if subject.reading is None:
        return
    seen: set[int] = set()
    for place in subject.reading.message.numbers["block"]:
        if place.index is None:
            continue
        if place.sent and place.index in seen:
            yield Finding(
                f"a second content block has index {place.index}",
                event=place.event,
                pointer="/index",
                note="already used",
            )
        seen.add(place.index)


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
    if subject.reading is None:
        return
    # Where the start of a block disagrees with its deltas and these are right, that was reported.
    others = {b.expected: b.index for b in subject.reading.breaches if b.code == "STREAM-013"}
    seen: set[int] = set()
    expected = 0
    for place in subject.reading.message.numbers["block"]:
        index = expected if place.index is None else place.index
        if others.get(index) == expected:
            index = expected
        if place.sent and index != expected and index not in seen:
            yield Finding(
                f"the content block has index {index}, expected {expected}",
                event=place.event,
                pointer="/index",
            )
        seen.add(index)
        expected = max(expected, index + 1)


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


@rule("STREAM-026", "missing-index", party=Party.SERVER, source=observed("G6"))
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
        yield Finding(
            f"`{event.type}` has no `index`",
            event=event.number,
            source=_INDEX_SEEN.get((event.type or "").split("-")[0]),
        )


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
        if block.end is not None and not block.parts:
            yield Finding(f"the {block.kind} block has no delta", event=block.start)


@rule("STREAM-028", "empty-delta", party=Party.SERVER, source=observed("G6"))
def empty_delta(subject: Subject) -> Iterator[Finding]:
    """No delta of content or plan is empty.

    A content-delta with neither text nor thinking is empty too.

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
    void = [event for event in (subject.reading.parsed if subject.reading else []) if _void(event)]
    for event in void[:1]:
        often = f", and {len(void) - 1} more" if len(void) > 1 else ""
        yield Finding(
            f"`{event.type}` brings neither text nor thinking{often}",
            event=event.number,
            pointer="/delta/message/content",
        )


def _void(event: Event) -> bool:
    if event.type != "content-delta":
        return False
    content = event.at("delta", "message", "content")
    return isinstance(content, dict) and not content.keys() & {"text", "thinking"}
