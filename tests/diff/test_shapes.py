"""Forms of JSON Schema that the descriptions use seldom or not yet: each means what it means."""

from __future__ import annotations

import copy
import re

import pytest

from conformance.diff import compare
from conformance.diff.document import Document, Side
from conformance.errors import ConformanceError, SpecError
from conformance.specs import lines, yamlio
from tests.diff.api import small_api
from tests.diff.dialects import documents

TEXT = {"type": "string"}
ONE = {"type": "object", "properties": {"type": {"const": "one"}, "a": TEXT}, "required": ["type"]}
TWO = {"type": "object", "properties": {"type": {"const": "two"}, "b": TEXT}, "required": ["type"]}
ANY = {}


def _with(schema, *, sent):
    """A whole description in which a member `x` has this schema."""
    data = documents(small_api(), "official")
    schemas = data[0]["components"]["schemas"]
    operation = data[0]["paths"]["/v2/rerank"]["post"]
    body = operation["requestBody"] if sent else operation["responses"]["200"]
    holder = body["content"]["application/json"]["schema"]
    target = schemas[holder["$ref"].rpartition("/")[2]]
    target["properties"]["x"] = copy.deepcopy(schema)
    schemas |= {"One": ONE, "Two": TWO}
    return Side("side", tuple(Document(one, "file") for one in data))


