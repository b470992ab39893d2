"""Limits on schemas for structured output, in a JSON answer and in strict tools."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level, Party

TEXT = {"type": "string"}


def client(members):
    """The client's errors and warnings about a request with these members."""
    lines = [f"> {json.dumps(members)}", "message-start", "message-end ERROR"]
    violations = check(exchange_from("\n".join(lines))).violations
    return [v for v in violations if v.party is Party.CLIENT and v.level is not Level.INFO]


def answer(schema, name="json_schema"):
    """What is found when a JSON answer is asked for in this form."""
    return client({"response_format": {"type": "json_object", name: schema}})


def strict(*schemas, switch=True):
    """What is found when strict tools have these parameters."""
    tools = [
        {"type": "function", "function": {"name": f"f{n}", "parameters": schema}}
        for n, schema in enumerate(schemas)
    ]
    return client({"tools": tools, "strict_tools": switch})


def with_property(**schema):
    """A form whose one property has this schema."""
    return {"type": "object", "properties": {"a": schema}, "required": ["a"]}


GOOD = [
    with_property(**TEXT),
    with_property(type="string", pattern="a[^b]c|\\^\\$"),
    with_property(type="string", format="date-time"),
    with_property(type="string", format="uuid"),
    with_property(type="string", enum=["a", "b"]),
    with_property(const="x"),
    with_property(const=1.5),
    with_property(anyOf=[TEXT, {"type": "null"}]),
    with_property(**{"$ref": "#/$defs/b"}) | {"$defs": {"b": with_property(**TEXT)}},
    with_property(type="array", items=with_property(**TEXT)),
    {"type": "object", "properties": {"minimum": TEXT, "allOf": TEXT}, "required": ["allOf"]},
    {"$ref": "#/$defs/b", "$defs": {"b": with_property(**TEXT)}},
]


@pytest.mark.parametrize("schema", GOOD)
def test_what_is_supported(schema):
    """A form within the limits is free of findings, in an answer and in a strict tool."""
    assert [] == answer(schema)
    if "required" in schema:
        assert [] == strict(schema)


BAD = [
    ("CHAT-023", {"type": "array", "items": TEXT}, "/type"),
    ("CHAT-023", {"type": "string"}, "/type"),
    ("CHAT-023", {"properties": {"a": TEXT}, "required": ["a"]}, ""),
    ("CHAT-024", {"type": "object", "properties": {"a": TEXT}, "required": ["b"]}, "/required"),
    ("CHAT-024", with_property(), "/properties/a"),
    ("CHAT-024", with_property(description="no type"), "/properties/a"),
    ("CHAT-024", with_property(type="object"), "/properties/a"),
    ("CHAT-024", with_property(type="object", properties={"b": TEXT}), "/properties/a"),
    ("CHAT-024", with_property(type="array", items={"type": "object"}), "/properties/a/items"),
    ("CHAT-024", with_property(anyOf=[{"type": "object"}]), "/properties/a/anyOf/0"),
    ("CHAT-025", with_property(allOf=[TEXT]), "/properties/a/allOf"),
    ("CHAT-025", with_property(oneOf=[TEXT]), "/properties/a/oneOf"),
    ("CHAT-025", with_property(**{"not": TEXT}), "/properties/a/not"),
    ("CHAT-025", with_property(type="integer", minimum=1), "/properties/a/minimum"),
    ("CHAT-025", with_property(type="integer", maximum=1), "/properties/a/maximum"),
    ("CHAT-025", with_property(type="array", items=TEXT, minItems=1), "/properties/a/minItems"),
    ("CHAT-025", with_property(type="array", items=TEXT, maxItems=1), "/properties/a/maxItems"),
    ("CHAT-025", with_property(type="string", minLength=1), "/properties/a/minLength"),
    ("CHAT-025", with_property(type="string", maxLength=1), "/properties/a/maxLength"),
    ("CHAT-025", with_property(type="array", items=TEXT, uniqueItems=True), "/properties/a/uniqueItems"),
    ("CHAT-025", with_property(type="string", pattern="^a"), "/properties/a/pattern"),
    ("CHAT-025", with_property(type="string", pattern="a$"), "/properties/a/pattern"),
    ("CHAT-025", with_property(type="string", pattern="a(?=b)"), "/properties/a/pattern"),
    ("CHAT-025", with_property(type="string", pattern="a(?!b)"), "/properties/a/pattern"),
    ("CHAT-026", with_property(type="string", format="email"), "/properties/a/format"),
    ("CHAT-026", with_property(type="string", format=5), "/properties/a/format"),
    ("CHAT-026", with_property(const=[1]), "/properties/a/const"),
    ("CHAT-026", with_property(const={"b": 1}), "/properties/a/const"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "schema", "place"), BAD)
