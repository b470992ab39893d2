"""How strictly rankings are judged: by what the same server answers to the same question."""

from __future__ import annotations

import itertools

import pytest

from conformance.suite.rankings import (
    Footing,
    footing,
    ranking,
    relevance_inverted,
    told,
    tolerance,
)
from conformance.suite.session import Session
from conformance.suite.settings import RunSettings
from conformance.transcript import exchange_from
from conformance.verdict import Level
from conformance.wire import Exchange
from tests.run import stranger


def rerank(results):
    """A rerank exchange of four documents."""
    return exchange_from(f"endpoint rerank\ndocuments 4\nresults {results}")


class Asked:
    """What the measuring asks of a play: a session, and a way to send."""

    def __init__(self, footing=None, target="http://localhost:1"):
        self.session = Session(RunSettings(target=target), None)
        self.session.footing = footing


@pytest.mark.parametrize(
    ("known", "level"),
    [
        (Footing(0.0, placed=False), Level.ERROR),
        (Footing(0.004, placed=False), Level.ERROR),
        (Footing(0.1, placed=False), Level.WARNING),
        (Footing(0.0, placed=True), Level.WARNING),
    ],
)
def test_a_steady_server_is_held_to_the_laws(known, level):
    """What differs is an error only where noise cannot be the reason, nor a stand-in's places."""
    facts = tolerance(Asked(known))

    assert level is facts["level"]
    assert max(0.02, 2 * known.noise) == facts["tolerance"]


def test_our_mock_is_exact():
    """Our own mock computes scores, and nothing has to be measured."""
    assert {"tolerance": 1e-6} == tolerance(Asked(target="mock:"))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("1:0.9 2:0.1", "2:0.9 1:0.1", 0),
        ("2:0.9 1:0.1", "1:0.9 2:0.1", 1),
        ("2:0.9 1:0.1", "2:0.9 1:0.1", 0),
        ("2:0.9 1:0.89", "1:0.9 2:0.89", 0),
        ("2:0.9 1:0.9", "1:0.9 2:0.9", 0),
        ("2:0.9 0:0.1", "1:0.9 2:0.1", 0),
    ],
)
def test_relevance_the_wrong_way_round(first, second, expected):
    """Only where both documents score lower for the query that they answer."""
    answers = [rerank(first), rerank(second)]

    assert expected == len(list(relevance_inverted.find(answers, about=(1, 2))))


def judged(fault):
    """The ranking laws on a stranger with a fault: what was found, and what its rankings rest on."""
    from conformance.suite.catalogue import cases_for
    from conformance.suite.opening import opened

    with stranger.Stranger([], fault) as url:
        chosen = RunSettings(target=url, only=("rerank/laws",))
        with opened(chosen) as target:
            session = Session(chosen, target)
            results = [session.play(case) for case in cases_for(chosen)]
    found = {(v.code, v.level.value) for result in results for v in result.violations}
    return found, session.footing, sum(len(result.seen) for result in results)


@pytest.fixture(autouse=True)
def key(monkeypatch):
    """The stranger's key is in the environment."""
    monkeypatch.setenv("CO_API_KEY", stranger.KEY)


def test_what_rankings_rest_on_is_asked_once():
    """A conformant server breaks no law, and its noise is measured in the first case alone."""
    found, known, sent = judged(None)

    assert set() == found
    assert Footing(0.0, placed=False) == known
    assert 12 == sent


def test_noise_is_no_error_and_blatant_noise_is():
    """Restless scores are told as such, and not as breaches of laws about order."""
    found, known, _ = judged("rerank-restless")

    assert {("RUN-016", "error")} == {each for each in found if each[1] == "error"}
    assert known.noise > 0.2


def test_a_stand_in_is_warned_that_it_ranks_nothing():
    """Scores by place alone are a warning: what there is none of cannot be pointed away from."""
    found, known, _ = judged("rerank-by-place")

    assert {"warning"} == {level for _, level in found}
    assert ("RUN-017", "warning") in found
    assert known.placed


def test_a_silent_server_leaves_the_laws_lenient(monkeypatch):
    """Where no ranking comes nothing is known, and nothing is noted of what was not asked about."""
    from conformance.suite import rankings
    from conformance.suite.play import Unreached

    def gone(play):
        play.notes.append("not recorded")
        raise Unreached

    monkeypatch.setattr(rankings, "_asked", gone)
    play = Asked()
    play.notes = ["before"]

    assert footing(play) is None
    assert Level.WARNING is tolerance(play)["level"]
    assert ["before"] == play.notes


def test_rankings_as_evidence():
    """A long ranking is told by its first results; what is no ranking is none."""
    found = ranking(rerank("1:0.9 0:0.5 2:0.25 3:0.125"))

    assert "1: 0.9, 0: 0.5, …" == told(found, 2)
    assert [None, None] == [ranking(rerank("1:0.9 1:0.5")), ranking(Exchange(None, None))]
    assert [1, 0, 2, 3] == [each.document for each in found]
    assert all(a.score >= b.score for a, b in itertools.pairwise(found))
