"""Text: what may stand in the deltas of an answer, raw and escaped, short and long."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.clients.cases.script import block, end, start
from conformance.mock.frames import TERMINATOR

if TYPE_CHECKING:
    from conformance.clients.cases.shelf import Shelf
    from conformance.clients.cases.words import Words

__all__ = ["text"]

# What a splitter of lines, a filter of white space or a parser of markup may take for its own.
# name, what it is, the characters
_RAW: tuple[tuple[str, str, str], ...] = (
    ("line-separator", "U+2028, a line separator", "\u2028"),
    ("paragraph-separator", "U+2029, a paragraph separator", "\u2029"),
    ("next-line", "U+0085, a next line", "\x85"),
    ("delete", "U+007F, a delete", "\x7f"),
    ("no-break-space", "a no-break space", "\xa0"),
    ("zero-width-space", "a zero-width space", "\u200b"),
    ("ideographic-space", "an ideographic space", "\u3000"),
    ("byte-order-mark", "U+FEFF within the text", "\ufeff"),
    ("replacement", "a replacement character that was meant", "\ufffd"),
    ("noncharacter", "the noncharacter U+FFFF", "\uffff"),
    ("private-use", "a character of private use", "\ue000"),
    ("last-code-point", "the last code point, U+10FFFF", "\U0010ffff"),
    ("latin", "letters with accents", "ñéü"),
    ("combining", "combining marks", "e\u0301a\u0308"),
    ("arabic", "text from right to left", "مرحبا"),
    ("han", "Chinese characters", "你好世界"),
    ("emoji", "an emoji", "😀"),
    ("emoji-joined", "an emoji of several code points", "👩‍👩‍👧‍👦"),
    ("flag", "a flag of two code points", "🇫🇷"),
    ("markup", "markup", "<b>&amp;</b>"),
    ("think-tag", "tags that look like thinking", "<think>no</think>"),
    ("data-field", "`data:` within the text", "data: x"),
    ("terminator", "`[DONE]` within the text", "[DONE]"),
    ("terminator-field", "`data: [DONE]` within the text", "data: [DONE]"),
    ("event-like", "an event as text", '{"type":"message-end"}'),
    ("percent", "percent signs", "%s %20 {0}"),
    ("braces", "braces", "{{x}} ${y}"),
)  # fmt: skip

# These JSON may only escape, or escapes as well.
_ESCAPED: tuple[tuple[str, str, str], ...] = (
    ("nul", "U+0000, escaped", "\x00"),
    ("backspace", "a backspace, escaped", "\b"),
    ("vertical-tab", "U+000B, escaped", "\x0b"),
    ("form-feed", "a form feed, escaped", "\x0c"),
    ("file-separator", "U+001C, escaped", "\x1c"),
    ("group-separator", "U+001D, escaped", "\x1d"),
    ("record-separator", "U+001E, escaped", "\x1e"),
    ("unit-separator", "U+001F, escaped", "\x1f"),
    ("escape", "U+001B, escaped", "\x1b[31m"),
    ("tab", "a tab", "\t"),
    ("newline", "a line end", "\n"),
    ("blank-line", "a blank line", "\n\n"),
    ("carriage-return", "a carriage return", "\r"),
    ("crlf", "a CRLF", "\r\n"),
    ("quotes", "quotation marks", '"x"'),
    ("backslash", "backslashes", "\\n \\\\ \\u0041"),
    ("escaped-line-separator", "U+2028, escaped", "\u2028"),
    ("escaped-next-line", "U+0085, escaped", "\x85"),
    ("escaped-latin", "letters with accents, escaped", "ñé"),
    ("escaped-emoji", "an emoji as two escaped surrogates", "😀"),
    ("escaped-markup", "markup, escaped", "<&>"),
)  # fmt: skip


def _stream(say: Words, parts: list[str]) -> list[bytes]:
    return _written([start(say), *block(parts), end(say)], ascii_only=False)


def _written(events: list[dict[str, object]], *, ascii_only: bool) -> list[bytes]:
    made = []
    for event in events:
        text = json.dumps(event, ensure_ascii=ascii_only, separators=(",", ":"))
        if ascii_only:
            text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        made.append(f"event: {event['type']}\ndata: {text}\n\n".encode())
    return [*made, TERMINATOR]


def text(shelf: Shelf) -> None:
    """Put the cases of text."""
    for name, about, special in _RAW:
        say = shelf.say(name)
        parts = [say.word(), f" {say.word()}{special}{say.word()}", f" {special}", f" {say.word()}"]
        shelf.allowed(name, about, _stream(say, parts))
    for name, about, special in _ESCAPED:
        say = shelf.say(name)
        parts = [say.word(), f" {say.word()}{special}{say.word()}", special, say.word()]
        events = [start(say), *block(parts), end(say)]
        shelf.allowed(name, about, _written(events, ascii_only=True))
    say = shelf.say("escaped-slash")
    body = [piece.replace(b"/", b"\\/") for piece in _stream(say, [f"{say.word()}/{say.word()}"])]
    shelf.allowed("escaped-slash", "a slash that is escaped", body)
    _white_space(shelf)
    _sizes(shelf)


def _white_space(shelf: Shelf) -> None:
    """White space where a client might trim it."""
    say = shelf.say("leading-space")
    word = say.word()
    for name, about, parts in (
        ("leading-space", "a text that begins with spaces", [f"  {word}", " a"]),
        ("leading-newline", "a text that begins with line ends", [f"\n\n{word}", " a"]),
        ("trailing-space", "a text that ends with spaces", [word, " a  "]),
        ("trailing-newline", "a text that ends with line ends", [word, " a\n\n"]),
        ("space-delta", "a delta of one space", [word, " ", word]),
        ("newline-delta", "a delta of one line end", [word, "\n", word]),
        ("only-space", "a text of spaces only", [" ", " "]),
        ("space-first-delta", "a first delta of one space", [" ", word]),
        ("empty-delta", "an empty delta", [word, "", f" {word}"]),
        ("empty-first-delta", "an empty first delta", ["", word]),
        ("empty-last-delta", "an empty last delta", [word, ""]),
        ("only-empty-delta", "a text of one empty delta", [""]),
        ("same-deltas", "the same delta several times", [word, word, word]),
        ("digits", "deltas that are numbers", ["1", "2", "3.0", "0"]),
        ("words-of-json", "deltas that are words of JSON", ["true", "false", "null"]),
        ("table", "a table in Markdown", [f"| {word} |\n", "|---|\n", "| 1 |\n"]),
        ("code", "code with indented lines", [f"```\n{word}:\n", "    if x:\n\t", "y\n```"]),
    ):
        shelf.allowed(name, about, _stream(shelf.say(name), list(parts)))


def _sizes(shelf: Shelf) -> None:
    """Deltas of all sizes, and many of them."""
    say = shelf.say("one-delta")
    shelf.allowed("one-delta", "an answer of one delta", _stream(say, [say.phrase(30)]))
    say = shelf.say("single-characters")
    letters = list(say.phrase(12))
    shelf.allowed("single-characters", "deltas of one character", _stream(say, letters))
    say = shelf.say("same-delta-long")
    shelf.allowed(
        "same-delta-long",
        "the same delta two hundred times",
        _stream(say, [f"{say.word()} "] * 200),
    )
    say = shelf.say("many-deltas")
    many = _stream(say, [f" {say.word()}" for _ in range(50)] * 100)
    shelf.allowed(
        "many-deltas", "5,000 deltas", [b"".join(many[at : at + 50]) for at in range(0, len(many), 50)],
        deadline=60.0,
    )  # fmt: skip
    for name, about, size in (
        ("delta-of-9-kb", "a delta above 8 KB", 9_000),
        ("delta-of-70-kb", "a delta above 64 KB", 70_000),
        ("delta-of-140-kb", "a delta above 128 KB", 140_000),
        ("delta-of-300-kb", "a delta above 256 KB", 300_000),
        ("delta-of-1-mb", "a delta above 1 MB", 1_300_000),
    ):
        say = shelf.say(name)
        long = say.phrase(50)
        parts = [say.word(), " " + (long + " ") * (size // len(long)), say.word()]
        shelf.allowed(name, about, _stream(say, parts), deadline=30.0)
