"""Rules about what the request asked for, JSON mode among it, on both sides of every boundary."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level

LOGPROBS = '+ {"logprobs": {"text": "Hi", "token_ids": [5], "logprobs": [-0.1]}}'
FIRST = "5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90"
SECOND = "0b8e2f4c-6d1a-4f3b-8c77-1e5a9d2c3b40"


def judged(transcript):
    """All errors and warnings, in the order of the rules."""
    violations = check(exchange_from(transcript)).violations
    return [v for v in violations if v.level is not Level.INFO]


def found(transcript):
    """The codes of all errors and warnings."""
    return [v.code for v in judged(transcript)]


def said(*deltas, head="", end="COMPLETE"):
    """A stream with one text block; each delta is the rest of its line."""
    lines = "\n".join(f"content-delta 0 {delta}" for delta in deltas)
    return f"{head}\nmessage-start\ncontent-start 0 text\n{lines}\ncontent-end 0\nmessage-end {end}"


@pytest.mark.parametrize(
    ("asked", "deltas", "expected"),
    [
        ("true", [f'"Hi" {LOGPROBS}'], []),
        ("true", ['"Hi"', f'"!" {LOGPROBS}'], ["CHAT-122"]),
        ("true", [f'"Hi" {LOGPROBS}', '" "'], []),
        ("true", ['"Hi"', '"!"'], ["CHAT-109"]),
        ("false", ['"Hi"'], []),
        ("null", ['"Hi"'], []),
        ("false", [f'"Hi" {LOGPROBS}'], ["CHAT-108"]),
        ("null", [f'"Hi" {LOGPROBS}', f'"!" {LOGPROBS}'], ["CHAT-108"]),
    ],
)
def test_log_probabilities(asked, deltas, expected):
    """Log probabilities come if and only if they are asked for; null counts as none."""
    assert expected == found(said(*deltas, head=f'> {{"logprobs": {asked}}}'))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("[-17.5]", []),
        ("[0]", []),
        ("[0.0005]", []),
        ("[0.002]", ["CHAT-121"]),
        ("[1]", ["CHAT-121"]),
        ("[1e999]", ["EVENT-004"]),
        ("[-0.1, 0.5]", ["CHAT-121", "CHAT-122"]),
        ("[]", ["CHAT-122"]),
    ],
)
def test_log_probabilities_are_not_positive(numbers, expected):
    """A probability is 1 at most, its logarithm 0, but for rounding; one for each token."""
    item = f'+ {{"logprobs": {{"text": "Hi", "token_ids": [5], "logprobs": {numbers}}}}}'

    assert expected == found(said(f'"Hi" {item}', head='> {"logprobs": true}'))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("Hi", " all"), []),
        (("\u2581Hi", "\u0120all"), []),
        (("Hi a", "ll"), []),
        (("Hi", "\ufffd"), []),
        (("Ho", " all"), ["CHAT-122"]),
        (("Hi", ""), ["CHAT-122"]),
    ],
)
def test_log_probabilities_are_of_the_text(texts, expected):
    """Joined, they speak of the joined deltas; how tokens write a space is their own affair."""
    items = [
        json.dumps({"logprobs": {"text": t, "token_ids": [5], "logprobs": [-1]}}) for t in texts
    ]
    deltas = [f"{json.dumps(d)} + {item}" for d, item in zip(("Hi", " all"), items, strict=True)]

    assert expected == found(said(*deltas, head='> {"logprobs": true}'))


def test_null_is_no_log_probability():
    """A member `logprobs` that is null neither breaks one rule nor satisfies the other."""
    line = json.dumps({
        "type": "content-delta", "index": 0, "logprobs": None,
        "delta": {"message": {"content": {"text": "Hi"}}},
    })  # fmt: skip
    body = f"message-start\ncontent-start 0 text\nevent content-delta {line}\ncontent-end 0\nmessage-end"

    assert "CHAT-108" not in found(body)
    assert "CHAT-109" in found('> {"logprobs": true}\n' + body)


def test_the_word_in_a_text_is_no_log_probability():
    """A text that speaks of logprobs has none."""
    delta = json.dumps('{"logprobs": 1}')

    assert [] == found(said(delta))
    assert ["CHAT-109"] == found(said(delta, head='> {"logprobs": true}'))


def test_log_probabilities_need_text():
    """A failure, or an answer without text, has no log probabilities to give."""
    failed = 'message-end ERROR + {"delta": {"error": "failed"}}'
    call = "tool-call-start 0 tide_1 tide\ntool-call-end 0\nmessage-end TOOL_CALL"
    head = 'tools tide\n> {"logprobs": true}\nmessage-start\n'

    assert [] == found(head + failed)
    assert [] == found(head + call)


def in_json(text, *, form=None, end="COMPLETE"):
    """A stream in JSON mode with this text."""
    form = {"type": "json_object"} if form is None else form
    head = f"> {json.dumps({'response_format': form, 'stop_sequences': ['#']})}"
    return said(json.dumps(text), head=head, end=end)


@pytest.mark.parametrize("text", ["{}", ' {"a": 1}\n', "[]", "5", "null", '"x"'])
def test_json_mode_gives_json(text):
    """Any JSON text will do."""
    assert [] == found(in_json(text))


@pytest.mark.parametrize(
    "text", ["Sure: {}", "{} {}", '{"a": ', "```json\n{}\n```", "{'a': 1}", "NaN"]
)
@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("COMPLETE", ["CHAT-110"]),
        ("MAX_TOKENS", ["CHAT-111"]),
        ("STOP_SEQUENCE", ["CHAT-111"]),
        ('ERROR + {"delta": {"error": "failed"}}', []),
    ],
)
def test_json_mode_gives_nothing_else(text, end, expected):
    """What is no JSON is an error in a complete answer, and a warning in one that was cut."""
    assert expected == found(in_json(text, end=end))


def test_without_json_mode_any_text_will_do():
    """Only the type json_object asks for JSON."""
    assert [] == found(in_json("Sure", form={"type": "text"}))
    assert [] == found(said('"Sure"'))


def test_a_fence_is_named():
    """JSON in a Markdown fence is not JSON, and the note says so."""
    (violation,) = judged(in_json("```json\n{}\n```"))

    assert "fenced as Markdown" == violation.evidence.note
    assert "\n" not in violation.headline


def test_an_empty_text_is_no_json():
    """An empty answer in JSON mode is no JSON."""
    transcript = (
        '> {"response_format": {"type": "json_object"}}\nmessage-start\nmessage-end COMPLETE'
    )

    assert ["CHAT-110"] == found(transcript)


def test_json_that_lost_a_piece():
    """JSON mode is not judged when a delta could not be read."""
    transcript = in_json('{"a": 1').replace(
        "content-end",
        'content-delta 0 "}" + {"delta": {"message": {"content": {"text": 5}}}}\ncontent-end',
    )

    assert ["EVENT-008"] == found(transcript)


SCHEMA = {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        (SCHEMA, '{"port": "Brest"}', []),
        (SCHEMA, '{"port": "Brest", "day": 1}', []),
        (SCHEMA, '{"port": 5}', ["CHAT-112"]),
        (SCHEMA, "{}", ["CHAT-112"]),
        (SCHEMA, "[]", ["CHAT-112"]),
        (SCHEMA, "no", ["CHAT-110"]),
        ({"type": "str"}, "{}", []),
        ({"$ref": "https://example.com/x"}, "{}", []),
    ],
)
def test_json_mode_with_a_schema(schema, text, expected):
    """The answer fits the requested schema; one that is no schema judges nothing."""
    transcript = in_json(text, form={"type": "json_object", "json_schema": schema})

    assert expected == [code for code in found(transcript) if code.startswith("CHAT-1")]


def test_the_older_name_of_the_schema():
    """The older member `schema` names the form of the answer as well."""
    transcript = in_json("{}", form={"type": "json_object", "schema": SCHEMA})

    assert "CHAT-112" in found(transcript)


@pytest.mark.parametrize(
    ("levels", "schema", "expected"),
    [(5, None, []), (6, None, ["CHAT-113"]), (6, {"type": "array"}, []), (200, None, ["CHAT-113"])],
)
def test_how_deep_json_may_nest(levels, schema, expected):
    """Five levels may lie in one another; more, or with a schema, is not judged alike."""
    form = (
        {"type": "json_object"}
        if schema is None
        else {"type": "json_object", "json_schema": schema}
    )
    transcript = in_json("[" * levels + "]" * levels, form=form)

    assert expected == [code for code in found(transcript) if code.startswith("CHAT-1")]


THOUGHT = """
    message-start
    content-start 0 thinking
    content-delta 0 "hm"
    content-end 0
    content-start 1 text
    content-delta 1 "Hi"
    content-end 1
    message-end COMPLETE
"""


@pytest.mark.parametrize(
    ("thinking", "expected"),
    [("disabled", ["CHAT-116"]), ("enabled", [])],
)
def test_thinking(thinking, expected):
    """Thinking comes unless it is disabled."""
    assert expected == found(f'> {{"thinking": {{"type": "{thinking}"}}}}\n' + THOUGHT)
    assert [] == found(THOUGHT)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (FIRST, "", []),
        (FIRST, f'+ {{"id": "{FIRST}"}}', []),
        (FIRST, f'+ {{"id": "{SECOND}"}}', ["CHAT-118"]),
        (FIRST, '+ {"id": 5}', ["EVENT-008"]),
    ],
)
def test_ids_of_a_message(start, end, expected):
    """An id at the end of a message is the one from its start."""
    transcript = said('"Hi"').replace("message-start", f"message-start {start}") + f" {end}"

    assert expected == found(transcript)
