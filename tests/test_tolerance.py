"""What a tolerance excuses, and the cases beside it that it does not."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.contract import contract
from conformance.tolerance import MISSING, tokens_of, value_at
from conformance.transcript import exchange_from
from conformance.verdict import Level, Party

USER = {"role": "user", "content": "Hi"}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLS = {"role": "assistant", "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "1"}


def chat(**members):
    """The client's findings about a chat request with these members."""
    body = {"model": "command-a-03-2025", "messages": [USER], "stream": True, **members}
    return _findings(f">> {json.dumps(body)}\nmessage-start\nmessage-end ERROR")


def rerank(**members):
    """The client's findings about a rerank request with these members."""
    body = {"model": "rerank-v3.5", "query": "Paris", "documents": ["Paris"], **members}
    return _findings(f"endpoint rerank\n>> {json.dumps(body)}\nresults 0:0.5")


def _findings(transcript):
    violations = check(exchange_from(transcript)).violations
    return [v for v in violations if v.party is Party.CLIENT]


def tool(**parameters):
    """A list with one tool."""
    return [{"type": "function", "function": {"name": "f", "parameters": parameters}}]


def result(part):
    """Messages that end in a tool result with one document."""
    content = [{"type": "document", "document": part}]
    return [USER, CALLS, {**RESULT, "content": content}]


EXCUSED = [
    ("T-01", {"messages": result({"data": '[{"output": "5"}]'})}),
    ("T-02", {"messages": [USER, {**CALLS, "tool_plan": None}, RESULT]}),
    ("T-03", {"citation_options": {"mode": "fast"}}),
    ("T-03", {"citation_options": {"mode": "off"}}),
    ("T-04", {"messages": [{"role": "user", "content": {"type": "text", "text": "Hi"}}]}),
    ("T-05", {"frequency_penalty": None}),
    ("T-06", {"presence_penalty": None}),
    ("T-07", {"messages": [USER, {**CALLS, "content": None}, RESULT]}),
    ("T-08", {"response_format": {"type": "json_object", "schema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}}}),
    ("T-11", {"p": 0}),
    ("T-11", {"p": 0.0}),
    ("T-16", {"tools": tool(type="object", properties={"a": {"type": "str"}})}),
    ("T-16", {"tools": tool(type="object", properties={"a": {"type": "List[int]"}})}),
    ("T-17", {"documents": [{"data": "Paris is in France"}]}),
    ("T-18", {"thinking": {"token_budget": 500}}),
    ("T-21", {"tools": tool(type="object", properties={"a": {"type": "string", "description": None}})}),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "members"), EXCUSED)
def test_excused(entry, members):
    """What an entry of the list names is information, and the entry is told."""
    found = [v for v in chat(**members) if v.code != "CHAT-042"]

    assert [("CHAT-030", Level.INFO)] == [(v.code, v.level) for v in found]
    assert found[0].evidence.note.startswith(f"{entry}, ")


NOT_EXCUSED = [
    ("CHAT-003", {"messages": result({"data": "plain text"})}),
    ("CHAT-003", {"messages": result({"data": '"text"'})}),
    ("CHAT-003", {"messages": result({"data": 5})}),
    ("CHAT-003", {"messages": [USER, {**CALLS, "tool_plan": 5}, RESULT]}),
    ("CHAT-004", {"citation_options": {"mode": "Fast"}}),
    ("CHAT-004", {"citation_options": {"mode": "quick"}}),
    ("CHAT-003", {"messages": [{"role": "user", "content": {"type": "audio", "text": "Hi"}}]}),
    ("CHAT-003", {"messages": [{"role": "user", "content": {}}]}),
    ("CHAT-003", {"frequency_penalty": "0"}),
    ("CHAT-003", {"temperature": None}),
    ("CHAT-003", {"messages": [{"role": "user", "content": None}]}),
    ("CHAT-003", {"messages": [USER, {"role": "assistant", "content": None}, USER]}),
    ("CHAT-003", {"messages": [USER, {"role": "assistant", "content": None, "tool_calls": []}, USER]}),
    ("CHAT-006", {"response_format": {"type": "json_object", "scheme": {}}}),
    ("CHAT-006", {"messages": [{"role": "user", "content": {"type": "text", "text": "Hi", "lang": "en"}}]}),
    ("CHAT-007", {"p": 0.001}),
    ("CHAT-003", {"p": False}),
    ("CHAT-003", {"documents": [{"data": ["a"]}]}),
    ("CHAT-002", {"thinking": {}}),
    ("CHAT-004", {"thinking": {"type": "off", "token_budget": 5}}),
    ("CHAT-031", {"tools": tool(type="object", properties={"a": {"type": "text"}}, required=["a"]), "strict_tools": True}),
    ("CHAT-031", {"tools": tool(type="object", properties={"a": {"type": "string", "title": None}}, required=["a"]), "strict_tools": True}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "members"), NOT_EXCUSED)
def test_not_excused(code, members):
    """What lies beside an entry stays an error, and breaks one rule only."""
    found = [v for v in chat(**members) if v.level is Level.ERROR]

    assert [code] == [v.code for v in found]


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"type": "text", "text": "Hi", "lang": "en"}, "/messages/1/content/lang"),
        (
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "alt": "a"}},
            "/messages/1/content/image_url/alt",
        ),
    ],
    ids=["in the part", "deeper"],
)
def test_a_member_inside_an_excused_form(part, place):
    """The form of a bare part is excused, and a member in it that nothing describes is named where it is."""
    found = chat(messages=[USER, {"role": "user", "content": part}])

    assert [("CHAT-006", place)] == [(v.code, v.pointer) for v in found if v.level is Level.ERROR]
    assert ["CHAT-030"] == [v.code for v in found if v.level is Level.INFO]
    assert f"`{place}` is not in the description" in [v.message for v in found]


