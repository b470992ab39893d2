"""The compiled contract: fresh, true to its sources, and of the form that is documented."""

from __future__ import annotations

import json
import re
import shutil

import jsonschema_rs
import pytest

from conformance.data import data_path
from conformance.errors import SpecError
from conformance.specs import yamlio
from conformance.specs.address import resolve
from conformance.specs.compile import THINGS, compile_specs, stale_files, write_compiled
from conformance.specs.snapshot import current
from conformance.specs.walk import schema_tree

ROOT = data_path("specs")
EVENTS = [
    "message-start", "content-start", "content-delta", "content-end", "tool-plan-delta",
    "tool-call-start", "tool-call-delta", "tool-call-end", "citation-start", "citation-end",
    "message-end", "debug",
]  # fmt: skip
USER = {"role": "user", "content": "x"}
CHAT = {"stream": True, "model": "m", "messages": [USER]}
RERANK = {"model": "m", "query": "q", "documents": ["a"]}


def _load(name):
    return json.loads((ROOT / "compiled" / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schemas():
    """Every compiled schema by the name of its thing."""
    return {thing: _load(f"{thing}.json") for thing in THINGS}


@pytest.fixture(scope="module")
def valid(schemas):
    """Whether an instance is a valid thing."""
    checks = {
        thing: jsonschema_rs.Draft202012Validator(schema) for thing, schema in schemas.items()
    }
    return lambda thing, instance: checks[thing].is_valid(instance)


def test_the_compiled_files_are_fresh():
    """What is checked in is what compiling gives, twice."""
    assert [] == stale_files(ROOT)
    assert compile_specs(ROOT) == compile_specs(ROOT)


@pytest.mark.parametrize("thing", THINGS)
def test_each_schema_is_json_schema_2020_12(schemas, thing):
    """A schema names its dialect, is valid in it, and refers only to definitions that it has."""
    schema = schemas[thing]

    assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
    assert jsonschema_rs.meta.is_valid(schema)
    for _, one in schema_tree(schema, ""):
        assert "$ref" not in one or one["$ref"].removeprefix("#/$defs/") in schema["$defs"]


def test_there_is_one_definition_per_event(schemas):
    """The union of events names exactly the event variants, each with its own type as constant."""
    schema = schemas["chat-event"]

    assert EVENTS == [member["$ref"].removeprefix("#/$defs/") for member in schema["oneOf"]]
    for name in EVENTS:
        variant = schema["$defs"][name]
        assert name == variant["properties"]["type"]["const"]
        assert "type" in variant["required"]


def test_objects_are_open_and_free_ones_have_no_properties(schemas):
    """No object is closed; one that may hold anything says so and nothing else."""
    free = []
    for thing, schema in schemas.items():
        for at, one in schema_tree(schema, thing):
            assert one.get("additionalProperties", True) is True
            if one.get("additionalProperties") is True:
                assert "properties" not in one
                free.append(at)

    assert {
        "chat-request/$defs/Document/properties/data",
        "chat-request/$defs/ToolV2Function/properties/parameters",
        "chat-request/$defs/JsonResponseFormatV2/properties/json_schema",
        "chat-request/$defs/ToolSource/properties/tool_output",
        "chat-request/$defs/DocumentSource/properties/document",
        "chat-event/$defs/ToolSource/properties/tool_output",
        "chat-event/$defs/DocumentSource/properties/document",
    } == set(free)


def test_every_pointer_leads_into_the_snapshot(schemas):
    """Each schema's place, noted or following from the one around it, exists as published."""
    documents = {
        f"specs/{current(ROOT)}/{name}.yaml": yamlio.load_file(
            ROOT / current(ROOT) / f"{name}.yaml"
        )
        for name in ("chat-stream", "rerank")
    }

    def check(schema, expected):
        if "x-observed" in schema:
            return
        pointer = schema.get("x-pointer", expected)
        file, _, place = pointer.partition("#")
        target = resolve(documents[file], f"#{place}")
        assert target is not None, pointer
        for key in ("properties", "items", "oneOf"):
            inner = schema.get(key, {})
            for name, one in (
                inner.items()
                if key == "properties"
                else enumerate(inner)
                if key == "oneOf"
                else [(None, inner)]
                if inner
                else []
            ):
                if "$ref" not in one:
                    check(one, f"{pointer}/{key}" if name is None else f"{pointer}/{key}/{name}")

    for schema in schemas.values():
        check(schema, None)
        for one in schema.get("$defs", {}).values():
            assert "x-pointer" in one
            check(one, None)


def test_every_clause_cited_is_listed(schemas):
    """Annotations name clauses that `clauses.json` has, and a keyword that stands beside them."""
    clauses = _load("clauses.json")
    cited = set()
    for schema in schemas.values():
        for _, one in schema_tree(schema, ""):
            for keyword, clause in one.get("x-clauses", {}).items():
                name, _, member = keyword.partition(":")
                assert name in one
                assert not member or member in one["required"]
                cited.add(clause)
            cited |= {one[key] for key in ("x-observed", "x-conflict") if key in one}

    assert cited <= set(clauses)
    assert {"CR-01", "CR-02", "CR-03", "CR-04", "CR-05", "CR-07", "CR-09", "CR-10", "RR-01",
            "RR-02", "RR-09", "ST-01", "ST-02", "ST-04", "ST-06", "G11", "CI-01", "FR-04", "D2",
            "D3", "D4", "D5", "D11", "RR-10", "X-08"} == cited  # fmt: skip


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("temperature", [0, 0.3, 1], [-0.1, 1.1, "1", None]),
        ("p", [0.01, 0.99], [0, 1]),
        ("k", [0, 500, 5.0], [-1, 501, 1.5]),
        ("seed", [0, 2**64 - 1], [-1, 2**64, 0.5]),
        ("frequency_penalty", [0, 1.0], [1.5, None]),
        ("presence_penalty", [0, 1.0], [-0.5]),
        ("stop_sequences", [[], ["a"] * 5], [["a"] * 6, "a"]),
        ("priority", [0, 999], [-1, 1000]),
        ("max_tokens", [1, 10**6], ["1", 1.5]),
        ("stream", [True], [False, "true", 1]),
        ("safety_mode", ["OFF", "STRICT", "CONTEXTUAL"], ["NONE", "off", False]),
        ("citation_options", [{"mode": "FAST"}, {}], [{"mode": "fast"}, {"mode": False}]),
        ("tool_choice", ["REQUIRED", "NONE"], ["AUTO"]),
        ("thinking", [{"type": "enabled", "token_budget": 1}, {"type": "disabled"}],
         [{"type": "enabled", "token_budget": 0}, {"token_budget": 5}, {"type": "on"}]),
        ("response_format", [{"type": "text"}, {"type": "json_object"},
                             {"type": "json_object", "json_schema": {"type": "object"}}],
         [{}, {"type": "json"}, {"type": "json_object", "json_schema": "{}"}]),
        ("documents", [["a"], [{"data": {"x": 1}}], [{"data": {}, "id": "1"}]],
         [[{"id": "1"}], [5], "a", [{"data": "text"}]]),
        ("tools", [[{"type": "function", "function": {"name": "f", "parameters": {}}}]],
         [[{"function": {"name": "f", "parameters": {}}}], [{"type": "tool"}],
          [{"type": "function", "function": {"name": "f"}}]]),
        ("messages", [[USER, {"role": "assistant", "content": "y"}],
                      [{"role": "user", "content": [
                          {"type": "text", "text": "x"},
                          {"type": "image_url", "image_url": {"url": "u", "detail": "low"}}]}],
                      [{"role": "assistant", "tool_plan": "p", "tool_calls": [
                          {"id": "1", "type": "function",
                           "function": {"name": "f", "arguments": "{}"}}]},
                       {"role": "tool", "tool_call_id": "1", "content": [
                           {"type": "document", "document": {"data": {"a": 1}}}]}],
                      [{"role": "system", "content": "x"}]],
         [[{"role": "user"}], [{"role": "robot", "content": "x"}], [{"content": "x"}],
          [{"role": "user", "content": [{"type": "image", "text": "x"}]}],
          [{"role": "user", "content": [{"type": "text", "image_url": {"url": "u"}}]}],
          [{"role": "user", "content": [{"type": "image_url", "text": "x"}]}],
          [{"role": "tool", "content": "x"}], {}]),
    ],
)  # fmt: skip
def test_chat_requests_are_told_apart(valid, field, good, bad):
    """For each field, what the contract allows passes and what it forbids does not."""
    for value in good:
        assert valid("chat-request", {**CHAT, field: value}), value
    for value in bad:
        assert not valid("chat-request", {**CHAT, field: value}), value


