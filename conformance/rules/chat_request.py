"""Chat request: its body as JSON, and against the schema of the description."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject

_BODY = schema("chat-stream, request body")
_CLOSED = schema(f"chat-stream, request body, {CLOSED}")
_RANGES = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minItems", "maxItems", "minLength", "maxLength", "pattern",
)  # fmt: skip


@rule("CHAT-001", "malformed-request-body", party=Party.CLIENT, source=_BODY)
def malformed_request_body(subject: Subject) -> Iterator[Finding]:
    """The body of a chat request is one JSON object in UTF-8.

    Help: the server cannot read the request and refuses it
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        >> {"model": "command-a-03-2025", "stream": true,
        message-start
        message-end ERROR
    """
    if subject.is_chat:
        yield from malformed(subject)


@rule("CHAT-002", "missing-field", party=Party.CLIENT, source=_BODY)
def missing_field(subject: Subject) -> Iterator[Finding]:
    """Every member that the description requires is there.

    Help: the server refuses the request
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        > {"model": null}
        message-start
        message-end ERROR
    """
    yield from request_findings(subject, "required", chat=True)


@rule("CHAT-003", "wrong-type", party=Party.CLIENT, source=_BODY)
def wrong_type(subject: Subject) -> Iterator[Finding]:
    """Every member has the JSON type that the description gives it.

    Help: the server refuses the request, or reads the value as something else
    Conforms:
        > {"temperature": 0}
        message-start
        message-end ERROR
    Breaks:
        > {"temperature": "0"}
        message-start
        message-end ERROR
    """
    yield from request_findings(subject, "type", chat=True)


@rule("CHAT-004", "unknown-enum-value", party=Party.CLIENT, source=_BODY)
def unknown_enum_value(subject: Subject) -> Iterator[Finding]:
    """A member with a list of values has one of them, in the same case.

    Help: the server refuses the request, or falls back to a default that was not asked for
    Conforms:
        > {"safety_mode": "STRICT"}
        message-start
        message-end ERROR
    Breaks:
        > {"safety_mode": "PARANOID"}
        message-start
        message-end ERROR
    """
    if subject.is_chat:
        for problem in departures(subject).faults:
            if problem.keyword == "enum" and not problem.union:
                yield finding_of(problem)


@rule("CHAT-005", "no-union-member", party=Party.CLIENT, source=_BODY)
def no_union_member(subject: Subject) -> Iterator[Finding]:
    """A part that comes in several forms names, by `role` or `type`, one that exists.

    Help: the server cannot tell what the part is meant to be and refuses the request
    Conforms:
        > {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}
        message-start
        message-end ERROR
    Breaks:
        > {"messages": [{"role": "user", "content": [{"type": "audio", "text": "Hi"}]}]}
        message-start
        message-end ERROR
    """
    if subject.is_chat:
        for problem in departures(subject).faults:
            if problem.union or problem.keyword == "union":
                yield finding_of(problem)


@rule("CHAT-006", "unknown-request-field", party=Party.CLIENT, source=_CLOSED)
def unknown_request_field(subject: Subject) -> Iterator[Finding]:
    """A request has only members that the description names.

    The description does not close its objects, but the live API refuses what it does not know.

    Help: the live API answers 422 and names the member
    Conforms:
        > {"documents": [{"data": {"any": "member", "goes": "here"}}]}
        message-start
        message-end ERROR
    Breaks:
        > {"top_p": 0.5}
        message-start
        message-end ERROR
    """
    if not subject.is_chat:
        return
    for problem in departures(subject).faults:
        if problem.keyword != "undocumented":
            continue
        if problem.pointer == "/response_format" and problem.member == "json_schema":
            continue  # a member of the other form; the rule about that combination says so
        yield unknown_member(problem)


@rule("CHAT-007", "out-of-range", party=Party.CLIENT, source=prose("CR-01"))
def out_of_range(subject: Subject) -> Iterator[Finding]:
    """Every number lies in its documented range.

    The finding names the clause that states the range.

    Help: the live API refuses the request, and other servers may take the value as it is
    Conforms:
        > {"temperature": 1, "p": 0.99, "k": 500, "seed": 18446744073709551615, "priority": 999}
        message-start
        message-end ERROR
    Breaks:
        > {"temperature": 1.1}
        message-start
        message-end ERROR
    """
    if subject.is_chat:
        for problem in departures(subject).faults:
            if problem.keyword in _RANGES and problem.pointer != "/stop_sequences":
                yield finding_of(problem, note="out of range")


@rule("CHAT-008", "too-many-stop-sequences", party=Party.CLIENT, source=prose("CR-07"))
def too_many_stop_sequences(subject: Subject) -> Iterator[Finding]:
    """A request has at most five stop sequences.

    Help: the server refuses the request, or heeds only some of them
    Conforms:
        > {"stop_sequences": ["a", "b", "c", "d", "e"]}
        message-start
        message-end ERROR
    Breaks:
        > {"stop_sequences": ["a", "b", "c", "d", "e", "f"]}
        message-start
        message-end ERROR
    """
    if subject.is_chat:
        for problem in departures(subject).faults:
            if problem.keyword in _RANGES and problem.pointer == "/stop_sequences":
                count = len(subject.request.body["stop_sequences"])
                yield Finding(
                    f"`/stop_sequences` has `{count}` entries; at most `5` are allowed",
                    pointer=problem.pointer,
                    source=problem.source,
                )


@rule(
    "CHAT-030", "tolerated-request", party=Party.CLIENT,
    source=conflict("D15, and the clauses X-03 to X-11"),
)  # fmt: skip
def tolerated_request(subject: Subject) -> Iterator[Finding]:
    """A request keeps to the description, even where the live API is known to take less.

    Each finding names the entry of `specs/tolerances.yaml` that excuses it.

    Help: another server, or a later version of this one, may refuse the request
    Conforms:
        > {"citation_options": {"mode": "FAST"}}
        message-start
        message-end ERROR
    Breaks:
        > {"citation_options": {"mode": "fast"}}
        message-start
        message-end ERROR
    """
    if subject.is_chat:
        yield from tolerated(subject)


@rule(
    "CHAT-036", "duplicate-key-in-request", party=Party.CLIENT, source=standard("RFC 8259 4"),
    level=Level.WARNING,
)  # fmt: skip
def duplicate_key_in_request(subject: Subject) -> Iterator[Finding]:
    """The names of an object in a chat request are unique.

    Help: servers disagree on which of the values counts
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        >> {"model":"command-a-03-2025","messages":[{"role":"user","content":"Hi"}],"stream":true,"k":1,"k":2}
        message-start
        message-end ERROR
    """
    for flaw, byte in flaws(subject, "duplicate-key", chat=True):
        yield Finding(f"the key `{flaw.detail}` stands twice in one object", byte=byte)


@rule(
    "CHAT-037", "not-a-number-in-request", party=Party.CLIENT, source=standard("RFC 8259 6"),
)  # fmt: skip
def not_a_number_in_request(subject: Subject) -> Iterator[Finding]:
    """The numbers of a chat request are finite: JSON has no NaN and no infinity.

    Help: a strict JSON parser refuses the whole request
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        >> {"model":"command-a-03-2025","messages":[{"role":"user","content":"Hi"}],"stream":true,"temperature":NaN}
        message-start
        message-end ERROR
    """
    for flaw, byte in flaws(subject, "not-a-number", chat=True):
        yield Finding(f"the body holds `{flaw.detail}`", byte=byte, note="no number of JSON")


@rule(
    "CHAT-038", "lone-surrogate-in-request", party=Party.CLIENT, source=standard("RFC 8259 8.2"),
    level=Level.WARNING,
)  # fmt: skip
def lone_surrogate_in_request(subject: Subject) -> Iterator[Finding]:
    r"""Escaped surrogates in a chat request come in pairs.

    Help: the text cannot be encoded as UTF-8; a server may refuse it, replace it or fail
    Conforms:
        >> {"model":"command-a-03-2025","messages":[{"role":"user","content":"\ud83d\ude00"}],"stream":true}
        message-start
        message-end ERROR
    Breaks:
        >> {"model":"command-a-03-2025","messages":[{"role":"user","content":"\ud83d"}],"stream":true}
        message-start
        message-end ERROR
    """
    for flaw, byte in flaws(subject, "lone-surrogate", chat=True):
        yield Finding(f"the body holds the lone surrogate `{flaw.detail}`", byte=byte)


@rule(
    "CHAT-046", "meaningless-value", party=Party.CLIENT, source=_BODY, level=Level.WARNING,
)  # fmt: skip
def meaningless_value(subject: Subject) -> Iterator[Finding]:
    """A model has a name, and a limit of tokens is at least 1.

    The description gives no bounds here; what is meant by such values nobody can know.

    Help: the server refuses the request, or falls back to a default that was not asked for
    Conforms:
        > {"max_tokens": 1}
        message-start
        message-end ERROR
    Breaks:
        > {"max_tokens": -1}
        message-start
        message-end ERROR
    """
    if subject.is_chat:
        yield from meaningless(subject, "max_tokens")
