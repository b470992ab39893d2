"""What a reader needs beside a finding: what was wrong with the request, and how to send it again."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.evidence import Evidence, EvidenceLine
from conformance.rules.registry import find_rule
from conformance.suite.case import Kind
from conformance.verdict import Level, Party
from conformance.violation import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.suite.case import Case
    from conformance.suite.settings import RunSettings
    from conformance.violation import Violation

__all__ = ["again", "with_request"]

_PROGRAM = "cohere-conformance"
# Rules that say how a faulty request was answered.
_ABOUT_FAULTS = ("HTTP-009", "HTTP-010")


def again(settings: RunSettings, target: str, case: Case | None) -> str | None:
    """The command that plays one case of a run again; `target` is what reports call the target."""
    if case is None:
        return None
    words = [_PROGRAM, "run", target, "--only", case.name]
    for role in settings.given_models:
        words += ["--model", f"{role}={settings.models[role]}"]
    if settings.key_env:
        words += ["--api-key-env", settings.key_env]
    if settings.declared:
        words += ["--declare", ",".join(settings.declared)]
    if settings.timeout is not None:
        words += ["--timeout", f"{settings.timeout:g}"]
    if case.kind is Kind.PROPERTY:
        words += ["--properties", "--seed", str(settings.seed)]
        if settings.examples:
            words += ["--examples", str(settings.examples)]
    elif case.kind is Kind.FUZZ:
        words += ["--fuzz", "--seed", str(settings.seed)]
    return shlex.join(words)


def with_request(
    violations: Sequence[Violation], all_of_them: Sequence[Violation]
) -> tuple[Violation, ...]:
    """The violations; those about the answer to a faulty request show the fault instead of the answer."""
    faults = [
        EvidenceLine(None, "request", one_line(f"{v.code}: {v.message}"))
        for v in all_of_them
        if v.party is Party.CLIENT and _is_fault(v)
    ]
    return tuple(
        replace(v, evidence=Evidence((*faults[:3], *_answer(v))))
        if v.code in _ABOUT_FAULTS and faults
        else v
        for v in violations
    )


def _is_fault(violation: Violation) -> bool:
    """By the level of the rule: a refusal turns the fault that it answers into information."""
    rule = find_rule(violation.code)
    return rule is not None and rule.level is Level.ERROR


def _answer(violation: Violation) -> tuple[EvidenceLine, ...]:
    """The lines of an answer that is no stream: a served stream is as long as it is sound."""
    return tuple(line for line in violation.evidence.lines if line.number is None)
