"""A valid stream with citations → one with a citation that is wrong: number, span, source, place."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from .features import Wishes
from .requests import chat_request
from .stream import Stream
from .streaming import Purpose
from .ways import StreamWays, find, tell

if TYPE_CHECKING:
    from .source import Source

__all__ = ["CITATIONS"]

CITATIONS = StreamWays()
Made = tuple[Stream, str, str]

CITED = Purpose(text=True, cited=True)
_AT = "delta/message/citations"


def cited(
    source: Source, purpose: Purpose = CITED, request: dict[str, Any] | None = None
) -> list[Any]:
    """The items of a regular stream with a citation at least."""
    for _ in range(100):
        items = tell(source, purpose, request).items
        if find(items, "citation-start"):
            return items
    raise AssertionError(purpose)


def _one(source: Source, items: list[Any]) -> tuple[int, dict[str, Any]]:
    """Where a citation is, and what it says."""
    number = source.pick(find(items, "citation-start"))
    return number, items[number]["delta"]["message"]["citations"]


def _length(items: list[Any]) -> int:
    """How many characters the text block has."""
    texts = [
        items[n]["delta"]["message"]["content"].get("text", "")
        for n in find(items, "content-delta")
    ]
    return len("".join(texts))


@CITATIONS.way("another index", "CITE-004")
def _end_index(source: Source) -> Made:
    items = cited(source)
    number = source.pick(find(items, "citation-end"))
    items[number]["index"] += source.pick((1, 2, -1, 100))
    return Stream(items), f"/{number}/index", "the open citation has another index"


@CITATIONS.way("gap in the indexes", "CITE-005")
def _gap(source: Source) -> Made:
    items = cited(source)
    start, end = find(items, "citation-start")[-1], find(items, "citation-end")[-1]
    index = items[start]["index"] + source.pick((1, 2, 7))
    items[start]["index"] = items[end]["index"] = index
    return Stream(items), f"/{start}/index", f"citations are not counted 0, 1, 2 but {index}"


@CITATIONS.way("other words", "CITE-006")
def _words(source: Source) -> Made:
    items = cited(source)
    number, citation = _one(source, items)
    citation["text"] = source.pick((citation["text"] + "x", "", "never said", citation["text"] * 2))
    return Stream(items), f"/{number}/{_AT}/text", "the span has other words"


@CITATIONS.way("other units", "CITE-006")
def _units(source: Source) -> Made:
    items = cited(source)
    deltas = [items[n]["delta"]["message"]["content"] for n in find(items, "content-delta")]
    # Three characters beyond U+FFFF, of which one is cited; in other units it is more than one.
    deltas[0]["text"] = "🌊🌊🌊" + deltas[0]["text"]
    deltas[-1]["text"] += " ebb and flow"
    for each in find(items, "citation-start"):
        other = items[each]["delta"]["message"]["citations"]
        other["start"] += 3
        other["end"] += 3
    number = find(items, "citation-start")[0]
    citation = items[number]["delta"]["message"]["citations"]
    start, (unit, size) = source.integer(0, 2), source.pick((("UTF-16 units", 2), ("bytes", 4)))
    citation |= {"start": start * size, "end": (start + 1) * size, "text": "🌊"}
    return Stream(items), f"/{number}/{_AT}/start", f"the offsets count {unit}"


@CITATIONS.way("span out of range", "CITE-007")
def _range(source: Source) -> Made:
    items = cited(source)
    number, citation = _one(source, items)
    form = source.integer(0, 2)
    if form == 0:
        citation["end"] = _length(items) + source.pick((1, 2, 1000))
        return Stream(items), f"/{number}/{_AT}/end", "the span ends behind the text"
    if form == 1:
        citation["start"] = source.pick((-1, -1000))
        return Stream(items), f"/{number}/{_AT}/start", "the span starts before the text"
    citation["start"], citation["end"] = citation["end"], citation["start"]
    if citation["start"] == citation["end"]:
        citation["start"] += 1
    return Stream(items), f"/{number}/{_AT}/start", "the span ends before it starts"


def _request(source: Source, **wishes: Any) -> dict[str, Any]:
    body = chat_request(source, Wishes(**{"thinking": False, "most": 4, **wishes}))
    for name in ("citation_options", "tool_choice", "stop_sequences", "logprobs"):
        body.pop(name, None)
    return body


@CITATIONS.way("unknown source", "CITE-008")
def _unknown_document(source: Source) -> Made:
    body = _request(source, documents=True, results=False)
    items = cited(source, CITED, body)
    number, citation = _one(source, items)
    unknown = source.pick((f"doc:{len(body['documents'])}", "doc:99", "unknown", "doc", ""))
    citation["sources"] = [{"type": "document", "id": unknown, "document": {"id": unknown}}]
    return (
        Stream(items, body),
        f"/{number}/{_AT}/sources/0/id",
        f"no document has the id `{unknown}`",
    )


@CITATIONS.way("unknown source", "CITE-009")
def _unknown_result(source: Source) -> Made:
    body = _request(source, results=True, documents=False)
    items = cited(source, CITED, body)
    number, citation = _one(source, items)
    calls = [call["id"] for m in body["messages"] for call in m.get("tool_calls", ())]
    unknown = source.pick(("unknown:0", "0", calls[0], f"{calls[0]}x:0", "unknown"))
    citation["sources"] = [{"type": "tool", "id": unknown, "tool_output": {"content": "Hi"}}]
    return Stream(items, body), f"/{number}/{_AT}/sources/0/id", f"no result has the id `{unknown}`"


@CITATIONS.way("turned off", "CITE-010")
def _turned_off(source: Source) -> Made:
    body = _request(source, documents=True)
    items = cited(source, CITED, body)
    body["citation_options"] = {"mode": source.pick(("OFF", "DISABLED"))}
    number = find(items, "citation-start")[0]
    return Stream(items, body), f"/{number}", "the request turned citations off"


@CITATIONS.way("citation outside of a block", "CITE-011")
def _outside(source: Source) -> Made:
    items = cited(source)
    first, end = find(items, "citation-start")[-1], find(items, "content-end")[-1]
    pair = items[first : first + 2]
    # Behind the block, and nothing is cited after it.
    items[end + 1 : end + 1] = pair
    del items[first : first + 2]
    return Stream(items), f"/{end - 1}", "no block is open"


@CITATIONS.way("citation ahead of its text", "CITE-012")
def _ahead(source: Source) -> Made:
    items = cited(source)
    first = find(items, "citation-start")[0]
    pair = items[first : first + 2]
    del items[first : first + 2]
    place = find(items, "content-start")[-1] + 1
    items[place:place] = pair
    return Stream(items), f"/{place}/{_AT}/end", "the text comes later"


@CITATIONS.way("citations out of order", "CITE-013")
def _order(source: Source) -> Made:
    items = cited(source)
    first, end = find(items, "citation-start")[-1], find(items, "content-end")[-1]
    again = copy.deepcopy(items[first : first + 2])
    for each in again:
        each["index"] += 1
    items[end:end] = again
    return Stream(items), f"/{end}/{_AT}/start", "a span comes again"


@CITATIONS.way("another block", "CITE-014")
def _another_block(source: Source) -> Made:
    items = cited(source, Purpose(thinking=True, text=True, cited=True))
    number, citation = _one(source, items)
    # A span that both blocks have.
    citation.pop("type", None)
    citation |= {"start": 0, "end": 0, "text": "", "content_index": 0}
    return Stream(items), f"/{number}/{_AT}/content_index", "another block is open than it names"


@CITATIONS.way("no source", "CITE-015")
def _no_source(source: Source) -> Made:
    items = cited(source)
    number, citation = _one(source, items)
    if source.integer(0, 1):
        citation["sources"] = []
    else:
        del citation["sources"]
    return Stream(items), f"/{number}/{_AT}/sources", "the citation has no source"


@CITATIONS.way("another document", "CITE-016")
def _other_id(source: Source) -> Made:
    items = cited(source)
    number, citation = _one(source, items)
    citation["sources"] = [{"type": "document", "id": "doc:0", "document": {"id": "doc:1"}}]
    return Stream(items), f"/{number}/{_AT}/sources/0/document/id", "the source has another id"


@CITATIONS.way("no such block", "CITE-017")
def _no_block(source: Source) -> Made:
    items = cited(source)
    number, citation = _one(source, items)
    citation["content_index"] = source.pick((1, 7, -1))
    return Stream(items), f"/{number}/{_AT}/content_index", "the message has no such block"


@CITATIONS.way("another kind of block", "CITE-018")
def _kind(source: Source) -> Made:
    items = cited(source)
    number, citation = _one(source, items)
    citation["type"] = "THINKING_CONTENT"
    return Stream(items), f"/{number}/{_AT}/type", "the text is no thinking"


@CITATIONS.way("no id", "CITE-019")
def _nameless(source: Source) -> Made:
    items = cited(source)
    number, citation = _one(source, items)
    citation["sources"] = [{"type": "document", "document": {"text": "x"}}]
    return Stream(items), f"/{number}/{_AT}/sources/0", "nobody can tell which document is meant"
