"""Operations as published -> operations a general tool can use: body, errors, key, server."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from conformance.specs.address import resolve
from conformance.specs.rule import Normalisation
from conformance.specs.walk import operations

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ERROR_BODY", "RULES", "SERVER"]

Document = dict[str, Any]

# ER-01 and A7: an object with a text `message` and, since 2025, an `id`.
ERROR_BODY: dict[str, Any] = {
    "type": "object",
    "properties": {"message": {"type": "string"}, "id": {"type": "string"}},
}
SERVER = "https://api.cohere.com"


def _nested_tags(document: Document) -> Iterator[str]:
    for at, _, _, operation in operations(document):
        tags = operation.get("tags", [])
        flat = [one for tag in tags for one in (tag if isinstance(tag, list) else [tag])]
        if flat != tags:
            operation["tags"] = flat
            yield f"{at}/tags"


def _streaming(document: Document) -> Iterator[str]:
    for at, _, _, operation in operations(document):
        streaming = operation.pop("x-fern-streaming", None)
        if not isinstance(streaming, dict) or "response-stream" not in streaming:
            continue
        content = {"text/event-stream": {"schema": streaming["response-stream"]}}
        operation.setdefault("responses", {})["200"] = {"content": content}
        if "terminator" in streaming:
            operation["x-terminator"] = str(streaming["terminator"])
        yield f"{at}/x-fern-streaming"


def _stream_required(document: Document) -> Iterator[str]:
    for at, _, _, operation in operations(document):
        content = operation.get("responses", {}).get("200", {}).get("content", {})
        body = operation.get("requestBody", {})
        if "$ref" in body:
            body = resolve(document, body["$ref"]) or {}
        schema = body.get("content", {}).get("application/json", {}).get("schema", {})
        if not isinstance(schema, dict):
            continue
        if "$ref" in schema:
            schema = resolve(document, schema["$ref"]) or {}
        properties = schema.get("properties", {})
        if "text/event-stream" not in content or "stream" not in properties:
            continue
        required = schema.setdefault("required", [])
        literal = {"type": "boolean", "const": True}
        if properties["stream"] != literal or "stream" not in required:
            properties["stream"] = literal
            if "stream" not in required:
                required.insert(0, "stream")
            yield f"{at}/requestBody"


def _error_bodies(document: Document) -> Iterator[str]:
    for at, _, _, operation in operations(document):
        for status, response in operation.get("responses", {}).items():
            if (
                status.startswith(("4", "5"))
                and not response.get("content")
                and ("$ref" not in response)
            ):
                schema = copy.deepcopy(ERROR_BODY)
                response["content"] = {"application/json": {"schema": schema}}
                yield f"{at}/responses/{status}"


def _body_required(document: Document) -> Iterator[str]:
    for at, _, _, operation in operations(document):
        body = operation.get("requestBody")
        if body is not None and "$ref" not in body and body.get("required") is not True:
            body["required"] = True
            yield f"{at}/requestBody"


def _authorization(document: Document) -> Iterator[str]:
    for at, _, _, operation in operations(document):
        parameters = operation.get("parameters", [])
        kept = [one for one in parameters if one.get("name", "").lower() != "authorization"]
        if len(kept) != len(parameters):
            operation["parameters"] = kept
            document["security"] = [{"bearerAuth": []}]
            schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
            schemes["bearerAuth"] = {"type": "http", "scheme": "bearer"}
            yield f"{at}/parameters"


def _servers(document: Document) -> Iterator[str]:
    if not document.get("servers"):
        document["servers"] = [{"url": SERVER}]
        yield "/servers"


RULES = (
    Normalisation(
        "N-30",
        "nested-tags",
        "a tag is a list where a text belongs",
        "OpenAPI 3.1, Operation Object: `tags` is a list of texts; validators stop here",
        _nested_tags,
    ),
    Normalisation(
        "N-31",
        "streaming-extension",
        "the streamed answer stands in a vendor extension that general tools pass over",
        "every recorded stream has content type text/event-stream (F1)",
        _streaming,
    ),
    Normalisation(
        "N-32",
        "stream-literal",
        "one description serves both forms of the endpoint; the streaming form is the one with"
        " `stream: true`",
        "CR-12: the default is false, true gives server-sent events",
        _stream_required,
    ),
    Normalisation(
        "N-33",
        "error-bodies",
        "error answers are described without a body",
        "57 of 57 recorded error answers have a JSON object with a text `message`; newer ones"
        " an `id` (ER-01)",
        _error_bodies,
    ),
    Normalisation(
        "N-34",
        "body-required",
        "the request body is not marked as required, so that generators leave it out",
        "OpenAPI 3.1, Request Body Object: `required` defaults to false; a request without a body is refused",
        _body_required,
    ),
    Normalisation(
        "N-35",
        "authorization",
        "the key is described as a header parameter, which tools must ignore",
        "OpenAPI 3.1, Parameter Object: a header parameter named Authorization is ignored; a security"
        " scheme says it",
        _authorization,
    ),
    Normalisation(
        "N-36",
        "servers",
        "no server is named, so that paths are relative to nothing",
        "the address at the head of the page",
        _servers,
    ),
)
