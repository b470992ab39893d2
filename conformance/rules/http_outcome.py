"""HTTP: whether the status fits what the rules about the request found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.operation import described_at
from conformance.rules.refusals import refusal_in
from conformance.rules.registry import Finding, rule, schema
from conformance.rules.wording import quote, quote_all
from conformance.verdict import Level, Party, response_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject

_RESPONSES = schema("the responses of the operation")


def _speaks(subject: Subject, name: str) -> bool:
    """The table of exchanges has this rule for the request's state and the response's status."""
    if subject.exchange.request is None or subject.status is None:
        return False
    return response_verdict(subject.request_state, subject.status) == name


def _told(subject: Subject) -> str:
    """What the error body says, as the end of a headline."""
    message = subject.answer.object.get("message") if subject.answer else None
    return f": {quote(message, 160)}" if isinstance(message, str) and message else ""


def _foreseen(subject: Subject) -> bool:
    return subject.status in subject.exchange.expect


@rule("HTTP-008", "refused-without-fault", party=Party.SERVER, source=_RESPONSES)
def refused_without_fault(subject: Subject) -> Iterator[Finding]:
    """A request that breaks no rule is not refused as malformed.

    Either the server is wrong, or a rule is missing here. It is information where the message tells
    a documented reason that a request does not show, or where a milder rule speaks of the request.

    Help: a client that keeps to the description is turned away
    Conforms:
        > {"temperature": 2}
        status 400
        body {"message": "temperature must be between 0 and 1"}
    Breaks:
        status 400
        body {"message": "the moon is in the wrong phase"}
    """
    if not _speaks(subject, "refused-without-fault"):
        return
    level: Level | None = Level.INFO
    known = refusal_in(subject.answer.object) if subject.answer else None
    if known is not None:
        why = f"a documented refusal: {known.reason}"
    elif subject.request_doubts:
        why = f"it may be for {quote_all(subject.request_doubts)}"
    elif _foreseen(subject):
        why = "foreseen, though no rule finds a fault in the request"
    else:
        why = "no rule finds a fault in the request: the server is wrong, or the rules are"
        level = None
    yield Finding(
        f"refused with status `{subject.status}`{_told(subject)}; {why}",
        level=level,
        source=described_at(subject, "responses", 200),
    )


@rule(
    "HTTP-009", "accepted-faulty-request", party=Party.SERVER, source=_RESPONSES,
    level=Level.WARNING,
)  # fmt: skip
def accepted_faulty_request(subject: Subject) -> Iterator[Finding]:
    """A request that breaks a rule is refused.

    Help: a client learns only from another server that its requests are faulty
    Conforms:
        > {"temperature": 2}
        status 400
        body {"message": "temperature must be between 0 and 1"}
    Breaks:
        > {"temperature": 2}
        message-start
        message-end ERROR
    """
    if _speaks(subject, "accepted-faulty-request"):
        yield Finding(
            f"status `{subject.status}` for a request with {_faults(subject)}",
            source=described_at(subject, "responses", 400),
        )


def _faults(subject: Subject) -> str:
    count = len(subject.request_faults)
    return f"{'a fault' if count == 1 else 'faults'} ({quote_all(subject.request_faults)})"


@rule("HTTP-010", "server-error-on-faulty-request", party=Party.SERVER, source=_RESPONSES)
def server_error_on_faulty_request(subject: Subject) -> Iterator[Finding]:
    """A fault of the request is not answered as a failure of the server.

    Help: a client that retries on 5xx sends the same faulty request again and again
    Conforms:
        > {"temperature": 2}
        status 400
        body {"message": "temperature must be between 0 and 1"}
    Breaks:
        > {"temperature": 2}
        status 500
        body {"message": "internal server error"}
    """
    if _speaks(subject, "server-error-on-faulty-request"):
        yield Finding(
            f"status `{subject.status}` for a request with {_faults(subject)}{_told(subject)}",
            source=described_at(subject, "responses", 400),
        )


@rule("HTTP-011", "not-served", party=Party.SERVER, source=_RESPONSES)
def not_served(subject: Subject) -> Iterator[Finding]:
    """A request without fault is served.

    In a recording it is information: the key, the rate or the model's name may be the reason. In a
    run of our own it is an error, unless the case foresees the status.

    Help: the client gets no answer
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        live
        status 500
        body {"message": "internal server error"}
    """
    if _speaks(subject, "not-served"):
        expected = subject.exchange.live and not _foreseen(subject)
        yield Finding(
            f"not served: status `{subject.status}`{_told(subject)}",
            level=None if expected else Level.INFO,
            source=described_at(subject, "responses", 200),
        )
