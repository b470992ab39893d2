"""Schemas → instances: each is valid, none is refused in silence, edges are reached."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from hypothesis import given, settings

from conformance.contract import THINGS, contract
from conformance.errors import SpecError
from conformance.strategies import Coverage, from_schema

MANY = max(300, settings.default.max_examples)

# Schemas as tools and JSON answers have them; all of them have an instance.
ZOO = {
    "any": True,
    "empty": {},
    "type list": {"type": ["string", "null", "integer"]},
    "no type, bounds": {"minimum": 3},
    "no type, properties": {"properties": {"a": {"type": "string"}}, "required": ["a"]},
    "one integer": {"type": "integer", "minimum": 7, "maximum": 7},
    "open bounds": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 2},
    "fractional bounds": {"type": "integer", "minimum": 0.5, "maximum": 1.5},
    "open real bounds": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1e-300},
    "negative": {"type": "number", "maximum": -5},
    "narrow": {"type": "number", "minimum": 0.1, "maximum": 0.1},
    "strings": {"type": "string", "minLength": 3, "maxLength": 4},
    "pattern": {"type": "string", "pattern": "^[a-c]{2}[0-9]$"},
    "pattern of a dollar": {"type": "string", "pattern": "^\\$"},
    "values of a type": {"type": "integer", "enum": [1, "1", True, 2.0, None]},
    "date": {"type": "string", "format": "date"},
    "arrays": {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 2},
    "items of any kind": {"type": "array"},
    "map": {"type": "object", "additionalProperties": {"type": "integer"}},
    "closed": {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
    "closed and empty": {"type": "object", "additionalProperties": False},
    "required, not described": {"type": "object", "required": ["a", "b/c~d"]},
    "union by type": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "null"}}]},
    "union by value": {"oneOf": [{"const": 1}, {"enum": [2, "1"]}]},
    "union by member": {
        "oneOf": [
            {"type": "object", "properties": {"t": {"const": t}}, "required": ["t"]} for t in "ab"
        ]
    },
    "overlapping anyOf": {"anyOf": [{"type": "integer"}, {"type": "number"}]},
    "reference": {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "null"}}},
    "tree": {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "below": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                    "next": {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]},
                },
                "required": ["next"],
            }
        },
    },
    "annotated": {"type": "null", "title": "t", "description": "d", "default": 1, "x-own": {}},
}


@pytest.mark.parametrize("schema", ZOO.values(), ids=ZOO.keys())
def test_every_instance_fits(schema):
    """What is made from a schema is valid under it, and is JSON."""
    validator = jsonschema_rs.Draft202012Validator(schema)

    @settings(max_examples=150, database=None)
    @given(from_schema(schema))
    def holds(instance):
        assert validator.is_valid(json.loads(json.dumps(instance, allow_nan=False)))

    holds()


@pytest.mark.parametrize("thing", THINGS)
def test_instances_of_the_contract(thing):
    """What is made from a schema of the contract is valid, and has no member that it does not name."""
    validator = jsonschema_rs.Draft202012Validator(contract().schema(thing, closed=True))

    @settings(max_examples=MANY, database=None)
    @given(from_schema(contract().schema(thing)))
    def holds(instance):
        assert list(validator.iter_errors(instance)) == []

    holds()


@pytest.mark.parametrize("thing", THINGS)
def test_everything_in_the_schema_comes(thing):
    """Every member comes present and absent, every enumerated value and every union member comes."""
    coverage = Coverage(contract().schema(thing))

    @settings(max_examples=1500, database=None, derandomize=True)
    @given(from_schema(contract().schema(thing)))
    def count(instance):
        coverage.add(instance)

    count()

    assert coverage.missing == []


# (a schema with something that the strategy does not know, where that stands)
REFUSED = [
    *(
        ({"type": "object", "properties": {"a": {keyword: value}}}, f"#/properties/a/{keyword}")
        for keyword, value in {
            "allOf": [], "not": {}, "if": {}, "then": {}, "else": {}, "contains": {},
            "dependentRequired": {}, "dependentSchemas": {}, "maxContains": 1, "maxProperties": 1,
            "minContains": 1, "minProperties": 1, "multipleOf": 2, "patternProperties": {},
            "prefixItems": [], "propertyNames": {}, "unevaluatedItems": False,
            "unevaluatedProperties": False, "uniqueItems": True, "$dynamicRef": "#",
            "contentEncoding": "base64", "typo": 1,
        }.items()
    ),
    ({"type": "string", "minimum": 1}, "#/minimum"),
    ({"type": "object", "items": {}}, "#/items"),
    ({"type": "strin"}, "#/type"),
    ({"type": "string", "format": "email"}, "#/format"),
    ({"type": "string", "pattern": "a", "minLength": 1}, "#"),
    ({"type": "string", "pattern": "("}, "#/pattern"),
    ({"type": "object", "oneOf": [{"const": 1}]}, "#"),
    ({"type": "string", "enum": [1, True]}, "#"),
    ({"const": 1, "minimum": 0}, "#"),
    ({"$ref": "#/$defs/a", "type": "object", "$defs": {"a": {}}}, "#"),
    ({"$ref": "#/$defs/b", "$defs": {"a": {}}}, "#/$ref"),
    ({"$ref": "https://example.com/s.json"}, "#/$ref"),
    ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "#/oneOf"),
    ({"oneOf": [{"const": 1}, {"const": 1.0}]}, "#/oneOf"),
    ({"oneOf": []}, "#/oneOf"),
    ({"enum": []}, "#"),
    ({"type": "array", "items": {"type": "string", "uniqueItems": True}}, "#/items/uniqueItems"),
    ({"type": "array", "minItems": 2, "maxItems": 1}, "#"),
    ({"type": "string", "minLength": 2, "maxLength": 1}, "#"),
    ({"type": "integer", "minimum": 1, "maximum": 0}, "#"),
    ({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, "#"),
    ({"type": "number", "exclusiveMinimum": 1, "maximum": 1}, "#"),
    ({"type": "object", "required": ["a"], "additionalProperties": False}, "#/required"),
    (False, "#"),
    ("string", "#"),
    (
        {"$ref": "#/$defs/a",
         "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}, "minItems": 1}}},
        "#",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "where"), REFUSED)
def test_what_is_not_known_is_refused_at_once(schema, where):
    """A keyword that would be ignored is an error when the strategy is made, with its place."""
    with pytest.raises(SpecError) as caught:
        from_schema(schema)

    assert where == caught.value.where
    assert caught.value.hint


@pytest.mark.parametrize(("low", "high"), [(0, 0), (-3, 4), (0, 500), (0, 2**64 - 1)])
def test_bounds_of_integers_come(low, high):
    """Both bounds of a range come, and nothing beyond them."""
    seen = set()

    @settings(max_examples=200, database=None, derandomize=True)
    @given(from_schema({"type": "integer", "minimum": low, "maximum": high}))
    def collect(value):
        seen.add(value)

    collect()

    assert (low, high) == (min(seen), max(seen))


def test_both_ends_of_a_real_range_come():
    """The bounds of a real range come, the next floats inside too, and nothing beyond."""
    seen = set()

    @settings(max_examples=1000, database=None, derandomize=True)
    @given(from_schema({"type": "number", "minimum": 0.01, "maximum": 0.99}))
    def collect(value):
        seen.add(value)

    collect()

    assert {0.01, 0.99} <= seen
    assert (0.01, 0.99) == (min(seen), max(seen))
