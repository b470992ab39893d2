"""Unions as published -> unions whose members exclude each other by a constant.

A member is known by the discriminator's mapping, else by the constant of its discriminating
property, else by its label ("`x` variant"). Whichever it is, the member gets a definition of its
own in which that property is the constant.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from conformance.specs.address import resolve
from conformance.specs.rule import Normalisation
from conformance.specs.sieve import LABEL
from conformance.specs.walk import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RULES"]

Document = dict[str, Any]
Schema = dict[str, Any]


def flatten(document: Document, schema: Schema) -> Schema:
    """A copy of an object schema in which `$ref` and `allOf` at the top are merged away.

    A property that stands in several parts takes the keywords of all, the later part winning.
    """
    out: Schema = {}
    parts: list[Schema] = []
    rest = dict(schema)
    if "$ref" in rest:
        target = resolve(document, rest.pop("$ref"))
        parts.append(flatten(document, target if isinstance(target, dict) else {}))
    parts += [flatten(document, part) for part in rest.pop("allOf", []) if isinstance(part, dict)]
    parts.append(rest)
    for part in parts:
        for key, value in part.items():
            if key == "properties":
                merged = out.setdefault("properties", {})
                for name, one in value.items():
                    merged[name] = _merged(document, merged.get(name), one)
            elif key == "required":
                out["required"] = list(dict.fromkeys([*out.get("required", []), *value]))
            else:
                out[key] = copy.deepcopy(value)
    return out


def _merged(document: Document, first: Any, second: Any) -> Any:
    if not isinstance(first, dict) or not isinstance(second, dict) or first == second:
        return copy.deepcopy(second)
    merged = {**flatten(document, first), **flatten(document, second)}
    if "const" in merged or len(merged.get("enum", [])) == 1:
        merged.setdefault("const", merged.get("enum", [None])[0])
        merged.pop("enum", None)
    return merged


def _all_of(document: Document) -> Iterator[str]:
    for at, schema in list(schemas(document)):
        if "allOf" in schema:
            flat = flatten(document, schema)
            schema.clear()
            schema.update(flat)
            yield at


def _mapped_without_member(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        mapping = schema.get("discriminator", {}).get("mapping", {})
        members = schema.get("oneOf")
        if not mapping or members is None:
            continue
        present = {member.get("$ref") for member in members if isinstance(member, dict)}
        missing = [ref for ref in mapping.values() if ref not in present]
        members.extend({"$ref": ref} for ref in missing)
        if missing:
            yield at


def _variants(document: Document) -> Iterator[str]:
    for at, schema in list(schemas(document)):
        name = schema.get("discriminator", {}).get("propertyName")
        members = schema.get("oneOf")
        if name is None or members is None:
            continue
        mapping = schema["discriminator"].get("mapping", {})
        values = {ref: value for value, ref in mapping.items()}
        for number, member in enumerate(members):
            if not isinstance(member, dict):
                continue
            flat = flatten(document, member)
            label = LABEL.fullmatch(flat.get("description", ""))
            value = values.get(member.get("$ref")) or (label["value"] if label else None)
            told = flat.get("properties", {}).get(name, {})
            known = flatten(document, told) if isinstance(told, dict) else {}
            if value is None or known.get("const") == value:
                continue
            target = resolve(document, member["$ref"]) if "$ref" in member else member
            if not isinstance(target, dict) or "properties" not in target:
                continue
            target["properties"][name] = {"type": "string", "const": value}
            required = target.setdefault("required", [])
            if name not in required:
                required.append(name)
            yield f"{at}/oneOf/{number}"


def _discriminators(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        if schema.pop("discriminator", None) is not None:
            yield at


def _labels(document: Document) -> Iterator[str]:
    for at, schema in schemas(document):
        if schema.pop("description", None) is not None:
            yield at


RULES = (
    Normalisation(
        "N-20",
        "all-of",
        "an event is composed of a base and its own part, which hides its `type`",
        "`allOf` of two objects, merged into one object of the same meaning",
        _all_of,
        notation=True,
    ),
    Normalisation(
        "N-21",
        "mapped-without-member",
        "the discriminator maps values to definitions that the `oneOf` does not list",
        "X-01: citation-start and citation-end; both were recorded in 28 of 165 streams",
        _mapped_without_member,
    ),
    Normalisation(
        "N-22",
        "variant-constants",
        "the variants of a union share one `type` enum (which lacks `debug`) and are told apart"
        " by mapping or label only, so that a `oneOf` over them never holds",
        "an event matches 6 to 11 of the 12 variants; with the constant, all events of 165"
        " recorded streams match exactly one",
        _variants,
    ),
    Normalisation(
        "N-23",
        "discriminators",
        "a discriminator without a mapping over inline members has no meaning in OpenAPI 3.1",
        "OpenAPI 3.1, Discriminator Object: the mapping names schemas; the constants do the work now",
        _discriminators,
        notation=True,
    ),
    Normalisation(
        "N-24",
        "labels",
        "the label of a variant is spent once the variant has its constant",
        "the text `... variant` says no more than the constant",
        _labels,
        notation=True,
    ),
)