@pytest.mark.parametrize("field", ["stream", "model", "messages"])
def test_a_chat_request_needs_its_three_members(valid, field):
    """Without any of them a request is not valid; with all it is."""
    assert valid("chat-request", CHAT)
    assert not valid("chat-request", {k: v for k, v in CHAT.items() if k != field})


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("top_n", [1, 10], [0, -1, 1.5, None]),
        ("documents", [["a"], ["a"] * 10_000], [[], ["a"] * 10_001, [{"text": "a"}]]),
        ("priority", [0, 999], [-1, 1000]),
        ("max_tokens_per_doc", [4096], [None, "1"]),
        ("query", ["q"], [5]),
    ],
)
def test_rerank_requests_are_told_apart(valid, field, good, bad):
    """For each field, what the contract allows passes and what it forbids does not."""
    for value in good:
        assert valid("rerank-request", {**RERANK, field: value})
    for value in bad:
        assert not valid("rerank-request", {**RERANK, field: value})


def _delta(**message):
    return {"delta": {"message": message}}


CALL = {"id": "f_1", "type": "function", "function": {"name": "f", "arguments": ""}}
CITED = {"start": 0, "end": 1, "text": "x", "sources": [{"type": "document", "id": "doc:0"}]}
COUNTS = {"input_tokens": 1, "output_tokens": 2.0}
USAGE = {"billed_units": COUNTS, "tokens": COUNTS, "cached_tokens": 0}


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("message-start", [{"id": "1", **_delta(role="assistant")},
                           {"id": "1", **_delta(role="assistant", content=[], citations=[])}],
         [{}, _delta(role="assistant"), {"id": "1"}, {"id": "1", "delta": {}},
          {"id": "1", **_delta()}, {"id": "1", **_delta(role="user")},
          {"id": 1, **_delta(role="assistant")}]),
        ("content-start", [{"index": 0, **_delta(content={"type": "text", "text": ""})}, {}],
         [_delta(content={"type": "image"}), {"index": "0"}]),
        ("content-delta", [{"index": 0, **_delta(content={"text": "x"})},
                           {**_delta(content={"thinking": "x"}),
                            "logprobs": {"token_ids": [1], "text": "x", "logprobs": [-0.5]}}],
         [{}, {"index": 0}, _delta(), _delta(content={"text": 5}),
          {**_delta(content={"text": "x"}), "logprobs": {}}]),
        ("content-end", [{"index": 0}, {}], [{"index": 0.5}]),
        ("tool-plan-delta", [_delta(tool_plan="x")], [{}, _delta(), _delta(tool_plan=None)]),
        ("tool-call-start", [{"index": 0, **_delta(tool_calls=CALL)}],
         [{}, _delta(tool_calls=[CALL]), _delta(tool_calls={**CALL, "function": {}}),
          _delta(tool_calls={"type": "function", "function": {"name": "f"}})]),
        ("tool-call-delta", [_delta(tool_calls={"function": {"arguments": "{"}})],
         [{}, _delta(tool_calls={}), _delta(tool_calls={"function": {}}),
          _delta(tool_calls={"function": {"arguments": {}}})]),
        ("tool-call-end", [{"index": 0}], [{"index": None}]),
        ("citation-start", [_delta(citations=CITED),
                            _delta(citations={**CITED, "type": "PLAN", "content_index": 1})],
         [{}, _delta(citations=[CITED]), _delta(citations={**CITED, "end": "1"}),
          _delta(citations={k: v for k, v in CITED.items() if k != "text"}),
          _delta(citations={**CITED, "sources": [{"type": "web"}]}),
          _delta(citations={**CITED, "type": "TEXT"})]),
        ("citation-end", [{"index": 0}], [{"index": []}]),
        ("message-end", [{"delta": {"finish_reason": "COMPLETE", "usage": USAGE}},
                         {"delta": {"finish_reason": "ERROR", "usage": {}, "error": "x",
                                    "error_type": "Y"}},
                         {"delta": {"finish_reason": "TIMEOUT"}}],
         [{}, {"delta": {}}, {"delta": {"finish_reason": "complete"}},
          {"delta": {"finish_reason": "COMPLETE", "usage": {"tokens": {"input_tokens": -1}}}},
          {"delta": {"finish_reason": "COMPLETE", "usage": {"tokens": {"image_tokens": -1}}}},
          {"delta": {"finish_reason": "COMPLETE", "usage": {"cached_tokens": "0"}}}]),
        ("debug", [{"event_type": "debug", "prompt": "x"}], [{}, {"event_type": "message-start"}]),
    ],
)  # fmt: skip
def test_events_are_told_apart(valid, schemas, kind, good, bad):
    """Each variant takes what it may hold, refuses what it may not, and no other takes it."""
    definitions = schemas["chat-event"]["$defs"]
    for body in good:
        event = {"type": kind, **body}
        assert valid("chat-event", event), event
        fitting = [
            name
            for name in EVENTS
            if jsonschema_rs.is_valid({"$ref": f"#/$defs/{name}", "$defs": definitions}, event)
        ]
        assert [kind] == fitting
    for body in bad:
        assert not valid("chat-event", {"type": kind, **body}), body
    assert not valid("chat-event", {**good[0]})
    assert not valid("chat-event", {"type": "unheard-of", **good[0]})


