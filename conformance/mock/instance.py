"""A JSON Schema → a small value that fits it, built and not searched for.

Tool arguments and JSON answers are made here. Each keyword contributes what it demands; where a
schema offers a choice (a union, an enumeration) the attempt's number decides, and the validator
says which attempt fits.
"""

from __future__ import annotations

import json
import math
from typing import Any

from conformance.mock.pattern import matching
from conformance.rules.user_schema import misfits

__all__ = ["instance_of"]

_ATTEMPTS = 12
_FRACTIONS = 8
# Deeper or bigger values than these are asked for by hostile schemas only.
_DEEPEST = 24
_NODES = 3000
_LONGEST = 4000
_FORMATS = {
    "date": "2025-06-01",
    "date-time": "2025-06-01T12:00:00Z",
    "duration": "PT1H",
    "email": "ada@example.org",
    "hostname": "example.org",
    "idn-email": "ada@example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "json-pointer": "/a",
    "regex": "a",
    "time": "12:00:00Z",
    "uri": "https://example.org/",
    "uri-reference": "/a",
    "url": "https://example.org/",
    "uuid": "6f1c2d3e-4b5a-4c6d-8e7f-9a0b1c2d3e4f",
}
_TYPE_OF = {
    "properties": "object",
    "required": "object",
    "additionalProperties": "object",
    "minProperties": "object",
    "items": "array",
    "prefixItems": "array",
    "minItems": "array",
    "contains": "array",
    "minimum": "number",
    "maximum": "number",
    "exclusiveMinimum": "number",
    "exclusiveMaximum": "number",
    "multipleOf": "number",
    "pattern": "string",
    "minLength": "string",
    "maxLength": "string",
    "format": "string",
}


def instance_of(schema: object, hints: list[str], *, every: bool = False) -> Any:
    """A value that fits a schema; the nearest attempt when none fits.

    `hints` are words for free texts; `every` includes optional members. References to other
    documents are not followed.
    """
    best: Any = None
    fewest = math.inf
    for attempt in range(_ATTEMPTS):
        try:
            made = _Builder(schema, hints, attempt, every=every or attempt % 2 == 1).value(schema)
            wrong = len(misfits(schema, made))
        except RecursionError:
            break
        if not wrong:
            return made
        if wrong < fewest:
            best, fewest = made, wrong
    return best


def _number(schema: dict[str, Any], name: str) -> float | int | None:
    value = schema.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None


def _count(schema: dict[str, Any], name: str, otherwise: int) -> int:
    value = _number(schema, name)
    return otherwise if value is None else max(0, int(value))