def test_what_is_not_supported(code, schema, place):
    """Each limit that a form passes breaks one rule, at its place, in an answer."""
    found = answer(schema)

    assert [(code, "/response_format/json_schema" + place)] == [(v.code, v.pointer) for v in found]


@pytest.mark.parametrize(
    ("code", "schema", "place"), [row for row in BAD if row[1].get("required") == ["a"]]
)
def test_what_is_not_supported_in_strict_tools(code, schema, place):
    """The limits are the same for the parameters of strict tools."""
    found = [v for v in strict(schema) if v.code != "CHAT-031"]

    assert [(code, "/tools/0/function/parameters" + place)] == [(v.code, v.pointer) for v in found]


def test_a_form_that_requires_nothing():
    """An object without required properties is told as such in an answer, of a tool by its own rule."""
    schema = {"type": "object", "properties": {"a": TEXT}}

    assert ["CHAT-024"] == [v.code for v in answer(schema)]
    assert ["CHAT-028"] == [v.code for v in strict(schema)]
    assert ["CHAT-028"] == [v.code for v in strict({**schema, "required": []})]


@pytest.mark.parametrize("schema", [schema for _, schema, _ in BAD])
def test_other_tools_are_free(schema):
    """Without strict tools no limit holds for parameters."""
    assert [] == [v.code for v in strict(schema, switch=False) if v.level is Level.ERROR]


def test_the_older_name_of_the_schema():
    """The limits hold for the schema of an answer under its older name too."""
    assert ["CHAT-025"] == [v.code for v in answer(with_property(oneOf=[TEXT]), name="schema")]


def test_text_has_no_form():
    """A schema sent with the format `text` is one fault, whatever stands in it."""
    found = client({"response_format": {"type": "text", "json_schema": {"type": "array"}}})

    assert ["CHAT-011"] == [v.code for v in found]


def fields(count, **more):
    """Parameters with so many properties, all of them required."""
    properties = {f"p{n}": TEXT for n in range(count)} | more
    return {"type": "object", "properties": properties, "required": list(properties)}


@pytest.mark.parametrize(
    ("schemas", "expected"),
    [
        ([fields(200)], []),
        ([fields(201)], [("CHAT-027", Level.ERROR)]),
        ([fields(100), fields(100)], []),
        ([fields(100), fields(101)], [("CHAT-027", Level.ERROR)]),
        ([fields(100, inner=fields(99))], []),
        ([fields(100, inner=fields(100))], [("CHAT-027", Level.WARNING)]),
    ],
)
def test_fields_of_strict_tools(schemas, expected):
    """All strict tools have 200 parameters at most; fields inside of parameters only warn."""
    assert expected == [(v.code, v.level) for v in strict(*schemas)]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": 5, "required": ["a"]},
        {"type": "object", "properties": {"a": 5}, "required": ["a"]},
        {"type": "object", "properties": {"a": TEXT}, "required": 5},
        {"type": "object", "properties": {"a": TEXT}, "required": [[], {}]},
        {"type": "object", "properties": {"a": {"anyOf": 5}}, "required": ["a"], "$defs": 5},
        {"type": "object", "properties": {"a": {**TEXT, "pattern": 5}}, "required": ["a"]},
        {"type": ["object"], "properties": {"a": {"items": [TEXT]}}, "required": ["a"]},
    ],
)
def test_what_is_no_schema_at_all(schema):
    """A form that is no schema is judged as far as it goes, and nothing fails over it."""
    answer(schema)
    strict(schema)


def test_a_deep_form():
    """A form that nests three hundred times is judged without running out of stack."""
    schema = with_property(**TEXT)
    for _ in range(300):
        schema = with_property(**schema)
    schema["properties"]["b"] = {"type": "integer", "minimum": 1}

    assert ["CHAT-025"] == [v.code for v in answer(schema)]
