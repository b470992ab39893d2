"""Laws that need no oracle: what several answers must have in common, whatever each says.

Rerank: a smaller `top_n` gives a beginning of the same ranking; permuted documents keep their
scores; equal documents tie. How far scores may differ, and how serious it is if they do by more,
depends on how steady the server's rankings are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.rules.registry import observed, prose
from conformance.suite.case import Case, Kind
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.suite.rankings import (
    EXACT,
    ranked,
    ranking,
    ranking_cases,
    results,
    told,
    tolerance,
)
from conformance.suite.rerank import DOCUMENTS
from conformance.suite.shows import message_in
from conformance.transcript import exchange_from
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.suite.play import Play
    from conformance.wire import Exchange

__all__ = ["law_cases", "permuted_documents", "ranking", "tolerance", "top_n_prefix"]


def _pair(first: str, second: str, **facts: Any) -> Sample:
    return Sample((results(first), results(second)), facts)


@run_check(
    "RUN-005", "top-n-prefix", level=Level.ERROR, source=prose("RR-01, RR-07"),
    keeps=lambda: _pair("1:0.9 0:0.5 2:0.1", "1:0.9", tolerance=EXACT),
    breaks=lambda: _pair("1:0.9 0:0.5 2:0.1", "2:0.9", tolerance=EXACT),
)  # fmt: skip
def top_n_prefix(exchanges: Sequence[Exchange], *, tolerance: float) -> Iterator[Lapse]:
    """The ranking with a smaller `top_n` is the beginning of the ranking of all documents.

    Help: an application that raises `top_n` page by page sees documents twice, or never
    """
    whole, part = ranking(exchanges[0]), ranking(exchanges[1])
    if whole is None or part is None or len(part) > len(whole):
        return
    scores = {each.document: each.score for each in whole}
    for place, (long, short) in enumerate(zip(whole, part, strict=False)):
        known = scores.get(short.document)
        tied = known is not None and abs(known - long.score) <= tolerance
        if short.document != long.document and not tied:
            yield Lapse(
                f"place {place + 1} with a smaller `top_n` is document {short.document}, "
                f"and document {long.document} without",
                1,
                (("all", told(whole)), ("top_n", told(part))),
            )
            return
        if known is not None and abs(known - short.score) > tolerance:
            yield Lapse(
                f"document {short.document} scores `{short.score:g}` with a smaller `top_n`, "
                f"and `{known:g}` without",
                1,
                (("all", told(whole)), ("top_n", told(part))),
            )
            return


@run_check(
    "RUN-006", "permuted-documents", level=Level.ERROR, source=prose("RR-05"),
    keeps=lambda: _pair("1:0.9 0:0.5 2:0.1", "1:0.9 2:0.5 0:0.1", order=[2, 1, 0],
                        tolerance=EXACT),
    breaks=lambda: _pair("1:0.9 0:0.5 2:0.1", "0:0.9 1:0.5 2:0.1", order=[2, 1, 0],
                         tolerance=EXACT),
)  # fmt: skip
def permuted_documents(
    exchanges: Sequence[Exchange], *, order: Sequence[int], tolerance: float
) -> Iterator[Lapse]:
    """Documents in another order keep their scores: `index` follows them to their new places.

    Help: an application shows other documents than those that were found relevant
    """
    first, second = ranking(exchanges[0]), ranking(exchanges[1])
    if first is None or second is None:
        return
    scores = {each.document: each.score for each in first}
    for place, score in second:
        if not 0 <= place < len(order) or order[place] not in scores:
            continue
        known = scores[order[place]]
        if abs(known - score) > tolerance:
            yield Lapse(
                f"document {order[place]} scores `{known:g}`, and `{score:g}` when it stands at "
                f"place {place}",
                1,
                (("first", told(first)), ("permuted", told(second))),
            )
            return


@run_check(
    "RUN-007", "equal-documents", level=Level.ERROR, source=prose("RR-07"),
    keeps=lambda: Sample((results("0:0.9 2:0.9 1:0.1"),), {"same": [0, 2], "tolerance": EXACT}),
    breaks=lambda: Sample((results("0:0.9 1:0.5 2:0.1"),), {"same": [0, 2], "tolerance": EXACT}),
)  # fmt: skip
def equal_documents(
    exchanges: Sequence[Exchange], *, same: Sequence[int], tolerance: float
) -> Iterator[Lapse]:
    """Equal documents have equal scores.

    Help: the relevance of a text depends on where it stands in the list
    """
    found = ranking(exchanges[0])
    if found is None:
        return
    scores = {each.document: each.score for each in found if each.document in same}
    if scores and max(scores.values()) - min(scores.values()) > tolerance:
        listed = ", ".join(f"`{score:g}`" for score in scores.values())
        yield Lapse(f"the same document scores {listed}", 0, (("results", told(found)),))


_ONE_TEXT = """
message-start
content-start 0 text
content-delta 0 "one "
content-delta 0 "two"
content-end 0
message-end COMPLETE
"""


@run_check(
    "RUN-009", "seed-changes-nothing", level=Level.INFO, source=observed("CR-04"),
    keeps=lambda: Sample((exchange_from(_ONE_TEXT), exchange_from(_ONE_TEXT)), {}),
    breaks=lambda: Sample(
        (exchange_from(_ONE_TEXT), exchange_from(_ONE_TEXT.replace('"two"', '"three"'))), {}
    ),
)  # fmt: skip
def same_seed(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """The same request with the same seed gets the same text, as far as the server can.

    Help: tests that rely on a seed are not repeatable
    """
    texts = [m.text() for m in map(message_in, exchanges) if m is not None]
    if len(texts) > 1 and len(set(texts)) > 1:
        lines = tuple((f"answer {n + 1}", text[:100]) for n, text in enumerate(texts))
        yield Lapse("the same seed gave another text", 1, lines)


# -- the cases ---------------------------------------------------------------------------------


def _top_n(play: Play) -> None:
    whole = ranked(play, DOCUMENTS)
    for most in (1, 3):
        part = ranked(play, DOCUMENTS, top_n=most)
        play.demand(top_n_prefix, [whole, part], **tolerance(play))


def _permuted(play: Play) -> None:
    first = ranked(play, DOCUMENTS)
    order = [3, 0, 4, 2, 1]
    second = ranked(play, [DOCUMENTS[place] for place in order])
    play.demand(permuted_documents, [first, second], order=order, **tolerance(play))


def _equal(play: Play) -> None:
    documents = [DOCUMENTS[1], DOCUMENTS[0], DOCUMENTS[1], DOCUMENTS[3], DOCUMENTS[1]]
    exchange = ranked(play, documents)
    play.demand(equal_documents, [exchange], same=[0, 2, 4], **tolerance(play))


def _seed(play: Play) -> None:
    text = "Invent the name of a lighthouse and tell one sentence about it."
    body = play.body({"messages": [{"role": "user", "content": text}], "seed": 11})
    answers = [answer for answer in (play.send(body), play.send(body)) if play.served(answer)]
    if len(answers) > 1:
        play.demand(same_seed, answers)


def law_cases() -> list[Case]:
    """The laws as cases."""
    rerank = ("rerank",)
    return [
        Case("chat-stream/laws/same-seed", "one request twice, with a seed", Kind.LAW,
             ("chat-stream", "seed"), _seed, 2),
        *ranking_cases(),
        Case("rerank/laws/top-n", "one ranking, of all and of some documents", Kind.LAW, rerank,
             _top_n, 3),
        Case("rerank/laws/permuted", "one ranking, of documents in two orders", Kind.LAW, rerank,
             _permuted, 2),
        Case("rerank/laws/equal", "equal documents among others", Kind.LAW, rerank, _equal, 1),
    ]  # fmt: skip
