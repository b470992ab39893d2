"""Violations of one rule → clusters of those that are alike, since one fault may show in many places.

Alike are violations in one file, or one case of a run, at the same place in the data, with the same
message but for its numbers and for what it quotes of the data. Generated requests make many of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.violation import Violation

__all__ = ["Cause", "cause_of", "clusters", "like_it"]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_QUOTED = re.compile(r"(`[^`]*`)")
_STEP = re.compile(r"(?<=/)\d+(?=/|$)")
# Names of events, members and rules, and pointers to members: they tell one cause from another.
_NAME = re.compile(r"[\w./\[\]~-]{1,120}")

T = TypeVar("T")


class Cause(NamedTuple):
    """What violations that are alike have in common."""

    code: str
    file: str
    pointer: str
    message: str


def cause_of(violation: Violation) -> Cause:
    """The cause of a violation, as far as it can be seen in it."""
    parts = _QUOTED.split(violation.message)
    message = "".join(
        _quoted(part[1:-1]) if number % 2 else _NUMBER.sub("#", part)
        for number, part in enumerate(parts)
    )
    pointer = _STEP.sub("#", violation.pointer or "")
    return Cause(violation.code, violation.file, pointer, message)


def _quoted(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return "#"
    return _STEP.sub("#", text) if _NAME.fullmatch(text) else "…"


def clusters(items: Iterable[T], violation: Callable[[T], Violation]) -> list[list[T]]:
    """The items in clusters by the cause of their violation, in the order of the first of each."""
    found: dict[Cause, list[T]] = {}
    for item in items:
        found.setdefault(cause_of(violation(item)), []).append(item)
    return list(found.values())


def like_it(count: int) -> str:
    """How many more there are, to stand behind the first; empty for none."""
    return f" (and {count} more like it)" if count else ""
