"""An OpenAPI Overlay document (1.0 or 1.1) and a description -> the description changed by it.

Each action needs a reason (`x-because`) and evidence (`x-evidence`), and may name the clause it
enforces (`x-clause`). An action whose target matches nothing is an error: the correction would be
lost without a word when a new snapshot names its parts differently.

What kind of statement an overlay adds stands in its `x-layer`, and decides how a changed schema is
marked, so that a rule can tell the description from what was added to it:

    correction   nothing is marked
    prose        `x-clauses` beside each keyword set: `{"minimum": "CR-01", "required:id": "ST-01"}`
    wire         `x-observed: D2` in each property added
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import SpecError
from conformance.specs import yamlio
from conformance.specs.walk import SCHEMA_MAPS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Action", "Overlay", "apply", "load_overlay"]

_VERSIONS = ("1.0.", "1.1.")
_LAYERS = ("correction", "prose", "wire")
_STAGES = ("published", "merged", "export", "frames")
_KEYS = frozenset({"target", "description", "update", "remove", "copy"})


@dataclass(frozen=True, slots=True)
class Action:
    """One change: where (a JSONPath, RFC 9535), what, why, and what shows that it is right."""

    target: str
    update: Any
    copy: str | None
    remove: bool
    because: str
    evidence: str
    clause: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay document.

    `stage` says what it changes: the documents under their published names, the merged document,
    or only the exported one (`frames` only where its events are described as frames). `dialects`
    restricts it to snapshots in these dialects.
    """

    file: str
    title: str
    layer: str
    stage: str
    dialects: tuple[str, ...]
    actions: tuple[Action, ...]


def load_overlay(path: Path) -> Overlay:
    """Read an overlay. Raises SpecError naming the file and the action that cannot be used."""
    data = yamlio.load_file(path)
    where = f"specs/overlays/{path.name}"
    if not isinstance(data, dict) or not str(data.get("overlay", "")).startswith(_VERSIONS):
        raise _unusable("the file is no overlay of version 1.0 or 1.1", where)
    info, listed = data.get("info"), data.get("actions")
    if not isinstance(info, dict) or not isinstance(listed, list) or not listed:
        raise _unusable("an overlay needs `info` and at least one action", where)
    layer, stage = data.get("x-layer"), data.get("x-stage", "merged")
    if layer not in _LAYERS or stage not in _STAGES:
        raise _unusable(f"`x-layer` is `{layer}` and `x-stage` is `{stage}`", where)
    return Overlay(
        file=path.name,
        title=str(info.get("title", "")),
        layer=layer,
        stage=stage,
        dialects=tuple(data.get("x-dialects", ())),
        actions=tuple(
            _action(one, f"{where} action {number}") for number, one in enumerate(listed, 1)
        ),
    )


def _action(data: Any, where: str) -> Action:
    if not isinstance(data, dict) or not isinstance(data.get("target"), str):
        raise _unusable("an action needs a `target`", where)
    unknown = [key for key in data if key not in _KEYS and not str(key).startswith("x-")]
    if unknown:
        raise _unusable(f"`{unknown[0]}` is no member of an action", where)
    if not ({"update", "remove", "copy"} & set(data)):
        raise _unusable("an action needs `update`, `copy` or `remove`", where)
    for key in ("x-because", "x-evidence"):
        if not isinstance(data.get(key), str):
            raise _unusable(f"an action needs `{key}`", where)
    return Action(
        target=data["target"],
        update=data.get("update"),
        copy=data.get("copy"),
        remove=data.get("remove") is True,
        because=" ".join(data["x-because"].split()),
        evidence=" ".join(data["x-evidence"].split()),
        clause=str(data.get("x-clause", "")),
    )


def _unusable(what: str, where: str) -> SpecError:
    return SpecError(what, where=where, hint="see specs/README.md for the form")