class _Builder:
    """One attempt at a value. `root` is where references point to."""

    def __init__(self, root: object, hints: list[str], attempt: int, *, every: bool) -> None:
        self.root = root
        self.hints = hints or ["harbour"]
        self.attempt = attempt
        self.every = every
        self.left = _NODES
        self.texts = 0

    def value(self, schema: object, depth: int = 0, salt: int = 0) -> Any:
        self.left -= 1
        if not isinstance(schema, dict):
            return None if schema is False else self.text({}, salt)
        if depth > _DEEPEST or self.left < 0:
            return None
        schema = self.resolved(schema)
        for name in ("const", "default"):
            if name in schema and (name == "const" or not misfits(schema, schema[name])):
                return schema[name]
        options = schema.get("enum") or schema.get("examples")
        if isinstance(options, list) and options:
            return options[(self.attempt // 2 + salt) % len(options)]
        kind = self.kind(schema)
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            return self.array(schema, depth)
        if kind in ("number", "integer"):
            return self.number(schema, salt, whole=kind == "integer")
        if kind == "boolean":
            return salt % 2 == 0
        return None if kind == "null" else self.text(schema, salt)

    def kind(self, schema: dict[str, Any]) -> str:
        kinds = schema.get("type")
        if isinstance(kinds, str):
            return kinds
        if isinstance(kinds, list):
            named = [k for k in kinds if isinstance(k, str) and k != "null"] or ["null"]
            return named[(self.attempt // 2) % len(named)]
        return next((_TYPE_OF[name] for name in schema if name in _TYPE_OF), "string")

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema with its references followed and one member of each union merged in."""
        for _ in range(_DEEPEST):
            if "$ref" in schema:
                found = self.referred(schema["$ref"])
                rest = {k: v for k, v in schema.items() if k != "$ref"}
                schema = _merged(rest, found)
            elif any(name in schema for name in ("allOf", "anyOf", "oneOf", "if")):
                schema = self.chosen(schema)
            else:
                break
        return schema

    def chosen(self, schema: dict[str, Any]) -> dict[str, Any]:
        rest = {
            k: v
            for k, v in schema.items()
            if k not in ("allOf", "anyOf", "oneOf", "if", "then", "else")
        }
        every = schema.get("allOf")
        for each in every if isinstance(every, list) else []:
            rest = _merged(rest, each)
        for name in ("anyOf", "oneOf"):
            members = schema.get(name)
            if isinstance(members, list) and members:
                rest = _merged(rest, members[(self.attempt // 2) % len(members)])
        if "if" in schema:
            # Either the condition and what follows from it, or what holds without it.
            if self.attempt % 4 < 2:  # noqa: PLR2004 - two attempts each
                rest = _merged(_merged(rest, schema["if"]), schema.get("then", {}))
            else:
                rest = _merged(rest, schema.get("else", {}))
        return rest

    def referred(self, reference: object) -> object:
        if not isinstance(reference, str) or not reference.startswith("#"):
            return {}
        node: Any = self.root
        for token in reference[1:].split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and name.isdigit() and int(name) < len(node):
                node = node[int(name)]
            elif isinstance(node, dict):
                node = node.get(name, {})
            else:
                return {}
        return node

    def object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        given = schema.get("properties")
        properties = given if isinstance(given, dict) else {}
        required = schema.get("required")
        names = [n for n in required if isinstance(n, str)] if isinstance(required, list) else []
        if self.every:
            names += [n for n in properties if depth < _DEEPEST // 4 and n not in names]
        least = min(_count(schema, "minProperties", 0), _NODES)
        names += [n for n in properties if n not in names][: max(0, least - len(names))]
        names += [f"extra_{i}" for i in range(max(0, least - len(names)))]
        dependent = schema.get("dependentRequired")
        for name, more in dependent.items() if isinstance(dependent, dict) else ():
            if name in names and isinstance(more, list):
                names += [n for n in more if isinstance(n, str) and n not in names]
        others = schema.get("additionalProperties", {})
        # In the order of the schema, as a model that follows it would write them.
        order = [n for n in properties if n in names] + [n for n in names if n not in properties]
        return {name: self.value(properties.get(name, others), depth + 1) for name in order}

    def array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        least = min(_count(schema, "minItems", 0), _NODES)
        most = _count(schema, "maxItems", max(1, least))
        first = schema.get("prefixItems")
        heads = first if isinstance(first, list) else []
        items = schema.get("items", {})
        if "contains" in schema:
            items = _merged(items if isinstance(items, dict) else {}, schema["contains"])
        wanted = max(least, min(most, max(1, len(heads))))
        if items is False:
            wanted = min(wanted, len(heads))
        schemas = [*heads[:wanted], *[items] * (wanted - len(heads))]
        return [self.value(each, depth + 1, salt) for salt, each in enumerate(schemas)]

    def number(self, schema: dict[str, Any], salt: int, *, whole: bool) -> float | int:
        low, high = _number(schema, "minimum"), _number(schema, "maximum")
        over, under = _number(schema, "exclusiveMinimum"), _number(schema, "exclusiveMaximum")
        step = _number(schema, "multipleOf")
        gap = 1 if whole else min(0.5, (under - over) / 2 if over and under else 0.5)
        if over is not None and (low is None or over >= low):
            low = over + gap
        if under is not None and (high is None or under <= high):
            high = under - gap
        start: float = 1
        if low is not None and start < low:
            start = low
        if high is not None and start > high:
            start = high
        if step is not None and step > 0:
            start = math.ceil(start / step) * step
            if high is not None and start > high:
                start = math.floor(high / step) * step
            return _plain(start + salt * step)
        if whole:
            start = math.ceil(start)
        elif self.attempt >= _FRACTIONS:
            # Where a whole number would fit two members of a union.
            start = start + 0.5 if high is None or start + 0.5 <= high else start - 0.5
        return _plain(start + salt)

    def text(self, schema: dict[str, Any], salt: int) -> str:
        pattern, form = schema.get("pattern"), schema.get("format")
        least = min(_count(schema, "minLength", 0), _LONGEST)
        most = _count(schema, "maxLength", _LONGEST)
        made = matching(pattern) if isinstance(pattern, str) else None
        if made is None and isinstance(form, str):
            made = _FORMATS.get(form)
        if made is None:
            made = self.hints[self.texts % len(self.hints)]
            self.texts += 1
            made += f" {salt + 1}" if salt else ""
        if len(made) < least:
            made += (made[-1:] or "a") * (least - len(made))
        return made[:most]


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


_TIGHTER = {
    "minimum": max, "exclusiveMinimum": max, "minLength": max, "minItems": max,
    "minProperties": max, "maximum": min, "exclusiveMaximum": min, "maxLength": min,
    "maxItems": min, "maxProperties": min,
}  # fmt: skip
_UNIONS = ("allOf", "anyOf", "oneOf")
_NOTES = ("description", "title", "$defs", "$id", "$schema")


def _merged(one: dict[str, Any], other: object) -> dict[str, Any]:
    """A schema that demands what both demand, as far as that can be said by one schema."""
    if not isinstance(other, dict):
        return one
    made = dict(one)
    for key, value in other.items():
        if key not in made:
            made[key] = value
        elif key in _UNIONS and isinstance(value, list):
            # Both unions are demanded; `allOf` takes them one after the other.
            made["allOf"] = [*made.get("allOf", []), {key: value}]
        elif key not in _NOTES:
            made[key] = _both(key, made[key], value)
    return made


def _both(key: str, mine: Any, other: Any) -> Any:
    """What one keyword says in two schemas that are both demanded."""
    if key == "type":
        return _common(mine, other)
    if key in _TIGHTER and isinstance(mine, (int, float)) and isinstance(other, (int, float)):
        return _TIGHTER[key](mine, other)
    if key == "properties" and isinstance(mine, dict) and isinstance(other, dict):
        shared = {
            name: _merged(mine[name], other[name])
            for name in mine
            if name in other and isinstance(mine[name], dict)
        }
        return {**mine, **other, **shared}
    if isinstance(mine, list) and isinstance(other, list):
        if key == "required":
            return [*mine, *[name for name in other if name not in mine]]
        if key == "enum":
            texts = {json.dumps(value) for value in other}
            return [value for value in mine if json.dumps(value) in texts] or other
    return other


def _common(one: object, other: object) -> object:
    mine = one if isinstance(one, list) else [one]
    theirs = other if isinstance(other, list) else [other]
    shared = [k for k in mine if k in theirs]
    if not shared and "integer" in [*mine, *theirs] and "number" in [*mine, *theirs]:
        return "integer"
    return (shared[0] if len(shared) == 1 else shared) if shared else other