def _found(old, new, *, sent=True):
    report = compare(_with(old, sent=sent), _with(new, sent=sent))
    return [(one.kind, f"{one.at.root}{one.at.path}".partition(".x")[2]) for one in report.findings]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TEXT, {"type": ["string"]}),
        (TEXT, {"allOf": [TEXT]}),
        (TEXT, {"anyOf": [TEXT]}),
        (TEXT, {"oneOf": [TEXT, TEXT]}),
        ({"const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"enum": ["a", "b"]}, {"type": "string", "enum": ["b", "a"]}),
        ({"enum": ["a", None]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": ["string", "null"]}, {"oneOf": [TEXT, {"type": "null"}]}),
        ({"properties": {"a": TEXT}}, {"type": "object", "properties": {"a": TEXT}}),
        ({"items": TEXT}, {"type": "array", "items": TEXT}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"type": "object"}, {"type": "object", "properties": {}, "additionalProperties": {}}),
        ({"type": "object"}, {"type": "object", "additionalProperties": True}),
        ({"type": "integer"}, {"allOf": [{"type": "number"}, {"type": "integer"}]}),
        ({"type": "array", "uniqueItems": False}, {"type": "array"}),
        ({"type": "number", "exclusiveMinimum": True}, {"type": "number"}),
        ({"type": "number", "maximum": 1e400}, {"type": "number", "maximum": 1e400}),
        (ANY, {"description": "Whatever."}),
        ({"type": "object", "properties": {1: TEXT}}, {"type": "object", "properties": {"1": TEXT}}),
        (True, ANY),
        (
            {"type": "object", "not": ONE},
            {"type": "object",
             "not": {"$ref": "#/components/schemas/One", "description": "Not this."}},
        ),
        (
            {"type": "object", "if": {"required": ["a", "b"]}, "then": {"required": ["c"]}},
            {"then": {"required": ["c"], "title": "Then"}, "if": {"required": ["b", "a"]},
             "type": "object"},
        ),
        (
            {"oneOf": [ONE, TWO]},
            {"oneOf": [{"$ref": "#/components/schemas/Two"}, {"$ref": "#/components/schemas/One"}],
             "discriminator": {"propertyName": "type", "mapping": {"one": "One", "two": "Two"}}},
        ),
        ({"oneOf": [ONE, TWO, TEXT]}, {"anyOf": [{"oneOf": [TWO, ONE]}, TEXT]}),
        (
            {"oneOf": [ONE, TWO]},
            {"type": "object", "required": ["type"],
             "oneOf": [{"properties": ONE["properties"]}, {"properties": TWO["properties"]}]},
        ),
        (
            {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": ["a"]},
            {"allOf": [{"type": "object", "properties": {"a": TEXT}},
                       {"properties": {"b": TEXT}, "required": ["a"]}]},
        ),
    ],
)  # fmt: skip
def test_two_ways_to_say_one_thing(old, new):
    """In what is sent and in what is received."""
    for sent in (True, False):
        assert [] == _found(old, new, sent=sent)
        assert [] == _found(new, old, sent=sent)


@pytest.mark.parametrize(
    ("old", "new", "there", "back"),
    [
        (TEXT, ANY, "type-widened", "type-narrowed"),
        (TEXT, {"type": ["string", "null"]}, "member-added", "member-removed"),
        (TEXT, {"oneOf": [TEXT, {"type": "array", "items": TEXT}]}, "member-added", "member-removed"),
        ({"type": "string", "pattern": "a"}, {"type": "string", "pattern": "b"},
         "bound-narrowed", "bound-narrowed"),
        ({"type": "string", "pattern": "a"}, TEXT, "bound-relaxed", "bound-narrowed"),
        ({"type": "string", "maxLength": 5}, {"type": "string", "maxLength": 6},
         "bound-relaxed", "bound-narrowed"),
        ({"type": "array", "uniqueItems": True}, {"type": "array"},
         "bound-relaxed", "bound-narrowed"),
        ({"minimum": 3}, {"minimum": 4}, "bound-narrowed", "bound-relaxed"),
        ({"type": "object"}, {"type": "object", "additionalProperties": False},
         "bound-narrowed", "bound-relaxed"),
        ({"type": "string", "not": {"const": "a"}}, TEXT, "bound-relaxed", "bound-narrowed"),
        ({"not": {"const": "a"}}, {"not": {"const": "b"}}, "bound-narrowed", "bound-narrowed"),
        ({"type": "object"}, {"type": "object", "patternProperties": {"^x": TEXT}},
         "bound-narrowed", "bound-relaxed"),
        ({"type": "array"}, {"type": "array", "contains": TEXT}, "bound-narrowed", "bound-relaxed"),
        ({"type": "object", "not": {"$ref": "#/components/schemas/One"}},
         {"type": "object", "not": {"$ref": "#/components/schemas/Two"}},
         "bound-narrowed", "bound-narrowed"),
        ({"enum": ["a", 1]}, {"enum": ["a", 1, 2]}, "enum-added", "enum-removed"),
        (True, False, "type-narrowed", "type-widened"),
    ],
)  # fmt: skip
def test_one_change_and_its_counterpart(old, new, there, back):
    """At the member itself, once."""
    assert [(there, "")] == [(kind, "") for kind, _ in _found(old, new)]
    assert [(back, "")] == [(kind, "") for kind, _ in _found(new, old)]


def test_a_condition_that_contains_itself_has_an_end():
    """A schema that forbids itself inside itself is compared as far as people can read."""
    inner = {"type": "object", "properties": {"x": {"$ref": "#/components/schemas/Loop"}}}
    loop = {"type": "object", "not": {"$ref": "#/components/schemas/Loop"}}
    old = _with({"not": inner}, sent=True)
    new = _with({"not": inner}, sent=True)
    for side in (old, new):
        side.documents[0].data["components"]["schemas"]["Loop"] = loop

    assert () == compare(old, new).findings


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"type": "array"}, {"type": "array", "items": TEXT}, ("type-narrowed", "[]")),
        (
            {"type": "object", "additionalProperties": TEXT},
            {"type": "object", "additionalProperties": {"type": "boolean"}},
            ("type-changed", ".*"),
        ),
        (
            {"type": "object"},
            {"type": "object", "additionalProperties": TEXT},
            ("type-narrowed", ".*"),
        ),
        (
            {"type": "array", "items": {"oneOf": [ONE, TWO]}},
            {"type": "array", "items": ONE},
            ("member-removed", "[]<two>"),
        ),
        (
            {"oneOf": [TEXT, {"type": "array", "items": TEXT}]},
            {"oneOf": [TEXT, {"type": "array", "items": {"type": "integer"}}]},
            ("type-changed", "<array>[]"),
        ),
    ],
)
def test_a_change_inside_is_found_at_its_place(old, new, expected):
    """Items, unnamed members and forms have places of their own."""
    assert [expected] == _found(old, new)


