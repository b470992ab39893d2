"""A valid instance → the same with one fault against its schema, at any place and of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .fault import Fault
from .leaves import is_a
from .places import ITEM, Branch, Place, Spot, places, reach, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from .source import Source

__all__ = ["REFUSED", "Codes", "Target", "apply", "targets"]

# What a server answers to a body that breaks its description: the documentation has both.
REFUSED = (400, 422)

# Kind of fault -> the field of `Codes` that holds its rule.
_RULES = {
    "missing": "missing", "wrong type": "type", "null": "type", "outside the enum": "enum",
    "changed case": "enum", "below the range": "range", "far below the range": "range",
    "above the range": "range", "far above the range": "range", "too few items": "few",
    "too many items": "many", "unknown field": "unknown", "wrong union member": "missing",
    "mixed union members": "unknown",
}  # fmt: skip


class Codes(NamedTuple):
    """The rules that a fault against a schema breaks, for one kind of instance.

    A field without a rule is empty. `expected` are the statuses that a server answers with.
    """

    missing: str
    type: str
    enum: str
    union: str
    unknown: str
    range: str
    many: str = ""
    few: str = ""
    expected: tuple[int, ...] = ()


class Target(NamedTuple):
    """A place and a kind of fault that can be made there."""

    place: Place
    kind: str

    def code(self, codes: Codes) -> str:
        """The rule that the fault breaks."""
        word = _RULES[self.kind]
        if word == "enum" and self.place.told:
            word = "union"
        code: str = getattr(codes, word)
        return code


# Names that clients send and the description does not have.
_UNKNOWN = ("unknown_field", "extra", "top_k", "user", "Temperature", "stream_options", "größe")
_WRONG: tuple[Any, ...] = ("5", 5, True, [], {}, 0.5, ["Hi"], {"a": 1}, "true", [{}])
_NO_VALUE = ("BOGUS", "auto ", "NULL", "", "🌊")


def targets(root: dict[str, Any]) -> list[Target]:
    """Every place of a schema with every kind of fault that applies there.

    By kind and from the outside in, so that an example shrinks to a place farther out.
    """
    found = list(places(root))
    return [
        Target(place, kind)
        for kind, applies in _APPLIES.items()
        for place in found
        if applies(root, place)
    ]


def _listed(place: Place) -> bool:
    schema = place.schema
    return "enum" in schema or (schema.get("type") == "string" and "const" in schema)


# Kind of fault -> whether it can be made at a place.
_APPLIES: dict[str, Callable[[dict[str, Any], Place], bool]] = {
    "missing": lambda _, place: place.required,
    "wrong type": lambda root, place: bool(place.steps and _types(root, place.schema)),
    "null": lambda root, place: bool(place.steps and _types(root, place.schema)),
    "outside the enum": lambda _, place: _listed(place),
    "changed case": lambda _, place: _listed(place),
    "below the range": lambda _, place: "minimum" in place.schema,
    "far below the range": lambda _, place: "minimum" in place.schema,
    "above the range": lambda _, place: "maximum" in place.schema,
    "far above the range": lambda _, place: "maximum" in place.schema,
    "too few items": lambda _, place: "minItems" in place.schema,
    "too many items": lambda _, place: "maxItems" in place.schema,
    "unknown field": lambda _, place: bool(place.schema.get("properties")),
    "wrong union member": lambda root, place: bool(place.told and _others(root, place)),
    "mixed union members": lambda root, place: bool(place.told and _foreign(root, place)),
}


def _types(root: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The JSON types that a schema takes; none for a schema that takes any."""
    if "oneOf" in schema:
        return [kind for each in schema["oneOf"] for kind in _types(root, resolve(root, each))]
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def apply(
    source: Source, root: dict[str, Any], instance: Any, target: Target, codes: Codes
) -> Fault:
    """Make the fault in an instance, which is changed, and label it."""
    spot = reach(source, root, instance, target.place)
    why, pointer = _FAULTS[target.kind](source, root, spot, target.place)
    return Fault(target.kind, pointer, target.code(codes), why, codes.expected)


Made = tuple[str, str]


def _missing(_source: Source, _root: dict[str, Any], spot: Spot, _place: Place) -> Made:
    del spot.holder[spot.key]
    return f"the required member `{spot.key}` is missing", spot.pointer


def _wrong_type(source: Source, root: dict[str, Any], spot: Spot, place: Place) -> Made:
    kinds = _types(root, place.schema)
    options = [each for each in _WRONG if not any(is_a(kind, each) for kind in kinds)]
    if "minimum" in place.schema:
        # Of the type only, and not of the range too.
        options = [each for each in options if not isinstance(each, float)]
    name = place.steps[-1]
    if name == "content":
        # The live API takes a part that stands for itself.
        options = [each for each in options if not isinstance(each, dict)]
    if name == "data":
        # The live API takes data as text.
        options = [each for each in options if not isinstance(each, str)]
    spot.holder[spot.key] = source.pick(options)
    return f"`{spot.pointer}` is not of type {' or '.join(dict.fromkeys(kinds))}", spot.pointer


def _null(_source: Source, _root: dict[str, Any], spot: Spot, _place: Place) -> Made:
    spot.holder[spot.key] = None
    return f"`{spot.pointer}` is null", spot.pointer


