"""A published OpenAPI document -> its interface facts about one endpoint, prose left behind.

Kept: paths, methods, parameters, statuses, media types, schemas with names, types, enum members,
constraints and defaults, and the label that tells one variant of a union from another. Dropped:
descriptions, summaries, titles, examples, code samples, links, vendor extensions without a bearing
on the wire, and every definition that the endpoint does not reach. Nothing is corrected here: what
a snapshot holds is what was published.
"""

from __future__ import annotations

import re
from typing import Any

from conformance.errors import SpecError
from conformance.specs.page import Published, Source

__all__ = ["ENDPOINTS", "LABEL", "endpoint_documents", "pointer", "resolve"]

# Name of the endpoint -> path, and the media type of the answer that is judged.
ENDPOINTS: dict[str, tuple[str, str]] = {
    "chat-stream": ("/v2/chat", "text/event-stream"),
    "rerank": ("/v2/rerank", "application/json"),
}

# The one kind of description that carries a fact: which variant of a union a branch is.
LABEL = re.compile(r"(?P<value>[\w-]+) variant")

_SCHEMA_KEYS = frozenset(
    {
        "$ref", "type", "format", "enum", "const", "default", "nullable", "deprecated",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems",
        "minProperties", "maxProperties", "required", "contentMediaType", "contentEncoding",
    }
)  # fmt: skip
_SCHEMA_LISTS = frozenset({"oneOf", "anyOf", "allOf", "prefixItems"})
_SCHEMA_CHILDREN = frozenset({"items", "not", "additionalProperties", "propertyNames", "contains"})

# Aliases can make a small file unfold into a huge one; the whole API has about 30,000 schemas.
_MOST_SCHEMAS = 200_000
_DEEPEST = 100


def pointer(*tokens: str | int) -> str:
    """The JSON Pointer (RFC 6901) made of these tokens."""
    return "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in tokens)


def resolve(document: dict[str, Any], ref: str) -> Any:
    """What a local `$ref` points to, or None when nothing is there."""
    if not ref.startswith("#/"):
        return None
    node: Any = document
    for token in ref[2:].split("/"):
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node


def endpoint_documents(sources: list[Source]) -> dict[str, tuple[Published, dict[str, Any]]]:
    """For each endpoint the document it was found in and its interface facts.

    Raises SpecError when an endpoint is missing, stands twice, or has a shape that is no OpenAPI.
    """
    names = ", ".join(source.name for source in sources)
    found: dict[str, tuple[Published, dict[str, Any]]] = {}
    for source in sources:
        for published in source.documents:
            where = f"{source.name}:{published.line}"
            for endpoint, (path, media_type) in ENDPOINTS.items():
                operation = _operation(published.data, path)
                if operation is None or not _answers(published.data, operation, media_type):
                    continue
                if endpoint in found:
                    raise SpecError(
                        f"`{endpoint}` stands in two documents",
                        where=where,
                        hint="give each endpoint once",
                    )
                found[endpoint] = published, _Facts(published.data, where).endpoint(path)
    for endpoint, (path, media_type) in ENDPOINTS.items():
        if endpoint not in found:
            raise SpecError(
                f"no document describes `POST {path}` with a `{media_type}` answer",
                where=names,
                hint="give one page with both endpoints, or both pages",
            )
    return {endpoint: found[endpoint] for endpoint in ENDPOINTS}


def _operation(document: dict[str, Any], path: str) -> dict[str, Any] | None:
    item = document["paths"].get(path)
    operation = item.get("post") if isinstance(item, dict) else None
    return operation if isinstance(operation, dict) else None


def _answers(document: dict[str, Any], operation: dict[str, Any], media_type: str) -> bool:
    """Whether the operation has a 200 answer of this type, by itself or by streaming extension."""
    if media_type == "text/event-stream" and isinstance(operation.get("x-fern-streaming"), dict):
        return True
    responses = operation.get("responses")
    if not isinstance(responses, dict):
        return False
    for status, response in responses.items():
        if str(status) == "200" and isinstance(response, dict):
            body = response
            if isinstance(response.get("$ref"), str):
                body = resolve(document, response["$ref"])
            content = body.get("content") if isinstance(body, dict) else None
            return isinstance(content, dict) and media_type in content
    return False


