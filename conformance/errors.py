"""Trouble of our own side: what keeps the suite from judging.

A broken contract is never an exception (see `violation`); an exception here means that nothing
could be judged, and ends a command with exit code 2 and one message for the user::

    ConformanceError
    ├── SpecError          a description that cannot be read, corrected or compiled
    ├── CassetteError      a recording that cannot be read, or whose format is unknown
    │   └── CassetteMiss   no recording answers a request
    ├── TargetError        a target that cannot be opened or reached
    │   ├── NoAnswer       the server took the request, and gave no answer that is HTTP
    │   └── BudgetExceeded the request or token budget is used up
    └── UsageError         a command line or a setting that makes no sense
"""

from __future__ import annotations

__all__ = [
    "BudgetExceeded",
    "CassetteError",
    "CassetteMiss",
    "ConformanceError",
    "NoAnswer",
    "SpecError",
    "TargetError",
    "UsageError",
]


class ConformanceError(Exception):
    """What went wrong, where, and what to do about it.

    `what` is one sentence in lower case without a full stop; `where` names a file, an address or
    an option; `hint` is the remedy.
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  --> {self.where}")
        if self.hint:
            lines.append(f"  = help: {self.hint}")
        return "\n".join(lines)


class SpecError(ConformanceError):
    """A description, overlay or compiled schema cannot be used."""


class CassetteError(ConformanceError):
    """A recording cannot be read."""


class CassetteMiss(CassetteError):
    """No recording answers the request."""


class TargetError(ConformanceError):
    """A target cannot be opened or reached."""


class NoAnswer(TargetError):
    """A server that can be reached closed the connection, kept silent, or did not speak HTTP."""


class BudgetExceeded(TargetError):
    """The budget of requests or tokens is used up."""


class UsageError(ConformanceError):
    """An option or a setting that makes no sense."""
