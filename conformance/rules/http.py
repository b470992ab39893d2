"""HTTP: the status, the media type and the error body of a response, taken by themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.rules.operation import described_at
from conformance.rules.registry import Finding, conflict, observed, rule, schema, standard
from conformance.rules.wording import quote, quote_all
from conformance.tolerance import place_of
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import JsonBody, Subject

_RESPONSES = schema("the responses of the operation")
_ERROR = schema("the error body, ER-01")
# Documented on the error page, though the description does not list it (ER-02).
_ALSO_DOCUMENTED = frozenset({402})
# Statuses of HTTP itself that answer a request of the wrong form; rule about it -> status.
_OF_HTTP = {"wrong-method": 405, "request-content-type": 415}
_OK, _NO_BODY = 200, (204, 205)
_ENCODED = ("", "identity")
_CHARSET = re.compile(r""";\s*charset\s*=\s*"?([^\s";,]+)""", re.IGNORECASE)


def _is_listed(subject: Subject, status: int) -> bool:
    return status in subject.contract.statuses(subject.endpoint) | _ALSO_DOCUMENTED


def _error_body(subject: Subject) -> JsonBody | None:
    """The body of a response with a 4xx or 5xx status, if all of it came."""
    response = subject.exchange.response
    if response is None or not subject.refused or not response.complete:
        return None
    return subject.answer


@rule("HTTP-001", "content-type", party=Party.SERVER, source=_RESPONSES)
def content_type(subject: Subject) -> Iterator[Finding]:
    """A chat stream is text/event-stream, a rerank answer application/json.

    Help: a client that chooses its parser by the media type takes the wrong one
    Conforms:
        header content-type: text/event-stream; charset=utf-8
        message-start
        message-end ERROR
    Breaks:
        header content-type: text/plain
        message-start
        message-end ERROR
    """
    response = subject.exchange.response
    if response is None or not subject.succeeded or not response.headers:
        return
    if response.status in _NO_BODY or not subject.exchange.framing:
        return
    given = response.header("content-type")
    wanted = subject.contract.media_types(subject.endpoint, _OK)
    if given is None:
        yield Finding(
            f"the answer has no content type; it should be {quote_all(wanted)}",
            source=described_at(subject, "responses", _OK),
        )
        return
    # A header that came twice is joined by a comma.
    types = {each.split(";", 1)[0].strip().lower() for each in given.split(",")}
    if types <= set(wanted):
        return
    asked = _asks_for_json_only(subject)
    yield Finding(
        f"the content type is {quote(given)}, not {quote_all(wanted)}"
        + (", as the client's `Accept` asked" if asked else ""),
        level=Level.INFO if asked else None,
        source=conflict("D12") if asked else described_at(subject, "responses", _OK),
    )


def _asks_for_json_only(subject: Subject) -> bool:
    """The answer is lines of JSON, and the client accepts JSON and nothing that is a stream."""
    request, reading = subject.exchange.request, subject.reading
    accept = (request.header("accept") or "").lower() if request else ""
    wide = "*/*" in accept or "text/*" in accept or "text/event-stream" in accept
    lines = reading is not None and reading.newline_delimited
    return lines and "json" in accept and not wide


@rule(
    "HTTP-019", "stream-charset", party=Party.SERVER,
    source=standard("WHATWG HTML 17, text/event-stream, the parameter charset"),
)  # fmt: skip
def stream_charset(subject: Subject) -> Iterator[Finding]:
    """A content type that names the charset of an event stream names UTF-8.

    Help: a client that decodes by the header shows other letters than were sent
    Conforms:
        header content-type: text/event-stream; charset=UTF-8
        message-start
        message-end ERROR
    Breaks:
        header content-type: text/event-stream; charset=iso-8859-1
        message-start
        message-end ERROR
    """
    response = subject.exchange.response
    if response is None or response.media_type != "text/event-stream":
        return
    given = response.header("content-type") or ""
    for charset in _CHARSET.findall(given):
        # Browsers and libraries take the name without its hyphen for the same.
        if charset.lower() not in ("utf-8", "utf8"):
            yield Finding(f"the charset is {quote(charset)}, and an event stream is UTF-8")
            return


@rule("HTTP-002", "undocumented-success-status", party=Party.SERVER, source=_RESPONSES)
def undocumented_success_status(subject: Subject) -> Iterator[Finding]:
    """A request that is served is answered with status 200.

    Help: a client that waits for 200 takes the answer for a failure
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        status 201
        message-start
        message-end ERROR
    """
    status = subject.status
    if status is not None and not subject.refused and status != _OK:
        yield Finding(
            f"the status is `{status}`, not `200`", source=described_at(subject, "responses")
        )


@rule(
    "HTTP-003", "undocumented-error-status", party=Party.SERVER, source=_RESPONSES,
    level=Level.WARNING,
)  # fmt: skip
def undocumented_error_status(subject: Subject) -> Iterator[Finding]:
    """The status of a refusal is one that the description lists.

    A status that HTTP itself has for the fault of the request is information only.

    Help: a client that maps statuses to errors has none for this
    Conforms:
        status 429
        body {"message": "too many requests"}
    Breaks:
        status 418
        body {"message": "short and stout"}
    """
    status = subject.status
    if status is None or not subject.refused or _is_listed(subject, status):
        return
    fitting = any(
        _OF_HTTP.get(fault.split(" ", 1)[1]) == status for fault in subject.request_faults
    )
    yield Finding(
        f"the status `{status}` is not in the description",
        level=Level.INFO if fitting else None,
        source=described_at(subject, "responses"),
    )


@rule("HTTP-004", "error-body-not-json", party=Party.SERVER, source=_ERROR)
def error_body_not_json(subject: Subject) -> Iterator[Finding]:
    """The body of a refusal is a JSON object.

    Of a status that is not in the description, which some gateway may have sent, it is a warning.

    Help: a client that reads the message raises on the error instead of telling it
    Conforms:
        status 503
        body {"message": "try again"}
    Breaks:
        status 503
        body <html>Service Unavailable</html>
    """
    body = _error_body(subject)
    if body is None or (body.is_json and isinstance(body.value, dict)):
        return
    response = subject.exchange.response
    encoding = (response.header("content-encoding") or "") if response else ""
    if encoding.lower() not in _ENCODED and body.bytes[:1] not in (b"{", b"<", b""):
        return  # still compressed: nobody can read it here
    if not body.bytes.strip():
        why = "is empty"
    else:
        why = "is JSON, but not an object" if body.is_json else "is not JSON"
    listed = subject.status is not None and _is_listed(subject, subject.status)
    yield Finding(
        f"the body of the status `{subject.status}` {why}",
        byte=0,
        note="a JSON object belongs here",
        level=None if listed else Level.WARNING,
        source=described_at(subject, "responses", subject.status or 0),
    )


@rule("HTTP-005", "error-body-schema", party=Party.SERVER, source=_ERROR)
def error_body_schema(subject: Subject) -> Iterator[Finding]:
    """The members of an error body have the types that the description gives them.

    Help: a typed client raises on the error instead of telling it
    Conforms:
        status 400
        body {"message": "too many tokens", "id": "5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90"}
    Breaks:
        status 400
        body {"message": {"text": "too many tokens"}, "error_type": "TOO_MANY_TOKENS"}
    """
    if _error_body(subject) is None:
        return
    for problem in subject.answer_problems:
        if problem.pointer:  # else it is no object, which another rule tells
            yield Finding(problem.message, pointer=problem.pointer, source=problem.source)


@rule("HTTP-006", "error-without-message", party=Party.SERVER, source=observed("A7"))
def error_without_message(subject: Subject) -> Iterator[Finding]:
    """An error body says in its message what is wrong.

    Help: the user sees a status and no reason
    Conforms:
        status 429
        body {"message": "too many requests"}
    Breaks:
        status 429
        body {"detail": "too many requests"}
    """
    body = _error_body(subject)
    if body is None or not isinstance(body.value, dict):
        return
    message = body.value.get("message", "")
    if isinstance(message, str) and not message.strip():
        shown = "is empty" if "message" in body.value else "is missing"
        yield Finding(f"`message` {shown} in the error body", note="no message")


@rule("HTTP-007", "error-content-type", party=Party.SERVER, source=observed("A7"))
def error_content_type(subject: Subject) -> Iterator[Finding]:
    """A refusal is application/json, also where a stream was asked for.

    Help: a client that chooses its parser by the media type does not find the message
    Conforms:
        status 429
        body {"message": "too many requests"}
    Breaks:
        status 429
        header content-type: text/plain
        body {"message": "too many requests"}
    """
    body, response = _error_body(subject), subject.exchange.response
    if body is None or response is None or not response.headers:
        return
    if not isinstance(body.value, dict):
        return  # not JSON at all, which another rule tells
    if response.media_type != "application/json":
        given = response.header("content-type")
        shown = "missing" if given is None else quote(given)
        yield Finding(f"the content type of the refusal is {shown}, not `application/json`")


@rule(
    "HTTP-018", "undocumented-member-in-error", party=Party.SERVER, source=_ERROR,
    level=Level.INFO,
)  # fmt: skip
def undocumented_member_in_error(subject: Subject) -> Iterator[Finding]:
    """An error body has only members that the description or recordings name.

    Help: nobody, as long as clients skip what they do not know
    Conforms:
        status 429
        body {"message": "too many requests"}
    Breaks:
        status 429
        body {"message": "too many requests", "hint": "wait"}
    """
    if _error_body(subject) is not None:
        for problem in subject.answer_undocumented:
            yield Finding(problem.message, pointer=place_of(problem), source=problem.source)
