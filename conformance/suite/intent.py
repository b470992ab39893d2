"""What a request is meant to be → which findings about its answer count, and how much.

A broken request that is served gets an answer to a question that nobody understood, so that only
its status says anything.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.violation import Violation

__all__ = ["Intent", "meant"]

_SERVED = "HTTP-009"
_UNDOCUMENTED = "HTTP-003"


class Intent(str, Enum):
    """What a request is meant to be.

    SOUND: a fault in it is ours. FORBIDDEN: the schema or a standard forbids it, so serving it is
    an error. UNWANTED: prose or the manner of the live API forbids it, so serving it is a warning.
    ODD: whether it is served or refused, and by which 4xx, is the server's choice.
    """

    SOUND = "sound"
    FORBIDDEN = "forbidden"
    UNWANTED = "unwanted"
    ODD = "odd"


def meant(violations: Iterable[Violation], intent: Intent) -> tuple[Violation, ...]:
    """The violations that count for a request of this intent, at the level that they have then."""
    if intent is Intent.SOUND:
        return tuple(violations)
    found = []
    for violation in violations:
        if violation.party is Party.SERVER:
            if not violation.code.startswith("HTTP-"):
                continue
            if intent is Intent.ODD and violation.code in (_SERVED, _UNDOCUMENTED):
                continue
            if intent is Intent.FORBIDDEN and violation.code == _SERVED:
                found.append(replace(violation, level=Level.ERROR))
                continue
        found.append(violation)
    return tuple(found)
