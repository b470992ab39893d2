"""Tool calls: their number, their plan, and every way in which arguments may come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.clients.case import DEADLINE
from conformance.clients.cases.script import (
    ask_with_results,
    ask_with_tools,
    block,
    call,
    cite,
    end,
    plan,
    start,
    tool,
)

if TYPE_CHECKING:
    from conformance.clients.cases.shelf import Shelf
    from conformance.clients.cases.words import Words

__all__ = ["tools"]

_BELLS = "\u2028 \x85 😀"


def tools(shelf: Shelf) -> None:
    """Put the cases of tool calls."""
    _arguments(shelf)
    _pieces(shelf)
    _calls(shelf)
    _plans(shelf)
    _names(shelf)


def _function(say: Words) -> str:
    return f"get_{say.word()}"


def _free(name: str) -> dict[str, Any]:
    """A function that takes anything."""
    function = {"name": name, "description": "Takes anything.", "parameters": {"type": "object"}}
    return {"type": "function", "function": function}


def _one(
    shelf: Shelf,
    name: str,
    about: str,
    parts: list[str],
    *,
    planned: bool = True,
    deadline: float = DEADLINE,
) -> None:
    """A case of one call whose arguments come in these pieces."""
    say = shelf.say(name)
    function = _function(say)
    said = plan(say.parts()) if planned else []
    events = [start(say), *said, *call(say, function, parts), end(say, "TOOL_CALL")]
    shelf.allowed(name, about, events, ask_with_tools(say, _free(function)), deadline=deadline)


def _arguments(shelf: Shelf) -> None:
    say = shelf.say("arguments")
    word = say.word()
    deep: Any = word
    for _ in range(20):
        deep = {"in": [deep]}
    values: tuple[tuple[str, str, Any], ...] = (
        ("one-piece", "arguments in one piece", {"place": word}),
        ("nested", "arguments with objects and arrays", {"a": {"b": [1, {"c": word}]}, "d": []}),
        ("deep", "arguments that nest forty levels deep", deep),
        ("unicode", "arguments with characters beyond ASCII", {"place": f"Zürich 你好 {word}"}),
        ("separators", "arguments with U+2028, U+0085 and an emoji", {"place": word + _BELLS}),
        ("line-ends", "arguments with line ends", {"text": f"{word}\n\n\r\n\tend"}),
        ("quotes", "arguments with quotation marks and backslashes", {"text": f'"{word}" \\n \\\\'}),
        ("json-in-json", "arguments with JSON as a text", {"body": json.dumps({"x": [word, None]})}),
        ("integers", "arguments with integers beyond 53 bits", {"n": 9007199254740993, "m": -(2**63)}),
        ("floats", "arguments with numbers like 1.0 and 1e-7", {"x": 1.0, "y": 1e-7, "z": -0.5}),
        ("null", "arguments with null, true and false", {"a": None, "b": True, "c": False}),
        ("empty-values", "arguments with empty values", {"a": "", "b": [], "c": {}, "d": 0}),
        ("empty-key", "arguments with an empty name", {"": word}),
        ("order", "arguments whose names are in no order", {"z": 1, "a": word, "m": 3}),
        ("long", "arguments of 100 KB", {"text": f"{word} " * 20_000}),
    )  # fmt: skip
    for name, about, value in values:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        deadline = 30.0 if name == "long" else DEADLINE
        _one(shelf, f"arguments-{name}", about, [text], deadline=deadline)
    _one(
        shelf,
        "arguments-escaped",
        "arguments with escaped characters",
        ['{"p":"\\u00e9\\ud83d\\ude00"}'],
    )
    _one(shelf, "arguments-spaced", "arguments with spaces and line ends between members",
         ['{\n  "place" : "' + word + '" ,\n  "n" : 1\n}\n'])  # fmt: skip
    _one(shelf, "arguments-number-text", "arguments with a number as the model wrote it",
         ['{"x": 1.50, "y": 1E5}'])  # fmt: skip


def _pieces(shelf: Shelf) -> None:
    word = shelf.say("pieces").word()
    text = json.dumps({"place": f'{word} "b"', "day": "\n", "é": "😀"}, ensure_ascii=False)
    for name, about, parts in (
        ("none", "a call without arguments: no delta at all", []),
        ("empty-object", "the arguments `{}`", ["{}"]),
        ("empty-object-split", "the arguments `{}` in two pieces", ["{", "}"]),
        ("empty-delta", "an empty piece of arguments, and no other", [""]),
        (
            "empty-delta-first",
            "an empty piece before the arguments",
            ["", '{"place":"', f'{word}"}}'],
        ),
        (
            "empty-delta-last",
            "an empty piece after the arguments",
            ['{"place":"', f'{word}"}}', ""],
        ),
        ("characters", "arguments in pieces of one character", list(text)),
        (
            "tokens",
            "arguments in pieces of four characters",
            [text[at : at + 4] for at in range(0, len(text), 4)],
        ),
        ("split-escape", "arguments cut within an escape", ['{"place":"\\', f'n{word}"}}']),
        ("split-unicode-escape", "arguments cut within `\\u`", ['{"place":"\\u00', f'e9{word}"}}']),
        (
            "split-surrogates",
            "arguments cut between escaped surrogates",
            ['{"place":"\\ud83d', f'\\ude00{word}"}}'],
        ),
        ("space-piece", "a piece of arguments that is a space", ['{"place":', " ", f'"{word}"}}']),
        (
            "space-first",
            "a first piece of arguments that is a line end",
            ["\n", f'{{"place":"{word}"}}'],
        ),
        ("number-split", "a number of the arguments cut in two", ['{"n":12', '34,"m":0.', "5}"]),
    ):
        _one(shelf, f"pieces-{name}", about, list(parts))
    _one(shelf, "no-plan", "a call without a plan", [f'{{"place":"{word}"}}'], planned=False)
    _one(shelf, "no-plan-no-arguments", "a call with neither plan nor arguments", [], planned=False)
    say = shelf.say("arguments-in-start")
    function = _function(say)
    events = [start(say), *call(say, function), end(say, "TOOL_CALL")]
    first = events[1]["delta"]["message"]["tool_calls"]["function"]
    first["arguments"] = f'{{"place":"{word}"}}'
    shelf.allowed(
        "arguments-in-start", "arguments that come whole with the start of the call", events,
        ask_with_tools(say, _free(function)),
    )  # fmt: skip


def _calls(shelf: Shelf) -> None:
    def put(
        name: str, about: str, count: int, *, same: bool = False, empty: tuple[int, ...] = ()
    ) -> None:
        say = shelf.say(name)
        names = [_function(say)] * count if same else [_function(say) for _ in range(count)]
        events = [start(say), *plan(say.parts())]
        for index, function in enumerate(names):
            text = json.dumps({"place": say.word()})
            parts = [] if index in empty else [text[:5], text[5:]]
            events += call(say, function, parts, index)
        declared = [_free(function) for function in dict.fromkeys(names)]
        events.append(end(say, "TOOL_CALL"))
        shelf.allowed(name, about, events, ask_with_tools(say, *declared))

    put("two", "two calls", 2)
    put("three", "three calls", 3)
    put("twenty", "twenty calls", 20)
    put("two-same", "two calls of one function", 2, same=True)
    put("two-first-empty", "two calls, the first without arguments", 2, empty=(0,))
    put("two-second-empty", "two calls, the second without arguments", 2, empty=(1,))
    put("two-both-empty", "two calls without arguments", 2, empty=(0, 1))
    for name, about, count in (
        ("thinking", "thinking, then a call", 1),
        ("thinking-two", "thinking, then two calls", 2),
    ):
        say = shelf.say(name)
        function = _function(say)
        events = [start(say), *block(say.parts(), 0, "thinking")]
        for index in range(count):
            events += call(say, function, [json.dumps({"place": say.word()})], index)
        events.append(end(say, "TOOL_CALL"))
        shelf.allowed(name, about, events, ask_with_tools(say, _free(function)))
    say = shelf.say("thinking-no-arguments")
    function = _function(say)
    shelf.allowed(
        "thinking-no-arguments", "thinking, then a call without arguments",
        [start(say), *block(say.parts(), 0, "thinking"), *call(say, function), end(say, "TOOL_CALL")],
        ask_with_tools(say, _free(function)),
    )  # fmt: skip
    say = shelf.say("call-then-text")
    function = _function(say)
    shelf.allowed(
        "call-then-text", "text behind a tool call",
        [start(say), *call(say, function, ["{}"]), *block(say.parts()), end(say, "TOOL_CALL")],
        ask_with_tools(say, _free(function)),
    )  # fmt: skip
    say = shelf.say("no-tools-used")
    events = [start(say), *block(say.parts()), end(say)]
    request = ask_with_tools(say, _free(_function(say)))
    shelf.allowed(
        "no-tools-used", "tools in the request, and an answer without a call", events, request
    )


def _plans(shelf: Shelf) -> None:
    word = shelf.say("plans").word()
    for name, about, parts in (
        ("plan-one", "a plan in one piece", [f"I will look up {word}."]),
        ("plan-many", "a plan in many pieces", list(f"I will look up {word}.")),
        ("plan-empty-delta", "an empty piece of a plan", ["I will", "", f" ask {word}"]),
        ("plan-spaces", "a plan with spaces and line ends at both ends", [f"\n {word}", " \n"]),
        ("plan-unicode", "a plan with U+2028 and an emoji", [f"{word}\u2028", " 😀"]),
        ("plan-quotes", "a plan with quotation marks", [f'"{word}"', ' {"a":1}']),
    ):
        say = shelf.say(name)
        function = _function(say)
        called = call(say, function, ["{}"])
        events = [start(say), *plan(parts), *called, end(say, "TOOL_CALL")]
        shelf.allowed(name, about, events, ask_with_tools(say, _free(function)))
    say = shelf.say("plan-only")
    events = [start(say), *plan(say.parts()), end(say)]
    request = ask_with_tools(say, _free(_function(say)))
    shelf.allowed("plan-only", "a plan and no call", events, request)
    say = shelf.say("plan-cited")
    function = _function(say)
    request = ask_with_results(say, function, {say.call_id(function): say.phrase()})
    identity = request["messages"][-1]["tool_call_id"]
    word = say.word()
    source = {"type": "tool", "id": f"{identity}:0", "tool_output": {"content": say.word()}}
    events = [
        start(say),
        *plan([word, " again"]),
        *cite((0, len(word)), word, [source], type="PLAN"),
        *call(say, function, ['{"place":"x"}']),
        end(say, "TOOL_CALL"),
    ]
    shelf.allowed("plan-cited", "a citation in the plan", events, request)


def _names(shelf: Shelf) -> None:
    for name, about, function, identity in (
        ("name-long", "a function with a name of 64 characters", "f" * 64, ""),
        ("name-digits", "a function with digits and capitals in its name", "Get_2_Things", ""),
        ("id-short", "a call id of one character", "get_it", "1"),
        ("id-signs", "a call id with signs in it", "get_it", "call:0/é-._~"),
        ("id-long", "a call id of 300 characters", "get_it", "c" * 300),
    ):
        say = shelf.say(name)
        called = call(say, function, [json.dumps({"place": say.word()})], identity=identity)
        events = [start(say), *called, end(say, "TOOL_CALL")]
        shelf.allowed(name, about, events, ask_with_tools(say, tool(function, "place")))
