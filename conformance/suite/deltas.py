"""The deltas of a stream → whether each brings what is new, and nothing again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.contract import contract
from conformance.rules.registry import prose
from conformance.subject import Subject
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.transcript import exchange_from
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.wire import Exchange

__all__ = ["cumulative_deltas", "repeated_deltas"]

# So many deltas in a row that each begin with the whole of the one before do so by no chance.
_RUN = 4
# So many deltas in a row that each come twice, of which so many differ, do so by no chance.
_PAIRS, _DIFFERENT = 8, 5
_CHANNELS = ("text", "thinking")


def _stream(*deltas: str) -> Exchange:
    lines = "".join(f'content-delta 0 "{delta}"\n' for delta in deltas)
    return exchange_from(
        f"message-start\ncontent-start 0 text\n{lines}content-end 0\nmessage-end COMPLETE\n"
    )


@run_check(
    "RUN-021", "cumulative-deltas", level=Level.ERROR, source=prose("ST-04"),
    keeps=lambda: Sample((_stream("a", "a b", "a b c", " d"),), {}),
    breaks=lambda: Sample((_stream("a", "a b", "a b c", "a b c d"),), {}),
)  # fmt: skip
def cumulative_deltas(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """A delta brings what is new, and not what came before as well.

    Help: a client that joins deltas, as all do, shows the beginning of the answer over and over
    """
    for number, exchange in enumerate(exchanges):
        for said in _said(exchange):
            run = _longest_run(said)
            if len(run) >= _RUN:
                yield Lapse(
                    f"{len(run)} deltas in a row each begin with the whole of the one before",
                    number,
                    tuple(("content-delta", text[:80]) for text in run[:_RUN]),
                )


def _said(exchange: Exchange) -> Iterator[list[str]]:
    """The deltas of each channel of a stream."""
    reading = Subject(exchange, contract()).reading
    for channel in _CHANNELS if reading is not None else ():
        yield [
            text
            for event in reading.events  # type: ignore[union-attr]
            if event.type == "content-delta"
            and isinstance(text := event.at("delta", "message", "content", channel), str)
        ]


@run_check(
    "RUN-025", "repeated-deltas", level=Level.ERROR, source=prose("ST-04"),
    keeps=lambda: Sample((_stream(*"the tide is high"),), {}),
    breaks=lambda: Sample((_stream(*(c for c in "tides rise" for _ in range(2))),), {}),
)  # fmt: skip
def repeated_deltas(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """A delta comes once.

    Help: a client that joins deltas, as all do, shows every piece of the answer twice
    """
    for number, exchange in enumerate(exchanges):
        for said in _said(exchange):
            pairs = _pairs(said)
            if len(pairs) >= _PAIRS and len(set(pairs)) >= _DIFFERENT:
                yield Lapse(
                    f"{len(pairs)} deltas in a row each come twice",
                    number,
                    tuple(("content-delta", text[:80]) for text in said[: 2 * _RUN]),
                )


def _pairs(texts: Sequence[str]) -> list[str]:
    """The first of each two texts, where all of them come in pairs of equal ones."""
    firsts = list(texts[::2])
    return firsts if firsts == list(texts[1::2]) else []


def _longest_run(texts: Sequence[str]) -> list[str]:
    """The longest run of texts that each begin with the one before, and go on."""
    longest: list[str] = []
    run: list[str] = []
    for text in texts:
        grows = bool(run) and bool(run[-1].strip()) and len(text) > len(run[-1])
        run = [*run, text] if grows and text.startswith(run[-1]) else [text]
        longest = max(longest, run, key=len)
    return longest
