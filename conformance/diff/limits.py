"""Two sets of bounds, or of enum members -> which way they moved.

A bound that a dialect never states is unknown there, not absent: it can be compared only with one
that is stated.
"""

from __future__ import annotations

from typing import Any

from conformance.diff.shape import ABSENT

__all__ = ["bound_moves", "enum_moves", "same_value"]

_LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})


def same_value(first: Any, second: Any) -> bool:
    """Whether two JSON values are equal, given that large numbers are printed as rounded floats."""
    numbers = (int, float)
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, numbers) and isinstance(second, numbers):
        try:
            return first == second or float(first) == float(second)
        except OverflowError:
            return False
    return type(first) is type(second) and first == second


def bound_moves(
    old: dict[str, Any], new: dict[str, Any], *, old_known: bool, new_known: bool
) -> list[tuple[str, str, Any, Any]]:
    """(keyword, "narrowed" or "relaxed", old, new) of each bound that moved.

    `old_known` and `new_known` tell whether a bound that is not stated is known to be none.
    """
    moves = []
    for key in sorted({*old, *new}):
        before, after = old.get(key, ABSENT), new.get(key, ABSENT)
        if (before is ABSENT and not old_known) or (after is ABSENT and not new_known):
            continue
        if same_value(before, after):
            continue
        if before is ABSENT or after is ABSENT:
            tighter = before is ABSENT
        elif key in _LOWER:
            tighter = after > before
        elif key in _UPPER:
            tighter = after < before
        else:
            tighter = True  # another pattern: what fitted may fit no more
        moves.append(
            (
                key,
                "narrowed" if tighter else "relaxed",
                None if before is ABSENT else before,
                None if after is ABSENT else after,
            )
        )
    return moves


def enum_moves(
    old: tuple[Any, ...], new: tuple[Any, ...]
) -> tuple[list[tuple[Any, Any]], list[Any], list[Any]]:
    """Members that were respelled (as pairs), that are gone, and that are new."""
    gone = [one for one in old if one not in new]
    fresh = [one for one in new if one not in old]
    respelled = []
    for one in list(gone):
        other = next((each for each in fresh if _folded(each) == _folded(one)), None)
        if other is not None:
            respelled.append((one, other))
            gone.remove(one)
            fresh.remove(other)
    return respelled, gone, fresh


def _folded(value: Any) -> str:
    return str(value).casefold().replace("-", "_").replace(" ", "_")
