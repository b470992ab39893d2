"""Rules about tool calls, on both sides of every boundary."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level

PORT = {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}


def found(transcript):
    """The codes of all errors and warnings, in the order of the rules."""
    violations = check(exchange_from(transcript)).violations
    return [v.code for v in violations if v.level is not Level.INFO]


def headlines(transcript):
    """What the rules about tools say."""
    return [v.headline for v in check(exchange_from(transcript)).violations if "TOOL-" in v.code]


def tide(parameters, **members):
    """A line that declares the tool `tide` with these parameters."""
    function = {"name": "tide", "parameters": parameters}
    body = {"tools": [{"type": "function", "function": function}], **members}
    return f"> {json.dumps(body)}"


def call(arguments, *, name="tide", head="tools tide", end="TOOL_CALL"):
    """A stream with one call whose arguments come in the given pieces."""
    pieces = [arguments] if isinstance(arguments, str) else arguments
    deltas = "\n".join(f"tool-call-delta 0 {json.dumps(piece)}" for piece in pieces if piece)
    return f"""
        {head}
        message-start
        tool-call-start 0 tide_1 {name}
        {deltas.replace(chr(10), chr(10) + " " * 8)}
        tool-call-end 0
        message-end {end}
    """


@pytest.mark.parametrize("arguments", ["", "{}", '{"port": "Brest"}', ' {"a": {"b": [1]}}\n'])
def test_an_object_or_nothing_are_arguments(arguments):
    """An object, spaced in any way, and no text at all are good arguments."""
    assert [] == found(call(arguments))


@pytest.mark.parametrize(
    "arguments",
    ["null", "[]", '"x"', "5", " ", '{"a": 1', '{"a": 1}}', "{'a': 1}", '{"a": NaN}', "{}{}"],
)
def test_anything_else_is_no_arguments(arguments):
    """What is no object, or no JSON, breaks TOOL-001 and nothing else."""
    assert ["TOOL-001"] == found(call(arguments))


def test_arguments_are_joined_before_they_are_read():
    """Pieces that are no JSON one by one may be JSON together."""
    assert [] == found(call(['{"po', 'rt": "B', 'rest"}']))


def test_the_place_is_the_delta_that_breaks_the_text():
    """The finding points to the delta in which the JSON breaks off."""
    (violation,) = check(exchange_from(call(['{"a": 1,', " oops", "}"]))).violations

    assert 4 == violation.event
    assert "not JSON: expecting property name" in violation.message


@pytest.mark.parametrize("end", ["ERROR", "TIMEOUT", "MAX_TOKENS"])
def test_a_cut_generation_may_stop_in_its_arguments(end):
    """After a failure or at the token limit arguments may be incomplete."""
    assert "TOOL-001" not in found(call('{"a": ', end=end))


def test_a_stream_without_end_may_stop_in_its_arguments():
    """A stream that lacks its message-end is reported for that alone."""
    transcript = """
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{\\"a\\""
        tool-call-end 0
        eof
    """

    assert ["STREAM-003"] == found(transcript)


def test_an_unclosed_call_is_not_reported_twice():
    """A call without its end is one fault, even if its arguments are incomplete."""
    transcript = """
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{\\"a\\""
        message-end TOOL_CALL
    """

    assert ["STREAM-008"] == found(transcript)


def test_a_delta_of_another_call_is_not_reported_twice():
    """Arguments that a wrong index mixed up are the fault of the index."""
    transcript = """
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{\\"a\\""
        tool-call-delta 1 "{}"
        tool-call-end 0
        message-end TOOL_CALL
    """

    assert ["STREAM-015"] == found(transcript)


def test_a_delta_without_text_is_not_reported_twice():
    """Arguments that lack a piece of the wrong type are the fault of that piece."""
    piece = '"x" + {"delta": {"message": {"tool_calls": {"function": {"arguments": 5}}}}}'
    transcript = f"""
        tools tide
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-delta 0 "{{"
        tool-call-delta 0 {piece}
        tool-call-end 0
        message-end TOOL_CALL
    """

    assert ["EVENT-008"] == found(transcript)


def test_limits_of_the_reader_are_no_fault():
    """Arguments that nest too deeply for us are not judged."""
    deep = '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"

    assert [] == found(call(deep))


@pytest.mark.parametrize(
    ("parameters", "arguments"),
    [
        (PORT, '{"port": "Brest"}'),
        ({}, '{"any": 1}'),
        ({"type": "object", "properties": {}}, '{"any": 1}'),
        ({"type": "object", "additionalProperties": True}, '{"any": 1}'),
        ({"type": "object"}, ""),
        ({"type": "str"}, "{}"),
        ({"properties": {"port": {"type": "str"}}}, '{"port": 5}'),
        ({"$ref": "https://example.com/port.json"}, "{}"),
        ({"$ref": "file:///etc/hostname"}, "{}"),
        ({"$schema": "https://example.com/dialect"}, "{}"),
        ({"pattern": "["}, "{}"),
        ({"properties": {"day": {"format": "date"}}}, '{"day": "soon"}'),
        ({**PORT, "properties": {"port": {"$ref": "#"}}, "required": []}, '{"port": {}}'),
    ],
)
def test_arguments_that_fit_or_cannot_be_judged(parameters, arguments):
    """Arguments that fit are silent, and so are those whose schema is none or lies elsewhere."""
    assert [] == [c for c in found(call(arguments, head=tide(parameters))) if c.startswith("TOOL")]


@pytest.mark.parametrize("arguments", ['{"port": 5}', "", "{}", '{"port": null}', '{"Port": "x"}'])
@pytest.mark.parametrize(("strict", "code"), [(True, "TOOL-002"), (False, "TOOL-003")])
def test_arguments_that_do_not_fit(arguments, strict, code):
    """A misfit is an error with strict tools and a warning without."""
    assert [code] == found(call(arguments, head=tide(PORT, strict_tools=strict)))


@pytest.mark.parametrize(
    ("parameters", "strict", "expected"),
    [
        (PORT, True, ["TOOL-002"]),
        (PORT, False, []),
        ({**PORT, "additionalProperties": True}, True, []),
        ({**PORT, "additionalProperties": False}, False, ["TOOL-003"]),
        ({**PORT, "patternProperties": {"^d": {}}}, True, []),
        ({"type": "object"}, True, []),
    ],
)
def test_undeclared_parameters(parameters, strict, expected):
    """Strict tools promise declared parameters only; otherwise the schema decides."""
    transcript = call('{"port": "Brest", "day": 1}', head=tide(parameters, strict_tools=strict))

    assert expected == [c for c in found(transcript) if c.startswith("TOOL")]


def test_one_finding_for_a_call():
    """A call with several misfits is one finding that counts them."""
    schema = {"properties": {name: {"type": "string"} for name in "abc"}}
    (headline,) = headlines(call('{"a": 1, "b": 2, "c": 3}', head=tide(schema)))

    assert headline.startswith("TOOL-003 arguments-mismatch: the arguments of `tide` do not fit")
    assert headline.endswith("and 2 more")


@pytest.mark.parametrize(("strict", "code"), [(True, "TOOL-005"), (False, "TOOL-004")])
def test_a_tool_that_was_not_declared(strict, code):
    """The name of a call is compared exactly, and is an error with strict tools."""
    head = tide(PORT, strict_tools=strict)

    assert [] == found(call('{"port": "Brest"}', head=head))
    assert [code] == found(call('{"port": "Brest"}', name="Tide", head=head))


def test_a_call_without_tools():
    """A request without tools gets no call; one finding stands for all calls."""
    two = """
        message-start
        tool-call-start 0 tide_1 tide
        tool-call-end 0
        tool-call-start 1 tide_2 tide
        tool-call-end 1
        message-end TOOL_CALL
    """

    assert ["TOOL-006"] == found(call("", head=""))
    assert ["TOOL-006"] == found(call("", head='> {"tools": []}'))
    assert ["TOOL-006"] == found(two)


def test_without_a_request_nothing_is_said_about_it():
    """A body alone tells nothing about tools."""
    exchange = exchange_from(call("", head=""))
    alone = type(exchange)(None, exchange.response, endpoint="chat-stream")

    assert () == check(alone).violations


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("tide_1", "tide_2", []),
        ("tide_1", "tide_1", ["TOOL-007"]),
        ("tide_1", "Tide_1", []),
        ("REDACTED", "REDACTED", []),
    ],
)
def test_ids_of_calls(first, second, expected):
    """Call ids differ, unless a recorder replaced them."""
    transcript = f"""
        tools tide
        message-start
        tool-call-start 0 {first} tide
        tool-call-end 0
        tool-call-start 1 {second} tide
        tool-call-end 1
        message-end TOOL_CALL
    """

    assert expected == found(transcript)


TEXT = """
        message-start
        content-start 0 text
        content-delta 0 "At noon."
        content-end 0
        message-end {end}
"""


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("COMPLETE", ["TOOL-008"]),
        ("MAX_TOKENS", []),
        ("STOP_SEQUENCE", []),
        ("TOOL_CALL", ["CHAT-101"]),
    ],
)
def test_a_required_call(end, expected):
    """REQUIRED demands a call from an answer that came to its own end."""
    head = 'tools tide\n> {"tool_choice": "REQUIRED", "stop_sequences": ["#"]}'

    assert [] == found(call("", head=head))
    assert expected == found(head + TEXT.format(end=end))


def test_a_required_call_that_cannot_be_read():
    """A call that came in an unreadable event is not said to be missing."""
    transcript = """
        tools tide
        > {"tool_choice": "REQUIRED"}
        message-start
        event tool-call-start {"type":"tool-call-start","index":0,
        message-end COMPLETE
    """

    assert "TOOL-008" not in found(transcript)


def test_a_forbidden_call():
    """NONE forbids calls; one finding stands for all calls."""
    head = 'tools tide\n> {"tool_choice": "NONE"}'

    assert [] == found(head + TEXT.format(end="COMPLETE"))
    assert ["TOOL-009"] == found(call("", head=head))


def test_arguments_in_the_start_count():
    """Arguments that the start brings are unusual, and joined with those of the deltas."""
    start = '+ {"delta": {"message": {"tool_calls": {"function": {"arguments": "{"}}}}}'
    transcript = f"""
        tools tide
        message-start
        tool-call-start 0 tide_1 tide {start}
        tool-call-delta 0 "}}"
        tool-call-end 0
        message-end TOOL_CALL
    """

    assert ["TOOL-010"] == found(transcript)
