"""The description cut down to requests that no conformant server refuses."""

from __future__ import annotations

import jsonschema_rs
import pytest

from conformance.data import data_path
from conformance.errors import SpecError
from conformance.specs.export import export_document
from conformance.specs.narrow import narrowed, with_models


@pytest.fixture(scope="module")
def whole():
    """The exported description."""
    return export_document(data_path("specs"), frames=False)


def validator(document, name):
    """A validator of the requests of a description."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return jsonschema_rs.validator_for(schema)


def chat(**more):
    """A chat request as the narrowed description has it."""
    message = {"role": "user", "content": "Good day"}
    return {"model": "command-a-03-2025", "stream": True, "messages": [message], **more}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"documents": ["one", {"data": {"text": "two"}}], "citation_options": {"mode": "FAST"}},
        {"temperature": 0.5, "k": 3, "p": 0.5, "seed": 1, "max_tokens": 9, "logprobs": True},
        {"stop_sequences": ["x"], "priority": 3, "frequency_penalty": 0.5},
    ],
)
def test_what_remains_is_described(whole, more):
    """A request of the narrowed description is one of the whole description."""
    body = chat(**more)

    assert validator(narrowed(whole), "ChatRequest").is_valid(body)
    assert validator(whole, "ChatRequest").is_valid(body)


@pytest.mark.parametrize(
    "more",
    [
        {"tool_choice": "REQUIRED"},
        {"safety_mode": "OFF"},
        {"presence_penalty": 0.5},
        {"response_format": {"type": "json_object"}},
        {"model": "another"},
        {"messages": [{"role": "tool", "tool_call_id": "1", "content": "nothing"}]},
        {"messages": [{"role": "user", "content": " "}]},
    ],
)
def test_what_may_be_refused_is_left_out(whole, more):
    """A request that depends on more than a schema says is in the whole description only."""
    body = chat(**more)

    assert validator(whole, "ChatRequest").is_valid(body)
    assert not validator(narrowed(whole), "ChatRequest").is_valid(body)


def test_the_answers_stay(whole):
    """Narrowing touches requests, and nothing else."""
    made = narrowed(whole)

    assert whole["paths"] == made["paths"]
    kept = {name for name in whole["components"]["schemas"] if not name.endswith("Request")}
    assert all(
        whole["components"]["schemas"][name] == made["components"]["schemas"][name] for name in kept
    )


def test_models_can_be_chosen(whole):
    """The user's models take the place of ours, for each request apart."""
    made = with_models(whole, {"RerankRequest": "mine"})

    schemas = made["components"]["schemas"]
    assert {"type": "string", "enum": ["mine"]} == schemas["RerankRequest"]["properties"]["model"]
    assert whole["components"]["schemas"]["ChatRequest"] == schemas["ChatRequest"]


def test_other_documents_cannot_be_narrowed():
    """A document without our requests is the user's mistake."""
    with pytest.raises(SpecError, match="has no `components`"):
        narrowed({"openapi": "3.1.1", "paths": {}})
