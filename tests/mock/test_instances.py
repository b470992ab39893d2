"""Values are built that fit a schema, whatever keywords it has."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.mock.instance import instance_of
from conformance.mock.pattern import matching
from conformance.rules.user_schema import misfits


def obj(properties, **more):
    """A schema of an object, all of whose properties are required."""
    return {"type": "object", "properties": properties, "required": [*properties], **more}


SCHEMAS = {
    "empty": {},
    "true": True,
    "object": obj({"a": {"type": "string"}, "b": {"type": "boolean"}, "c": {"type": "null"}}),
    "nested": obj({"a": obj({"b": obj({"c": {"type": "integer"}})})}),
    "optional": {"type": "object", "properties": {"a": {"type": "string"}}},
    "unnamed required": {"type": "object", "required": ["a"]},
    "least properties": {"type": "object", "minProperties": 3},
    "closed, least properties": {
        "type": "object", "properties": {"a": {}, "b": {}}, "additionalProperties": False,
        "minProperties": 2,
    },
    "other properties": {
        "type": "object", "minProperties": 1, "additionalProperties": {"type": "integer"},
    },
    "dependent": obj(
        {"a": {"type": "string"}}, dependentRequired={"a": ["b"]},
    ),
    "enum": {"enum": [7, "x"]},
    "const": {"const": {"a": [1]}},
    "default": {"type": "string", "default": "by default"},
    "unfit default": {"type": "integer", "default": "no"},
    "examples": {"type": "string", "examples": ["for example"]},
    "types": {"type": ["null", "integer"]},
    "no type": {"properties": {"a": {"minLength": 3}}, "required": ["a"]},
    "minimum": {"type": "integer", "minimum": 18},
    "maximum": {"type": "integer", "maximum": -3},
    "exclusive": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "exclusive whole": {"type": "integer", "exclusiveMinimum": 4, "maximum": 5},
    "multiple": {"type": "integer", "minimum": 10, "multipleOf": 7},
    "multiple of a part": {"type": "number", "multipleOf": 0.25, "minimum": 0.3},
    "minLength": {"type": "string", "minLength": 80},
    "maxLength": {"type": "string", "maxLength": 2},
    "date": {"type": "string", "format": "date"},
    "pattern": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3,}$"},
    "items": {"type": "array", "items": {"type": "integer"}, "minItems": 3},
    "unique items": {
        "type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True,
    },
    "unique enums": {
        "type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True,
    },
    "no items": {"type": "array", "maxItems": 0},
    "tuple": {
        "type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False,
        "minItems": 2,
    },
    "contains": {"type": "array", "contains": {"const": 5}},
    "anyOf": {"anyOf": [{"type": "integer", "minimum": 5}, {"type": "string"}]},
    "oneOf": {
        "oneOf": [{"type": "integer"}, {"type": "number", "minimum": 3}], "minimum": 3,
    },
    "impossible first member": {"anyOf": [False, {"type": "string"}]},
    "allOf": {
        "allOf": [obj({"a": {"type": "string"}}), obj({"b": {"type": "integer"}})],
    },
    "narrowing": {
        "type": "object", "properties": {"n": {"type": "integer", "minimum": 2}},
        "allOf": [obj({"n": {"minimum": 9}})],
    },
    "two unions": {
        "allOf": [
            {"anyOf": [obj({"a": {"type": "string"}}), obj({"b": {"type": "string"}})]},
            {"anyOf": [obj({"c": {"type": "string"}})]},
        ],
    },
    "if": {
        "type": "object", "properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"],
        "if": obj({"kind": {"const": "a"}}), "then": {"required": ["x"]},
        "else": {"required": ["y"]},
    },
    "reference": {"$ref": "#/$defs/port", "$defs": {"port": obj({"name": {"type": "string"}})}},
    "reference in a property": obj(
        {"a": {"$ref": "#/$defs/a~1b"}}, **{"$defs": {"a/b": {"type": "integer"}}}
    ),
    "recursion": {
        "type": "object", "properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}},
        "required": ["n"],
    },
}  # fmt: skip


@pytest.mark.parametrize("every", [False, True], ids=["least", "every"])
@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_instances_fit(schema, every):
    """A value is found that the validator takes, with and without the optional members."""
    assert [] == misfits(schema, instance_of(schema, ["Brest", "tide"], every=every))


def test_every_includes_optional_members():
    """Optional members are left out, or all there when asked for."""
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}

    assert {} == instance_of(schema, ["x"])
    assert {"a": "x", "b": 1} == instance_of(schema, ["x"], every=True)


def test_hints_become_texts():
    """Free texts are the given words, in their order."""
    schema = obj({"from": {"type": "string"}, "to": {"type": "string"}})

    assert {"from": "Brest", "to": "Ushant"} == instance_of(schema, ["Brest", "Ushant"])


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "https://example.org/schema.json"},
        {"type": "array", "minItems": 10**9, "items": {"type": "array", "minItems": 10**9}},
        {"type": "string", "minLength": 10**12},
        {"type": "object", "minProperties": 10**9},
        {"type": "string", "pattern": "(a{999}){999}"},
        {"type": "string", "pattern": "(["},
        {"type": "no such type"},
        {"type": "object", "properties": 7, "required": "a"},
        {"allOf": 7, "anyOf": "x", "enum": {}},
        {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}},
        False,
    ],
    ids=str,
)
def test_hostile_schemas_end(schema):
    """What cannot be built, or would be huge, ends soon and raises nothing."""
    before = time.process_time()
    instance_of(schema, [])

    assert time.process_time() - before < 3


@settings(max_examples=80, derandomize=True)
@given(
    schema=st.recursive(
        st.sampled_from([{"type": "string"}, {"type": "integer", "minimum": 3}, {"enum": [1, 2]}]),
        lambda inner: st.one_of(
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(obj),
            inner.map(lambda one: {"type": "array", "items": one, "minItems": 2}),
            st.lists(inner, min_size=1, max_size=3).map(lambda many: {"anyOf": many}),
        ),
        max_leaves=8,
    )
)
def test_nested_schemas_fit(schema):
    """Whatever is nested in whatever, the value fits."""
    assert [] == misfits(schema, instance_of(schema, ["Brest"]))


@pytest.mark.parametrize(
    "pattern",
    ["abc", "a+b?c*", "[0-9]{3}", "[^a-z]", r"\d\s\w\D\S\W", "(x|y)z", "(?:ab){2}", "^start$",
     r"(a)\1", "[A-Fa-f0-9]{8}", "a.c", r"\p", "(?P<n>q)(?P=n)", "[^\\d]x", "a{2,}", ""],
)  # fmt: skip
def test_patterns_are_matched(pattern):
    """The text made for a pattern matches it; None is made only where Python has no such pattern."""
    made = matching(pattern)

    try:
        compiled = re.compile(pattern)
    except re.error:
        assert made is None
    else:
        assert compiled.search(made)
