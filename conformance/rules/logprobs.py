"""Log probabilities: whether they come when they are asked for, and can be what they say they are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from conformance.rules.parts import message_of, piece_at, unread
from conformance.rules.registry import Finding, prose, rule
from conformance.rules.wording import more, quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from conformance.events import Event
    from conformance.subject import Subject

# A probability of 1 may come out a little above 0 where it was computed with few bits.
_ROUNDING = 1e-3
_CHANNELS = ("text", "thinking")


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


class _Item(NamedTuple):
    """The log probabilities of one delta, and the event that brings them."""

    event: Event
    value: dict[str, Any]

    def numbers(self, name: str) -> list[Any] | None:
        """The list of this name, None when there is none."""
        found = self.value.get(name)
        return found if isinstance(found, list) else None


def _items(subject: Subject) -> list[_Item]:
    """The deltas with an object of log probabilities; another form is for the schema to tell."""
    found = []
    for event in _has_logprobs(subject):
        value = event.data.get("logprobs")
        if event.type == "content-delta" and isinstance(value, dict):
            found.append(_Item(event, value))
    return found


@rule("CHAT-121", "positive-log-probability", party=Party.SERVER, source=prose("CR-24"))
def positive_log_probability(subject: Subject) -> Iterator[Finding]:
    """No log probability is above 0, where a probability is 1.

    Help: an application that computes a probability or a perplexity gets what cannot be
    Conforms:
        > {"logprobs": true}
        message-start
        content-start 0 text
        content-delta 0 "Hi" + {"logprobs": {"text": "Hi", "token_ids": [5], "logprobs": [0]}}
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"logprobs": true}
        message-start
        content-start 0 text
        content-delta 0 "Hi" + {"logprobs": {"text": "Hi", "token_ids": [5], "logprobs": [0.9]}}
        content-end 0
        message-end COMPLETE
    """
    found = [
        (item.event.number, place, number)
        for item in _items(subject)
        for place, number in enumerate(item.numbers("logprobs") or [])
        if isinstance(number, (int, float)) and not isinstance(number, bool)
        # infinity, which is no JSON, is for another rule to tell
        if _ROUNDING < number < math.inf
    ]
    for event, place, number in found[:1]:
        yield Finding(
            f"the log probability{more(len(found) - 1)} is {quote(number)}, above `0`",
            event=event,
            pointer=f"/logprobs/logprobs/{place}",
            note="above 0",
        )


@rule("CHAT-122", "uneven-logprobs", party=Party.SERVER, source=prose("CR-24"), level=Level.WARNING)
def uneven_logprobs(subject: Subject) -> Iterator[Finding]:
    """Each piece of a text has its log probabilities: one for each token, and about that text.

    Help: an application that lays them beside the text takes those of other words
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
        content-delta 0 "Hi" + {"logprobs": {"text": "Hi", "token_ids": [5, 6], "logprobs": [-0.1]}}
        content-end 0
        message-end COMPLETE
    """
    if subject.has_request and subject.request.get("logprobs") is not True:
        return
    items = _items(subject)
    for item in items:
        ids, numbers = item.numbers("token_ids"), item.numbers("logprobs")
        if ids is not None and numbers is not None and len(ids) != len(numbers):
            yield Finding(
                f"`{len(ids)}` token ids, and `{len(numbers)}` log probabilities",
                event=item.event.number,
                pointer="/logprobs",
            )
            return
        if ids == [] and _text(item.event).strip():
            yield Finding(
                f"no token ids for the text {quote(_text(item.event))}",
                event=item.event.number,
                pointer="/logprobs/token_ids",
            )
            return
    if items and not unread(subject):
        yield from _about_the_text(subject, items)


def _about_the_text(subject: Subject, items: list[_Item]) -> Iterator[Finding]:
    """A piece of text without log probabilities among others with them, or those of another text."""
    reading = subject.reading
    asked = subject.request.get("logprobs") is True
    having = {item.event.number for item in items}
    for event in reading.events if reading is not None and asked else []:
        if event.channel == "text" and (event.text or "").strip() and event.number not in having:
            yield Finding(
                "this delta has no `logprobs`, and others have",
                event=event.number,
                pointer="/delta",
            )
            return
    said = [item.value.get("text") for item in items]
    told = [_text(item.event) for item in items]
    if not all(isinstance(each, str) for each in said):
        return
    # Tokens may end inside a character, and write a space in their own way.
    one, other = (_bare("".join(each)) for each in (said, told))  # type: ignore[arg-type]
    if one != other and "\ufffd" not in one:
        first = next(
            (number for number, (a, b) in enumerate(zip(said, told, strict=True)) if a != b), 0
        )
        yield Finding(
            f"the log probabilities are of {quote(said[first])}, the delta brings "
            f"{quote(told[first])}",
            event=items[first].event.number,
            pointer="/logprobs/text",
        )


def _text(event: Event) -> str:
    content = event.at("delta", "message", "content")
    found = [content.get(name) for name in _CHANNELS] if isinstance(content, dict) else []
    return "".join(each for each in found if isinstance(each, str))


def _bare(text: str) -> str:
    """The text without white space and its marks in vocabularies."""
    return "".join(text.replace("\u2581", " ").replace("\u0120", " ").split())
