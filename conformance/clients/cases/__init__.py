"""A seed → all cases that are tried on a client, family by family.

Names never change with the seed; words, ids and numbers do.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from conformance.clients.cases.broken import broken, failing, odd
from conformance.clients.cases.chunks import chunks
from conformance.clients.cases.citations import citations
from conformance.clients.cases.cut import cut, reset, stall, truncated
from conformance.clients.cases.finish import finish, usage
from conformance.clients.cases.framing import framing
from conformance.clients.cases.http import http, rerank_status, status
from conformance.clients.cases.message import message
from conformance.clients.cases.missing import missing, missing_rerank
from conformance.clients.cases.rerank import rerank, rerank_broken
from conformance.clients.cases.send import send, send_rerank
from conformance.clients.cases.shelf import Shelf
from conformance.clients.cases.text import text
from conformance.clients.cases.tools import tools
from conformance.clients.cases.unknown import unknown
from conformance.errors import UsageError
from conformance.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.clients.case import Case

__all__ = ["FAMILIES", "Family", "cases", "chosen"]


@dataclass(frozen=True, slots=True)
class Family:
    """Cases about one side of a client; `make` puts them on a shelf."""

    name: str
    about: str
    make: Callable[[Shelf], None]


FAMILIES: tuple[Family, ...] = (
    Family("framing", "the forms that the event stream format allows", framing),
    Family("chunks", "the places where a connection cuts the bytes", chunks),
    Family("text", "what may stand in a text, and how long it may be", text),
    Family("message", "which blocks an answer has, and in which order", message),
    Family("tools", "tool plans, tool calls and their arguments", tools),
    Family("citations", "where citations come, what they cite, and their sources", citations),
    Family("finish", "why an answer ended", finish),
    Family("usage", "the counts of tokens", usage),
    Family("unknown", "what a later version of the API may send", unknown),
    Family("missing", "members that a server may leave out", missing),
    Family("failing", "generations that fail, as the stream says itself", failing),
    Family("truncated", "streams that end in good order, and too early", truncated),
    Family("cut", "connections that close before the end", cut),
    Family("reset", "connections that are torn down", reset),
    Family("stall", "streams that stop, and stay open", stall),
    Family("broken", "events that cannot be read", broken),
    Family("odd", "faults that a client may pass over if it loses nothing by it", odd),
    Family("http", "responses with status 200 that are no stream", http),
    Family("status", "refusals, with every status and form of body", status),
    Family("rerank", "good rankings", rerank),
    Family("rerank-missing", "members of a ranking that a server may leave out", missing_rerank),
    Family("rerank-broken", "rankings in which something is wrong", rerank_broken),
    Family("rerank-status", "refusals of a rerank", rerank_status),
    Family("send", "what a client sends for a chat, option by option", send),
    Family("send-rerank", "what a client sends for a rerank, option by option", send_rerank),
)


@lru_cache(maxsize=4)
def cases(seed: int = 0) -> tuple[Case, ...]:
    """All cases, in the order of their families."""
    made: list[Case] = []
    for family in FAMILIES:
        shelf = Shelf(family.name, seed)
        family.make(shelf)
        made += shelf.cases
    return tuple(made)


def chosen(patterns: Sequence[str], seed: int = 0) -> tuple[Case, ...]:
    """The cases whose name fits one of the patterns (``framing/*``), all when there is none.

    The name of a family stands for all of it. Raises UsageError when a pattern fits no case.
    """
    made = cases(seed)
    if not patterns:
        return made
    wanted = [f"{each}/*" if "/" not in each and "*" not in each else each for each in patterns]
    for given, pattern in zip(patterns, wanted, strict=True):
        if not any(fnmatchcase(case.name, pattern) for case in made):
            names = [*(family.name for family in FAMILIES), *(case.name for case in made)]
            raise UsageError(
                f"no such case: `{given}`",
                where="case",
                hint=did_you_mean(given, names) or "`client cases` lists them",
            )
    return tuple(
        case for case in made if any(fnmatchcase(case.name, pattern) for pattern in wanted)
    )