def test_the_older_name_of_tool_content():
    """A tool message under its older member name uses two entries and breaks nothing."""
    old = {"role": "tool", "tool_call_id": "a", "tool_content": "1"}
    found = chat(messages=[USER, CALLS, old])

    assert {("CHAT-030", Level.INFO)} == {(v.code, v.level) for v in found}
    assert ["T-19", "T-20"] == sorted(v.evidence.note.split(",")[0] for v in found)


def test_one_finding_for_each_entry():
    """However often a request uses one entry, it is told once, with the count."""
    properties = {name: {"type": "str"} for name in "abc"}
    found = chat(tools=tool(type="object", properties=properties))

    assert 1 == len(found)
    assert "(and 2 more)" in found[0].message


def test_a_fault_beside_a_tolerance_stays_a_fault():
    """An excused departure does not excuse another one."""
    found = chat(citation_options={"mode": "fast"}, temperature=2)

    assert {"CHAT-030", "CHAT-007"} == {v.code for v in found}


@pytest.mark.parametrize(("value", "code"), [(None, "RERANK-010"), ("10", "RERANK-003")])
def test_rerank(value, code):
    """A limit written as null is excused, as text it is not."""
    assert [code] == [v.code for v in rerank(max_tokens_per_doc=value)]


def test_an_entry_of_one_endpoint_does_not_excuse_at_the_other():
    """The rerank request has no such entry for its priority."""
    assert ["RERANK-003"] == [v.code for v in rerank(priority=None)]


def test_every_entry_about_requests_is_shown():
    """Each entry of the list about requests has a case here, but for those that a rule holds itself."""
    shown = {entry for entry, _ in EXCUSED} | {"T-12", "T-19", "T-20"}
    by_rule = {t.id for t in contract().tolerances if t.keyword in contract().clauses}
    listed = {t.id for t in contract().tolerances if t.thing.endswith("-request")}

    assert listed - by_rule == shown


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", {"a": [{"b/c": 1, "~": 2}]}),
        ("/a/0/b~1c", 1),
        ("/a/0/~0", 2),
        ("/a/1", MISSING),
        ("/a/-1", MISSING),
        ("/a/x", MISSING),
        ("/a/0/b", MISSING),
        ("/a/0/~0/x", MISSING),
    ],
)
def test_pointers(pointer, value):
    """A JSON Pointer leads to its value, or to nothing."""
    assert value == value_at({"a": [{"b/c": 1, "~": 2}]}, pointer)


def test_tokens():
    """Escapes of a JSON Pointer are undone in the right order."""
    assert ["a", "~1", "/"] == tokens_of("/a/~01/~1")
