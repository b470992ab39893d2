"""Options that cut an answer: that it is cut, and that it says so."""

from __future__ import annotations

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
