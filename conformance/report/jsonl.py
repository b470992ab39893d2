"""Outcomes → JSON Lines, the form for machines: header, exchange, violation, error, footer.

One object per line, told apart by `kind`. Lines come as files are judged; only a run that reached its
end has a footer, whose `complete` is true. All text is ASCII, so that no recording reaches a
terminal by way of a report. docs/formats.md describes the members.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.report.outcome import FileOutcome, Tally
    from conformance.violation import Violation

__all__ = ["FORMAT", "file_lines", "footer", "header", "violation_object"]

# Raised when a member changes its meaning or goes; new members do not raise it.
FORMAT = 1


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def header(*, tool: str, snapshot: str, rules: int) -> str:
    """The first line: versions of this format and of the tool, the contract's snapshot, rule count."""
    return _line(
        {"kind": "header", "format": FORMAT, "tool": tool, "snapshot": snapshot, "rules": rules}
    )


def violation_object(violation: Violation) -> dict[str, Any]:
    """A violation as a JSON object."""
    return {
        "kind": "violation",
        "code": violation.code,
        "name": violation.name,
        "level": violation.level.value,
        "party": violation.party.value,
        "source": {"kind": violation.source.kind.value, "where": violation.source.where},
        "endpoint": violation.endpoint,
        "file": violation.file,
        "line": violation.line,
        "exchange": violation.exchange,
        "event": violation.event,
        "byte": violation.byte,
        "pointer": violation.pointer,
        "message": violation.message,
        "state": violation.state or None,
        "help": violation.help,
        "fingerprint": violation.fingerprint,
    }


def file_lines(outcome: FileOutcome) -> Iterator[str]:
    """The lines of one file: its errors, then each exchange followed by its violations."""
    for trouble in outcome.troubles:
        yield _line(
            {
                "kind": "error",
                "file": trouble.file,
                "message": trouble.what,
                "where": trouble.where,
                "help": trouble.hint,
            }
        )
    for one in outcome.exchanges:
        yield _line(
            {
                "kind": "exchange",
                "file": one.file,
                "line": one.line,
                "exchange": one.number,
                "endpoint": one.endpoint,
                "judged": one.judged,
                "reason": one.reason or None,
                "events": one.events,
            }
        )
        for violation in one.violations:
            yield _line(violation_object(violation))


def footer(tally: Tally, *, exit_code: int) -> str:
    """The last line: what was counted, and the exit code."""
    counts = {
        "files": tally.files,
        "unreadable": tally.unreadable,
        "exchanges": tally.exchanges,
        "judged": tally.judged,
        "not_judged": tally.not_judged,
        "errors": tally.levels[Level.ERROR],
        "warnings": tally.levels[Level.WARNING],
        "infos": tally.levels[Level.INFO],
    }
    return _line(
        {
            "kind": "footer",
            "complete": True,
            "counts": counts,
            "reasons": dict(sorted(tally.reasons.items())),
            "rules": dict(sorted(tally.rules.items())),
            "exit": exit_code,
        }
    )
