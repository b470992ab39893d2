"""Outcomes → findings grouped by rule, and one sentence that can be quoted.

A rule's first finding is shown in full, the others in a line each, and only so many of them unless
everything is asked for; those that are alike share a line. What is not shown is not kept, so that
memory does not grow with a run.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.report.cause import cause_of, like_it
from conformance.report.cells import clip, safe, width_of
from conformance.report.text import failure, place_of
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.contract import Clause
    from conformance.report.cause import Cause
    from conformance.report.outcome import FileOutcome, Tally
    from conformance.report.page import Line, Page
    from conformance.violation import Violation

__all__ = ["Summary", "closing_sentence"]

_MOST_PLACES = 8
_MOST_REASONS = 8
_LEVELS = (
    (Level.ERROR, "error", "errors"),
    (Level.WARNING, "warning", "warnings"),
    (Level.INFO, "note", "notes"),
)
_BLANK: Line = ()


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def closing_sentence(tally: Tally, *, strict: bool = False) -> str:
    """What came of a run, in one line."""
    found = ", ".join(_counted(tally.levels[level], one, many) for level, one, many in _LEVELS)
    if tally.judged:
        parts = [f"{_counted(tally.judged, 'exchange', 'exchanges')} judged: {found}"]
    elif tally.exchanges:
        parts = ["nothing judged"]
    elif tally.files:
        parts = [f"nothing judged: no exchange in {_counted(tally.files, 'file', 'files')}"]
    else:
        parts = ["nothing judged: no recording found"]
    if tally.not_judged:
        ordered = sorted(tally.reasons.items(), key=lambda item: (-item[1], item[0]))
        shown = [f"{safe(reason)} {count}" for reason, count in ordered[:_MOST_REASONS]]
        rest = sum(count for _, count in ordered[_MOST_REASONS:])
        shown += [f"other {rest}"] if rest else []
        parts.append(f"{tally.not_judged} not judged ({', '.join(shown)})")
    if tally.unreadable:
        parts.append(f"{_counted(tally.unreadable, 'file', 'files')} could not be judged")
    if strict and tally.levels[Level.WARNING] and not tally.levels[Level.ERROR]:
        parts.append("strict, so warnings fail")
    return "; ".join(parts)


class _Group:
    """The findings of one rule at one level: the first, the further ones shown, and how many.

    `alike` counts those that are shown by the line of another, by what is common to them.
    """

    def __init__(self, first: Violation) -> None:
        self.first = first
        self.others: list[Violation] = []
        self.alike: Counter[Cause] = Counter()
        self.count = 1

    def take(self, violation: Violation, *, everything: bool) -> None:
        """Take one more finding."""
        self.count += 1
        if everything:
            self.others.append(violation)
            return
        cause = cause_of(violation)
        if cause in self.alike:
            self.alike[cause] += 1
        elif len(self.others) < _MOST_PLACES:
            self.others.append(violation)
            self.alike[cause] = 0


class Summary:
    """Collects outcomes and shows them; `verbose` shows notes, all places and what was not judged."""

    def __init__(self, *, verbose: bool = False) -> None:
        self.verbose = verbose
        self._groups: dict[tuple[Level, str], _Group] = {}
        self._skipped: list[tuple[str, str]] = []

    def add(self, outcome: FileOutcome) -> None:
        """Take one more file."""
        for one in outcome.exchanges:
            if self.verbose and not one.judged:
                file = one.file if one.line is None else f"{one.file}:{one.line}"
                place = file if one.number == 1 else f"{file}, exchange {one.number}"
                self._skipped.append((place, one.reason))
            for violation in one.violations:
                self._take(violation)

    def _take(self, violation: Violation) -> None:
        key = (violation.level, violation.code)
        group = self._groups.get(key)
        if group is None:
            self._groups[key] = _Group(violation)
            return
        group.take(violation, everything=self.verbose)

    def write(
        self,
        page: Page,
        clauses: Mapping[str, Clause],
        replay: Callable[[Violation], str | None] | None = None,
    ) -> None:
        """Show the findings: errors first, then warnings, then notes, each by rule code.

        `replay` makes the command that repeats a finding.
        """
        for level, one, many in _LEVELS:
            groups = [
                group for (rank, _), group in sorted(self._groups.items(), key=_order)
                if rank is level
            ]  # fmt: skip
            if not groups or (level is Level.INFO and not self.verbose):
                continue
            places = sum(group.count for group in groups)
            head = _counted(places, one, many)
            if len(groups) > 1:
                head += f", {len(groups)} rules broken"
            page.write([((head, level.value),), _BLANK])
            for group in groups:
                command = replay(group.first) if replay is not None else None
                page.write(failure(group.first, clauses=clauses, width=page.width, replay=command))
                page.write([*self._others(group, page), _BLANK])
        if self._skipped:
            page.write([((_counted(len(self._skipped), "exchange", "exchanges"), "strong"),
                         (" not judged", "strong"))])  # fmt: skip
            page.write([((f"  {safe(place)}: {safe(why)}", ""),) for place, why in self._skipped])
            page.write([_BLANK])

    def _others(self, group: _Group, page: Page) -> list[Line]:
        if not group.others:
            return []
        head = _counted(group.count - 1, "further place", "further places")
        lines: list[Line] = [_BLANK, ((f"  {head}", "strong"),)]
        for violation in group.others:
            more = like_it(group.alike[cause_of(violation)])
            lines += _brief(violation, more, page.width if page.terminal else None)
        left = group.count - 1 - len(group.others) - sum(group.alike.values())
        if left:
            lines.append(((f"    and {left} more, which -v shows", "dim"),))
        return lines


def _brief(violation: Violation, more: str, width: int | None) -> list[Line]:
    """One further place: a line, or two where it has to fit into a width."""
    place = f"    {place_of(violation, brief=True)}{more}:"
    message = safe(violation.message)
    if width is None or width_of(place) + 1 + width_of(message) <= width:
        return [((f"{place} {message}", ""),)]
    return [((place, ""),), ((clip(f"      {message}", width), ""),)]


def _order(item: tuple[tuple[Level, str], _Group]) -> tuple[int, str]:
    (level, code), _ = item
    return -level.rank, code
