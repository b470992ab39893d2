"""A report of a comparison → JSON for machines, and annotations for GitHub.

The JSON carries the number of its format; members are only ever added within one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.diff.model import Level
from conformance.diff.text import closing, defect_sentence, touches
from conformance.report.github import command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.diff.change import Location
    from conformance.diff.document import Place
    from conformance.diff.model import Audience, Finding, Report

__all__ = ["FORMAT", "as_data", "as_json", "github_lines"]

FORMAT = 1
_COMMANDS = {Level.BREAKING: "error", Level.RISKY: "warning", Level.ADDITIVE: "notice"}


def as_json(report: Report, audience: Audience | None = None) -> str:
    """The report as one JSON text, ended by a line feed."""
    return json.dumps(as_data(report, audience), ensure_ascii=False, indent=2, default=str) + "\n"


def as_data(report: Report, audience: Audience | None = None) -> dict[str, Any]:
    """The report as plain data; for one audience with its levels, and what concerns it only."""
    shown = [one for one in report.findings if one.level_for(audience) is not None]
    return {
        "format": FORMAT,
        "for": audience.value if audience else None,
        "old": report.old._asdict(),
        "new": report.new._asdict(),
        "counts": {level.value: report.count(level, audience) for level in _COMMANDS},
        "findings": [_finding(one, one.level_for(audience)) for one in shown],
        "defects": [_defect(one) for one in report.defects],
        "mended": [_defect(one) for one in report.mended],
        "notes": [
            {
                "kind": one.kind,
                "level": Level.DOCS.value,
                "says": one.says,
                "place": None if one.place is None else _place(one.place),
            }
            for one in report.notes
        ],
    }


def _finding(one: Finding, level: Level | None) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "level": level.value if level else None,
        **_location(one.at),
        "also": [_location(each) for each in one.also],
        "what": one.what,
        "who": one.who,
        "old": one.old,
        "new": one.new,
        "verdict": one.verdict._asdict(),
        "places": {"old": _place(one.old_place), "new": _place(one.new_place)},
        "touches": None if one.touched is None else one.touched._asdict(),
    }


def _location(at: Location) -> dict[str, str]:
    return {
        "operation": at.operation,
        "direction": at.direction,
        "location": f"{at.root}{at.path}",
    }


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line}


def _defect(one: Any) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "value": one.value,
        "says": defect_sentence(one),
        "place": _place(one.place),
    }


def github_lines(report: Report, audience: Audience | None = None) -> Iterator[str]:
    """Workflow commands, one for each finding at its place in the new description; the last line
    is for people.
    """
    for one in report.findings:
        level = one.level_for(audience)
        if level is None:
            continue
        message = f"{one.at}\nwho: {one.who}"
        if one.touched is not None:
            message += f"\ntouches: {touches(one)}"
        title = f"{level.value} {one.kind} {one.id}"
        yield command(_COMMANDS[level], _at(one.new_place, title), f"{one.what}\n{message}")
    for defect in report.defects:
        properties = _at(defect.place, f"spec defect {defect.kind}")
        yield command("warning", properties, defect_sentence(defect))
    yield closing(report, audience)


def _at(place: Place, title: str) -> dict[str, str]:
    line = {} if place.line is None else {"line": str(place.line)}
    return {"file": place.file, **line, "title": title}