def apply(
    overlay: Overlay, documents: dict[str, dict[str, Any]], missed: list[SpecError] | None = None
) -> list[tuple[str, ...]]:
    """Change the documents in place; for each action the places it touched.

    `documents` are named; a place is the name and the normalised path of the node. Raises SpecError
    when a target is no JSONPath or matches nothing in any document; with a list in `missed` such an
    action is left out, and the error goes there.
    """
    touched = []
    for number, action in enumerate(overlay.actions, 1):
        try:
            touched.append(_carry_out(overlay.layer, action, documents))
        except _Unusable as error:
            fault = SpecError(
                str(error),
                where=f"specs/overlays/{overlay.file} action {number}",
                hint="the description may have changed; correct the action or drop it",
            )
            if missed is None:
                raise fault from None
            missed.append(fault)
            touched.append(())
    return touched


def _carry_out(layer: str, action: Action, documents: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    places: list[str] = []
    for name, document in documents.items():
        nodes = _select(action.target, document)
        added = _addition(action, document) if nodes else None
        # Later nodes first: removing from a list must not shift what is still to go.
        for node in reversed(nodes):
            _change(layer, action, node, added, document)
        places += [f"{name} {node.path()}" for node in nodes]
    if not places:
        raise _Unusable(f"the target `{action.target}` matches nothing")
    return tuple(places)


class _Unusable(Exception):
    """Why an action cannot be carried out; `apply` adds where it stands."""


def _select(path: str, document: dict[str, Any]) -> list[Any]:
    import jsonpath_rfc9535

    try:
        return list(jsonpath_rfc9535.find(path, document))
    except jsonpath_rfc9535.JSONPathError as error:
        reason = str(error).splitlines()[0]
        raise _Unusable(f"the target `{path}` is no JSONPath: {reason}") from None


def _addition(action: Action, document: dict[str, Any]) -> Any:
    if action.copy is None:
        return action.update
    nodes = _select(action.copy, document)
    if len(nodes) != 1:
        raise _Unusable(f"`copy: {action.copy}` selects {len(nodes)} nodes instead of one")
    return copy.deepcopy(nodes[0].value)


def _change(layer: str, action: Action, node: Any, added: Any, document: dict[str, Any]) -> None:
    if action.remove:
        if not node.location:
            raise _Unusable("an overlay cannot remove the whole document")
        parent: Any = document
        for key in node.location[:-1]:
            parent = parent[key]
        del parent[node.location[-1]]
        return
    value = node.value
    if isinstance(value, list):
        value.append(copy.deepcopy(added))
        return
    if not isinstance(value, dict) or not isinstance(added, dict):
        raise _Unusable(
            f"the target `{action.target}` is neither an object nor a list that can be updated"
        )
    if layer != "correction":
        _mark(layer, action.clause, value, added)
    _merge(value, added)


def _merge(target: dict[str, Any], added: dict[str, Any]) -> None:
    """Merge as the Overlay Specification says: objects merge, lists concatenate, others replace.

    Except that an item which a list has already is not added again: the lists of a schema are sets.
    """
    for key, value in added.items():
        known = target.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            known.extend(copy.deepcopy(one) for one in value if one not in known)
        else:
            target[key] = copy.deepcopy(value)


def _mark(layer: str, clause: str, target: dict[str, Any], added: dict[str, Any]) -> None:
    """Note in the target schema, and in the schemas below it, which clause each change is from."""
    for key in SCHEMA_MAPS:
        for name, one in added.get(key, {}).items():
            known = target.get(key, {}).get(name)
            if known is not None:
                _mark(layer, clause, known, one)
            elif layer == "wire":
                one["x-observed"] = clause
    if isinstance(target.get("items"), dict) and "items" in added:
        _mark(layer, clause, target["items"], added["items"])
    if layer == "prose":
        clauses = _keywords(target, added)
        if clauses:
            target.setdefault("x-clauses", {}).update(dict.fromkeys(clauses, clause))


def _keywords(target: dict[str, Any], added: dict[str, Any]) -> list[str]:
    """The keywords that an addition brings, in the form of `x-clauses`."""
    found: list[str] = []
    for key, value in added.items():
        if key in SCHEMA_MAPS or key == "items" or key.startswith("x-"):
            continue
        if key == "required":
            found += [f"required:{name}" for name in value if name not in target.get(key, [])]
        elif key not in target:
            found.append(key)
        elif target[key] != value:
            raise _Unusable(f"the description itself says `{key}: {target[key]}`, not `{value}`")
    return found
