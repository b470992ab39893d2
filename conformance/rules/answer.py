"""The answer: whether it has what the request asked for, and nothing that it turned off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.parts import message_of
from conformance.rules.registry import Finding, observed, prose, rule
from conformance.rules.wording import more, quote
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject


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
