"""Values → the words of a headline: quoted, on one line, and short."""

from __future__ import annotations

import json
from functools import wraps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.rules.registry import Finding
    from conformance.subject import Subject

__all__ = ["json_type", "more", "one_of_many", "quote", "quote_all"]

_NAMES = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def quote(value: object, limit: int = 40) -> str:
    """A value in backticks; text as it is, but for line breaks; long values are cut inside."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = "…"
    if isinstance(value, str):
        text = text[1:-1].replace('\\"', '"')
    text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) > limit:
        text = f"{text[: limit // 2]}…{text[-(limit // 2 - 1) :]}"
    return f"`{text}`"


def quote_all(values: Iterable[object], most: int = 5) -> str:
    """Several values, the first `most` of them quoted, the others counted."""
    given = list(values)
    shown = ", ".join(quote(value) for value in given[:most])
    return shown + more(len(given) - most)


def more(count: int, what: str = "") -> str:
    """How many are left out: empty when none are."""
    return f" and {count} more{' ' + what if what else ''}" if count > 0 else ""


def one_of_many(
    find: Callable[[Subject], Iterator[Finding]],
) -> Callable[[Subject], Iterator[Finding]]:
    """Let a rule yield only the first of its findings, which tells how many there are more."""

    @wraps(find)
    def first(subject: Subject) -> Iterator[Finding]:
        found = list(find(subject))
        others = f" ({len(found) - 1} more like it)" if len(found) > 1 else ""
        for one in found[:1]:
            yield one._replace(message=one.message + others)

    return first


def json_type(value: object) -> str:
    """The JSON type of a value, with its article."""
    return _NAMES.get(type(value), "something else")
