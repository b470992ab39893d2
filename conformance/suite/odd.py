"""Odd requests as data → cases: a server may serve or refuse them, but not fail on them.

The live API takes some of them although they break its description, others are sound and seldom
sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.suite.broken import sound
from conformance.suite.case import Case, Kind
from conformance.suite.intent import Intent
from conformance.suite.play import encoded
from conformance.suite.refusals import MODEL, refusal_status

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.suite.play import Play

__all__ = ["ODD", "Odd", "odd_cases"]

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Odd:
    """An odd request: `edit` makes its body from a sound one; `fitting` are statuses of a refusal."""

    name: str
    says: str
    edit: Callable[[Body], Body | bytes] = field(compare=False)
    fitting: tuple[int, ...] = ()

    def play(self, play: Play) -> None:
        """Send it, and expect no failure."""
        made = self.edit(sound(play))
        body = made if isinstance(made, bytes) else encoded(made)
        exchange = play.send(body, intent=Intent.ODD)
        if self.fitting:
            play.demand(refusal_status, [exchange], fitting=self.fitting, fault=self.says)


def _with(**members: Any) -> Callable[[Body], Body]:
    return lambda body: {**body, **members}


def _said(text: str) -> Callable[[Body], Body]:
    return _with(messages=[{"role": "user", "content": text}])


def _twice(body: Body) -> bytes:
    """The model twice, of which RFC 8259 4 says that it is not predictable what is read."""
    return encoded(body)[:-1] + b',"model":' + encoded(body["model"]) + b"}"


ODD: tuple[Odd, ...] = (
    Odd("chat-stream/odd/unknown-model", "a model that there is not", _with(model="no-such-model"),
        MODEL),
    Odd("chat-stream/odd/duplicate-key", "a member that stands twice", _twice),
    Odd("chat-stream/odd/nul-character", "a NUL character in a text", _said("Brest\0Lorient")),
    Odd("chat-stream/odd/blank-message", "a message of blanks", _said(" \n ")),
    Odd("chat-stream/odd/null-penalty", "a penalty of `null`", _with(frequency_penalty=None)),
    Odd("chat-stream/odd/no-documents", "an empty list of documents", _with(documents=[])),
    Odd("chat-stream/odd/no-tools", "an empty list of tools", _with(tools=[])),
    Odd("chat-stream/odd/lower-case-mode", "a citation mode in lower case",
        _with(documents=["The word is kestrel."], citation_options={"mode": "fast"})),
    Odd("chat-stream/odd/document-text", "the data of a document as JSON text",
        _with(documents=[{"id": "a", "data": '{"text": "The word is kestrel."}'}])),
    Odd("chat-stream/odd/whole-number-as-float", "a whole number with a fraction of zero",
        lambda body: encoded(body)[:-1] + b',"max_tokens":50.0}'),
    Odd("chat-stream/odd/white-space", "a body with white space around and in it",
        lambda body: b" \r\n\t" + encoded(body).replace(b",", b" ,\n ") + b"\n"),
    Odd("rerank/odd/unknown-model", "a model that there is not", _with(model="no-such-model"),
        MODEL),
    Odd("rerank/odd/duplicate-key", "a member that stands twice", _twice),
    Odd("rerank/odd/nul-character", "a NUL character in a text",
        _with(documents=["Brest\0Lorient", "Brest"])),
    Odd("rerank/odd/null-limit", "a limit of `null`", _with(max_tokens_per_doc=None)),
    Odd("rerank/odd/largest-top-n", "a `top_n` beyond 32 bits", _with(top_n=2**31)),
    Odd("rerank/odd/white-space", "a body with white space around and in it",
        lambda body: b" \r\n\t" + encoded(body) + b"\n"),
)  # fmt: skip


def odd_cases() -> list[Case]:
    """The odd requests as cases."""
    return [
        Case(odd.name, odd.says, Kind.ODD, (odd.name.split("/", 1)[0],), odd.play) for odd in ODD
    ]
