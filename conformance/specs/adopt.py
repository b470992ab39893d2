"""A compiled trial of a snapshot -> the current snapshot and its compiled files, all or nothing.

Everything is written beside its place first and then put there by renaming, so that whoever reads
meanwhile, or an interruption, meets the old state or the new one.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.errors import SpecError, UsageError
from conformance.specs.compile import THINGS
from conformance.specs.snapshot import set_current
from conformance.specs.walk import schema_tree

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.specs.trial import Trial

__all__ = ["Moved", "demand_fit", "install", "moved"]


class Moved(NamedTuple):
    """What of a compiled thing comes from elsewhere than before.

    `parts` are the definitions that stand at another place of the description, of `total`. `clauses`
    maps a clause to the places where it alone says something now, or no longer does.
    """

    thing: str
    parts: int
    total: int
    clauses: dict[str, tuple[str, ...]]


def demand_fit(trial: Trial) -> None:
    """Raise SpecError that names every action of our overlays that does not fit the snapshot."""
    if not trial.missed:
        return
    listed = "; ".join(f"{one.where}: {one.what}" for one in trial.missed)
    count = len(trial.missed)
    raise SpecError(
        f"{count} action{'' if count == 1 else 's'} of the overlays no longer fit",
        where=listed,
        hint="correct each action, or drop it if the description says it itself by now",
    )


def install(trial: Trial, root: Path) -> None:
    """Make the snapshot on trial the current one under `root`, with its compiled files.

    Raises UsageError when the folder cannot be written; it is then as it was.
    """
    compiled, fresh, stale = root / "compiled", root / ".compiled-new", root / ".compiled-old"
    try:
        for left in (fresh, stale):
            shutil.rmtree(left, ignore_errors=True)
        shutil.copytree(trial.root / "compiled", fresh)
        if compiled.exists():
            compiled.replace(stale)
        try:
            fresh.replace(compiled)
            _set_current(root, trial.name)
        except BaseException:
            if stale.exists():
                shutil.rmtree(compiled, ignore_errors=True)
                stale.replace(compiled)
            raise
    except OSError as error:
        raise UsageError(
            f"the snapshot cannot be made current: {error.strerror or error}",
            where=str(root),
            hint="`--specs DIR` names a folder of yours",
        ) from None
    finally:
        for left in (fresh, stale):
            shutil.rmtree(left, ignore_errors=True)


def _set_current(root: Path, name: str) -> None:
    beside = root / ".current-new"
    beside.mkdir(exist_ok=True)
    try:
        set_current(beside, name)
        os.replace(beside / "current", root / "current")  # noqa: PTH105 - says what is meant
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def moved(old: Path, new: Path) -> list[Moved]:
    """What of each compiled thing comes from elsewhere in `new` than in `old`."""
    found = []
    for thing in THINGS:
        before, after = (_origins(folder / f"{thing}.json") for folder in (old, new))
        places = {name for name in before[0] if before[0][name] != after[0].get(name)}
        clauses = {
            clause: tuple(sorted(before[1].get(clause, set()) ^ after[1].get(clause, set())))
            for clause in sorted({*before[1], *after[1]})
            if before[1].get(clause) != after[1].get(clause)
        }
        if places or clauses:
            found.append(Moved(thing, len(places), len(before[0]), clauses))
    return found


def _origins(file: Path) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Place in a compiled schema -> place in the description; clause -> places that it governs."""
    try:
        schema: dict[str, Any] = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}, {}
    pointers: dict[str, str] = {}
    clauses: dict[str, set[str]] = {}
    for at, one in schema_tree(schema, ""):
        if "x-pointer" in one:
            pointers[at] = str(one["x-pointer"]).partition("#")[2]
        for key, clause in one.get("x-clauses", {}).items():
            clauses.setdefault(clause, set()).add(f"{at} {key}".strip())
        if "x-observed" in one:
            clauses.setdefault(one["x-observed"], set()).add(at)
    return pointers, clauses
