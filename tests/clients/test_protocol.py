"""The adapter protocol: what is described is read, and what is not is refused with a reason."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from conformance.clients.case import Case
from conformance.clients.channels import CHANNELS, ENDPOINTS
from conformance.clients.protocol import (
    AdapterError,
    call_line,
    hello_from,
    line_from,
    schema,
    schema_text,
)

HELLO = {
    "type": "hello",
    "protocol": 1,
    "client": "cohere",
    "version": "7.3.1",
    "language": "python 3.11.7",
    "endpoints": ["chat"],
    "surfaces": ["text", "error"],
}
LINES = [
    {"type": "text", "text": "a"},
    {"type": "thinking", "text": ""},
    {"type": "tool_plan", "text": "\u2028"},
    {"type": "tool_call", "index": 0},
    {"type": "tool_call", "index": 1, "id": None, "name": "f", "arguments": "{"},
    {"type": "citation"},
    {"type": "citation", "start": 0, "end": 1, "text": "a", "sources": ["doc:0", None]},
    {"type": "finish", "reason": "stop"},
    {"type": "usage", "input_tokens": 1, "output_tokens": 2.0},
    {"type": "usage", "cached_tokens": 3},
    {"type": "logprobs", "logprobs": [-0.5, -1]},
    {"type": "results", "results": [{"index": 0, "relevance_score": 0}]},
    {"type": "error", "class": "E", "message": ""},
    {"type": "error", "class": "E", "message": "m", "status": 429},
    {"type": "unsupported", "what": "/thinking"},
    {"type": "end"},
]


def test_the_schema_is_one():
    """The description is a valid JSON Schema, and names the channels and endpoints that the code has."""
    described = schema()["$defs"]["hello"]["properties"]
    jsonschema_rs.meta.validate(schema())

    assert list(CHANNELS) == described["surfaces"]["items"]["enum"]
    assert list(ENDPOINTS) == described["endpoints"]["items"]["enum"]
    assert schema() == json.loads(schema_text())


@pytest.mark.parametrize("line", LINES, ids=json.dumps)
def test_lines_as_described(line):
    """Every line of the description is read as it stands, and the description as a whole takes it."""
    given = {"case": "k3f9a", **line}

    assert given == line_from(json.dumps(given), "k3f9a")
    jsonschema_rs.validate(schema(), given)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON object"),
        ("hello", "no JSON object"),
        ("[]", "no JSON object"),
        ("[" * 100_000, "no JSON object"),
        ("{}", "without a `type`"),
        ('{"type":1}', "without a `type`"),
        ('{"type":"txt","case":"a"}', "`txt` is no type of line"),
        ('{"type":"hello","case":"a"}', "`hello` is no type of line"),
        ('{"type":"call","case":"a"}', "`call` is no type of line"),
        ('{"type":"text","text":"b"}', '"case" is a required property'),
        ('{"type":"text","case":"a"}', '"text" is a required property'),
        ('{"type":"text","case":"a","text":null}', "not as described"),
        ('{"type":"text","case":"a","text":"b","txt":"c"}', "not as described"),
        ('{"type":"tool_call","case":"a","index":"0"}', "not as described"),
        ('{"type":"usage","case":"a","input_tokens":"5"}', "not as described"),
        ('{"type":"usage","case":"a","input_tokens":NaN}', "`NaN` is no number in JSON"),
        ('{"type":"usage","case":"a","input_tokens":-1e999}', "`-1e999` is no number in JSON"),
        ('{"type":"end","case":"b"}', "about case `b` while `a` is under way"),
        ('{"type":"end","case":null}', "about case `None` while `a` is under way"),
    ],
    ids=lambda value: value[:60],
)
def test_lines_that_are_not_as_described(text, said):
    """Whatever departs from the description is refused, and the message says in what."""
    with pytest.raises(AdapterError) as caught:
        line_from(text, "a")

    assert said in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_misspelt_type_is_guessed():
    """The hint names the type that was meant."""
    with pytest.raises(AdapterError) as caught:
        line_from('{"type":"toolcall","case":"a"}', "a")

    assert "did you mean `tool_call`?" == caught.value.hint


def test_hello():
    """An introduction is read; with a variant, the title names it."""
    plain, varied = (
        hello_from(json.dumps(HELLO)),
        hello_from(json.dumps({**HELLO, "variant": "async"})),
    )

    assert ("cohere 7.3.1", "cohere 7.3.1 (async)") == (plain.title, varied.title)
    assert frozenset({"text", "error"}) == plain.surfaces
    assert not plain.plan_as_text
    assert hello_from(json.dumps({**HELLO, "plan_as_text": True})).plan_as_text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "text"}, "the first line is no `hello`"),
        ({"protocol": 2}, "speaks protocol `2`"),
        ({"client": ""}, "not as described"),
        ({"surfaces": ["txt"]}, "not as described"),
        ({"endpoints": []}, "not as described"),
        ({"version": None}, "not as described"),
    ],
    ids=str,
)
def test_hello_that_is_not_as_described(change, said):
    """An introduction that departs from the description is refused."""
    with pytest.raises(AdapterError, match=said):
        hello_from(json.dumps({**HELLO, **change}))


def test_a_surface_of_another_name():
    """Who names a channel by the type of its lines reads which names there are."""
    with pytest.raises(AdapterError) as caught:
        hello_from(json.dumps({**HELLO, "surfaces": ["text", "tool_call"]}))

    assert "`tool_calls`" in str(caught.value.hint)


def test_a_call_is_one_line_of_ascii():
    """No text of a request can end the line early, whatever an adapter takes for a line's end."""
    request = {"messages": [{"role": "user", "content": "a\u2028b\u0085c\r\nd"}]}
    case = Case("text/a", "a", "chat", request, (), deadline=2.5)
    line = call_line(case, "x", "http://127.0.0.1:1", "co-key")
    jsonschema_rs.validate({**schema(), "oneOf": [{"$ref": "#/$defs/call"}]}, json.loads(line))

    assert line.isascii()
    assert [line] == line.splitlines()
    assert request == json.loads(line)["request"]