class _Facts:
    """The interface facts of one document, gathered endpoint by endpoint."""

    def __init__(self, document: dict[str, Any], where: str) -> None:
        self.document = document
        self.where = where
        self.wanted: list[tuple[str, str]] = []
        self.count = 0

    def endpoint(self, path: str) -> dict[str, Any]:
        """An OpenAPI document with this path, what it reaches, and nothing else."""
        info = self.mapping(self.document.get("info", {}), "info")
        facts: dict[str, Any] = {
            "openapi": self.document["openapi"],
            "info": {key: str(info[key]) for key in ("title", "version") if key in info},
        }
        if "servers" in self.document:
            servers = self.sequence(self.document["servers"], "servers")
            facts["servers"] = [
                {"url": server["url"]}
                for server in servers
                if isinstance(server, dict) and isinstance(server.get("url"), str)
            ]
        if isinstance(self.document.get("security"), list):
            facts["security"] = self.document["security"]
        operation = self.document["paths"][path]["post"]
        facts["paths"] = {path: {"post": self.operation(operation, f"paths.{path}.post")}}
        components = self.components()
        if components:
            facts["components"] = components
        return facts

    def components(self) -> dict[str, Any]:
        """Every definition that was referred to, transitively, in the order of the document."""
        kept: dict[tuple[str, str], Any] = {}
        while self.wanted:
            kind, name = self.wanted.pop()
            if (kind, name) in kept:
                continue
            body = resolve(self.document, "#" + pointer("components", kind, name))
            at = f"components.{kind}.{name}"
            if kind == "schemas":
                # A reference to nothing is a defect of the document: kept as published.
                kept[kind, name] = None if body is None else self.schema(body, at)
            elif kind == "responses":
                kept[kind, name] = self.response(body, at)
            elif kind == "parameters":
                kept[kind, name] = self.parameter(body, at)
            elif kind == "requestBodies":
                kept[kind, name] = self.body(body, at)
        out: dict[str, Any] = {}
        published = self.mapping(self.document.get("components", {}), "components")
        for kind, bodies in published.items():
            if kind == "securitySchemes" and isinstance(bodies, dict):
                out[kind] = {name: self.scheme(scheme) for name, scheme in bodies.items()}
            names = [name for name in bodies if kept.get((kind, name)) is not None] if isinstance(
                bodies, dict
            ) else []
            if names:
                out[kind] = {name: kept[kind, name] for name in names}
        return out

    @staticmethod
    def scheme(scheme: Any) -> Any:
        kept = ("type", "scheme", "in", "name", "bearerFormat")
        return {k: scheme[k] for k in kept if k in scheme} if isinstance(scheme, dict) else {}

    def operation(self, operation: dict[str, Any], at: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key in ("operationId", "tags", "security"):
            if key in operation:
                out[key] = operation[key]
        if "parameters" in operation:
            items = self.sequence(operation["parameters"], f"{at}.parameters")
            out["parameters"] = [self.parameter(one, f"{at}.parameters") for one in items]
        if "requestBody" in operation:
            out["requestBody"] = self.body(operation["requestBody"], f"{at}.requestBody")
        responses = self.mapping(operation.get("responses", {}), f"{at}.responses")
        out["responses"] = {
            str(status): self.response(body, f"{at}.responses.{status}")
            for status, body in responses.items()
        }
        streaming = operation.get("x-fern-streaming")
        if isinstance(streaming, dict):
            out["x-fern-streaming"] = {
                key: self.schema(value, f"{at}.x-fern-streaming") if key.startswith("resp") else value
                for key, value in streaming.items()
                if key in ("format", "stream-condition", "response", "response-stream", "terminator")
            }
        return out

    def parameter(self, parameter: Any, at: str) -> dict[str, Any]:
        parameter = self.mapping(parameter, at)
        if "$ref" in parameter:
            return self.reference(parameter["$ref"], at)
        out = {key: parameter[key] for key in ("name", "in", "required") if key in parameter}
        if "schema" in parameter:
            out["schema"] = self.schema(parameter["schema"], at)
        return out

    def body(self, body: Any, at: str) -> dict[str, Any]:
        body = self.mapping(body, at)
        if "$ref" in body:
            return self.reference(body["$ref"], at)
        out: dict[str, Any] = {key: body[key] for key in ("required",) if key in body}
        if "content" in body:
            out["content"] = self.content(body["content"], f"{at}.content")
        return out

    def response(self, response: Any, at: str) -> dict[str, Any]:
        response = self.mapping(response, at)
        if "$ref" in response:
            return self.reference(response["$ref"], at)
        return (
            {"content": self.content(response["content"], f"{at}.content")}
            if "content" in response
            else {}
        )

    def content(self, content: Any, at: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for media_type, body in self.mapping(content, at).items():
            body = self.mapping(body, f"{at}.{media_type}")
            out[media_type] = (
                {"schema": self.schema(body["schema"], f"{at}.{media_type}.schema")}
                if "schema" in body
                else {}
            )
        return out

    def reference(self, ref: Any, at: str) -> dict[str, Any]:
        match = re.fullmatch(r"#/components/(\w+)/([^/]+)", ref) if isinstance(ref, str) else None
        if not match:
            raise SpecError(
                f"the reference `{ref}` does not point into `#/components`",
                where=f"{self.where} {at}",
                hint="bundle the description into one file first",
            )
        self.wanted.append((match[1], match[2].replace("~1", "/").replace("~0", "~")))
        return {"$ref": ref}

    def schema(self, schema: Any, at: str, depth: int = 0) -> Any:
        if isinstance(schema, bool):
            return schema
        schema = self.mapping(schema, at)
        self.count += 1
        if self.count > _MOST_SCHEMAS or depth > _DEEPEST:
            raise SpecError(
                "the schemas are too many or nested too deep to be a description",
                where=f"{self.where} {at}",
                hint="YAML aliases that refer to themselves unfold without end",
            )
        out: dict[str, Any] = {}
        for key, value in schema.items():
            if key == "$ref":
                out.update(self.reference(value, at))
            elif key in _SCHEMA_KEYS:
                out[key] = value
            elif key in ("properties", "patternProperties"):
                names = self.mapping(value, f"{at}.{key}")
                out[key] = {
                    str(name): self.schema(one, f"{at}.{name}", depth + 1)
                    for name, one in names.items()
                }
            elif key in _SCHEMA_LISTS:
                members = self.sequence(value, f"{at}.{key}")
                out[key] = [
                    self.schema(one, f"{at}.{key}.{number}", depth + 1)
                    for number, one in enumerate(members)
                ]
            elif key in _SCHEMA_CHILDREN:
                out[key] = self.schema(value, f"{at}.{key}", depth + 1)
            elif key == "discriminator":
                out[key] = self.discriminator(value, at)
            elif key == "description" and isinstance(value, str) and LABEL.fullmatch(value):
                out[key] = value
        return out

    def discriminator(self, value: Any, at: str) -> dict[str, Any]:
        value = self.mapping(value, f"{at}.discriminator")
        out = {key: value[key] for key in ("propertyName",) if key in value}
        if isinstance(value.get("mapping"), dict):
            out["mapping"] = dict(value["mapping"])
            for ref in value["mapping"].values():
                self.reference(ref, f"{at}.discriminator")
        return out

    def mapping(self, value: Any, at: str) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise SpecError(
                f"a mapping is expected, but a {_kind(value)} stands there",
                where=f"{self.where} {at}",
                hint="the file is no OpenAPI description, or it was damaged",
            )
        return value

    def sequence(self, value: Any, at: str) -> list[Any]:
        if not isinstance(value, list):
            raise SpecError(
                f"a list is expected, but a {_kind(value)} stands there",
                where=f"{self.where} {at}",
                hint="the file is no OpenAPI description, or it was damaged",
            )
        return value


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "number", float: "number", str: "text", dict: "mapping"}
    return names.get(type(value), "list")
