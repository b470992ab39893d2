"""Faults of bytes and lines, and the framings that are legal but unusual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.edits import Fault, drop, mangle, put, rename, steps
from tests.faults.framing import Framing
from tests.faults.order import CALL, CALLS, TEXT

if TYPE_CHECKING:
    from tests.faults.draft import Draft
    from tests.faults.edits import Edit

__all__ = ["FAULTS", "ODDITIES"]


# Stands in a text while it is framed; the broken bytes take its place afterwards.
MARK = "\ue000"


def _into_text(new: bytes) -> Edit:
    return steps(
        put("content-delta", "delta/message/content/text", f"a{MARK}b", 1),
        mangle(lambda body: body.replace(MARK.encode(), new)),
    )


def _unclosed(body: bytes) -> bytes:
    """The body without the line ends behind its last event."""
    return body.rstrip(b"\r\n")


def _without_blank(body: bytes) -> bytes:
    """The body without the blank line behind its last event, but with the end of its last line."""
    return body.rstrip(b"\r\n") + b"\n"


def _quoted(draft: Draft) -> None:
    draft.event("[DONE]").data = '"[DONE]"'


NOT_CLOSED = steps(drop("[DONE]"), mangle(_unclosed))

FAULTS = [
    Fault("SSE-001", "a stray byte in a text", TEXT, _into_text(b"\xff")),
    Fault("SSE-001", "a Latin-1 letter", TEXT, _into_text(b"\xe9")),
    Fault("SSE-001", "a continuation byte alone", TEXT, _into_text(b"\x80")),
    Fault("SSE-001", "an overlong slash", TEXT, _into_text(b"\xc0\xaf")),
    Fault("SSE-001", "an encoded surrogate", TEXT, _into_text(b"\xed\xa0\x80")),
    Fault("SSE-001", "a character beyond Unicode", TEXT, _into_text(b"\xf4\x90\x80\x80")),
    Fault("SSE-001", "half a character", TEXT, _into_text(b"\xe2\x82")),
    Fault("SSE-009", "the last event not closed", TEXT, NOT_CLOSED),
    Fault("SSE-009", "the last event not closed", CALLS, NOT_CLOSED),
    Fault(
        "SSE-009",
        "the blank line behind the last event missing",
        CALL,
        steps(drop("[DONE]"), mangle(_without_blank)),
    ),
    Fault("SSE-009", "the terminator not closed", TEXT, mangle(_unclosed), level="info"),
    Fault(
        "SSE-014",
        "an event under another name",
        TEXT,
        rename("content-delta", "content-start", 1),
        level="warning",
        named=True,
    ),
    Fault(
        "SSE-014",
        "message as the name",
        TEXT,
        rename("content-delta", "message", 1),
        level="warning",
        named=True,
    ),
    Fault(
        "SSE-014",
        "a name in capitals",
        TEXT,
        rename("message-end", "MESSAGE-END"),
        level="warning",
        named=True,
    ),
    Fault(
        "SSE-017", "a named terminator", TEXT, rename("[DONE]", "done"), level="info", named=True
    ),
    Fault("SSE-019", "a quoted terminator", TEXT, _quoted, level="info"),
    Fault("SSE-018", "one object a line", "chat/newline_delimited", lambda _: None, level="info"),
    Fault("HTTP-001", "one object a line", "chat/newline_delimited", lambda _: None, level="info"),
]

# Each legal oddity by itself, and the note that it is worth.
ODDITIES = {
    "a byte order mark": ("SSE-002", Framing(bom=True)),
    "CRLF": ("SSE-003", Framing(ends="\r\n")),
    "CR": ("SSE-003", Framing(ends="\r")),
    "comments": ("SSE-004", Framing(comments=True, seed=1)),
    "unknown fields": ("SSE-005", Framing(unknown_fields=True, seed=1)),
    "data in several lines": ("SSE-006", Framing(split=True, seed=1)),
    "id and retry": ("SSE-007", Framing(ids=True, seed=1)),
    "events without data": ("SSE-008", Framing(pings=True, seed=1)),
    "no space after the colon": ("SSE-011", Framing(tight=True, seed=1)),
    "data before the event name": ("SSE-012", Framing(data_first=True, seed=1)),
    "no event names": ("SSE-013", Framing(nameless=True, seed=1)),
}
