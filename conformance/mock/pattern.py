"""A regular expression → a short text that it matches.

Tool parameters and answer schemas may demand a `pattern`. The expression is read by the parser of
Python's own `re`, which is close enough to ECMA-262 for the patterns people write; whether the
text really fits is for the schema validator to say.
"""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

__all__ = ["matching"]

# No public name: the parser moved in Python 3.11, and the standard library has no other.
_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_MOST = 2000
_SPACE = ord(" ")
_PRINTABLE = range(0x21, 0x7F)
# From each class of characters the one that offends nobody.
_CATEGORY = {
    "CATEGORY_DIGIT": "1",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_SPACE": "a",
    "CATEGORY_WORD": "a",
    "CATEGORY_NOT_WORD": "-",
}


def matching(pattern: str) -> str | None:
    """A text that a pattern matches; None when the pattern is beyond this."""
    try:
        made = _Walk().sequence(_parser.parse(pattern))
    except (re.error, RecursionError, OverflowError, LookupError, ValueError):
        return None
    return made if len(made) <= _MOST else None


class _Walk:
    """Builds the text; `groups` remembers what each group stands for."""

    def __init__(self) -> None:
        self.groups: dict[int, str] = {}
        self.left = _MOST

    def sequence(self, parsed: Any) -> str:
        return "".join(self.item(str(op), value) for op, value in parsed)

    def item(self, op: str, value: Any) -> str:  # noqa: C901, PLR0912 - one branch for each opcode
        self.left -= 1
        if self.left < 0:
            raise ValueError("too long")
        if op == "LITERAL":
            return chr(value)
        if op == "NOT_LITERAL":
            return _outside(lambda code: code == value)
        if op == "ANY":
            return "a"
        if op == "IN":
            return self.one_of(value)
        if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, _, inner = value
            return "".join(self.sequence(inner) for _ in range(least))
        if op == "SUBPATTERN":
            made = self.sequence(value[-1])
            if value[0] is not None:
                self.groups[value[0]] = made
            return made
        if op == "ATOMIC_GROUP":
            return self.sequence(value)
        if op == "BRANCH":
            return self.sequence(value[1][0])
        if op == "GROUPREF":
            return self.groups[value]
        if op == "GROUPREF_EXISTS":
            group, yes, no = value
            chosen = yes if group in self.groups else no
            return self.sequence(chosen) if chosen else ""
        if op == "ASSERT":
            # What a look-ahead demands is often all there is; what a look-behind demands has come.
            return ""
        if op in ("ASSERT_NOT", "AT"):
            return ""
        raise ValueError(op)

    def one_of(self, options: list[tuple[Any, Any]]) -> str:
        head = [(str(op), value) for op, value in options]
        if head[0][0] == "NEGATE":
            return _outside(lambda code: any(_holds(op, value, code) for op, value in head[1:]))
        op, value = head[0]
        if op == "LITERAL":
            return chr(value)
        if op == "RANGE":
            return chr(value[0])
        return _CATEGORY[str(value)]


def _holds(op: str, value: Any, code: int) -> bool:
    if op == "LITERAL":
        return bool(code == value)
    if op == "RANGE":
        return bool(value[0] <= code <= value[1])
    character = chr(code)
    holds = {
        "DIGIT": character.isdigit(),
        "SPACE": character.isspace(),
        "WORD": character.isalnum() or character == "_",
    }
    name = str(value).removeprefix("CATEGORY_")
    return not holds[name[4:]] if name.startswith("NOT_") else holds[name]


def _outside(excluded: Any) -> str:
    for code in (ord("a"), ord("1"), *_PRINTABLE, _SPACE, 0xE9):
        if not excluded(code):
            return chr(code)
    raise ValueError("nothing is left")
