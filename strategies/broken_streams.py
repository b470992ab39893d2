"""Choices → a stream with one labelled fault: in its order, its events, its citations, its answer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from conformance.errors import UsageError

from .answer_faults import ANSWERS
from .breaches import breaches
from .citation_faults import CITATIONS
from .order_faults import ORDERS
from .payload_faults import PAYLOADS, schema_ways
from .source import named

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from .source import Source
    from .ways import BrokenStream, StreamWay

__all__ = ["broken_stream", "broken_streams", "stream_codes", "stream_ways"]


def broken_streams(code: str | None = None) -> SearchStrategy[BrokenStream]:
    """Streams with exactly one fault, each with its label: `(stream, fault)`.

    Every refused cell of the stream table, every place of every event's schema, and a way or more
    for each rule about streams, events, tools, citations and answers. The rules find `fault.code`
    in it and no other error; `fault.also` names what the same step cannot but break besides.
    `fault.pointer` leads into the list of the stream's items. With a `code` only faults of that
    rule come; UsageError when there is none::

        >>> stream, fault = broken_streams("CITE-007").example()
        >>> fault
        Fault(kind='span out of range', pointer='/3/delta/message/citations/end', ...)
    """
    _groups(code)  # raises here and not when the first example is drawn
    return _broken_streams(*([code] if code else []))


@cache
def stream_ways() -> tuple[tuple[StreamWay, ...], ...]:
    """All ways, in groups: refused steps, schemas of events, and what else rules are about."""
    return (
        tuple(breaches()),
        tuple(schema_ways()),
        (*PAYLOADS.all, *ORDERS.all, *CITATIONS.all, *ANSWERS.all),
    )


def stream_codes() -> list[str]:
    """The codes that broken streams can have."""
    return sorted({way.code for group in stream_ways() for way in group})


@cache
def _groups(code: str | None) -> tuple[tuple[StreamWay, ...], ...]:
    groups = [tuple(w for w in group if code in (None, w.code)) for group in stream_ways()]
    left = tuple(group for group in groups if group)
    if not left:
        raise UsageError(
            f"no broken stream has the code `{code}`",
            where="broken_streams(code)",
            hint=f"there are {', '.join(stream_codes())}",
        )
    return left


def broken_stream(source: Source, code: str | None = None) -> BrokenStream:
    """A broken stream; see `broken_streams`."""
    return source.pick(source.pick(_groups(code))).make(source)


_broken_streams = named("broken_streams")(broken_stream)
