"""What a user gives to a strategy → the same, or an error that says what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.errors import UsageError

from .stream import Raw, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["body_of", "ranked", "stream_of"]


def body_of(request: Any, where: str) -> dict[str, Any]:
    """The body of a request. Raises UsageError when it is no JSON object."""
    if not isinstance(request, dict):
        raise UsageError(
            f"`{request!r}` is not the body of a request",
            where=where,
            hint="give a dict, as the strategies for requests make them",
        )
    return request


def ranked(request: Any, where: str) -> tuple[int, int]:
    """How many documents a rerank request has, and how many results it asks for.

    Raises UsageError when it has no documents, or a `top_n` that is no number.
    """
    body = body_of(request, where)
    documents, top = body.get("documents"), body.get("top_n")
    if not isinstance(documents, list) or not documents:
        raise UsageError(
            "the request has no documents to rank",
            where=where,
            hint="`documents` is a list of one at least",
        )
    if top is None:
        return len(documents), len(documents)
    if not isinstance(top, int) or top < 1:
        raise UsageError(
            f"`top_n` is `{top!r}`", where=where, hint="`top_n` is an integer above 0, or absent"
        )
    return len(documents), min(top, len(documents))


def stream_of(events: Stream | Iterable[dict[str, Any] | str | Raw], where: str) -> Stream:
    """Events as a stream. Raises UsageError for what is no event."""
    if isinstance(events, Stream):
        return events
    listed = None if isinstance(events, (str, bytes, dict)) else _listed(events)
    wrong = [] if listed is None else [e for e in listed if not isinstance(e, (dict, str, Raw))]
    if listed is None or wrong:
        raise UsageError(
            f"`{(wrong or [events])[0]!r}` is {'no event' if wrong else 'no list of events'}",
            where=where,
            hint="give a stream, or a list of JSON objects and `[DONE]`",
        )
    return Stream(listed)


def _listed(events: Any) -> list[Any] | None:
    try:
        return list(events)
    except TypeError:
        return None
