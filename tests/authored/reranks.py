"""The rerank recordings that we wrote ourselves: file name → its exchanges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.authored.build import RERANKER, refusal, rerank

if TYPE_CHECKING:
    from conformance.wire import Exchange

__all__ = ["RERANKS"]

QUERY = "Which bridge can carry a tram?"
BRIDGES = [
    "The rope bridge sways over the gorge.",
    "The iron bridge has carried trams since 1907.",
    "The footbridge is closed at night.",
    "The stone bridge is narrow, but it bears heavy carts.",
]
AS_YAML = [
    'name: "Rope bridge"\nload: "six people"\n',
    'name: "Iron bridge"\nload: "two trams"\n',
]

RERANKS: dict[str, list[Exchange]] = {
    "all_documents": [
        rerank(
            "all_documents",
            {1: 0.9731822, 3: 0.41277, 0: 0.03355, 2: 0.0127},
            {"query": QUERY, "documents": BRIDGES},
        )
    ],
    "top_n": [
        rerank(
            "top_n",
            {1: 0.9731822, 3: 0.41277},
            {"query": QUERY, "documents": BRIDGES, "top_n": 2},
        )
    ],
    "top_n_beyond_the_documents": [
        rerank(
            "top_n_beyond_the_documents",
            {1: 0.9731822, 3: 0.41277, 0: 0.03355, 2: 0.0127},
            {"query": QUERY, "documents": BRIDGES, "top_n": 25, "max_tokens_per_doc": 512},
        )
    ],
    "equal_scores": [
        rerank(
            "equal_scores",
            {0: 0.5, 1: 0.5},
            {"query": "bridge", "documents": ["A bridge.", "A bridge."], "priority": 1},
        )
    ],
    "documents_as_yaml": [
        rerank(
            "documents_as_yaml",
            {1: 0.88, 0: 0.07},
            {"query": QUERY, "documents": AS_YAML},
        )
    ],
    "error_400": [
        refusal(
            "rerank error_400",
            400,
            "invalid request: document at index 1 cannot be empty",
            {"model": RERANKER, "query": QUERY, "documents": ["A bridge.", ""]},
            path="/v2/rerank",
        )
    ],
    "error_401": [
        refusal(
            "rerank error_401",
            401,
            "invalid api token",
            {"model": RERANKER, "query": QUERY, "documents": BRIDGES},
            path="/v2/rerank",
        )
    ],
    "error_422": [
        refusal(
            "rerank error_422",
            422,
            "unknown field: parameter 'top_k' is not a valid field",
            {"model": RERANKER, "query": QUERY, "documents": BRIDGES, "top_k": 2},
            path="/v2/rerank",
        )
    ],
    "error_429": [
        refusal(
            "rerank error_429",
            429,
            "trial keys are limited to 10 calls a minute",
            {"model": RERANKER, "query": QUERY, "documents": BRIDGES},
            path="/v2/rerank",
        )
    ],
}
