"""Faults of rerank requests and of their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.faults.edits import (
    Fault,
    answer,
    ask,
    ask_at,
    change_answer,
    cut_answer,
    send,
    steps,
    unask,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.draft import Draft

__all__ = ["FAULTS"]

ALL, TOP, TIE = "rerank/all_documents", "rerank/top_n", "rerank/equal_scores"


def results(change: Callable[[list[dict[str, Any]]], object]) -> Any:
    """Other results."""

    def edit(draft: Draft) -> None:
        value = draft.error
        change(value["results"])
        answer(value)(draft)

    return edit


FAULTS = [
    # requests
    Fault("RERANK-001", "cut short", ALL, send(lambda body: body[:-2])),
    Fault("RERANK-001", "an array", ALL, send(lambda body: b"[" + body + b"]")),
    Fault("RERANK-002", "no query", ALL, unask("query")),
    Fault("RERANK-002", "no documents", ALL, unask("documents")),
    Fault("RERANK-002", "no model", ALL, unask("model")),
    Fault(
        "RERANK-003", "a document is an object", ALL, ask_at("documents/0", {"text": "A bridge."})
    ),
    Fault("RERANK-003", "the query is a list", ALL, ask(query=["bridge"])),
    Fault("RERANK-003", "top_n is a string", TOP, ask(top_n="2")),
    Fault("RERANK-003", "top_n is a fraction", TOP, ask(top_n=2.5)),
    Fault("RERANK-004", "top_k", ALL, ask(top_k=2)),
    Fault("RERANK-004", "a member of the first API", ALL, ask(return_documents=True)),
    Fault("RERANK-005", "top_n of 0", TOP, ask(top_n=0)),
    Fault("RERANK-005", "a priority of 1000", ALL, ask(priority=1000)),
    Fault("RERANK-006", "10,001 documents", TOP, ask(documents=["A bridge."] * 10_001)),
    Fault(
        "RERANK-011", "1,001 documents", TOP, ask(documents=["A bridge."] * 1_001), level="warning"
    ),
    Fault("RERANK-007", "an empty query", ALL, ask(query="")),
    Fault("RERANK-007", "a blank query", ALL, ask(query=" \n")),
    Fault("RERANK-008", "an empty document", ALL, ask_at("documents/2", "")),
    Fault(
        "RERANK-009",
        "no document in the list",
        ALL,
        steps(ask(documents=[]), change_answer("results", [])),
    ),
    Fault(
        "RERANK-012",
        "a key twice",
        ALL,
        send(lambda body: body.replace(b'"query"', b'"query":"x","query"', 1)),
        level="warning",
    ),
    Fault(
        "RERANK-013",
        "NaN",
        TOP,
        send(lambda body: body.replace(b'"top_n":2', b'"top_n":2,"priority":NaN')),
    ),
    Fault(
        "RERANK-014",
        "half a surrogate pair",
        ALL,
        send(lambda body: body.replace(b'"query":"', b'"query":"\\ud83d')),
        level="warning",
    ),
    Fault("RERANK-015", "a limit of no token", ALL, ask(max_tokens_per_doc=0), level="warning"),
    Fault("RERANK-010", "a token limit of null", ALL, ask(max_tokens_per_doc=None), level="info"),
    # answers
    Fault(
        "RERANK-101", "cut short", ALL, lambda draft: setattr(draft, "answer", draft.answer[:-2])
    ),
    Fault("RERANK-101", "empty", ALL, answer(b"")),
    Fault("RERANK-101", "a page of HTML", ALL, answer(b"<html></html>")),
    Fault("RERANK-101", "an array", ALL, answer([])),
    Fault("RERANK-102", "results are an object", ALL, change_answer("results", {})),
    Fault("RERANK-102", "a result is a number", ALL, change_answer("results/0", 1)),
    Fault("RERANK-102", "an index is a string", ALL, change_answer("results/0/index", "1")),
    Fault("RERANK-102", "an index is a fraction", ALL, change_answer("results/0/index", 1.5)),
    Fault(
        "RERANK-102", "a score is a string", ALL, change_answer("results/0/relevance_score", "0.9")
    ),
    Fault("RERANK-102", "a score is null", ALL, change_answer("results/0/relevance_score", None)),
    Fault("RERANK-102", "the id is a number", ALL, change_answer("id", 7)),
    Fault(
        "RERANK-102", "the version is a number", ALL, change_answer("meta/api_version/version", 2)
    ),
    Fault("RERANK-103", "no results", ALL, cut_answer("results")),
    Fault("RERANK-103", "no index", ALL, cut_answer("results/1/index")),
    Fault("RERANK-103", "no score", ALL, cut_answer("results/1/relevance_score")),
    Fault("RERANK-103", "no version", ALL, cut_answer("meta/api_version/version")),
    Fault("RERANK-104", "an index beyond the list", ALL, change_answer("results/3/index", 4)),
    Fault(
        "RERANK-104",
        "indexes from 1",
        TIE,
        results(lambda found: [one.update(index=one["index"] + 1) for one in found]),
    ),
    Fault("RERANK-104", "an index below 0", ALL, change_answer("results/3/index", -1)),
    Fault("RERANK-105", "an index twice", ALL, change_answer("results/3/index", 1)),
    Fault(
        "RERANK-106",
        "in the order of the request",
        ALL,
        results(lambda found: found.sort(key=lambda one: one["index"])),
    ),
    Fault("RERANK-106", "worst first", ALL, results(lambda found: found.reverse())),
    Fault("RERANK-107", "a score above 1", ALL, change_answer("results/0/relevance_score", 1.01)),
    Fault("RERANK-107", "a score below 0", ALL, change_answer("results/3/relevance_score", -0.01)),
    Fault("RERANK-108", "a result lost", ALL, results(lambda found: found.pop())),
    Fault("RERANK-108", "top_n passed over", ALL, ask(top_n=2)),
    Fault("RERANK-108", "fewer than top_n", TOP, ask(top_n=3)),
    Fault("RERANK-108", "no results in the list", ALL, change_answer("results", [])),
    Fault(
        "RERANK-109",
        "the first API's version",
        ALL,
        change_answer("meta/api_version/version", "1"),
        level="warning",
    ),
    Fault(
        "RERANK-110",
        "documents in the answer",
        ALL,
        change_answer("results/0/document", {"text": "x"}),
        level="info",
    ),
    Fault("RERANK-111", "no meta", ALL, cut_answer("meta"), level="warning"),
    Fault("RERANK-112", "no id", ALL, cut_answer("id"), level="warning"),
    Fault(
        "RERANK-112", "an id that is no UUID", ALL, change_answer("id", "rerank-1"), level="warning"
    ),
    Fault(
        "RERANK-114",
        "a key twice",
        ALL,
        lambda draft: setattr(
            draft, "answer", draft.answer.replace(b'"index":1', b'"index":1,"index":1', 1)
        ),
        level="warning",
    ),
    Fault("RERANK-113", "negative units", ALL, change_answer("meta/billed_units/search_units", -1)),
]
