"""Rules about what a chat request combines, the documents that it sends and the tools it declares."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.rules import parameter_schema
from conformance.transcript import exchange_from
from conformance.verdict import Level, Party

USER = {"role": "user", "content": "Hi"}
BASE = {"model": "command-a-03-2025", "messages": [USER], "stream": True}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}


def client(members):
    """What is found in the base request with these members."""
    body = json.dumps({**BASE, **members})
    violations = check(exchange_from(f">> {body}\nmessage-start\nmessage-end ERROR")).violations
    return [v for v in violations if v.party is Party.CLIENT]


def codes(members):
    """The codes of the client's errors and warnings."""
    return [v.code for v in client(members) if v.level is not Level.INFO]


JSON = {"type": "json_object"}
PARTS = {"role": "user", "content": [{"type": "text", "text": "Paris"}]}
JSON_PARTS = {"role": "user", "content": [{"type": "text", "text": "As Json"}]}
JSON_USER = {"role": "user", "content": "Paris as JSON"}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"tool_choice": "REQUIRED", "tools": [TOOL]}, []),
        ({"tool_choice": "REQUIRED"}, ["CHAT-009"]),
        ({"tool_choice": "REQUIRED", "tools": []}, ["CHAT-009"]),
        ({"tool_choice": "NONE"}, []),
        ({"response_format": JSON, "tools": [TOOL]}, ["CHAT-010"]),
        ({"response_format": JSON, "documents": ["a"]}, ["CHAT-010"]),
        ({"response_format": JSON, "documents": ["a"], "tools": [TOOL]}, ["CHAT-010"]),
        ({"response_format": JSON, "tools": []}, []),
        ({"response_format": {"type": "text"}, "tools": [TOOL]}, []),
        ({"response_format": {"type": "text", "json_schema": SCHEMA}}, ["CHAT-011"]),
        ({"frequency_penalty": 0.1, "presence_penalty": 0}, []),
        ({"frequency_penalty": 0.1, "presence_penalty": 0.1}, ["CHAT-013"]),
        ({"safety_mode": "OFF"}, ["CHAT-039"]),
        ({"safety_mode": "OFF", "model": "command-r7b-12-2024"}, ["CHAT-039"]),
        ({"safety_mode": "OFF", "model": "command-r-plus-08-2024"}, []),
        ({"safety_mode": "STRICT"}, []),
    ],
)
def test_combinations(members, expected):
    """Members that go together are silent, others break one rule."""
    assert expected == codes({"messages": [JSON_USER], **members})


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"response_format": {"type": "text"}, "tools": [TOOL]}, ["CHAT-010"]),
        ({"safety_mode": "STRICT", "tools": [TOOL]}, ["CHAT-012"]),
        ({"safety_mode": "CONTEXTUAL", "tools": [TOOL]}, []),
        ({"documents": []}, ["CHAT-015"]),
        ({"response_format": JSON}, ["CHAT-042"]),
        ({"response_format": JSON, "messages": [JSON_USER]}, []),
        ({"response_format": JSON, "messages": [PARTS, JSON_PARTS]}, []),
        ({"response_format": JSON, "messages": [PARTS]}, ["CHAT-042"]),
        ({"response_format": {**JSON, "json_schema": SCHEMA}}, []),
    ],
)
def test_remarks(members, expected):
    """What sources see differently, or only advise, is information."""
    found = client(members)

    assert [(code, Level.INFO) for code in expected] == [(v.code, v.level) for v in found]


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ([{"id": "a", "data": {"x": "1"}}, {"id": "b", "data": {"x": "1"}}], []),
        ([{"data": {"x": "1"}}, {"data": {"x": "1"}}, "1", "1"], []),
        ([{"id": "a", "data": {"x": "1"}}] * 3, ["CHAT-014", "CHAT-014"]),
        ([{"data": {}}], ["CHAT-044"]),
        ([""], ["CHAT-044"]),
    ],
)
def test_documents(documents, expected):
    """Documents have something in them, and ids of their own."""
    assert expected == codes({"documents": documents})


def named(*names):
    """Tools of these names."""
    return [{"type": "function", "function": {"name": n, "parameters": {}}} for n in names]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["get_time", "_x", "A9", "f"], []),
        (["9lives"], ["CHAT-017"]),
        (["get-time"], ["CHAT-017"]),
        (["get time"], ["CHAT-017"]),
        (["zeit_für"], ["CHAT-017"]),
        (["f\n"], ["CHAT-017"]),
        ([""], ["CHAT-017"]),
        (["f", "f"], ["CHAT-045"]),
        (["f", "F"], []),
    ],
)
def test_names_of_tools(names, expected):
    """A name has ASCII letters, digits and underscores, no digit first, and is taken once."""
    assert expected == codes({"tools": named(*names)})


def declared(parameters, **members):
    """One tool of these parameters."""
    tools = [{"type": "function", "function": {"name": "f", "parameters": parameters}}]
    return {"tools": tools, **members}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, []),
        ({"type": "object", "properties": {"a": {"type": ["string", "null"]}}}, []),
        ({"type": "object", "properties": {"type": {"type": "string"}}}, []),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{}]}, []),
        ({"items": [{}]}, []),
        ({"exclusiveMinimum": True, "minimum": 1}, []),
        ({"$schema": "https://example.com/my-dialect", "type": "object"}, []),
        ({"$ref": "https://example.com/other.json"}, []),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema", "items": [{}]}, ["CHAT-031"]),
        ({"type": "thing"}, ["CHAT-031"]),
        ({"type": "object", "properties": []}, ["CHAT-031"]),
        ({"type": "object", "properties": {"a": "string"}}, ["CHAT-031"]),
        ({"type": "object", "required": "a"}, ["CHAT-031"]),
    ],
)
def test_parameters_as_a_schema(parameters, expected):
    """Parameters are a JSON Schema of any dialect in use; else it is told, as a warning."""
    found = [v for v in client(declared(parameters)) if v.level is not Level.INFO]

    assert expected == [v.code for v in found]
    assert {Level.WARNING} >= {v.level for v in found}


def test_parameters_that_the_validator_cannot_take(monkeypatch):
    """Where the validator itself gives up, nothing is said of the parameters."""

    def give_up(_):
        raise OverflowError

    monkeypatch.setattr(parameter_schema, "_metaschema", give_up)

    assert [] == codes(declared({"type": "thing"}))


def test_parameters_of_strict_tools():
    """With strict tools the live API looks at the schema, so that a broken one is an error."""
    broken = {"type": "object", "properties": {"a": {"type": "thing"}}, "required": ["a"]}
    found = client(declared(broken, strict_tools=True))

    assert [("CHAT-031", Level.ERROR)] == [(v.code, v.level) for v in found]
    assert found[0].pointer == "/tools/0/function/parameters/properties/a/type"
