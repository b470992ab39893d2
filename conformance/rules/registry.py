"""A rule is one function: its code, name, level, party and source stand in its decorator.

A rule function takes a `Subject` (everything known about one exchange) and yields `Finding`s. Its
docstring states the clause in the first line, says whom a breach hurts (`Help:`), and shows one
conforming and one breaking transcript in the notation of `transcript`; `explain` prints them and
the tests run them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from conformance.verdict import LEVEL_OF_SOURCE, Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from conformance.subject import Subject
    from conformance.verdict import Level, Party

__all__ = [
    "REDIRECTS",
    "RULES",
    "Finding",
    "Rule",
    "all_rules",
    "conflict",
    "find_rule",
    "model",
    "observed",
    "prose",
    "rule",
    "schema",
    "standard",
]

_CODE = re.compile(r"(SSE|STREAM|EVENT|CITE|TOOL|CHAT|RERANK|HTTP|CLIENT)-\d{3}")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Finding(NamedTuple):
    """One breach of a rule, before it is placed in a report.

    `message` is the headline without code and name. `event` is the index (from 0) of the event in
    the stream; `byte` a byte offset in the response body (or the request body for rules about the
    client) when there is no event; `pointer` a JSON Pointer into the event, request or response
    body; `note` stands beside the caret; `level` overrides the rule's level, only to be milder;
    `source` overrides the rule's source with a more precise one.
    """

    message: str
    event: int | None = None
    byte: int | None = None
    pointer: str | None = None
    note: str = ""
    state: str = ""
    level: Level | None = None
    source: Source | None = None


class Rule(NamedTuple):
    """A rule as data, with the function that finds its breaches."""

    code: str
    name: str
    level: Level
    party: Party
    source: Source
    since: str
    find: Callable[[Subject], Iterable[Finding]]

    @property
    def summary(self) -> str:
        """The clause as a sentence."""
        return self._parts[""].partition("\n")[0].strip()

    @property
    def doc(self) -> str:
        """What else the docstring says of the clause, empty when that is nothing."""
        return " ".join(self._parts[""].partition("\n")[2].split())

    @property
    def help(self) -> str:
        """Whom a breach hurts, and how."""
        return " ".join(self._parts["Help"].split())

    @property
    def conforms(self) -> str:
        """A transcript that keeps the clause."""
        return self._parts["Conforms"]

    @property
    def breaks(self) -> str:
        """A transcript that breaks the clause, and no other that makes an error."""
        return self._parts["Breaks"]

    @property
    def _parts(self) -> dict[str, str]:
        return _sections(self.find.__doc__ or "")

    @property
    def family(self) -> str:
        """The part of the code before the number: `STREAM` of `STREAM-014`."""
        return self.code.split("-", 1)[0]


def schema(where: str) -> Source:
    """A clause of the API description: `where` is a place in it."""
    return Source(SourceKind.SCHEMA, where)


def standard(where: str) -> Source:
    """A clause of a standard: `where` is its name and section."""
    return Source(SourceKind.STANDARD, where)


def prose(where: str) -> Source:
    """A clause of the documentation: `where` is its id in `specs/clauses.yaml`."""
    return Source(SourceKind.PROSE, where)


def observed(where: str) -> Source:
    """A regularity of real recordings: `where` is its id in `specs/clauses.yaml`."""
    return Source(SourceKind.OBSERVED, where)


def model(where: str) -> Source:
    """A clause that holds for some models: `where` is its id in `specs/clauses.yaml`."""
    return Source(SourceKind.MODEL, where)


def conflict(where: str) -> Source:
    """Something that official sources, or the live API, see differently."""
    return Source(SourceKind.CONFLICT, where)


RULES: dict[str, Rule] = {}

_TAKEN: set[str] = set()

# Codes that were renamed or merged: old code -> the code that took its place. Never reused.
REDIRECTS: dict[str, str] = {}


# Parsed when asked for: a run without findings shows no docstring, and pays for none.
@cache
def _sections(doc: str) -> dict[str, str]:
    """The labelled parts of a rule's docstring: summary, Help, Conforms, Breaks."""
    lines = doc.expandtabs().splitlines()
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(indents, default=0)
    lines = [lines[0].strip(), *[line[margin:].rstrip() for line in lines[1:]]]
    parts: dict[str, list[str]] = {"": []}
    current = ""
    for line in lines:
        head = re.fullmatch(r"(Help|Conforms|Breaks):\s*(.*)", line)
        if head:
            current = head[1]
            parts[current] = [head[2]] if head[2] else []
        else:
            parts[current].append(line)
    return {
        name: "\n".join(line.removeprefix("    ") for line in body).strip("\n")
        for name, body in parts.items()
    }


def rule(
    code: str,
    name: str,
    *,
    party: Party,
    source: Source,
    level: Level | None = None,
    since: str = "0.1",
) -> Callable[[Callable[[Subject], Iterator[Finding]]], Callable[[Subject], Iterator[Finding]]]:
    """Register a rule function under its code.

    The level defaults to what the source's kind warrants (`verdict.LEVEL_OF_SOURCE`). Raises
    ValueError when the code or name is malformed or taken, when the level is harsher than the
    source allows, or when the docstring lacks a part.
    """

    def register(
        function: Callable[[Subject], Iterator[Finding]],
    ) -> Callable[[Subject], Iterator[Finding]]:
        most = LEVEL_OF_SOURCE[source.kind]
        chosen = level or most
        doc = function.__doc__ or ""
        if not _CODE.fullmatch(code) or not _NAME.fullmatch(name):
            raise ValueError(f"malformed rule code or name: {code} {name}")
        if code in RULES or code in REDIRECTS:
            raise ValueError(f"rule code used twice: {code}")
        if name in _TAKEN:
            raise ValueError(f"rule name used twice: {name}")
        if chosen.rank > most.rank:
            raise ValueError(f"{code}: a {source.kind.value} source warrants {most.value} at most")
        for part in ("Help", "Conforms", "Breaks"):
            if f"{part}:" not in doc:
                raise ValueError(f"{code}: the docstring has no `{part}:`")
        _TAKEN.add(name)
        RULES[code] = Rule(
            code=code,
            name=name,
            level=chosen,
            party=party,
            source=source,
            since=since,
            find=function,
        )
        return function

    return register


def all_rules() -> list[Rule]:
    """Every rule, in the order of code families and numbers."""
    import conformance.rules  # noqa: F401  (registers the rules)

    order = ["HTTP", "SSE", "EVENT", "STREAM", "TOOL", "CITE", "CHAT", "RERANK", "CLIENT"]
    return sorted(RULES.values(), key=lambda r: (order.index(r.family), r.code))


def find_rule(key: str) -> Rule | None:
    """The rule with this code or name (case is folded, `_` is `-`), or None."""
    wanted = key.strip().replace("_", "-")
    code = REDIRECTS.get(wanted.upper(), wanted.upper())
    for one in all_rules():
        if one.code == code or one.name == wanted.lower():
            return one
    return None
