"""Requests with documents, tools and response formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import ask, document, tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.clients.cases.shelf import Shelf

__all__ = ["documents", "formats", "tools"]

Asked = dict[str, Any]

_SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
    "required": ["name", "size"],
}


def documents(shelf: Shelf) -> Iterator[tuple[str, str, Asked]]:
    """Documents, and how they are to be cited."""

    def of(name: str, *documents: Any, **more: Any) -> Asked:
        return ask(shelf.say(name), documents=list(documents), **more)

    say = shelf.say("documents")
    yield "documents", "documents with ids", of("documents", document(say, "a"), document(say, "b"))
    yield (
        "documents-strings",
        "documents that are texts",
        of("documents-strings", say.phrase(), say.phrase()),
    )
    yield (
        "documents-no-id",
        "documents without ids",
        of("documents-no-id", {"data": {"title": say.word(), "text": say.phrase()}}),
    )
    yield (
        "documents-mixed",
        "a text and an object as documents",
        of("documents-mixed", say.phrase(), document(say, "b")),
    )
    typed = {"text": say.phrase(), "n": 7, "x": 0.5, "tags": ["a", "b"], "in": {"deep": True}}
    yield (
        "documents-typed",
        "a document with numbers, lists and objects",
        of("documents-typed", {"id": "t", "data": typed}),
    )
    unicode = {"text": f"{say.word()} 😀 é \n\n"}
    yield (
        "documents-unicode",
        "a document with characters beyond ASCII",
        of("documents-unicode", {"id": "ü-1", "data": unicode}),
    )
    yield (
        "documents-many",
        "forty documents",
        of("documents-many", *(document(say, f"d{n}") for n in range(40))),
    )
    for mode in ("ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF"):
        name = f"citations-{mode.lower()}"
        yield (
            name,
            f"`citation_options` with mode {mode}",
            of(name, document(say, "a"), citation_options={"mode": mode}),
        )


def _function(name: str, parameters: Asked, **more: Any) -> Asked:
    return {"type": "function", "function": {"name": name, "parameters": parameters, **more}}


def tools(shelf: Shelf) -> Iterator[tuple[str, str, Asked]]:
    """Tools, and how they are to be chosen."""
    say = shelf.say("tools")
    name = f"get_{say.word()}"
    yield "tools", "a tool", ask(say, tools=[tool(name, "place")])
    yield "tools-three", "three tools", ask(say, tools=[tool(f"{name}_{n}", "x") for n in range(3)])
    yield (
        "tool-no-parameters",
        "a tool without parameters",
        ask(
            say,
            tools=[_function(name, {"type": "object", "properties": {}}, description=say.phrase())],
        ),
    )
    yield (
        "tool-no-description",
        "a tool without a description",
        ask(
            say,
            tools=[_function(name, {"type": "object", "properties": {"x": {"type": "string"}}})],
        ),
    )
    optional = {
        "type": "object",
        "properties": {"place": {"type": "string"}, "days": {"type": "integer"}},
    }
    yield (
        "tool-optional",
        "a tool whose parameters are all optional",
        ask(say, tools=[_function(name, optional, description=say.phrase())]),
    )
    nested = {
        "type": "object",
        "properties": {
            "where": {
                "type": "object",
                "properties": {"city": {"type": "string", "description": say.phrase()}},
                "required": ["city"],
            },
            "days": {"type": "array", "items": {"type": "integer"}},
            "unit": {"type": "string", "enum": ["c", "f"]},
        },
        "required": ["where"],
    }
    yield (
        "tool-nested",
        "a tool with objects, lists and enumerations",
        ask(say, tools=[_function(name, nested, description=say.phrase())]),
    )
    referred = {
        "type": "object",
        "properties": {"where": {"$ref": "#/$defs/Place"}, "other": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        "$defs": {"Place": {"type": "object", "properties": {"city": {"type": "string"}}}},
        "required": ["where"],
    }  # fmt: skip
    yield (
        "tool-references",
        "a tool with references and unions",
        ask(say, tools=[_function(name, referred, description=say.phrase())]),
    )
    kinds = {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "description": "a number"},
            "x": {"type": "number", "default": 0},
            "b": {"type": "boolean", "default": False},
            "s": {"type": "string", "pattern": "^[a-z]+$"},
        },
        "required": ["n"],
        "additionalProperties": False,
    }
    yield (
        "tool-keywords",
        "a tool with defaults, patterns and closed parameters",
        ask(say, tools=[_function(name, kinds, description=say.phrase())]),
    )
    yield (
        "tool-unicode",
        "a description with emoji and quotation marks",
        ask(say, tools=[_function(name, nested, description='Says "é" 😀\n')]),
    )
    one = [tool(name, "place")]
    yield (
        "tool-choice-required",
        "`tool_choice` REQUIRED",
        ask(say, tools=one, tool_choice="REQUIRED"),
    )
    yield "tool-choice-none", "`tool_choice` NONE", ask(say, tools=one, tool_choice="NONE")
    yield "strict-tools", "`strict_tools`", ask(say, tools=one, strict_tools=True)
    yield "strict-tools-false", "`strict_tools` of false", ask(say, tools=one, strict_tools=False)


def formats(shelf: Shelf) -> Iterator[tuple[str, str, Asked]]:
    """Forms in which the answer is to come."""

    def of(name: str, value: Asked) -> Asked:
        request = ask(shelf.say(name), response_format=value)
        request["messages"][0]["content"] += " as JSON"
        return request

    yield "format-text", "`response_format` text", of("format-text", {"type": "text"})
    yield "format-json", "`response_format` JSON", of("format-json", {"type": "json_object"})
    yield (
        "format-schema",
        "`response_format` JSON with a schema",
        of("format-schema", {"type": "json_object", "json_schema": _SCHEMA}),
    )
    listed = {
        "type": "object",
        "properties": {"rows": {"type": "array", "items": _SCHEMA}},
        "required": ["rows"],
    }
    yield (
        "format-nested",
        "`response_format` JSON with a nested schema",
        of("format-nested", {"type": "json_object", "json_schema": listed}),
    )
