"""One change on the wire, before it is judged: its kind, its location, what was and what is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from conformance.diff.document import Place
    from conformance.diff.shape import Node

__all__ = ["Change", "Location", "Note"]

_FORM = re.compile(r"<[^<>]*>\Z")


class Location(NamedTuple):
    """Where a change is: operation, direction, and the path from the body's root.

    `direction` is "request", "response", "event", "error" or "protocol". `root` is how a path
    begins: the direction, with `<type>` for an event and `<status>` for an error. In a path `.x` is
    a member, `[]` the items of a list, `<x>` the alternative of a union that is told by `x`, `.*`
    any unnamed member.
    """

    operation: str
    direction: str
    root: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.operation} {self.root}{self.path}"

    def inside(self, path: str) -> Location:
        """The location of something inside."""
        return self._replace(path=self.path + path)

    @property
    def name(self) -> str:
        """The last member on the way, or its items, without the form that they have."""
        last = self.path.rpartition(".")[2]
        return _FORM.sub("", last) or self.root

    @property
    def steady(self) -> str:
        """The location without the status: what an error's body holds is one thing."""
        root = "error" if self.direction == "error" else self.root
        return f"{self.operation} {root}{self.path}"


@dataclass(slots=True)
class Change:
    """One change. `old` and `new` are JSON values, None where there is nothing to tell.

    `family` is what changes of one cause have in common beside their kind and values. `required`
    tells of a property whether it must be there. `node` is the shape that is gone, or new, for the
    search of renames.
    """

    kind: str
    at: Location
    old: Any
    new: Any
    old_place: Place
    new_place: Place
    family: str = ""
    required: bool = False
    node: Node | None = None


class Note(NamedTuple):
    """Something of the documentation that changed, or what was not compared."""

    kind: str
    says: str
    place: Place | None = None
