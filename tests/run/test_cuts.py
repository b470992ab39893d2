"""Options that cut an answer: that it is cut, and that it says so."""

from __future__ import annotations

import json

import pytest

from tests.run.scripted import codes, play, text

COUNT = "one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen"
LONG = f"{COUNT}, {COUNT}"
LIMIT = "chat-stream/options/max-tokens"
STOP = "chat-stream/options/stop-sequence"


def answers(option, said, reason):
    """A script: one text with an option, the whole count without."""
    return lambda body: text(said, reason) if option in body else text(LONG)


@pytest.mark.parametrize(
    ("said", "reason", "expected", "sent"),
    [
        ("one, two, three, four, five", "MAX_TOKENS", set(), 1),
        ("one, two, three, four, five", "COMPLETE", {("RUN-018", "error")}, 2),
        ("one, two, three, four,", "STOP_SEQUENCE", {("RUN-018", "error")}, 2),
        ("No.", "COMPLETE", set(), 2),
        (COUNT, "COMPLETE", {("RUN-004", "warning")}, 1),
        (LONG, "COMPLETE", {("RUN-004", "error")}, 1),
        (LONG, "MAX_TOKENS", {("RUN-004", "error")}, 1),
    ],
)
def test_max_tokens(said, reason, expected, sent):
    """A cut text that does not say so is found by the whole one, and a text that is not cut too."""
    result, bodies = play(LIMIT, answers("max_tokens", said, reason))

    assert expected == codes(result)
    assert sent == len(bodies)


@pytest.mark.parametrize(
    ("said", "reason", "expected"),
    [
        ("one, two, three,", "STOP_SEQUENCE", set()),
        ("one, two, three, ", "COMPLETE", {("RUN-018", "error")}),
        ("one, two, three,", "MAX_TOKENS", {("RUN-018", "error")}),
        ("one, two", "COMPLETE", set()),
        ("I cannot count.", "COMPLETE", set()),
        (LONG, "COMPLETE", {("RUN-020", "error")}),
        ("one, two, three, four", "STOP_SEQUENCE", set()),
    ],
)
def test_stop_sequences(said, reason, expected):
    """A text that goes on behind a stop sequence is found, and one that stops in silence."""
    result, _ = play(STOP, answers("stop_sequences", said, reason))

    assert expected == codes(result)


def test_a_refusal_of_the_whole_is_no_comparison():
    """Where the request without the option is refused, nothing is said of the one with it."""
    refusal = 'status 429\nbody {"message": "later"}'

    def script(body):
        return text("one", "COMPLETE") if "max_tokens" in body else refusal

    result, bodies = play(LIMIT, script)

    assert set() == codes(result)
    assert ["max_tokens" in body for body in bodies] == [True, False]


@pytest.mark.parametrize(
    ("thought", "expected"),
    [
        ("Seven times thirteen is ninety-one.", set()),
        ("Two does not divide it. Three does not. Five does not. Seven does.",
         {("RUN-028", "warning")}),
    ],
)  # fmt: skip
def test_token_budget(thought, expected):
    """Thinking of more words than its budget has tokens did not keep to it."""
    script = (
        f'message-start\ncontent-start 0 thinking\ncontent-delta 0 "{thought}"\ncontent-end 0\n'
        'content-start 1 text\ncontent-delta 1 "No."\ncontent-end 1\nmessage-end COMPLETE\n'
    )
    result, bodies = play("chat-stream/thinking/budget-small", lambda _: script)

    assert 12 == bodies[0]["thinking"]["token_budget"]
    assert expected == codes(result)


@pytest.mark.parametrize(
    ("said", "tokens", "expected"),
    [
        (COUNT, {"input_tokens": 9, "output_tokens": 0}, {("RUN-026", "warning")}),
        (COUNT, {"input_tokens": 0, "output_tokens": 9}, {("RUN-026", "warning")}),
        (COUNT, {"input_tokens": 1, "output_tokens": 4}, set()),
        ("Brest.", {"input_tokens": 0, "output_tokens": 0}, set()),
        (COUNT, None, set()),
    ],
)
def test_tokens_are_counted(said, tokens, expected):
    """No tokens at all are not what a question and a long answer have."""
    usage = json.dumps({"delta": {"usage": {"tokens": tokens}}})
    result, _ = play("chat-stream/text/plain", lambda _: text(said, more=f" + {usage}"))

    assert expected == codes(result)