def test_rerank_answers_and_errors_are_told_apart(valid):
    """Results need index and score, counts are not negative, and errors have texts."""
    meta = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1, "pages": 2}}
    results = [{"index": 0, "relevance_score": 0.5}]

    assert valid("rerank-response", {"id": "1", "results": results, "meta": meta})
    assert valid("rerank-response", {"results": []})
    for bad in (
        {"id": "1"},
        {"results": [{"index": 0}]},
        {"results": [{"index": 0, "relevance_score": "1"}]},
        {"results": results, "meta": {"billed_units": {"search_units": -1}}},
        {"results": results, "meta": {"api_version": {}}},
    ):
        assert not valid("rerank-response", bad)
    assert valid("error", {"message": "x", "id": "1", "error_type": "Y"})
    assert not valid("error", {"message": 5})
    assert not valid("error", [])


def test_the_manifest_tells_what_was_compiled():
    """Snapshot, operations and the hash of every input are there."""
    manifest = _load("manifest.json")

    assert current(ROOT) == manifest["snapshot"]
    chat, rerank = manifest["operations"]["chat-stream"], manifest["operations"]["rerank"]
    assert ("POST", "/v2/chat") == (chat["method"], chat["path"])
    assert ["text/event-stream"] == chat["responses"]["200"]
    assert ["application/json"] == rerank["responses"]["200"]
    assert ["200", "400", "401", "403", "404", "422", "429", "498", "499", "500", "501", "503",
            "504"] == list(chat["responses"]) == list(rerank["responses"])  # fmt: skip
    files = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()}
    unused = {one for one in files if not one.startswith("compiled/")} - set(manifest["inputs"])
    assert {"README.md", "current"} == unused
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in manifest["inputs"].values())


