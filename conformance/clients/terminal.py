"""Results of one client → lines for a terminal: one group for each clause, then one sentence."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from conformance.clients.clauses import CLAUSES
from conformance.report.cells import safe, wrap
from conformance.verdict import EXIT_OK, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.clients.marks import Result
    from conformance.clients.score import Score
    from conformance.report.page import Line

__all__ = ["closing_lines", "finding_lines"]

# Cases that are named for one clause and channel; `verbose` names all.
_MOST = 5
# A place in a group: the headline of a case, its name, and the evidence.
_Place = tuple[str, str, tuple[tuple[str, str], ...]]


def finding_lines(results: Sequence[Result], width: int, *, verbose: bool) -> list[Line]:
    """What was found, by clause and channel, errors first; information only when `verbose`."""
    groups: dict[tuple[int, str, str, str], list[_Place]] = defaultdict(list)
    for result in results:
        name = result.case.name
        for finding in result.findings:
            key = (-finding.level.rank, finding.code, finding.name, finding.channel)
            groups[key].append((finding.message, name, finding.evidence))
        for violation in result.violations:
            key = (-violation.level.rank, violation.code, violation.name, "")
            groups[key].append((violation.message, name, ()))
    lines: list[Line] = []
    for (rank, code, name, channel), places in sorted(groups.items()):
        level = next(level for level in Level if level.rank == -rank)
        if level is not Level.INFO or verbose:
            lines += _group(f"{code} {name}", level, channel, places, width, verbose=verbose)
    return lines


def _group(
    title: str, level: Level, channel: str, places: list[_Place], width: int, *, verbose: bool
) -> list[Line]:
    count = f"{len(places)} case{'s' * (len(places) != 1)}"
    where = f" · {channel}" if channel else ""
    lines: list[Line] = [((title, level.value), (f"{where} · {level.value} · {count}", ""))]
    shown = places if verbose else places[:_MOST]
    names = max(len(name) for _, name, _ in shown)
    for message, name, evidence in shown:
        lines += _hanging(f"  {name:<{names}}  ", safe(message), width)
        if verbose:
            for label, text in evidence:
                lines += _hanging(f"      {label}: ", safe(text), width)
    if len(places) > len(shown):
        lines.append(((f"  and {len(places) - len(shown)} more, which -v shows", "dim"),))
    clause = CLAUSES.get(title.split(maxsplit=1)[0])
    if clause is not None:
        lines += _hanging("  = help: ", clause.help, width)
    return [*lines, ()]


def _hanging(head: str, text: str, width: int) -> list[Line]:
    """A head and a text, whose further lines stand under its first."""
    first, *rest = wrap(text, max(24, width - len(head))) or [""]
    return [((head, "strong"), (first, "")), *(((" " * len(head) + line, ""),) for line in rest)]


def closing_lines(title: str, score: Score, seconds: float) -> list[Line]:
    """What came of one client, in one sentence that can be quoted."""
    judged = len(score.good) + len(score.bad) + len(score.known)
    cases = f"{judged} case{'s' * (judged != 1)} judged"
    parts = [f"{title}: {cases}, {len(score.good)} good", f"{len(score.bad)} not"]
    for some, said in (
        (score.known, "known to fail"),
        (score.unsupported, "unsupported"),
        (score.trouble, "not judged"),
    ):
        if some:
            parts.append(f"{len(some)} {said}")
    lines: list[Line] = [((", ".join(parts), "good" if score.exit_code == EXIT_OK else "error"),)]
    notes = [f"{seconds:.0f} s"]
    if score.unsurfaced:
        notes.append(f"it does not surface what {len(score.unsurfaced)} of them are about")
    if score.retried:
        notes.append(f"it asked again in {score.retried}")
    for known in score.stale:
        text = f"a known failure passes: line {known.line}, `{known.code} {known.glob}`"
        lines.append(((safe(text), "error"),))
    return [*lines, (("; ".join(notes), "dim"),)]
