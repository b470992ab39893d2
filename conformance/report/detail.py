"""A kept exchange and what is wrong with it → what a page shows of it.

Bodies become runs of text, some of them marked; long ones are cut around the marks, and what was cut
out is counted. Whatever does not print is shown as an escape or a picture of itself.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from conformance.cassette.jsonl import read_record
from conformance.cassette.node import Node
from conformance.contract import contract
from conformance.errors import ConformanceError
from conformance.report.cells import safe
from conformance.report.span import offending_bytes
from conformance.subject import NotJudged, Subject
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from conformance.events import Event
    from conformance.reading import Reading
    from conformance.violation import Violation
    from conformance.wire import Exchange, Headers, Request, Response

__all__ = ["Body", "Detail", "Kept", "Row", "Run", "detail_of", "kept_from"]

_AROUND = 240  # bytes of a body shown on each side of a mark
_WHOLE = 1600  # a body up to this is shown whole
_DATA = 360  # bytes of an event's data
_BEFORE, _AFTER, _EDGE = 6, 3, 2  # events shown around an offending one, and at both ends
_PICTURES = {"\n": "␊\n", "\r": "␍", "\t": "␉\t"}


class Run(NamedTuple):
    """A stretch of text; `marked` says that it is at fault, `gap` that it tells what was cut out."""

    text: str
    marked: bool = False
    gap: bool = False


class Body(NamedTuple):
    """Bytes as runs of text, and how many bytes there are in all."""

    runs: tuple[Run, ...]
    size: int


class Row(NamedTuple):
    """One event of a stream, or, if `skipped`, so many that are not shown.

    `number` counts from 1, `time` is in seconds or None, `byte` the offset of the event. `codes` are
    the rules that it breaks, `at_fault` says that it is what the page speaks of.
    """

    number: int = 0
    type: str = ""
    byte: int = 0
    time: float | None = None
    data: tuple[Run, ...] = ()
    codes: tuple[str, ...] = ()
    at_fault: bool = False
    skipped: int = 0


class Detail(NamedTuple):
    """What a page shows of one exchange; `in_bytes` says that the mark is in no event's data."""

    method: str
    url: str
    request_headers: Headers
    request: Body | None
    status: int | None
    response_headers: Headers
    rows: tuple[Row, ...]
    body: Body | None
    complete: bool
    in_bytes: bool


class Kept(NamedTuple):
    """A kept exchange, read once for all that is wrong with it."""

    exchange: Exchange
    reading: Reading | None
    violations: Sequence[Violation]


def kept_from(record: Mapping[str, Any], violations: Sequence[Violation]) -> Kept | None:
    """A kept exchange and what is wrong with it; None when its record cannot be read."""
    try:
        exchange = read_record(Node(dict(record), "report"))
    except ConformanceError:
        return None
    return Kept(exchange, _reading(exchange), violations)


def detail_of(kept: Kept, violation: Violation) -> Detail:
    """What to show of a kept exchange for one of its violations."""
    exchange, reading = kept.exchange, kept.reading
    request, response = exchange.request, exchange.response
    found = offending_bytes(violation, exchange, reading)
    spans = [] if found is None else [found]
    client = violation.party is Party.CLIENT
    asked, answered = (spans, []) if client else ([], spans)
    rows = _rows(kept, violation, answered)
    return Detail(
        method=safe(request.method) if request else "",
        url=safe(request.url) if request else "",
        request_headers=_printable(request),
        request=_body(request.body, asked) if request else None,
        status=response.status if response else None,
        response_headers=_printable(response),
        rows=rows,
        body=_body(response.body, answered) if response else None,
        complete=response.complete if response else True,
        in_bytes=bool(answered) and not any(run.marked for row in rows for run in row.data),
    )


def _reading(exchange: Exchange) -> Reading | None:
    try:
        return Subject(exchange, contract()).reading
    except NotJudged:
        return None


def _printable(message: Request | Response | None) -> Headers:
    if message is None:
        return ()
    return tuple((safe(name), safe(value)) for name, value in message.headers)


def _shown(data: bytes) -> str:
    text = data.decode("utf-8", "surrogateescape")
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else _PICTURES.get(char) or _escape(char) for char in text
    )


def _escape(char: str) -> str:
    # A byte that is no UTF-8 comes as half a surrogate pair that holds it.
    code = ord(char)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else safe(char)  # noqa: PLR2004


