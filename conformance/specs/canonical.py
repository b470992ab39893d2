"""Normalised documents of two endpoints -> one OpenAPI document with canonical definition names.

References are followed, then each definition is lifted out again under the name that `names.yaml`
gives to its place. So the result does not depend on what a dialect calls its parts, and overlays
have something steady to aim at. Every lifted definition says in `x-pointer` where it stands in the
snapshot.
"""

from __future__ import annotations

import json
from typing import Any

from conformance.errors import SpecError
from conformance.specs.interface import ENDPOINTS, resolve
from conformance.specs.walk import SCHEMA_LISTS, SCHEMA_MAPS, SCHEMA_SINGLES, schema_tree, schemas

__all__ = ["Names", "merge", "reachable", "without_pointers"]

Document = dict[str, Any]
Schema = dict[str, Any]

# endpoint -> canonical name -> places, the defining one first
Names = dict[str, dict[str, list[str]]]

_DEEPEST = 60


def merge(documents: dict[str, Document], names: Names, files: dict[str, str]) -> Document:
    """One document with every endpoint's operation; `files` tells the snapshot file of each.

    Raises SpecError when a definition contains itself, or the first place of two endpoints gives
    one name to different shapes.
    """
    merged: Document = {
        "openapi": "3.1.1",
        "info": {"title": "Cohere v2: streamed chat and rerank", "version": "v2"},
        "servers": [],
        "security": [],
        "paths": {},
        "components": {"securitySchemes": {}, "schemas": {}},
    }
    for endpoint, document in documents.items():
        path, _ = ENDPOINTS[endpoint]
        lifted = _Lift(document, names.get(endpoint, {}), files[endpoint])
        merged["paths"][path] = {"post": lifted.operation(path)}
        for name, schema in lifted.definitions.items():
            known = merged["components"]["schemas"].setdefault(name, schema)
            if without_pointers(known) != without_pointers(schema):
                raise SpecError(
                    f"the endpoints differ in `{name}`",
                    where=files[endpoint],
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

    def __init__(self, document: Document, names: dict[str, list[str]], file: str) -> None:
        self.document = document
        self.file = file
        self.definitions: dict[str, Schema] = {}
        self.name_at = {place: name for name, places in names.items() for place in places}
        self.order = {name: number for number, name in enumerate(names)}
        self.at = {id(schema): at for at, schema in schemas(document)}

    def operation(self, path: str) -> Document:
        published = self.document["paths"][path]["post"]
        operation: Document = {
            key: value for key, value in published.items() if key not in ("requestBody", "responses")
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
        out: Document = {}
        for media_type, body in content.items():
            place = "event" if media_type == "text/event-stream" else direction
            schema = body.get("schema")
            out[media_type] = {} if schema is None else {"schema": self.lift(schema, place, 0)}
        return out

    def inline(self, schema: Any, seen: tuple[str, ...] = ()) -> Any:
        """A copy with the `$ref` at its top followed; keywords beside a `$ref` are added."""
        if not isinstance(schema, dict) or "$ref" not in schema:
            out = dict(schema) if isinstance(schema, dict) else schema
            if isinstance(out, dict) and id(schema) in self.at:
                out["x-pointer"] = f"{self.file}#{self.at[id(schema)]}"
            return out
        ref = schema["$ref"]
        if ref in seen:
            raise SpecError(f"the definition `{ref}` refers to itself", where=self.file)
        target = resolve(self.document, ref)
        out = self.inline(target if isinstance(target, dict) else {}, (*seen, ref))
        out.update({key: value for key, value in schema.items() if key != "$ref"})
        return out

    def lift(self, schema: Any, place: str, depth: int) -> Any:
        """The schema at a place: a reference when the place has a name, else the schema itself."""
        if not isinstance(schema, dict):
            return schema
        if depth > _DEEPEST:
            raise SpecError(f"the definition at `{place}` contains itself", where=self.file)
        out = self.inline(schema)
        for key in SCHEMA_MAPS:
            if key in out:
                out[key] = {
                    name: self.lift(one, f"{place}.{name}", depth + 1)
                    for name, one in out[key].items()
                }
        for key in SCHEMA_SINGLES:
            if key in out:
                out[key] = self.lift(out[key], f"{place}[]" if key == "items" else place, depth + 1)
        for key in SCHEMA_LISTS:
            if key in out:
                tags = self.tags(out[key])
                out[key] = [
                    self.lift(member, f"{place}<{tag}>", depth + 1)
                    for member, tag in zip(out[key], tags, strict=True)
                ]
        origin = out.pop("x-pointer", None)
        name = self.name_at.get(place)
        if name is None:
            return out
        if name not in self.definitions:
            self.definitions[name] = {**out, "x-pointer": origin} if origin else out
        elif without_pointers(self.definitions[name]) != out:
            return out
        return {"$ref": f"#/components/schemas/{name}"}

    def tags(self, members: list[Any]) -> list[str]:
        """What tells each member of a union: a constant all share the name of, or a JSON type."""
        flat = [self.inline(member) for member in members]
        shared: list[str] | None = None
        for member in flat:
            constants = [
                name
                for name, one in (member.get("properties", {}) if isinstance(member, dict) else {}).items()
                if isinstance(self.inline(one), dict) and "const" in self.inline(one)
            ]
            shared = constants if shared is None else [name for name in shared if name in constants]
        if shared:
            return [str(self.inline(one["properties"][shared[0]])["const"]) for one in flat]
        types = [str(one.get("type", "any")) if isinstance(one, dict) else "any" for one in flat]
        return [
            kind if types.count(kind) == 1 else f"{kind} {number}"
            for number, kind in enumerate(types)
        ]


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


