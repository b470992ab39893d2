"""A schema as published -> its resolved facts, one level at a time.

A `Node` is a place where a schema stands: a conjunction of schema objects, since `$ref` with
siblings and `allOf` mean just that. `expand` looks one level into it and gives a `Shape`: the
alternatives that an instance may be, each with one JSON type. What a definition is called, and
whether it stands by itself or inside another, has left no trace then. Nothing is expanded before it
is asked for, so that a definition may contain itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.diff.condition import CONDITIONS, condition
from conformance.specs.lines import Lined, line_of
from conformance.specs.sieve import LABEL

if TYPE_CHECKING:
    from conformance.diff.document import Document

__all__ = ["ABSENT", "Alternative", "Node", "Shape", "expand"]

ABSENT: Any = object()

# Keywords that limit values and hold no schema.
_BOUNDS = frozenset(
    {
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
        "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minProperties",
        "maxProperties",
    }
)  # fmt: skip
_TYPES = ("string", "number", "integer", "boolean", "null", "object", "array")
_IMPLIED = {
    "object": ("properties", "required", "additionalProperties", "patternProperties"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
}
_YAML_11 = {False: "OFF", True: "ON"}
_UNIONS = ("oneOf", "anyOf")
# No schema of the API is composed of more than a dozen.
_MOST_PARTS = 2_000


class Node(NamedTuple):
    """A place where a schema stands: the schemas that an instance must all satisfy."""

    document: Document
    parts: tuple[Any, ...]

    @property
    def key(self) -> tuple[int, ...]:
        """Tells nodes apart: the objects live as long as their document."""
        return tuple(map(id, self.parts))


@dataclass(slots=True, eq=False)
class Alternative:
    """One JSON type that an instance may have, with what is said of it.

    `enum` is None when any value will do. `extra` is the schema of unnamed members, None when
    anything may stand there. `label` and `mapped` are what a union calls the alternative. `lines`
    has the lines of keywords, and of properties and required names as pairs.
    """

    json: str
    enum: tuple[Any, ...] | None = None
    properties: dict[str, Node] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: Node | None = None
    extra: Node | None = None
    bounds: dict[str, Any] = field(default_factory=dict)
    label: str | None = None
    mapped: str | None = None
    unknown: bool = False
    line: int | None = None
    lines: dict[Any, int | None] = field(default_factory=dict)

    def at(self, key: Any) -> int | None:
        """The line of a keyword, property or required name; else of the schema."""
        found = self.lines.get(key)
        return self.line if found is None else found


@dataclass(slots=True, eq=False)
class Shape:
    """What an instance may be. No alternatives means anything; `unknown`, that nobody can tell.

    `discriminator` is the name of the property that tells the alternatives of a union apart, where
    the description names it.
    """

    alternatives: list[Alternative] = field(default_factory=list)
    unknown: bool = False
    discriminator: str | None = None
    default: Any = ABSENT
    deprecated: bool = False
    prose: str | None = None
    format: str | None = None
    line: int | None = None
    lines: dict[str, int | None] = field(default_factory=dict)
    # Kept, so that no other object takes the identity by which this shape is remembered.
    parts: tuple[Any, ...] = ()


def expand(node: Node) -> Shape:
    """One level of facts of a node. Raises SpecError for what is no schema."""
    document, key = node.document, node.key
    known = document.shapes.get(key)
    if known is not None:
        return known
    if key in document.opening:
        raise document.fault("the definition is nothing but itself", node.parts[0])
    document.opening.add(key)
    try:
        shape = _Expansion(document).shape(node.parts)
    finally:
        document.opening.discard(key)
    shape.parts = node.parts
    document.shapes[key] = shape
    return shape


class _Expansion:
    """Merges the schemas of a node into one shape."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.schemas: list[dict[str, Any]] = []
        self.taken: set[int] = set()
        self.steps = 0
        self.unknown = False
        self.never = False
        self.label: str | None = None

    def shape(self, parts: tuple[Any, ...]) -> Shape:
        for part in parts:
            self.take(part, ())
        shape = Shape(unknown=self.unknown)
        for schema in self.schemas:
            self.annotations(shape, schema)
        if self.unknown:
            return shape
        union = next(((s, k) for s in reversed(self.schemas) for k in _UNIONS if k in s), None)
        if union is not None:
            self.union(shape, *union)
        else:
            self.alternatives(shape)
        if self.label and len(shape.alternatives) == 1:
            shape.alternatives[0].label = shape.alternatives[0].label or self.label
        return shape

    def take(self, schema: Any, refs: tuple[str, ...]) -> None:
        """Add a schema to the conjunction, after what it refers to and what it is made of."""
        document = self.document
        self.steps += 1
        if self.steps > _MOST_PARTS:
            raise document.fault("a schema is made of too many parts", self.near())
        if schema is True or id(schema) in self.taken:
            return
        if schema is False:
            self.never = True
            return
        if not isinstance(schema, dict):
            raise document.fault(f"a schema is expected, not `{str(schema)[:40]}`", self.near())
        if "$ref" in schema:
            self.take_target(schema, refs)
        if "allOf" in schema:
            for number, part in enumerate(document.sequence(schema, "allOf")):
                if not isinstance(part, (dict, bool)):
                    raise document.fault("a part of `allOf` is no schema", schema["allOf"], number)
                self.take(part, refs)
        self.schemas.append(schema)
        self.taken.add(id(schema))

    def take_target(self, schema: dict[str, Any], refs: tuple[str, ...]) -> None:
        """Add what a schema refers to; where that is nothing, nobody can tell what it means."""
        target = self.document.target(schema)
        if schema["$ref"] in refs:
            raise self.document.fault(f"`{schema['$ref']}` refers to itself", schema, "$ref")
        if target is None:
            self.unknown = True
        elif not isinstance(target, (dict, bool)):
            raise self.document.fault(f"`{schema['$ref']}` is no schema", schema, "$ref")
        else:
            self.take(target, (*refs, schema["$ref"]))

    def near(self) -> Any:
        return self.schemas[-1] if self.schemas else self.document.data

    def annotations(self, shape: Shape, schema: dict[str, Any]) -> None:
        if shape.line is None or len(schema) > 1:
            shape.line = line_of(schema)
        prose = schema.get("description")
        if isinstance(prose, str):
            label = LABEL.fullmatch(prose)
            if label:
                self.label = label["value"]
            else:
                shape.prose = " ".join(prose.split())
        if "default" in schema:
            shape.default = schema["default"]
            shape.lines["default"] = line_of(schema, "default")
        if schema.get("deprecated") is True:
            shape.deprecated = True
        if isinstance(schema.get("format"), str):
            shape.format = schema["format"]

    # -- unions --------------------------------------------------------------------------------

    def union(self, shape: Shape, holder: dict[str, Any], keyword: str) -> None:
        document = self.document
        members = document.sequence(holder, keyword)
        base = [one for one in map(_without_union, self.schemas) if one]
        told = document.mapping(holder, "discriminator")
        name = told.get("propertyName")
        shape.discriminator = name if isinstance(name, str) else None
        mapping = document.mapping(told, "mapping")
        values: dict[str, list[str]] = {}
        for value, ref in mapping.items():
            if not isinstance(ref, str):
                raise document.fault(f"`{value}` is mapped to no reference", mapping, value)
            full = ref if "/" in ref or "#" in ref else f"#/components/schemas/{ref}"
            values.setdefault(full, []).append(str(value))
        for number, member in enumerate(members):
            if not isinstance(member, (dict, bool)):
                raise document.fault(f"a member of `{keyword}` is no schema", members, number)
            ref = member.get("$ref") if isinstance(member, dict) else None
            names: list[str | None] = list(values.pop(ref, [])) if isinstance(ref, str) else []
            line = line_of(members, number)
            for mapped in names or [None]:
                self.member(shape, base, member, mapped, line)
        for ref, names_left in values.items():
            # Mapped and yet not a member: it must be meant, since it has a value.
            for value in names_left:
                document.defect("mapping-without-member", value, mapping, value)
                made = Lined(line_of(mapping, value) or 0)
                made["$ref"] = ref
                made.lines["$ref"] = made.line
                self.member(shape, base, made, value, line_of(mapping, value))
        _merge_scalars(shape)

    def member(
        self,
        shape: Shape,
        base: list[dict[str, Any]],
        member: Any,
        mapped: str | None,
        line: int | None,
    ) -> None:
        inner = expand(Node(self.document, (*base, member)))
        if inner.unknown or not inner.alternatives:
            json = "unknown" if inner.unknown else "any"
            shape.alternatives.append(
                Alternative(json, mapped=mapped, unknown=inner.unknown, line=line)
            )
            return
        for one in inner.alternatives:
            made = _copy(one)
            if len(inner.alternatives) == 1:
                made.mapped = mapped
            shape.alternatives.append(made)
        shape.discriminator = shape.discriminator or inner.discriminator

    # -- one alternative for each type ---------------------------------------------------------

    def alternatives(self, shape: Shape) -> None:
        enum, enum_line = self.enum()
        types = ["never"] if self.never else self.types(enum)
        if types is None:
            if not any(key in s for s in self.schemas for key in _BOUNDS | CONDITIONS):
                return
            types = ["any"]
        for json in types:
            made = Alternative(json, line=shape.line)
            if enum is not None and json not in ("null", "any"):
                fitting = tuple(one for one in enum if _fits(one, json))
                if not fitting and len(types) > 1:
                    continue
                made.enum = fitting
                made.lines["enum"] = enum_line
            self.fill(made)
            shape.alternatives.append(made)

    def enum(self) -> tuple[tuple[Any, ...] | None, int | None]:
        found: tuple[Any, ...] | None = None
        line: int | None = None
        for schema in self.schemas:
            for key in ("enum", "const"):
                if key not in schema:
                    continue
                given = [schema[key]] if key == "const" else self.document.sequence(schema, key)
                values = tuple(dict.fromkeys(map(_hashable, map(_plain_member, given))))
                if schema.get("type") == "string":
                    values = tuple(_YAML_11[v] if isinstance(v, bool) else v for v in values)
                    if any(_is_literal(one) for one in given):
                        values = tuple(_plain_member(one) for one in given)
                narrowed = values if found is None else tuple(v for v in values if v in found)
                # An event's own part gives its type, where the base lists those of its siblings.
                found, line = narrowed or values, line_of(schema, key)
        return found, line

    def types(self, enum: tuple[Any, ...] | None) -> list[str] | None:
        found: list[str] | None = None
        for schema in self.schemas:
            if schema.get("type") is not None:
                listed = self.listed_types(schema)
                found = listed if found is None else _common(found, listed)
        if found is not None:
            return list(found)
        if enum is not None:
            kinds = [_json_type(one) for one in enum]
            return list(dict.fromkeys(kinds))
        for json, keys in _IMPLIED.items():
            if any(key in schema for schema in self.schemas for key in keys):
                return [json]
        return None

    def listed_types(self, schema: dict[str, Any]) -> list[str]:
        """The types that one schema lists."""
        given = schema["type"]
        listed = given if isinstance(given, list) else [given]
        if any(_is_literal(one) for one in self.document.sequence(schema, "enum")):
            return ["boolean"]
        for one in listed:
            if one not in _TYPES:
                raise self.document.fault(f"`{one}` is no JSON type", schema, "type")
        nullable = schema.get("nullable") is True and "null" not in listed
        return [*listed, "null"] if nullable else listed

    def fill(self, made: Alternative) -> None:
        for schema in self.schemas:
            for key in _BOUNDS & schema.keys():
                self.bound(made, schema, key)
            for key in CONDITIONS & schema.keys():
                made.bounds[key] = condition(self.document, schema[key])
                made.lines[key] = line_of(schema, key)
            if made.json == "object":
                self.object(made, schema)
            elif made.json == "array" and "items" in schema:
                self.child_of(schema, "items")
                known = made.items.parts if made.items else ()
                made.items = _joined(self.document, known, schema["items"])
        if made.properties:
            bare = sorted(name for name in made.required if name not in made.properties)
            for name in bare:
                holder = next(s for s in self.schemas if name in s.get("required", ()))
                self.document.defect("required-without-property", name, holder, "required")
            made.required -= set(bare)

    def bound(self, made: Alternative, schema: dict[str, Any], key: str) -> None:
        value = schema[key]
        wanted = str if key == "pattern" else (bool,) if key == "uniqueItems" else (int, float)
        if isinstance(value, bool) and key.startswith("exclusive"):
            return  # OpenAPI 3.0 wrote them so; 3.1 says nothing by it
        if not isinstance(value, wanted) or (isinstance(value, bool) and key != "uniqueItems"):
            raise self.document.fault(f"`{key}` cannot be `{str(value)[:40]}`", schema, key)
        if value is not False:
            made.bounds[key] = value
            made.lines[key] = line_of(schema, key)

    def object(self, made: Alternative, schema: dict[str, Any]) -> None:
        document = self.document
        properties = document.mapping(schema, "properties")
        for key, part in properties.items():
            self.child_of(properties, key)
            name = str(key)  # YAML reads `1` as a number, and JSON has no such name
            known = made.properties[name].parts if name in made.properties else ()
            made.properties[name] = _joined(document, known, part)
            made.lines["property", name] = line_of(properties, key)
        required = document.sequence(schema, "required")
        for number, name in enumerate(required):
            if not isinstance(name, str):
                raise document.fault("a name in `required` is no text", required, number)
            made.lines["required", name] = line_of(required, number)
        made.required |= frozenset(required)
        extra = schema.get("additionalProperties", True)
        if extra is False:
            made.bounds["additionalProperties"] = False
            made.lines["additionalProperties"] = line_of(schema, "additionalProperties")
        elif extra is not True:
            self.child_of(schema, "additionalProperties")
            made.extra = Node(document, (extra,))

    def child_of(self, holder: dict[str, Any], key: str) -> None:
        if not isinstance(holder[key], (dict, bool)):
            raise self.document.fault(f"`{key}` is no schema", holder, key)


