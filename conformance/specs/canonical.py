"""Normalised documents of two endpoints -> one OpenAPI document with canonical definition names.

References are followed, then each definition is lifted out again under the name that `names.yaml`
gives to its place. So the result does not depend on what a dialect calls its parts, and overlays
have something steady to aim at. Every lifted definition says in `x-pointer` where it stands in the
snapshot, and so does every schema inside it whose place does not follow from that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.errors import SpecError
from conformance.specs.address import pointer, resolve
from conformance.specs.interface import ENDPOINTS
from conformance.specs.walk import SCHEMA_LISTS, SCHEMA_MAPS, SCHEMA_SINGLES, schema_tree, schemas

__all__ = ["Names", "Origins", "Part", "merge", "origins", "reachable", "without_pointers"]

Document = dict[str, Any]
Schema = dict[str, Any]

# endpoint -> canonical name -> places, the defining one first
Names = dict[str, dict[str, list[str]]]

# id of a schema object -> the object (kept, so that the id stays its own) and its address
Origins = dict[int, tuple[Schema, str]]

_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Part:
    """One endpoint on its way into the merged document.

    `published` is its document as the snapshot has it, `document` the same after normalisation,
    `origins` the addresses of the schema objects before it, `file` the name pointers begin with.
    """

    endpoint: str
    file: str
    published: Document
    document: Document
    origins: Origins


def origins(document: Document) -> Origins:
    """The address of every schema object, to be taken before anything is changed."""
    return {id(schema): (schema, at) for at, schema in schemas(document)}


def merge(parts: list[Part], names: Names) -> Document:
    """One document with the operation of every part.

    Raises SpecError when a definition contains itself, or when two endpoints give one name to
    different shapes.
    """
    merged: Document = {
        "openapi": "3.1.1",
        "info": {"title": "Cohere v2: streamed chat and rerank", "version": "v2"},
        "servers": [],
        "security": [],
        "paths": {},
        "components": {"securitySchemes": {}, "schemas": {}},
    }
    for part in parts:
        document = part.document
        path, _ = ENDPOINTS[part.endpoint]
        lift = _Lift(part, names.get(part.endpoint, {}))
        merged["paths"][path] = {"post": lift.operation(path)}
        for name, schema in lift.definitions.items():
            known = merged["components"]["schemas"].setdefault(name, schema)
            if without_pointers(known) != without_pointers(schema):
                raise SpecError(
                    f"the endpoints differ in `{name}`",
                    where=part.file,
                    hint="give the two shapes two names in specs/names.yaml",
                )
        for key in ("servers", "security"):
            merged[key] += [one for one in document.get(key, []) if one not in merged[key]]
        schemes = document.get("components", {}).get("securitySchemes", {})
        merged["components"]["securitySchemes"].update(schemes)
    return merged


def without_pointers(value: Any) -> Any:
    """A copy of a schema without its `x-pointer` notes."""
    if isinstance(value, dict):
        return {key: without_pointers(one) for key, one in value.items() if key != "x-pointer"}
    if isinstance(value, list):
        return [without_pointers(one) for one in value]
    return value


class _Lift:
    """The operation of one endpoint, with its definitions lifted out under canonical names."""

    def __init__(self, part: Part, names: dict[str, list[str]]) -> None:
        self.document = part.document
        self.file = part.file
        self.definitions: dict[str, Schema] = {}
        self.name_at = {place: name for name, places in names.items() for place in places}
        self.order = {name: number for number, name in enumerate(names)}
        # A schema that a rule has made has the address of what it was made from, or of the
        # nearest thing around it that was published.
        self.at = {
            id(schema): _published(part.published, at) for at, schema in schemas(part.document)
        }
        self.at.update({key: at for key, (_, at) in part.origins.items()})

    def operation(self, path: str) -> Document:
        published = self.document["paths"][path]["post"]
        operation: Document = {
            key: value
            for key, value in published.items()
            if key not in ("requestBody", "responses")
        }
        parameters = [self.follow(one) for one in published.get("parameters", [])]
        if parameters:
            operation["parameters"] = parameters
        body = self.follow(published.get("requestBody", {}))
        operation["requestBody"] = {
            "required": True,
            "content": self.content(body.get("content", {}), "request"),
        }
        operation["responses"] = {}
        for status, response in sorted(published.get("responses", {}).items()):
            direction = "error" if status.startswith(("4", "5")) else "response"
            content = self.content(self.follow(response).get("content", {}), direction)
            operation["responses"][status] = {"content": content} if content else {}
        self.definitions = {
            name: self.definitions[name]
            for name in sorted(self.definitions, key=self.order.__getitem__)
        }
        return operation

    def follow(self, body: Document) -> Document:
        """A parameter, body or response, its `$ref` followed."""
        if "$ref" in body:
            target = resolve(self.document, body["$ref"])
            return target if isinstance(target, dict) else {}
        return body

    def content(self, content: Document, direction: str) -> Document:
        """The media types of a body, each schema lifted from its place."""
        out: Document = {}
        for media_type, body in content.items():
            place = "event" if media_type == "text/event-stream" else direction
            schema = body.get("schema")
            out[media_type] = {} if schema is None else {"schema": self.lift(schema, place)}
        return out

    def inline(self, schema: Any, seen: tuple[str, ...] = ()) -> tuple[Any, str]:
        """A copy with the `$ref` at its top followed, and its address in the snapshot.

        Keywords beside a `$ref` are added to what it points to.
        """
        if not isinstance(schema, dict):
            return schema, ""
        if "$ref" not in schema:
            return dict(schema), self.at.get(id(schema), "")
        ref = schema["$ref"]
        if ref in seen:
            raise SpecError(f"the definition `{ref}` refers to itself", where=self.file)
        target = resolve(self.document, ref)
        out, at = self.inline(target if isinstance(target, dict) else {}, (*seen, ref))
        out.update({key: value for key, value in schema.items() if key != "$ref"})
        return out, at

    def lift(self, schema: Any, place: str, expected: str = "", depth: int = 0) -> Any:
        """The schema at a place: a reference when the place has a name, else the schema itself.

        `expected` is the address that follows from the schema around it.
        """
        if not isinstance(schema, dict):
            return schema
        if depth > _DEEPEST:
            raise SpecError(f"the definition at `{place}` contains itself", where=self.file)
        out, at = self.inline(schema)
        self.lift_children(out, place, at, depth + 1)
        name = self.name_at.get(place)
        noted = {**out, "x-pointer": f"{self.file}#{at}"}
        if name is None:
            return out if at == expected else noted
        if without_pointers(self.definitions.setdefault(name, noted)) != without_pointers(out):
            return noted
        return {"$ref": f"#/components/schemas/{name}"}

    def lift_children(self, out: Schema, place: str, at: str, depth: int) -> None:
        """Lift every schema inside a schema; `at` is the address of the outer one."""
        for key in SCHEMA_MAPS:
            if key in out:
                out[key] = {
                    name: self.lift(one, f"{place}.{name}", at + pointer(key, name), depth)
                    for name, one in out[key].items()
                }
        for key in SCHEMA_SINGLES:
            if key in out:
                inner = f"{place}[]" if key == "items" else place
                out[key] = self.lift(out[key], inner, at + pointer(key), depth)
        for key in SCHEMA_LISTS:
            if key in out:
                tags = self.tags(out[key])
                out[key] = [
                    self.lift(one, f"{place}<{tag}>", at + pointer(key, number), depth)
                    for number, (one, tag) in enumerate(zip(out[key], tags, strict=True))
                ]

    def tags(self, members: list[Any]) -> list[str]:
        """What tells each member of a union: a property that is constant in all, or a JSON type."""
        flat = [self.inline(member)[0] for member in members]
        constants = [self.constants(member) for member in flat]
        for name in constants[0] if constants else ():
            if all(name in one for one in constants):
                return [one[name] for one in constants]
        types = [str(one.get("type", "any")) if isinstance(one, dict) else "any" for one in flat]
        return [
            kind if types.count(kind) == 1 else f"{kind} {number}"
            for number, kind in enumerate(types)
        ]

    def constants(self, member: Any) -> dict[str, str]:
        """The properties of a union's member that can have one value only."""
        if not isinstance(member, dict):
            return {}
        inner = {name: self.inline(one)[0] for name, one in member.get("properties", {}).items()}
        return {
            name: str(one["const"])
            for name, one in inner.items()
            if isinstance(one, dict) and "const" in one
        }


def _published(document: Document, at: str) -> str:
    """The longest beginning of an address that leads somewhere in the document."""
    while at and resolve(document, "#" + at) is None:
        at = at.rpartition("/")[0]
    return at


def reachable(definitions: dict[str, Schema], schema: Any) -> list[str]:
    """The names of the definitions that a schema refers to, transitively, in definition order."""
    found: set[str] = set()
    todo = [schema]
    while todo:
        for _, one in schema_tree(todo.pop(), ""):
            name = str(one.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                todo.append(definitions[name])
    return [name for name in definitions if name in found]
