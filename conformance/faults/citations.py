"""Faults of citations: their order, their spans and their sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.faults.edits import CITED, at, cited, drop, insert, places, put, repeat
from conformance.faults.fault import on_events

if TYPE_CHECKING:
    Event = dict[str, Any]
    Events = list[Event]

on_events("CITE-001", "late-citations", says="leave out `citation-end`")(drop("citation-end", -1))
on_events("CITE-003", "citations", says="send `citation-end` twice")(repeat("citation-end"))


def _citations(events: Events) -> list[int]:
    return places(events, "citation-start")


def _change(events: Events, member: str, value: object) -> Events | None:
    """The first citation with another value of a member."""
    found = _citations(events)
    if not found:
        return None
    put(events[found[0]], (*CITED, member), value)
    return events


@on_events("CITE-002", "citations")
def text_inside(events: Events, _request: Event) -> Events | None:
    """Go on with the text inside a citation."""
    ends = places(events, "citation-end")
    for place in ends:
        if events[place + 1].get("type") == "content-delta":
            events[place], events[place + 1] = events[place + 1], events[place]
            return events
    return None


@on_events("CITE-004", "citations")
def other_end(events: Events, _request: Event) -> Events | None:
    """End a citation under another index."""
    found = places(events, "citation-end")
    if not found or "index" not in events[found[0]]:
        return None
    events[found[0]]["index"] += 4
    return events


@on_events("CITE-005", "citations")
def from_one(events: Events, _request: Event) -> Events | None:
    """Count citations from 1."""
    both = [*_citations(events), *places(events, "citation-end")]
    for place in both:
        events[place]["index"] = events[place].get("index", 0) + 1
    return events if both else None


@on_events("CITE-006", "citations")
def other_words(events: Events, _request: Event) -> Events | None:
    """Cite other words than the span has."""
    found = _citations(events)
    if not found:
        return None
    words = str(at(events[found[0]], *CITED, "text"))
    return _change(events, "text", words[::-1] if words != words[::-1] else words + "!")


def _recount(events: Events, encoding: str, width: int) -> Events | None:
    """Spans counted in code units of an encoding instead of code points."""
    text = "".join(
        str(at(event, "delta", "message", "content", "text") or "")
        for event in events
        if event.get("type") == "content-delta"
    )
    changed = False
    for place in _citations(events):
        for member in ("start", "end"):
            old = at(events[place], *CITED, member)
            new = len(text[:old].encode(encoding)) // width
            changed |= new != old
            put(events[place], (*CITED, member), new)
    return events if changed else None


@on_events("CITE-006", "astral-citations")
def bytes_counted(events: Events, _request: Event) -> Events | None:
    """Count spans in UTF-8 bytes."""
    return _recount(events, "utf-8", 1)


@on_events("CITE-006", "astral-citations")
def units_counted(events: Events, _request: Event) -> Events | None:
    """Count spans in UTF-16 units."""
    return _recount(events, "utf-16-le", 2)


@on_events("CITE-007", "citations")
def beyond_the_end(events: Events, _request: Event) -> Events | None:
    """Cite beyond the end of the text."""
    return _change(events, "end", 100_000)


@on_events("CITE-007", "citations")
def backwards(events: Events, _request: Event) -> Events | None:
    """Cite a span that ends before it starts."""
    found = _citations(events)
    if not found:
        return None
    first = events[found[0]]
    start, stop = at(first, *CITED, "start"), at(first, *CITED, "end")
    put(first, (*CITED, "start"), stop)
    put(first, (*CITED, "end"), start)
    return events


def _source(events: Events, kind: str, identity: str) -> Events | None:
    for place in _citations(events):
        for source in at(events[place], *CITED, "sources") or []:
            if source.get("type") == kind:
                source["id"] = identity
                if isinstance(source.get("document"), dict):
                    source["document"]["id"] = identity
                return events
    return None


@on_events("CITE-008", "citations")
def unknown_document(events: Events, _request: Event) -> Events | None:
    """Cite a document that was not sent."""
    return _source(events, "document", "doc:99")


@on_events("CITE-009", "tool-citations")
def unknown_result(events: Events, _request: Event) -> Events | None:
    """Cite a tool result that was not sent."""
    return _source(events, "tool", "no_such_call_0123456789ab:0")


@on_events("CITE-010", "citations-off")
def citation_when_off(events: Events, request: Event) -> Events | None:
    """Cite though citations are off."""
    options = request.get("citation_options")
    mode = str(options.get("mode")).upper() if isinstance(options, dict) else ""
    deltas = places(events, "content-delta")
    if mode not in ("OFF", "DISABLED") or not deltas or not request.get("documents"):
        return None
    words = at(events[deltas[0]], "delta", "message", "content", "text")
    document = request["documents"][0]
    given = document.get("id") if isinstance(document, dict) else None
    identity = given or "doc:0"
    source = {"type": "document", "id": identity, "document": {"id": identity}}
    return insert(events, deltas[0] + 1, *cited(0, len(words), words, source))


@on_events("CITE-011", "citations")
def outside(events: Events, _request: Event) -> Events | None:
    """Cite after the block has ended."""
    found, ends = _citations(events), places(events, "content-end")
    if not found or not ends:
        return None
    last = found[-1]
    pair = events[last : last + 2]
    rest = [*events[:last], *events[last + 2 :]]
    return insert(rest, places(rest, "content-end")[-1] + 1, *pair)


@on_events("CITE-012", "citations")
def ahead(events: Events, _request: Event) -> Events | None:
    """Cite words before they are sent."""
    found = _citations(events)
    starts = [place for place in places(events, "content-start") if found and place < found[0]]
    if not starts:
        return None
    pair = events[found[0] : found[0] + 2]
    rest = [*events[: found[0]], *events[found[0] + 2 :]]
    return insert(rest, starts[-1] + 1, *pair)


@on_events("CITE-013", "citations")
def swapped(events: Events, _request: Event) -> Events | None:
    """Cite a later span first."""
    found = _citations(events)
    if len(found) < 2 or places(events[found[0] : found[1]], "content-end"):  # noqa: PLR2004
        return None  # there is no second citation in the same block
    one, two = events[found[0]], events[found[1]]
    one["delta"], two["delta"] = two["delta"], one["delta"]
    # Both move behind the text, so that neither is ahead of it.
    pairs = [event for place in found[:2] for event in events[place : place + 2]]
    rest = [e for n, e in enumerate(events) if n not in {p + i for p in found[:2] for i in (0, 1)}]
    return insert(rest, places(rest, "content-end")[-1], *pairs)


@on_events("CITE-014", "thinking-citations")
def no_content_index(events: Events, _request: Event) -> Events | None:
    """Leave out which block is cited."""
    found = _citations(events)
    if not found or not at(events[found[0]], *CITED, "content_index"):
        return None  # block 0 is meant when none is named
    return _change(events, "content_index", None)


@on_events("CITE-015", "citations")
def no_source(events: Events, _request: Event) -> Events | None:
    """Cite without a source."""
    return _change(events, "sources", [])


@on_events("CITE-019", "citations")
def source_without_id(events: Events, _request: Event) -> Events | None:
    """Leave out the id of a source."""
    for place in _citations(events):
        for source in at(events[place], *CITED, "sources") or []:
            source.pop("id", None)
            return events
    return None


@on_events("CITE-016", "citations")
def other_id(events: Events, _request: Event) -> Events | None:
    """Give the document of a source another id."""
    for place in _citations(events):
        for source in at(events[place], *CITED, "sources") or []:
            if isinstance(source.get("document"), dict):
                source["document"]["id"] = "other"
                return events
    return None


@on_events("CITE-017", "citations")
def no_such_block(events: Events, _request: Event) -> Events | None:
    """Cite a block that does not exist."""
    return _change(events, "content_index", 9)


@on_events("CITE-018", "citations")
def other_type(events: Events, _request: Event) -> Events | None:
    """Say that a citation of the text is one of the thinking."""
    found = _citations(events)
    if not found or at(events[found[0]], *CITED, "type") not in (None, "TEXT_CONTENT"):
        return None
    return _change(events, "type", "THINKING_CONTENT")