def test_a_union_with_a_member_that_nobody_can_tell():
    """What is missing beside a dangling reference may be what it refers to."""
    lost = {"oneOf": [ONE, {"$ref": "#/components/schemas/Gone"}]}

    assert [] == _found({"oneOf": [ONE, TWO]}, lost)
    assert [] == _found(lost, {"oneOf": [ONE, TWO]})


def test_a_mapping_to_what_is_not_there():
    """The value is known, and its shape is not: neither removed nor changed."""
    mapped = {
        "oneOf": [{"$ref": "#/components/schemas/One"}],
        "discriminator": {
            "propertyName": "type",
            "mapping": {"one": "#/components/schemas/One", "two": "#/components/schemas/Gone"},
        },
    }

    assert [] == _found({"oneOf": [ONE, TWO]}, mapped)


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [ONE, 5]},
        {"allOf": [TEXT, "x"]},
        {"type": "array", "items": 5},
        {"type": "object", "properties": {"a": 5}},
        {"type": "object", "required": [5]},
        {"type": "string", "pattern": 5},
        {"type": "integer", "maximum": "5"},
        {"type": "object", "additionalProperties": "x"},
        {"$ref": "#/info/title"},
        {"oneOf": [ONE], "discriminator": {"propertyName": "type", "mapping": {"one": 5}}},
    ],
)
def test_what_is_no_schema_is_an_error(schema):
    """With the file it stands in."""
    with pytest.raises(SpecError) as caught:
        _found(TEXT, schema)

    assert "file" == caught.value.where


# -- YAML that knows its lines ------------------------------------------------------------------

TEXTS = """\
plain: text
list: [1, 0x1f, 0o17, 1.5, .5, -.inf, 1e3, ~, null, yes, no, OFF, on, 2025-11-03, 010]
quoted: ["1", 'null', "true"]
tagged: [!!str 1, !!int "2", !!bool "true", !!null "", !!float "1.5"]
block: |
  two
  lines
base: &base {a: 1, b: 2}
merged: {<<: *base, b: 3}
several: {<<: [*base, {c: 4}]}
again: *base
"":
  empty: {}
"""


def test_values_are_those_of_yaml_1_2():
    """The same as the other loader reads, which leaves `OFF` and dates text."""
    read = lines.load(TEXTS, where="x")
    plain = yamlio.load(TEXTS.replace('!!int "2"', "2"), where="x")

    assert plain == read
    assert read["list"][-6:] == ["yes", "no", "OFF", "on", "2025-11-03", 10]
    assert {"a": 1, "b": 3} == read["merged"]


def test_every_member_has_its_line():
    """Counted from 1, or from where a fence begins."""
    read = lines.load(TEXTS, where="x", first_line=11)

    assert [11, 12, 15, 21] == [lines.line_of(read, k) for k in ("plain", "list", "block", "again")]
    assert 12 == lines.line_of(read["list"], 3)
    assert 11 == lines.line_of(read, "absent")
    assert None is lines.line_of({"a": 1}, "a")
    assert 23 == lines.line_of(read[""], "empty")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", "the key `a` stands twice"),
        ("? [a]\n: 1\n", "a key is not a scalar"),
        ("a: !thing 1\n", "the tag `!thing` is not known"),
        ("a: !thing [1]\n", "the tag `!thing` is not known"),
        ("a: {<<: 5}\n", "`<<` needs a mapping"),
        ("a: &x [*x]\n", "an alias stands inside what it repeats"),
        ("a: " + "[" * 300 + "]" * 300, "nested too deep"),
        ("a: !!int x\n", "`x` is no value of the tag"),
        ("a: [1\n", "the YAML is broken"),
    ],
)
def test_broken_yaml_is_an_error_with_its_line(text, said):
    """One message, whatever the parser says."""
    with pytest.raises(ConformanceError) as caught:
        lines.load(text, where="file.yaml")

    assert re.search(said, str(caught.value))
    assert re.match(r"file\.yaml:\d+:\d+$", caught.value.where)
