"""Our own recording into exchanges, byte for byte, as they were written.

A recording is a cassette that vcrpy reads, with keys that vcrpy passes over: `conformance` at the
top (version of the form, provenance, licence, tool) and in each interaction (what a cassette cannot
say, and the sha256 of both bodies, which is compared when the file is read). The form is described
in docs/formats.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.cassette.jsonl import chunks_of, statuses_of
from conformance.cassette.vcr import interaction, moment
from conformance.wire import Exchange

if TYPE_CHECKING:
    from conformance.cassette.node import Node
    from conformance.wire import Headers, Request, Response

__all__ = ["FORMAT", "PROVENANCES", "Provenance", "body_sum", "provenance_of", "read_own"]

FORMAT = 1
PROVENANCES = ("authored", "recorded", "imported")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a recording comes from.

    `kind` is "authored", "recorded" or "imported"; licence, source and tool are free text.
    """

    kind: str
    licence: str | None = None
    source: str | None = None
    tool: str | None = None


def provenance_of(root: Node) -> Provenance:
    """The provenance at the top of a recording."""
    head = root.need("conformance")
    if head.need("format").integer() != FORMAT:
        raise head.get("format").error(
            f"is `{head.get('format').text()}`, and this version reads {FORMAT}",
            "use a newer cohere-conformance",
        )
    kind = head.need("provenance").text()
    if kind not in PROVENANCES:
        raise head.get("provenance").error(f"is `{kind}`, not one of {', '.join(PROVENANCES)}")
    return Provenance(
        kind,
        head.get("licence").optional_text(),
        head.get("source").optional_text(),
        head.get("tool").optional_text(),
    )


def read_own(root: Node, first: int = 1) -> list[Exchange]:
    """The exchanges of one document; they are numbered from `first`."""
    provenance_of(root)
    items = root.need("interactions").items()
    return [_exchange(item, number) for number, item in enumerate(items, first)]


def _exchange(node: Node, number: int) -> Exchange:
    more = node.need("conformance")
    made = interaction(node, number, ours=True)
    absent = more.get("absent")
    missing = {one.text() for one in absent.items()} if absent.present else set()
    request = None if "request" in missing else _request(made.request, more, node)
    response = None if "response" in missing else _response(made.response, more, node)
    return Exchange(
        request,
        response,
        replace(made.origin, recorded_at=moment(node.get("recorded_at"), response)),
        observed=more.get("observed").flag(default=False),
        endpoint=more.get("endpoint").optional_text(),
        framing=more.get("framing").flag(default=True),
        expect=statuses_of(more.get("expect")),
    )


def _request(made: Request | None, more: Node, node: Node) -> Request | None:
    if made is None:  # pragma: no cover - a cassette always has one
        return None
    _verify(made.body, more.need("sha256").need("request"), node.get("request").get("body"))
    return replace(made, headers=_exact(more, "request", made.headers))


def _response(made: Response | None, more: Node, node: Node) -> Response | None:
    if made is None:  # pragma: no cover - as above
        return None
    _verify(made.body, more.need("sha256").need("response"), node.get("response").get("body"))
    return replace(
        made,
        headers=_exact(more, "response", made.headers),
        chunks=chunks_of(more.get("chunks"), made.body),
        complete=more.get("complete").flag(default=True),
        undecoded=more.get("undecoded").flag(default=False),
    )


def _exact(more: Node, name: str, headers: Headers) -> Headers:
    exact = more.get("headers").get(name) if more.get("headers").present else None
    return exact.headers() if exact is not None and exact.present else headers


def _verify(body: bytes, wanted: Node, node: Node) -> None:
    found = body_sum(body)
    if wanted.text() != found:
        raise node.error(
            f"does not have the sha256 that the recording names: it is `{found}`",
            "the file was changed after it was recorded; restore it, or correct the sum",
        )


def body_sum(body: bytes) -> str:
    """The sha256 of a body as a recording names it."""
    import hashlib

    return hashlib.sha256(body).hexdigest()