def _cut(body: bytes, place: int) -> int:
    """The nearest place at or before this one that does not tear a character apart."""
    for back in range(min(4, place)):
        if place >= len(body) or not 0x80 <= body[place - back] <= 0xBF:  # noqa: PLR2004
            return place - back
    return place


def _body(body: bytes, spans: list[tuple[int, int]]) -> Body:
    first, last = 0, len(body)
    if last > _WHOLE and spans:
        start, end = spans[0]
        first, last = _cut(body, max(0, start - _AROUND)), _cut(body, min(last, end + _AROUND))
    elif last > _WHOLE:
        last = _cut(body, _WHOLE)
    runs = [_gap(first)] if first else []
    runs += _runs(body, first, last, spans)
    if last < len(body):
        runs.append(_gap(len(body) - last))
    return Body(tuple(runs), len(body))


def _gap(count: int) -> Run:
    return Run(f"… {count:,} bytes …", gap=True)


def _runs(body: bytes, start: int, end: int, spans: list[tuple[int, int]]) -> list[Run]:
    runs: list[Run] = []
    at = start
    for first, last in spans:
        first, last = max(first, at), min(last, end)  # noqa: PLW2901
        if first >= last:
            continue
        if first > at:
            runs.append(Run(_shown(body[at:first])))
        # A mark that is longer than what is shown of a body anyway loses its middle.
        if last - first > _WHOLE:
            head, tail = _cut(body, first + _AROUND), _cut(body, last - _AROUND)
            runs += [
                Run(_shown(body[first:head]), marked=True),
                _gap(tail - head),
                Run(_shown(body[tail:last]), marked=True),
            ]
        else:
            runs.append(Run(_shown(body[first:last]), marked=True))
        at = last
    if at < end:
        runs.append(Run(_shown(body[at:end])))
    return runs


def _rows(kept: Kept, violation: Violation, spans: list[tuple[int, int]]) -> tuple[Row, ...]:
    reading, response = kept.reading, kept.exchange.response
    if reading is None or response is None:
        return ()
    events = reading.events
    codes: dict[int, dict[str, None]] = {}
    for each in kept.violations:
        if each.party is Party.SERVER and each.event is not None:
            codes.setdefault(each.event, {})[each.code] = None
    here = violation.event if violation.party is Party.SERVER else None
    wanted = set(range(1, _EDGE + 1)) | set(range(len(events) - _EDGE + 1, len(events) + 1))
    if here is not None:
        wanted |= set(range(here - _BEFORE, here + _AFTER + 1))
    ends = [chunk.end for chunk in response.chunks]
    rows: list[Row] = []
    skipped = 0
    for event in events:
        number = event.number + 1
        if number not in wanted:
            skipped += 1
            continue
        if skipped:
            rows.append(Row(skipped=skipped))
            skipped = 0
        row = _row(event, response, spans if number == here else [], ends)
        rows.append(row._replace(codes=tuple(codes.get(number, ())), at_fault=number == here))
    return tuple(rows)


def _row(event: Event, response: Response, spans: list[tuple[int, int]], ends: list[int]) -> Row:
    frame = event.frame
    # An event has arrived when the chunk with its last byte has.
    chunk = bisect_left(ends, frame.end)
    time = response.chunks[chunk].time if chunk < len(ends) else None
    first, last = frame.data_at, min(frame.end, len(response.body))
    data = response.body[first:last].rstrip(b"\r\n")
    inside = [(s - first, e - first) for s, e in spans if s < last and e > first]
    return Row(
        number=event.number + 1,
        type=safe(event.type or frame.name or "data"),
        byte=frame.start,
        time=time,
        data=_data(data, inside),
    )


def _data(data: bytes, spans: list[tuple[int, int]]) -> tuple[Run, ...]:
    spans = [(max(0, start), min(len(data), end)) for start, end in spans]
    if len(data) <= _DATA:
        return tuple(_runs(data, 0, len(data), spans))
    start = _cut(data, max(0, min(spans[0][0] - _DATA // 3, len(data) - _DATA)) if spans else 0)
    end = _cut(data, min(len(data), start + _DATA))
    runs = _runs(data, start, end, spans)
    head = [Run("…", gap=True)] if start else []
    tail = [Run("…", gap=True)] if end < len(data) else []
    return (*head, *runs, *tail)
