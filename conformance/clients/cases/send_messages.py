"""Requests whose messages have every role and every form of content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import ask, ask_with_results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.clients.cases.shelf import Shelf

__all__ = ["contents", "roles", "turns"]

Asked = dict[str, Any]

_VISION = "command-a-vision-07-2025"
_THINKER = "command-a-reasoning-08-2025"
# The smallest picture in PNG: one dot.
_DOT = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


def roles(shelf: Shelf) -> Iterator[tuple[str, str, Asked]]:
    """Conversations, and messages of the system."""
    say = shelf.say("system")
    request = ask(say)
    request["messages"].insert(0, {"role": "system", "content": say.phrase()})
    yield "system", "a system message", request
    say = shelf.say("system-two")
    request = ask(say)
    request["messages"][:0] = [{"role": "system", "content": say.phrase()} for _ in range(2)]
    yield "system-two", "two system messages", request
    say = shelf.say("system-parts")
    request = ask(say)
    parts = [{"type": "text", "text": say.phrase()}, {"type": "text", "text": say.phrase()}]
    request["messages"].insert(0, {"role": "system", "content": parts})
    yield "system-parts", "a system message of two parts", request
    say = shelf.say("conversation")
    request = ask(say)
    request["messages"][:0] = [
        {"role": role, "content": say.phrase()} for role in ("user", "assistant") * 3
    ]
    yield "conversation", "a conversation of seven messages", request
    say = shelf.say("user-twice")
    request = ask(say)
    request["messages"].append({"role": "user", "content": say.phrase()})
    yield "user-twice", "two user messages in a row", request
    say = shelf.say("assistant-parts")
    request = ask(say)
    parts = [{"type": "text", "text": say.phrase()}, {"type": "text", "text": say.phrase()}]
    request["messages"][:0] = [
        {"role": "user", "content": say.phrase()},
        {"role": "assistant", "content": parts},
    ]
    yield "assistant-parts", "an assistant message of two parts", request
    say = shelf.say("assistant-thinking")
    request = ask(say, model=_THINKER)
    parts = [{"type": "thinking", "thinking": say.phrase()}, {"type": "text", "text": say.phrase()}]
    request["messages"][:0] = [
        {"role": "user", "content": say.phrase()},
        {"role": "assistant", "content": parts},
    ]
    yield "assistant-thinking", "an assistant message with its thinking", request


def contents(shelf: Shelf) -> Iterator[tuple[str, str, Asked]]:
    """Texts, parts and images."""
    for name, about, content in (
        ("text-emoji", "a message with emoji", "Was heißt 😀 👩‍👩‍👧 auf 日本語?"),
        ("text-separators", "a message with U+2028 and U+0085", "one\u2028two\x85three"),
        ("text-line-ends", "a message with line ends at both ends", "\n\n one\r\n\ttwo \n"),
        ("text-quotes", "a message with quotation marks and backslashes", 'say "\\n" and \\\\'),
        ("text-markup", "a message with markup and braces", "<b>{{x}}</b> {0} %s ${y} &amp;"),
        ("text-long", "a message of 50 KB", "all work and no play " * 2500),
    ):
        say = shelf.say(name)
        request = ask(say)
        request["messages"][0]["content"] = f"{say.word()} {content}"
        if name == "text-line-ends":
            request["messages"][0]["content"] = content + say.word() + " \n"
        yield name, about, request
    for name, about, count in (
        ("parts-one", "a message of one part", 1),
        ("parts-two", "a message of two parts", 2),
    ):
        say = shelf.say(name)
        request = ask(say)
        request["messages"][0]["content"] = [
            {"type": "text", "text": say.phrase()} for _ in range(count)
        ]
        yield name, about, request
    for name, about, images in (
        ("image", "an image as a data URI", [{"url": _DOT}]),
        ("image-address", "an image by its address", [{"url": "https://example.com/a.png"}]),
        ("image-detail", "an image of low detail", [{"url": _DOT, "detail": "low"}]),
        ("image-detail-auto", "an image of automatic detail", [{"url": _DOT, "detail": "auto"}]),
        ("images-two", "two images", [{"url": _DOT}, {"url": "https://example.com/b.png"}]),
    ):
        say = shelf.say(name)
        request = ask(say, model=_VISION)
        parts: list[Asked] = [{"type": "text", "text": say.phrase()}]
        parts += [{"type": "image_url", "image_url": image} for image in images]
        request["messages"][0]["content"] = parts
        yield name, about, request
    say = shelf.say("image-first")
    request = ask(say, model=_VISION)
    request["messages"][0]["content"] = [
        {"type": "image_url", "image_url": {"url": _DOT}},
        {"type": "text", "text": say.phrase()},
    ]
    yield "image-first", "an image before the text", request


def turns(shelf: Shelf) -> Iterator[tuple[str, str, Asked]]:
    """Calls of tools and their results."""

    def of(name: str, *contents: Any) -> Asked:
        say = shelf.say(name)
        function = f"get_{say.word()}"
        return ask_with_results(say, function, {say.call_id(function): each for each in contents})

    say = shelf.say("turns")
    yield "result", "a tool result that is a text", of("result", say.phrase())
    yield (
        "result-json",
        "a tool result that is JSON as a text",
        of("result-json", json.dumps({"n": 1, "t": say.word()})),
    )
    yield (
        "result-unicode",
        "a tool result with emoji and line ends",
        of("result-unicode", f"{say.word()} 😀\n\té\n"),
    )
    yield (
        "result-parts",
        "a tool result of text parts",
        of("result-parts", [{"type": "text", "text": say.phrase()}]),
    )
    part = {"type": "document", "document": {"id": "r1", "data": {"text": say.phrase()}}}
    yield (
        "result-document",
        "a tool result that is a document with an id",
        of("result-document", [part]),
    )
    bare = {"type": "document", "document": {"data": {"n": 3, "text": say.phrase()}}}
    yield (
        "result-document-no-id",
        "a tool result that is a document without an id",
        of("result-document-no-id", [bare]),
    )
    yield "result-documents", "a tool result of two documents", of("result-documents", [part, bare])
    yield (
        "results-two",
        "two calls and their results",
        of("results-two", say.phrase(), say.phrase()),
    )
    request = of("call-no-plan", say.phrase())
    del request["messages"][1]["tool_plan"]
    yield "call-no-plan", "a call in the messages without a plan", request
    request = of("call-no-arguments", say.phrase())
    request["messages"][1]["tool_calls"][0]["function"]["arguments"] = "{}"
    yield "call-no-arguments", "a call in the messages without arguments", request
    request = of("call-unicode", say.phrase())
    arguments = json.dumps({"place": 'Zürich "😀"', "n": 1.0}, ensure_ascii=False)
    request["messages"][1]["tool_calls"][0]["function"]["arguments"] = arguments
    yield "call-unicode", "a call in the messages with arguments beyond ASCII", request
    request = of("after-result", say.phrase())
    request["messages"] += [
        {"role": "assistant", "content": say.phrase()},
        {"role": "user", "content": say.phrase()},
    ]
    yield "after-result", "a question after a turn with tools", request
    request = of("call-beside-text", say.phrase())
    del request["messages"][1]["tool_plan"]
    request["messages"][1]["content"] = say.phrase()
    yield "call-beside-text", "a call in the messages beside a text", request
    request = of("call-beside-thinking", say.phrase())
    del request["messages"][1]["tool_plan"]
    request["model"] = _THINKER
    request["messages"][1]["content"] = [{"type": "thinking", "thinking": say.phrase()}]
    yield "call-beside-thinking", "a call in the messages beside its thinking", request
    first, second = of("rounds-1", say.phrase()), of("rounds-2", say.phrase())
    first["tools"] += second["tools"]
    first["messages"] += second["messages"][1:]
    yield "rounds", "two rounds of calls in one turn", first
