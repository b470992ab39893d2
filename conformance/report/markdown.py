"""A report → Markdown for the summary of a build step: what came of it, on one screen.

Text from a recording may hold anything, so everything that means something in Markdown or HTML is
written as a character reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.report.cells import safe
from conformance.report.coverage import share
from conformance.report.model import SAID
from conformance.report.records import OUTCOMES
from conformance.report.text import place_of
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from conformance.report.model import Group, Report

__all__ = ["escaped", "quoted", "render"]

_MOST_RULES = 50
_MOST_CASES = 30
_LONGEST = 200
_MARKS = {Level.ERROR: "❌ error", Level.WARNING: "⚠️ warning", Level.INFO: "ℹ️ note"}
# An underscore inside a word means nothing.
_SPECIAL = re.compile(
    r"[^\w\s.,;:/=(){}%+'\"?-]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|://|www\.", re.ASCII
)
_SORTS = {"property": "properties", "enum": "enum members", "union": "union members",
          "status": "statuses", "cell": "stream cells"}  # fmt: skip


def escaped(text: str) -> str:
    """A text that Markdown shows as it is, in one line."""
    shown = safe(text)
    if len(shown) > _LONGEST:
        shown = shown[: _LONGEST - 1] + "…"
    return _SPECIAL.sub(
        lambda found: "".join(f"&#{ord(c)};" if ord(c) < 128 else c for c in found[0]),  # noqa: PLR2004
        shown,
    )


def quoted(text: str) -> str:
    """A text whose backticked parts stay code; what stands in them cannot leave them."""
    parts = safe(text).split("`")
    if len(parts) % 2 == 0 or len(text) > _LONGEST:
        return escaped(text)
    return "".join(
        f"<code>{escaped(part)}</code>" if number % 2 and part else escaped(part)
        for number, part in enumerate(parts)
    )


def render(report: Report) -> str:
    """The text of `summary.md`."""
    header = report.header
    mark = "✅" if report.passed else "❌"
    lines = [
        f"## {mark} cohere-conformance{_of(header.target)}",
        "",
        f"**{report.sentence()}**",
        "",
    ]
    if report.proof():
        lines += [report.proof() + ".", ""]
    lines += list(_troubles(report))
    lines += list(_rules(report))
    lines += list(_cases(report))
    lines += list(_features(report))
    lines += list(_coverage(report))
    facts = [f"snapshot {escaped(header.snapshot)}", f"{header.rules} rules"]
    if header.tool:
        facts.insert(0, f"version {escaped(header.tool)}")
    if header.seed is not None:
        facts.append(f"seed {header.seed}")
    lines.append(f"<sub>{' · '.join(facts)}</sub>")
    return "\n".join(lines) + "\n"


def _of(target: str) -> str:
    return f": {escaped(target)}" if target else ""


def _troubles(report: Report) -> Iterator[str]:
    if report.troubles:
        yield "### Not judged, and should have been"
        yield ""
        for trouble in report.troubles[:_MOST_CASES]:
            yield f"- {escaped(trouble.where or trouble.file)}: {quoted(trouble.what)}"
        if len(report.troubles) > _MOST_CASES:
            yield f"- and {len(report.troubles) - _MOST_CASES} more"
        yield ""


def _rules(report: Report) -> Iterator[str]:
    groups = [group for group in report.groups() if group.level is not Level.INFO]
    if not groups:
        return
    yield "### Broken rules"
    yield ""
    yield "| rule | level | places | first |"
    yield "|---|---|--:|---|"
    for group in groups[:_MOST_RULES]:
        yield _rule(group)
    if len(groups) > _MOST_RULES:
        yield f"| and {len(groups) - _MOST_RULES} more | | | |"
    yield ""


def _rule(group: Group) -> str:
    one = group.found[0][0]
    first = one.violation
    where = one.case or place_of(first, brief=True)
    cell = f"{quoted(first.message)}<br><sub>{escaped(where)}</sub>"
    return f"| {escaped(group.code)} {escaped(group.name)} | {_MARKS[group.level]} | {len(group.found)} | {cell} |"


def _cases(report: Report) -> Iterator[str]:
    cases = report.failed_cases()
    if not cases or report.header.command == "check":
        return
    yield "<details><summary>Cases that fail</summary>"
    yield ""
    for case in cases[:_MOST_CASES]:
        yield f"- {escaped(case.name)}: {quoted(case.message or SAID[case.outcome])}"
    if len(cases) > _MOST_CASES:
        yield f"- and {len(cases) - _MOST_CASES} more"
    yield ""
    yield "</details>"
    yield ""


def _features(report: Report) -> Iterator[str]:
    features = report.features()
    outcomes = [name for name in OUTCOMES if any(counts[name] for _, _, counts in features)]
    if not features:
        return
    yield "<details><summary>Results by feature</summary>"
    yield ""
    yield f"| endpoint | feature | {' | '.join(SAID[name] for name in outcomes)} |"
    yield f"|---|---|{'--:|' * len(outcomes)}"
    for endpoint, name, counts in features:
        yield f"| {escaped(endpoint)} | {escaped(name)} | {_numbers(counts, outcomes)} |"
    yield ""
    yield "</details>"
    yield ""


def _numbers(counts: Counter[str], outcomes: list[str]) -> str:
    return " | ".join(str(counts[name]) if counts[name] else "" for name in outcomes)


def _coverage(report: Report) -> Iterator[str]:
    if not report.coverage:
        return
    yield "<details><summary>How much of the contract was seen</summary>"
    yield ""
    yield "| part | sort | seen |"
    yield "|---|---|--:|"
    for part in report.coverage:
        seen, total = share(part)
        yield f"| {escaped(part.thing)} | {_SORTS.get(part.sort, part.sort)} | {seen} of {total} |"
    yield ""
    yield "</details>"
    yield ""
