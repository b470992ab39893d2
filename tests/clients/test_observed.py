"""Lines of an adapter add up to what the caller got."""

from __future__ import annotations

from conformance.clients.channels import Cited, Ranked, ToolCall, Usage
from conformance.clients.observed import Reported, observed_from, paired


def line(kind, **members):
    """A line that keeps the protocol."""
    return {"case": "a", "type": kind, **members}


def test_pieces_are_joined():
    """Text, thinking and plan are joined, each for itself, in the order of their coming."""
    got = observed_from(
        [line("text", text="a"), line("thinking", text="x"), line("text", text=""),
         line("tool_plan", text="p"), line("text", text="b")]
    )  # fmt: skip

    assert ("ab", "x", "p") == (got.text, got.thinking, got.tool_plan)
    assert not got.ended


def test_tool_calls_are_merged_by_index():
    """Lines of one index are one call; its first id and name count, its arguments are joined."""
    got = observed_from(
        [
            line("tool_call", index=1, name="g", arguments="{}"),
            line("tool_call", index=0, id="i", name="f", arguments='{"a"'),
            line("tool_call", index=0, id="j", arguments=":1}"),
            line("tool_call", index=0, arguments=None),
        ]
    )

    assert (ToolCall("i", "f", '{"a":1}'), ToolCall(None, "g", "{}")) == got.calls


def test_log_probabilities():
    """Those of several lines are joined."""
    lines = [line("logprobs", logprobs=each) for each in ([-0.5], [], [-1, -2.5])]

    assert (-0.5, -1, -2.5) == observed_from(lines).logprobs


def test_what_comes_once():
    """Of words and counts the last one counts, of errors the first."""
    got = observed_from(
        [
            line("finish", reason="stop"), line("finish", reason="length"),
            line("usage", input_tokens=1), line("usage", output_tokens=2),
            {**line("error", message="one"), "class": "A"},
            {**line("error", message="two"), "class": "B"},
            line("citation", start=0, end=1, text="a", sources=["d", None]),
            line("results", results=[{"index": 1, "relevance_score": 0.5}]),
            line("unsupported", what="/k"), line("end"),
        ],
        seconds=1.5,
    )  # fmt: skip

    assert ("length", Usage(None, 2)) == (got.finish, got.usage)
    assert Reported("A", "one") == got.error
    assert (Cited(0, 1, "a", ("d", "")),) == got.citations
    assert (Ranked(1, 0.5),) == got.results
    assert ("/k", True, 1.5, 10) == (got.unsupported, got.ended, got.seconds, len(got.lines))


def test_halves_of_characters_are_joined():
    """A character cut in two is whole again when its halves meet; a lone half is replaced."""
    halves = [
        line("text", text="a\ud83d"),
        line("text", text="\ude00b"),
        line("text", text="\ude00"),
    ]
    calls = [
        line("tool_call", index=0, arguments="\ud83d"),
        line("tool_call", index=0, arguments="\ude00"),
    ]
    error = {**line("error", message="\ud83d"), "class": "E"}
    got = observed_from([*halves, *calls, error])

    assert "a😀b\ufffd" == got.text
    assert "😀" == got.calls[0].arguments
    assert "\ufffd" == got.error.message
    assert ["a\ufffd", "\ufffdb", "\ufffd"] == [one["text"] for one in got.lines[:3]]
    assert "é\u2028" == paired("é\u2028")
