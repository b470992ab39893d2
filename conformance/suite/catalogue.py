"""All cases, and the choice of some of them by globs of their names."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from conformance.baseline import glob_matches
from conformance.errors import UsageError
from conformance.suggest import did_you_mean
from conformance.suite.case import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.suite.case import Case
    from conformance.suite.settings import RunSettings

__all__ = ["all_cases", "cases_for", "chosen"]


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case: chat first, then rerank, plain things before difficult ones."""
    from conformance.fuzz.cases import fuzz_cases
    from conformance.suite.broken import broken_cases
    from conformance.suite.chat import CHAT
    from conformance.suite.http_cases import http_cases
    from conformance.suite.laws import law_cases
    from conformance.suite.odd import odd_cases
    from conformance.suite.properties import property_cases
    from conformance.suite.rerank import RERANK
    from conformance.suite.scenarios import cases_of
    from conformance.suite.tools import TOOLS
    from conformance.suite.transport import transport_cases
    from conformance.suite.turns import turn_cases

    found = [
        *cases_of((*CHAT, *TOOLS, *RERANK)),
        *law_cases(),
        *turn_cases(),
        *transport_cases(),
        *http_cases("chat-stream"),
        *http_cases("rerank"),
        *broken_cases(),
        *odd_cases(),
        *property_cases(),
        *fuzz_cases(),
    ]
    names = [case.name for case in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"cases named twice: {sorted(twice)}")
    return tuple(sorted(found, key=lambda case: case.endpoint))


def cases_for(settings: RunSettings) -> list[Case]:
    """The cases of a run. Generated requests belong to it on our mock, or if they are asked for;
    those of schemathesis only if they are.

    Raises UsageError for a glob in vain, when nothing is left, and when schemathesis is missing.
    """
    from conformance.fuzz import demand_schemathesis

    generating = settings.is_mock if settings.properties is None else settings.properties
    left_out = {Kind.PROPERTY: not generating, Kind.FUZZ: not settings.fuzz}
    if settings.fuzz:
        demand_schemathesis()
    found = chosen(settings.only, all_cases())
    kept = [case for case in found if not left_out.get(case.kind)]
    if not kept:
        raise UsageError(
            "only generated requests are chosen, which a server is not sent unasked",
            where="--only",
            hint="`--properties` or `--fuzz` sends them",
        )
    return kept


def chosen(globs: Sequence[str], cases: Iterable[Case], option: str = "--only") -> list[Case]:
    """The cases that one of these globs chooses, all for none. Raises UsageError for one in vain."""
    known = list(cases)
    if not globs:
        return known
    for glob in globs:
        if not any(glob_matches(case.name, glob) for case in known):
            folders = {"/".join(c.name.split("/")[:2]) + "/**" for c in known}
            names = [*sorted(folders), *(case.name for case in known), "chat-stream", "rerank"]
            raise UsageError(
                f"no case matches `{glob}`",
                where=option,
                hint=did_you_mean(glob, names) or "`cohere-conformance run --list` lists them",
            )
    return [case for case in known if any(glob_matches(case.name, glob) for glob in globs)]
