"""Results of one client → lines for a terminal: each defect once, the worst first, then one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.clients.defects import command_of, defects_of
from conformance.clients.evidence import LABEL, evidence_lines
from conformance.clients.explain import help_of, told
from conformance.clients.records import case_record, tried
from conformance.report.cells import safe, wrap
from conformance.verdict import EXIT_OK, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.clients.defects import Defect
    from conformance.clients.marks import Result
    from conformance.clients.score import Score
    from conformance.report.page import Line

__all__ = ["closing_lines", "finding_lines"]

# Cases that are named for one defect; `verbose` names all.
_MOST = 3
# Where there are more defects than this, only the worst are told at length, and each of the others in a
# line; `verbose` tells all at length.
_MANY, _WORST = 8, 5
_OWN = "adapter"


def finding_lines(
    results: Sequence[Result],
    width: int,
    *,
    name: str,
    adapter: str = "",
    surfaces: Iterable[str] = (),
    seed: int,
    verbose: bool,
) -> list[Line]:
    """The worst defects at length, with what repeats them, and each of the others in a line.

    With `verbose` all are told at length, with their bytes and all their cases, and information too.

    `name` is that of a client of ours; a user's own has the command `adapter` instead.
    """
    client = _OWN if adapter else name
    records = {one.case.name: tried(client, one) for one in results}
    cases = {one.case.name: case_record(one.case) for one in results}
    defects = defects_of(
        records.values(),
        cases,
        {client: tuple(surfaces)},
        least=Level.INFO if verbose else Level.WARNING,
    )
    again = command_of(name, adapter)
    lines: list[Line] = []
    explained: set[str] = set()
    count = len(defects) if verbose or len(defects) <= _MANY else _WORST
    for defect in defects[:count]:
        lines += _block(defect, width, verbose=verbose)
        if defect.code not in explained and help_of(defect.code):
            lines += _labelled("help", help_of(defect.code), width)
        explained.add(defect.code)
        first = defect.places[0].case
        if verbose:
            lines += evidence_lines(defect, cases[first], records[first], width)
        # A command is copied: it stays on one line.
        lines += [((f"  = {'repeat:':<{LABEL}}{safe(again)} --case {first} --seed {seed} -v", ""),)]
        lines.append(())
    return lines + _listed(defects[count:], again, seed)


def _listed(defects: Sequence[Defect], again: str, seed: int) -> list[Line]:
    """Defects in a line each, with the smallest case."""
    if not defects:
        return []
    command = f"{safe(again)} --seed {seed} -v --case CASE"
    lines: list[Line] = [
        (
            (
                f"and {len(defects)} more, each with the number of its cases and the smallest",
                "strong",
            ),
        ),
        ((f"  = repeat:  {command}", ""),),
        (),
    ]
    levels, names = (max(map(len, texts)) for texts in zip(*map(_names, defects), strict=True))
    for defect in defects:
        level, name = _names(defect)
        head = f"  {len(defect.places):>3} {level:<{levels}}  "
        rest = f"{name[len(defect.code) :]:<{names - len(defect.code)}}  {defect.places[0].case}"
        lines.append(((head, ""), (defect.code, defect.level.value), (rest, "")))
    return [*lines, ()]


def _names(defect: Defect) -> tuple[str, str]:
    return defect.level.value, f"{defect.code} {defect.name}"


def _block(defect: Defect, width: int, *, verbose: bool) -> list[Line]:
    count = len(defect.places)
    level = defect.level.value
    said = f" · {level} · {count} case{'s' * (count != 1)}"
    lines: list[Line] = [((f"{defect.code} {defect.name}", level), (said, ""))]
    lines += [((f"  {line}", ""),) for line in wrap(safe(defect.message), width - 2)]
    lines += _labelled("when", told(defect), width)
    if count > 1:
        names = [place.case for place in defect.places]
        shown = names if verbose else names[:_MOST]
        left = count - len(shown)
        lines += _labelled("cases", ", ".join(shown) + (f" and {left} more" * (left > 0)), width)
    return lines


def _labelled(label: str, text: str, width: int) -> list[Line]:
    """A text behind its label, whose further lines stand under its first."""
    head = f"  = {label + ':':<{LABEL}}"
    first, *rest = wrap(safe(text), max(24, width - len(head)))
    return [((head + first, ""),), *(((" " * len(head) + line, ""),) for line in rest)]


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
