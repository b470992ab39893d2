"""Exchanges → how much of the contract they have shown.

Counted are the exchanges in which each property, each value of an enumeration, each member of a
union, each described status and each cell of the stream table was seen. A definition of the schema
counts once, wherever it is referred to.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from conformance.report.records import Coverage
from conformance.stream import TABLE, Input, No, State
from conformance.subject import CHAT_STREAM, RERANK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.contract import Contract
    from conformance.subject import Subject

__all__ = ["UNDESCRIBED", "Seen", "allowed", "cell_name", "share"]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,),
    "integer": (int, float), "number": (int, float), "null": (type(None),),
}  # fmt: skip
# Marks a status that was seen and that the description does not list.
UNDESCRIBED = " undescribed"
# The union of all events has no other name.
_EVENT = "event"
_THINGS = ("chat-event", "chat-request", "rerank-request", "rerank-response", "error")


def cell_name(state: str, given: str) -> str:
    """The name of a cell of the stream table: `OPEN · MESSAGE_END`."""
    return f"{state} · {given}"


def allowed(state: State, given: Input) -> bool:
    """Whether a stream that keeps the contract can visit a cell."""
    return not isinstance(TABLE[state][given], No) and given is not Input.UNKNOWN


def share(record: Coverage) -> tuple[int, int]:
    """How many parts were seen, and of how many: breaches and what is undescribed do not count."""
    names = set(record.items)
    if record.sort == "cell":
        names = {cell_name(s.name, i.name) for s in State for i in Input if allowed(s, i)}
    elif record.sort == "status":
        names = {name for name in names if not name.endswith(UNDESCRIBED)}
    return sum(1 for name in names if record.items.get(name)), len(names)


class _Node:
    """One schema, ready to be walked: what it names, and where its parts lead."""

    __slots__ = ("enum", "items", "kinds", "members", "properties")

    def __init__(self) -> None:
        self.properties: dict[str, tuple[str, _Node]] = {}
        self.enum: dict[str, str] = {}
        self.members: list[tuple[str, _Node]] = []
        self.items: _Node | None = None
        # What tells this member of a union from the others: JSON types, and constant properties.
        self.kinds: tuple[tuple[type, ...], dict[str, Any]] = ((object,), {})


class _Tree:
    """The nodes of one thing, and every label that they can give."""

    def __init__(self, schema: dict[str, Any], thing: str) -> None:
        self._schema = schema
        self._known: dict[str, _Node] = {}
        self.labels: dict[str, dict[str, None]] = {"property": {}, "enum": {}, "union": {}}
        self.variants: dict[str, _Node] = {}
        self.root = self._node(schema, "")
        if thing == "chat-event":
            self.variants = {
                branch["$ref"].rsplit("/", 1)[1]: node
                for branch, (_, node) in zip(schema["oneOf"], self.root.members, strict=True)
            }

    def _label(self, sort: str, label: str) -> str:
        self.labels[sort][label] = None
        return label

    def _node(self, schema: Any, label: str) -> _Node:
        if not isinstance(schema, dict):
            return _Node()
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            if name not in self._known:
                # Before it is filled: a definition may refer to itself.
                self._known[name] = _Node()
                self._fill(self._known[name], self._schema["$defs"][name], name)
            return self._known[name]
        node = _Node()
        self._fill(node, schema, label)
        return node

    def _fill(self, node: _Node, schema: dict[str, Any], label: str) -> None:
        properties = schema.get("properties", {})
        for name, sub in properties.items():
            inside = f"{label}.{name}" if label else name
            node.properties[name] = (self._label("property", inside), self._node(sub, inside))
        for value in schema.get("enum", ()):
            node.enum[str(value)] = self._label("enum", f"{label} = {value}")
        for branch in schema.get("oneOf", ()):
            member = self._node(branch, label)
            named = f"{label or _EVENT} is {_named(branch)}"
            node.members.append((self._label("union", named), member))
        if "items" in schema:
            node.items = self._node(schema["items"], f"{label}[]")
        kind = schema.get("type")
        constants = {n: s["const"] for n, s in properties.items() if "const" in s}
        node.kinds = (
            _TYPES.get(kind, (object,)) if isinstance(kind, str) else (object,),
            constants,
        )


def _named(branch: dict[str, Any]) -> str:
    """What a member of a union is called: its definition, else its JSON type."""
    if "$ref" in branch:
        return str(branch["$ref"]).rsplit("/", 1)[1]
    return str(branch.get("type", "object"))


def _walk(node: _Node, instance: Any, found: set[tuple[str, str]]) -> None:
    if node.enum and str(instance) in node.enum:
        found.add(("enum", node.enum[str(instance)]))
    for label, member in node.members:
        if _means(member, instance):
            found.add(("union", label))
            _walk(member, instance, found)
    if isinstance(instance, dict):
        for name, value in instance.items():
            if name in node.properties:
                label, inner = node.properties[name]
                found.add(("property", label))
                _walk(inner, value, found)
    elif isinstance(instance, list) and node.items is not None:
        for each in instance:
            _walk(node.items, each, found)


def _means(member: _Node, instance: Any) -> bool:
    """Whether an instance means this member of a union, by its type and its discriminators."""
    types, constants = member.kinds
    if not isinstance(instance, types):
        return False
    return not constants or (
        isinstance(instance, dict)
        and all(instance.get(name) == value for name, value in constants.items())
    )


@cache
def _tree(contract: Contract, thing: str) -> _Tree:
    return _Tree(contract.schema(thing), thing)


class Seen:
    """What exchanges have shown; add them one by one, then ask for the records."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._parts: Counter[tuple[str, str, str]] = Counter()
        self._statuses: Counter[tuple[str, int]] = Counter()
        self._cells: Counter[str] = Counter()

    def add(self, subject: Subject) -> None:
        """Count one exchange."""
        found: dict[str, set[tuple[str, str]]] = {}
        if subject.has_request:
            assert subject.request_json is not None  # `has_request` looked
            self._see(found, subject.request_thing, [subject.request_json.value])
        answer = subject.answer
        if answer is not None and answer.is_json:
            thing = "rerank-response" if subject.succeeded else "error"
            self._see(found, thing, [answer.value])
        reading = subject.reading
        if reading is not None:
            tree = _tree(self._contract, "chat-event")
            seen = found.setdefault("chat-event", set())
            # Deltas of a form that was seen before show nothing new, and `parsed` leaves them out.
            for event in reading.parsed:
                if event.type in tree.variants:
                    seen.add(("union", f"{_EVENT} is {event.type}"))
                    _walk(tree.variants[event.type], event.data, seen)
            for state, given in reading.cells:
                self._cells[cell_name(state.name, given.name)] += 1
        for thing, labels in found.items():
            self._parts.update((thing, sort, label) for sort, label in labels)
        if subject.status is not None:
            self._statuses[subject.endpoint, subject.status] += 1

    def _see(
        self, found: dict[str, set[tuple[str, str]]], thing: str, values: Iterable[Any]
    ) -> None:
        seen = found.setdefault(thing, set())
        for value in values:
            _walk(_tree(self._contract, thing).root, value, seen)

    def records(self) -> list[Coverage]:
        """How often each part was seen, those that never were included."""
        made = []
        for thing in _THINGS:
            for sort, labels in _tree(self._contract, thing).labels.items():
                items = {label: self._parts[thing, sort, label] for label in labels}
                if items:
                    made.append(Coverage(thing, sort, items))
        for endpoint in (CHAT_STREAM, RERANK):
            described = self._contract.statuses(endpoint)
            seen = {status for where, status in self._statuses if where == endpoint}
            counts = {
                f"{status}{'' if status in described else UNDESCRIBED}": (
                    self._statuses[endpoint, status]
                )
                for status in sorted(described | seen)
            }
            made.append(Coverage(endpoint, "status", counts))
        cells = {
            cell_name(state.name, given.name): self._cells[cell_name(state.name, given.name)]
            for state, row in TABLE.items()
            for given in row
        }
        return [*made, Coverage("stream", "cell", cells)]
