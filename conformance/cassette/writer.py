"""Exchanges into a file that gives back every byte: our own recording, or JSON Lines.

The form is described in docs/formats.md. What the mapping of a cassette cannot say goes into keys
that vcrpy passes over, so that vcrpy can replay the same file.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cassette.emit import emit, is_clean
from conformance.cassette.jsonl import as_lines, checked
from conformance.cassette.own import FORMAT, PROVENANCES, Provenance, body_sum
from conformance.cassette.vcr import date_of
from conformance.errors import CassetteError
from conformance.version import __version__
from conformance.wire import Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.wire import Exchange, Headers

__all__ = ["dumps", "write"]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
_NOWHERE = Request("GET", "about:blank")
_NOTHING = Response(200)


def write(
    path: str | Path,
    exchanges: Iterable[Exchange],
    provenance: Provenance | str = "recorded",
) -> None:
    """Write a recording: JSON Lines for a name in `.jsonl` or `.ndjson`, else our own form.

    The file is replaced as a whole or not at all. CassetteError when it cannot be written, or when
    an exchange holds what no recording can (half a surrogate pair, a time that is not finite).
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
        with suppress(OSError):
            part.unlink()
        reason = (error.strerror or str(error)).lower()
        raise CassetteError(
            f"cannot be written: {reason}", where=str(path), hint="check the folder"
        ) from error


def dumps(exchanges: Iterable[Exchange], provenance: Provenance | str = "recorded") -> str:
    """The text of a recording. ValueError for what no recording can hold."""
    origin = _made_here(provenance) if isinstance(provenance, str) else provenance
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
    items = [_item(checked(one)) for one in exchanges]
    return emit({"version": 1, "conformance": head, "interactions": items})


def _made_here(kind: str) -> Provenance:
    return Provenance(kind, tool=f"cohere-conformance {__version__}")


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
    usual: dict[str, object] = {
        "endpoint": None, "observed": False, "framing": True, "expect": [], "complete": True,
        "undecoded": False,
    }  # fmt: skip
    given: dict[str, object] = {
        "endpoint": exchange.endpoint,
        "observed": exchange.observed,
        "framing": exchange.framing,
        "expect": list(exchange.expect),
        "complete": response.complete,
        "undecoded": response.undecoded,
    }
    more |= {name: value for name, value in given.items() if value != usual[name]}
    more["sha256"] = {"request": body_sum(request.body), "response": body_sum(response.body)}
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


def _is_lossy(headers: Headers) -> bool:
    """Whether a cassette's mapping loses something of the headers: order, odd name, or coding.

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


def _body(body: bytes) -> str | bytes:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    return text if is_clean(text) else body


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
