"""Request → its departures from the description: faults, and what a tolerance excuses.

The rules about requests divide the faults among themselves by keyword. A departure that another
rule reports by its cause (a body that is no object, NaN where a number belongs) is left out here.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from conformance.rules.operation import CLOSED, described_at
from conformance.rules.parameter_schema import parameter_problems
from conformance.rules.registry import Finding
from conformance.tolerance import excuse, place_of, undocumented_inside, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.contract import Problem, Tolerance
    from conformance.events import Flaw
    from conformance.subject import JsonBody, Subject
    from conformance.verdict import Source

__all__ = [
    "Departures",
    "condensed",
    "departures",
    "finding_of",
    "flaws",
    "malformed",
    "meaningless",
    "request_findings",
    "tolerated",
    "unknown_member",
    "unsent",
]


class Departures(NamedTuple):
    """Where a request departs from its description.

    `faults` and `excused` are about the body's schema, `parameters` are faults of the schemas that
    the request declares for its tools.
    """

    faults: list[Problem]
    parameters: list[Problem]
    excused: list[tuple[Problem, Tolerance]]


_GZIP = b"\x1f\x8b"  # RFC 1952 2.3.1
_ITEM = re.compile(r"/[0-9]+(?=/|\Z)")
# Enough of a value to tell it from others.
_LONGEST = 200

# Several rules ask for the departures of one request, one after the other.
_KNOWN: WeakKeyDictionary[Subject, Departures] = WeakKeyDictionary()


def departures(subject: Subject) -> Departures:
    """All departures of the request, sorted out."""
    if subject not in _KNOWN:
        _KNOWN[subject] = _sorted_out(subject)
    return _KNOWN[subject]


def _sorted_out(subject: Subject) -> Departures:
    body = subject.request.body
    found = Departures([], [], [])
    listed = [
        (found.faults, [*subject.request_problems, *subject.request_undocumented]),
        (found.parameters, parameter_problems(subject) if subject.is_chat else []),
    ]
    for faults, problems in listed:
        for given in problems:
            problem = _as_meant(given, subject)
            if problem is None:
                continue
            tolerance = excuse(problem, subject.request_thing, body, subject.contract)
            if tolerance is None:
                faults.append(problem)
                continue
            found.excused.append((problem, tolerance))
            faults.extend(
                undocumented_inside(
                    problem, tolerance, subject.request_thing, body, subject.contract
                )
            )
    found.faults[:] = condensed(found.faults)
    return found


def condensed(problems: list[Problem]) -> list[Problem]:
    """One problem for all that differ only in the place of an item in a list, which counts them."""
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        actual = problem.actual
        what = type(actual).__name__ if problem.keyword == "type" else repr(actual)[:_LONGEST]
        place = _ITEM.sub("/*", problem.pointer)
        groups.setdefault((problem.keyword, place, problem.member, what), []).append(problem)
    return [
        first._replace(message=f"{first.message} (and {len(others)} more)") if others else first
        for first, *others in groups.values()
    ]


def _as_meant(problem: Problem, subject: Subject) -> Problem | None:
    """The problem, or what it says of a number that the validator takes for null."""
    if problem.keyword != "type":
        return problem
    value = value_at(subject.request.body, problem.pointer)
    if isinstance(value, float) and not math.isfinite(value):
        body = subject.request_json
        if body is None or any(flaw.kind == "not-a-number" for flaw in body.flaws):
            return None  # NaN or Infinity
        message = f"`{problem.pointer}` is beyond the range of numbers"
        return problem._replace(keyword="maximum", message=message)
    return problem if problem.pointer else None  # no object at all


def finding_of(problem: Problem, *, source: Source | None = None, note: str = "") -> Finding:
    """A finding about a problem, at its place in the request body.

    A missing member has no place; its finding points to where it should be in.
    """
    place = problem.pointer if problem.keyword == "required" else place_of(problem)
    return Finding(
        problem.message,
        pointer=place or None,
        note=note,
        source=source or problem.source,
    )


def unknown_member(problem: Problem) -> Finding:
    """A finding about a member that the description does not name."""
    source = problem.source._replace(where=f"{problem.source.where}, {CLOSED}")
    return finding_of(problem, source=source, note="not in the description")


def request_findings(subject: Subject, *keywords: str, chat: bool) -> Iterator[Finding]:
    """A finding for every fault with one of these keywords, on this kind of endpoint only."""
    if subject.is_chat is chat:
        for problem in departures(subject).faults:
            if problem.keyword in keywords:
                yield finding_of(problem)


def tolerated(subject: Subject) -> Iterator[Finding]:
    """One finding for every tolerance that the request makes use of."""
    groups: dict[str, list[tuple[Problem, Tolerance]]] = {}
    for problem, tolerance in departures(subject).excused:
        groups.setdefault(tolerance.id, []).append((problem, tolerance))
    for group in groups.values():
        problem, tolerance = group[0]
        often = f" (and {len(group) - 1} more)" if len(group) > 1 else ""
        yield finding_of(problem, note=f"{tolerance.id}, {tolerance.evidence}")._replace(
            message=f"{problem.message}{often}: {tolerance.because}",
            source=None,
        )


def unsent(subject: Subject) -> bool:
    """No body was sent, and by its method the request was not meant to have one."""
    request = subject.exchange.request
    return request is not None and not request.body and request.method.upper() != "POST"


def malformed(subject: Subject) -> Iterator[Finding]:
    """A finding when the request body is not one JSON object in UTF-8."""
    body = subject.request_json
    if body is not None and not unsent(subject):
        for finding in _malformed(body):
            yield finding._replace(source=described_at(subject, "requestBody"))


def _malformed(body: JsonBody) -> Iterator[Finding]:
    if not body.bytes.strip():
        yield Finding("the request has no body", byte=0, note="a JSON object belongs here")
        return
    if body.bytes.startswith(_GZIP):
        yield Finding("the body is compressed with gzip, and no header says so", byte=0)
        return
    for flaw in body.flaws:
        if flaw.kind == "not-utf-8":
            yield Finding(
                f"the body is not UTF-8 at byte {flaw.position}: `{flaw.detail}`",
                byte=flaw.position,
                note="not UTF-8",
            )
            return
        if flaw.kind == "invalid-json":
            yield Finding(
                f"the body is not JSON: {flaw.detail} at character {flaw.position}",
                byte=_byte(body.text, flaw.position),
                note=flaw.detail,
            )
            return
    if not isinstance(body.value, dict):
        yield Finding("the body is JSON, but not an object", byte=0, note="no object")


def meaningless(subject: Subject, limit: str) -> Iterator[Finding]:
    """A finding for a model without a name, and for a `limit` of tokens below 1."""
    body = subject.request.body
    model, most = body.get("model"), body.get(limit)
    if isinstance(model, str) and not model.strip():
        yield Finding("`/model` is empty", pointer="/model", note="the name of a model")
    if isinstance(most, int) and not isinstance(most, bool) and most < 1:
        yield Finding(f"`/{limit}` is `{most}`", pointer=f"/{limit}", note="at least 1")


def flaws(subject: Subject, kind: str, *, chat: bool) -> Iterator[tuple[Flaw, int]]:
    """The flaws of one kind in a readable request body, each with its byte offset; once each."""
    body = subject.request_json
    if body is None or not body.is_json or subject.is_chat is not chat:
        return
    seen = set()
    for flaw in body.flaws:
        if flaw.kind == kind and flaw.detail not in seen:
            seen.add(flaw.detail)
            yield flaw, _byte(body.text, flaw.position)


def _byte(text: str, character: int) -> int:
    return len(text[:character].encode("utf-8", "replace"))
