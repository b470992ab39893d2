"""Rerank request: its body as JSON, against the schema, and its documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.rules.operation import CLOSED
from conformance.rules.registry import Finding, conflict, prose, rule, schema, standard
from conformance.rules.request_faults import (
    departures,
    finding_of,
    flaws,
    malformed,
    meaningless,
    request_findings,
    tolerated,
    unknown_member,
)
from conformance.rules.wording import quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject

_BODY = schema("rerank, request body")
_CLOSED = schema(f"rerank, request body, {CLOSED}")
_MOST, _MANY = 10_000, 1_000
_RANGES = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minItems", "maxItems", "minLength", "maxLength", "pattern", "enum", "union",
)  # fmt: skip


def _documents(subject: Subject) -> list[Any]:
    """The documents of a rerank; none for anything else."""
    return [] if subject.is_chat else subject.request.documents


@rule("RERANK-001", "malformed-rerank-body", party=Party.CLIENT, source=_BODY)
def malformed_rerank_body(subject: Subject) -> Iterator[Finding]:
    """The body of a rerank request is one JSON object in UTF-8.

    Help: the server cannot read the request and refuses it
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        >> {"model": "rerank-v3.5", "query": "Paris",
        results
    """
    if not subject.is_chat:
        yield from malformed(subject)


@rule("RERANK-002", "missing-rerank-field", party=Party.CLIENT, source=_BODY)
def missing_rerank_field(subject: Subject) -> Iterator[Finding]:
    """A rerank request has a model, a query and documents.

    Help: the server refuses the request
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        > {"model": null}
        results 1:0.9 0:0.2 2:0.1
    """
    yield from request_findings(subject, "required", chat=False)


@rule("RERANK-003", "wrong-rerank-type", party=Party.CLIENT, source=_BODY)
def wrong_rerank_type(subject: Subject) -> Iterator[Finding]:
    """Every member of a rerank request has its JSON type; a document is text.

    Help: the server refuses the request; structured data goes into a document as YAML text
    Conforms:
        endpoint rerank
        > {"documents": ["title: Paris"]}
        results 0:0.9
    Breaks:
        endpoint rerank
        > {"documents": [{"title": "Paris"}]}
        results 0:0.9
    """
    if subject.is_chat:
        return
    for problem in departures(subject).faults:
        if problem.keyword == "type":
            within = problem.pointer.startswith("/documents/")
            yield finding_of(problem, source=prose("RR-08") if within else None)


@rule("RERANK-004", "unknown-rerank-field", party=Party.CLIENT, source=_CLOSED)
def unknown_rerank_field(subject: Subject) -> Iterator[Finding]:
    """A rerank request has only members that the description names.

    The description does not close its objects, but the live API refuses what it does not know.

    Help: the live API answers 422 and names the member
    Conforms:
        endpoint rerank
        > {"top_n": 1}
        results 1:0.9
    Breaks:
        endpoint rerank
        > {"top_k": 1}
        results 1:0.9 0:0.2 2:0.1
    """
    if not subject.is_chat:
        for problem in departures(subject).faults:
            if problem.keyword == "undocumented":
                yield unknown_member(problem)


@rule("RERANK-005", "rerank-out-of-range", party=Party.CLIENT, source=prose("RR-01"))
def rerank_out_of_range(subject: Subject) -> Iterator[Finding]:
    """Every number of a rerank request lies in its documented range.

    The finding names the clause that states the range.

    Help: the server refuses the request
    Conforms:
        endpoint rerank
        > {"top_n": 1, "priority": 999}
        results 1:0.9
    Breaks:
        endpoint rerank
        > {"top_n": 0}
        results 1:0.9 0:0.2 2:0.1
    """
    if not subject.is_chat:
        for problem in departures(subject).faults:
            if problem.keyword in _RANGES and problem.pointer != "/documents":
                yield finding_of(problem, note="out of range")


@rule("RERANK-006", "too-many-documents", party=Party.CLIENT, source=prose("RR-02"))
def too_many_documents(subject: Subject) -> Iterator[Finding]:
    """A rerank request has at most 10,000 documents.

    Help: the server refuses the request
    Conforms:
        endpoint rerank
        documents 10000
        > {"top_n": 1}
        results 1:0.9
    Breaks:
        endpoint rerank
        documents 10001
        > {"top_n": 1}
        results 1:0.9
    """
    count = len(_documents(subject))
    if count > _MOST:
        yield Finding(
            f"`documents` has `{count}` entries; at most `{_MOST}` are allowed",
            pointer="/documents",
        )


@rule("RERANK-007", "empty-query", party=Party.CLIENT, source=prose("RR-04"))
def empty_query(subject: Subject) -> Iterator[Finding]:
    """The query of a rerank request has more than white space in it.

    Help: the server refuses the request
    Conforms:
        endpoint rerank
        > {"query": "Paris"}
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        > {"query": " "}
        results 1:0.9 0:0.2 2:0.1
    """
    query = None if subject.is_chat else subject.request.get("query")
    if isinstance(query, str) and not query.strip():
        yield Finding(f"the query {quote(query)} is empty", pointer="/query", note="no text")


@rule("RERANK-008", "empty-rerank-document", party=Party.CLIENT, source=prose("RR-11"))
def empty_rerank_document(subject: Subject) -> Iterator[Finding]:
    """No document of a rerank request is empty.

    Help: the server refuses the request and names the first such document
    Conforms:
        endpoint rerank
        > {"documents": ["Paris", "Lyon"]}
        results 0:0.9 1:0.2
    Breaks:
        endpoint rerank
        > {"documents": ["Paris", ""]}
        results 0:0.9 1:0.2
    """
    empty = [position for position, text in enumerate(_documents(subject)) if text == ""]
    if empty:
        others = f" and {len(empty) - 1} more" if len(empty) > 1 else ""
        yield Finding(
            f"document `{empty[0]}`{others} is empty",
            pointer=f"/documents/{empty[0]}",
            note="no text",
        )


@rule("RERANK-009", "no-rerank-documents", party=Party.CLIENT, source=prose("RR-02"))
def no_rerank_documents(subject: Subject) -> Iterator[Finding]:
    """A rerank request has at least one document.

    Help: the server refuses the request
    Conforms:
        endpoint rerank
        > {"documents": ["Paris"]}
        results 0:0.9
    Breaks:
        endpoint rerank
        > {"documents": []}
        results
    """
    if not subject.is_chat and subject.request.get("documents") == []:
        yield Finding("`documents` is empty", pointer="/documents", note="nothing to rank")


@rule("RERANK-010", "tolerated-rerank-request", party=Party.CLIENT, source=conflict("D15"))
def tolerated_rerank_request(subject: Subject) -> Iterator[Finding]:
    """A rerank request keeps to the description, even where the live API takes less.

    Each finding names the entry of `specs/tolerances.yaml` that excuses it.

    Help: another server, or a later version of this one, may refuse the request
    Conforms:
        endpoint rerank
        > {"max_tokens_per_doc": 512}
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        >> {"model":"rerank-v3.5","query":"Paris","documents":["Paris"],"max_tokens_per_doc":null}
        results 0:0.9
    """
    if not subject.is_chat:
        yield from tolerated(subject)


@rule(
    "RERANK-011", "many-documents", party=Party.CLIENT, source=prose("RR-02"),
    level=Level.WARNING,
)  # fmt: skip
def many_documents(subject: Subject) -> Iterator[Finding]:
    """A rerank request has preferably no more than 1,000 documents.

    Help: the answer takes long; several smaller requests are quicker
    Conforms:
        endpoint rerank
        documents 1000
        > {"top_n": 1}
        results 1:0.9
    Breaks:
        endpoint rerank
        documents 1001
        > {"top_n": 1}
        results 1:0.9
    """
    count = len(_documents(subject))
    if _MANY < count <= _MOST:
        yield Finding(
            f"`documents` has `{count}` entries; no more than `{_MANY}` are advised",
            pointer="/documents",
        )


@rule(
    "RERANK-012", "duplicate-key-in-rerank-request", party=Party.CLIENT,
    source=standard("RFC 8259 4"), level=Level.WARNING,
)  # fmt: skip
def duplicate_key_in_rerank_request(subject: Subject) -> Iterator[Finding]:
    """The names of an object in a rerank request are unique.

    Help: servers disagree on which of the values counts
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        >> {"model":"rerank-v3.5","query":"Paris","query":"Lyon","documents":["Paris"]}
        results 0:0.9
    """
    for flaw, byte in flaws(subject, "duplicate-key", chat=False):
        yield Finding(f"the key {quote(flaw.detail)} stands twice in one object", byte=byte)


@rule(
    "RERANK-013", "not-a-number-in-rerank-request", party=Party.CLIENT,
    source=standard("RFC 8259 6"),
)  # fmt: skip
def not_a_number_in_rerank_request(subject: Subject) -> Iterator[Finding]:
    """The numbers of a rerank request are finite: JSON has no NaN and no infinity.

    Help: a strict JSON parser refuses the whole request
    Conforms:
        endpoint rerank
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        >> {"model":"rerank-v3.5","query":"Paris","documents":["Paris"],"priority":Infinity}
        results 0:0.9
    """
    for flaw, byte in flaws(subject, "not-a-number", chat=False):
        yield Finding(f"the body holds `{flaw.detail}`", byte=byte, note="no number of JSON")


@rule(
    "RERANK-014", "lone-surrogate-in-rerank-request", party=Party.CLIENT,
    source=standard("RFC 8259 8.2"), level=Level.WARNING,
)  # fmt: skip
def lone_surrogate_in_rerank_request(subject: Subject) -> Iterator[Finding]:
    r"""Escaped surrogates in a rerank request come in pairs.

    Help: the text cannot be encoded as UTF-8; a server may refuse it, replace it or fail
    Conforms:
        endpoint rerank
        >> {"model":"rerank-v3.5","query":"\ud83d\ude00","documents":["Paris"]}
        results 0:0.9
    Breaks:
        endpoint rerank
        >> {"model":"rerank-v3.5","query":"\ud83d","documents":["Paris"]}
        results 0:0.9
    """
    for flaw, byte in flaws(subject, "lone-surrogate", chat=False):
        yield Finding(f"the body holds the lone surrogate `{flaw.detail}`", byte=byte)


@rule(
    "RERANK-015", "meaningless-rerank-value", party=Party.CLIENT, source=_BODY,
    level=Level.WARNING,
)  # fmt: skip
def meaningless_rerank_value(subject: Subject) -> Iterator[Finding]:
    """A model has a name, and a limit of tokens is at least 1.

    The description gives no bounds here; what is meant by such values nobody can know.

    Help: the server refuses the request, or falls back to a default that was not asked for
    Conforms:
        endpoint rerank
        > {"max_tokens_per_doc": 4096}
        results 1:0.9 0:0.2 2:0.1
    Breaks:
        endpoint rerank
        > {"max_tokens_per_doc": 0}
        results 1:0.9 0:0.2 2:0.1
    """
    if not subject.is_chat:
        yield from meaningless(subject, "max_tokens_per_doc")
