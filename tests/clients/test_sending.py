"""What was asked for and what was sent: every loss is found, and no rewriting is called one."""

from __future__ import annotations

import json

import pytest

from conformance.clients.case import Case
from conformance.clients.sending import differences, sent_otherwise
from conformance.verdict import Level
from conformance.wire import Exchange, Request

USER = {"role": "user", "content": "one"}


def told(asked, sent):
    """Kinds and pointers of all differences."""
    return [(one.kind, one.pointer) for one in differences(asked, sent)]


@pytest.mark.parametrize(
    ("asked", "sent", "expected"),
    [
        ({"seed": 0}, {"seed": 0}, []),
        ({"seed": 1}, {"seed": 1.0}, []),
        ({"seed": 0}, {}, [("dropped", "/seed")]),
        ({"seed": 0}, {"seed": None}, [("dropped", "/seed")]),
        ({"seed": 0}, {"seed": False}, [("altered", "/seed")]),
        ({"seed": 7}, {"seed": 8}, [("altered", "/seed")]),
        ({"temperature": 0}, {}, [("dropped", "/temperature")]),
        ({"k": 0}, {}, [("rewritten", "/k")]),
        ({"k": 1}, {}, [("dropped", "/k")]),
        ({"logprobs": False}, {}, [("rewritten", "/logprobs")]),
        ({"logprobs": True}, {}, [("dropped", "/logprobs")]),
        ({"tools": []}, {}, [("rewritten", "/tools")]),
        ({}, {"temperature": 0.7}, [("added", "/temperature")]),
        ({}, {"documents": None}, []),
        ({"stop_sequences": ["a", "b"]}, {"stop_sequences": ["a"]}, [("dropped", "/stop_sequences/1")]),
        ({"stop_sequences": ["a"]}, {"stop_sequences": ["b"]}, [("altered", "/stop_sequences/0")]),
        ({"tool_choice": "NONE"}, {"tool_choice": "none"}, [("altered", "/tool_choice")]),
        ({"description": "a\n"}, {"description": "a"}, [("rewritten", "/description")]),
        ({"description": "a"}, {"description": "b"}, [("altered", "/description")]),
    ],
)  # fmt: skip
def test_options(asked, sent, expected):
    """A value that counts must be sent; one that is the default, or says nothing, may stay away."""
    assert expected == told(asked, sent)


@pytest.mark.parametrize(
    ("asked", "sent", "expected"),
    [
        ("a", [{"type": "text", "text": "a"}], [("rewritten", "/messages/0/content")]),
        ([{"type": "text", "text": "a"}], "a", [("rewritten", "/messages/0/content")]),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a\nb",
         [("rewritten", "/messages/0/content")]),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a",
         [("altered", "/messages/0/content")]),
        ("a", [{"type": "text", "text": "b"}], [("altered", "/messages/0/content")]),
        ([{"type": "text", "text": "a"}], [{"type": "document", "document": {"data": {"text": "a"}}}],
         [("rewritten", "/messages/0/content/0")]),
        ([{"type": "thinking", "thinking": "a"}], [{"type": "text", "text": "b"}],
         [("altered", "/messages/0/content/0")]),
        (" a\n", "a", [("altered", "/messages/0/content")]),
        ("a", "", [("altered", "/messages/0/content")]),
        ("", None, [("rewritten", "/messages/0/content")]),
    ],
)  # fmt: skip
def test_contents(asked, sent, expected):
    """A content may change its form, and not what it says."""
    body = {"messages": [{"role": "user", "content": asked}]}

    assert expected == told(body, {"messages": [{"role": "user", "content": sent}]})


def test_arguments_are_compared_as_json():
    """White space within arguments is nobody's loss; another value is."""
    call = {"function": {"arguments": '{"a": 1}'}}

    assert ["rewritten"] == [k for k, _ in told(call, {"function": {"arguments": '{"a":1}'}})]
    assert ["altered"] == [k for k, _ in told(call, {"function": {"arguments": '{"a":2}'}})]
    assert ["altered"] == [k for k, _ in told(call, {"function": {"arguments": "{"}})]


