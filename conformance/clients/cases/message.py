"""Message shapes: the blocks of an answer, their order and number, and how they begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import (
    answer,
    ask,
    ask_with_tools,
    block,
    call,
    end,
    plan,
    start,
    tool,
)

if TYPE_CHECKING:
    from conformance.clients.cases.shelf import Shelf
    from conformance.clients.cases.words import Words

__all__ = ["message"]

Events = list[dict[str, Any]]


def message(shelf: Shelf) -> None:
    """Put the cases of message shapes."""
    _blocks(shelf)
    _indexes(shelf)
    _debug(shelf)
    _starts(shelf)
    _logprobs(shelf)


def _blocks(shelf: Shelf) -> None:
    def put(name: str, about: str, *blocks: tuple[str, int], reason: str = "COMPLETE") -> None:
        """`blocks` are kinds and numbers of deltas."""
        say = shelf.say(name)
        events = [start(say)]
        for index, (kind, count) in enumerate(blocks):
            events += block(say.parts(count), index, kind)
        shelf.allowed(name, about, [*events, end(say, reason)])

    put("thinking", "thinking, then text", ("thinking", 4), ("text", 4))
    put("thinking-only", "thinking and no text", ("thinking", 3))
    put("thinking-long", "much thinking before a short text", ("thinking", 80), ("text", 1))
    put("thinking-twice", "two blocks of thinking before the text",
        ("thinking", 3), ("thinking", 2), ("text", 3))  # fmt: skip
    put("text-twice", "two blocks of text", ("text", 3), ("text", 3))
    put("text-three-times", "three blocks of text", ("text", 2), ("text", 2), ("text", 2))
    put("thinking-text-twice", "thinking, then two blocks of text",
        ("thinking", 2), ("text", 2), ("text", 2))  # fmt: skip
    put("empty-block", "a block of text without deltas", ("text", 0))
    put("empty-thinking", "a block of thinking without deltas, then text",
        ("thinking", 0), ("text", 3))  # fmt: skip
    put("empty-second-block", "a second block of text without deltas", ("text", 3), ("text", 0))
    put("no-block", "an answer without any block")
    put("no-block-limit", "an answer that met its limit before any block", reason="MAX_TOKENS")
    for name, about, special in (
        ("thinking-newlines", "thinking with line ends at its beginning and end", "\n"),
        ("thinking-unicode", "thinking with emoji", "😀"),
        ("thinking-separator", "thinking with U+2028", "\u2028"),
    ):
        say = shelf.say(name)
        thoughts = [f"{special}{say.word()}", f" {say.word()}{special}"]
        events = [start(say), *block(thoughts, 0, "thinking"), *block(say.parts(3), 1), end(say)]
        shelf.allowed(name, about, events)


def _indexes(shelf: Shelf) -> None:
    for name, about, index in (
        ("index-1", "a first block with index 1", 1),
        ("index-large", "a block with index 1000", 1000),
    ):
        say = shelf.say(name)
        shelf.allowed(name, about, [start(say), *block(say.parts(), index), end(say)])
    say = shelf.say("no-index")
    events = answer(say)
    for event in events:
        event.pop("index", None)
    shelf.allowed("no-index", "blocks without indexes", events)


def _debug(shelf: Shelf) -> None:
    debug = {"type": "debug", "event_type": "debug"}
    for name, about, place in (
        ("debug-first", "a debug event before message-start", 0),
        ("debug-early", "a debug event behind message-start", 1),
        ("debug-middle", "a debug event among the deltas", 4),
        ("debug-late", "a debug event before message-end", -1),
    ):
        say = shelf.say(name)
        events = answer(say)
        events.insert(place if place >= 0 else len(events) - 1, dict(debug, prompt=say.phrase()))
        shelf.allowed(name, about, events)


def _logprobs(shelf: Shelf) -> None:
    """Log probabilities, which come only for those who ask for them."""
    for name, about, members in (
        ("logprobs", "log probabilities on each delta", ("text", "token_ids", "logprobs")),
        ("logprobs-ids", "log probabilities of token ids only", ("token_ids",)),
    ):
        say = shelf.say(name)
        events = answer(say)
        for event in events:
            if event["type"] == "content-delta":
                word = event["delta"]["message"]["content"]["text"]
                whole = {
                    "text": word,
                    "token_ids": [say.number(1, 9999)],
                    "logprobs": [-say.number(1, 9999) / 1000],
                }
                event["logprobs"] = {member: whole[member] for member in members}
        shelf.allowed(name, about, events, ask(say, logprobs=True))


def _sparse(say: Words) -> Events:
    """An answer with nothing but what is required."""
    events = answer(say)
    for event in events:
        event.pop("index", None)
    events[0] = start(say, content=None, tool_plan=None, tool_calls=None, citations=None)
    events[1] = {"type": "content-start"}
    return [*events[:-1], end(say, usage={})]


def _starts(shelf: Shelf) -> None:
    say = shelf.say("sparse")
    shelf.allowed("sparse", "an answer with nothing but what is required", _sparse(say))
    say = shelf.say("bare-start")
    bare = start(say, content=None, tool_plan=None, tool_calls=None, citations=None)
    shelf.allowed("bare-start", "a message-start with a role only", [bare, *answer(say)[1:]])
    for name, about, identity in (
        ("id-no-uuid", "a message id that is no UUID", "msg_1"),
        ("id-empty", "a message id that is empty", ""),
        ("id-long", "a message id of 500 characters", "m" * 500),
    ):
        say = shelf.say(name)
        events = answer(say)
        events[0]["id"] = identity
        shelf.allowed(name, about, events)
    say = shelf.say("id-at-end")
    events = answer(say)
    events[-1]["id"] = events[0]["id"]
    shelf.allowed("id-at-end", "a message-end that repeats the message id", events)
    say = shelf.say("text-in-start")
    events = answer(say)
    events[1]["delta"]["message"]["content"]["text"] = say.word() + " "
    shelf.allowed("text-in-start", "a block that starts with text in it", events)
    say = shelf.say("text-in-start-only")
    events = [start(say), *block([]), end(say)]
    events[1]["delta"]["message"]["content"]["text"] = say.phrase()
    shelf.allowed("text-in-start-only", "a block whose whole text comes with its start", events)
    say = shelf.say("text-then-call")
    name = f"get_{say.word()}"
    called = call(say, name, ['{"place":"here"}'])
    shelf.allowed(
        "text-then-call", "text before a tool call",
        [start(say), *block(say.parts()), *called, end(say, "TOOL_CALL")],
        ask_with_tools(say, tool(name, "place")),
    )  # fmt: skip
    say = shelf.say("plan-then-text")
    shelf.allowed(
        "plan-then-text", "a tool plan, and then text instead of a call",
        [start(say), *plan(say.parts()), *block(say.parts()), end(say)],
        ask_with_tools(say, tool(f"get_{say.word()}", "place")),
    )  # fmt: skip
