"""What was broken on purpose: the label that every broken example carries."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["TOLERATED", "Fault"]

TOLERATED = "tolerated"


class Fault(NamedTuple):
    """The one thing that is wrong.

    `kind` names what was done, `pointer` is a JSON Pointer into the body (of the event in a stream)
    or empty, `code` the rule that is broken and `why` a sentence about it. `expected` are the
    statuses that a server should answer with; none are expected where the kind is ``tolerated``
    (the live API is known to take it, or official sources disagree), and none are of use for faults
    of a server. `also` are further rules that the same fault cannot but break: an event that
    belongs to a block which belongs to a message, say, where neither was begun.
    """

    kind: str
    pointer: str
    code: str
    why: str
    expected: tuple[int, ...] = ()
    also: tuple[str, ...] = ()

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))

    @property
    def tolerated(self) -> bool:
        """The live API is known to take it, so that nothing but information comes of it."""
        return self.kind == TOLERATED

    @property
    def codes(self) -> frozenset[str]:
        """All rules that the fault breaks."""
        return frozenset({self.code, *self.also})