def test_documents():
    """A document that is a text may become one with data; one with an id must keep it."""
    text, whole = "rain", {"id": "a", "data": {"text": "rain"}}

    assert ["rewritten"] == [
        k for k, _ in told({"documents": [text]}, {"documents": [{"data": {"text": text}}]})
    ]
    assert [("dropped", "/documents/0/id")] == told(
        {"documents": [whole]}, {"documents": [{"data": {"text": "rain"}}]}
    )
    assert ["altered"] == [k for k, _ in told({"documents": [whole]}, {"documents": ["rain"]})]


def test_plans():
    """A plan that becomes the content of its message is still said."""
    asked = {"role": "assistant", "tool_plan": "I look"}

    assert ["rewritten"] == [
        k for k, _ in told(asked, {"role": "assistant", "content": [{"text": "I look"}]})
    ]
    part = {"type": "text", "text": "I look"}
    assert ["rewritten"] == [k for k, _ in told(asked, {"role": "assistant", "content": [part]})]
    assert "dropped" in [k for k, _ in told(asked, {"role": "assistant", "content": [part, part]})]
    assert ["rewritten"] == [k for k, _ in told(asked, {"role": "assistant", "content": "I look"})]
    assert ["dropped"] == [k for k, _ in told(asked, {"role": "assistant"})]
    assert ["rewritten"] == [k for k, _ in told({"content": "I look"}, {"tool_plan": "I look"})]


def test_schemas_by_their_older_name():
    """A schema that is sent as `schema` is sent; one that is another, or gone, is not."""

    def form(**more):
        return {"response_format": {"type": "json_object", **more}}

    asked = form(json_schema={"type": "object"})
    at = "/response_format/json_schema"

    assert [("rewritten", at)] == told(asked, form(schema={"type": "object"}))
    assert ("dropped", at) in told(asked, form(schema={"type": "array"}))
    assert [("dropped", at)] == told(asked, form())


def test_messages_that_were_added():
    """A message of the client's own is told as added, and the others are found behind it."""
    own = {"role": "system", "content": "be nice"}

    assert [("added", "/messages/0")] == told({"messages": [USER]}, {"messages": [own, USER]})


def test_messages_that_were_lost_or_joined():
    """A message that is gone is a loss; one whose text stands in another is not."""
    two = {"role": "user", "content": "two"}
    joined = {"role": "user", "content": "one\ntwo"}

    assert [("dropped", "/messages/1")] == told({"messages": [USER, two]}, {"messages": [USER]})
    assert "dropped" not in [k for k, _ in told({"messages": [USER, two]}, {"messages": [joined]})]


def test_messages_out_of_order():
    """Messages that were exchanged are not the same conversation."""
    two = {"role": "user", "content": "two"}

    assert "altered" in [k for k, _ in told({"messages": [USER, two]}, {"messages": [two, USER]})]


def test_a_schema_that_demands_more():
    """A parameter that was optional and is demanded is another tool; nothing that is demanded is none."""

    def tool(**more):
        parameters = {"type": "object", "properties": {"a": {}, "b": {}}, **more}
        return {"tools": [{"function": {"name": "f", "parameters": parameters}}]}

    at = "/tools/0/function/parameters/required"

    assert [("altered", at)] == told(tool(), tool(required=["a"]))
    assert [("altered", f"{at}/1")] == told(tool(required=["a"]), tool(required=["a", "b"]))
    assert [] == told(tool(), tool(required=[]))
    assert ["added"] == [k for k, _ in told(tool(), tool(title="f"))]


