"""The exported OpenAPI file."""

from __future__ import annotations

import json
from collections import Counter

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from conformance.check import check
from conformance.data import data_path
from conformance.specs import yamlio
from conformance.specs.export import export_document, export_text
from conformance.transcript import exchange_from
from conformance.verdict import Party

ROOT = data_path("specs")


@pytest.fixture(scope="module", params=[True, False], ids=["frames", "bare"])
def document(request):
    """The exported document in both of its forms."""
    return export_document(ROOT, frames=request.param)


@pytest.fixture(scope="module")
def valid(document):
    """Whether an instance fits a component."""

    def fits(name, instance):
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        return jsonschema_rs.Draft202012Validator(schema).is_valid(instance)

    return fits


def test_it_is_valid_openapi(document):
    """openapi-spec-validator finds nothing."""
    assert [] == [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_both_forms_hold_the_same(document, form):
    """Written and read again, by YAML or JSON, the document is equal."""
    text = export_text(document, form=form)

    again = json.loads(text) if form == "json" else yamlio.load(text, where="test")
    assert document == again


def test_it_is_plain(document):
    """No schema is used by a copy of a place in our tree, and no place of ours is named."""
    text = export_text(document)

    assert "x-pointer" not in text
    assert "booleanLiteral" not in text
    assert [{"bearerAuth": []}] == document["security"]
    assert ["/v2/chat", "/v2/rerank"] == list(document["paths"])


def test_every_component_is_used(document):
    """Each component is referred to at least once."""
    refs = Counter()

    def walk(value):
        if isinstance(value, dict):
            refs.update([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(document)
    unused = {
        name for name in document["components"]["schemas"]
        if f"#/components/schemas/{name}" not in refs
    }  # fmt: skip

    assert set() == unused


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("RerankRequest", {"model": "m", "query": "q", "documents": ["a"]},
         [{"query": " "}, {"documents": [""]}, {"documents": []}, {"top_k": 1}, {"top_n": 0}]),
        ("ChatRequest", {"stream": True, "model": "m", "messages": [{"role": "user", "content": ""}]},
         [{"messages": []}, {"documents": []}, {"unknown": 1}, {"temperature": 2},
          {"messages": [{"role": "user", "content": "", "name": "x"}]},
          {"tools": [{}]},
          {"tools": [{"type": "function", "function": {"name": "a"}}]},
          {"tools": [{"type": "function", "function": {"name": "1a", "parameters": {}}}]}]),
    ],
)  # fmt: skip
def test_requests_are_closed_to_what_is_refused(valid, name, good, bad):
    """A generator cannot find a request valid that the API is known to refuse."""
    assert valid(name, good)
    for change in bad:
        assert not valid(name, {**good, **change}), change


def test_a_tool_without_a_function_is_no_fault_anywhere(valid):
    """What no source forbids, neither the export nor the rules about requests refuse."""
    body = {
        "stream": True,
        "model": "command-a-03-2025",
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"type": "function"}],
    }
    transcript = f">> {json.dumps(body)}\nmessage-start\nmessage-end ERROR"

    found = check(exchange_from(transcript)).violations

    assert valid("ChatRequest", body)
    assert [] == [v.code for v in found if v.party is Party.CLIENT]


def test_a_stream_fits_frame_by_frame_and_as_text():
    """Frames as a tool sees them, the terminator and the whole text fit; other frames do not."""
    document = export_document(ROOT)
    content = document["paths"]["/v2/chat"]["post"]["responses"]["200"]["content"]
    stream = content["text/event-stream"]
    schema = {**stream["schema"], "components": document["components"]}
    check = jsonschema_rs.Draft202012Validator(schema)

    frames = []
    for block in stream["example"].strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        frames.append({"event": "message", **fields})

    assert all(check.is_valid(frame) for frame in frames)
    assert check.is_valid(stream["example"])
    assert not check.is_valid({"event": "message", "data": "{}"})
    assert not check.is_valid({"event": "unheard-of", "data": "{}"})
    assert not check.is_valid({"event": "message-end"})
    events = [json.loads(frame["data"]) for frame in frames[:-1]]
    union = {"$ref": "#/components/schemas/StreamedChatResponseV2",
             "components": document["components"]}  # fmt: skip
    assert all(jsonschema_rs.is_valid(union, event) for event in events)
    assert [frame["event"] for frame in frames[:-1]] == [event["type"] for event in events]


def test_the_names_of_frames_are_the_types_of_events():
    """The list of event names in the frames has exactly the variants of the union."""
    schemas = export_document(ROOT)["components"]["schemas"]

    names = schemas["StreamFrame"]["oneOf"][1]["properties"]["event"]["enum"]
    members = [one["$ref"].rpartition("/")[2] for one in schemas["StreamedChatResponseV2"]["oneOf"]]

    assert members == names
