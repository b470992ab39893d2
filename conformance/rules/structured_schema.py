"""Schemas for structured output: what the documentation says that they may hold.

These are the schema of a JSON answer, and with `strict_tools` the parameters of every tool. Whether
they are JSON Schemas at all is another rule's question; a part that is not is passed over here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.contract import escape
from conformance.rules.parameter_schema import parameters
from conformance.rules.registry import Finding, prose, rule
from conformance.rules.wording import quote, quote_all
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject

_MOST_FIELDS = 200
_KEYWORDS = (
    "allOf", "oneOf", "not", "minimum", "maximum", "minItems", "maxItems", "minLength",
    "maxLength", "uniqueItems",
)  # fmt: skip
_FORMATS = ("date-time", "uuid", "date", "time")
# A property with one of these is told by it and needs no `type`.
_INSTEAD_OF_TYPE = ("anyOf", "$ref", "enum", "const", "allOf", "oneOf", "not")
# Anchors and look-ahead; a leading ^ inside of brackets negates a class and is none.
_PATTERN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(\^|\$|\(\?[=!])", re.DOTALL)


class _Root(NamedTuple):
    """A schema that the limits hold for: where it stands, and whether it is a strict tool's."""

    pointer: str
    schema: dict[str, Any]
    strict_tool: bool


def _roots(subject: Subject) -> Iterator[_Root]:
    if not subject.is_chat:
        return
    form = subject.request.response_format
    if form.get("type") == "json_object":
        for name in ("json_schema", "schema"):
            if isinstance(form.get(name), dict):
                yield _Root(f"/response_format/{name}", form[name], strict_tool=False)
    if subject.request.strict_tools:
        for position, schema in parameters(subject.request.body):
            yield _Root(f"/tools/{position}/function/parameters", schema, strict_tool=True)


def _parts(root: _Root) -> Iterator[tuple[str, dict[str, Any]]]:
    """(JSON Pointer, schema) of a schema and all schemas in it."""
    todo: list[tuple[str, Any]] = [(root.pointer, root.schema)]
    while todo:
        pointer, schema = todo.pop()
        if not isinstance(schema, dict):
            continue
        yield pointer, schema
        inner: list[tuple[str, Any]] = []
        for key in ("properties", "$defs", "definitions"):
            named = schema.get(key)
            if isinstance(named, dict):
                inner += [(f"{pointer}/{key}/{escape(name)}", sub) for name, sub in named.items()]
        for key in ("anyOf", "prefixItems"):
            listed = schema.get(key)
            for number, sub in enumerate(listed if isinstance(listed, list) else []):
                inner.append((f"{pointer}/{key}/{number}", sub))
        for key in ("items", "additionalProperties"):
            inner.append((f"{pointer}/{key}", schema.get(key)))
        todo += reversed(inner)


@rule("CHAT-023", "schema-not-object", party=Party.CLIENT, source=prose("SO-01"))
def schema_not_object(subject: Subject) -> Iterator[Finding]:
    """The schema of structured output is that of an object.

    Help: the server refuses the request
    Conforms:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}}
        message-start
        message-end ERROR
    Breaks:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "array", "items": {"type": "string"}}}}
        message-start
        message-end ERROR
    """
    for root in _roots(subject):
        kind = root.schema.get("type")
        if kind != "object" and not ("$ref" in root.schema and "type" not in root.schema):
            shown = f"has the type {quote(kind)}" if "type" in root.schema else "has no type"
            yield Finding(
                f"the schema at `{root.pointer}` {shown}, not `object`",
                pointer=root.pointer + ("/type" if "type" in root.schema else ""),
                note="must be object",
            )


@rule("CHAT-024", "schema-required", party=Party.CLIENT, source=prose("SO-02"))
def schema_required(subject: Subject) -> Iterator[Finding]:
    """Each object in such a schema requires a property it has, and each property has a type.

    Help: the server refuses the request
    Conforms:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}}
        message-start
        message-end ERROR
    Breaks:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}
        message-start
        message-end ERROR
    """
    for root in _roots(subject):
        for pointer, schema in _parts(root):
            if schema.get("type") != "object" and "properties" not in schema:
                continue
            properties = schema.get("properties", {})
            required = schema.get("required", [])
            if not isinstance(properties, dict) or not isinstance(required, list):
                continue
            if not required and not (root.strict_tool and pointer == root.pointer):
                yield Finding(
                    f"the object at `{pointer}` requires no property",
                    pointer=pointer,
                    note="no `required`",
                )
            unknown = [n for n in required if not isinstance(n, str) or n not in properties]
            if unknown:
                yield Finding(
                    f"the object at `{pointer}` requires {quote_all(unknown)}, "
                    "not among its properties",
                    pointer=f"{pointer}/required",
                    note="not in `properties`",
                )
            for name, sub in properties.items():
                if isinstance(sub, dict) and not any(k in sub for k in ("type", *_INSTEAD_OF_TYPE)):
                    yield Finding(
                        f"the property {quote(name)} at `{pointer}` has no type",
                        pointer=f"{pointer}/properties/{escape(name)}",
                        note="no `type`",
                    )


