"""Rules about the end of a message and its usage, on both sides of every boundary."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level

REASONS = ("COMPLETE", "STOP_SEQUENCE", "MAX_TOKENS", "TOOL_CALL", "ERROR", "TIMEOUT")
TEXT = """
    content-start 0 text
    content-delta 0 "One. "
    content-end 0
"""
CALL = """
    tool-call-start 0 tide_1 tide
    tool-call-end 0
"""
PLAN = 'tool-plan-delta "I look."\n'
THINKING = """
    content-start 0 thinking
    content-delta 0 "hm"
    content-end 0
"""


def judged(transcript):
    """All errors and warnings, in the order of the rules."""
    violations = check(exchange_from(transcript)).violations
    return [v for v in violations if v.level is not Level.INFO]


def found(transcript):
    """The codes of all errors and warnings."""
    return [v.code for v in judged(transcript)]


def stream(body, end, head='tools tide\n> {"stop_sequences": ["###"]}'):
    """A stream with a body, that ends as told."""
    return f"{head}\nmessage-start\n{body}\nmessage-end {end}"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (TEXT, {"TOOL_CALL": ["CHAT-101"]}),
        (CALL, {"COMPLETE": ["CHAT-102"], "STOP_SEQUENCE": ["CHAT-102"]}),
        (PLAN + CALL, {"COMPLETE": ["CHAT-102"], "STOP_SEQUENCE": ["CHAT-102"]}),
        (PLAN, {"TOOL_CALL": ["CHAT-101"], "COMPLETE": ["CHAT-120"]}),
        (THINKING, {"TOOL_CALL": ["CHAT-101"], "COMPLETE": ["CHAT-117"]}),
        ("", {"TOOL_CALL": ["CHAT-101"], "COMPLETE": ["CHAT-117"]}),
    ],
)
def test_finish_reasons(body, expected):
    """Each finish reason agrees with what was streamed before it."""
    for reason in REASONS:
        failed = reason in ("ERROR", "TIMEOUT")
        end = reason + (' + {"delta": {"error": "failed"}}' if failed else "")

        assert expected.get(reason, []) == found(stream(body, end)), reason


@pytest.mark.parametrize(
    ("body", "end", "expected"),
    [
        ('tool-call-delta 0 "{}"\ntool-call-end 0', "TOOL_CALL", ["STREAM-011"]),
        ("tool-call-end 0", "TOOL_CALL", ["STREAM-012"]),
        ('tool-call-delta 0 "{}"', "COMPLETE", ["STREAM-011"]),
        ("event tool-call-start {\ntool-call-end 0", "TOOL_CALL", ["EVENT-001"]),
        ("content-start 0 text\nevent content-delta {\ncontent-end 0", "COMPLETE", ["EVENT-001"]),
    ],
)
def test_lost_parts_are_not_reported_twice(body, end, expected):
    """What lacks because an event is broken or misplaced is the fault of that event."""
    assert expected == found(stream(body, end))


@pytest.mark.parametrize("reason", ["complete", "DONE"])
def test_unknown_finish_reasons_are_one_fault(reason):
    """A finish reason that does not exist is not compared with anything."""
    assert ["EVENT-009"] == found(stream(CALL, reason))


@pytest.mark.parametrize(
    ("reason", "error", "expected"),
    [
        ("ERROR", '"failed"', []),
        ("TIMEOUT", '"failed"', []),
        ("ERROR", '""', ["CHAT-107"]),
        ("ERROR", "null", ["CHAT-107"]),
        ("TIMEOUT", "null", ["CHAT-107"]),
        ("ERROR", "5", ["EVENT-008"]),
        ("COMPLETE", '"failed"', ["CHAT-106"]),
        ("MAX_TOKENS", '"failed"', ["CHAT-106"]),
        ("COMPLETE", '""', []),
        ("COMPLETE", "null", []),
    ],
)
def test_errors_and_failures(reason, error, expected):
    """An error is told by a failure, and by nothing else."""
    end = f'{reason} + {{"delta": {{"error": {error}}}}}'

    assert expected == found(stream(TEXT, end))


def text(*pieces):
    """A text block of the given pieces."""
    deltas = "\n".join(f"content-delta 0 {json.dumps(piece)}" for piece in pieces)
    return f"content-start 0 text\n{deltas}\ncontent-end 0"


@pytest.mark.parametrize(
    ("pieces", "end", "expected"),
    [
        (["One. "], "STOP_SEQUENCE", []),
        (["One. ##"], "STOP_SEQUENCE", []),
        (["One. ###"], "STOP_SEQUENCE", ["CHAT-114"]),
        (["One. #", "##", " two"], "STOP_SEQUENCE", ["CHAT-114"]),
        (["One. ###"], "COMPLETE", []),
        (["One. ###"], "MAX_TOKENS", []),
    ],
)
def test_stop_sequences_in_the_text(pieces, end, expected):
    """A text that ended at a stop sequence holds none."""
    assert expected == found(stream(text(*pieces), end))


def test_the_place_is_the_delta_that_completes_the_stop_sequence():
    """The finding points to the delta that brings the end of the first stop sequence."""
    (violation,) = judged(stream(text("One. #", "## two", " ###"), "STOP_SEQUENCE"))

    assert 4 == violation.event
    assert "the text holds the stop sequence `###` at character 5" == violation.message


def test_stop_sequences_in_thinking():
    """Only the text ends at a stop sequence, thinking may hold it."""
    body = THINKING.replace("hm", "###") + TEXT.replace(" 0", " 1")

    assert [] == found(stream(body, "STOP_SEQUENCE"))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('> {"stop_sequences": ["#"]}', []),
        ('> {"stop_sequences": []}', ["CHAT-115"]),
        ("", ["CHAT-115"]),
    ],
)
def test_a_stop_that_was_not_asked_for(head, expected):
    """STOP_SEQUENCE needs a stop sequence in the request."""
    assert expected == found(stream(TEXT, "STOP_SEQUENCE", head))


def test_an_empty_text_is_an_empty_answer():
    """A text block whose deltas are empty is no answer, a blank one is."""
    assert ["STREAM-028", "CHAT-117"] == found(stream(text(""), "COMPLETE"))
    assert [] == found(stream(text(" "), "COMPLETE"))


def usage(value, reason="COMPLETE"):
    """A message-end with this usage; members that are null are absent."""
    return f'{reason} + {{"delta": {{"usage": {json.dumps(value)}}}}}'


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("COMPLETE", []),
        (usage(None), ["CHAT-103"]),
        (usage(None, "MAX_TOKENS"), ["CHAT-103"]),
        ('ERROR + {"delta": {"usage": null, "error": "failed"}}', []),
        ('TIMEOUT + {"delta": {"usage": null, "error": "failed"}}', []),
        ('ERROR + {"delta": {"usage": {"tokens": null}, "error": "failed"}}', []),
        ('COMPLETE + {"delta": null}', ["EVENT-010"]),
        (usage(5), ["EVENT-008"]),
        (usage({"tokens": None}), ["CHAT-104"]),
        (usage({"tokens": None, "billed_units": None}), ["CHAT-104"]),
        (usage({"tokens": {"output_tokens": None}}), ["CHAT-104"]),
        (usage({"tokens": 5}), ["EVENT-008"]),
    ],
)
def test_usage_is_there_and_whole(end, expected):
    """A generation that did not fail tells its usage with all four counts."""
    assert expected == found(stream(TEXT, end))


def test_what_lacks_is_named():
    """The headline of an incomplete usage names every member that lacks."""
    (violation,) = judged(
        stream(TEXT, usage({"billed_units": None, "tokens": {"output_tokens": None}}))
    )

    assert "the usage lacks `billed_units`, `tokens.output_tokens`" == violation.message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"cached_tokens": 60}, []),
        ({"cached_tokens": 60.5}, ["CHAT-105"]),
        ({"cached_tokens": 61}, ["CHAT-105"]),
        ({"cached_tokens": 0}, []),
        ({"tokens": {"reasoning_tokens": 4}}, []),
        ({"tokens": {"reasoning_tokens": 5}}, ["CHAT-105"]),
        ({"billed_units": {"output_tokens": 4}}, []),
        ({"billed_units": {"output_tokens": 5}}, ["CHAT-105"]),
        ({"billed_units": {"input_tokens": 600}}, []),
        ({"tokens": {"image_tokens": 600}}, []),
        ({"cached_tokens": 61, "tokens": {"reasoning_tokens": 5}}, ["CHAT-105", "CHAT-105"]),
        ({"cached_tokens": "61"}, ["EVENT-008"]),
        ({"cached_tokens": 61, "tokens": {"input_tokens": True}}, ["EVENT-008"]),
    ],
)
def test_usage_agrees_with_itself(value, expected):
    """No part is more than its whole; images are billed beside the counted tokens."""
    assert expected == found(stream(TEXT, usage(value)))


@pytest.mark.parametrize(
    ("most", "expected"),
    [("2", []), ("1", ["CHAT-119"]), ("2.0", []), ("3", [])],
)
def test_billed_tokens_and_max_tokens(most, expected):
    """No more tokens are billed than max_tokens."""
    head = f'> {{"max_tokens": {most}}}'

    assert expected == found(stream(TEXT, "MAX_TOKENS", head))
