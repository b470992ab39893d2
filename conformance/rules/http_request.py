"""HTTP: the method and the headers of a request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.rules.operation import described_at
from conformance.rules.registry import Finding, rule, schema, standard
from conformance.rules.wording import quote
from conformance.subject import CODINGS
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s\";,]+)", re.IGNORECASE)
_BLANK = " \t"  # RFC 9110 5.6.3
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})
# RFC 6750 2.1: a scheme, whose case does not count (RFC 9110 11.1), a space and a token.
_BEARER = re.compile(r"bearer +[A-Za-z0-9\-._~+/]+=*", re.IGNORECASE)


@rule(
    "HTTP-012", "missing-authorization", party=Party.CLIENT,
    source=schema("the parameter Authorization of the operation"),
)  # fmt: skip
def missing_authorization(subject: Subject) -> Iterator[Finding]:
    """A request carries a key in its Authorization header.

    Recorders take the header out, so that only traffic of our own is judged.

    Help: the server answers 401
    Conforms:
        observed
        message-start
        message-end ERROR
    Breaks:
        observed
        request-header Authorization:
        message-start
        message-end ERROR
    """
    request = subject.exchange.request
    if request is None or not subject.exchange.observed:
        return
    if request.header("authorization") is None:
        yield Finding(
            "the request has no `Authorization` header", source=described_at(subject, "parameters")
        )


@rule("HTTP-013", "malformed-authorization", party=Party.CLIENT, source=standard("RFC 6750 2.1"))
def malformed_authorization(subject: Subject) -> Iterator[Finding]:
    """The Authorization header is `Bearer` and a token.

    Help: the server answers 401, whatever the key
    Conforms:
        observed
        request-header Authorization: bearer test-key
        message-start
        message-end ERROR
    Breaks:
        observed
        request-header Authorization: test-key
        message-start
        message-end ERROR
    """
    request = subject.exchange.request
    given = request.header("authorization") if request else None
    if given is None or not subject.exchange.observed or _BEARER.fullmatch(given.strip(_BLANK)):
        return
    scheme, _, token = given.strip(_BLANK).partition(" ")
    if scheme.lower() == "bearer":
        why = "no token" if not token.strip() else "a token with other characters than a token has"
    else:
        # The value may be the key itself, and is never shown.
        why = "another scheme than `Bearer`" if token else "no scheme, or no token"
    yield Finding(f"the `Authorization` header has {why}")


@rule(
    "HTTP-014", "request-content-type", party=Party.CLIENT,
    source=schema("the request body of the operation, application/json"),
)  # fmt: skip
def request_content_type(subject: Subject) -> Iterator[Finding]:
    """A request body is application/json.

    A recording that lacks the header may have lost it, which is a warning only. So are another
    charset than UTF-8, which JSON does not have, and a content coding, which nobody promises to undo.

    Help: the server refuses the request, or reads the body as something else
    Conforms:
        request-header Content-Type: application/json; charset=utf-8
        message-start
        message-end ERROR
    Breaks:
        request-header Content-Type: text/plain
        message-start
        message-end ERROR
    """
    request = subject.exchange.request
    if request is None or not request.headers or not request.body:
        return
    yield from _content_coding(subject)
    given = request.header("content-type")
    if given is None:
        yield Finding(
            "the request has no `Content-Type` header",
            level=None if subject.exchange.observed else Level.WARNING,
            source=described_at(subject, "requestBody", "content"),
        )
        return
    types = {each.split(";", 1)[0].strip().lower() for each in given.split(",")}
    if types != {"application/json"}:
        yield Finding(
            f"the content type of the request is {quote(given)}, not `application/json`",
            source=described_at(subject, "requestBody", "content"),
        )
        return
    charset = _CHARSET.search(given)
    if charset and charset[1].lower() not in _UTF_8:
        yield Finding(
            f"the content type of the request names the charset {quote(charset[1])}",
            level=Level.WARNING,
            source=standard("RFC 8259 8.1"),
        )


def _content_coding(subject: Subject) -> Iterator[Finding]:
    request = subject.exchange.request
    coding = ((request.header("content-encoding") if request else None) or "").strip().lower()
    if request is None or coding in ("", "identity") or not subject.exchange.observed:
        return
    if coding in CODINGS and subject.request_bytes is request.body:
        yield Finding(
            f"the body of the request is not in the content coding {quote(coding)} that it names",
            source=standard("RFC 9110 8.4"),
        )
        return
    yield Finding(
        f"the body of the request is in the content coding {quote(coding)}",
        level=Level.WARNING,
        source=described_at(subject, "requestBody", "content"),
    )


@rule("HTTP-015", "wrong-method", party=Party.CLIENT, source=schema("the method of the operation"))
def wrong_method(subject: Subject) -> Iterator[Finding]:
    """A request is a POST.

    The case of a method counts (RFC 9110 9.1), but recorders change it.

    Help: the server answers 404 or 405
    Conforms:
        method POST
        message-start
        message-end ERROR
    Breaks:
        method PUT
        message-start
        message-end ERROR
    """
    request = subject.exchange.request
    if request is None:
        return
    method = request.method if subject.exchange.observed else request.method.upper()
    if method != "POST":
        yield Finding(
            f"the method is {quote(request.method)}, not `POST`", source=described_at(subject)
        )


@rule(
    "HTTP-021", "ambiguous-request-length", party=Party.CLIENT, source=standard("RFC 9112 6.2"),
    level=Level.WARNING,
)  # fmt: skip
def ambiguous_request_length(subject: Subject) -> Iterator[Finding]:
    """A request that comes in chunks has no Content-Length.

    Recorders and proxies put headers in and out, so that only traffic of our own is judged. A server
    may take such a request all the same, by its chunks.

    Help: gateways refuse it, since two servers may see two different requests in it
    Conforms:
        observed
        request-header Transfer-Encoding: chunked
        message-start
        message-end ERROR
    Breaks:
        observed
        request-header Transfer-Encoding: chunked
        request-header Content-Length: 10
        message-start
        message-end ERROR
    """
    request = subject.exchange.request
    if request is None or not subject.exchange.observed:
        return
    if None not in (request.header("transfer-encoding"), request.header("content-length")):
        yield Finding("the request has both `Transfer-Encoding` and `Content-Length`")
