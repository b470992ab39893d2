"""Compiled JSON Schema → problems: the contract as the rules see it.

Loads `specs/compiled/*.json` (data only, no YAML), validates with jsonschema-rs, and turns each
validation error into a `Problem` that names the place, the keyword and what states it. Where a
union fails, the one member that the instance means is found by its discriminator or JSON type, and
its errors are reported instead of "matches none".
"""

from __future__ import annotations

import json
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.data import data_path
from conformance.errors import SpecError
from conformance.verdict import Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jsonschema_rs import ValidationError

__all__ = ["Clause", "Contract", "Problem", "Tolerance", "contract", "escape"]

THINGS = ("chat-request", "chat-event", "rerank-request", "rerank-response", "error")
_DISCRIMINATORS = ("type", "role")


class Clause(NamedTuple):
    """One statement of the documentation, or one regularity of the wire, in our own words."""

    id: str
    says: str
    strength: str
    where: str
    seen: str = ""


class Tolerance(NamedTuple):
    """Something that the live API is known to take, or to have sent, against its description.

    `pointer` is a JSON Pointer in which ``*`` stands for one token and ``**`` for any number;
    `value` a class of values, None for any; `beside` a member that must stand beside the place.
    """

    id: str
    thing: str
    pointer: str
    keyword: str
    value: str | None
    because: str
    evidence: str
    clause: str = ""
    beside: str | None = None


class Problem(NamedTuple):
    """One way in which an instance departs from its schema.

    `keyword` is the JSON Schema keyword, or ``union`` when no member of a union fits, or
    ``undocumented`` for a member that the schema does not name. `pointer` is a JSON Pointer to the
    instance's faulty place (for a missing member: to the object), `member` the missing or
    undocumented name, `message` a sentence without full stop, `actual` the offending value. `union`
    is True when no member of a union is told by this discriminator.
    """

    pointer: str
    keyword: str
    message: str
    source: Source
    member: str = ""
    actual: Any = None
    clause: str = ""
    union: bool = False


def escape(token: str | int) -> str:
    """One reference token of a JSON Pointer (RFC 6901 3)."""
    return str(token).replace("~", "~0").replace("/", "~1")


def _inside(path: list[str | int]) -> str:
    """Where something is missing, as the end of a sentence; nothing for the whole."""
    return f" in `{_pointer(path)}`" if path else ""


def _pointer(path: list[str | int]) -> str:
    return "".join("/" + escape(token) for token in path)


def _shown(value: object, limit: int = 60) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[-limit // 2 + 1 :]}"


def _json_type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, (int, float)):
        return "number"
    return "object" if isinstance(value, dict) else "array"


def _described(value: object) -> str:
    """The JSON type of a value, and the value."""
    kind = _json_type(value)
    return kind if value is None else f"{kind} `{_shown(value)}`"


