"""Hand-written transcripts → the verdicts that the documents alone demand.

The expectations in `transcripts/*.yaml` were written down before any rule existed, from the
documentation and from counts over recorded traffic. They guard against a table that confirms
itself: strategies and mock server are made from the same table as the checker, these are not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.check import check
from conformance.contract import contract
from conformance.transcript import exchange_from
from conformance.verdict import Level

FOLDER = Path(__file__).parent / "transcripts"
PLAIN = """
message-start
content-start 0 text
content-delta 0 "Fine."
content-end 0
message-end
"""
# What a case may name as its source beside the ids of clauses: a standard and its section.
STANDARD = re.compile(r"RFC \d{4}( [\d.]+)?|WHATWG HTML [\d.]+")


@dataclass(frozen=True)
class Case:
    """One transcript: what it is called, why it is there, and what must be found in it."""

    family: str
    name: str
    why: str
    source: tuple[str, ...]
    transcript: str
    errors: tuple[str, ...]
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.family}/{self.name}"


def _case(family: str, entry: dict[str, Any]) -> Case:
    unknown = set(entry) - {"name", "why", "source", "transcript", "errors", "warnings", "answer"}
    assert set() == unknown, f"{family}/{entry['name']}"
    transcript = entry["transcript"]
    if entry.get("answer") == "plain":
        transcript += PLAIN
    return Case(
        family,
        entry["name"],
        entry["why"],
        tuple(entry["source"]),
        transcript,
        tuple(entry.get("errors", ())),
        tuple(entry.get("warnings", ())),
    )


CASES = [
    _case(path.stem, entry)
    for path in sorted(FOLDER.glob("*.yaml"))
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_verdict_is_what_the_documents_demand(case: Case) -> None:
    """Each transcript yields exactly the errors and warnings written beside it."""
    verdict = check(exchange_from(case.transcript))
    found = {
        level: sorted(v.code for v in verdict.violations if v.level is level)
        for level in (Level.ERROR, Level.WARNING)
    }

    assert verdict.judged
    assert {
        Level.ERROR: sorted(case.errors),
        Level.WARNING: sorted(case.warnings),
    } == found, "\n".join(v.headline for v in verdict.violations)


def test_names_are_unique() -> None:
    """No two transcripts of a family share a name."""
    names = [str(case) for case in CASES]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_source_is_a_clause(case: Case) -> None:
    """Each transcript names a clause that the contract knows, or a section of a standard."""
    clauses = contract().clauses
    unknown = [at for at in case.source if at not in clauses and not STANDARD.fullmatch(at)]

    assert case.source
    assert unknown == []
