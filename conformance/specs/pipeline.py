"""A snapshot and the overlays -> the corrected description, and the list of all corrections.

The order is fixed: rules of form, overlays on the published documents, merging under canonical
names, then overlays on the merged document (corrections, what the wire adds, what prose adds).
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import SpecError
from conformance.specs import yamlio
from conformance.specs.canonical import Part, merge, origins
from conformance.specs.dialect import Applied, normalise
from conformance.specs.overlay import Action, Overlay, apply, load_overlay
from conformance.specs.snapshot import Snapshot, load_snapshot

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Change", "Corrected", "correct"]

# Bounds from prose also hold for what the wire adds, so prose comes last.
_LAYER_ORDER = ("correction", "wire", "prose")


@dataclass(frozen=True, slots=True)
class Change:
    """One action of an overlay and the places it touched."""

    overlay: Overlay
    number: int
    action: Action
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """The corrected description of one snapshot, and how it came about."""

    snapshot: Snapshot
    document: dict[str, Any]
    rules: tuple[Applied, ...]
    changes: tuple[Change, ...]


def correct(
    root: Path,
    name: str,
    *,
    stages: tuple[str, ...] = (),
    missed: list[SpecError] | None = None,
) -> Corrected:
    """The snapshot `name` under `root`, corrected, and then changed by the overlays of `stages`.

    Raises SpecError when the snapshot or an overlay cannot be used; with a list in `missed`, actions
    that do not fit the snapshot are left out and told there.
    """
    snapshot = load_snapshot(root, name)
    documents = copy.deepcopy(snapshot.documents)
    addresses = {key: origins(document) for key, document in documents.items()}
    rules = [one for key, document in documents.items() for one in normalise(key, document)]
    changes: list[Change] = []
    overlays = sorted(
        (load_overlay(path) for path in (root / "overlays").glob("*.yaml")),
        key=lambda one: (_LAYER_ORDER.index(one.layer), one.file),
    )

    def run(stage: str, targets: dict[str, dict[str, Any]]) -> None:
        for overlay in overlays:
            if overlay.stage == stage and snapshot.dialect in (
                overlay.dialects or (snapshot.dialect,)
            ):
                touched = apply(overlay, targets, missed)
                for number, (action, places) in enumerate(
                    zip(overlay.actions, touched, strict=True), 1
                ):
                    changes.append(Change(overlay, number, action, places))

    run("published", documents)
    names = yamlio.load_file(root / "names.yaml")
    if not isinstance(names, dict):
        raise SpecError("the file maps no names to places", where="specs/names.yaml")
    parts = [
        Part(key, snapshot.files[key], snapshot.documents[key], document, addresses[key])
        for key, document in documents.items()
    ]
    # Through JSON, so that no two definitions share a list: an overlay changes what it aims at only.
    merged: dict[str, Any] = json.loads(json.dumps(merge(parts, names)))
    run("merged", {"merged": merged})
    for stage in stages:
        run(stage, {"merged": merged})
    return Corrected(snapshot, merged, tuple(rules), tuple(changes))
