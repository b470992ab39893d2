"""JSON Schema → a generator of its instances, by construction.

The subset of 2020-12 that the compiled contract uses, and what schemas of tools and of JSON answers
usually have besides. A keyword outside of it is an error when the strategy is made: one that was
skipped in silence would make instances that the schema refuses.

Objects get no members that their schema does not name, although it would allow them: the live API
refuses unknown members. Only an object that names none is filled freely.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from conformance.contract import escape

from .leaves import is_a, leaf, refuse
from .source import named
from .values import Body, free_object, json_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis import strategies as st

    from conformance.errors import SpecError

    from .source import Source

    Make = Callable[[Source, int], Any]

__all__ = ["Compiler", "compiled", "from_schema"]

_ANNOTATIONS = frozenset({
    "$comment", "$defs", "$id", "$schema", "default", "deprecated", "description", "examples",
    "readOnly", "title", "writeOnly",
})  # fmt: skip
_OF_TYPE: dict[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
    "boolean": frozenset(),
    "null": frozenset(),
}
_ALONE = ("$ref", "oneOf", "anyOf", "enum", "const")
# Where a schema refers to itself, instances stop growing at this depth.
_DEEP = 6
# Of so many optional members any may come together; of more only a few, so that examples stay small.
_FEW = 6
_COUNTS = range(_FEW + 1)


def from_schema(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Instances of a JSON Schema 2020-12, made by construction.

    Known are `type`, `const`, `enum`, `$ref` into the schema itself, `oneOf` with branches that
    exclude each other, `anyOf`, `properties`, `required`, `additionalProperties`, `items`,
    `minItems`, `maxItems`, `minLength`, `maxLength`, `pattern`, the `format`s date-time, date, time
    and uuid, the numeric bounds, annotations, and members that begin with ``x-``. Raises SpecError
    for any other keyword and for what is no schema, with the place where it stands::

        >>> from_schema({"type": "object", "properties": {"k": {"type": "integer", "minimum": 0}}})
        from_schema(...)
    """
    make = compiled(schema)
    return _from_schema(_Shown(make))


class _Shown:
    """A generator that shows as dots: a schema is too long for the repr of a strategy."""

    def __init__(self, make: Make) -> None:
        self.make = make

    def __repr__(self) -> str:
        return "..."


@named("from_schema")
def _from_schema(source: Source, shown: _Shown) -> Any:
    made = shown.make(source, 0)
    return Body(made) if isinstance(made, dict) else made


def compiled(schema: Any) -> Make:
    """The generator of a schema's instances; its second argument is the depth, 0 at the root.

    Raises SpecError as `from_schema` does.
    """
    if isinstance(schema, dict):
        try:
            jsonschema_rs.meta.validate(schema)
        except jsonschema_rs.ValidationError as error:
            where = "".join(f"/{escape(str(step))}" for step in error.instance_path)
            if error.instance_path[-1:] == ["type"]:
                raise _no_type(error.instance, f"#{where}") from error
            raise refuse(
                f"this is no JSON Schema: {error.message}", f"#{where}", "mend the schema"
            ) from error
    return Compiler(schema).compile(schema, "#")


def _no_type(given: Any, where: str) -> SpecError:
    types = ", ".join(f"`{kind}`" for kind in _OF_TYPE)
    return refuse(f"`{given}` is not a JSON type", where, f"the types are {types}")


def _types_of(schema: dict[str, Any]) -> list[str]:
    found = schema.get("type")
    return [found] if isinstance(found, str) else list(found or [])