def _joined(document: Document, known: tuple[Any, ...], part: Any) -> Node:
    """A node of some parts and one more; a part that is there already adds nothing."""
    if any(one is part for one in known):
        return Node(document, known)
    return Node(document, (*known, part))


def _without_union(schema: dict[str, Any]) -> dict[str, Any] | None:
    """What a schema says beside its union, or None when that is nothing."""
    said = {"type", "properties", "required", "additionalProperties", "enum", "const", "items"}
    if not any(key in said or key in _BOUNDS or key in CONDITIONS for key in schema):
        return None
    if "oneOf" not in schema and "anyOf" not in schema and "$ref" not in schema:
        return schema if "allOf" not in schema and "description" not in schema else _cut(schema)
    return _cut(schema)


def _cut(schema: dict[str, Any]) -> dict[str, Any]:
    made = Lined(line_of(schema) or 0)
    dropped = (*_UNIONS, "allOf", "$ref", "description", "discriminator", "default")
    for key, value in schema.items():
        if key not in dropped:
            made[key] = value
            made.lines[key] = line_of(schema, key) or 0
    return made


def _copy(one: Alternative) -> Alternative:
    return Alternative(
        one.json, one.enum, one.properties, one.required, one.items, one.extra, one.bounds,
        one.label, one.mapped, one.unknown, one.line, one.lines,
    )  # fmt: skip


