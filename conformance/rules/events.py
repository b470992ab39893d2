"""Payload: what one event's JSON breaks, taken by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.request import is_redacted
from conformance.rules.registry import Finding, observed, prose, rule, schema, standard
from conformance.rules.wording import quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.contract import Problem
    from conformance.events import Event, Flaw
    from conformance.subject import Subject

_UNION = schema("chat-stream, the union of stream events")
# Enough of a value to tell it from others.
_LONGEST = 200
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _flaws(subject: Subject, *kinds: str) -> Iterator[tuple[Event, Flaw]]:
    if subject.reading is not None:
        for event, flaw in subject.reading.flawed:
            if flaw.kind in kinds:
                yield event, flaw


def _problems(subject: Subject, *keywords: str) -> Iterator[Finding]:
    """A finding for every kind of schema problem with one of these keywords.

    The same problem in many events of a type, in the deltas say, is one, which counts them.
    """
    if subject.reading is None:
        return
    kinds: dict[tuple[object, ...], list[tuple[Event, Problem]]] = {}
    for event, problem in subject.reading.payload:
        if problem.keyword in keywords:
            actual = problem.actual
            what = type(actual) if problem.keyword == "type" else repr(actual)[:_LONGEST]
            key = (event.type, problem.keyword, problem.pointer, problem.member, what)
            kinds.setdefault(key, []).append((event, problem))
    for found in kinds.values():
        event, problem = found[0]
        often = f", in {len(found)} events" if len(found) > 1 else ""
        yield Finding(
            f"`{event.type}`: {problem.message}{often}",
            event=event.number,
            pointer=problem.pointer or None,
            source=problem.source,
        )


@rule("EVENT-001", "invalid-json", party=Party.SERVER, source=_UNION)
def invalid_json(subject: Subject) -> Iterator[Finding]:
    """The data of every event is one JSON text.

    Help: a client's JSON parser raises here, and most clients lose the rest of the stream
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        event content-start {"type":"content-start","index":0,
        message-end ERROR
    """
    for event, flaw in _flaws(subject, "invalid-json"):
        yield Finding(
            f"the data is not JSON: {flaw.detail} at character {flaw.position}",
            event=event.number,
            byte=event.frame.byte_of(flaw.position),
            note=flaw.detail,
        )


@rule("EVENT-002", "not-an-object", party=Party.SERVER, source=_UNION)
def not_an_object(subject: Subject) -> Iterator[Finding]:
    """The data of every event is a JSON object.

    Help: a client that reads `type` from it raises
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        event content-start ["content-start"]
        message-end ERROR
    """
    for event, flaw in _flaws(subject, "not-an-object"):
        yield Finding(f"the data is {flaw.detail}, not an object", event=event.number)


@rule(
    "EVENT-003", "duplicate-key", party=Party.SERVER, source=standard("RFC 8259 4"),
    level=Level.WARNING,
)  # fmt: skip
def duplicate_key(subject: Subject) -> Iterator[Finding]:
    """The names of an object are unique.

    Help: clients disagree on which of the values counts
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        event content-start {"type":"content-start","index":0,"index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    """
    for event, flaw in _flaws(subject, "duplicate-key"):
        yield Finding(
            f"`{event.type}` has the key {quote(flaw.detail)} twice",
            event=event.number,
            byte=event.frame.byte_of(flaw.position),
        )


@rule("EVENT-004", "not-a-number", party=Party.SERVER, source=standard("RFC 8259 6"))
def not_a_number(subject: Subject) -> Iterator[Finding]:
    """Numbers are finite: JSON has no NaN and no infinity.

    Help: a strict JSON parser refuses the whole event
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        event content-start {"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}},"score":NaN}
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    """
    for event, flaw in _flaws(subject, "not-a-number", "unusable-number"):
        shown = flaw.detail or "a number out of range"
        yield Finding(f"`{event.type}` holds {shown}", event=event.number, note=shown)


@rule(
    "EVENT-005", "lone-surrogate", party=Party.SERVER, source=standard("RFC 8259 8.2"),
    level=Level.WARNING,
)  # fmt: skip
def lone_surrogate(subject: Subject) -> Iterator[Finding]:
    r"""Escaped surrogates come in pairs.

    Help: the text cannot be encoded as UTF-8; printing or storing it raises in many languages
    Conforms:
        message-start
        content-start 0 text
        event content-delta {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"\ud83d\ude00"}}}}
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        event content-delta {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"\ud83d"}}}}
        content-end 0
        message-end COMPLETE
    """
    for event, flaw in _flaws(subject, "lone-surrogate"):
        yield Finding(
            f"`{event.type}` holds the lone surrogate `{flaw.detail}`",
            event=event.number,
            byte=event.frame.byte_of(flaw.position),
        )


@rule("EVENT-006", "missing-type", party=Party.SERVER, source=_UNION)
def missing_type(subject: Subject) -> Iterator[Finding]:
    """Every event has a string `type`.

    Help: a client cannot tell what the event is and drops it or raises
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        event content-start {"index":0}
        message-end ERROR
    """
    for event in subject.reading.parsed if subject.reading else []:
        if event.type is None and event.data:
            found = event.data.get("type")
            shown = "is missing" if "type" not in event.data else f"is {found!r}, not a string"
            yield Finding(f"`type` {shown}", event=event.number, note="no type")
        elif event.type is None and not event.flaws:
            yield Finding("`type` is missing", event=event.number, note="no type")


@rule("EVENT-007", "unknown-event-type", party=Party.SERVER, source=_UNION)
def unknown_event_type(subject: Subject) -> Iterator[Finding]:
    """The type of every event is one that the description lists.

    Help: a client built from the description may raise; one that is built to last skips it
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        event search-start {"type":"search-start"}
        message-end ERROR
    """
    seen: dict[str, int] = {}
    first: dict[str, Event] = {}
    known = subject.contract.event_types
    for event in subject.reading.parsed if subject.reading else []:
        if event.type is not None and event.type not in known and event.type != "[DONE]":
            seen[event.type] = seen.get(event.type, 0) + 1
            first.setdefault(event.type, event)
    for kind, event in first.items():
        often = f", {seen[kind]} times" if seen[kind] > 1 else ""
        yield Finding(
            f"{quote(kind)} is not a documented event type{often}",
            event=event.number,
            pointer="/type",
        )


@rule("EVENT-008", "payload-type", party=Party.SERVER, source=_UNION)
def payload_type(subject: Subject) -> Iterator[Finding]:
    """Every member of an event has the documented JSON type.

    Help: a typed client raises or drops the event
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi" + {"delta": {"message": {"content": {"text": 5}}}}
        content-end 0
        message-end COMPLETE
    """
    yield from _problems(subject, "type", "union")


@rule("EVENT-009", "payload-enum", party=Party.SERVER, source=_UNION)
def payload_enum(subject: Subject) -> Iterator[Finding]:
    """Every enumerated member of an event has a documented value.

    Help: a typed client raises, and others take a branch that nobody tested
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end complete
    """
    yield from _problems(subject, "enum", "const")


@rule("EVENT-010", "payload-missing", party=Party.SERVER, source=_UNION)
def payload_missing(subject: Subject) -> Iterator[Finding]:
    """Every event has the members that the description or the documentation promises.

    Help: a client that reads the member raises
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE + {"delta": {"finish_reason": null}}
    """
    yield from _problems(subject, "required")


_SORTED_OUT = ("type", "union", "enum", "const", "required", "undocumented")


@rule("EVENT-011", "payload-range", party=Party.SERVER, source=prose("FR-04"))
def payload_range(subject: Subject) -> Iterator[Finding]:
    """Numbers of an event lie within their documented bounds.

    Help: sums over usage come out wrong
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE + {"delta": {"usage": {"tokens": {"input_tokens": -1}}}}
    """
    if subject.reading is None:
        return
    keywords = {problem.keyword for _, problem in subject.reading.payload}
    yield from _problems(subject, *(keywords - set(_SORTED_OUT)))


@rule("EVENT-012", "undocumented-member", party=Party.SERVER, source=_UNION, level=Level.INFO)
def undocumented_member(subject: Subject) -> Iterator[Finding]:
    """An event has a member that the description does not name.

    New members come without notice, so this is information; `--closed` makes it an error.

    Help: a client with closed types raises
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        message-end ERROR + {"delta": {"trace": "x"}}
    """
    seen: set[tuple[str | None, str]] = set()
    for event, problem in subject.reading.undocumented if subject.reading else []:
        place = f"{problem.pointer}/{problem.member}"
        if (event.type, place) not in seen:
            seen.add((event.type, place))
            yield Finding(
                f"`{event.type}`: {problem.message}",
                event=event.number,
                pointer=place,
                source=problem.source,
            )


def _starts(subject: Subject) -> Iterator[Event]:
    for event in subject.reading.parsed if subject.reading else []:
        if event.type == "message-start":
            yield event


@rule("EVENT-013", "message-start-shape", party=Party.SERVER, source=observed("G5"))
def message_start_shape(subject: Subject) -> Iterator[Finding]:
    """A message starts with its role and four empty members: content, plan, tool calls, citations.

    Help: a client that appends to these members raises where one is absent, and shows what no delta
        brought where one is filled
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start + {"delta": {"message": {"tool_plan": "I will"}}}
        message-end ERROR
    """
    for event in _starts(subject):
        message = event.at("delta", "message")
        if not isinstance(message, dict):
            continue  # the schema has something to say about that
        names = ("content", "tool_plan", "tool_calls", "citations")
        absent = [name for name in names if name not in message]
        if absent:
            listed = ", ".join(f"`{name}`" for name in absent)
            yield Finding(
                f"`message-start` lacks {listed}", event=event.number, pointer="/delta/message"
            )
        for name in names:
            if message.get(name):
                yield Finding(
                    f"`message-start` brings `{name}` that is not empty",
                    event=event.number,
                    pointer=f"/delta/message/{name}",
                )


@rule("EVENT-014", "message-id-form", party=Party.SERVER, source=observed("G3"))
def message_id_form(subject: Subject) -> Iterator[Finding]:
    """The message id is a UUID in lower case.

    Help: a client that stores it as a UUID raises
    Conforms:
        message-start 5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90
        message-end ERROR
    Breaks:
        message-start chat-1
        message-end ERROR
    """
    for event in _starts(subject):
        value = event.data.get("id")
        if isinstance(value, str) and not (_UUID.fullmatch(value) or is_redacted(value)):
            yield Finding(
                f"the message id `{value[:60]}` is not a UUID", event=event.number, pointer="/id"
            )


def _content(subject: Subject, kind: str) -> Iterator[tuple[Event, dict[str, Any]]]:
    for event in subject.reading.parsed if subject.reading else []:
        if event.type == kind and (kind == "content-start" or event.channel is not None):
            content = event.at("delta", "message", "content")
            if isinstance(content, dict):
                yield event, content


@rule("EVENT-015", "two-channels", party=Party.SERVER, source=observed("G7"))
def two_channels(subject: Subject) -> Iterator[Finding]:
    """A content-delta brings text or thinking, not both.

    Help: a client that looks for one of them drops the other
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi" + {"delta": {"message": {"content": {"thinking": "hm"}}}}
        content-end 0
        message-end COMPLETE
    """
    for event in subject.reading.parsed if subject.reading else []:
        if event.type == "content-delta":
            content = event.at("delta", "message", "content")
            if isinstance(content, dict) and content.get("text") and content.get("thinking"):
                yield Finding(
                    "`content-delta` brings both `text` and `thinking`",
                    event=event.number,
                    pointer="/delta/message/content",
                )


@rule("EVENT-016", "nonempty-start", party=Party.SERVER, source=observed("ST-05"))
def nonempty_start(subject: Subject) -> Iterator[Finding]:
    """A content block starts with an empty text.

    Help: a client that only joins deltas loses this text
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text + {"delta": {"message": {"content": {"text": "Well, "}}}}
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    """
    for event, content in _content(subject, "content-start"):
        for name in ("text", "thinking"):
            if isinstance(content.get(name), str) and content[name]:
                yield Finding(
                    f"`content-start` already brings `{name}`",
                    event=event.number,
                    pointer=f"/delta/message/content/{name}",
                )


@rule("EVENT-017", "untyped-block", party=Party.SERVER, source=observed("G7"))
def untyped_block(subject: Subject) -> Iterator[Finding]:
    """A content-start names the type of its block.

    Help: a client cannot tell thinking from the answer
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text + {"delta": {"message": {"content": {"type": null}}}}
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    """
    for event in subject.reading.parsed if subject.reading else []:
        if event.type == "content-start":
            content = event.at("delta", "message", "content")
            if content is None or (isinstance(content, dict) and "type" not in content):
                yield Finding(
                    "`content-start` does not name the type of its block", event=event.number
                )


@rule("EVENT-018", "debug-event", party=Party.SERVER, source=prose("ST-15"), level=Level.INFO)
def debug_event(subject: Subject) -> Iterator[Finding]:
    """The description lists a `debug` event that no recording has ever shown.

    Help: a client that never met it may raise
    Conforms:
        message-start
        message-end ERROR
    Breaks:
        message-start
        debug
        message-end ERROR
    """
    found = [e for e in subject.reading.parsed if e.type == "debug"] if subject.reading else []
    for event in found[:1]:
        yield Finding(f"{len(found)} `debug` event(s)", event=event.number)
