"""Exchanges into our own recording, byte for byte, and back.

A recording is a cassette that vcrpy reads, with keys that vcrpy passes over: `conformance` at the top (version
of the form, provenance, licence, tool) and in each interaction (what the cassette form cannot say, and the
sha256 of both bodies, which is compared when the file is read). The form is described in docs/formats.md.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cassette.emit import emit, is_clean
from conformance.cassette.jsonl import chunks_of, as_lines
from conformance.cassette.vcr import date_of, interaction, moment
from conformance.errors import CassetteError
from conformance.wire import Exchange, Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.cassette.node import Node
    from conformance.wire import Headers

__all__ = ["FORMAT", "PROVENANCES", "Provenance", "dumps", "provenance_of", "read_own", "write"]

FORMAT = 1
PROVENANCES = ("authored", "recorded", "imported")

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
_NOWHERE = Request("GET", "about:blank")
_NOTHING = Response(200)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a recording comes from: `kind` is "authored", "recorded" or "imported"; the rest is free text."""

    kind: str
    licence: str | None = None
    source: str | None = None
    tool: str | None = None


def write(
    path: str | Path,
    exchanges: Iterable[Exchange],
    provenance: Provenance | str = "recorded",
) -> None:
    """Write a recording: JSON Lines when the name ends in `.jsonl` or `.ndjson`, else our own form.

    The file is replaced as a whole or not at all. CassetteError when it cannot be written, or when an
    exchange holds what no recording can (half a surrogate pair, a time that is not finite).
    """
    target = Path(path)
    found = list(exchanges)
    lines = target.suffix.lower() in {".jsonl", ".ndjson"}
    try:
        data = (as_lines(found) if lines else dumps(found, provenance)).encode()
    except ValueError as error:
        raise CassetteError(
            f"cannot be recorded: {_reason(error)}",
            where=str(path),
            hint="this exchange did not come from a wire",
        ) from error
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        reason = (error.strerror or str(error)).lower()
        raise CassetteError(
            f"cannot be written: {reason}", where=str(path), hint="check the folder"
        ) from error


def dumps(exchanges: Iterable[Exchange], provenance: Provenance | str = "recorded") -> str:
    """The text of a recording. ValueError for what no recording can hold."""
    origin = Provenance(provenance) if isinstance(provenance, str) else provenance
    if origin.kind not in PROVENANCES:
        message = f"provenance `{origin.kind}` is not one of {', '.join(PROVENANCES)}"
        raise ValueError(message)
    head: dict[str, object] = {"format": FORMAT, "provenance": origin.kind}
    head.update(
        {
            name: value
            for name in ("licence", "source", "tool")
            if (value := getattr(origin, name)) is not None
        }
    )
    items = [_item(one) for one in exchanges]
    return emit({"version": 1, "conformance": head, "interactions": items})


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


def _item(exchange: Exchange) -> dict[str, object]:
    request, response = exchange.request or _NOWHERE, exchange.response or _NOTHING
    known = {
        name
        for name, there in (("request", exchange.request), ("response", exchange.response))
        if there
    }
    more: dict[str, object] = {}
    if len(known) < 2:  # noqa: PLR2004 - both
        more["absent"] = sorted({"request", "response"} - known)
    if exchange.endpoint is not None:
        more["endpoint"] = exchange.endpoint
    if exchange.observed:
        more["observed"] = True
    if not exchange.framing:
        more["framing"] = False
    if exchange.expect:
        more["expect"] = list(exchange.expect)
    if not response.complete:
        more["complete"] = False
    more["sha256"] = {"request": _sha256(request.body), "response": _sha256(response.body)}
    exact = {
        name: [list(pair) for pair in message.headers]
        for name, message in (("request", request), ("response", response))
        if _is_lossy(message.headers)
    }
    if exact:
        more["headers"] = exact
    if response.chunks:
        more["chunks"] = [_edge(one.start, one.end, one.time) for one in response.chunks]
    out: dict[str, object] = {
        "request": {
            "method": request.method,
            "uri": request.url,
            "headers": _mapping(request.headers),
            "body": _body(request.body),
        },
        "response": {
            "status": {"code": response.status, "message": _phrase(response.status)},
            "headers": _mapping(response.headers),
            "body": {"string": _body(response.body)},
        },
    }
    if exchange.origin.recorded_at not in {None, date_of(exchange.response)}:
        out["recorded_at"] = exchange.origin.recorded_at
    out["conformance"] = more
    return out


def _exchange(node: Node, number: int) -> Exchange:
    more = node.need("conformance")
    made = interaction(node, number)
    absent = (
        {one.text() for one in more.get("absent").items()} if more.get("absent").present else set()
    )
    request, response = made.request, made.response
    sums = more.need("sha256")
    if request is not None:
        request = replace(request, headers=_exact(more, "request", request.headers))
        _verify(request.body, sums.need("request"), node.get("request").get("body"))
    if response is not None:
        _verify(response.body, sums.need("response"), node.get("response").get("body"))
        response = replace(
            response,
            headers=_exact(more, "response", response.headers),
            chunks=chunks_of(more.get("chunks"), response.body),
            complete=more.get("complete").flag(default=True),
        )
    request = None if "request" in absent else request
    response = None if "response" in absent else response
    recorded = moment(node.get("recorded_at"), response)
    return Exchange(
        request,
        response,
        replace(made.origin, recorded_at=recorded),
        observed=more.get("observed").flag(default=False),
        endpoint=more.get("endpoint").optional_text(),
        framing=more.get("framing").flag(default=True),
        expect=tuple(one.status() for one in more.get("expect").items())
        if more.get("expect").present
        else (),
    )


def _is_lossy(headers: Headers) -> bool:
    """Whether the mapping of a cassette would lose something of the headers: order, an odd name, or a coding.

    A content coding is left out there, because the body beside it is decoded and vcrpy would have
    its HTTP client decode it again.
    """
    return (
        tuple((name, value) for name, values in _mapping(headers).items() for value in values)
        != headers
    )


def _mapping(headers: Headers) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, value in headers:
        if _TOKEN.fullmatch(name) and name.lower() != "content-encoding":
            out.setdefault(name, []).append(value)
    return out


def _exact(more: Node, name: str, headers: Headers) -> Headers:
    exact = more.get("headers").get(name) if more.get("headers").present else None
    return exact.headers() if exact is not None and exact.present else headers


def _verify(body: bytes, wanted: Node, node: Node) -> None:
    found = _sha256(body)
    if wanted.text() != found:
        raise node.error(
            f"does not have the sha256 that the recording names: it is `{found}`",
            "the file was changed after it was recorded; restore it, or correct the sum if that was meant",
        )


def _body(body: bytes) -> str | bytes:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    return text if is_clean(text) else body


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _edge(start: int, end: int, time: float | None) -> list[int | float]:
    return [start, end] if time is None else [start, end, time]


def _reason(error: ValueError) -> str:
    return (
        "text with half of a surrogate pair"
        if isinstance(error, UnicodeEncodeError)
        else str(error).lower()
    )