class Contract:
    """The compiled contract of one snapshot.

    `folder` holds the compiled JSON files. Raises SpecError when one is missing or broken.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or data_path("specs") / "compiled"
        self._validators: dict[tuple[str, bool], Any] = {}
        self._schemas: dict[tuple[str, bool], dict[str, Any]] = {}
        self._files: dict[str, Any] = {}

    def _load(self, name: str) -> Any:
        if name not in self._files:
            path = self._folder / f"{name}.json"
            try:
                self._files[name] = json.loads(path.read_bytes())
            except FileNotFoundError as error:
                raise SpecError(
                    "a compiled schema is missing",
                    where=str(path),
                    hint="run `cohere-conformance specs compile`",
                ) from error
            except ValueError as error:
                raise SpecError(
                    f"a compiled schema is not JSON: {error}",
                    where=str(path),
                    hint="run `cohere-conformance specs compile`",
                ) from error
        return self._files[name]

    @property
    def snapshot(self) -> str:
        """The name of the snapshot that the schemas were compiled from."""
        return str(self._load("manifest").get("snapshot", "unknown"))

    @cached_property
    def event_types(self) -> frozenset[str]:
        """The documented event types of a chat stream."""
        union = self._load("chat-event").get("oneOf", [])
        return frozenset(branch["$ref"].rsplit("/", 1)[1] for branch in union)

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        """All clauses by their id."""
        return {
            key: Clause(key, c["says"], c["strength"], c["where"], c.get("seen") or "")
            for key, c in self._load("clauses").items()
        }

    @cached_property
    def tolerances(self) -> list[Tolerance]:
        """All known departures of the live API."""
        return [
            Tolerance(**{name: t.get(name) for name in Tolerance._fields})
            for t in self._load("tolerances")
        ]

    def statuses(self, endpoint: str) -> frozenset[int]:
        """The statuses that the description lists for an endpoint."""
        responses = self._load("manifest")["operations"][endpoint]["responses"]
        return frozenset(int(status) for status in responses if status.isdigit())

    def media_types(self, endpoint: str, status: int) -> tuple[str, ...]:
        """The media types that the description lists for a status; empty for one it does not."""
        responses = self._load("manifest")["operations"][endpoint]["responses"]
        return tuple(responses.get(str(status), ()))

    def operation(self, thing: str) -> str:
        """Where in the snapshot the operation stands whose request body is this thing."""
        return str(self.schema(thing).get("x-pointer", "")).split("/requestBody/", 1)[0]

    def schema(self, thing: str, *, closed: bool = False) -> dict[str, Any]:
        """The schema of a thing; ``chat-event/<type>`` is one event variant."""
        key = (thing, closed)
        if key not in self._schemas:
            name, _, variant = thing.partition("/")
            if variant:
                defs = self.schema(name, closed=closed)["$defs"]
                self._schemas[key] = {"$ref": f"#/$defs/{variant}", "$defs": defs}
            else:
                schema = self._load(name)
                self._schemas[key] = _close(schema) if closed else schema
        return self._schemas[key]

    def _validator(self, thing: str, *, closed: bool) -> Any:
        key = (thing, closed)
        if key not in self._validators:
            # Deferred: loading the extension is a good part of the start-up time.
            from jsonschema_rs import Draft202012Validator

            self._validators[key] = Draft202012Validator(self.schema(thing, closed=closed))
        return self._validators[key]

    def problems(self, thing: str, instance: object) -> list[Problem]:
        """Every departure of an instance from the schema of a thing."""
        validator = self._validator(thing, closed=False)
        if validator.is_valid(instance):
            return []
        schema = self.schema(thing)
        found: list[Problem] = []
        for error in validator.iter_errors(instance):
            for each in self._refine(schema, error):
                if each not in found:
                    found.append(each)
        # A value of the wrong type is in no enum either; the type says what is wrong.
        mistyped = {each.pointer for each in found if each.keyword == "type"}
        return [p for p in found if p.keyword != "enum" or p.pointer not in mistyped]

    def undocumented(self, thing: str, instance: object) -> list[Problem]:
        """Every member of an instance that the schema of a thing does not name."""
        validator = self._validator(thing, closed=True)
        if validator.is_valid(instance):
            return []
        schema = self.schema(thing, closed=True)
        return [
            problem
            for error in validator.iter_errors(instance)
            for problem in self._refine(schema, error)
            if problem.keyword == "undocumented"
        ]

    def _refine(self, schema: dict[str, Any], error: ValidationError) -> Iterator[Problem]:
        kind = error.kind.name
        branches: list[Any] = []
        if kind in ("oneOf", "anyOf"):
            branches = getattr(error.kind, "context", None) or []
            chosen = _meant(branches, error)
            if chosen is not None:
                for inner in chosen:
                    yield from self._refine(schema, inner)
                return
        yield from self._problem(schema, error, [list(b) for b in branches])

    def _problem(
        self, schema: dict[str, Any], error: ValidationError, branches: list[list[ValidationError]]
    ) -> Iterator[Problem]:
        keyword = error.kind.name
        holder, where = _holder(schema, error.schema_path)
        detail = error.kind.as_dict()
        path = list(error.instance_path)
        place = f"`{_pointer(path) or '/'}`"
        actual = error.instance

        def made(message: str, word: str = keyword, member: str = "") -> Problem:
            clause_id = holder.get("x-clauses", {}).get(f"{word}:{member}" if member else word, "")
            source = (
                Source(SourceKind.PROSE, clause_id)
                if clause_id
                else Source(SourceKind.SCHEMA, where)
            )
            return Problem(_pointer(path), word, message, source, member, actual, clause_id)

        if keyword == "required":
            name = str(detail["property"])
            yield made(f"`{name}` is missing{_inside(path)}", member=name)
        elif keyword == "additionalProperties":
            for name in detail["unexpected"]:
                inside = _pointer([*path, name])
                yield made(f"`{inside}` is not in the description", "undocumented", str(name))
        elif keyword == "type":
            wanted = " or ".join(str(t) for t in detail["types"])
            yield made(f"{place} is {_described(actual)}, not {wanted}")
        elif keyword in ("enum", "const"):
            options = holder.get("enum") or [holder.get("const")]
            listed = ", ".join(f"`{o if isinstance(o, str) else _shown(o)}`" for o in options)
            yield made(f"{place} is `{_shown(actual)}`, not one of {listed}", "enum")
        elif keyword in ("oneOf", "anyOf"):
            yield self._union(path, actual, branches, Source(SourceKind.SCHEMA, where))
        else:
            limit = holder.get(keyword)
            yield made(f"{place} is `{_shown(actual)}`; `{keyword}` is `{_shown(limit)}`")

    def _union(
        self,
        path: list[str | int],
        actual: Any,
        branches: list[list[ValidationError]],
        source: Source,
    ) -> Problem:
        """The problem of a union that the instance does not enter at all."""
        place = f"`{_pointer(path) or '/'}`"
        for name in _DISCRIMINATORS:
            if isinstance(actual, dict):
                options = [
                    inner.kind.as_dict().get("expected_value")
                    for branch in branches
                    for inner in branch
                    if inner.kind.name == "const" and inner.instance_path[-1:] == [name]
                ]
                if options and isinstance(actual.get(name), str):
                    listed = ", ".join(f"`{o}`" for o in options)
                    inside = _pointer([*path, name])
                    message = f"`{inside}` is `{_shown(actual[name])}`, not one of {listed}"
                    return Problem(inside, "enum", message, source, "", actual[name], union=True)
                missing = any(
                    inner.kind.name == "required"
                    and inner.kind.as_dict().get("property") == name
                    and list(inner.instance_path) == path
                    for branch in branches
                    for inner in branch
                )
                if missing and name not in actual:
                    message = f"`{name}` is missing{_inside(path)}"
                    return Problem(_pointer(path), "required", message, source, name, actual)
                if name in actual and not isinstance(actual[name], str):
                    inside = _pointer([*path, name])
                    message = f"`{inside}` is {_json_type(actual[name])}, not string"
                    return Problem(inside, "type", message, source, "", actual[name])
        kinds = sorted(
            {
                str(t)
                for branch in branches
                for inner in branch
                if inner.kind.name == "type" and list(inner.instance_path) == path
                for t in inner.kind.as_dict()["types"]
            }
        )
        wanted = " or ".join(kinds) or "any form that the description lists"
        message = f"{place} is {_described(actual)}, not {wanted}"
        return Problem(_pointer(path), "type" if kinds else "union", message, source, "", actual)


def _meant(branches: list[Any], error: ValidationError) -> list[ValidationError] | None:
    """The errors of the one union member that an instance means; None when that is open.

    A member is ruled out when its discriminator or its JSON type does not fit.
    """
    here = list(error.instance_path)
    fitting = []
    for branch in branches:
        ruled_out = any(
            (inner.kind.name == "type" and list(inner.instance_path) == here)
            or (
                inner.kind.name in ("const", "enum", "type")
                and list(inner.instance_path[:-1]) == here
                and inner.instance_path[-1:]
                and inner.instance_path[-1] in _DISCRIMINATORS
            )
            or (
                inner.kind.name == "required"
                and list(inner.instance_path) == here
                and inner.kind.as_dict().get("property") in _DISCRIMINATORS
            )
            for inner in branch
        )
        if branch and not ruled_out:
            fitting.append(list(branch))
    return fitting[0] if len(fitting) == 1 else None


def _holder(schema: dict[str, Any], path: list[str | int]) -> tuple[dict[str, Any], str]:
    """The schema object that holds a keyword, and the nearest pointer into the snapshot."""
    node: Any = schema
    where = str(schema.get("x-pointer", ""))
    trail: list[str | int] = []
    for token in path[:-1]:
        node = node[token]
        trail.append(token)
        if isinstance(node, dict) and "x-pointer" in node:
            where, trail = str(node["x-pointer"]), []
    return node if isinstance(node, dict) else {}, where + _pointer(trail)


def _close(schema: Any) -> Any:
    """The same schema with every object that names its members closed to others."""
    if isinstance(schema, list):
        return [_close(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        key: ({name: _close(sub) for name, sub in value.items()}
              if key in ("properties", "$defs") else _close(value))
        for key, value in schema.items()
        if not key.startswith("x-") or key in ("x-pointer", "x-clauses")
    }  # fmt: skip
    if made.get("properties") and "additionalProperties" not in made:
        made["additionalProperties"] = False
    return made


@cache
def contract(folder: Path | None = None) -> Contract:
    """The contract compiled in `folder`, by default the current snapshot's; loaded once."""
    return Contract(folder)
