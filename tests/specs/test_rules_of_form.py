"""Each rule of form, on the smallest document that it changes and on one that it must leave."""

from __future__ import annotations

import copy

import pytest

from conformance.specs.dialect import RULES

REF = {"$ref": "#/components/schemas/"}


def _ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def _document(schema=None, components=None, **operation):
    """A document whose one response has the schema, with these components."""
    response = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {
        "servers": [{"url": "https://example.com"}],
        "paths": {"/x": {"post": {"responses": {"200": response}, **operation}}},
        "components": {"schemas": components or {}},
    }


def _schema(document):
    return document["paths"]["/x"]["post"]["responses"]["200"]["content"]["application/json"][
        "schema"
    ]


# code -> (schema before, schema after, schema that is left as it is)
SCHEMAS = {
    "N-01": (
        {"enum": [{"value": "a"}, {"value": "b"}]},
        {"enum": ["a", "b"]},
        {"enum": [{"value": "a", "more": 1}]},
    ),
    "N-02": (
        {"type": "string", "enum": [{"type": "booleanLiteral", "value": True}]},
        {"type": "boolean", "enum": [True]},
        {"type": "boolean", "enum": [True]},
    ),
    "N-03": (
        {"type": "string", "enum": ["A", False]},
        {"type": "string", "enum": ["A", "OFF"]},
        {"type": "boolean", "enum": [False]},
    ),
    "N-04": ({"items": _ref("None")}, {"items": {}}, {"items": {"type": "string"}}),
    "N-05": (
        {"properties": {"a": {}}, "required": ["a", "b"]},
        {"properties": {"a": {}}, "required": ["a"]},
        {"allOf": [{"properties": {"a": {}}, "required": ["b"]}, {"properties": {"b": {}}}]},
    ),
    "N-06": (
        {"type": "string", "nullable": True},
        {"type": ["string", "null"]},
        {"type": "string"},
    ),
    "N-07": (
        {"type": "integer", "maximum": 18446744073709552000},
        {"type": "integer", "maximum": 18446744073709551615},
        {"type": "number", "maximum": 18446744073709552000},
    ),
    "N-08": (
        {"type": "object", "properties": {}},
        {"type": "object", "additionalProperties": True},
        {"type": "object", "properties": {"a": {}}},
    ),
    "N-09": (
        {"type": "number", "format": "double"},
        {"type": "number"},
        {"type": "string", "format": "uri"},
    ),
    "N-10": ({"enum": ["a"]}, {"const": "a"}, {"enum": ["a", "b"]}),
    "N-11": (
        {"oneOf": [{"type": "string"}]},
        {"type": "string"},
        {"oneOf": [{"type": "string"}, {"type": "array"}]},
    ),
    "N-12": ({"items": {}}, {"items": True}, {"items": {"type": "string"}}),
    "N-20": (
        {
            "allOf": [
                {"properties": {"t": {"enum": ["a", "b"]}}, "required": ["t"]},
                {"properties": {"t": {"const": "a"}, "u": {}}, "required": ["u"]},
            ]
        },
        {"properties": {"t": {"const": "a"}, "u": {}}, "required": ["t", "u"]},
        {"oneOf": [{"type": "string"}]},
    ),
    "N-23": (
        {"oneOf": [], "discriminator": {"propertyName": "t"}},
        {"oneOf": []},
        {"oneOf": []},
    ),
    "N-24": ({"description": "a variant"}, {}, {"type": "string"}),
}


@pytest.mark.parametrize("code", SCHEMAS)
def test_a_rule_changes_what_it_names_and_nothing_else(code):
    """The rule turns its form into the plain one, tells the place, and leaves others alone."""
    rule = next(one for one in RULES if one.code == code)
    before, after, other = copy.deepcopy(SCHEMAS[code])
    document, untouched = _document(before), _document(other)
    place = "/paths/~1x/post/responses/200/content/application~1json/schema"

    places = list(rule.apply(document))

    assert after == _schema(document)
    assert all(one.startswith(place) for one in places)
    assert places
    assert [] == list(rule.apply(untouched))
    assert SCHEMAS[code][2] == _schema(untouched)


def test_every_rule_has_a_case():
    """The cases here and the documents of the dialects together leave no rule out."""
    rest = {"N-21", "N-22", "N-30", "N-31", "N-32", "N-33", "N-34", "N-35", "N-36"}

    assert {rule.code for rule in RULES} == set(SCHEMAS) | rest
    assert len(RULES) == len({rule.code for rule in RULES})
    assert all(rule.because and rule.evidence and rule.name for rule in RULES)


