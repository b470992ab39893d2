"""Schemas that callers write: what they say of a value, and when they say nothing."""

from __future__ import annotations

import pytest

from conformance.rules.user_schema import is_schema, misfits
from conformance.rules.wording import quote, quote_all

DEEP = []
for _ in range(2000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({}, 1, []),
        ({"required": ["a/b"]}, {}, ["`/a~1b` is missing"]),
        ({"type": ["string", "null"]}, 5, ["`/` is `5`, not null or string"]),
        (
            {"properties": {"a": {}}, "additionalProperties": False},
            {"b": 1, "c": 2},
            ["`/b`, `/c` not declared"],
        ),
        ({"items": {"pattern": "^a"}}, ["a", "b"], ["`/1` is `b`, against its `pattern`"]),
        (False, 1, ["`/` is `1`, where the schema allows nothing"]),
        ({"items": {"type": "string"}}, list(range(99)), 20),
    ],
)
def test_misfits_are_told_with_their_place(schema, value, expected):
    """Each misfit names its place and its reason; twenty are enough."""
    found = misfits(schema, value)

    assert expected == (len(found) if isinstance(expected, int) else found)


@pytest.mark.parametrize(
    "schema",
    [
        5,
        {"type": "str"},
        {"$schema": "https://example.com/dialect"},
        {"$ref": "https://example.com/schema"},
        {"$ref": "file:///etc/hostname"},
        {"pattern": "["},
        {"description": "\ud800"},
        DEEP,
    ],
)
def test_what_is_no_schema_judges_nothing(schema):
    """A schema that is none, or that lies elsewhere, finds no fault."""
    assert not is_schema(schema)
    assert [] == misfits(schema, 1)


@pytest.mark.parametrize("value", [DEEP, "\ud800", 10**400, float("nan")])
def test_values_that_cannot_be_judged(value):
    """A value beyond the limits of the validator has no misfit."""
    assert [] == misfits({"minLength": 0}, value)


def test_a_schema_may_refer_to_itself():
    """References inside a schema are followed, however often they come round."""
    tree = {"type": "object", "properties": {"left": {"$ref": "#"}}}

    assert [] == misfits({"$ref": "#"}, 1)
    assert ["`/left/left` is `5`, not object"] == misfits(tree, {"left": {"left": 5}})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Brest", "`Brest`"),
        ('a "b"\n', '`a "b"\\n`'),
        (None, "`null`"),
        ({"a": [1]}, '`{"a": [1]}`'),
        ("\ud83d", "`\\ud83d`"),
        ("x" * 99, f"`{'x' * 20}…{'x' * 19}`"),
        (DEEP, "`…`"),
    ],
)
def test_values_are_quoted_on_one_line(value, expected):
    """A value of any kind becomes a short text in backticks, on one line."""
    assert expected == quote(value)


def test_many_values_are_counted():
    """Of many values some are shown and the others counted."""
    assert "`1`, `2`" == quote_all([1, 2])
    assert "`0`, `1`, `2`, `3`, `4` and 4 more" == quote_all(range(9))
