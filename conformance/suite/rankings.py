"""Rerank answers → rankings, and how strictly a server's rankings can be held to laws.

The noise of a server is measured and not assumed: it is asked the same twice. Where the answers
agree, what else differs is no noise. A stand-in that scores by place alone, whatever is asked, ranks
nothing that an index could point away from; it is warned of that and not blamed for more.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.rules.registry import prose
from conformance.subject import JsonBody
from conformance.suite.case import Case, Kind
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.suite.play import Unreached
from conformance.suite.rerank import DOCUMENTS, QUERY
from conformance.suite.transport import message_id_repeated
from conformance.transcript import exchange_from
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.suite.play import Play
    from conformance.wire import Exchange

__all__ = [
    "EXACT",
    "Footing",
    "Ranked",
    "ranked",
    "ranking",
    "ranking_cases",
    "results",
    "told",
    "tolerance",
]

# How far scores of one document may differ between two answers: of a program, and of a model.
EXACT, NOISE = 1e-6, 0.02
# Answers to one request that differ by less come from a program or from a model that is as steady.
_STEADY = 0.005
# No rounding and no batch of a model moves a score by so much.
_BLATANT = 0.2
_OK = 200
_OTHER_QUERY = "What are mussels cooked in?"
# The documents that answer the query and the other one.
_ABOUT = (1, 2)


class Ranked(NamedTuple):
    """One result: which document, and its score."""

    document: int
    score: float


def ranking(exchange: Exchange) -> list[Ranked] | None:
    """The results of a rerank answer; None when there are none, or their form is broken."""
    response = exchange.response
    if response is None or response.status != _OK:
        return None
    results = JsonBody(response.body).object.get("results")
    if not isinstance(results, list) or not results:
        return None
    found = []
    for result in results:
        index = result.get("index") if isinstance(result, dict) else None
        score = result.get("relevance_score") if isinstance(result, dict) else None
        if isinstance(index, bool) or not isinstance(index, int):
            return None
        if isinstance(score, bool) or not isinstance(score, (int, float)):
            return None
        found.append(Ranked(index, float(score)))
    return found if len({each.document for each in found}) == len(found) else None


def told(results: list[Ranked], most: int = 5) -> str:
    """A ranking as a line of evidence: documents and scores, `most` of them."""
    shown = ", ".join(f"{each.document}: {each.score:g}" for each in results[:most])
    return shown + (", …" if len(results) > most else "")


def results(text: str, **more: Any) -> Exchange:
    """A stored rerank exchange of these results, for samples; `more` goes into its request."""
    patch = f"\n> {json.dumps(more)}" if more else ""
    return exchange_from(f"endpoint rerank{patch}\nresults {text}")


def _apart(first: Exchange, second: Exchange) -> float | None:
    """How far the scores of one document differ at most; None when there is nothing to compare."""
    one, other = ranking(first), ranking(second)
    if one is None or other is None:
        return None
    scores = {each.document: each.score for each in one}
    if set(scores) != {each.document for each in other}:
        return None
    return max(abs(scores[each.document] - each.score) for each in other)


# -- the checks --------------------------------------------------------------------------------


@run_check(
    "RUN-016", "ranking-unsteady", level=Level.WARNING, source=prose("RR-07"),
    keeps=lambda: Sample((results("1:0.9 0:0.5"), results("1:0.89 0:0.51")), {}),
    breaks=lambda: Sample((results("1:0.9 0:0.5"), results("0:0.8 1:0.3")), {}),
)  # fmt: skip
def ranking_unsteady(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """The same request has the same ranking, but for the noise of a model.

    Help: the same search shows other results each time
    """
    apart = _apart(exchanges[0], exchanges[1])
    if apart is not None and apart > NOISE:
        lines = tuple(
            (f"answer {n + 1}", told(found))
            for n, found in enumerate(map(ranking, exchanges))
            if found is not None
        )
        yield Lapse(f"scores of the same request differ by up to `{apart:g}`", 1, lines)


@run_check(
    "RUN-017", "query-ignored", level=Level.WARNING, source=prose("RR-07"),
    keeps=lambda: Sample((results("1:0.9 0:0.5"), results("0:0.9 1:0.5")), {}),
    breaks=lambda: Sample((results("1:0.9 0:0.5"), results("1:0.9 0:0.5")), {}),
)  # fmt: skip
def query_ignored(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """Documents have other scores for a query about something else.

    Help: whatever is searched for, the same documents come first
    """
    found = ranking(exchanges[0])
    if found is not None and _apart(exchanges[0], exchanges[1]) == 0:
        lines = (("scores", told(found)),)
        yield Lapse("two queries about different things give every document the same score", 1,
                    lines)  # fmt: skip


@run_check(
    "RUN-027", "relevance-inverted", level=Level.WARNING, source=prose("RR-07"),
    keeps=lambda: Sample((results("1:0.9 2:0.5"), results("2:0.9 1:0.5")), {"about": [1, 2]}),
    breaks=lambda: Sample((results("2:0.9 1:0.5"), results("1:0.9 2:0.5")), {"about": [1, 2]}),
)  # fmt: skip
def relevance_inverted(exchanges: Sequence[Exchange], *, about: Sequence[int]) -> Iterator[Lapse]:
    """Of two documents each scores higher for the query that it answers, at least one of them.

    `about` names the document that answers the query of each exchange.

    Help: what a search was for comes last
    """
    rankings = [ranking(exchange) for exchange in exchanges]
    missed = 0
    for number, found in enumerate(rankings):
        scores = {each.document: each.score for each in found or []}
        own, other = (scores.get(about[place]) for place in (number, 1 - number))
        missed += own is not None and other is not None and own < other - NOISE
    if missed == len(about):
        lines = tuple((f"query {n + 1}", told(found)) for n, found in enumerate(rankings) if found)
        yield Lapse("for each of two queries the document about the other one scores higher", 1,
                    lines)  # fmt: skip


# -- what a server's rankings can be held to ---------------------------------------------------


class Footing(NamedTuple):
    """What is known of the rankings of a server.

    `noise` is how far scores differ between answers to the same request. `placed`: scores depend on
    the place of a document alone, and neither on its text nor on the query.
    """

    noise: float
    placed: bool


def ranked(play: Play, documents: list[str], **more: Any) -> Exchange:
    """Ask for a ranking; raises Unreached when no answer comes."""
    body = {"query": QUERY, "documents": documents, **more}
    exchange = play.send(play.body(body, "rerank"))
    play.served(exchange)
    return exchange


def _asked(play: Play) -> list[Exchange]:
    """The answers to one request, the same again, another query, and documents turned round."""
    return [
        ranked(play, DOCUMENTS),
        ranked(play, DOCUMENTS),
        ranked(play, DOCUMENTS, query=_OTHER_QUERY),
        ranked(play, DOCUMENTS[::-1]),
    ]


def _footing_of(answers: Sequence[Exchange]) -> Footing:
    first, again, other, turned = answers
    places = {_apart(first, other), _apart(first, turned)}
    return Footing(_apart(first, again) or 0.0, placed=places == {0.0})


def footing(play: Play) -> Footing | None:
    """What is known of the server's rankings, asked once for a session; None if it did not answer."""
    session = play.session
    if session.footing is None:
        notes = len(play.notes)
        try:
            session.footing = _footing_of(_asked(play))
        except Unreached:
            # What is asked here is not what the case is about.
            del play.notes[notes:]
    return session.footing


