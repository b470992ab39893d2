"""What a later version of the API may send: members, events and values that are not known today.

The description promises none of these, so a server that sends them today is at fault. A client that
breaks on them breaks on the day on which the API grows.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import (
    answer,
    ask,
    ask_with_documents,
    ask_with_tools,
    block,
    call,
    cite,
    document,
    end,
    plan,
    start,
    tool,
)
from conformance.mock.frames import frame, frames

if TYPE_CHECKING:
    from conformance.clients.cases.shelf import Shelf
    from conformance.clients.cases.words import Words

__all__ = ["unknown"]

_EXTRA = {"version": 3, "tags": ["a", None], "in": {"deep": 1.5}}

# kind of event, place of an object in it, what that is called
_PLACES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("message-start", (), "event"),
    ("message-start", ("delta",), "delta"),
    ("message-start", ("delta", "message"), "message"),
    ("content-start", (), "event"),
    ("content-start", ("delta",), "delta"),
    ("content-start", ("delta", "message"), "message"),
    ("content-start", ("delta", "message", "content"), "content"),
    ("content-delta", (), "event"),
    ("content-delta", ("delta",), "delta"),
    ("content-delta", ("delta", "message"), "message"),
    ("content-delta", ("delta", "message", "content"), "content"),
    ("content-end", (), "event"),
    ("tool-plan-delta", (), "event"),
    ("tool-plan-delta", ("delta", "message"), "message"),
    ("tool-call-start", (), "event"),
    ("tool-call-start", ("delta", "message"), "message"),
    ("tool-call-start", ("delta", "message", "tool_calls"), "call"),
    ("tool-call-start", ("delta", "message", "tool_calls", "function"), "function"),
    ("tool-call-delta", (), "event"),
    ("tool-call-delta", ("delta", "message", "tool_calls"), "call"),
    ("tool-call-delta", ("delta", "message", "tool_calls", "function"), "function"),
    ("tool-call-end", (), "event"),
    ("citation-start", (), "event"),
    ("citation-start", ("delta", "message"), "message"),
    ("citation-start", ("delta", "message", "citations"), "citation"),
    ("citation-end", (), "event"),
    ("message-end", (), "event"),
    ("message-end", ("delta",), "delta"),
    ("message-end", ("delta", "usage"), "usage"),
    ("message-end", ("delta", "usage", "tokens"), "tokens"),
    ("message-end", ("delta", "usage", "billed_units"), "billed-units"),
)


def unknown(shelf: Shelf) -> None:
    """Put the cases of what is not known today."""
    for kind, path, place in _PLACES:
        name = f"member-{kind}-{place}"
        events, request = _whole(shelf.say(name), kind)
        for event in events:
            if event["type"] == kind:
                _at(event, path)["extra"] = copy.deepcopy(_EXTRA)
        where = "itself" if place == "event" else f"in its {place}"
        shelf.allowed(name, f"an unknown member of {kind}, {where}", events, request)
    _events(shelf)
    _values(shelf)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _whole(say: Words, kind: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """An answer that has an event of this kind, and its request."""
    if kind.startswith("tool"):
        name = f"get_{say.word()}"
        arguments = json.dumps({"place": say.word()})
        called = call(say, name, [arguments[:6], arguments[6:]])
        events = [start(say), *plan(say.parts()), *called, end(say, "TOOL_CALL")]
        return events, ask_with_tools(say, tool(name, "place"))
    one = document(say, say.letters(8))
    word = say.word()
    source = {"type": "document", "id": one["id"], "document": {"id": one["id"], **one["data"]}}
    events = [start(say), *block([word, f" {say.word()}", f" {say.word()}"]), end(say)]
    if not kind.startswith("citation"):
        return events, ask(say)
    events[5:5] = cite((0, len(word)), word, [source])
    return events, ask_with_documents(say, one)


def _events(shelf: Shelf) -> None:
    """Events of a type that is not known."""
    for name, about, place, named in (
        ("event-first", "an event of unknown type before message-start", 0, True),
        ("event-early", "an event of unknown type behind message-start", 1, True),
        ("event-in-block", "an event of unknown type among the deltas", 3, True),
        ("event-nameless", "an event of unknown type without a name", 3, False),
        ("event-late", "an event of unknown type before message-end", -2, True),
        ("event-after-end", "an event of unknown type behind message-end", -1, True),
    ):
        say = shelf.say(name)
        pieces = frames(answer(say))
        odd = {"type": "progress-delta", "index": 0, "delta": {"progress": {"share": 0.5}}}
        pieces.insert(place if place >= 0 else len(pieces) + place, frame(odd, named=named))
        shelf.allowed(name, about, pieces)
    for name, about, data in (
        ("event-bare", "an event of unknown type with nothing else in it", {"type": "ping"}),
        ("event-with-text", "an event of unknown type that carries a text",
         {"type": "refusal-delta", "index": 0, "delta": {"message": {"content": {"text": "no"}}}}),
    ):  # fmt: skip
        say = shelf.say(name)
        pieces = frames(answer(say))
        pieces.insert(4, frame(data))
        shelf.allowed(name, about, pieces)
    say = shelf.say("name-differs")
    pieces = [
        piece.replace(b"event: content-delta", b"event: delta") for piece in frames(answer(say))
    ]
    shelf.allowed(
        "name-differs", "an event name that is not the `type` of its data", pieces,
        doubtful=("text", "finish", "usage"),
    )  # fmt: skip


def _values(shelf: Shelf) -> None:
    """Values of lists that may grow."""
    say = shelf.say("finish-reason")
    events = [*answer(say)[:-1], end(say, "CONTENT_FILTERED")]
    shelf.allowed("finish-reason", "an unknown finish reason", events, doubtful=("finish",))
    for name, about, edit in (
        ("citation-type", "an unknown type of citation", {"type": "IMAGE_CONTENT"}),
        ("source-type", "an unknown type of source", {"sources": [{"type": "web", "url": "x"}]}),
    ):
        say = shelf.say(name)
        events, request = _whole(say, "citation-start")
        for event in events:
            if event["type"] == "citation-start":
                event["delta"]["message"]["citations"] |= edit
        shelf.allowed(name, about, events, request, doubtful=("citations",))
    say = shelf.say("source-types")
    events, request = _whole(say, "citation-start")
    for event in events:
        if event["type"] == "citation-start":
            cited = event["delta"]["message"]["citations"]
            cited["sources"].append({"type": "web", "id": "w", "url": "https://example.com"})
    shelf.allowed(
        "source-types", "an unknown type of source beside a document", events, request,
        doubtful=("citations",),
    )  # fmt: skip
    say = shelf.say("block-type")
    odd = block([say.word()], 0, "image")
    events = [start(say), *odd, *block(say.parts(), 1), end(say)]
    shelf.allowed("block-type", "a content block of unknown type before the text", events)
    say = shelf.say("block-type-last")
    events = [start(say), *block(say.parts()), *block([say.word()], 1, "audio"), end(say)]
    shelf.allowed("block-type-last", "a content block of unknown type behind the text", events)
    say = shelf.say("call-type")
    name = f"get_{say.word()}"
    called = call(say, name, ["{}"])
    called[0]["delta"]["message"]["tool_calls"]["type"] = "server_function"
    shelf.allowed(
        "call-type", "a tool call of unknown type", [start(say), *called, end(say, "TOOL_CALL")],
        ask_with_tools(say, tool(name)), doubtful=("tool_calls",),
    )  # fmt: skip