def _outside(source: Source, _root: dict[str, Any], spot: Spot, _place: Place) -> Made:
    spot.holder[spot.key] = value = source.pick(_NO_VALUE)
    return f"`{value}` is none of the values of `{spot.pointer}`", spot.pointer


def _case(source: Source, _root: dict[str, Any], spot: Spot, _place: Place) -> Made:
    value = str(spot.value)
    changed = [value.capitalize() if value.islower() else value.title(), value.swapcase()]
    if spot.key == "mode":
        del changed[1]  # the live API takes it in lower case
    spot.holder[spot.key] = made = source.pick([each for each in changed if each != value])
    return f"`{made}` is `{value}` in another case", spot.pointer


def _range(source: Source, spot: Spot, place: Place, *, up: bool, far: bool) -> Made:
    bound = place.schema["maximum" if up else "minimum"]
    whole = place.schema.get("type") == "integer"
    if far:
        step: float = source.pick((1000, 10**9) if whole else (1000, 1e9, 1.5))
        step = step if bound <= 10**15 else bound
    else:
        step = 1 if whole else source.pick((0.001, 1e-9))
    value = bound + step if up else bound - step
    if not whole:
        value = round(value, 10)
    spot.holder[spot.key] = value
    side = "maximum" if up else "minimum"
    return f"`{value}` is beyond the {side} `{bound}` of `{spot.pointer}`", spot.pointer


def _items(_source: Source, _root: dict[str, Any], spot: Spot, place: Place) -> Made:
    most = place.schema.get("maxItems", 0)
    value = spot.value
    kept = value or ["Hi"]
    spot.holder[spot.key] = [f"{kept[n % len(kept)]}" for n in range(most + 1)]
    return f"`{spot.pointer}` has {most + 1} items, {most} are allowed", spot.pointer


def _few(_source: Source, _root: dict[str, Any], spot: Spot, _place: Place) -> Made:
    spot.holder[spot.key] = []
    return f"`{spot.pointer}` has no item", spot.pointer


def _unknown(source: Source, _root: dict[str, Any], spot: Spot, place: Place) -> Made:
    name = source.pick([each for each in _UNKNOWN if each not in place.schema["properties"]])
    spot.value[name] = source.pick((1, "Hi", None, {}, [], True))
    return f"`{name}` is no member of `{spot.pointer}`", f"{spot.pointer}/{name}"


def _wrong_member(source: Source, root: dict[str, Any], spot: Spot, place: Place) -> Made:
    """Name another member of the union, and leave out what only this one has."""
    other, missing = source.pick(_others(root, place))
    for name in [each for each in spot.holder if each not in (spot.key, "content")]:
        del spot.holder[name]
    spot.holder[spot.key] = other
    if "content" in spot.holder:
        spot.holder["content"] = "Hi"  # which every role may say
    pointer = f"{spot.pointer.rpartition('/')[0]}/{missing}"
    return f"what says that it is `{other}` has no `{missing}`", pointer


def _union(root: dict[str, Any], place: Place) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The schema of the object that holds a place, and all members of its union."""
    schema, union = root, [root]
    for step in place.steps[:-1]:
        schema = resolve(root, schema)
        if isinstance(step, Branch):
            union = [resolve(root, each) for each in schema["oneOf"]]
            schema = union[step.number]
        else:
            schema = schema["items"] if step == ITEM else schema["properties"][step]
    return resolve(root, schema), union


def _others(root: dict[str, Any], place: Place) -> list[tuple[str, str]]:
    """Other members of a union that require what this one lacks: their name and the member."""
    own, union = _union(root, place)
    name = str(place.steps[-1])
    return [
        (each["properties"][name]["const"], member)
        for each in union
        for member in each.get("required", ())
        if member not in own["properties"]
    ]


def _foreign(root: dict[str, Any], place: Place) -> list[str]:
    """Members that other members of the union have, and this one does not."""
    own, union = _union(root, place)
    return sorted(
        {name for each in union for name in each["properties"] if name not in own["properties"]}
    )


def _mixed(source: Source, root: dict[str, Any], spot: Spot, place: Place) -> Made:
    """Add what another member of the union has."""
    name = source.pick(_foreign(root, place))
    spot.holder[name] = _FOREIGN.get(name, "Hi")
    pointer = spot.pointer.rpartition("/")[0]
    return f"`{name}` belongs to another kind of `{pointer}`", f"{pointer}/{name}"


_FOREIGN: dict[str, Any] = {
    "image_url": {"url": "https://example.com/tide.png"}, "document": {"data": {"text": "Hi"}},
    "tool_output": {"content": "Hi"}, "tool_calls": [], "citations": [],
    "json_schema": {
        "type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
}  # fmt: skip

_FAULTS: dict[str, Any] = {
    "missing": _missing,
    "wrong type": _wrong_type,
    "null": _null,
    "outside the enum": _outside,
    "changed case": _case,
    "below the range": lambda s, _r, spot, p: _range(s, spot, p, up=False, far=False),
    "far below the range": lambda s, _r, spot, p: _range(s, spot, p, up=False, far=True),
    "above the range": lambda s, _r, spot, p: _range(s, spot, p, up=True, far=False),
    "far above the range": lambda s, _r, spot, p: _range(s, spot, p, up=True, far=True),
    "too few items": _few,
    "too many items": _items,
    "unknown field": _unknown,
    "wrong union member": _wrong_member,
    "mixed union members": _mixed,
}