def tolerance(play: Play) -> dict[str, Any]:
    """How far scores may differ on the target, and how serious it is if they do by more."""
    if play.session.settings.is_mock:
        return {"tolerance": EXACT}
    known = footing(play)
    if known is None or known.placed or known.noise > _STEADY:
        noise = known.noise if known is not None else 0.0
        return {"tolerance": max(NOISE, 2 * noise), "level": Level.WARNING}
    return {"tolerance": NOISE, "level": Level.ERROR}


# -- the cases ---------------------------------------------------------------------------------


def _repeated(play: Play) -> None:
    answers = _asked(play)
    known = play.session.footing = _footing_of(answers)
    level = Level.ERROR if known.noise > _BLATANT else None
    play.demand(ranking_unsteady, answers[:2], level=level)
    # Only of different requests: the same answer may come from a cache.
    play.demand(message_id_repeated, answers[1:])


def _query(play: Play) -> None:
    first, other = ranked(play, DOCUMENTS), ranked(play, DOCUMENTS, query=_OTHER_QUERY)
    known = footing(play)
    level = Level.ERROR if known is not None and not known.placed else None
    play.demand(query_ignored, [first, other], level=level)
    play.demand(relevance_inverted, [first, other], about=_ABOUT)


def ranking_cases() -> list[Case]:
    """The cases about what rankings depend on."""
    needs = ("rerank",)
    return [
        Case("rerank/laws/repeated", "one request twice", Kind.LAW, needs, _repeated, 4),
        Case("rerank/laws/query", "two queries about different things", Kind.LAW, needs, _query, 2),
    ]
