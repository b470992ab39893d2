"""The small API in each of the three published dialects, and in many guises of each.

A guise is what must not matter: what definitions are called, whether they stand by themselves, the
order of members, and prose.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.diff.document import Document, Side
from conformance.specs import yamlio

if TYPE_CHECKING:
    from tests.diff.api import Api, Schema

ERRORS = ("400", "401", "404", "422", "429", "500", "503")
DIALECTS = ("A", "B", "official")
# What a dialect cannot tell of.
BLIND = {"A": {"official", "error", "protocol"}, "B": {"official", "protocol"}, "official": set()}


@dataclass(frozen=True)
class Guise:
    """How a description looks, whatever it says: `seed` decides the order when `shuffled`."""

    prefix: str = "X"
    inline: bool = False
    shuffled: bool = False
    prose: bool = True
    seed: int = 0


def documents(api: Api, dialect: str, guise: Guise | None = None) -> list[dict[str, Any]]:
    """The OpenAPI documents of a description of the API: one, or one for each endpoint."""
    writer = _Writer(api, dialect, guise or Guise())
    if dialect == "official":
        return [writer.whole()]
    return [writer.page(endpoint) for endpoint in ("chat-stream", "rerank")]


def side(api: Api, dialect: str, guise: Guise | None = None) -> Side:
    """A description of the API as one side of a comparison."""
    made = documents(api, dialect, guise)
    return Side(dialect, tuple(Document(data, f"{dialect}.yaml") for data in made))


def published(api: Api, dialect: str, guise: Guise | None = None) -> str:
    """The text of a description: YAML for the official dialect, a page for the others."""
    made = documents(api, dialect, guise)
    if dialect == "official":
        return yamlio.dump(made[0])
    pages = [(data["info"]["title"], yamlio.dump(data)) for data in made]
    return "\n".join(f"# {title}\n\n```yaml\n{text}```\n" for title, text in pages)


@dataclass
class _Writer:
    api: Api
    dialect: str
    guise: Guise
    definitions: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.guise.seed)

    # -- documents -----------------------------------------------------------------------------

    def page(self, endpoint: str) -> dict[str, Any]:
        self.definitions, self.names = {}, {}
        path = "/v2/chat" if endpoint == "chat-stream" else "/v2/rerank"
        operation = self.operation(endpoint)
        data: dict[str, Any] = {
            "openapi": "3.1.1" if self.dialect == "A" else "3.1.0",
            "info": {"title": endpoint, "version": f"endpoint_v2.{endpoint}"},
        }
        components: dict[str, Any] = {"schemas": self.mixed(self.definitions)}
        if self.dialect == "B":
            data["servers"] = [{"url": "https://api.cohere.com"}]
            scheme = {"type": "http", "scheme": "bearer"}
            components["securitySchemes"] = {"auth": scheme}
            operation["security"] = [{"auth": []}]
        data["paths"] = {path: {"post": operation}}
        data["components"] = components
        return data

    def whole(self) -> dict[str, Any]:
        other = {"get": {"responses": {"200": {"description": "ok"}}}}
        paths = {f"/v1/{name}": other for name in ("models", "datasets", "jobs")}
        for endpoint, path in (("chat-stream", "/v2/chat"), ("rerank", "/v2/rerank")):
            paths[path] = {"post": self.operation(endpoint)}
        return {
            "openapi": "3.1.0",
            "info": {"title": "API", "version": "1.0"},
            "x-fern-something": {"any": [1, 2]},
            "servers": [{"url": "https://api.cohere.com/"}],
            "security": [{"bearer": []}],
            "paths": self.mixed(paths),
            "components": {
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
                "schemas": self.mixed(self.definitions),
            },
        }

    def operation(self, endpoint: str) -> dict[str, Any]:
        api = self.api[endpoint]
        request = dict(self.schema(api["request"]))
        if endpoint == "chat-stream":
            request = self.with_stream(request)
        body: dict[str, Any] = {"content": {"application/json": {"schema": request}}}
        client = {"name": "X-Client-Name", "in": "header", "schema": {"type": "string"}}
        parameters = [client]
        if self.dialect == "A":
            key = {"name": "Authorization", "in": "header", "required": True}
            parameters.insert(0, {**key, "schema": {"type": "string"}})
        else:
            body["required"] = True
        out: dict[str, Any] = {
            "operationId": endpoint,
            "tags": [["v2"]] if self.dialect == "A" else ["v2"],
            "parameters": parameters,
            "requestBody": body,
        }
        responses: dict[str, Any] = {}
        if endpoint == "rerank":
            schema = self.schema(api["response"])
            responses["200"] = {"content": {"application/json": {"schema": schema}}}
        elif self.dialect == "official":
            responses["200"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
            out["x-fern-streaming"] = {
                "stream-condition": "$request.stream",
                "response": {"type": "object"},
                "response-stream": self.events(api["event"]),
            }
            if self.api["terminator"]:
                out["x-fern-streaming"]["terminator"] = self.api["terminator"]
        else:
            events = self.events(api["event"])
            responses["200"] = {"content": {"text/event-stream": {"schema": events}}}
        for status in ERRORS:
            responses[status] = {"description": "no", "content": {}}
            if self.dialect != "A":
                error = {"schema": self.schema(self.api["error"])}
                responses[status]["content"] = {"application/json": error}
        out["responses"] = responses
        return out

    def with_stream(self, request: dict[str, Any]) -> dict[str, Any]:
        literal: dict[str, Any]
        if self.dialect == "A":
            literal = {"type": "string", "enum": [{"type": "booleanLiteral", "value": True}]}
        elif self.dialect == "B":
            literal = {"type": "boolean", "enum": [True]}
        else:
            literal = {"type": "boolean", "default": False}
        if "$ref" in request:
            request = dict(self.definitions.pop(request["$ref"].rpartition("/")[2]))
        request["properties"] = {"stream": literal, **request["properties"]}
        if self.dialect != "official":
            request["required"] = ["stream", *request.get("required", [])]
        return request

    # -- schemas -------------------------------------------------------------------------------

    def mixed(self, members: dict[str, Any]) -> dict[str, Any]:
        """The members, in another order if the guise has one."""
        if not self.guise.shuffled:
            return dict(members)
        names = list(members)
        self.random.shuffle(names)
        return {name: members[name] for name in names}

    def told(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema with prose, as the dialect and the guise have it."""
        if self.dialect != "A" and self.guise.prose and self.random.random() < 0.5:
            return {**schema, "description": f"Some words, number {self.random.random()}."}
        return schema

    def schema(self, schema: Schema) -> dict[str, Any]:
        sort = schema["t"]
        if sort == "object":
            return self.named(schema, self.object(schema))
        if sort == "array":
            return self.told({"type": "array", "items": self.schema(schema["of"])})
        if sort == "either":
            members = [self.schema(one) for one in schema["of"]]
            if len(members) == 1 and self.dialect == "B":
                return members[0]
            return {"oneOf": members}
        if sort == "union":
            return self.union(schema)
        if sort == "any":
            return {}
        return self.scalar(schema)

    def scalar(self, schema: Schema) -> dict[str, Any]:
        out: dict[str, Any] = {"type": schema["t"]}
        if schema["t"] == "number":
            out["format"] = "double"
        if "enum" in schema:
            values = list(schema["enum"])
            if self.guise.shuffled:
                self.random.shuffle(values)
            out["enum"] = [{"value": v} for v in values] if self.dialect == "A" else values
        if self.dialect == "official":
            for key, name in (("min", "minimum"), ("max", "maximum"), ("default", "default")):
                if key in schema:
                    value = schema[key]
                    out[name] = 18446744073709552000 if value == 2**64 - 1 else value
        if "enum" in schema and not self.guise.inline:
            return self.lifted(schema, out)
        return self.told(out)

    def object(self, schema: Schema, **extra: dict[str, Any]) -> dict[str, Any]:
        properties = {**extra, **{k: self.schema(v) for k, v in schema["p"].items()}}
        out: dict[str, Any] = {"type": "object", "properties": self.mixed(properties)}
        required = [*extra, *schema["req"]]
        if required:
            out["required"] = required
        return out

    def named(self, schema: Schema, made: dict[str, Any]) -> dict[str, Any]:
        return self.told(made) if self.guise.inline else self.lifted(schema, made)

    def lifted(self, schema: Any, made: dict[str, Any]) -> dict[str, Any]:
        """A reference to a definition of its own; equal schemas share one."""
        key = json.dumps([schema, sorted(made)], sort_keys=True)
        if key not in self.names:
            self.names[key] = f"{self.guise.prefix}{len(self.names)}"
            self.definitions[self.names[key]] = made
        return {"$ref": f"#/components/schemas/{self.names[key]}"}

    def union(self, schema: Schema) -> dict[str, Any]:
        by, members = schema["by"], self.mixed(schema["m"])
        if self.dialect == "B":
            variants = [
                {
                    **self.object(one, **{by: self.constant([name])}),
                    "description": f"{name} variant",
                }
                for name, one in members.items()
            ]
            return {"oneOf": variants, "discriminator": {"propertyName": by}}
        refs, mapping = [], {}
        # Pages of dialect A let the members of some unions share the list of their values.
        shared = list(schema["m"]) if by == "type" and len(members) == 2 else None
        for name, one in members.items():
            values = shared if shared and name == list(schema["m"])[-1] else [name]
            made = self.object(
                one, **{by: self.constant(values if self.dialect == "A" else [name])}
            )
            ref = self.lifted([name, one, by], made)
            refs.append(ref)
            mapping[name] = ref["$ref"]
        if self.dialect == "A":
            return {"oneOf": refs}
        return {"oneOf": refs, "discriminator": {"propertyName": by, "mapping": mapping}}

    def constant(self, values: list[str]) -> dict[str, Any]:
        return {
            "type": "string",
            "enum": [{"value": one} for one in values] if self.dialect == "A" else values,
        }

    def events(self, schema: Schema) -> dict[str, Any]:
        """The union of events: as any other in B, with one list of types for all elsewhere."""
        if self.dialect == "B":
            return self.union(schema)
        members = self.mixed(schema["m"])
        listed = [one for one in schema["m"] if one != "debug"]
        kinds = self.constant(listed)
        if self.dialect == "A":
            shared = self.lifted("types", kinds)
            variants = [
                {**self.object(one, type=shared), "description": f"{name} variant"}
                for name, one in members.items()
            ]
            return self.lifted(
                "events", {"oneOf": variants, "discriminator": {"propertyName": "type"}}
            )
        base = self.lifted(
            "base", {"type": "object", "required": ["type"], "properties": {"type": kinds}}
        )
        mapping = {
            name: self.lifted([name, one], {"allOf": [base, self.object(one)]})["$ref"]
            for name, one in members.items()
        }
        listed_members = [{"$ref": ref} for ref in mapping.values()]
        return {
            "oneOf": listed_members,
            "discriminator": {"propertyName": "type", "mapping": mapping},
        }