def _apply(code, document):
    return list(next(one for one in RULES if one.code == code).apply(document))


def _variant(extra):
    shared = {"type": "string", "enum": ["a", "b"]}
    return {"type": "object", "properties": {"t": shared}, "required": ["t"], **extra}


@pytest.mark.parametrize("told_by", ["mapping", "label"])
def test_variants_get_a_constant_of_their_own(told_by):
    """A member known by mapping or label gets that constant, and requires the property."""
    members = {name: _variant({}) for name in ("A", "B")}
    union = {"oneOf": [_ref("A"), _ref("B")], "discriminator": {"propertyName": "t"}}
    if told_by == "mapping":
        union["discriminator"]["mapping"] = {
            value: _ref(value.upper())["$ref"] for value in ("a", "b")
        }
    else:
        members["A"]["description"], members["B"]["description"] = "a variant", "b variant"
        del members["A"]["required"]
    document = _document(union, members)

    places = _apply("N-22", document)

    schemas = document["components"]["schemas"]
    for name in ("A", "B"):
        assert {"type": "string", "const": name.lower()} == schemas[name]["properties"]["t"]
        assert ["t"] == schemas[name]["required"]
    assert 2 == len(places)
    assert [] == _apply("N-22", document)


def test_a_variant_that_nothing_tells_is_left():
    """Without mapping, label or constant a rule does not guess."""
    union = {"oneOf": [_ref("A"), True], "discriminator": {"propertyName": "t"}}
    document = _document(union, {"A": _variant({})})
    before = copy.deepcopy(document)

    assert [] == _apply("N-22", document)
    assert before == document


def test_mapped_definitions_become_members():
    """A definition that only the mapping knows joins the union, once."""
    mapping = {value: _ref(value.upper())["$ref"] for value in ("a", "b")}
    union = {"oneOf": [_ref("A")], "discriminator": {"propertyName": "t", "mapping": mapping}}
    document = _document(union, {"A": _variant({}), "B": _variant({})})

    assert 1 == len(_apply("N-21", document))

    assert [_ref("A"), _ref("B")] == _schema(document)["oneOf"]
    assert [] == _apply("N-21", document)


def test_operations_become_usable():
    """Tags are flat, the body is required, errors have a body, the key is a security scheme."""
    document = _document(
        tags=[["a"], "b"],
        parameters=[{"name": "Authorization", "in": "header"}, {"name": "X", "in": "header"}],
        requestBody={"content": {}},
    )
    operation = document["paths"]["/x"]["post"]
    operation["responses"]["404"] = {"content": {}}
    del document["servers"]

    touched = {code: _apply(code, document) for code in ("N-30", "N-33", "N-34", "N-35", "N-36")}

    assert all(len(places) == 1 for places in touched.values())
    assert ["a", "b"] == operation["tags"]
    assert operation["requestBody"]["required"] is True
    body = operation["responses"]["404"]["content"]["application/json"]["schema"]
    assert {"message", "id"} == set(body["properties"])
    assert [{"name": "X", "in": "header"}] == operation["parameters"]
    assert [{"bearerAuth": []}] == document["security"]
    assert {"type": "http", "scheme": "bearer"} == (
        document["components"]["securitySchemes"]["bearerAuth"]
    )
    assert document["servers"]
    for code in touched:
        assert [] == _apply(code, document)


def test_the_streaming_extension_becomes_the_answer():
    """The streamed form replaces the JSON answer, and `stream` becomes true and required."""
    body = {
        "type": "object",
        "properties": {"stream": {"type": "boolean", "default": False}, "model": {}},
        "required": ["model"],
    }
    document = _document(
        {"type": "object"},
        {"Body": body},
        requestBody={"content": {"application/json": {"schema": _ref("Body")}}},
        **{"x-fern-streaming": {"response-stream": _ref("Event"), "terminator": "[DONE]"}},
    )
    operation = document["paths"]["/x"]["post"]

    places = _apply("N-31", document), _apply("N-32", document)

    assert [1, 1] == [len(one) for one in places]
    assert {"text/event-stream": {"schema": _ref("Event")}} == (
        operation["responses"]["200"]["content"]
    )
    assert "[DONE]" == operation["x-terminator"]
    assert {"type": "boolean", "const": True} == body["properties"]["stream"]
    assert ["stream", "model"] == body["required"]
    assert ([], []) == (_apply("N-31", document), _apply("N-32", document))
