"""What was corrected in a snapshot -> a list of errata, as data and as text for a terminal.

A reader must be able to disagree with each correction: it has an id, what was wrong, what shows
that, and every place it touched.
"""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from conformance.specs.pipeline import correct
from conformance.specs.snapshot import current

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.specs.pipeline import Corrected

__all__ = ["Erratum", "as_data", "as_text", "errata"]

_WIDTH = 88
_GROUPS = {
    "form": "Corrected by rule: the published form is wrong",
    "notation": "Rewritten by rule: the same meaning in a plainer form",
    "correction": "Corrected by overlay: a reader's judgement",
    "wire": "Added by overlay: sent by the live API, not described",
    "prose": "Added by overlay: stated in words only",
    "export": "Added for export only: judged by rules in code otherwise",
}


@dataclass(frozen=True, slots=True)
class Erratum:
    """One correction. `code` is a rule's code, or the overlay's file and the action's number."""

    code: str
    name: str
    group: str
    clause: str
    because: str
    evidence: str
    places: tuple[str, ...]


def errata(root: Path, name: str | None = None) -> list[Erratum]:
    """Every correction of a snapshot, by default the current one, in the order of application."""
    corrected = correct(root, name or current(root), stages=("export", "frames"))
    return [*_rules(corrected), *_changes(corrected)]


def _rules(corrected: Corrected) -> list[Erratum]:
    merged: dict[str, Erratum] = {}
    for applied in corrected.rules:
        rule = applied.rule
        places = tuple(f"{applied.endpoint} {place}" for place in applied.places)
        known = merged.get(rule.code)
        merged[rule.code] = Erratum(
            code=rule.code,
            name=rule.name,
            group="notation" if rule.notation else "form",
            clause="",
            because=rule.because,
            evidence=rule.evidence,
            places=(known.places if known else ()) + places,
        )
    return sorted(merged.values(), key=lambda one: (one.group != "form", one.code))


def _changes(corrected: Corrected) -> list[Erratum]:
    order = list(_GROUPS)
    found = [
        Erratum(
            code=f"{change.overlay.file.removesuffix('.yaml')}#{change.number}",
            name=_name(change.action.target),
            group=change.overlay.layer
            if change.overlay.stage in ("published", "merged")
            else "export",
            clause=change.action.clause,
            because=change.action.because,
            evidence=change.action.evidence,
            places=change.places,
        )
        for change in corrected.changes
    ]
    return sorted(found, key=lambda one: order.index(one.group))


def _name(target: str) -> str:
    """A JSONPath as a reader of the errata wants it: the definition, then the member."""
    short = " ".join(target.removeprefix("$.").removeprefix("components.schemas").split())
    return short.replace(".properties", "").strip(".")


def as_data(found: list[Erratum]) -> list[dict[str, Any]]:
    """The errata as plain data, one object each."""
    return [asdict(one) for one in found]


def as_text(found: list[Erratum], *, places: bool = False) -> str:
    """The errata as text at most 88 columns wide, grouped; with `places` every place is listed."""
    lines: list[str] = []
    for group, title in _GROUPS.items():
        members = [one for one in found if one.group == group]
        if not members:
            continue
        lines += [title, ""]
        for one in members:
            count = len(one.places)
            head = " ".join(part for part in (one.code, one.clause, one.name) if part)
            if len(head) > _WIDTH - 14:
                head = head[: _WIDTH - 15] + "…"
            tail = f"{count} place{'s' if count != 1 else ''}"
            lines.append(f"{head}{tail:>{_WIDTH - len(head)}}")
            for label, text in (("because", one.because), ("seen by", one.evidence)):
                lines += textwrap.wrap(
                    text,
                    _WIDTH,
                    initial_indent=f"  {label}  ",
                    subsequent_indent=" " * 11,
                    break_on_hyphens=False,
                )
            if places:
                lines += [f"    {place}" for place in one.places]
            lines.append("")
    total = sum(len(one.places) for one in found)
    lines.append(f"{len(found)} corrections in {total} places, each with its reason.")
    return "\n".join(lines) + "\n"
