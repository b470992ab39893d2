"""A kept exchange → a capsule: one JSON file that `check` judges again, without any network.

It is the exchange in the form of JSON Lines, with what was found in it beside it; readers of
recordings pass over what they do not know.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.report.model import Report
    from conformance.violation import Violation

__all__ = ["capsule_name", "capsule_text", "capsules"]


def capsule_name(record: Mapping[str, Any]) -> str:
    """The file name of an exchange's capsule, the same for the same exchange."""
    text = json.dumps(record, ensure_ascii=True, sort_keys=True)
    return f"capsule-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"


def capsule_text(
    record: Mapping[str, Any],
    violations: Iterable[Violation],
    *,
    case: str = "",
    replays: bool = True,
) -> str:
    """The text of a capsule."""
    found: list[dict[str, Any]] = [
        {
            "code": violation.code,
            "name": violation.name,
            "level": violation.level.value,
            "event": violation.event,
            "byte": violation.byte,
            "message": violation.message,
        }
        for violation in violations
    ]
    about: dict[str, Any] = {"case": case} if case else {}
    if not replays:
        about["note"] = "some of this cannot be judged again, since what it is about was redacted"
    made = {**record, "judged": {**about, "violations": found}}
    return json.dumps(made, ensure_ascii=True, indent=1) + "\n"


def capsules(report: Report) -> Iterator[tuple[str, str]]:
    """(file name, text) of every kept exchange."""
    for place in report.places:
        record = place.record
        if record.record is not None:
            found = [each.violation for each in place.violations]
            yield (
                capsule_name(record.record),
                capsule_text(record.record, found, case=record.case, replays=record.replays),
            )
