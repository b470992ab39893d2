"""What a server may leave out: each member that the description does not require, once.

The members are found in the compiled schemas, so that a new version of these brings new cases.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import (
    ask,
    ask_rerank,
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
from conformance.contract import contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.clients.cases.shelf import Shelf
    from conformance.clients.cases.words import Words

__all__ = ["missing", "missing_rerank"]

Path = tuple[str, ...]

# A source is told by its type; the rest of it is left out by cases of citations.
_LISTS = frozenset({"sources", "results"})


def missing(shelf: Shelf) -> None:
    """Put the cases of chat members that are left out."""
    for kind in sorted(contract().event_types):
        if kind == "debug":
            continue
        schema = contract().schema(f"chat-event/{kind}")
        sample = _sample(shelf.say(kind), kind)[0]
        present = next(event for event in sample if event["type"] == kind)
        for path in optional(schema, schema, present):
            name = "-".join((kind, *path[-2:])).replace("_", "-")
            events, request = _sample(shelf.say(name), kind)
            for event in events:
                if event["type"] == kind:
                    _without(event, path)
            shelf.allowed(name, f"{kind} without `{'.'.join(path)}`", events, request)


def missing_rerank(shelf: Shelf) -> None:
    """Put the cases of rerank members that are left out."""
    schema = contract().schema("rerank-response")
    for path in optional(schema, schema, _ranking(shelf.say("sample"), 2)):
        say = shelf.say("-".join(path))
        value = _ranking(say, 3)
        _without(value, path)
        name = "without-" + "-".join(path).replace("_", "-")
        about = f"a ranking without `{'.'.join(path)}`"
        shelf.ranked(name, about, ask_rerank(say, 3), value)


def optional(root: dict[str, Any], schema: dict[str, Any], value: Any) -> Iterator[Path]:
    """The paths of members that `value` has and its schema does not require, outer ones first."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    if not isinstance(value, dict):
        return
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        if name not in value:
            continue
        if name not in required:
            yield (name,)
        if name not in _LISTS:
            for path in optional(root, inner, value[name]):
                yield (name, *path)


def _without(value: Any, path: Path) -> None:
    for key in path[:-1]:
        value = value[key]
    del value[path[-1]]


def _sample(say: Words, kind: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """An answer with an event of this kind that has all its members, and its request."""
    if kind.startswith("tool"):
        name = f"get_{say.word()}"
        text = json.dumps({"place": say.word()})
        called = call(say, name, [text[:6], text[6:]])
        events = [start(say), *plan(say.parts()), *called, end(say, "TOOL_CALL")]
        return events, ask_with_tools(say, tool(name, "place"))
    one = document(say, say.letters(8))
    word = say.word()
    source = {"type": "document", "id": one["id"], "document": {"id": one["id"], **one["data"]}}
    events = [start(say), *block([word, f" {say.word()}", f" {say.word()}"]), end(say)]
    events[-1]["id"] = events[0]["id"]
    if not kind.startswith("citation"):
        return events, ask(say)
    events[5:5] = cite((0, len(word)), word, [source], content_index=0)
    return events, ask_with_documents(say, one)


def _ranking(say: Words, count: int) -> dict[str, Any]:
    return {
        "id": say.uuid(),
        "results": [{"index": n, "relevance_score": (9 - n) / 10} for n in range(count)],
        "meta": {
            "api_version": {"version": "2", "is_deprecated": False, "is_experimental": False},
            "billed_units": {"search_units": 1},
            "warnings": [say.phrase()],
        },
    }
