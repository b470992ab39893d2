"""Request → its departures from the description: faults, and what a tolerance excuses.

The rules about requests divide the faults among themselves by keyword. A departure that another
rule reports by its cause (a body that is no object, NaN where a number belongs) is left out here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from conformance.rules.parameter_schema import parameter_problems
from conformance.rules.registry import Finding
from conformance.tolerance import excuse, place_of, value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.contract import Problem, Tolerance
    from conformance.events import Flaw
    from conformance.subject import Subject
    from conformance.verdict import Source

__all__ = [
    "Departures",
    "departures",
    "finding_of",
    "flaws",
    "malformed",
    "request_findings",
    "tolerated",
    "unsent",
]

_UNREADABLE = ("not-utf-8", "invalid-json")


class Departures(NamedTuple):
    """Where a request departs from its description.

    `faults` and `excused` are about the body's schema, `parameters` are faults of the schemas that
    the request declares for its tools.
    """

    faults: list[Problem]
    parameters: list[Problem]
    excused: list[tuple[Problem, Tolerance]]


def departures(subject: Subject) -> Departures:
    """All departures of the request, sorted out."""
    body = subject.request.body
    found = Departures([], [], [])
    listed = [
        (found.faults, [*subject.request_problems, *subject.request_undocumented]),
        (found.parameters, parameter_problems(subject) if subject.is_chat else []),
    ]
    for faults, problems in listed:
        for problem in problems:
            if not problem.pointer and problem.keyword == "type":
                continue  # no object at all
            if problem.keyword == "type" and _not_finite(value_at(body, problem.pointer)):
                continue  # the validator takes NaN for null
            tolerance = excuse(problem, subject.request_thing, body, subject.contract)
            if tolerance is None:
                faults.append(problem)
            else:
                found.excused.append((problem, tolerance))
    return found


def _not_finite(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def finding_of(problem: Problem, *, source: Source | None = None, note: str = "") -> Finding:
    """A finding about a problem, at its place in the request body."""
    return Finding(
        problem.message,
        pointer=problem.pointer or None,
        note=note,
        source=source or problem.source,
    )


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
        yield Finding(
            f"{problem.message}{often}: {tolerance.because}",
            pointer=place_of(problem) if problem.keyword != "required" else problem.pointer or None,
            note=f"{tolerance.id}, {tolerance.evidence}",
        )


def unsent(subject: Subject) -> bool:
    """No body was sent, and by its method the request was not meant to have one."""
    request = subject.exchange.request
    return request is not None and not request.body and request.method.upper() != "POST"


def malformed(subject: Subject) -> Iterator[Finding]:
    """A finding when the request body is not one JSON object in UTF-8."""
    body = subject.request_json
    if body is None or unsent(subject):
        return
    if not body.bytes.strip():
        yield Finding("the request has no body", byte=0, note="a JSON object belongs here")
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