@rule("CHAT-025", "schema-keyword", party=Party.CLIENT, source=prose("SO-03"))
def schema_keyword(subject: Subject) -> Iterator[Finding]:
    """Such a schema does without the keywords that structured output does not know.

    Help: the server refuses the request, or answers with JSON that the keyword forbids
    Conforms:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "object", "properties": {"a": {"type": "string", "pattern": "[^a]{2}"}}, "required": ["a"]}}}
        message-start
        message-end ERROR
    Breaks:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}, "required": ["a"]}}}
        message-start
        message-end ERROR
    """
    for root in _roots(subject):
        for pointer, schema in _parts(root):
            for keyword in _KEYWORDS:
                if keyword in schema:
                    yield Finding(
                        f"`{keyword}` at `{pointer}` is not supported in structured output",
                        pointer=f"{pointer}/{keyword}",
                        note="not supported",
                    )
            tokens = _anchors(schema.get("pattern"))
            if tokens:
                yield Finding(
                    f"the pattern at `{pointer}` has {quote_all(tokens)}, "
                    "not supported in structured output",
                    pointer=f"{pointer}/pattern",
                    note="not supported",
                )


def _anchors(pattern: object) -> list[str]:
    """The anchors and look-aheads of a regular expression, each once."""
    if not isinstance(pattern, str):
        return []
    return list(dict.fromkeys(found[1] for found in _PATTERN.finditer(pattern) if found[1]))


@rule("CHAT-026", "schema-format", party=Party.CLIENT, source=prose("SO-04"))
def schema_format(subject: Subject) -> Iterator[Finding]:
    """A `format` in such a schema is one of four, and a `const` is no array or object.

    Help: the server refuses the request, or answers with text of another form
    Conforms:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "object", "properties": {"a": {"type": "string", "format": "date"}}, "required": ["a"]}}}
        message-start
        message-end ERROR
    Breaks:
        > {"response_format": {"type": "json_object", "json_schema": {"type": "object", "properties": {"a": {"type": "string", "format": "email"}}, "required": ["a"]}}}
        message-start
        message-end ERROR
    """
    for root in _roots(subject):
        for pointer, schema in _parts(root):
            if "format" in schema and schema["format"] not in _FORMATS:
                yield Finding(
                    f"the format {quote(schema['format'])} at `{pointer}` is not one of "
                    f"{quote_all(_FORMATS)}",
                    pointer=f"{pointer}/format",
                    note="not supported",
                )
            if isinstance(schema.get("const"), (list, dict)):
                yield Finding(
                    f"the constant {quote(schema['const'])} at `{pointer}` is no scalar",
                    pointer=f"{pointer}/const",
                    note="not supported",
                )


@rule("CHAT-027", "too-many-strict-fields", party=Party.CLIENT, source=prose("SO-05"))
def too_many_strict_fields(subject: Subject) -> Iterator[Finding]:
    """Strict tools have at most 200 fields together.

    Parameters are counted for certain; fields inside of parameters make it a warning only.

    Help: the server refuses the request
    Conforms:
        > {"strict_tools": true}
        tool f 200
        message-start
        message-end ERROR
    Breaks:
        > {"strict_tools": true}
        tool f 150
        tool g 51
        message-start
        message-end ERROR
    """
    outer = inner = 0
    for root in _roots(subject):
        for pointer, schema in _parts(root) if root.strict_tool else ():
            properties = schema.get("properties")
            if isinstance(properties, dict):
                outer += len(properties) if pointer == root.pointer else 0
                inner += len(properties) if pointer != root.pointer else 0
    if outer + inner > _MOST_FIELDS:
        yield Finding(
            f"the strict tools have `{outer + inner}` fields; at most `{_MOST_FIELDS}` are allowed",
            pointer="/tools",
            level=None if outer > _MOST_FIELDS else Level.WARNING,
        )


@rule("CHAT-028", "strict-tool-without-required", party=Party.CLIENT, source=prose("SO-05"))
def strict_tool_without_required(subject: Subject) -> Iterator[Finding]:
    """Each strict tool requires at least one parameter.

    Help: the server refuses the request
    Conforms:
        > {"strict_tools": true}
        tool f 1
        message-start
        message-end ERROR
    Breaks:
        > {"strict_tools": true}
        tools f
        message-start
        message-end ERROR
    """
    for root in _roots(subject):
        if root.strict_tool and root.schema.get("required", []) == []:
            name = root.pointer.split("/")[2]
            yield Finding(
                f"the strict tool `{name}` requires no parameter",
                pointer=root.pointer,
                note="no `required`",
            )
