"""An OpenAPI document -> every schema object in it with its JSON Pointer, definitions first.

The walk knows where schemas may stand, so that a property called `description` or `type` is not
taken for a keyword.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.specs.address import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SCHEMA_LISTS", "SCHEMA_MAPS", "SCHEMA_SINGLES", "operations", "schema_tree", "schemas"]

SCHEMA_MAPS = ("properties", "patternProperties", "$defs")
SCHEMA_LISTS = ("oneOf", "anyOf", "allOf", "prefixItems")
SCHEMA_SINGLES = ("items", "additionalProperties", "not", "propertyNames", "contains")

Schema = dict[str, Any]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Each operation as (pointer, path, method, operation object)."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield pointer("paths", path, method), path, method, operation


def schema_tree(schema: Any, at: str) -> Iterator[tuple[str, Schema]]:
    """A schema and all schemas inside it, outer ones first; references are not followed."""
    if not isinstance(schema, dict):
        return
    yield at, schema
    for key in SCHEMA_MAPS:
        for name, one in schema.get(key, {}).items():
            yield from schema_tree(one, at + pointer(key, name))
    for key in SCHEMA_LISTS:
        for number, one in enumerate(schema.get(key, [])):
            yield from schema_tree(one, at + pointer(key, number))
    for key in SCHEMA_SINGLES:
        if key in schema:
            yield from schema_tree(schema[key], at + pointer(key))


def schemas(document: dict[str, Any]) -> Iterator[tuple[str, Schema]]:
    """Every schema object of a document; each is yielded once, under its own place."""
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        yield from schema_tree(schema, pointer("components", "schemas", name))
    for kind in ("responses", "requestBodies", "parameters"):
        for name, body in document.get("components", {}).get(kind, {}).items():
            yield from _in_body(body, pointer("components", kind, name))
    for at, _, _, operation in operations(document):
        for number, parameter in enumerate(operation.get("parameters", [])):
            yield from _in_body(parameter, at + pointer("parameters", number))
        if "requestBody" in operation:
            yield from _in_body(operation["requestBody"], at + pointer("requestBody"))
        for status, response in operation.get("responses", {}).items():
            yield from _in_body(response, at + pointer("responses", status))
        for key in ("response", "response-stream"):
            schema = operation.get("x-fern-streaming", {}).get(key)
            yield from schema_tree(schema, at + pointer("x-fern-streaming", key))


def _in_body(body: dict[str, Any], at: str) -> Iterator[tuple[str, Schema]]:
    yield from schema_tree(body.get("schema"), at + pointer("schema"))
    for media_type, content in body.get("content", {}).items():
        yield from schema_tree(content.get("schema"), at + pointer("content", media_type, "schema"))
