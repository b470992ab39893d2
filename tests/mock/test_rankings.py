"""Rankings are by a real relevance, and keep the laws that need no oracle."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PORTS = [
    "Lorient is a harbour in the south of Brittany",
    "The tide at Brest rises by seven metres",
    "How to cook mussels",
    "Brest has a castle, and tides",
]
WORDS = st.lists(
    st.sampled_from(["tide", "ebb", "rock", "boat", "fog", "the"]), min_size=1, max_size=6
)
DOCUMENTS = st.lists(WORDS.map(" ".join), min_size=1, max_size=8)
FEW = settings(
    max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def order(asked):
    """The indexes of the results."""
    return [result["index"] for result in asked.json["results"]]


def scores(asked):
    """The score of each document."""
    return {result["index"]: result["relevance_score"] for result in asked.json["results"]}


@pytest.mark.parametrize(
    ("query", "documents", "first"),
    [
        ("How high is the tide at Brest?", PORTS, 1),
        ("cooking mussel", PORTS, 2),
        ("castles", PORTS, 3),
        ("capital of France", ["Lyon is a city", "Paris is the capital"], 1),
        ("東京の天気", ["大阪の天気は晴れ", "東京の天気は雨", "fog"], 1),
        ("größe", ["klein", "die Größe"], 1),
    ],
)
def test_the_relevant_document_is_first(rerank, query, documents, first):
    """The document that speaks of the query ranks first, also when its words are inflected."""
    assert first == order(rerank(query, documents))[0]


def test_scores_lie_between_0_and_1(rerank):
    """Scores are fractions, the one of an unrelated document near 0."""
    found = scores(rerank("tide", ["tide tide tide", "mussels"]))

    assert 0.3 < found[0] < 1
    assert 0 < found[1] < 0.05


@FEW
@given(query=WORDS.map(" ".join), documents=DOCUMENTS, top=st.integers(1, 10))
def test_top_n_is_a_beginning(rerank, query, documents, top):
    """A smaller `top_n` gives the beginning of the whole ranking."""
    whole = rerank(query, documents).json["results"]

    assert whole[:top] == rerank(query, documents, top_n=top).json["results"]


@FEW
@given(query=WORDS.map(" ".join), documents=DOCUMENTS, data=st.data())
def test_permuting_documents_permutes_indexes(rerank, query, documents, data):
    """The score of a document does not depend on where it stands."""
    moved = data.draw(st.permutations(range(len(documents))))
    here = scores(rerank(query, documents))
    there = scores(rerank(query, [documents[place] for place in moved]))

    assert [here[place] for place in moved] == [there[n] for n in range(len(documents))]


@FEW
@given(query=WORDS.map(" ".join), documents=DOCUMENTS)
def test_equal_documents_tie(rerank, query, documents):
    """A document that is sent twice has the same score twice, and the first one comes first."""
    asked = rerank(query, [*documents, documents[0]])
    found, last = scores(asked), len(documents)

    assert found[0] == found[last]
    assert order(asked).index(0) < order(asked).index(last)


@pytest.mark.parametrize(
    "query", ["?!", "\u0000", "🌊", '" OR 1', "NEAR(a b)", "a* -b ^c", "x" * 5000]
)
def test_queries_without_words(rerank, query):
    """A query that is no word, or looks like a search expression, ranks without trouble."""
    assert 200 == rerank(query, PORTS).reply.status


def test_long_documents_are_truncated(rerank):
    """What stands behind `max_tokens_per_doc` does not count."""
    documents = ["fog " * 20 + "tide", "fog " * 20]
    whole = scores(rerank("tide", documents))
    cut = scores(rerank("tide", documents, max_tokens_per_doc=10))

    assert whole[0] > whole[1]
    assert cut[0] == cut[1]


def test_search_units(rerank):
    """A hundred documents are one search unit."""
    units = [
        rerank("tide", ["a"] * count).json["meta"]["billed_units"]["search_units"]
        for count in (1, 100, 101)
    ]

    assert [1, 1, 2] == units


def test_many_documents(rerank):
    """As many documents as are allowed are ranked."""
    documents = [f"document {n}" for n in range(10_000)]

    assert 77 == order(rerank("document 77", documents, top_n=1))[0]
