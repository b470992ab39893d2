"""Deltas that bring again what came before."""

from __future__ import annotations

import pytest

from tests.run.scripted import codes, play

CASE = "chat-stream/text/plain"


def stream(*deltas, kind="text"):
    """The transcript of a text in these deltas."""
    lines = "".join(f'content-delta 0 "{delta}"\n' for delta in deltas)
    start = f"message-start\ncontent-start 0 {kind}\n"
    return f"{start}{lines}content-end 0\nmessage-end COMPLETE\n"


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        (("The", "The tide", "The tide is", "The tide is high"), {("RUN-021", "error")}),
        (("-", "The", "The tide", "The tide is", "The tide is high"), {("RUN-021", "error")}),
        (("The", "The tide", "The tide is", " high"), set()),
        (("The", " tide", " is", " high", " in Brest"), set()),
        (("no", "no", "no", "no", "no"), set()),
        ((" ", "  ", "   ", "    ", "     "), set()),
        (("The tide is high",), set()),
    ],
)
def test_what_grows_in_each_delta_is_found(deltas, expected):
    """Four deltas in a row that each hold the one before are no chance, fewer may be."""
    found, _ = play(CASE, lambda _: stream(*deltas))

    assert expected == {each for each in codes(found) if each[0] == "RUN-021"}


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([c for c in "tides rise and fall" for _ in range(2)], {("RUN-025", "error")}),
        ([c for c in "tides rise and fall" for _ in range(2)][:-1], set()),
        ([c for c in "tides" for _ in range(2)], set()),
        (["ha"] * 40, set()),
        ([*"aabbccddee", *"no more of it"], set()),
    ],
)
def test_what_comes_twice_is_found(deltas, expected):
    """Deltas that all come in pairs are found where there are many and they differ."""
    found, _ = play(CASE, lambda _: stream(*deltas))

    assert expected == {each for each in codes(found) if each[0] == "RUN-025"}


def test_thinking_is_looked_at_too():
    """Thinking may come cumulated while the text does not."""
    found, _ = play(CASE, lambda _: stream("a", "ab", "abc", "abcd", kind="thinking"))

    assert ("RUN-021", "error") in codes(found)
