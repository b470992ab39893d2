"""HTTP: whether the whole response came, and had the length that it announced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.registry import Finding, rule, standard
from conformance.rules.wording import quote
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject


@rule(
    "HTTP-016", "content-length-mismatch", party=Party.SERVER,
    source=standard("RFC 9110 8.6, RFC 9112 6.3"),
)  # fmt: skip
def content_length_mismatch(subject: Subject) -> Iterator[Finding]:
    """The body has the length that Content-Length announces.

    Recorders decode bodies and keep the header, so that only traffic of our own is judged.

    Help: a client waits for bytes that never come, or takes the rest for the next response
    Conforms:
        observed
        endpoint rerank
        header content-length: 31
        status 429
        body {"message": "slow down", "a":1}
    Breaks:
        observed
        endpoint rerank
        header content-length: 30
        status 429
        body {"message": "slow down", "a":1}
    """
    exchange, response = subject.exchange, subject.exchange.response
    if response is None or not response.complete or not (exchange.observed or exchange.live):
        return
    if response.header("content-encoding") or response.header("transfer-encoding"):
        return
    given = response.header("content-length")
    if given is None:
        return
    lengths = {each.strip() for each in given.split(",")}
    if not all(each.isascii() and each.isdigit() for each in lengths):
        yield Finding(f"`Content-Length` is {quote(given)}, which is no length")
    elif {int(each) for each in lengths} != {len(response.body)}:
        yield Finding(
            f"`Content-Length` is {quote(given)}, and the body has `{len(response.body)}` bytes"
        )


@rule("HTTP-020", "broken-content-coding", party=Party.SERVER, source=standard("RFC 9110 8.4"))
def broken_content_coding(subject: Subject) -> Iterator[Finding]:
    """The body is in the coding that Content-Encoding names.

    Help: a client that undoes the coding, as HTTP libraries do by themselves, raises on the answer
    Conforms:
        header content-encoding: gzip
        message-start
        message-end ERROR
    Breaks:
        undecoded
        header content-encoding: gzip
        message-start
        message-end ERROR
    """
    response = subject.exchange.response
    if response is not None and response.undecoded:
        given = response.header("content-encoding")
        yield Finding(f"`Content-Encoding` is {quote(given)}, and the body is not in that coding")


@rule("HTTP-017", "incomplete-response", party=Party.SERVER, source=standard("RFC 9112 8"))
def incomplete_response(subject: Subject) -> Iterator[Finding]:
    """The connection stays open until the whole body has come.

    Help: a client has a part of the answer and cannot tell what is missing
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        cut
        message-start
        message-end ERROR
    """
    response = subject.exchange.response
    if response is not None and not response.complete:
        yield Finding(
            f"the response broke off after `{len(response.body)}` bytes", byte=len(response.body)
        )