def test_image_details():
    """`auto` is the default of an image; another detail must be sent."""

    def image(**more):
        part = {"type": "image_url", "image_url": {"url": "data:,", **more}}
        return {"messages": [{"role": "user", "content": [part]}]}

    assert ["rewritten"] == [k for k, _ in told(image(detail="auto"), image())]
    assert ["dropped"] == [k for k, _ in told(image(detail="low"), image())]


def exchange(body, **headers):
    """What a client sent."""
    pairs = tuple((name, value) for name, value in headers.items())
    return Exchange(Request("POST", "http://x/v2/chat", pairs, body), None)


def test_findings_are_few():
    """The same loss in many places is told a few times."""
    asked = {"documents": [{"id": str(n), "data": {"n": n}} for n in range(9)]}
    sent = {"documents": [{"data": {"n": n}} for n in range(9)]}
    case = Case("send/x", "x", "chat", asked, (), kind="sending")
    found = sent_otherwise(case, [exchange(json.dumps(sent).encode())])

    assert ["drops-from-request"] * 3 == [one.name for one in found]
    assert {Level.ERROR} == {one.level for one in found}


def test_accept():
    """A client that takes JSON only declines the stream that it asks for."""
    case = Case("send/x", "x", "chat", {}, (), kind="sending")

    def names(accept):
        return [one.name for one in sent_otherwise(case, [exchange(b"{}", accept=accept)])]

    assert ["declines-event-stream"] == names("application/json")
    assert [] == names("*/*")
    assert [] == names("text/event-stream, application/json")
    assert [] == [one.name for one in sent_otherwise(case, [exchange(b"{}")])]


def test_what_cannot_be_compared():
    """No request, and one that is no JSON, is left to other checks."""
    case = Case("send/x", "x", "chat", {"seed": 1}, (), kind="sending")

    assert [] == sent_otherwise(case, [])
    assert [] == sent_otherwise(case, [exchange(b"{")])


@pytest.mark.parametrize(
    ("asked", "sent", "expected"),
    [
        ({"role": "user", "content": "a"}, {"role": "user", "content": "a", "tool_plan": "b"}, ["puts-words"]),
        ({"role": "user", "content": "a"}, {"role": "user", "content": "a", "x": "b"}, ["adds-to-request"]),
        ({"role": "user", "tool_plan": "a"},
         {"role": "user", "tool_plan": "a", "content": [{"type": "text", "text": "a"}]}, ["adds-to-request"]),
        ({"role": "user", "content": [{"type": "text", "text": "a"}]},
         {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, ["puts-words"]),
    ],
    ids=["plan", "member", "twice", "part"],
)  # fmt: skip
def test_words_that_nobody_said(asked, sent, expected):
    """A text in a message that no message had is more than an addition."""
    body = json.dumps({"messages": [sent]}).encode()
    made = Case("send/x", "x", "chat", {"messages": [asked]}, (), kind="sending")
    request = Request("POST", "http://mock/v2/chat", (), body)

    assert expected == [one.name for one in sent_otherwise(made, [Exchange(request, None)])]


@pytest.mark.parametrize(
    ("asked", "sent", "expected"),
    [
        ({"p": 0.5}, {"top_p": 0.5}, ["`/p` is sent under another name, `top_p`"]),
        ({"p": 0.5}, {"top_p": 0.4}, ["`/p`, given as `0.5`, is not sent", "`/top_p` is sent as `0.4`, and was not given"]),
        ({"seed": 1}, {"x": 1, "y": 1}, ["`/seed`, given as `1`, is not sent",
         "`/x` is sent as `1`, and was not given", "`/y` is sent as `1`, and was not given"]),
        ({"k": 0, "seed": 7}, {"seed": 7, "x": 0}, ["`/k` is left out, which says the same as `0`",
         "`/x` is sent as `0`, and was not given"]),
    ],
    ids=["renamed", "changed", "two", "default"],
)  # fmt: skip
def test_other_names(asked, sent, expected):
    """What is sent under another name is told with that name."""
    assert expected == [one.message for one in differences(asked, sent)]
