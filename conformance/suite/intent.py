"""What a request is meant to be → which findings about its answer count, and how much.

A broken request that is served gets an answer to a question that nobody understood, so that only
its status says anything.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from conformance.rules.registry import find_rule
from conformance.verdict import Level, Party, SourceKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.violation import Violation

__all__ = ["Intent", "intent_against", "meant"]

_SERVED = "HTTP-009"
_UNDOCUMENTED = "HTTP-003"
# That a request was refused, which is no news where a refusal is expected.
_REFUSED = ("HTTP-008", "HTTP-011")
# Unknown members and odd keys: what the live API refuses, and many libraries take by default.
_MANNERS = frozenset({"CHAT-006", "RERANK-004", "HTTP-013"})
# `NaN` and infinity, which are no JSON, though many libraries read and some cannot write them.
_NO_NUMBER = frozenset({"CHAT-037", "RERANK-013"})
# JSON under another name may be read as well as refused.
_CHOICE = frozenset({"HTTP-014"})
_FORBIDDING = (SourceKind.SCHEMA, SourceKind.STANDARD)


class Intent(str, Enum):
    """What a request is meant to be.

    SOUND: a fault in it is ours. FORBIDDEN: the schema or a standard forbids it, so serving it is
    an error. UNWANTED: prose or the manner of the live API forbids it, so serving it is a warning.
    GARBLED: it is not quite JSON, or not UTF-8, which some libraries read and others stumble over,
    so that whatever comes of it is a warning at most. ODD: whether it is served or refused, and by
    which 4xx, is the server's choice.
    """

    SOUND = "sound"
    FORBIDDEN = "forbidden"
    UNWANTED = "unwanted"
    GARBLED = "garbled"
    ODD = "odd"


def intent_against(code: str, body: bytes = b"") -> Intent:
    """What a request is meant to be that was made to break this rule, and certainly does.

    `body` is that of the request: bytes that are not UTF-8 are read by the JSON libraries of some
    languages, with other characters in their place.
    """
    rule = find_rule(code)
    if rule is None or code in _CHOICE:
        return Intent.ODD
    if code in _NO_NUMBER or not _is_text(body):
        return Intent.GARBLED
    if code in _MANNERS or rule.source.kind not in _FORBIDDING:
        return Intent.UNWANTED
    return Intent.FORBIDDEN


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


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
            if (
                intent is Intent.ODD
                and violation.code in _REFUSED
                and violation.level is Level.INFO
            ):
                continue
            if intent is Intent.GARBLED and violation.level is Level.ERROR:
                found.append(replace(violation, level=Level.WARNING))
                continue
            if intent is Intent.FORBIDDEN and violation.code == _SERVED:
                found.append(replace(violation, level=Level.ERROR))
                continue
        found.append(violation)
    return tuple(found)
