"""Two resolved schemas -> the changes between them, each at its location.

The walk goes down both sides at once and ends where it has been: a pair of nodes that is being
compared further up, or that was found equal, is not entered again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.diff.change import Change, Location, Note
from conformance.diff.digest import digest_of
from conformance.diff.document import Place
from conformance.diff.limits import bound_moves, enum_moves, same_value
from conformance.diff.shape import ABSENT, Node, expand
from conformance.diff.unions import Pair, pair
from conformance.errors import SpecError

if TYPE_CHECKING:
    from conformance.diff.document import Side
    from conformance.diff.shape import Alternative, Shape
    from conformance.diff.unions import Paired

__all__ = ["Walk"]

# The whole API, compared with itself, takes some 3,000.
_MOST = 100_000

_NUMERIC = ("integer", "number")


class Walk:
    """Compares pairs of nodes; `changes` and `notes` are what it found.

    `prose` counts the descriptions that differ, `stated` the defaults that only the new side states,
    and that may have held before.
    """

    def __init__(self, old: Side, new: Side) -> None:
        self.sides = (old, new)
        self.changes: list[Change] = []
        self.notes: list[Note] = []
        self.prose = 0
        self.stated = 0
        self._open: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
        self._equal: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
        # Whether an equality was taken for granted because it is being looked into further up.
        self._assumed = False
        self._steps = 0

    def nodes(self, old: Node, new: Node, at: Location, family: str = "") -> None:
        """Compare two nodes at a location; `family` names the objects they are members of."""
        key = (old.key, new.key)
        if key in self._equal:
            return
        if key in self._open:
            self._assumed = True
            return
        self._steps += 1
        if self._steps > _MOST:
            raise SpecError(
                "the definitions refer to each other in too many ways to be compared",
                where=old.document.file,
                hint="the file may be damaged",
            )
        before, assumed = len(self.changes), self._assumed
        self._assumed = False
        self._open.add(key)
        first, second = expand(old), expand(new)
        files = (old.document.file, new.document.file)
        self._shapes(first, second, at, family, files)
        self._open.discard(key)
        if len(self.changes) == before and not self._assumed:
            self._equal.add(key)
        self._assumed |= assumed

    def found(
        self,
        kind: str,
        at: Location,
        places: tuple[Place, Place],
        old: Any = None,
        new: Any = None,
        *,
        family: str = "",
        required: bool = False,
        node: Node | None = None,
    ) -> None:
        """Note a change."""
        self.changes.append(
            Change(kind, at, old, new, *places, family=family, required=required, node=node)
        )

    # -- shapes --------------------------------------------------------------------------------

    def _shapes(
        self, old: Shape, new: Shape, at: Location, family: str, files: tuple[str, str]
    ) -> None:
        if old.unknown or new.unknown:
            return
        self._annotations(old, new, at, family, files)
        places = (Place(files[0], old.line), Place(files[1], new.line))
        if not old.alternatives or not new.alternatives:
            if old.alternatives or new.alternatives:
                kind = "type-widened" if old.alternatives else "type-narrowed"
                self.found(kind, at, places, _types(old), _types(new), family=family)
            return
        paired = pair(old, new)
        event = at.direction == "event" and not at.path and at.root == "event"
        self._unpaired(paired, at, family, files, places, event=event)
        for one in paired.pairs:
            inside = at
            if one.name:
                inside = (
                    at._replace(root=f"event<{one.name}>") if event else at.inside(f"<{one.name}>")
                )
            self._alternatives(one, inside, family, files)

    def _unpaired(
        self,
        paired: Paired,
        at: Location,
        family: str,
        files: tuple[str, str],
        places: tuple[Place, Place],
        *,
        event: bool,
    ) -> None:
        gone, new = dict(paired.gone), dict(paired.new)
        self._numbers(gone, new, paired)
        word = "event" if event else "member"
        for name, one in list(gone.items()):
            shape = digest_of(one, without=(paired.told_by,))
            other = next(
                (n for n, o in new.items() if one.json == o.json == "object" and paired.told_by
                 and digest_of(o, without=(paired.told_by,)) == shape), None,
            )  # fmt: skip
            if other is not None:
                where = (Place(files[0], one.line), Place(files[1], new[other].line))
                inside = at._replace(root=f"event<{other}>") if event else at.inside(f"<{other}>")
                self.found(f"{word}-renamed", inside, where, name, other, family=family)
                del gone[name], new[other]
        if paired.vague:
            return
        lone = len(gone) == len(new) == 1 and paired.told_by is None
        if gone and new and (lone or not paired.pairs):
            types = (list(gone), list(new))
            self.found("type-changed", at, places, *types, family=family)
            return
        for kind, found in (("removed", gone), ("added", new)):
            for name, one in found.items():
                side = 0 if kind == "removed" else 1
                mine = Place(files[side], one.line or places[side].line)
                where = (mine, places[1]) if side == 0 else (places[0], mine)
                inside = at
                if one.json in ("object", "array", "unknown"):
                    inside = at._replace(root=f"event<{name}>") if event else at.inside(f"<{name}>")
                values = (name, None) if side == 0 else (None, name)
                self.found(f"{word}-{kind}", inside, where, *values, family=family)

    def _numbers(
        self, gone: dict[str, Alternative], new: dict[str, Alternative], paired: Paired
    ) -> None:
        """Pair an integer with a number: one is the narrower form of the other."""
        for first, second in (_NUMERIC, _NUMERIC[::-1]):
            if first in gone and second in new:
                paired.pairs.append(Pair("", gone.pop(first), new.pop(second)))

    def _annotations(
        self, old: Shape, new: Shape, at: Location, family: str, files: tuple[str, str]
    ) -> None:
        if old.prose != new.prose:
            self.prose += 1
        if old.deprecated != new.deprecated:
            word = "is deprecated now" if new.deprecated else "is no longer deprecated"
            self.notes.append(Note("deprecated", f"`{at}` {word}", Place(files[1], new.line)))
        if old.default is ABSENT and new.default is ABSENT:
            return
        place = Place(files[1], new.lines.get("default") or new.line)
        if old.default is ABSENT or new.default is ABSENT:
            side = self.sides[1 if new.default is ABSENT else 0]
            if not side.bounded:
                self.stated += old.default is ABSENT
            else:
                word = "stated" if old.default is ABSENT else "no longer stated"
                value = new.default if old.default is ABSENT else old.default
                self.notes.append(
                    Note("default", f"`{at}` has the default `{value}` {word}", place)
                )
        elif not same_value(old.default, new.default):
            was = Place(files[0], old.lines.get("default") or old.line)
            if at.direction == "request":
                values = (old.default, new.default)
                self.found("default-changed", at, (was, place), *values, family=family)

    # -- alternatives --------------------------------------------------------------------------

    def _alternatives(self, one: Pair, at: Location, family: str, files: tuple[str, str]) -> None:
        old, new = one.old, one.new
        if old.unknown or new.unknown:
            return

        def places(key: Any) -> tuple[Place, Place]:
            return Place(files[0], old.at(key)), Place(files[1], new.at(key))

        if old.json != new.json:
            kind = "type-narrowed" if new.json == "integer" else "type-widened"
            self.found(kind, at, places("type"), [old.json], [new.json], family=family)
        self._enum(old, new, at, family, places("enum"))
        known = tuple(side.bounded for side in self.sides)
        moves = bound_moves(old.bounds, new.bounds, old_known=known[0], new_known=known[1])
        for key, way, before, after in moves:
            values = ({key: before}, {key: after})
            self.found(f"bound-{way}", at, places(key), *values, family=f"{family} {key}")
        if old.json == "array":
            self._children(old.items, new.items, at.inside("[]"), family)
        elif old.json == "object":
            self._objects(one, at, files)
            if old.extra is not None or new.extra is not None:
                self._children(old.extra, new.extra, at.inside(".*"), family)

    def _children(
        self,
        old: Node | None,
        new: Node | None,
        at: Location,
        family: str,
    ) -> None:
        """Compare what stands under a keyword that may be missing, which allows anything."""
        if old is None and new is None:
            return
        document = (old or new).document  # type: ignore[union-attr]
        anything = Node(document, (True,))
        if old is not None and new is not None:
            self.nodes(old, new, at, family)
            return
        files = self._file(old, 0), self._file(new, 1)
        self._shapes(expand(old or anything), expand(new or anything), at, family, files)

    def _file(self, node: Node | None, side: int) -> str:
        """The file of a node; where there is none, that of its side."""
        return node.document.file if node else self.sides[side].documents[0].file

    def _enum(
        self,
        old: Alternative,
        new: Alternative,
        at: Location,
        family: str,
        places: tuple[Place, Place],
    ) -> None:
        if old.enum is None and new.enum is None:
            return
        if old.enum is None or new.enum is None:
            kind = "enum-closed" if old.enum is None else "enum-opened"
            values = (list(old.enum or ()) or None, list(new.enum or ()) or None)
            self.found(kind, at, places, *values, family=family)
            return
        respelled, gone, fresh = enum_moves(old.enum, new.enum)
        if respelled:
            befores, afters = [a for a, _ in respelled], [b for _, b in respelled]
            self.found("enum-renamed", at, places, befores, afters, family=family)
        if gone:
            self.found("enum-removed", at, places, gone, None, family=family)
        if fresh:
            self.found("enum-added", at, places, None, fresh, family=family)

    def _objects(self, one: Pair, at: Location, files: tuple[str, str]) -> None:
        old, new = one.old, one.new
        family = f"{digest_of(old)} {digest_of(new)}"
        for name, node in old.properties.items():
            inside = at.inside(f".{name}")
            places = (
                Place(files[0], old.at(("property", name))),
                Place(files[1], new.at(("property", name))),
            )
            if name == one.told_by and (name in new.properties or _is_named(new)):
                continue
            must = name in old.required
            if name not in new.properties:
                self.found(
                    "property-removed", inside, places, name, None,
                    family=family, required=must, node=node,
                )  # fmt: skip
                continue
            if (
                inside.operation == "chat-stream"
                and f"{inside.root}{inside.path}" == "request.stream"
            ):
                if _is_switch(node) and _is_switch(new.properties[name]):
                    continue
            elif must != (name in new.required):
                kind = "property-optional" if must else "property-required"
                where = (
                    Place(files[0], old.at(("required" if must else "property", name))),
                    Place(files[1], new.at(("property" if must else "required", name))),
                )
                self.found(kind, inside, where, must, not must, family=family)
            self.nodes(node, new.properties[name], inside, family)
        for name, node in new.properties.items():
            if name in old.properties or (name == one.told_by and _is_named(old)):
                continue
            places = (Place(files[0], old.line), Place(files[1], new.at(("property", name))))
            self.found(
                "property-added", at.inside(f".{name}"), places, None, name,
                family=family, required=name in new.required, node=node,
            )  # fmt: skip


def _is_named(one: Alternative) -> bool:
    """Whether a union names an alternative, so that the property which says it may go unsaid."""
    return bool(one.mapped or one.label)


def _is_switch(node: Node) -> bool:
    """Whether a node is the switch between the forms of an answer, as any dialect writes it."""
    alternatives = expand(node).alternatives
    return len(alternatives) == 1 and alternatives[0].json == "boolean"


def _types(shape: Shape) -> list[str] | None:
    return [one.json for one in shape.alternatives] or None
