"""A line that a model is asked to repeat → whether its characters came through unharmed.

What the model says is its own choice. That it writes `GrÃ¶Ãe` where it was sent `Größe` is not: there
bytes were taken for characters, or characters left out, on the way in or out.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

from conformance.rules.registry import standard
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.suite.shows import message_in
from conformance.transcript import exchange_from
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.message import Message
    from conformance.suite.play import Play
    from conformance.wire import Exchange

__all__ = ["LINE", "unharmed"]

LINE = 'Größe 海 🌊 שלום ñ e\u0301 <b> & "Çà"'
_WORD = "Größe"
_REPLACEMENT = "\ufffd"
# A text of so many characters has spaces in it, where words are set apart by them.
_MANY = 40


def _harmed_forms() -> dict[str, str]:
    """What becomes of a word when it is harmed -> what was done to it."""
    utf8 = _WORD.encode()
    forms = {
        utf8.decode("latin-1"): "UTF-8 read as Latin-1",
        utf8.decode("cp1252"): "UTF-8 read as Windows-1252",
        json.dumps(_WORD)[1:-1]: "characters escaped twice",
        html.escape("<b>"): "text escaped for HTML",
    }
    for mark in ("?", "??"):
        forms["".join(c if c.isascii() else mark for c in _WORD)] = "characters replaced"
    return forms


_FORMS = _harmed_forms()
_LEFT_OUT = re.compile(rf"\b{''.join(c for c in _WORD if c.isascii())}\b")
_WAVE = "🌊"
_REPLACED = re.compile(r"海 ?\?+ ?שלום")
# Who repeats what stands before and behind a character does not leave it out for no reason.
_AROUND = re.compile(r"Größe 海\s{1,2}שלום ñ")
_HALF = re.compile("[\ud800-\udfff]")
_SAID = "Größe 海 🌊"


def _text(said: str) -> Exchange:
    return exchange_from(
        f"message-start\ncontent-start 0 text\ncontent-delta 0 {json.dumps(said)}\ncontent-end 0\n"
        "message-end COMPLETE\n"
    )


@run_check(
    "RUN-019", "text-harmed", level=Level.ERROR,
    source=standard("RFC 8259 8.1; WHATWG HTML 9.2.5, event stream format"),
    keeps=lambda: Sample((_text(_SAID),), {}),
    breaks=lambda: Sample((_text(_SAID.encode().decode("latin-1")),), {}),
)  # fmt: skip
def text_harmed(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """Text comes through as it is: every character itself, and white space between words.

    Help: names and whole languages become unreadable
    """
    for number, exchange in enumerate(exchanges):
        message = message_in(exchange)
        if message is None:
            continue
        for label, text in [("text", message.text()), *_arguments(message)]:
            harm = _harm(text)
            if harm:
                yield Lapse(f"the {label} is harmed: {harm}", number, ((label, text[:80]),))
                break


def _arguments(message: Message) -> list[tuple[str, str]]:
    """The arguments of tool calls, with the characters that their escapes stand for."""
    found = []
    for call in message.calls:
        try:
            values = json.loads(call.arguments or "{}")
        except ValueError:
            continue
        found.append(("argument", json.dumps(values, ensure_ascii=False)))
    return found


def _harm(text: str) -> str:
    """What was done to a text, "" for nothing."""
    for form, done in _FORMS.items():
        if form in text:
            return f"`{form}`, {done}"
    if _REPLACEMENT in text:
        return "U+FFFD, bytes that could not be read"
    if _HALF.search(text):
        return "half of a surrogate pair"
    found = _REPLACED.search(text)
    if found:
        return f"`{found.group()}`, a character beyond the basic plane replaced"
    found = _AROUND.search(text)
    if found:
        return f"`{found.group()}`, `{_WAVE}` left out"
    found = _LEFT_OUT.search(text)
    if found:
        return f"`{found.group()}`, characters left out"
    letters = sum(c.isascii() and c.isalpha() for c in text)
    if len(text) >= _MANY and not re.search(r"\s", text) and letters > len(text) // 2:
        return "no white space anywhere"
    return ""


def unharmed(play: Play, exchange: Exchange) -> None:
    """Demand that the characters of an answer are unharmed, where nothing worse is wrong with it."""
    if not any(violation.level is Level.ERROR for violation in play.seen[-1].told):
        play.demand(text_harmed, [exchange])
