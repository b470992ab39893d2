"""Keywords of a text or a number → a generator of such values, by construction."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from conformance.errors import SpecError

from .values import any_phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Callable

    from .source import Source

    Leaf = Callable[[Source], Any]

__all__ = ["is_a", "leaf", "refuse"]

_PYTHON: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,),
    "integer": (int,), "number": (int, float), "null": (type(None),),
}  # fmt: skip

_FORMATS: dict[str, tuple[str, ...]] = {
    "date-time": ("2026-10-05T12:00:00Z", "1999-12-31T23:59:59.5+02:00", "2024-02-29T00:00:00Z"),
    "date": ("2026-10-05", "1999-12-31", "2024-02-29"),
    "time": ("12:00:00Z", "23:59:59.5+02:00", "00:00:00Z"),
    "uuid": ("5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90", "00000000-0000-0000-0000-000000000000"),
}
_INTEGERS = (*range(50), -1, -7, -100, 1000, 2**31 - 1, 2**31, 2**53 + 1, -(2**63))
_NUMBERS: tuple[float, ...] = (0, 1, 0.5, -1, 7, 37.0, 1e-9, -2.25, 1e300, 0.1, 123456.789, 2**31)


def refuse(what: str, where: str, hint: str) -> SpecError:
    """The error about a schema from which nothing can be made."""
    return SpecError(what, where=where, hint=hint)


def is_a(kind: str, value: object) -> bool:
    """Whether a value has this JSON type; 5.0 is an integer too."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _PYTHON.get(kind, (object,)))


def leaf(kind: str, schema: dict[str, Any], where: str) -> Leaf:
    """The generator of a JSON type other than object and array. Raises SpecError."""
    if kind == "string":
        return _string(schema, where)
    if kind == "integer":
        return _integer(schema, where)
    if kind == "number":
        return _number(schema, where)
    if kind == "boolean":
        return lambda source: bool(source.integer(0, 1))
    return lambda _source: None


def _string(schema: dict[str, Any], where: str) -> Leaf:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if "format" in schema or "pattern" in schema:
        word = "format" if "format" in schema else "pattern"
        beside = [k for k in ("pattern", "minLength", "maxLength") if k in schema and k != word]
        if beside:
            raise refuse(f"`{beside[0]}` beside `{word}` is not supported", where, "drop one")
        return _shaped(word, schema[word], where)
    if most is not None and most < least:
        raise refuse(f"`maxLength` {most} is below `minLength` {least}", where, "no text fits")
    if most is None and least == 1:
        return phrase
    if most is None and least == 0:
        return any_phrase
    top = least + 12 if most is None else min(most, least + 12)
    return lambda source: source.text(least, top)


def _shaped(word: str, value: Any, where: str) -> Leaf:
    if word == "pattern":
        # Python lets `$` match before a final line end, JSON Schema does not.
        ends = value.endswith("$") and not value.endswith("\\$")
        pattern = value[:-1] + r"\Z" if ends else value
        try:
            re.compile(pattern)
        except re.error as error:
            raise refuse(
                f"the pattern `{value}` is not understood: {error}", f"{where}/pattern",
                "expressions are read as Python reads them",
            ) from error  # fmt: skip
        return lambda source: source.matching(pattern)
    if value not in _FORMATS:
        raise refuse(
            f"the format `{value}` is not supported",
            f"{where}/format",
            f"the formats are {', '.join(f'`{each}`' for each in _FORMATS)}",
        )
    options = _FORMATS[value]
    return lambda source: source.pick(options)


def _integer(schema: dict[str, Any], where: str) -> Leaf:
    low, high = _bounds(schema)
    if low is None and high is None:
        return lambda source: source.pick(_INTEGERS)
    least = None if low is None else math.ceil(low[0]) + (low[1] and low[0] == math.ceil(low[0]))
    most = (
        None if high is None else math.floor(high[0]) - (high[1] and high[0] == math.floor(high[0]))
    )
    if least is None:
        assert most is not None  # one of the bounds was given
        least = most - 1000
    elif most is None:
        most = least + 1000
    if most < least:
        raise refuse("no integer lies within the bounds", where, "widen them")
    lowest, highest = least, most
    return lambda source: source.integer(lowest, highest)


def _number(schema: dict[str, Any], where: str) -> Leaf:
    low, high = _bounds(schema)
    if low is None and high is None:
        return lambda source: source.pick(_NUMBERS)
    least = (-1e6 if high is None else high[0] - 1000) if low is None else low[0]
    most = least + 1000 if high is None else high[0]
    if most < least or (most == least and (_excluded(low) or _excluded(high))):
        raise refuse("no number lies within the bounds", where, "widen them")
    after, before = math.nextafter(least, math.inf), math.nextafter(most, -math.inf)
    edges = [*([] if _excluded(low) else [least]), *([] if _excluded(high) else [most])]
    edges += [each for each in (after, before) if least < each < most]
    steps = 101

    def instance(source: Source) -> float:
        chosen = source.integer(0, steps + len(edges) - 1)
        if chosen >= steps:
            return edges[chosen - steps]
        value: float = round(least + (most - least) * (chosen + 0.5) / steps, 4)
        return value if least < value < most else edges[0]

    return instance


def _bounds(
    schema: dict[str, Any],
) -> tuple[tuple[float, bool] | None, tuple[float, bool] | None]:
    """The lower and the upper bound, each with whether it is excluded; None for no bound."""
    lows = [(schema[k], k != "minimum") for k in ("minimum", "exclusiveMinimum") if k in schema]
    highs = [(schema[k], k != "maximum") for k in ("maximum", "exclusiveMaximum") if k in schema]
    low = max(lows, default=None)
    high = min(highs, key=lambda bound: (bound[0], not bound[1]), default=None)
    return low, high


def _excluded(bound: tuple[float, bool] | None) -> bool:
    return bound is not None and bound[1]
