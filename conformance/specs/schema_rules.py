"""Schemas as published -> the same schemas in JSON Schema 2020-12: enums, literals, free objects.

Every function changes one document in place and yields the pointers it touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.specs.address import resolve
from conformance.specs.rule import Normalisation
from conformance.specs.walk import SCHEMA_SINGLES, schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RULES"]

Document = dict[str, Any]

# YAML 1.1 reads these plain scalars as booleans; the API's enums hold `OFF`.
_YAML_11 = {False: "OFF", True: "ON"}


def _enum_objects(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        members = schema.get("enum", [])
        if members and all(isinstance(m, dict) and set(m) == {"value"} for m in members):
            schema["enum"] = [member["value"] for member in members]
            yield at


def _boolean_literals(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        members = schema.get("enum", [])
        if members and all(
            isinstance(m, dict) and m.get("type") == "booleanLiteral" for m in members
        ):
            schema["type"] = "boolean"
            schema["enum"] = [member.get("value") for member in members]
            yield at


def _yaml_booleans(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        members = schema.get("enum", [])
        if schema.get("type") != "string":
            continue
        if any(isinstance(m, bool) or m in _YAML_11.values() for m in members):
            schema["enum"] = [_YAML_11[m] if isinstance(m, bool) else m for m in members]
            yield at


def _dangling_references(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        if "$ref" in schema and resolve(document, schema["$ref"]) is None:
            del schema["$ref"]
            yield at


def _required_without_property(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        required = schema.get("required", [])
        properties = schema.get("properties")
        # Inside allOf a name may be required in one part and defined in another.
        if properties is None or "allOf" in schema or "/allOf/" in at:
            continue
        kept = [name for name in required if name in properties]
        if len(kept) != len(required):
            schema["required"] = kept
            yield at


def _nullable(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        if schema.pop("nullable", False) and isinstance(schema.get("type"), str):
            schema["type"] = [schema["type"], "null"]
            yield at


def _free_objects(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        if schema.get("type") != "object":
            continue
        empty = schema.get("properties") == {} and not schema.get("required")
        loose = schema.get("additionalProperties") == {}
        if empty or loose:
            if empty:
                del schema["properties"]
            schema["additionalProperties"] = True
            yield at


def _single_values(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        members = schema.get("enum", [])
        if len(members) == 1 and not isinstance(members[0], dict):
            schema["const"] = schema.pop("enum")[0]
            yield at


def _number_formats(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        if schema.get("type") in ("number", "integer") and "format" in schema:
            del schema["format"]
            yield at


def _rounded_maximum(document: Document) -> Iterator[str]:
    # 2**64 as a float64, printed with 17 digits; the largest unsigned 64-bit number is meant.
    for at, schema in schemas(document):
        maximum = schema.get("maximum")
        if schema.get("type") == "integer" and maximum in (18446744073709552000, 2**64):
            schema["maximum"] = 2**64 - 1
            yield at


def _single_members(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        members = schema.get("oneOf", [])
        lonely = len(members) == 1 and isinstance(members[0], dict)
        if lonely and set(schema) <= {"oneOf", "discriminator"}:
            schema.clear()
            schema.update(members[0])
            yield at


def _false_children(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        for key in SCHEMA_SINGLES:
            if schema.get(key) == {} and key != "additionalProperties":
                schema[key] = True
                yield at


RULES = (
    Normalisation(
        "N-01",
        "enum-objects",
        "enum members are objects such as `value: user`, so that no text is a member",
        "read literally, none of 1,376 recorded events validates",
        _enum_objects,
    ),
    Normalisation(
        "N-02",
        "boolean-literal",
        "`stream` is text whose only member is an object that stands for the literal true",
        "every client sends a JSON boolean, and the live API accepts it",
        _boolean_literals,
    ),
    Normalisation(
        "N-03",
        "yaml-booleans",
        "the enum member `OFF`, unquoted, is false to a YAML 1.1 reader; it is kept or made text",
        "the enum is of text, and documentation and clients spell the member OFF",
        _yaml_booleans,
    ),
    Normalisation(
        "N-04",
        "dangling-references",
        "a `$ref` points to a definition that the document does not have",
        "published so while a feature arrives in several steps; anything is allowed there",
        _dangling_references,
    ),
    Normalisation(
        "N-05",
        "required-without-property",
        "`required` lists names for which there is no property",
        "LogprobItem requires `token` and `logprob` but defines `text` and `logprobs` (X-08)",
        _required_without_property,
    ),
    Normalisation(
        "N-06",
        "nullable",
        "`nullable` is a keyword of OpenAPI 3.0 that means nothing in 3.1",
        "JSON Schema 2020-12 says `type: [..., null]`",
        _nullable,
        notation=True,
    ),
    Normalisation(
        "N-07",
        "rounded-maximum",
        "the largest seed is printed as 2^64 rounded to a float, one more than can be meant",
        "CR-04: the value has 17 significant digits and three zeros",
        _rounded_maximum,
    ),
    Normalisation(
        "N-08",
        "free-objects",
        "an object that may hold anything is written with an empty list of properties",
        "documents, tool parameters and JSON schemas of recorded requests have members",
        _free_objects,
        notation=True,
    ),
    Normalisation(
        "N-09",
        "number-formats",
        "`format: double` is a hint for code generators; the wire has plain JSON numbers",
        "D13: every recorded count is written as an integer",
        _number_formats,
        notation=True,
    ),
    Normalisation(
        "N-10",
        "single-value-enums",
        "an enum of one member is a constant",
        "JSON Schema 2020-12, 6.1.3",
        _single_values,
        notation=True,
    ),
    Normalisation(
        "N-11",
        "unions-of-one",
        "a `oneOf` with one member is that member",
        "JSON Schema 2020-12 core, 10.2.1.3",
        _single_members,
        notation=True,
    ),
    Normalisation(
        "N-12",
        "empty-schemas",
        "a schema that says nothing is written `true`",
        "JSON Schema 2020-12 core, 4.3.2",
        _false_children,
        notation=True,
    ),
)
