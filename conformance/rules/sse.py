"""Framing: what the bytes of an event stream break, and what about them is merely unusual.

A client that follows WHATWG HTML 9.2 reads every legal framing alike, so what is legal is
information at most, reported once per stream with its first place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.registry import Finding, conflict, observed, prose, rule, standard
from conformance.rules.wording import quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.events import Event
    from conformance.reading import Reading
    from conformance.subject import Subject

_PARSING = standard("WHATWG HTML 9.2.5, event stream format")
_USUAL = observed("F2")


def _odd(subject: Subject, *kinds: str) -> Iterator[tuple[int, int, str]]:
    """(first byte, count, excerpt) of the first of these oddities that the stream shows."""
    if subject.reading is None or not subject.exchange.framing:
        return
    found = [subject.reading.oddities[kind] for kind in kinds if kind in subject.reading.oddities]
    if found:
        first = min(found, key=lambda oddity: oddity.byte)
        yield first.byte, sum(oddity.count for oddity in found), first.detail


def _often(count: int) -> str:
    return f", {count} times" if count > 1 else ""


@rule("SSE-001", "not-utf-8", party=Party.SERVER, source=_PARSING)
def not_utf_8(subject: Subject) -> Iterator[Finding]:
    """An event stream is encoded as UTF-8.

    Help: a client shows U+FFFD in place of the text, whatever charset the content type names
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "é"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        | event: content-delta
        | data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"{xE9}"}}}}
        |
        content-end 0
        message-end COMPLETE
    """
    for byte, count, detail in _odd(subject, "not-utf-8"):
        yield Finding(f"bytes `{detail}` are not UTF-8{_often(count)}", byte=byte, note="not UTF-8")


@rule("SSE-002", "byte-order-mark", party=Party.SERVER, source=_USUAL, level=Level.INFO)
def byte_order_mark(subject: Subject) -> Iterator[Finding]:
    """The stream begins with a byte order mark, which is allowed and unusual.

    Help: a client that does not strip it loses the first event
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        | {xEF}{xBB}{xBF}event: message-start
        | data: {"type":"message-start","id":"a","delta":{"message":{"role":"assistant"}}}
        |
        message-end ERROR
    """
    for byte, _, _ in _odd(subject, "byte-order-mark"):
        yield Finding("the stream begins with a byte order mark", byte=byte)


@rule("SSE-003", "unusual-line-end", party=Party.SERVER, source=_USUAL, level=Level.INFO)
def unusual_line_end(subject: Subject) -> Iterator[Finding]:
    r"""Lines end in CR or CRLF, which is allowed and unusual.

    Help: a client that splits at LF only never sees a blank line
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        | : a comment{CR}
        message-end ERROR
    """
    for byte, count, _ in _odd(subject, "cr-line-end", "crlf-line-end"):
        yield Finding(f"lines end in CR or CRLF instead of LF{_often(count)}", byte=byte)


@rule("SSE-004", "comment", party=Party.SERVER, source=_USUAL, level=Level.INFO)
def comment(subject: Subject) -> Iterator[Finding]:
    """The stream has comment lines, which are allowed and unusual here.

    Help: a client that reads a comment as data hands it to its JSON parser
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        | : keep-alive
        |
        message-end ERROR
    """
    for byte, count, detail in _odd(subject, "comment"):
        yield Finding(f"comment line `{detail}`{_often(count)}", byte=byte)


@rule("SSE-005", "unknown-field", party=Party.SERVER, source=_USUAL, level=Level.INFO)
def unknown_field(subject: Subject) -> Iterator[Finding]:
    """A line has a field name that the standard does not know; a client ignores it.

    Help: what stands in such a line is lost to every client
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        | note: hello
        message-end ERROR
    """
    for byte, count, detail in _odd(subject, "unknown-field"):
        yield Finding(f"line `{detail}` has no known field name{_often(count)}", byte=byte)


@rule("SSE-006", "split-data", party=Party.SERVER, source=_USUAL, level=Level.INFO)
def split_data(subject: Subject) -> Iterator[Finding]:
    """The data of an event is spread over several lines, which is allowed and unusual.

    Help: a client that reads one data line per event gets a piece of the JSON
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        | event: message-end
        | data: {"type":"message-end",
        | data: "delta":{"finish_reason":"ERROR","usage":{},"error":"x"}}
        |
        [DONE]
    """
    for byte, count, _ in _odd(subject, "split-data"):
        yield Finding(f"an event has several data lines{_often(count)}", byte=byte)


@rule("SSE-007", "id-or-retry", party=Party.SERVER, source=_USUAL, level=Level.INFO)
def id_or_retry(subject: Subject) -> Iterator[Finding]:
    """The stream has id or retry fields, which ask a client to reconnect; a POST can't be resumed.

    Help: a client that reconnects by itself asks, and pays, twice
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        | id: 1
        message-start
        message-end ERROR
    """
    for byte, count, detail in _odd(subject, "id-field", "retry-field"):
        yield Finding(f"field `{detail}`{_often(count)}", byte=byte)


@rule("SSE-008", "event-without-data", party=Party.SERVER, source=_USUAL, level=Level.INFO)
def event_without_data(subject: Subject) -> Iterator[Finding]:
    """A block has fields and no data, so that no event is dispatched.

    Help: a client that dispatches it all the same hands an empty text to its JSON parser
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        | event: ping
        |
        message-end ERROR
    """
    for byte, count, _ in _odd(subject, "event-without-data"):
        yield Finding(f"an event without data{_often(count)}", byte=byte)


@rule(
    "SSE-009",
    "unterminated-event",
    party=Party.SERVER,
    source=standard("WHATWG HTML 9.2.6, end of the stream"),
)
def unterminated_event(subject: Subject) -> Iterator[Finding]:
    """Every event ends with a blank line; what the end of the body cuts off is discarded.

    Only reported when the cut event was whole; a body that stops inside an event lacks its
    message-end, and that is what is reported then. A cut terminator is information only.

    Help: a client that follows the standard never sees this event
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        | event: message-end
        | data: {"type":"message-end","delta":{"finish_reason":"ERROR","usage":{},"error":"x"}}
    """
    reading = subject.reading
    if reading is None or reading.cut is None:
        return
    if reading.delivered:
        last = reading.events[-1]
        level = Level.INFO if last.type == "[DONE]" else None
        yield Finding(
            f"`{last.type}` is not followed by a blank line, so it is discarded",
            event=last.number, note="the body ends here", level=level,
        )  # fmt: skip
    elif reading.message.end is not None:
        yield Finding(
            "the body ends inside an event", byte=reading.cut.start, note="never completed",
            level=Level.INFO,
        )  # fmt: skip


@rule("SSE-011", "no-space-after-colon", party=Party.SERVER, source=_USUAL, level=Level.INFO)
def no_space_after_colon(subject: Subject) -> Iterator[Finding]:
    """A field has no space after its colon, which is allowed and unusual.

    Help: a client that looks for `data: ` with a space loses the event
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        | event:message-end
        | data:{"type":"message-end","delta":{"finish_reason":"ERROR","usage":{},"error":"x"}}
        |
        [DONE]
    """
    for byte, count, detail in _odd(subject, "no-space-after-colon"):
        yield Finding(f"no space after the colon in `{detail}`{_often(count)}", byte=byte)


@rule("SSE-012", "event-after-data", party=Party.SERVER, source=_USUAL, level=Level.INFO)
def event_after_data(subject: Subject) -> Iterator[Finding]:
    """The event field stands after the data, which is allowed and unusual.

    Help: a client that acts on the data line takes it for another event's
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        | data: {"type":"message-end","delta":{"finish_reason":"ERROR","usage":{},"error":"x"}}
        | event: message-end
        |
        [DONE]
    """
    for byte, count, _ in _odd(subject, "event-after-data"):
        yield Finding(f"an event field stands after the data{_often(count)}", byte=byte)


def _framed(subject: Subject) -> Reading | None:
    """The reading, when the framing was recorded."""
    return subject.reading if subject.exchange.framing else None


def _first_named(events: list[Event]) -> Event | None:
    return next((event for event in events if event.type != "[DONE]"), None)


@rule("SSE-013", "missing-event-name", party=Party.SERVER, source=observed("F3"), level=Level.INFO)
def missing_event_name(subject: Subject) -> Iterator[Finding]:
    """An event has no event field; its type stands in the data only.

    Help: a client that listens by event name, as browsers do, never hears it
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        | data: {"type":"message-end","delta":{"finish_reason":"ERROR","usage":{},"error":"x"}}
        |
        [DONE]
    """
    reading = _framed(subject)
    first = _first_named(reading.unnamed) if reading else None
    if reading is not None and first is not None:
        yield Finding(
            f"`{first.type}` has no event field{_often(len(reading.unnamed))}", event=first.number
        )


@rule("SSE-014", "event-name-mismatch", party=Party.SERVER, source=observed("F3"))
def event_name_mismatch(subject: Subject) -> Iterator[Finding]:
    """The event field repeats the `type` of the data.

    Help: a client that goes by the event name takes this event for another
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        event content-delta {"type":"message-end","delta":{"finish_reason":"ERROR","usage":{},"error":"x"}}
    """
    reading = _framed(subject)
    wrong = [e for e in reading.misnamed if e.type != "[DONE]"] if reading else []
    for event in wrong[:1]:
        yield Finding(
            f"the event field says {quote(event.frame.name)}, the data {quote(event.type)}"
            f"{_often(len(wrong))}",
            event=event.number, pointer="/type", note=f"event: {quote(event.frame.name)}",
        )  # fmt: skip


@rule("SSE-017", "named-terminator", party=Party.SERVER, source=observed("F4"), level=Level.INFO)
def named_terminator(subject: Subject) -> Iterator[Finding]:
    """The terminator has no event field.

    Help: none for most clients; the live API sends `data: [DONE]` alone
    Conforms:
        message-start
        message-end ERROR
        [DONE]
    Breaks:
        message-start
        message-end ERROR
        | event: done
        | data: [DONE]
        |
    """
    reading = _framed(subject)
    for event in reading.misnamed if reading else []:
        if event.type == "[DONE]":
            yield Finding(
                f"the terminator has the event name {quote(event.frame.name)}", event=event.number
            )


@rule("SSE-018", "newline-delimited", party=Party.SERVER, source=conflict("D12"))
def newline_delimited(subject: Subject) -> Iterator[Finding]:
    """The body is JSON Lines instead of Server-Sent Events.

    The live API seems to answer so when a client accepts `application/json` only.

    Help: a client that reads SSE sees no event at all
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        request-header Accept: application/json
        header content-type: application/json
        | {"id":"5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90","type":"message-start","delta":{"message":{"role":"assistant"}}}
        | {"type":"message-end","delta":{"finish_reason":"ERROR","usage":{},"error":"x"}}
    """
    reading = _framed(subject)
    if reading is not None and reading.newline_delimited:
        yield Finding("the events come as JSON Lines, without SSE framing", byte=0)


@rule("SSE-019", "quoted-terminator", party=Party.SERVER, source=prose("ST-12"), level=Level.INFO)
def quoted_terminator(subject: Subject) -> Iterator[Finding]:
    """The terminator is the bare text [DONE]; until September 2024 it was a JSON string.

    Help: a client that compares the data with `[DONE]` goes on reading
    Conforms:
        message-start
        message-end ERROR
        [DONE]
    Breaks:
        message-start
        message-end ERROR
        | data: "[DONE]"
        |
    """
    reading = _framed(subject)
    for event in reading.events[-3:] if reading else []:
        if event.type == "[DONE]" and event.frame.data.startswith('"'):
            yield Finding('the terminator is the JSON string `"[DONE]"`', event=event.number)
