"""Faults of rerank answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.faults.fault import on_reply, on_value

if TYPE_CHECKING:
    from conformance.faults.reply import Reply

    Value = dict[str, Any]


def _ranked(value: Any) -> bool:
    return isinstance(value, dict) and len(value.get("results") or []) > 1


def _body(reply: Reply, data: bytes) -> Reply:
    changed = reply.changed(pieces=(data,))
    return changed.with_header("content-length", str(len(data)))


def _is_ranking(reply: Reply) -> bool:
    return reply.status == 200 and b'"relevance_score"' in reply.body  # noqa: PLR2004 - OK


@on_reply("RERANK-101", "rerank")
def not_json(reply: Reply, _request: Value) -> Reply | None:
    """Answer with a text that is not JSON."""
    return _body(reply, b"1. Paris\n2. Lyon\n") if _is_ranking(reply) else None


@on_value("RERANK-102", "rerank")
def score_is_text(value: Any, _request: Value) -> Any:
    """Send a score as a text."""
    if not _ranked(value):
        return None
    value["results"][0]["relevance_score"] = str(value["results"][0]["relevance_score"])
    return value


@on_value("RERANK-101", "rerank")
def list_alone(value: Any, _request: Value) -> Any:
    """Answer with the list alone."""
    return value["results"] if _ranked(value) else None


@on_value("RERANK-103", "rerank")
def no_results(value: Any, _request: Value) -> Any:
    """Leave out the results."""
    if not _ranked(value):
        return None
    del value["results"]
    return value


@on_value("RERANK-103", "rerank")
def no_score(value: Any, _request: Value) -> Any:
    """Leave out a score."""
    if not _ranked(value):
        return None
    del value["results"][-1]["relevance_score"]
    return value


@on_value("RERANK-104", "rerank")
def index_too_high(value: Any, request: Value) -> Any:
    """Name a document that was not sent."""
    if not _ranked(value):
        return None
    value["results"][0]["index"] = len(request.get("documents") or [])
    return value


@on_value("RERANK-105", "rerank")
def index_twice(value: Any, _request: Value) -> Any:
    """Name a document twice."""
    if not _ranked(value):
        return None
    value["results"][1]["index"] = value["results"][0]["index"]
    return value


@on_value("RERANK-106", "rerank")
def reversed_order(value: Any, _request: Value) -> Any:
    """Send the least relevant first."""
    if not _ranked(value):
        return None
    scores = {result["relevance_score"] for result in value["results"]}
    if len(scores) < 2:  # noqa: PLR2004 - any order is sorted
        return None
    value["results"].reverse()
    return value


@on_value("RERANK-107", "rerank")
def score_above_one(value: Any, _request: Value) -> Any:
    """Send a score above 1."""
    if not _ranked(value):
        return None
    value["results"][0]["relevance_score"] = 1.5
    return value


@on_value("RERANK-107", "rerank")
def score_below_zero(value: Any, _request: Value) -> Any:
    """Send a score below 0."""
    if not _ranked(value):
        return None
    value["results"][-1]["relevance_score"] = -0.25
    return value


@on_value("RERANK-108", "rerank")
def result_left_out(value: Any, _request: Value) -> Any:
    """Leave out a result."""
    if not _ranked(value):
        return None
    value["results"].pop()
    return value


@on_value("RERANK-108", "rerank-top")
def top_n_ignored(value: Any, request: Value) -> Any:
    """Send more results than were asked for."""
    named = {result["index"] for result in value["results"]} if _ranked(value) else set()
    missing = [n for n in range(len(request.get("documents") or [])) if n not in named]
    if not named or not missing:
        return None
    least = min(result["relevance_score"] for result in value["results"])
    value["results"] += [{"index": n, "relevance_score": least} for n in missing]
    return value


@on_value("RERANK-109", "rerank")
def version_one(value: Any, _request: Value) -> Any:
    """Name version 1 of the API."""
    if not _ranked(value) or "meta" not in value:
        return None
    value["meta"]["api_version"] = {"version": "1"}
    return value


@on_value("RERANK-110", "rerank")
def documents_repeated(value: Any, request: Value) -> Any:
    """Repeat the documents in the results."""
    if not _ranked(value):
        return None
    for result in value["results"]:
        result["document"] = {"text": request["documents"][result["index"]]}
    return value


@on_value("RERANK-111", "rerank")
def no_meta(value: Any, _request: Value) -> Any:
    """Leave out `meta`."""
    if not _ranked(value) or "meta" not in value:
        return None
    del value["meta"]
    return value


@on_value("RERANK-112", "rerank")
def short_id(value: Any, _request: Value) -> Any:
    """Send an id that is no UUID."""
    if not _ranked(value):
        return None
    value["id"] = "rerank-1"
    return value


@on_value("RERANK-113", "rerank")
def negative_units(value: Any, _request: Value) -> Any:
    """Bill a negative number of searches."""
    if not _ranked(value) or "meta" not in value:
        return None
    value["meta"]["billed_units"] = {"search_units": -1}
    return value


@on_reply("RERANK-114", "rerank")
def member_twice(reply: Reply, _request: Value) -> Reply | None:
    """Write a member twice."""
    if not _is_ranking(reply):
        return None
    return _body(reply, reply.body.replace(b'{"index":', b'{"index":0,"index":', 1))
