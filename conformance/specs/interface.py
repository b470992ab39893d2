"""A published OpenAPI document -> its interface facts about one endpoint, prose left behind.

Kept: paths, methods, parameters, statuses, media types, schemas with names, types, enum members,
constraints and defaults, and the label that tells one variant of a union from another. Dropped:
descriptions, summaries, titles, examples, code samples, links, vendor extensions without a bearing
on the wire, and every definition that the endpoint does not reach. Nothing is corrected here: what
a snapshot holds is what was published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.errors import SpecError
from conformance.specs.address import pointer, resolve
from conformance.specs.sieve import Sieve

if TYPE_CHECKING:
    from conformance.specs.page import Published, Source

__all__ = ["ENDPOINTS", "endpoint_documents", "endpoint_facts"]

# Name of the endpoint -> path, and the media type of the answer that is judged.
ENDPOINTS: dict[str, tuple[str, str]] = {
    "chat-stream": ("/v2/chat", "text/event-stream"),
    "rerank": ("/v2/rerank", "application/json"),
}

# What the streaming extension of the official dialect says of the wire.
_STREAM_TEXTS = ("format", "stream-condition", "terminator")
_STREAM_SCHEMAS = ("response", "response-stream")


def endpoint_facts(source: Source, endpoint: str) -> dict[str, Any]:
    """The interface facts of one endpoint in a source that holds it.

    Raises SpecError when the source does not describe the endpoint.
    """
    path, media_type = ENDPOINTS[endpoint]
    for published in source.documents:
        operation = _operation(published.data, path)
        if operation is not None and _answers(published.data, operation, media_type):
            return _Facts(published.data, f"{source.name}:{published.line}").endpoint(path)
    raise SpecError(
        f"no document describes `POST {path}` with a `{media_type}` answer", where=source.name
    )


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
            body: Any = response
            if isinstance(response.get("$ref"), str):
                body = resolve(document, response["$ref"])
            content = body.get("content") if isinstance(body, dict) else None
            return isinstance(content, dict) and media_type in content
    return False


class _Facts:
    """The interface facts of one document, gathered endpoint by endpoint."""

    def __init__(self, document: dict[str, Any], where: str) -> None:
        self.document = document
        self.sieve = Sieve(where)

    def endpoint(self, path: str) -> dict[str, Any]:
        """An OpenAPI document with this path, what it reaches, and nothing else."""
        info = self.sieve.mapping(self.document.get("info", {}), "info")
        facts: dict[str, Any] = {
            "openapi": self.document["openapi"],
            "info": {key: str(info[key]) for key in ("title", "version") if key in info},
        }
        if "servers" in self.document:
            servers = self.sieve.sequence(self.document["servers"], "servers")
            facts["servers"] = [
                {"url": server["url"]}
                for server in servers
                if isinstance(server, dict) and isinstance(server.get("url"), str)
            ]
        if isinstance(self.document.get("security"), list):
            facts["security"] = self.sieve.plain(self.document["security"], "security")
        operation = self.document["paths"][path]["post"]
        facts["paths"] = {path: {"post": self.operation(operation, f"paths.{path}.post")}}
        components = self.components()
        if components:
            facts["components"] = components
        return facts

    def components(self) -> dict[str, Any]:
        """Every definition that was referred to, transitively, in the order of the document."""
        kept: dict[tuple[str, str], Any] = {}
        while self.sieve.wanted:
            kind, name = self.sieve.wanted.pop()
            if (kind, name) in kept:
                continue
            body = resolve(self.document, "#" + pointer("components", kind, name))
            at = f"components.{kind}.{name}"
            if kind == "schemas":
                # A reference to nothing is a defect of the document: kept as published.
                kept[kind, name] = None if body is None else self.sieve.schema(body, at)
            elif kind == "responses":
                kept[kind, name] = self.response(body, at)
            elif kind == "parameters":
                kept[kind, name] = self.parameter(body, at)
            elif kind == "requestBodies":
                kept[kind, name] = self.body(body, at)
        out: dict[str, Any] = {}
        published = self.sieve.mapping(self.document.get("components", {}), "components")
        for kind, value in published.items():
            bodies = self.sieve.mapping(value, f"components.{kind}")
            if kind == "securitySchemes":
                out[kind] = {str(name): self.scheme(one) for name, one in bodies.items()}
            names = [name for name in bodies if kept.get((kind, name)) is not None]
            if names:
                out[kind] = {name: kept[kind, name] for name in names}
        return out

    @staticmethod
    def scheme(scheme: Any) -> Any:
        kept = ("type", "scheme", "in", "name", "bearerFormat")
        return {k: str(scheme[k]) for k in kept if k in scheme} if isinstance(scheme, dict) else {}

    def operation(self, operation: dict[str, Any], at: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        if "operationId" in operation:
            out["operationId"] = str(operation["operationId"])
        for key in ("tags", "security"):
            if key in operation:
                items = self.sieve.sequence(operation[key], f"{at}.{key}")
                out[key] = self.sieve.plain(items, f"{at}.{key}")
        if "parameters" in operation:
            items = self.sieve.sequence(operation["parameters"], f"{at}.parameters")
            out["parameters"] = [self.parameter(one, f"{at}.parameters") for one in items]
        if "requestBody" in operation:
            out["requestBody"] = self.body(operation["requestBody"], f"{at}.requestBody")
        responses = self.sieve.mapping(operation.get("responses", {}), f"{at}.responses")
        out["responses"] = {
            str(status): self.response(body, f"{at}.responses.{status}")
            for status, body in responses.items()
        }
        streaming = operation.get("x-fern-streaming")
        if isinstance(streaming, dict):
            kept = {k: str(streaming[k]) for k in _STREAM_TEXTS if k in streaming}
            shapes = {
                key: self.sieve.schema(streaming[key], f"{at}.x-fern-streaming.{key}")
                for key in _STREAM_SCHEMAS
                if key in streaming
            }
            out["x-fern-streaming"] = kept | shapes
        return out

    def parameter(self, parameter: Any, at: str) -> dict[str, Any]:
        parameter = self.sieve.mapping(parameter, at)
        if "$ref" in parameter:
            return self.sieve.reference(parameter["$ref"], at)
        out: dict[str, Any] = {k: str(parameter[k]) for k in ("name", "in") if k in parameter}
        if isinstance(parameter.get("required"), bool):
            out["required"] = parameter["required"]
        if "schema" in parameter:
            out["schema"] = self.sieve.schema(parameter["schema"], at)
        return out

    def body(self, body: Any, at: str) -> dict[str, Any]:
        body = self.sieve.mapping(body, at)
        if "$ref" in body:
            return self.sieve.reference(body["$ref"], at)
        out: dict[str, Any] = {}
        if isinstance(body.get("required"), bool):
            out["required"] = body["required"]
        if "content" in body:
            out["content"] = self.content(body["content"], f"{at}.content")
        return out

    def response(self, response: Any, at: str) -> dict[str, Any]:
        response = self.sieve.mapping(response, at)
        if "$ref" in response:
            return self.sieve.reference(response["$ref"], at)
        if "content" not in response:
            return {}
        return {"content": self.content(response["content"], f"{at}.content")}

    def content(self, content: Any, at: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for media_type, value in self.sieve.mapping(content, at).items():
            body = self.sieve.mapping(value, f"{at}.{media_type}")
            out[str(media_type)] = (
                {"schema": self.sieve.schema(body["schema"], f"{at}.{media_type}.schema")}
                if "schema" in body
                else {}
            )
        return out
