"""A peculiarity of a published description -> a rule that undoes it, with reason and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Normalisation"]


@dataclass(frozen=True, slots=True)
class Normalisation:
    """One rule of correction.

    `apply` changes a document in place and yields the JSON Pointers it touched. `because` says
    what is wrong with the published form, `evidence` how one can see that it is wrong. `notation`
    is True when the rule only rewrites the same meaning in a plainer form.
    """

    code: str
    name: str
    because: str
    evidence: str
    apply: Callable[[dict[str, Any]], Iterable[str]]
    notation: bool = False
