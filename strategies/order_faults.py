"""A valid stream → one whose indexes, blocks or calls are wrong where the table does not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .stream import Stream
from .streaming import Purpose
from .ways import StreamWays, find, tell

if TYPE_CHECKING:
    from .source import Source

__all__ = ["ORDERS"]

ORDERS = StreamWays()
Made = tuple[Stream, str, str]

TEXT = Purpose(text=True)
BOTH = Purpose(thinking=True, text=True)
CALLS = Purpose(plan=True, calls=True, reason="TOOL_CALL")
THOUGHT_CALLS = Purpose(thinking=True, calls=True, reason="TOOL_CALL")


def _shift(source: Source, items: list[Any], *types: str) -> tuple[int, int]:
    """Give an event of these types another index; where it is, and the index."""
    number = source.pick(find(items, *types))
    index = items[number]["index"] + source.pick((1, 2, -1, 100))
    items[number]["index"] = index
    return number, index


@ORDERS.way("another index", "STREAM-013")
def _block_index(source: Source) -> Made:
    items = tell(source, source.pick((TEXT, BOTH))).items
    number, index = _shift(source, items, "content-delta", "content-end")
    return Stream(items), f"/{number}/index", f"no open block has the index {index}"


@ORDERS.way("another index", "STREAM-015")
def _call_index(source: Source) -> Made:
    items = tell(source, CALLS).items
    number, index = _shift(source, items, "tool-call-delta", "tool-call-end")
    return Stream(items), f"/{number}/index", f"no open call has the index {index}"


def _renumber(items: list[Any], start: int, end: int, index: int, *types: str) -> None:
    for number in find(items, *types):
        if start <= number <= end:
            items[number]["index"] = index


@ORDERS.way("repeated index", "STREAM-016")
def _reused(source: Source) -> Made:
    items = tell(source, BOTH).items
    number = find(items, "content-start")[1]
    _renumber(items, number, len(items), 0, "content-start", "content-delta", "content-end")
    return Stream(items), f"/{number}/index", "two blocks have the index 0"


@ORDERS.way("gap in the indexes", "STREAM-017")
def _gap(source: Source) -> Made:
    items = tell(source, source.pick((TEXT, BOTH))).items
    number = find(items, "content-start")[-1]
    index = items[number]["index"] + source.pick((1, 2, 7))
    _renumber(items, number, len(items), index, "content-start", "content-delta", "content-end")
    return Stream(items), f"/{number}/index", f"a block is left out before {index}"


@ORDERS.way("gap in the indexes", "STREAM-018")
def _call_gap(source: Source) -> Made:
    items = tell(source, source.pick((CALLS, THOUGHT_CALLS))).items
    starts = find(items, "tool-call-start")
    number, end = starts[-1], len(items)
    index = items[number]["index"] + source.pick((1, 2, -1) if len(starts) > 1 else (1, 2, 7))
    _renumber(items, number, end, index, "tool-call-start", "tool-call-delta", "tool-call-end")
    return Stream(items), f"/{number}/index", f"calls are not counted 0, 1, 2 but {index}"


@ORDERS.way("text beside calls", "STREAM-021")
def _text_beside(source: Source) -> Made:
    items = tell(source, Purpose(text=True, calls=True, reason="TOOL_CALL")).items
    return Stream(items), f"/{find(items, 'content-start')[0]}", "a text block and tool calls"


@ORDERS.way("no index", "STREAM-026")
def _no_index(source: Source) -> Made:
    items = tell(source, source.pick((TEXT, CALLS, Purpose(text=True, cited=True)))).items
    number = source.pick([n for n, each in enumerate(items) if "index" in each and n])
    del items[number]["index"]
    return Stream(items), f"/{number}/index", "the event does not say which block it means"


@ORDERS.way("empty block", "STREAM-027")
def _empty_block(source: Source) -> Made:
    items = tell(source, BOTH).items
    first, *_ = find(items, "content-start")
    end = find(items, "content-end")[0]
    del items[first + 1 : end]
    return Stream(items), f"/{first}", "a block has no delta"


@ORDERS.way("empty delta", "STREAM-028")
def _empty_delta(source: Source) -> Made:
    purpose = source.pick((TEXT, CALLS))
    items = tell(source, purpose).items
    number = source.pick(find(items, "content-delta", "tool-plan-delta"))
    event = items[number]
    if event["type"] == "content-delta":
        made = {**event, "delta": {"message": {"content": {"text": ""}}}}
    else:
        made = {**event, "delta": {"message": {"tool_plan": ""}}}
    items.insert(number, made)
    return Stream(items), f"/{number}/delta", "a delta brings nothing"
