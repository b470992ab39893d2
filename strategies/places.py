"""A schema → every place in it; and an instance → the same place in that instance.

A place is a way from the root of the schema: a member, an item, a member of a union. Where an
instance does not have what the way leads through, it is added, so that a fault can be made at every
place, however rare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.contract import escape

from .images import image
from .leaves import is_a
from .schema import Compiler
from .tools import answer_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .source import Source

__all__ = ["ITEM", "Branch", "Place", "Spot", "places", "reach", "resolve"]

ITEM = "*"
# A depth at which generators make the smallest instance there is.
_SMALLEST = 99


class Branch(NamedTuple):
    """A step into a union: the number of the member."""

    number: int


class Place(NamedTuple):
    """A place in a schema.

    `steps` are names of members, `ITEM` and `Branch`es; `schema` is what holds there, references
    followed; `required` says that the parent requires it; `told` are the discriminator's name and
    values of the union whose member the parent is, when this is the discriminator.
    """

    steps: tuple[str | Branch, ...]
    schema: dict[str, Any]
    required: bool = False
    told: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """The place as a JSON Pointer with `*` for an item and `<n>` for a member of a union."""
        words = [f"<{s.number}>" if isinstance(s, Branch) else escape(s) for s in self.steps]
        return "".join(f"/{word}" for word in words)


class Spot(NamedTuple):
    """A place in an instance: the dict or list that holds it, its key, and a JSON Pointer."""

    holder: Any
    key: Any
    pointer: str

    @property
    def value(self) -> Any:
        """What stands there."""
        return self.holder[self.key]


def resolve(root: dict[str, Any], schema: Any) -> dict[str, Any]:
    """A schema with its references followed; an empty one for what is none."""
    while isinstance(schema, dict) and "$ref" in schema:
        node: Any = root
        for token in schema["$ref"][2:].split("/"):
            node = node[token.replace("~1", "/").replace("~0", "~")]
        schema = node
    return schema if isinstance(schema, dict) else {}


def places(root: dict[str, Any]) -> Iterator[Place]:
    """Every place in a schema that has no cycles, from the outside in; the first is the whole."""

    def walk(
        schema: dict[str, Any], steps: tuple[str | Branch, ...], union: list[dict[str, Any]]
    ) -> Iterator[Place]:
        for number, each in enumerate(schema.get("oneOf", ())):
            branches = [resolve(root, one) for one in schema["oneOf"]]
            yield from walk(resolve(root, each), (*steps, Branch(number)), branches)
        for name, each in schema.get("properties", {}).items():
            sub = resolve(root, each)
            told = tuple(
                str(one["properties"][name]["const"])
                for one in union
                if "const" in resolve(root, one.get("properties", {}).get(name))
            )
            place = Place(
                (*steps, name), sub, name in schema.get("required", ()),
                told if "const" in sub and len(told) > 1 else (),
            )  # fmt: skip
            yield place
            yield from walk(sub, place.steps, [])
        if "items" in schema:
            sub = resolve(root, schema["items"])
            yield Place((*steps, ITEM), sub)
            yield from walk(sub, (*steps, ITEM), [])

    whole = resolve(root, root)
    yield Place((), whole)
    yield from walk(whole, (), [])


def _fits(root: dict[str, Any], schema: Any, value: Any) -> bool:
    """Whether a valid value means this member of a union."""
    sub = resolve(root, schema)
    if not is_a(sub.get("type", ""), value):
        return False
    return not isinstance(value, dict) or all(
        value.get(name) == each["const"]
        for name, each in sub.get("properties", {}).items()
        if "const" in each
    )


def _depth(root: dict[str, Any], schema: dict[str, Any], value: Any, steps: Any) -> int:
    """How many of the steps an instance already has."""
    if not steps:
        return 0
    step, *rest = steps
    if isinstance(step, Branch):
        sub = resolve(root, schema["oneOf"][step.number])
        return 1 + _depth(root, sub, value, rest) if _fits(root, sub, value) else 0
    if step == ITEM:
        sub = resolve(root, schema["items"])
        return 1 + max((_depth(root, sub, each, rest) for each in value), default=-1)
    if step not in value:
        return 0
    sub = resolve(root, schema["properties"][step])
    return 1 + _depth(root, sub, value[step], rest)


def reach(source: Source, root: dict[str, Any], instance: dict[str, Any], place: Place) -> Spot:
    """The place in an instance, which is made there if it is not yet."""
    schema = resolve(root, root)
    spot = Spot([instance], 0, "")
    steps = list(place.steps)
    while steps:
        step = steps.pop(0)
        value = spot.value
        if isinstance(step, Branch):
            schema = resolve(root, schema["oneOf"][step.number])
            if not _fits(root, schema, value):
                spot.holder[spot.key] = _made(source, root, schema)
            continue
        if step == ITEM:
            schema = resolve(root, schema["items"])
            reached = [_depth(root, schema, each, steps) for each in value]
            wanted = 1 if steps and isinstance(steps[0], Branch) else 0
            if max(reached, default=-1) < wanted:
                branch = steps[0] if wanted else None
                sub = schema["oneOf"][branch.number] if isinstance(branch, Branch) else schema
                made = _made(source, root, resolve(root, sub))
                # What a system says comes first.
                at = 0 if isinstance(made, dict) and made.get("role") == "system" else len(value)
                value.insert(at, made)
                number = at
            else:
                number = source.pick([n for n, d in enumerate(reached) if d == max(reached)])
            spot = Spot(value, number, f"{spot.pointer}/{number}")
            continue
        schema = resolve(root, schema["properties"][step])
        if step not in value:
            value[step] = _sensible(source, step, _made(source, root, schema))
        spot = Spot(value, step, f"{spot.pointer}/{escape(step)}")
    return spot


def _made(source: Source, root: dict[str, Any], schema: dict[str, Any]) -> Any:
    made = _tidy(source, Compiler(root).compile(schema, "#")(source, _SMALLEST))
    if isinstance(made, list) and not made and "items" in schema:
        return [_made(source, root, resolve(root, schema["items"]))]
    return made


def _tidy(source: Source, value: Any) -> Any:
    """A made value without what no sensible request has: empty texts, URLs that are none."""
    if isinstance(value, dict):
        return {name: _sensible(source, name, _tidy(source, each)) for name, each in value.items()}
    if isinstance(value, list):
        return [_tidy(source, each) for each in value]
    return value if value != "" else "Hi"


def _sensible(source: Source, name: str, value: Any) -> Any:
    match name:
        case "url":
            return image(source)["image_url"]["url"]
        case "id":
            return "made-1"
        case "json_schema":
            return answer_schema(source)
        case "data":
            return value or {"text": "Hi"}
        case "strict_tools":
            return False
        case "content":
            return value or "Hi"
        case _:
            return value