class Compiler:
    """Compiles the nodes of one schema; each definition once, references late."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._made: dict[str, Make] = {}
        self._heights: dict[str, float] = {}

    def compile(self, schema: Any, where: str) -> Make:
        """The generator of one node."""
        if schema is True:
            return lambda source, depth: json_value(source, max(0, 2 - depth))
        if not isinstance(schema, dict):
            raise refuse(f"`{schema!r}` has no instances", where, "a schema is an object or true")
        self._known(schema, where)
        if "$ref" in schema:
            return self._reference(schema["$ref"], where)
        values = _values(schema)
        if values is not None:
            return self._fixed(values, _types_of(schema), where)
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                return self._union(keyword, schema[keyword], f"{where}/{keyword}")
        kinds = _types_of(schema) or _implied(schema)
        made = [self._typed(kind, schema, where) for kind in kinds]
        return made[0] if len(made) == 1 else lambda source, depth: source.pick(made)(source, depth)

    def _typed(self, kind: str, schema: dict[str, Any], where: str) -> Make:
        if kind == "object":
            return self._object(schema, where)
        if kind == "array":
            return self._array(schema, where)
        make = leaf(kind, schema, where)
        return lambda source, _depth: make(source)

    def _known(self, schema: dict[str, Any], where: str) -> None:
        """Refuse what would otherwise be ignored: unknown keywords and unknown combinations."""
        given = {key for key in schema if key not in _ANNOTATIONS and not key.startswith("x-")}
        alone = [key for key in _ALONE if key in given]
        types = _types_of(schema)
        known = set(alone[:1])
        if alone and alone[0] in ("const", "enum"):
            known.add("type")
        if not alone:
            known.add("type")
            known |= set().union(*(_OF_TYPE[kind] for kind in types or _OF_TYPE))
        unknown = sorted(given - known)
        if unknown and alone:
            raise refuse(
                f"`{unknown[0]}` beside `{alone[0]}` is not supported", where,
                "put the whole condition into one of them",
            )  # fmt: skip
        if unknown:
            raise refuse(
                f"the keyword `{unknown[0]}` is not supported", f"{where}/{escape(unknown[0])}",
                "`from_schema` lists the keywords that it knows",
            )  # fmt: skip

    def _reference(self, reference: str, where: str) -> Make:
        target = self._target(reference, where)
        if reference not in self._made:
            # Registered before it is compiled, so that a definition may refer to itself.
            self._made[reference] = lambda s, depth: self._made[reference](s, depth)  # noqa: PLW0108 - late
            if self._height(target, where, frozenset({reference})) == math.inf:
                raise refuse("every instance would be infinite", where, "make a member optional")
            self._made[reference] = self.compile(target, reference)
        return self._made[reference]

    def _target(self, reference: Any, where: str) -> Any:
        node = self._root
        try:
            if not str(reference).startswith("#"):
                raise KeyError(reference)  # noqa: TRY301
            for token in str(reference)[1:].split("/")[1:]:
                key = token.replace("~1", "/").replace("~0", "~")
                node = node[int(key)] if isinstance(node, list) else node[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise refuse(
                f"the reference `{reference}` leads nowhere", f"{where}/$ref",
                "only references into the schema itself are followed",
            ) from None  # fmt: skip
        return node

    def _height(self, schema: Any, where: str, seen: frozenset[str]) -> float:
        """How deep the shallowest instance is; infinite when there is no finite one."""
        if not isinstance(schema, dict):
            return 0
        reference = schema.get("$ref")
        if isinstance(reference, str):
            if reference in seen:
                return math.inf
            return self._height(self._target(reference, where), where, seen | {reference})
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                return min(self._height(each, where, seen) for each in schema[keyword])
        below = [
            self._height(sub, where, seen)
            for name, sub in schema.get("properties", {}).items()
            if name in schema.get("required", [])
        ]
        if schema.get("minItems"):
            below.append(self._height(schema.get("items"), where, seen))
        return 1 + max(below, default=0)

    def _fixed(self, values: list[Any], types: list[str], where: str) -> Make:
        fitting = [each for each in values if not types or any(is_a(kind, each) for kind in types)]
        if not fitting:
            raise refuse(
                "no value is listed that has the type", where, "drop `type`, or list a value of it"
            )
        return lambda source, _depth: source.pick(fitting)

    def _union(self, keyword: str, branches: Any, where: str) -> Make:
        if not isinstance(branches, list) or not branches:
            raise refuse(f"`{keyword}` has no branches", where, "a union has branches")
        if keyword == "oneOf":
            for number, branch in enumerate(branches):
                for other in branches[number + 1 :]:
                    if not self._disjoint(branch, other, where):
                        raise refuse(
                            "two branches of `oneOf` may take the same instance", where,
                            "tell them apart by `type`, or by a `const` of the same required member",
                        )  # fmt: skip
        made = [self.compile(each, f"{where}/{n}") for n, each in enumerate(branches)]
        lowest = min(
            range(len(branches)), key=lambda n: self._height(branches[n], where, frozenset())
        )

        def union(source: Source, depth: int) -> Any:
            return (made[lowest] if depth > _DEEP else source.pick(made))(source, depth)

        return union

    def _disjoint(self, one: Any, other: Any, where: str) -> bool:
        """Whether no instance fits both: by type, by values, or by a member with fixed values."""
        one, other = (self._resolved(each, where) for each in (one, other))
        if not isinstance(one, dict) or not isinstance(other, dict):
            return False
        for schema, against in ((one, other), (other, one)):
            for keyword in ("oneOf", "anyOf"):
                if keyword in schema:
                    return all(self._disjoint(each, against, where) for each in schema[keyword])
        values = [_values(each) for each in (one, other)]
        if values[0] is not None and values[1] is not None:
            return not any(
                a == b and isinstance(a, bool) == isinstance(b, bool)
                for a in values[0]
                for b in values[1]
            )
        kinds = [set(_types_of(each)) for each in (one, other)]
        kinds = [k | {"integer"} if "number" in k else k for k in kinds]
        if all(kinds) and not kinds[0] & kinds[1]:
            return True
        if kinds[0] != {"object"} or kinds[1] != {"object"}:
            return False
        members = [each.get("properties", {}) for each in (one, other)]
        shared = set(one.get("required", ())) & set(other.get("required", ()))
        return any(
            self._disjoint(members[0].get(name), members[1].get(name), where) for name in shared
        )

    def _resolved(self, schema: Any, where: str) -> Any:
        for _ in range(20):
            if not isinstance(schema, dict) or "$ref" not in schema:
                return schema
            schema = self._target(schema["$ref"], where)
        return schema

    def _object(self, schema: dict[str, Any], where: str) -> Make:
        properties = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        required = list(dict.fromkeys(schema.get("required", [])))
        made = {
            name: self.compile(sub, f"{where}/properties/{escape(name)}")
            for name, sub in properties.items()
        }
        unnamed = [name for name in required if name not in made]
        if unnamed and rest is False:
            raise refuse(
                f"`{unnamed[0]}` is required and not allowed", f"{where}/required",
                "name it in `properties`",
            )  # fmt: skip
        other = None if rest is False else self.compile(rest, f"{where}/additionalProperties")
        for name in unnamed:
            assert other is not None  # refused above
            made[name] = other
        if not made:
            if rest is True:
                return lambda source, depth: free_object(source, max(0, 2 - depth))
            if other is None:
                return lambda _source, _depth: {}
            member = other
            return lambda source, depth: {
                name: member(source, depth + 1)
                for name in source.some(("a", "b", "text"), (0, 1, 2))
            }
        optional = [name for name in made if name not in required]
        order = list(made)

        def instance(source: Source, depth: int) -> dict[str, Any]:
            chosen = {*required}
            if optional and depth <= _DEEP:
                few = len(optional) <= _FEW
                chosen.update(source.any_of(optional) if few else source.some(optional, _COUNTS))
            return {name: made[name](source, depth + 1) for name in order if name in chosen}

        return instance

    def _array(self, schema: dict[str, Any], where: str) -> Make:
        items = self.compile(schema.get("items", True), f"{where}/items")
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", least + 3), least + 3)
        if most < least:
            raise refuse(
                f"`maxItems` {schema['maxItems']} is less than `minItems` {least}", where,
                "no array fits both",
            )  # fmt: skip
        sizes = range(least, most + 1)

        def instance(source: Source, depth: int) -> list[Any]:
            size = least if depth > _DEEP else source.pick(sizes)
            return [items(source, depth + 1) for _ in range(size)]

        return instance


def _implied(schema: dict[str, Any]) -> list[str]:
    """The types of a schema that names none: those that its keywords speak of, else all."""
    spoken = [kind for kind, words in _OF_TYPE.items() if any(word in schema for word in words)]
    if not spoken:
        return list(_OF_TYPE)
    return ["number"] if "integer" in spoken else spoken[:1]


def _values(schema: dict[str, Any]) -> list[Any] | None:
    """The only values that a schema takes, or None."""
    if "const" in schema:
        return [schema["const"]]
    return schema["enum"] if isinstance(schema.get("enum"), list) else None
