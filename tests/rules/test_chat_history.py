"""Rules about the messages of a chat request: their content, their order, calls and results."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level, Party

USER = {"role": "user", "content": "Hi"}
BASE = {"model": "command-a-03-2025", "messages": [USER], "stream": True}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "1"}


def client(members):
    """What is found in the base request with these members."""
    body = json.dumps({**BASE, **members})
    violations = check(exchange_from(f">> {body}\nmessage-start\nmessage-end ERROR")).violations
    return [v for v in violations if v.party is Party.CLIENT]


def codes(members):
    """The codes of the client's errors and warnings."""
    return [v.code for v in client(members) if v.level is not Level.INFO]


@pytest.mark.parametrize(
    ("message", "empty"),
    [
        ({"role": "user", "content": ""}, True),
        ({"role": "user", "content": []}, True),
        ({"role": "user", "content": [{"type": "text", "text": ""}]}, True),
        ({"role": "user", "content": [{"type": "text", "text": ""}, {"type": "text", "text": "a"}]}, False),
        ({"role": "user", "content": " "}, False),
        ({"role": "system", "content": ""}, True),
        ({"role": "assistant"}, True),
        ({"role": "assistant", "content": ""}, True),
        ({"role": "assistant", "content": "", "tool_calls": []}, True),
        ({"role": "assistant", "content": [], "tool_calls": [CALL]}, False),
        ({"role": "assistant", "content": "", "tool_plan": "I look"}, False),
        ({"role": "assistant", "content": [{"type": "thinking", "thinking": ""}]}, False),
        ({"role": "tool", "tool_call_id": "a", "content": ""}, True),
        ({"role": "tool", "tool_call_id": "a", "content": []}, True),
    ],
)  # fmt: skip
def test_empty_messages(message, empty):
    """A message has content, an assistant's may have calls or a plan instead."""
    assert empty == ("CHAT-016" in codes({"messages": [message]}))


def test_no_messages():
    """An empty list of messages is told once."""
    assert ["CHAT-029"] == codes({"messages": []})


def call(identity, arguments="{}"):
    """A tool call."""
    return {**CALL, "id": identity, "function": {"name": "f", "arguments": arguments}}


def calls(*identities):
    """An assistant message with calls of these ids."""
    return {"role": "assistant", "tool_calls": [call(identity) for identity in identities]}


def result(identity):
    """The result of a call."""
    return {**RESULT, "tool_call_id": identity}


SYSTEM = {"role": "system", "content": "Be brief"}
ASSISTANT = {"role": "assistant", "content": "Yes?"}


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([USER], []),
        ([SYSTEM, SYSTEM, USER], []),
        ([SYSTEM, USER, USER], []),
        ([USER, ASSISTANT, USER], []),
        ([USER, calls("a", "b"), result("b"), result("a")], []),
        ([USER, calls("a"), result("a"), calls("b"), result("b"), ASSISTANT, USER], []),
        ([USER, SYSTEM, USER], ["CHAT-022"]),
        ([USER, SYSTEM], ["CHAT-021", "CHAT-022"]),
        ([SYSTEM], ["CHAT-021"]),
        ([USER, ASSISTANT], ["CHAT-021"]),
        ([ASSISTANT, USER], ["CHAT-021"]),
        ([SYSTEM, ASSISTANT, USER], ["CHAT-021"]),
        ([USER, calls("a"), USER, result("a")], ["CHAT-021"]),
        ([USER, calls("a"), result("a"), USER], []),
        ([USER, calls("a", "a"), result("a"), result("a")], ["CHAT-018"]),
        ([USER, calls("a"), result("a"), calls("a"), result("a")], ["CHAT-018"]),
        ([USER, calls("a"), result("b")], ["CHAT-019"]),
        ([USER, result("a"), calls("a"), result("a")], ["CHAT-019"]),
        ([USER, result("a")], ["CHAT-019"]),
        ([USER, calls("a")], ["CHAT-020"]),
        ([USER, calls("a", "b"), result("a")], ["CHAT-020"]),
        ([USER, calls("a", "b"), USER], ["CHAT-020", "CHAT-020"]),
        ([USER, calls("a", "b"), result("c")], ["CHAT-019", "CHAT-020"]),
        ([USER, calls("a"), result("a"), result("a")], ["CHAT-041"]),
        ([USER, calls("", "b"), result("b")], ["CHAT-043"]),
        ([USER, calls("b"), result("")], ["CHAT-043"]),
    ],
)
def test_order_and_ids(listed, expected):
    """Each fault in the order of messages, or in the ids of calls, breaks its own rule and no other."""
    assert expected == sorted(codes({"messages": listed}))


@pytest.mark.parametrize("mark", ["REDACTED", "<id>", "[FILTERED]", "xxxxxxxx"])
def test_ids_that_a_recorder_replaced(mark):
    """Marks in the place of ids cannot be compared, so that no rule about ids speaks."""
    assert [] == codes({"messages": [USER, calls(mark, mark), result(mark)]})


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("{}", []),
        ('{"a": 1}', []),
        ("", []),
        ("null", []),
        ("[]", ["CHAT-032"]),
        ("5", ["CHAT-032"]),
        ("{a: 1}", ["CHAT-032"]),
        ('{"a": 1', ["CHAT-032"]),
    ],
)
def test_arguments_in_the_history(arguments, expected):
    """A call that is sent back has a JSON object as arguments, or what the live API sends for none."""
    asked = {"role": "assistant", "tool_calls": [call("a", arguments)]}

    assert expected == codes({"messages": [USER, asked, result("a")]})
