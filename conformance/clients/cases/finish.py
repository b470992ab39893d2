"""Finish reasons and token counts: every value that the last event may bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import answer, ask, block, end, start

if TYPE_CHECKING:
    from conformance.clients.cases.shelf import Shelf

__all__ = ["finish", "usage"]


def finish(shelf: Shelf) -> None:
    """Put the cases of finish reasons."""
    for name, about, reason in (
        ("complete", "an answer that is complete", "COMPLETE"),
        ("max-tokens", "an answer that met its token limit", "MAX_TOKENS"),
    ):
        say = shelf.say(name)
        shelf.allowed(name, about, [start(say), *block(say.parts()), end(say, reason)])
    say = shelf.say("stop-sequence")
    events = [start(say), *block(say.parts()), end(say, "STOP_SEQUENCE")]
    request = ask(say, stop_sequences=["<end>"])
    shelf.allowed("stop-sequence", "an answer that ended at a stop sequence", events, request)
    say = shelf.say("max-tokens-in-thinking")
    events = [start(say), *block(say.parts(), 0, "thinking"), end(say, "MAX_TOKENS")]
    shelf.allowed("max-tokens-in-thinking", "a token limit that the thinking met", events)
    say = shelf.say("max-tokens-empty")
    events = [start(say), *block([]), end(say, "MAX_TOKENS")]
    shelf.allowed("max-tokens-empty", "a token limit before the first delta", events)
    say = shelf.say("stop-sequence-empty")
    events = [start(say), *block([]), end(say, "STOP_SEQUENCE")]
    request = ask(say, stop_sequences=["<end>"])
    shelf.allowed("stop-sequence-empty", "a stop sequence before the first delta", events, request)


def _counts(given: float, taken: float) -> dict[str, float]:
    return {"input_tokens": given, "output_tokens": taken}


def usage(shelf: Shelf) -> None:
    """Put the cases of token counts."""
    say = shelf.say("counts")
    given, taken = say.number(5, 500), say.number(5, 500)
    both = {
        "billed_units": _counts(given, taken),
        "tokens": _counts(given + say.number(40, 90), taken + say.number(1, 9)),
    }
    values: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("empty", "no counts at all", {}),
        ("tokens-only", "counted tokens, and none billed", {"tokens": both["tokens"]}),
        ("billed-only", "billed tokens, and none counted", {"billed_units": both["billed_units"]}),
        ("input-only", "input tokens only",
         {"tokens": {"input_tokens": given}, "billed_units": {"input_tokens": given}}),
        ("output-only", "output tokens only",
         {"tokens": {"output_tokens": taken}, "billed_units": {"output_tokens": taken}}),
        ("empty-counts", "counts that are empty objects", {"tokens": {}, "billed_units": {}}),
        ("zero", "counts of zero", {"tokens": _counts(0, 0), "billed_units": _counts(0, 0)}),
        ("floats", "counts that are written `5.0`",
         {"tokens": _counts(float(given), float(taken)),
          "billed_units": _counts(float(given), float(taken))}),
        ("fractions", "counts that are fractions",
         {"tokens": _counts(given + 0.5, taken + 0.25),
          "billed_units": _counts(given + 0.5, taken + 0.25)}),
        ("large", "counts that need more than 32 bits",
         {"tokens": _counts(2**40, 2**33), "billed_units": _counts(2**40, 2**33)}),
        ("no-cached", "counts without cached tokens", both),
        ("cached", "cached tokens", {**both, "cached_tokens": given}),
        ("cached-float", "cached tokens that are written `1.0`", {**both, "cached_tokens": 1.0}),
        ("reasoning", "tokens of reasoning",
         {**both, "tokens": {**both["tokens"], "reasoning_tokens": taken}}),
        ("image", "tokens of images", {**both, "tokens": {**both["tokens"], "image_tokens": 3}}),
        ("search-units", "billed search units",
         {**both, "billed_units": {**both["billed_units"], "search_units": 1}}),
        ("classifications", "billed classifications",
         {**both, "billed_units": {**both["billed_units"], "classifications": 2}}),
        ("warnings", "warnings and an API version beside the counts, as in 2024",
         {**both, "api_version": {"version": "2", "is_experimental": True},
          "warnings": [say.phrase()]}),
    )  # fmt: skip
    for name, about, value in values:
        said = shelf.say(name)
        events = [*answer(said)[:-1], end(said, usage=value)]
        # Some clients count in whole numbers, and round.
        doubtful = ("usage",) if name == "fractions" else ()
        shelf.allowed(name, about, events, doubtful=doubtful)
