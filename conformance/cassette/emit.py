"""Plain data into YAML text that is the same everywhere and gives back every character.

One form for each kind of value: mappings and lists in blocks, text in double quotes with JSON's
escapes (which YAML shares), longer text as a literal block, binary as `!!binary`. The general YAML
writers fold lines and quote event streams line by line, which makes a stream hard to read and a
change hard to see.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["emit", "is_clean"]

# What YAML 1.1 lets stand in a block as it is. A reader would change line ends other than LF, and
# some editors U+FEFF.
_BLOCK = re.compile(
    r"[\n\t -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*"
)
_UNSAFE = re.compile(
    r"[^ -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_WORD = re.compile(r"[A-Za-z](?:[A-Za-z0-9_/.:+-]*[A-Za-z0-9_/])?")
_RESERVED = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_WIDTH = 76


def emit(value: dict[str, object]) -> str:
    """A mapping of JSON's types and bytes as YAML; no half surrogate pairs in text."""
    return "".join(f"{line}\n" for line in _lines(value, 0))


def is_clean(text: str) -> bool:
    """Whether YAML holds the text as it is: no control characters, no line ends but LF, no BOM."""
    return _BLOCK.fullmatch(text) is not None


def _lines(value: dict[str, object] | list[object], depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _member(f"{pad}{_scalar(str(key))}:", one, depth)
    else:
        for one in value:
            if isinstance(one, dict) and one:
                inner = iter(_lines(one, depth + 1))
                yield f"{pad}- {next(inner)[len(pad) + 2 :]}"
                yield from inner
            else:
                yield f"{pad}- {_scalar(one)}"


def _member(head: str, value: object, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield head
        yield from _lines(value, depth + 1)
    elif isinstance(value, list) and value and not _is_flat(value):
        yield head
        # list items stand below their key, without a step, as in the cassettes of vcrpy
        yield from _lines(value, depth)
    elif isinstance(value, bytes):
        yield f"{head} !!binary |"
        encoded = base64.b64encode(value).decode()
        for start in range(0, len(encoded), _WIDTH):
            yield "  " * (depth + 1) + encoded[start : start + _WIDTH]
    elif isinstance(value, str) and _is_block(value):
        yield from _block(head, value, "  " * (depth + 1))
    else:
        yield f"{head} {_scalar(value)}"


def _is_flat(value: list[object]) -> bool:
    """A list of numbers stays on one line."""
    return all(isinstance(one, (int, float)) for one in value)


def _scalar(value: object) -> str:
    if isinstance(value, str):
        if _WORD.fullmatch(value) and value.lower() not in _RESERVED:
            return value
        # half a surrogate pair would be escaped below, and no reader of YAML takes it back
        value.encode()
        quoted = json.dumps(value, ensure_ascii=False)
        return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
    if isinstance(value, list):
        return f"[{', '.join(_scalar(one) for one in value)}]"
    if isinstance(value, dict):
        return "{}"
    return json.dumps(value, allow_nan=False)


def _is_block(text: str) -> bool:
    return ("\n" in text or '"' in text) and bool(text.strip("\n")) and is_clean(text)


def _block(head: str, text: str, pad: str) -> Iterator[str]:
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    chomp = "-" if ends == 0 else "" if ends == 1 else "+"
    # a reader takes the first line that is not empty for the measure of the indentation
    hint = "2" if text[0] in " \n\t" else ""
    yield f"{head} |{hint}{chomp}"
    for line in body.split("\n"):
        yield f"{pad}{line}" if line else ""
    yield from [""] * (ends - 1)
