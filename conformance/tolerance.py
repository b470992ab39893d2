"""Problem of a request → the tolerance that excuses it.

What the live API is known to take against its description, and what official sources see
differently, stands as data in `specs/tolerances.yaml`. An entry excuses a problem when its place,
its keyword, the class of its value and the member beside it all fit.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from conformance.contract import escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.contract import Contract, Problem, Tolerance

__all__ = ["MISSING", "excuse", "place_of", "tokens_of", "undocumented_inside", "value_at"]

MISSING = object()

_PYTHON_TYPE = re.compile(
    r"(str|int|float|bool|list|dict|tuple|set|any|none)(\[.*\])?", re.IGNORECASE
)


def tokens_of(pointer: str) -> list[str]:
    """The reference tokens of a JSON Pointer (RFC 6901 4)."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def value_at(document: object, pointer: str) -> Any:
    """The value at a JSON Pointer, or `MISSING`."""
    value = document
    for token in tokens_of(pointer):
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        else:
            return MISSING
    return value


def place_of(problem: Problem) -> str:
    """A JSON Pointer to what is wrong; for a missing or undocumented member, to the member."""
    return f"{problem.pointer}/{escape(problem.member)}" if problem.member else problem.pointer


def excuse(
    problem: Problem, thing: str, body: object, contract: Contract
) -> Tolerance | None:  # fmt: skip
    """The first tolerance that excuses a problem of `body`, an instance of `thing`, or None."""
    place = place_of(problem)
    for tolerance in contract.tolerances:
        if (
            tolerance.thing == thing
            and tolerance.keyword == problem.keyword
            and _matches(tokens_of(tolerance.pointer), tokens_of(place))
            and _has_beside(tolerance, body, place)
            and _is_of(tolerance.value, problem, thing, body, contract)
        ):
            return tolerance
    return None


def _matches(pattern: list[str], tokens: list[str]) -> bool:
    """Whether a path fits a pattern in which `*` is one token and `**` any number of them."""
    if not pattern:
        return not tokens
    if pattern[0] == "**":
        return any(_matches(pattern[1:], tokens[n:]) for n in range(len(tokens) + 1))
    return (
        bool(tokens) and pattern[0] in ("*", tokens[0]) and _matches(pattern[1:], tokens[1:])
    )  # fmt: skip


def _has_beside(tolerance: Tolerance, body: object, place: str) -> bool:
    if tolerance.beside is None:
        return True
    around = value_at(body, place.rpartition("/")[0])
    return isinstance(around, dict) and around.get(tolerance.beside) not in (None, "", [], {})


def _is_of(
    kind: str | None, problem: Problem, thing: str, body: object, contract: Contract
) -> bool:
    """Whether the value is of the class that a tolerance names; specs/README.md lists them."""
    if kind is None:
        return True
    value = value_at(body, problem.pointer)
    if kind in _REPAIRS:
        # Only the form is excused: brought into the described form, the value must be right.
        mended = _mended(kind, body, problem.pointer)
        return mended is not MISSING and not any(
            _is_inside(other.pointer, problem.pointer) for other in contract.problems(thing, mended)
        )
    test = _TESTS.get(kind)
    return test is not None and test(value)


def undocumented_inside(
    problem: Problem, tolerance: Tolerance, thing: str, body: object, contract: Contract
) -> list[Problem]:
    """Members that the description does not name, in a value of which a tolerance excuses the form.

    In the form that was sent nothing describes its members; in the described form something does.
    """
    if tolerance.value not in _WRAPPERS:
        return []
    mended = _mended(tolerance.value, body, problem.pointer)
    wrapped = f"{problem.pointer}/0"
    return [
        other._replace(
            pointer=problem.pointer + other.pointer.removeprefix(wrapped),
            message=other.message.replace(f"`{wrapped}", f"`{problem.pointer}", 1),
        )
        for other in contract.undocumented(thing, mended)
        if _is_inside(other.pointer, wrapped)
    ]


def _mended(kind: str, body: object, pointer: str) -> Any:
    """The body with the value at a pointer in its described form, or `MISSING`."""
    made = _REPAIRS[kind](value_at(body, pointer))
    return MISSING if made is MISSING else _with(body, tokens_of(pointer), made)


def _is_inside(pointer: str, place: str) -> bool:
    return pointer == place or pointer.startswith(place + "/")


def _holds_json(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return isinstance(json.loads(value), (dict, list))
    except (ValueError, RecursionError):
        return False


_TESTS: dict[str, Callable[[object], bool]] = {
    "null": lambda value: value is None,
    "text": lambda value: isinstance(value, str),
    "json-text": _holds_json,
    "empty": lambda value: value in ("", [], {}),
    "zero": lambda value: value == 0 and not isinstance(value, bool),
    "type-name": lambda value: isinstance(value, str) and bool(_PYTHON_TYPE.fullmatch(value)),
}
_REPAIRS: dict[str, Callable[[Any], Any]] = {
    "lower-case": lambda v: v.upper() if isinstance(v, str) and v.islower() else MISSING,
    "object": lambda v: [v] if isinstance(v, dict) else MISSING,
}
# Repairs that put the value into a list: what is in it is one step further from the root then.
_WRAPPERS = frozenset({"object"})


def _with(document: Any, tokens: list[str], value: object) -> Any:
    """A copy of a document with another value at a path that leads somewhere in it."""
    if not tokens:
        return value
    head, *rest = tokens
    if isinstance(document, dict):
        return {**document, head: _with(document.get(head), rest, value)}
    return [
        _with(each, rest, value) if number == int(head) else each
        for number, each in enumerate(document)
    ]