def test_the_compiled_files_are_small():
    """Everything that `check` loads stays under 100 kB."""
    total = sum(path.stat().st_size for path in (ROOT / "compiled").iterdir())

    assert total < 100_000


@pytest.fixture
def root(tmp_path):
    """A copy of the specs folder to change."""
    shutil.copytree(ROOT, tmp_path / "specs")
    return tmp_path / "specs"


def test_stale_files_are_named_and_rewritten(root):
    """A file that differs, is missing, or does not belong is stale until compiling again."""
    folder = root / "compiled"
    (folder / "error.json").write_text("{}\n")
    (folder / "chat-event.json").unlink()
    (folder / "other.json").write_text("{}\n")

    expected = ["chat-event.json", "error.json", "other.json"]
    assert expected == stale_files(root)
    assert expected == write_compiled(root)
    assert [] == stale_files(root)
    assert not (folder / "other.json").exists()


def test_a_changed_input_makes_the_manifest_stale(root):
    """Even a comment in an overlay is seen."""
    path = root / "overlays" / "wire.yaml"
    path.write_text(path.read_text() + "# a remark\n")

    assert ["manifest.json"] == stale_files(root)


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("overlays/page.yaml", "const: json_object", "const: text", "members of a union overlap"),
        ("overlays/prose.yaml", "x-clause: CR-01", "x-clause: CR-99", "the clause `CR-99` is not"),
        ("overlays/prose.yaml", "ChatRequest.properties.k", "ChatRequest.properties.kk",
         "the target `$.components.schemas.ChatRequest.properties.kk` matches nothing"),
        ("names.yaml", "ErrorBody: [error]", "ErrorBodies: [error]", "the target"),
        ("names.yaml", "RerankResult: ", "ChatTextContent: ", "the endpoints differ in"),
        ("names.yaml", "RerankRequest: [request]", "RerankRequest: [nothing]", "the target"),
        ("clauses.yaml", "strength: S", "strength: Z", "`Z` is no strength"),
        ("tolerances.yaml", "thing: chat-request", "thing: chat", "`chat` is no thing"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_data_stops_compiling(root, file, old, new, what):
    """A mistake in any file of ours is a message that says what and where."""
    text = (root / file).read_text(encoding="utf-8")
    assert old in text
    (root / file).write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(SpecError) as caught:
        compile_specs(root)

    assert caught.value.what.startswith(what)
    assert caught.value.where
