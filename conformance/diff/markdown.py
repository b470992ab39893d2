"""A report of a comparison → Markdown for the summary of a build step, or an issue.

The worst comes first, one table for each level. What a description says may hold anything, so
whatever means something in Markdown or HTML is written as a character reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.diff.model import Audience, Level
from conformance.diff.text import closing, counted, defect_sentence, means, mended, some
from conformance.report.markdown import escaped, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.diff.model import Finding, Report

__all__ = ["render"]

_HEADS = {
    Level.BREAKING: "❌ Breaking",
    Level.RISKY: "⚠️ Risky",
    Level.ADDITIVE: "✅ Additive",
}


def render(report: Report, audience: Audience | None = None) -> str:
    """The report as Markdown; for one audience only what concerns it, at its levels."""
    return "\n".join(_lines(report, audience)) + "\n"


def _lines(report: Report, audience: Audience | None) -> Iterator[str]:
    sides = f"{escaped(report.old.name)} → {escaped(report.new.name)}"
    said = closing(report, audience)
    yield f"## API description: {said}"
    yield ""
    yield sides
    for level, head in _HEADS.items():
        found = [one for one in report.findings if one.level_for(audience) is level]
        if found:
            yield ""
            yield f"### {head}: {len(found)}"
            yield ""
            yield "| change | where | who is hurt | means | touches |"
            yield "|---|---|---|---|---|"
            yield from map(_row, found)
    if report.defects:
        yield ""
        yield f"### 🩹 New spec defects: {len(report.defects)}"
        yield ""
        for defect in report.defects:
            yield f"- {quoted(defect_sentence(defect))} ({escaped(str(defect.place))})"
    notes = [quoted(one.says) for one in report.notes]
    if report.mended:
        notes.append(mended(report))
    if notes:
        yield ""
        yield "<details><summary>Notes</summary>"
        yield ""
        yield from (f"- {note}" for note in notes)
        yield ""
        yield "</details>"


def _row(one: Finding) -> str:
    where = f"<code>{escaped(str(one.at))}</code>"
    if one.also:
        where += f" and {counted(len(one.also), 'more place')}"
    where += f"<br>{escaped(str(one.old_place))} → {escaped(str(one.new_place))}"
    cells = [
        f"**{quoted(one.what)}**<br>{one.id}",
        where,
        quoted(one.who),
        means(one).replace(", ", "<br>"),
        _touches(one),
    ]
    return f"| {' | '.join(cells)} |"


def _touches(one: Finding) -> str:
    if one.touched is None:
        return ""
    rules, cases, recordings = one.touched
    parts = []
    if rules:
        parts.append(f"rules {some(rules, 8)}")
    if cases:
        parts.append(counted(len(cases), "case"))
    parts.append(counted(len(recordings), "recording") if recordings else "**no recording**")
    return "<br>".join(parts)
