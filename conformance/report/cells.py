r"""Any text → what a terminal may show, measured in columns.

What a recording holds is never sent to a terminal as it is: every character that does not print
(controls of both ranges, directional marks, odd spaces, lone surrogates) becomes an escape such as
``\x1b``. Columns are counted as terminals do: wide East Asian characters and emoji take two,
combining marks none.
"""

from __future__ import annotations

__all__ = ["clip", "fit", "pad", "safe", "width_of", "wrap"]

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ELLIPSIS = "…"
# Below this point no character is wide or combining.
_PLAIN = "\u0300"


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code <= 0xFF:  # noqa: PLR2004
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def safe(text: str) -> str:
    """The text with every character that does not print escaped."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def _char_width(char: str) -> int:
    if char < _PLAIN:
        return 1
    import unicodedata

    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width_of(text: str) -> int:
    """The columns that a printable text takes."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def pad(text: str, columns: int) -> str:
    """The text, filled up with spaces to so many columns."""
    return text + " " * (columns - width_of(text))


def clip(text: str, columns: int) -> str:
    """The text, cut at its end to so many columns."""
    return fit(text, 0, 0, columns)[0]


def fit(text: str, start: int, end: int, columns: int) -> tuple[str, int, int]:
    """The text made safe and cut to so many columns around what stands at `[start, end)`.

    Returns the shown text and the columns of the part in it. A part that is itself too wide loses
    its end.
    """
    glyphs = [_escaped(char) for char in text]
    widths = [width_of(glyph) for glyph in glyphs]
    start, end = min(start, len(glyphs)), min(end, len(glyphs))
    left, right = 0, len(glyphs)
    if sum(widths) > columns:
        room = max(columns - 2 * len(_ELLIPSIS), 1)
        left = right = start
        while right < end and widths[right] <= room:
            room -= widths[right]
            right += 1
        end = right
        grew = True
        while grew:
            grew = False
            if left > 0 and widths[left - 1] <= room:
                left, grew = left - 1, True
                room -= widths[left]
            if right < len(glyphs) and widths[right] <= room:
                room, grew = room - widths[right], True
                right += 1
    head = _ELLIPSIS if left else ""
    tail = _ELLIPSIS if right < len(glyphs) else ""
    shown = head + "".join(glyphs[left:right]) + tail
    first = len(head) + sum(widths[left:start])
    return shown, first, first + sum(widths[start:end])


def wrap(text: str, columns: int) -> list[str]:
    """The text broken at spaces into lines of at most so many columns; a long word stays whole."""
    lines: list[str] = []
    line, used = "", 0
    for word in text.split():
        size = width_of(word)
        if line and used + 1 + size > columns:
            lines.append(line)
            line, used = word, size
        else:
            line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    return [*lines, line]