def _merge_scalars(shape: Shape) -> None:
    """Make one of the alternatives that have the same scalar type, and of equal ones."""
    kept: list[Alternative] = []
    by_type: dict[str, Alternative] = {}
    for one in shape.alternatives:
        if one.json in ("object", "array", "unknown"):
            kept.append(one)
            continue
        known = by_type.get(one.json)
        if known is None:
            by_type[one.json] = one
            kept.append(one)
        else:
            both = known.enum is not None and one.enum is not None
            known.enum = tuple(dict.fromkeys((*known.enum, *one.enum))) if both else None  # type: ignore[misc]
            known.bounds = {k: v for k, v in known.bounds.items() if one.bounds.get(k) == v}
    shape.alternatives = kept


def _common(first: list[str], second: list[str]) -> list[str]:
    """The types that both lists allow; an integer is a number too."""
    both = [one for one in first if one in second]
    if "integer" not in both and "integer" in [*first, *second] and "number" in [*first, *second]:
        both.append("integer")
    return both or second


def _is_literal(member: Any) -> bool:
    return isinstance(member, dict) and member.get("type") == "booleanLiteral"


def _plain_member(member: Any) -> Any:
    """A member of an enum, which dialect A writes as an object."""
    return member["value"] if isinstance(member, dict) and "value" in member else member


def _hashable(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return "number" if isinstance(value, float) else "string"


def _fits(value: Any, json: str) -> bool:
    kind = _json_type(value)
    return kind == json or (kind == "integer" and json == "number")
