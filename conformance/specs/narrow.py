"""The exported document → the same with requests that no conformant server can refuse.

A schema cannot say that a tool's result must name a call before it, or that two options exclude each
other, so a general tool that generates from the whole document is refused almost always, and sees
few streams. Here the part of the requests is cut down to what a schema can say completely. What the
live API is known to take against its description (`specs/tolerances.yaml`) belongs to it: neither
taking nor refusing that is a fault. The answers stay as they are.

No bound is set that a server does not have: tools also send what lies beyond, and expect a refusal.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from conformance.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NARROW_MODELS", "narrowed", "with_models"]

NARROW_MODELS = {"ChatRequest": "command-a-03-2025", "RerankRequest": "rerank-v3.5"}

# What each of these allows depends on another member of the request, or on the model.
_DEPENDENT = (
    "presence_penalty",
    "response_format",
    "safety_mode",
    "strict_tools",
    "thinking",
    "tool_choice",
)
_MODES = [
    each
    for mode in ("ENABLED", "DISABLED", "FAST", "ACCURATE", "OFF")
    for each in (mode, mode.lower())
]
_TEXT = {"type": "string", "pattern": r"\S"}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _user_message() -> dict[str, Any]:
    part = _object({"type": {"type": "string", "const": "text"}, "text": _TEXT}, "type", "text")
    parts = {"type": "array", "items": part, "minItems": 1}
    content = {"oneOf": [_TEXT, parts]}
    return _object({"role": {"type": "string", "const": "user"}, "content": content},
                   "role", "content")  # fmt: skip


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"]}


def _chat(whole: Mapping[str, Any]) -> dict[str, Any]:
    data = {"anyOf": [{"type": "object", "additionalProperties": True}, {"type": "string"}]}
    parameters = _object({"query": {"type": "string"}}, "query")
    del parameters["additionalProperties"]
    function = {"name": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                "parameters": {"const": parameters}}  # fmt: skip
    kind = {"type": "string", "const": "function"}
    called = _object(function, "name", "parameters")
    # The description lets a tool be without a function, and no page forbids it.
    tool = {"oneOf": [_object({"type": kind, "function": called}, "type", "function"),
                      _object({"type": kind}, "type")]}  # fmt: skip
    return {
        "messages": {"type": "array", "items": _user_message(), "minItems": 1},
        "documents": {"type": "array",
                      "items": {"oneOf": [{"type": "string"}, _object({"data": data}, "data")]}},
        "tools": {"type": "array", "items": tool},
        "frequency_penalty": _or_null(whole["frequency_penalty"]),
        "p": {"anyOf": [{"const": 0}, whole["p"]]},
        "citation_options": _object({"mode": {"type": "string", "enum": _MODES}}),
    }  # fmt: skip


def with_models(document: Mapping[str, Any], models: Mapping[str, str]) -> dict[str, Any]:
    """The document with one model for each request schema: a made-up name is not served anywhere.

    Raises SpecError when the document has other requests than ours.
    """
    made: dict[str, Any] = copy.deepcopy(dict(document))
    try:
        for name, model in models.items():
            properties = made["components"]["schemas"][name]["properties"]
            properties["model"] = {"type": "string", "enum": [model]}
    except (KeyError, TypeError) as error:
        raise SpecError(
            f"the document has no `{error.args[0]}`",
            where="requests to narrow",
            hint="only documents that `specs export` writes can be narrowed",
        ) from error
    return made


def narrowed(
    document: Mapping[str, Any], models: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The document with its requests cut down; `models` names the model of each request schema.

    Raises SpecError when the document has other requests than ours.
    """
    made = with_models(document, {**NARROW_MODELS, **(models or {})})
    schemas = made["components"]["schemas"]
    chat = schemas["ChatRequest"]["properties"]
    chat |= _chat(chat)
    for name in _DEPENDENT:
        chat.pop(name, None)
    rerank = schemas["RerankRequest"]["properties"]
    rerank["max_tokens_per_doc"] = _or_null(rerank["max_tokens_per_doc"])
    rerank["documents"] = {**rerank["documents"], "items": _TEXT}
    rerank["query"] = _TEXT
    return made
