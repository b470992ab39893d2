"""A report of a comparison → lines for a terminal: what, where on both sides, who, what it touches.

The parts stand always in this order; one that has nothing to say is left out. Whatever comes from a
description passes `safe`, so that it can neither break the layout nor reach the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.diff.model import Audience, Level
from conformance.report.cells import pad, safe, width_of, wrap

if TYPE_CHECKING:
    from conformance.diff.document import Defect
    from conformance.diff.model import Finding, Report
    from conformance.report.page import Line

__all__ = ["closing", "counted", "defect_sentence", "means", "mended", "render", "some", "touches"]

_STYLES = {Level.BREAKING: "error", Level.RISKY: "warning", Level.ADDITIVE: "good"}
_LEVEL_COLUMNS = len("breaking  ")
_KEY_COLUMNS = len("= touches: ")
# More names than this tell nobody anything.
_MOST_NAMES = 3
_DEFECTS = {
    "dangling-reference": "`{value}` is referred to and is not there",
    "mapping-without-member": "a discriminator maps `{value}` to what its union does not list",
    "required-without-property": "`{value}` is required and is no property",
}


def counted(number: int, word: str) -> str:
    """A number and a noun, in the plural where it belongs."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def some(names: tuple[str, ...], most: int = _MOST_NAMES) -> str:
    """The first of some names, and how many are left."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def means(finding: Finding) -> str:
    """The verdict for each audience that a change concerns."""
    verdict = finding.verdict
    told = [(one.value, getattr(verdict, one.value)) for one in Audience]
    return ", ".join(f"{name} {word}" for name, word in told if word != "-")


def touches(finding: Finding) -> str:
    """What a finding touches, in words; what exercises it last."""
    if finding.touched is None:
        return ""
    rules, cases, recordings = finding.touched
    parts = []
    if rules:
        parts.append(f"rules {some(rules, 8)}")
    if cases:
        parts.append(f"{counted(len(cases), 'case')} ({some(cases, 2)})")
    if recordings:
        parts.append(f"{counted(len(recordings), 'recording')} ({some(recordings, 2)})")
    else:
        parts.append("no recording exercises it")
    return "; ".join(parts)


def defect_sentence(defect: Defect) -> str:
    """What is wrong with a description, in a sentence."""
    return _DEFECTS[defect.kind].format(value=defect.value)


def mended(report: Report) -> str:
    """How many defects only the old description had."""
    number = len(report.mended)
    return f"{counted(number, 'spec defect')} of the old {'is' if number == 1 else 'are'} gone"


def closing(report: Report, audience: Audience | None = None) -> str:
    """The last line: how much changed, in numbers."""
    found = [one for one in report.findings if one.level_for(audience) is not None]
    whom = (
        f" for {'recordings' if audience is Audience.RECORDINGS else f'a {audience.value}'}"
        if (audience)
        else ""
    )
    if not found:
        said = f"nothing changed on the wire{whom}"
    else:
        levels = [(report.count(level, audience), level.value) for level in _STYLES]
        listed = ", ".join(f"{n} {name}" for n, name in levels if n)
        said = f"{counted(len(found), 'change')}{whom}: {listed}"
    if report.defects:
        said += f"; {counted(len(report.defects), 'new spec defect')}"
    return said


def render(report: Report, *, audience: Audience | None, width: int) -> list[Line]:
    """The lines of a report, `width` columns wide; for one audience only what concerns it."""
    old, new = report.old, report.new
    lines: list[Line] = [
        ((safe(old.name), "strong"), (" → ", "arrow"), (safe(new.name), "strong")),
        (),
    ]
    for one in report.findings:
        level = one.level_for(audience)
        if level is not None:
            lines += [*_finding(one, level, width), ()]
    for defect in report.defects:
        lines += [*_defect(defect, width), ()]
    notes = [(one.says, one.place) for one in report.notes]
    if report.mended:
        notes.append((mended(report), None))
    for says, place in notes:
        text = says if place is None else f"{says} ({place})"
        lines += _entry("note", text, width)
    if notes:
        lines.append(())
    worst = max((one.level_for(audience) or Level.DOCS for one in report.findings),
                key=lambda one: one.rank, default=Level.DOCS)  # fmt: skip
    lines.append(((closing(report, audience), _STYLES.get(worst, "good")),))
    return lines


def _finding(one: Finding, level: Level, width: int) -> list[Line]:
    head = wrap(safe(one.what), max(width - _LEVEL_COLUMNS - len(one.id) - 2, 20))
    room = width - _LEVEL_COLUMNS - width_of(head[0]) - len(one.id)
    lines: list[Line] = [
        (
            (pad(level.value, _LEVEL_COLUMNS), _STYLES[level]),
            (head[0], "strong"),
            (f"{' ' * max(room, 2)}{one.id}", "dim"),
        )
    ]
    lines += [((" " * _LEVEL_COLUMNS + rest, "strong"),) for rest in head[1:]]
    lines += [(("  --> ", "arrow"), (safe(f"{one.at}"), ""))]
    lines += [(("      ", "arrow"), (safe(f"{one.old_place} → {one.new_place}"), "dim"))]
    if one.also:
        shown = tuple(f"{each.root}{each.path}" for each in one.also)
        lines += _entry("also", safe(some(shown, 4)), width)
    lines += _entry("who", safe(one.who), width)
    lines += _entry("means", means(one), width)
    told = touches(one)
    if told:
        lines += _entry("touches", safe(told), width)
    return lines


def _defect(defect: Defect, width: int) -> list[Line]:
    head = wrap(safe(defect_sentence(defect)), width - _LEVEL_COLUMNS)
    return [
        ((pad("defect", _LEVEL_COLUMNS), "warning"), (head[0], "strong")),
        *(((" " * _LEVEL_COLUMNS + rest, "strong"),) for rest in head[1:]),
        (("  --> ", "arrow"), (safe(str(defect.place)), "")),
    ]


def _entry(key: str, text: str, width: int) -> list[Line]:
    """A labelled part, wrapped beside its label."""
    body = wrap(text, max(width - 3 - _KEY_COLUMNS, 20))
    label = pad(f"= {key}:", _KEY_COLUMNS)
    return [
        (("   ", ""), (label if not number else " " * _KEY_COLUMNS, "arrow"), (line, ""))
        for number, line in enumerate(body)
    ]
