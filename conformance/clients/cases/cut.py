"""Cut streams: one that ends at each of its events, and one that ends inside them.

The cuts at every event together are the truncation map of a client.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import (
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
    from conformance.faults.reply import End

__all__ = ["cut", "reset", "stall", "truncated"]

Made = tuple[list[dict[str, Any]], dict[str, Any]]

# How long a client is waited for when nothing more comes, in seconds.
_PATIENCE = 2.5


def _text(say: Words) -> Made:
    return [start(say), *block(say.parts(3)), end(say)], ask(say)


def _thinking(say: Words) -> Made:
    thought = block(say.parts(2), 0, "thinking")
    return [start(say), *thought, *block(say.parts(2), 1), end(say)], ask(say)


def _cited(say: Words) -> Made:
    one = document(say, say.letters(8))
    word = say.word()
    source = {"type": "document", "id": one["id"], "document": {"id": one["id"], **one["data"]}}
    events = [start(say), *block([word, f" {say.word()}"]), end(say)]
    events[3:3] = cite((0, len(word)), word, [source])
    return events, ask_with_documents(say, one)


def _tools(say: Words) -> Made:
    name = f"get_{say.word()}"
    events = [start(say), *plan(say.parts(2))]
    for index in range(2):
        text = json.dumps({"place": say.word()})
        events += call(say, name, [text[:8], text[8:]], index)
    return [*events, end(say, "TOOL_CALL")], ask_with_tools(say, tool(name, "place"))


_STREAMS = (
    ("text", "a text", _text),
    ("thinking", "a thinking answer", _thinking),
    ("cited", "a cited text", _cited),
    ("tools", "an answer with two calls", _tools),
)


def _at_each_event(shelf: Shelf, how: str, ends: End, streams: tuple[str, ...]) -> None:
    for which, about, make in _STREAMS:
        if which not in streams:
            continue
        # All streams begin alike, so one of them shows what comes of that.
        first = 0 if which == "text" else 2
        for count in range(first, len(make(shelf.say("count"))[0])):
            name = f"{which}-{count:02}"
            events, request = make(shelf.say(name))
            last = f"event {count}, {events[count - 1]['type']}" if count else "the headers"
            name += f"-{events[count - 1]['type']}" if count else ""
            body = [frame(event) for event in events[:count]]
            shelf.failed(name, f"{about} {how} after {last}", body, request, ends=ends)


def truncated(shelf: Shelf) -> None:
    """Put the streams that end in good order, and too early."""
    _at_each_event(shelf, "that ends", "whole", ("text", "thinking", "cited", "tools"))
    for name, about, keep in (
        ("terminated", "a stream without message-end, but with its terminator", -2),
        ("terminated-in-block", "a terminator in the middle of a block", 4),
    ):
        say = shelf.say(name)
        pieces = frames(_text(say)[0])
        shelf.failed(name, about, [*pieces[:keep], pieces[-1]])
    _inside(shelf, "whole", "that ends")


def cut(shelf: Shelf) -> None:
    """Put the streams whose connection closes before the body is at its end."""
    _at_each_event(shelf, "whose connection closes", "cut", ("text", "tools"))
    _inside(shelf, "cut", "whose connection closes")
    say = shelf.say("after-terminator")
    shelf.failed(
        "after-terminator", "a connection that closes after the terminator", frames(_text(say)[0]),
        ends="cut", must_report=False,
    )  # fmt: skip
    say = shelf.say("after-message-end")
    shelf.failed(
        "after-message-end", "a connection that closes after message-end",
        frames(_text(say)[0], terminated=False), ends="cut", must_report=False,
    )  # fmt: skip


def _inside(shelf: Shelf, ends: End, how: str) -> None:
    """Cuts within an event."""
    for name, about, position, keep in (
        ("in-name", "within the name of an event", 3, 10),
        ("in-json", "within the JSON of an event", 3, -25),
        ("in-text", "within the text of an event", 3, -10),
        ("before-line-end", "before the line end of an event", 3, -2),
        ("in-message-end", "within message-end", -2, 40),
        ("in-usage", "within the usage of message-end", -2, -20),
    ):
        say = shelf.say(name)
        pieces = frames(_text(say)[0])
        body = [*pieces[:position], pieces[position][:keep]]
        shelf.failed(name, f"a stream {how} {about}", body, ends=ends)
    say = shelf.say("before-blank-line")
    pieces = frames(_text(say)[0])
    # A client that takes the event may be right in its own way: its data had come.
    shelf.failed(
        "before-blank-line", f"a stream {how} before the blank line of an event",
        [*pieces[:3], pieces[3][:-1]], ends=ends, doubtful=("text",),
    )  # fmt: skip


def reset(shelf: Shelf) -> None:
    """Put the streams whose connection is torn down."""
    for count, about in (
        (0, "before the first event"),
        (1, "after message-start"),
        (3, "after a delta"),
        (-2, "before message-end"),
    ):
        name = about.replace(" ", "-")
        say = shelf.say(name)
        pieces = frames(_text(say)[0])
        shelf.failed(name, f"a connection that is reset {about}", pieces[:count], ends="reset")


def stall(shelf: Shelf) -> None:
    """Put the streams that stop, and stay open."""
    say = shelf.say("after-delta")
    events, _ = _text(say)
    _stalled(shelf, "after-delta", "a delta", events[:3])
    for name, about, make, last in (
        ("after-thinking", "a thought", _thinking, "content-end"),
        ("after-plan", "a tool plan", _tools, "tool-plan-delta"),
        ("after-call", "a tool call", _tools, "tool-call-end"),
        ("after-citation", "a citation", _cited, "citation-end"),
    ):
        events, request = make(shelf.say(name))
        until = next(n for n, event in enumerate(events) if event["type"] == last)
        _stalled(shelf, name, about, events[: until + 1], request)
    say = shelf.say("after-terminator")
    pieces = frames(_text(say)[0])
    shelf.failed(
        "after-terminator", "a connection that stays open behind the terminator", pieces,
        ends="stall", deadline=_PATIENCE, must_report=False,
    )  # fmt: skip


def _stalled(
    shelf: Shelf,
    name: str,
    about: str,
    events: list[dict[str, Any]],
    request: dict[str, Any] | None = None,
) -> None:
    shelf.failed(
        name, f"a stream that stops after {about} and stays open", [frame(e) for e in events],
        request, ends="stall", deadline=_PATIENCE,
    )  # fmt: skip
