"""An answer that an option cuts short → whether it is cut, and says so.

An answer that ends for another reason than the one looked for may just be short. What the same
request gets without the option tells.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.rules.registry import prose
from conformance.suite.answers import longer_than_max_tokens
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.suite.shows import message_in
from conformance.transcript import exchange_from
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.suite.play import Play
    from conformance.wire import Exchange

__all__ = ["limited", "stopped", "within_budget"]

# A text of so many times the allowed words was not cut at all.
_UNCUT = 4
_STOP = "four"
# Other reasons say that something else happened, or are none.
_REASONS = {"COMPLETE", "MAX_TOKENS", "STOP_SEQUENCE"}


def _said(text: str, reason: str = "COMPLETE") -> Exchange:
    return exchange_from(
        f"message-start\ncontent-start 0 text\ncontent-delta 0 {json.dumps(text)}\ncontent-end 0\n"
        f"message-end {reason}\n"
    )


@run_check(
    "RUN-018", "cut-unsaid", level=Level.ERROR, source=prose("CR-07, CR-08, FR-01"),
    keeps=lambda: Sample(
        (_said("one two", "MAX_TOKENS"), _said("one two three")), {"reason": "MAX_TOKENS"}
    ),
    breaks=lambda: Sample((_said("one two"), _said("one two three")), {"reason": "MAX_TOKENS"}),
)  # fmt: skip
def cut_unsaid(exchanges: Sequence[Exchange], *, reason: str, stop: str = "") -> Iterator[Lapse]:
    """An answer that `max_tokens` or a stop sequence cuts says so in its finish reason.

    The second exchange is the same request without the option; it is needed where the first does not
    say so.

    Help: an application takes a part of an answer for all of it
    """
    cut, whole = message_in(exchanges[0]), message_in(exchanges[-1])
    if cut is None or whole is None or cut.finish_reason not in _REASONS - {reason}:
        return
    part, full = cut.text().rstrip(), whole.text().rstrip()
    rest = full[len(part) :].lstrip()
    if part and full.startswith(part) and rest and rest.startswith(stop):
        yield Lapse(
            f"the text is cut and finishes with `{cut.finish_reason}`, expected `{reason}`", 0,
            (("cut", part[-80:]), ("went on", rest[:80])),
        )  # fmt: skip


@run_check(
    "RUN-020", "stop-sequence-ignored", level=Level.ERROR, source=prose("CR-07"),
    keeps=lambda: Sample((_said("one two three", "STOP_SEQUENCE"),), {"stop": _STOP}),
    breaks=lambda: Sample((_said("one two three four five"),), {"stop": _STOP}),
)  # fmt: skip
def stop_sequence_ignored(exchanges: Sequence[Exchange], *, stop: str) -> Iterator[Lapse]:
    """A text does not go on to a stop sequence of the request, nor beyond.

    Help: an application that parses up to its own mark gets what stands behind it
    """
    for number, exchange in enumerate(exchanges):
        message = message_in(exchange)
        # A text that stopped and holds the sequence is what rule CHAT-114 is about.
        if message is None or message.failed or message.finish_reason == "STOP_SEQUENCE":
            continue
        text = message.text()
        if stop in text:
            at = text.index(stop)
            yield Lapse(
                f"the text holds the stop sequence `{stop}` and finishes with "
                f"`{message.finish_reason}`",
                number,
                (("text", text[max(0, at - 40) : at + 40]),),
            )


def _thought(words: int) -> Exchange:
    thought = json.dumps("hm " * words)
    return exchange_from(
        f"message-start\ncontent-start 0 thinking\ncontent-delta 0 {thought}\ncontent-end 0\n"
        'content-start 1 text\ncontent-delta 1 "Yes"\ncontent-end 1\nmessage-end COMPLETE\n'
    )


@run_check(
    "RUN-028", "over-token-budget", level=Level.WARNING, source=prose("TH-03"),
    keeps=lambda: Sample((_thought(5),), {"budget": 5}),
    breaks=lambda: Sample((_thought(6),), {"budget": 5}),
)  # fmt: skip
def over_token_budget(exchanges: Sequence[Exchange], *, budget: int) -> Iterator[Lapse]:
    """Thinking has no more words than its budget has tokens, since a word is a token or more.

    Help: a client that limits how long or how costly thinking is gets more than it asked for
    """
    for number, exchange in enumerate(exchanges):
        message = message_in(exchange)
        words = len(message.text("thinking").split()) if message is not None else 0
        if words > budget:
            yield Lapse(f"thinking has {words} words, and its budget is {budget} tokens", number)


def within_budget(play: Play, exchange: Exchange, *, budget: int) -> None:
    """Demand that thinking keeps to its budget."""
    play.demand(over_token_budget, [exchange], budget=budget)


def limited(play: Play, exchange: Exchange, *, most: int) -> None:
    """Demand that an answer keeps to `max_tokens`, and that a cut one says so."""
    message = message_in(exchange)
    words = len(message.text().split()) if message is not None else 0
    level = Level.ERROR if words > _UNCUT * most else None
    play.demand(longer_than_max_tokens, [exchange], most=most, level=level)
    if words <= most:
        _compare(play, exchange, "max_tokens", "MAX_TOKENS")


def stopped(play: Play, exchange: Exchange) -> None:
    """Demand that an answer ends at the stop sequence, and says so."""
    play.demand(stop_sequence_ignored, [exchange], stop=_STOP)
    _compare(play, exchange, "stop_sequences", "STOP_SEQUENCE", _STOP)


def _compare(play: Play, exchange: Exchange, option: str, reason: str, stop: str = "") -> None:
    """Where an answer does not say that it is cut, ask again without the option, and compare."""
    answers = [exchange]
    message = message_in(exchange)
    if message is not None and message.finish_reason != reason:
        request = exchange.request
        assert request is not None  # it was sent by this suite
        body = json.loads(request.body)
        del body[option]
        answers.append(play.send(body))
        if not play.served(answers[1]):
            return
    play.demand(cut_unsaid, answers, reason=reason, stop=stop)
