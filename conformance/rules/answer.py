"""The answer: whether it has what the request asked for, and nothing that it turned off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.parts import message_of, piece_at, unread
from conformance.rules.registry import Finding, observed, prose, rule
from conformance.rules.wording import more, quote
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.events import Event
    from conformance.subject import Subject


def _has_logprobs(subject: Subject) -> list[Event]:
    """The events that carry log probabilities; null counts as none."""
    response, reading = subject.exchange.response, subject.reading
    # Looking into each of many deltas is slow, so the bytes are asked first.
    if reading is None or response is None or b'"logprobs"' not in response.body:
        return []
    return [
        event
        for event in reading.events
        if '"logprobs"' in event.frame.data and event.data.get("logprobs") is not None
    ]


@rule("CHAT-108", "logprobs-not-asked", party=Party.SERVER, source=prose("CR-11"))
def logprobs_not_asked(subject: Subject) -> Iterator[Finding]:
    """Log probabilities come only if the request asks for them.

    Help: a client pays for the bytes of every token and has no use for them
    Conforms:
        > {"logprobs": true}
        message-start
        content-start 0 text
        content-delta 0 "Hi" + {"logprobs": {"text": "Hi", "token_ids": [5], "logprobs": [-0.1]}}
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi" + {"logprobs": {"text": "Hi", "token_ids": [5], "logprobs": [-0.1]}}
        content-end 0
        message-end COMPLETE
    """
    if not subject.has_request or subject.request.get("logprobs") is True:
        return
    found = _has_logprobs(subject)
    for event in found[:1]:
        yield Finding(
            f"`{event.type}`{more(len(found) - 1)} with `logprobs`, which were not asked for",
            event=event.number,
            pointer="/logprobs",
            note="not asked for",
        )


@rule("CHAT-109", "logprobs-missing", party=Party.SERVER, source=prose("CR-11"))
def logprobs_missing(subject: Subject) -> Iterator[Finding]:
    """Log probabilities come with the text if the request asks for them.

    Help: an application that ranks or filters by them has nothing to go by
    Conforms:
        > {"logprobs": true}
        message-start
        content-start 0 text
        content-delta 0 "Hi" + {"logprobs": {"text": "Hi", "token_ids": [5], "logprobs": [-0.1]}}
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"logprobs": true}
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    """
    reading, message = subject.reading, message_of(subject)
    if reading is None or message is None or message.end is None or message.failed:
        return
    if subject.request.get("logprobs") is not True or not message.text():
        return
    if not _has_logprobs(subject) and not unread(subject):
        first = next(block for block in message.blocks if block.kind == "text" and block.text)
        yield Finding(
            "the request asks for `logprobs`, no event has any",
            event=piece_at(reading, first.start, first.end, 0),
            note="no `logprobs`",
        )


@rule("CHAT-116", "thinking-when-disabled", party=Party.SERVER, source=prose("TH-01"))
def thinking_when_disabled(subject: Subject) -> Iterator[Finding]:
    """With thinking disabled the answer has no thinking block.

    Help: an application that turned thinking off pays for it and may show it as the answer
    Conforms:
        > {"thinking": {"type": "disabled"}}
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"thinking": {"type": "disabled"}}
        message-start
        content-start 0 thinking
        content-delta 0 "hm"
        content-end 0
        content-start 1 text
        content-delta 1 "Hi"
        content-end 1
        message-end COMPLETE
    """
    message = message_of(subject)
    if message is None or not subject.request.thinking_disabled:
        return
    blocks = [block for block in message.blocks if block.kind == "thinking"]
    for block in blocks[:1]:
        yield Finding(
            f"a thinking block{more(len(blocks) - 1)}, and the request disables thinking",
            event=block.start,
            note="disabled by the request",
        )


@rule("CHAT-118", "message-id-differs", party=Party.SERVER, source=observed("G4"))
def message_id_differs(subject: Subject) -> Iterator[Finding]:
    """A message-end that has an id has that of its message-start.

    Help: an application that files the message under its id files it twice
    Conforms:
        message-start 5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE + {"id": "5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90"}
    Breaks:
        message-start 5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE + {"id": "0b8e2f4c-6d1a-4f3b-8c77-1e5a9d2c3b40"}
    """
    message = message_of(subject)
    if message is None or message.start is None or message.end is None:
        return
    first, last = message.start.data.get("id"), message.end.data.get("id")
    if isinstance(first, str) and isinstance(last, str) and first != last:
        yield Finding(
            f"the message starts with the id {quote(first)} and ends with {quote(last)}",
            event=message.end.number,
            pointer="/id",
            note="another id than `message-start` gave",
        )
