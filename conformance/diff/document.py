"""Loaded OpenAPI documents -> one side of a comparison: its dialect, its operations, its places.

A document may come from anywhere, so everything is asked for its kind before it is used, and what
cannot be is a SpecError with file and line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.errors import SpecError
from conformance.specs.address import resolve
from conformance.specs.interface import ENDPOINTS
from conformance.specs.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.diff.shape import Shape

__all__ = ["Defect", "Document", "Operation", "Place", "Side"]

# So many references into nothing, and such a share of all, are no slip: the file was cut off.
_FEW_DANGLING = 3
_DANGLING_SHARE = 0.2
# More paths than this, and a description that lacks one of ours has lost it.
_PAGE_PATHS = 2

_BOUNDS = frozenset(
    {
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength",
        "minItems", "maxItems", "minProperties", "maxProperties",
    }
)  # fmt: skip


class Place(NamedTuple):
    """Where something stands: a file (or `REVISION:file`), and the line, counted from 1."""

    file: str
    line: int | None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Defect(NamedTuple):
    """Something in a description that cannot be meant. Two are the same if kind and value are."""

    kind: str
    value: str
    place: Place


@dataclass(eq=False)
class Document:
    """One OpenAPI document. `file` is its name in messages, `line` where it begins there.

    `unended` says that its last line has no end, as when a download was cut off.
    """

    data: dict[str, Any]
    file: str
    line: int = 1
    unended: bool = False
    shapes: dict[tuple[int, ...], Shape] = field(default_factory=dict)
    digests: dict[tuple[int, ...], str] = field(default_factory=dict)
    opening: set[tuple[int, ...]] = field(default_factory=set)
    defects: dict[tuple[str, str], Defect] = field(default_factory=dict)
    references: dict[str, bool] = field(default_factory=dict)

    def place(self, holder: Any, key: Any = None) -> Place:
        """Where a member of a mapping or list of this document stands."""
        return Place(self.file, line_of(holder, key))

    def fault(self, what: str, holder: Any, key: Any = None) -> SpecError:
        """An error about a member of something in this document."""
        return SpecError(
            what,
            where=str(self.place(holder, key)),
            hint="the file is no OpenAPI description, or it was damaged",
        )

    def mapping(self, holder: Any, key: Any) -> dict[Any, Any]:
        """The mapping under a key; an empty one where there is none. Raises SpecError."""
        value = holder.get(key, {})
        if not isinstance(value, dict):
            raise self.fault(f"`{key}` is {_kind(value)}, not a mapping", holder, key)
        return value

    def sequence(self, holder: Any, key: Any) -> list[Any]:
        """The list under a key; an empty one where there is none. Raises SpecError."""
        value = holder.get(key, [])
        if not isinstance(value, list):
            raise self.fault(f"`{key}` is {_kind(value)}, not a list", holder, key)
        return value

    def target(self, holder: Any) -> Any:
        """What the `$ref` of a mapping points to; None, and a defect, when that is nothing."""
        ref = holder["$ref"]
        if not isinstance(ref, str):
            raise self.fault(f"`$ref` is {_kind(ref)}, not text", holder, "$ref")
        found = resolve(self.data, ref)
        self.references[ref] = found is not None
        if found is None:
            self.defect("dangling-reference", ref, holder, "$ref")
        return found

    def follow(self, holder: Any, key: Any) -> dict[Any, Any]:
        """The mapping under a key with its `$ref`, if any, followed. Raises SpecError."""
        value = self.mapping(holder, key)
        seen: list[Any] = []
        while "$ref" in value:
            if value["$ref"] in seen:
                raise self.fault(f"`{value['$ref']}` refers to itself", value, "$ref")
            seen.append(value["$ref"])
            found = self.target(value)
            if found is None:
                return {}
            if not isinstance(found, dict):
                raise self.fault(f"`{seen[-1]}` is {_kind(found)}, not a mapping", value, "$ref")
            value = found
        return value

    def defect(self, kind: str, value: str, holder: Any, key: Any = None) -> None:
        """Note a defect, once."""
        self.defects.setdefault((kind, value), Defect(kind, value, self.place(holder, key)))

    def demand_whole(self) -> None:
        """Raise SpecError when so many references lead nowhere that a part must be missing."""
        dangling = [ref for ref, found in self.references.items() if not found]
        many = max(_FEW_DANGLING, _DANGLING_SHARE * len(self.references))
        if dangling and (self.unended or len(dangling) >= many):
            first = self.defects["dangling-reference", dangling[0]]
            raise SpecError(
                f"`{dangling[0]}` leads nowhere, as {len(dangling)} of {len(self.references)}"
                " references do",
                where=str(first.place),
                hint="the file may be cut off",
            )


class Operation(NamedTuple):
    """One endpoint of a side: `item` is the path's object, `body` the operation's."""

    document: Document
    path: str
    item: dict[str, Any]
    body: dict[str, Any]


@dataclass(eq=False)
class Side:
    """One of two descriptions: `name` is what the user called it.

    `dialect` is "A", "B" or "official". `bounded` tells whether an absent bound says that there is
    none; in the pages' dialects it says nothing. `others` are the operations beside ours.
    """

    name: str
    documents: tuple[Document, ...]
    dialect: str = field(init=False)
    bounded: bool = field(init=False)
    operations: dict[str, Operation] = field(init=False)
    others: frozenset[str] = field(init=False)
    whole: bool = field(init=False)

    def __post_init__(self) -> None:
        self.dialect = _dialect(self.documents)
        self.bounded = self.dialect == "official"
        self.operations = {}
        others: set[str] = set()
        for document in self.documents:
            for path, item in document.mapping(document.data, "paths").items():
                endpoint = self._take(document, path, item)
                if endpoint is None and isinstance(item, dict):
                    others |= {f"{method} {path}" for method in item if method != "parameters"}
        self.others = frozenset(others)
        self.whole = len({one.split(" ", 1)[1] for one in others}) > _PAGE_PATHS

    def _take(self, document: Document, path: Any, item: Any) -> str | None:
        """Note the operation if it is one of ours; the name of its endpoint."""
        for endpoint, (known, media_type) in ENDPOINTS.items():
            if path != known:
                continue
            paths = document.data["paths"]
            body = document.mapping(document.mapping(paths, path), "post")
            if not body or not _answers(document, body, media_type):
                continue
            if endpoint in self.operations:
                raise document.fault(f"`{endpoint}` stands in two documents", paths, path)
            self.operations[endpoint] = Operation(document, path, item, body)
            return endpoint
        return None

    def defects(self) -> dict[tuple[str, str], Defect]:
        """What cannot be meant in the documents, as far as they were read."""
        return {key: one for document in self.documents for key, one in document.defects.items()}


def _answers(document: Document, body: dict[str, Any], media_type: str) -> bool:
    """Whether an operation is the one meant: v2 chat has one page for each form of its answer."""
    if media_type != "text/event-stream" or "x-fern-streaming" in body:
        return True
    answer = document.follow(document.mapping(body, "responses"), "200")
    return media_type in document.mapping(answer, "content")


def _dialect(documents: tuple[Document, ...]) -> str:
    """The dialect of documents, by what only one of the three has."""
    bounded = False
    for document in documents:
        for key, value, holder in _members(document.data):
            if key == "x-fern-streaming" or (key == "mapping" and "propertyName" in holder):
                return "official"
            if key == "enum" and isinstance(value, list):
                if any(isinstance(one, dict) and "value" in one for one in value):
                    return "A"
            elif key in _BOUNDS and isinstance(value, (int, float)):
                bounded = True
    return "official" if bounded else "B"


def _members(data: Any) -> Iterator[tuple[Any, Any, dict[Any, Any]]]:
    """Every member of every mapping of a document, each object once; examples are left out."""
    seen: set[int] = set()
    todo = [data]
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        if isinstance(one, dict):
            seen.add(id(one))
            for key, value in one.items():
                yield key, value, one
                if isinstance(value, (dict, list)) and key not in ("example", "examples"):
                    todo.append(value)
        elif isinstance(one, list):
            seen.add(id(one))
            todo += [item for item in one if isinstance(item, (dict, list))]


def _kind(value: Any) -> str:
    if value is None:
        return "empty"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "text"}
    return names.get(type(value), "a mapping" if isinstance(value, dict) else "a list")
