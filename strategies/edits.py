"""A named fault: which valid example it needs, what it changes, and how it is labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .fault import Fault
from .features import Wishes
from .mutations import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from .source import Source

    Change = Callable[[Source, dict[str, Any]], tuple[str, str]]
    Register = Callable[[Change], Change]

__all__ = ["Edit", "Edits"]


class Edit(NamedTuple):
    """One way to break a request.

    `change` breaks a body that fits the `wishes`, in place, and returns the pointer and a sentence
    about it.
    """

    kind: str
    code: str
    wishes: Wishes
    change: Change
    expected: tuple[int, ...] = REFUSED

    def apply(self, source: Source, body: dict[str, Any]) -> Fault:
        """Break a body; the label of what was done."""
        pointer, why = self.change(source, body)
        return Fault(self.kind, pointer, self.code, why, self.expected)


class Edits:
    """A list of edits that functions register themselves in."""

    def __init__(self) -> None:
        self.all: list[Edit] = []

    def edit(
        self, kind: str, code: str, *, expected: tuple[int, ...] = REFUSED, **wishes: Any
    ) -> Register:
        """Register a function as an edit of this kind, on requests that fit the wishes."""

        def register(change: Change) -> Change:
            self.all.append(Edit(kind, code, Wishes(**wishes), change, expected))
            return change

        return register
