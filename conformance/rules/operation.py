"""Exchange → where in the description its operation, request body and responses stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.verdict import Source, SourceKind

if TYPE_CHECKING:
    from conformance.subject import Subject

__all__ = ["CLOSED", "described_at"]

# Said of a source that is read more strictly than it is written.
CLOSED = "taken as closed: the live API refuses unknown members (D16)"


def described_at(subject: Subject, *path: str | int) -> Source:
    """The place in the snapshot of a part of the operation, such as `responses` and a status.

    A status that the description does not list leads to the responses as a whole.
    """
    parts = list(path)
    listed = subject.contract.statuses(subject.endpoint)
    if parts[:1] == ["responses"] and parts[1:] and parts[1] not in listed:
        parts = parts[:1]
    operation = subject.contract.operation(subject.request_thing)
    return Source(SourceKind.SCHEMA, "/".join([operation, *map(str, parts)]))
