"""Exchanges -> data in which a changed fact can be looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.cassette import find, read
from conformance.contract import contract
from conformance.data import data_path
from conformance.diff.touch import Instance
from conformance.errors import ConformanceError
from conformance.subject import JsonBody, NotJudged, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.wire import Exchange

__all__ = ["instance_of", "recorded"]


def instance_of(
    exchange: Exchange, name: str, endpoints: frozenset[str] = frozenset()
) -> Instance | None:
    """One exchange as data; None when it is none of ours, or of no endpoint that is asked for."""
    try:
        subject = Subject(exchange, contract())
    except NotJudged:
        return None
    if endpoints and subject.endpoint not in endpoints:
        return None
    request, response = exchange.request, exchange.response
    reading = subject.reading
    events = tuple(event.data for event in reading.events) if reading is not None else ()
    answer = None if response is None or events else JsonBody(response.body).value
    return Instance(
        name,
        subject.endpoint,
        None if request is None else JsonBody(request.body).value,
        None if response is None else response.status,
        events,
        answer,
    )


def recorded(
    paths: Iterable[str] = (), endpoints: frozenset[str] = frozenset()
) -> Iterator[Instance]:
    """The recordings under these paths, by default our own, as data; the unreadable is passed over.

    `endpoints` leaves out those of others. Raises CassetteError for a path that leads nowhere.
    """
    own = None if paths else data_path("recordings")
    for file in find(list(paths) or [str(own)]):
        try:
            exchanges = list(read(file))
        except ConformanceError:
            continue  # `check` is the place to say what is wrong with it
        name = str(file) if own is None else f"recordings/{file.relative_to(own).as_posix()}"
        for exchange in exchanges:
            found = instance_of(exchange, name, endpoints)
            if found is not None:
                yield found
