"""Properties that are gone and properties that are new -> those that were only renamed or moved.

A property whose shape is gone here and new beside it was renamed: one change, and a breaking one,
where a removal and an addition would be two. It may also have moved into an object that is new, or
out of one that is gone.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from conformance.diff.change import Change
from conformance.diff.digest import VAGUE, digest
from conformance.diff.shape import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.diff.shape import Node

__all__ = ["with_renames"]

# A text that appears two levels away is another text, unless it is called alike.
_ALIKE = 0.6
_SCALARS = frozenset({"string", "number", "boolean"})


def with_renames(changes: Iterable[Change]) -> list[Change]:
    """The changes of one body, pairs of removal and addition replaced by renames."""
    found = list(changes)
    gone = [one for one in found if one.kind == "property-removed"]
    new = [one for one in found if one.kind == "property-added"]
    if not gone or not new:
        return found
    pairs = sorted(_pairs(gone, new), key=lambda one: one[0])
    spent: set[int] = set()
    used: dict[int, set[str]] = {}
    renames: list[tuple[Change, Change]] = []
    for _, old, fresh, old_path, new_path in pairs:
        if _taken(old, old_path, spent, used) or _taken(fresh, new_path, spent, used):
            continue
        for one, path in ((old, old_path), (fresh, new_path)):
            if path == one.at.path:
                spent.add(id(one))
            else:
                used.setdefault(id(one), set()).add(path)
        renames.append((old, _renamed(old, fresh, old_path, new_path)))
    for one in (*gone, *new):
        # An object of which every member has come from elsewhere is no change of its own.
        assert one.node is not None
        inner = dict(_inside(one.node, one.at.path))
        if id(one) in used and set(inner) <= used[id(one)]:
            spent.add(id(one))
    by_old = {id(old): rename for old, rename in renames}
    first = [by_old.get(id(one), one) for one in found if id(one) in by_old or id(one) not in spent]
    shown = {id(one) for one in first}
    return [*first, *(rename for _, rename in renames if id(rename) not in shown)]


def _taken(one: Change, path: str, spent: set[int], used: dict[int, set[str]]) -> bool:
    inner = used.get(id(one), set())
    return id(one) in spent or path in inner or (path == one.at.path and bool(inner))


def _pairs(
    gone: list[Change], new: list[Change]
) -> Iterator[tuple[tuple[float, ...], Change, Change, str, str]]:
    """Every pair that may be a rename, with its rank: the nearest and the most alike first."""
    for old in gone:
        for fresh in new:
            if old.at.root != fresh.at.root or old.node is None or fresh.node is None:
                continue
            for old_path, old_node in _with_inside(old):
                for new_path, new_node in _with_inside(fresh):
                    if old_path != old.at.path and new_path != fresh.at.path:
                        continue
                    shape = digest(old_node)
                    if shape == VAGUE or shape != digest(new_node):
                        continue
                    above, below = _parent(old_path), _parent(new_path)
                    names = old_path.rpartition(".")[2], new_path.rpartition(".")[2]
                    alike = SequenceMatcher(None, *names).ratio()
                    moved = above != below
                    if moved:
                        near = above.startswith(below) or below.startswith(above)
                        if not near or (_is_scalar(old_node) and alike < _ALIKE):
                            continue
                    yield (float(moved), -alike), old, fresh, old_path, new_path


def _with_inside(one: Change) -> list[tuple[str, Node]]:
    assert one.node is not None
    return [(one.at.path, one.node), *_inside(one.node, one.at.path)]


def _inside(node: Node, path: str) -> list[tuple[str, Node]]:
    """The properties of an object at a path."""
    alternatives = expand(node).alternatives
    if len(alternatives) != 1:
        return []
    return [(f"{path}.{name}", inner) for name, inner in alternatives[0].properties.items()]


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def _is_scalar(node: Node) -> bool:
    return all(one.json in _SCALARS or one.json == "integer" for one in expand(node).alternatives)


def _renamed(old: Change, new: Change, old_path: str, new_path: str) -> Change:
    old_names, new_names = old_path.rpartition(".")[2], new_path.rpartition(".")[2]
    moved = _parent(old_path) != _parent(new_path)
    return Change(
        "property-moved" if moved else "property-renamed",
        new.at._replace(path=new_path),
        old_path.lstrip(".") if moved else old_names,
        new_path.lstrip(".") if moved else new_names,
        old.old_place,
        new.new_place,
        family=f"{old.family} {new.family}",
        required=new.required,
        node=new.node,
    )
