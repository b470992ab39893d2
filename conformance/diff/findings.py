"""Two sides -> the report of their comparison: changes judged, put into words, and given ids."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from conformance.diff.change import Change, Location, Note
from conformance.diff.compare import Walk
from conformance.diff.model import Finding, Level, Report, SideInfo
from conformance.diff.protocol import bodies, compare_protocol, sweep
from conformance.diff.renames import with_renames
from conformance.diff.verdicts import verdict_of, what, who
from conformance.errors import SpecError, UsageError
from conformance.specs.interface import ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.diff.document import Side

__all__ = ["compare"]

_ID_LENGTH = 12


def compare(old: Side, new: Side) -> Report:
    """Compare two descriptions.

    Raises SpecError when one cannot be read as a description, UsageError when they have no endpoint
    in common.
    """
    try:
        return _compared(old, new)
    except RecursionError:
        raise SpecError(
            "the definitions refer to each other too deeply",
            where=f"{old.name} or {new.name}",
            hint="a file is no OpenAPI description, or it was damaged",
        ) from None


def _compared(old: Side, new: Side) -> Report:
    sweep(old)
    sweep(new)
    changes: list[Change] = []
    notes: list[Note] = []
    common = [one for one in ENDPOINTS if one in old.operations and one in new.operations]
    if not common:
        raise UsageError(
            "the descriptions have no endpoint in common",
            where=f"{old.name} and {new.name}",
            hint=f"both must describe one of {', '.join(f'`POST {p}`' for p, _ in ENDPOINTS.values())}",
        )
    for endpoint in ENDPOINTS:
        if endpoint in common:
            found, told = _endpoint(endpoint, old, new)
            changes += found
            notes += told
        else:
            _missing(endpoint, old, new, changes, notes)
    others = len(old.others | new.others)
    if others:
        plural = "s are" if others != 1 else " is"
        notes.append(Note("scope", f"{others} other operation{plural} not compared"))
    if old.dialect != new.dialect:
        notes.insert(0, Note("dialect", f"from dialect {old.dialect} to {new.dialect}"))
    before, after = old.defects(), new.defects()
    return Report(
        _info(old),
        _info(new),
        tuple(_findings(changes)),
        tuple(one for key, one in after.items() if key not in before),
        tuple(one for key, one in before.items() if key not in after),
        tuple(dict.fromkeys(notes)),
    )


def _info(side: Side) -> SideInfo:
    files = tuple(dict.fromkeys(document.file for document in side.documents))
    return SideInfo(side.name, side.dialect, files, tuple(side.operations))


def _endpoint(endpoint: str, old: Side, new: Side) -> tuple[list[Change], list[Note]]:
    first, second = old.operations[endpoint], new.operations[endpoint]
    walk = Walk(old, new)
    compare_protocol(walk, endpoint, first, second)
    changes = list(walk.changes)
    for at, one, other in bodies(endpoint, first, second):
        before = len(walk.changes)
        walk.nodes(one, other, at)
        changes += with_renames(walk.changes[before:])
    told = [
        ("prose", walk.prose, "description differs", "descriptions differ"),
        ("default", walk.stated, "default is stated now", "defaults are stated now"),
    ]
    for kind, count, one_does, many_do in told:
        if count:
            says = f"`{endpoint}`: {count} {one_does if count == 1 else many_do}"
            walk.notes.append(Note(kind, says))
    return changes, walk.notes


def _missing(endpoint: str, old: Side, new: Side, changes: list[Change], notes: list[Note]) -> None:
    """An endpoint that one side lacks: lost by a whole description, out of view on a page."""
    side, other = (old, new) if endpoint in old.operations else (new, old)
    if endpoint not in side.operations:
        return
    if not other.whole:
        says = f"`{endpoint}` is not described by `{other.name}`, and was not compared"
        notes.append(Note("scope", says))
        return
    operation = side.operations[endpoint]
    name = f"POST {operation.path}"
    here = operation.document.place(operation.document.data["paths"], operation.path)
    there = other.documents[0].place(other.documents[0].data, "paths")
    at = Location(endpoint, "protocol", "protocol")
    if side is old:
        changes.append(Change("operation-removed", at, name, None, here, there))
    else:
        changes.append(Change("operation-added", at, None, name, there, here))


def _findings(changes: Iterable[Change]) -> list[Finding]:
    """The changes as findings, those of one cause as one, the worst first."""
    groups: dict[str, list[Change]] = {}
    for one in changes:
        groups.setdefault(_cause(one), []).append(one)
    found = [_finding(group) for group in groups.values()]
    # Not by the order of either description, which means nothing.
    return sorted(found, key=lambda one: (-one.level.rank, str(one.at), one.kind))


def _cause(one: Change) -> str:
    """What changes must share to be one finding: the same change to members of the same shape."""
    at = one.at
    direction = at.direction if one.family else str(at)
    key = [at.operation, direction, one.kind, one.old, one.new, one.family, one.required]
    if one.family:
        key.append(at.path.rpartition(".")[2] if at.path else at.root)
    else:
        key.append(str(at))
    return json.dumps(key, default=str)


def _finding(group: list[Change]) -> Finding:
    first, *others = sorted(group, key=lambda one: (one.at.path.count("."), str(one.at)))
    verdict = verdict_of(first)
    told = [first.at.steady, first.kind, first.old, first.new]
    made = hashlib.sha256(
        json.dumps(told, default=str, ensure_ascii=False).encode("utf-8", "replace")
    )
    return Finding(
        id=made.hexdigest()[:_ID_LENGTH],
        kind=first.kind,
        level=verdict.level() or Level.ADDITIVE,
        at=first.at,
        what=what(first),
        who=who(first),
        old=first.old,
        new=first.new,
        verdict=verdict,
        old_place=first.old_place,
        new_place=first.new_place,
        also=tuple(one.at for one in others),
    )
