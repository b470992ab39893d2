"""Rerank answer: its body as JSON, against the schema, and against the request."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from conformance.request import is_redacted
from conformance.rules.operation import described_at
from conformance.rules.registry import Finding, observed, prose, rule, schema, standard
from conformance.rules.request_faults import condensed
from conformance.rules.wording import one_of_many, quote
from conformance.tolerance import place_of, value_at
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.contract import Problem
    from conformance.subject import JsonBody, Subject

_ANSWER = schema("rerank, response 200")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_UNREADABLE = ("not-utf-8", "invalid-json", "not-a-number")


def _answer(subject: Subject) -> JsonBody | None:
    """The body of a rerank answer with a success status; None for anything else."""
    if subject.is_chat or not subject.succeeded:
        return None
    return subject.answer


def _problems(subject: Subject, *keywords: str) -> Iterator[Problem]:
    """Schema problems with these keywords, but for those that another rule tells the cause of.

    What several results do wrong alike is one problem, which counts them.
    """
    answer = _answer(subject)
    found = []
    for problem in subject.answer_problems if answer else []:
        value = value_at(answer.value, problem.pointer) if answer else None
        not_finite = isinstance(value, float) and not math.isfinite(value)
        no_object = problem.keyword == "type" and not problem.pointer
        if problem.keyword in keywords and not not_finite and not no_object:
            found.append(problem)
    yield from condensed(found)


def _results(subject: Subject) -> list[tuple[int, dict[str, Any]]]:
    """(position, result) of every result that is an object."""
    answer = _answer(subject)
    listed = answer.object.get("results") if answer else None
    return [
        (position, result)
        for position, result in enumerate(listed if isinstance(listed, list) else [])
        if isinstance(result, dict)
    ]


def _indexes(subject: Subject) -> list[tuple[int, int]]:
    """(position, index) of every result whose index is an integer, written as 1 or 1.0."""
    found = []
    for position, result in _results(subject):
        index = result.get("index")
        if isinstance(index, float) and index.is_integer():
            index = int(index)
        if isinstance(index, int) and not isinstance(index, bool):
            found.append((position, index))
    return found


def _scores(subject: Subject) -> list[tuple[int, float]]:
    """(position, score) of every result whose score is a finite number."""
    return [
        (position, score)
        for position, result in _results(subject)
        if isinstance(score := result.get("relevance_score"), (int, float))
        and not isinstance(score, bool)
        and math.isfinite(score)
    ]


def _document_count(subject: Subject) -> int | None:
    """The number of documents that the request sent; None when it cannot be known."""
    documents = subject.request.get("documents") if subject.has_request else None
    return len(documents) if isinstance(documents, list) else None


@rule("RERANK-101", "answer-not-json", party=Party.SERVER, source=_ANSWER)
def answer_not_json(subject: Subject) -> Iterator[Finding]:
    """A rerank answer is one JSON object in UTF-8.

    Help: a client's JSON parser raises here
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        body {"results": [
    """
    answer = _answer(subject)
    response = subject.exchange.response
    if answer is None or response is None or not response.complete:
        return
    for flaw in answer.flaws:
        if flaw.kind in _UNREADABLE:
            before = answer.text[: flaw.position]
            place = flaw.position if flaw.kind == "not-utf-8" else len(before.encode())
            why = flaw.detail if flaw.kind == "invalid-json" else f"it holds `{flaw.detail}`"
            yield Finding(
                f"the answer is not JSON: {why}",
                byte=place,
                note=flaw.detail,
                source=described_at(subject, "responses", 200),
            )
            return
    if not isinstance(answer.value, dict):
        yield Finding(
            "the answer is JSON, but not an object",
            byte=0,
            note="no object",
            source=described_at(subject, "responses", 200),
        )


@rule("RERANK-102", "answer-type", party=Party.SERVER, source=_ANSWER)
def answer_type(subject: Subject) -> Iterator[Finding]:
    """Every member of a rerank answer has the JSON type that the description gives it.

    Help: a typed client raises, or fills in a default
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1 + {"id": 7}
    """
    for problem in _problems(subject, "type", "enum", "union"):
        yield Finding(problem.message, pointer=problem.pointer, source=problem.source)


@rule("RERANK-103", "answer-missing", party=Party.SERVER, source=_ANSWER)
def answer_missing(subject: Subject) -> Iterator[Finding]:
    """A rerank answer has its results, and each result its index and score.

    Help: a client has no result, or cannot tell which document it is about
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1 + {"results": null}
    """
    for problem in _problems(subject, "required"):
        yield Finding(problem.message, pointer=problem.pointer or None, source=problem.source)


@rule("RERANK-104", "index-out-of-range", party=Party.SERVER, source=prose("RR-05"))
@one_of_many
def index_out_of_range(subject: Subject) -> Iterator[Finding]:
    """The index of a result is the position of a document in the request.

    Help: a client that looks the document up fails, or shows another one
    Conforms:
        endpoint rerank
        results 2:0.9 0:0.2 1:0.1
    Breaks:
        endpoint rerank
        results 3:0.9 0:0.2 1:0.1
    """
    count = _document_count(subject)
    for position, index in _indexes(subject):
        if index < 0 or (count is not None and index >= count):
            held = "" if count is None else f"; the request has `{count}` documents"
            yield Finding(
                f"the index of result `{position}` is `{index}`{held}",
                pointer=f"/results/{position}/index",
                note="no such document",
            )


@rule("RERANK-105", "index-repeated", party=Party.SERVER, source=prose("RR-05"))
@one_of_many
def index_repeated(subject: Subject) -> Iterator[Finding]:
    """No document comes twice among the results.

    Help: a client shows one document twice and misses another
    Conforms:
        endpoint rerank
        results 2:0.9 0:0.2 1:0.1
    Breaks:
        endpoint rerank
        results 2:0.9 0:0.2 2:0.1
    """
    first: dict[int, int] = {}
    for position, index in _indexes(subject):
        if index in first:
            yield Finding(
                f"results `{first[index]}` and `{position}` share the index `{index}`",
                pointer=f"/results/{position}/index",
                note="already there",
            )
        first.setdefault(index, position)


@rule("RERANK-106", "not-sorted", party=Party.SERVER, source=prose("RR-07"))
def not_sorted(subject: Subject) -> Iterator[Finding]:
    """Results come in the order of falling scores; equal ones in any order.

    Help: a client that takes the first results does not get the best ones
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.9 2:0.1
    Breaks:
        endpoint rerank
        results 1:0.2 0:0.9 2:0.1
    """
    scores = _scores(subject)
    for (_, before), (position, score) in pairwise(scores):
        if score > before:
            yield Finding(
                f"the score `{score}` of result `{position}` is above `{before}` before it",
                pointer=f"/results/{position}/relevance_score",
                note="belongs earlier",
            )
            return  # one result in the wrong place may put all that follow there


@rule("RERANK-107", "score-range", party=Party.SERVER, source=prose("RR-06"))
@one_of_many
def score_range(subject: Subject) -> Iterator[Finding]:
    """A relevance score lies from 0 to 1.

    Help: a client that compares it with a threshold keeps or drops the wrong documents
    Conforms:
        endpoint rerank
        results 1:1 0:0.5 2:0
    Breaks:
        endpoint rerank
        results 1:1.5 0:0.5 2:0
    """
    for position, score in _scores(subject):
        if not 0 <= score <= 1:
            yield Finding(
                f"the score of result `{position}` is `{score}`",
                pointer=f"/results/{position}/relevance_score",
                note="not in [0, 1]",
            )


@rule("RERANK-108", "result-count", party=Party.SERVER, source=prose("RR-01"))
def result_count(subject: Subject) -> Iterator[Finding]:
    """There are as many results as `top_n` asks for, or as there are documents.

    Help: a client that was promised a ranking of all documents misses some
    Conforms:
        endpoint rerank
        > {"top_n": 2}
        results 1:0.9 0:0.2
    Breaks:
        endpoint rerank
        > {"top_n": 2}
        results 1:0.9 0:0.2 2:0.1
    """
    answer, count = _answer(subject), _document_count(subject)
    results = answer.object.get("results") if answer else None
    if not isinstance(results, list) or count is None:
        return
    top_n = subject.request.get("top_n")
    if isinstance(top_n, float) and top_n.is_integer():
        top_n = int(top_n)
    if top_n is not None and (not isinstance(top_n, int) or isinstance(top_n, bool) or top_n < 1):
        return  # a faulty request promises nothing
    wanted = count if top_n is None else min(top_n, count)
    if len(results) != wanted:
        asked = "no `top_n`" if top_n is None else f"`top_n` is `{top_n}`"
        yield Finding(
            f"there are `{len(results)}` results instead of `{wanted}`; "
            f"the request has `{count}` documents and {asked}",
            pointer="/results",
        )


@rule("RERANK-109", "api-version", party=Party.SERVER, source=prose("RR-10"), level=Level.WARNING)
def api_version(subject: Subject) -> Iterator[Finding]:
    """The answer of version 2 says that it is version 2.

    Help: a client that checks the version takes the answer for another one
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1 + {"meta": {"api_version": {"version": "1"}}}
    """
    answer = _answer(subject)
    meta = answer.object.get("meta") if answer else None
    told = meta.get("api_version") if isinstance(meta, dict) else None
    version = told.get("version") if isinstance(told, dict) else None
    if isinstance(version, str) and version != "2":
        yield Finding(
            f"`meta.api_version.version` is {quote(version)}, not `2`",
            pointer="/meta/api_version/version",
            note="version 2 was asked",
        )


@rule(
    "RERANK-110", "undocumented-member-in-answer", party=Party.SERVER, source=_ANSWER,
    level=Level.INFO,
)  # fmt: skip
def undocumented_member_in_answer(subject: Subject) -> Iterator[Finding]:
    """A rerank answer has only members that the description names.

    Help: nobody, as long as clients skip what they do not know
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1 + {"model": "rerank-v3.5"}
    """
    if _answer(subject) is None:
        return
    seen = set()
    for problem in subject.answer_undocumented:
        # One finding for a member that every result has.
        place = (re.sub(r"/\d+", "/*", problem.pointer), problem.member)
        if place not in seen:
            seen.add(place)
            yield Finding(problem.message, pointer=place_of(problem), source=problem.source)


@rule("RERANK-111", "missing-meta", party=Party.SERVER, source=observed("A6"))
def missing_meta(subject: Subject) -> Iterator[Finding]:
    """A rerank answer tells the API version and the billed search units.

    Help: a client cannot account for what the request cost
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1 + {"meta": {"billed_units": null}}
    """
    answer = _answer(subject)
    if answer is None or not isinstance(answer.value, dict):
        return
    if "meta" not in answer.object:
        yield Finding("`meta` is missing", note="no meta")
        return
    missing = []
    meta = answer.object["meta"]
    for outer, inner in (("api_version", "version"), ("billed_units", "search_units")):
        held = meta.get(outer, {}) if isinstance(meta, dict) else None
        if outer == "api_version" and isinstance(meta, dict) and outer in meta:
            continue  # the schema demands its version, so another rule misses it
        if isinstance(held, dict) and inner not in held:
            missing.append(f"`{outer}.{inner}`")
    if missing:
        yield Finding(f"`meta` has no {' and no '.join(missing)}", pointer="/meta")


@rule("RERANK-112", "answer-id-form", party=Party.SERVER, source=observed("A6"))
def answer_id_form(subject: Subject) -> Iterator[Finding]:
    """A rerank answer has an id, which is a UUID.

    Help: support asks for this id, and logs are joined by it
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1 + {"id": "rerank-1"}
    """
    answer = _answer(subject)
    if answer is None or not isinstance(answer.value, dict):
        return
    identity = answer.object.get("id")
    if "id" not in answer.object:
        yield Finding("`id` is missing", note="no id")
    elif isinstance(identity, str) and not (_UUID.fullmatch(identity) or is_redacted(identity)):
        yield Finding(f"`id` is {quote(identity)}, not a UUID", pointer="/id", note="not a UUID")


@rule("RERANK-113", "answer-range", party=Party.SERVER, source=prose("FR-04"))
def answer_range(subject: Subject) -> Iterator[Finding]:
    """Counts of units and tokens in a rerank answer are not negative.

    Help: a client that adds them up accounts for too little
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1 + {"meta": {"billed_units": {"search_units": -1}}}
    """
    for problem in _problems(subject, "minimum", "maximum", "minItems", "maxItems"):
        yield Finding(
            problem.message, pointer=problem.pointer, source=problem.source, note="out of range"
        )


@rule(
    "RERANK-114", "duplicate-key-in-answer", party=Party.SERVER, source=standard("RFC 8259 4"),
    level=Level.WARNING,
)  # fmt: skip
def duplicate_key_in_answer(subject: Subject) -> Iterator[Finding]:
    """The names of an object in a rerank answer are unique.

    Help: clients disagree on which of the values counts
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        > {"documents": ["Paris"]}
        body {"id":"5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90","results":[{"index":0,"index":0,"relevance_score":0.9}],"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":1}}}
    """
    answer = _answer(subject)
    seen = set()
    for flaw in answer.flaws if answer else []:
        if flaw.kind == "duplicate-key" and flaw.detail not in seen:
            seen.add(flaw.detail)
            place = len(answer.text[: flaw.position].encode()) if answer else None
            yield Finding(f"the key {quote(flaw.detail)} stands twice in one object", byte=place)
