"""Two operations -> what changed around their bodies, and the bodies paired for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.diff.change import Location, Note
from conformance.diff.shape import Node, expand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.diff.compare import Walk
    from conformance.diff.document import Document, Operation, Place, Side

__all__ = ["bodies", "compare_protocol"]

_JSON = "application/json"
_STREAM = "text/event-stream"


def bodies(endpoint: str, old: Operation, new: Operation) -> Iterator[tuple[Location, Node, Node]]:
    """The bodies that both sides describe, the request first."""
    for root in ("request", "response", "event"):
        first, second = (_body(endpoint, one, root) for one in (old, new))
        if first is not None and second is not None:
            yield Location(endpoint, root, root), first, second
    ours, theirs = _errors(old), _errors(new)
    for status in sorted(ours.keys() & theirs.keys()):
        at = Location(endpoint, "error", f"error<{status}>")
        yield at, ours[status], theirs[status]


def _body(endpoint: str, operation: Operation, root: str) -> Node | None:
    document, body = operation.document, operation.body
    if root == "request":
        return _schema(document, document.follow(body, "requestBody"), _JSON)
    streaming = body.get("x-fern-streaming")
    if root == "event":
        if endpoint != "chat-stream":
            return None
        if isinstance(streaming, dict) and "response-stream" in streaming:
            return Node(document, (streaming["response-stream"],))
        return _schema(document, _success(operation), _STREAM)
    # Pages of streamed chat show no other answer, so this is compared where both have it only.
    if isinstance(streaming, dict) and "response" in streaming:
        return Node(document, (streaming["response"],))
    return _schema(document, _success(operation), _JSON)


def _success(operation: Operation) -> dict[Any, Any]:
    document = operation.document
    return document.follow(document.mapping(operation.body, "responses"), "200")


def _schema(document: Document, holder: dict[Any, Any], media_type: str) -> Node | None:
    """The schema of a body; None where none is given, as pages do for errors."""
    content = document.mapping(holder, "content")
    types = [one for one in content if str(one).split(";")[0].strip() == media_type]
    if not types:
        return None
    body = document.mapping(content, types[0])
    if "schema" not in body:
        return None
    if not isinstance(body["schema"], (dict, bool)):
        raise document.fault("`schema` is no schema", body, "schema")
    return Node(document, (body["schema"],))


def _errors(operation: Operation) -> dict[str, Node]:
    """The bodies of refusals by status, as far as they are described."""
    document, found = operation.document, {}
    responses = document.mapping(operation.body, "responses")
    for status in responses:
        if str(status).startswith(("4", "5")):
            node = _schema(document, document.follow(responses, status), _JSON)
            if node is not None:
                found[str(status)] = node
    return found


def compare_protocol(walk: Walk, endpoint: str, old: Operation, new: Operation) -> None:
    """Compare parameters, media types, statuses, terminator, servers and the way of the key."""
    at = Location(endpoint, "protocol", "protocol")
    _Protocol(walk, at, old, new).compare()


class _Protocol:
    """Compares what stands around the bodies of two operations."""

    def __init__(self, walk: Walk, at: Location, old: Operation, new: Operation) -> None:
        self.walk = walk
        self.at = at
        self.sides = (old, new)

    def compare(self) -> None:
        self.media_types()
        self.statuses()
        self.terminator()
        self.sets("server", _servers(self.sides[0]), _servers(self.sides[1]))
        self.security()
        self.parameters()
        self.documented()

    def documented(self) -> None:
        """Note what only the new side tells, and the old one did not deny."""
        told = [
            ("the bodies of refusals are", _errors),
            ("the server is", _servers),
            ("the security scheme is", _schemes),
        ]
        for subject, find in told:
            old, new = (bool(find(one)) for one in self.sides)
            if old != new:
                word = "described now" if new else "no longer described"
                says = f"`{self.at.operation}`: {subject} {word}"
                self.walk.notes.append(Note("described", says))

    def places(self, *keys: str) -> tuple[Place, Place]:
        """Where the operations have the first of these keys they have at all."""
        found = []
        for one in self.sides:
            holder = next((h for h in (one.body, one.document.data) for k in keys if k in h), None)
            key = next((k for k in keys if holder is not None and k in holder), None)
            found.append(one.document.place(one.body if holder is None else holder, key))
        return found[0], found[1]

    def sets(self, word: str, old: list[str], new: list[str], *keys: str) -> None:
        """Compare two lists of names; one that is empty is not known."""
        if not old or not new:
            return
        places = self.places(*(keys or ("servers",)))
        gone = [one for one in old if one not in new]
        fresh = [one for one in new if one not in old]
        while gone and fresh and f"{word}-changed" in _CHANGED:
            self.walk.found(f"{word}-changed", self.at, places, gone.pop(0), fresh.pop(0))
        for one in gone:
            self.walk.found(f"{word}-removed", self.at, places, one, None)
        for one in fresh:
            self.walk.found(f"{word}-added", self.at, places, None, one)

    def media_types(self) -> None:
        wanted, given = [], []
        for one in self.sides:
            document = one.document
            wanted.append(_types(document, document.follow(one.body, "requestBody")))
            types = _types(document, _success(one))
            if self.at.operation == "chat-stream":
                # The other form of the answer stands on another page.
                types = [_STREAM, *(t for t in types if t not in (_JSON, _STREAM))]
            given.append(types)
        self.sets("request-media-type", wanted[0], wanted[1], "requestBody")
        self.sets("response-media-type", given[0], given[1], "responses")

    def statuses(self) -> None:
        found = [
            [str(s) for s in one.document.mapping(one.body, "responses")] for one in self.sides
        ]
        good = [[s for s in statuses if s.startswith("2")] for statuses in found]
        self.sets("success-status", good[0], good[1], "responses")
        if not all(found):
            return
        place = self.places("responses")[1]
        for side, word in ((0, "is no longer documented"), (1, "is documented now")):
            for status in found[side]:
                if status not in found[1 - side] and not status.startswith("2"):
                    note = Note("status", f"`{self.at.operation}` status `{status}` {word}", place)
                    self.walk.notes.append(note)

    def terminator(self) -> None:
        told = []
        for one, side in zip(self.sides, self.walk.sides, strict=True):
            streaming = one.body.get("x-fern-streaming")
            given = streaming.get("terminator") if isinstance(streaming, dict) else None
            if given is None and not (side.bounded and isinstance(streaming, dict)):
                return  # a page never says how a stream ends
            told.append(None if given is None else str(given))
        old, new = told
        if old == new:
            return
        kind = "added" if old is None else "removed" if new is None else "changed"
        self.walk.found(f"terminator-{kind}", self.at, self.places("x-fern-streaming"), old, new)

    def security(self) -> None:
        old, new = (_key(one) for one in self.sides)
        if old and new and old != new:
            places = self.places("security", "components")
            self.walk.found("security-changed", self.at, places, old, new)

    def parameters(self) -> None:
        old, new = (_parameters(one) for one in self.sides)
        for name in dict.fromkeys((*old, *new)):
            where, _, short = name.partition(" ")
            at = Location(self.at.operation, "request", where, f".{short}")
            first, second = old.get(name), new.get(name)
            places = (
                self.sides[0].document.place(first or self.sides[0].body, "name"),
                self.sides[1].document.place(second or self.sides[1].body, "name"),
            )
            if first is None or second is None:
                kind = "property-added" if first is None else "property-removed"
                must = bool(((second or first) or {}).get("required"))
                values = (None, short) if first is None else (short, None)
                self.walk.found(kind, at, places, *values, required=must)
                continue
            must, demanded = bool(first.get("required")), bool(second.get("required"))
            if must != demanded:
                kind = "property-required" if demanded else "property-optional"
                self.walk.found(kind, at, places, must, demanded)
            if "schema" in first and "schema" in second:
                nodes = (
                    Node(self.sides[0].document, (first["schema"],)),
                    Node(self.sides[1].document, (second["schema"],)),
                )
                self.walk.nodes(*nodes, at)


_CHANGED = frozenset(
    {"server-changed", "request-media-type-changed", "response-media-type-changed"}
)


def _types(document: Document, holder: dict[Any, Any]) -> list[str]:
    content = document.mapping(holder, "content")
    return [str(one).split(";")[0].strip().lower() for one in content]


def _servers(operation: Operation) -> list[str]:
    document = operation.document
    for holder in (operation.body, operation.item, document.data):
        urls = [
            str(one["url"]).rstrip("/")
            for one in document.sequence(holder, "servers")
            if isinstance(one, dict) and "url" in one
        ]
        if urls:
            return urls
    return []


def _schemes(operation: Operation) -> dict[Any, Any]:
    document = operation.document
    return document.mapping(document.mapping(document.data, "components"), "securitySchemes")


def _key(operation: Operation) -> str:
    """How the key is sent, in words; empty where the description does not say."""
    document = operation.document
    for one in _parameter_objects(operation):
        if str(one.get("name", "")).lower() == "authorization":
            return "http bearer"
    wanted = operation.body.get("security", document.data.get("security"))
    schemes = _schemes(operation)
    names = (
        [name for one in wanted if isinstance(one, dict) for name in one]
        if isinstance(wanted, list)
        else list(schemes)
    )
    for name in names:
        scheme = schemes.get(name)
        if isinstance(scheme, dict):
            parts = [scheme.get(key) for key in ("type", "scheme", "in", "name")]
            return " ".join(str(one) for one in parts if one is not None)
    return ""


def _parameter_objects(operation: Operation) -> list[dict[Any, Any]]:
    document, found = operation.document, []
    for holder in (operation.item, operation.body):
        listed = document.sequence(holder, "parameters")
        for number, one in enumerate(listed):
            if not isinstance(one, dict):
                raise document.fault("a parameter is no mapping", listed, number)
            target = document.target(one) if "$ref" in one else one
            if isinstance(target, dict):
                if not isinstance(target.get("schema", {}), (dict, bool)):
                    raise document.fault("`schema` is no schema", target, "schema")
                found.append(target)
    return found


def _parameters(operation: Operation) -> dict[str, dict[Any, Any]]:
    """The parameters but for the key, by place and name."""
    found = {}
    for one in _parameter_objects(operation):
        where, name = str(one.get("in", "query")), str(one.get("name", ""))
        if where == "header":
            name = name.lower()
        if name != "authorization":
            found[f"{where} {name}"] = one
    return found


def sweep(side: Side) -> None:
    """Look at everything that our operations reach, for its defects and faults of form."""
    todo: list[Node] = []
    for endpoint, operation in side.operations.items():
        for root in ("request", "response", "event"):
            node = _body(endpoint, operation, root)
            if node is not None:
                todo.append(node)
        todo += _errors(operation).values()
    seen: set[tuple[int, ...]] = set()
    while todo:
        node = todo.pop()
        if node.key in seen:
            continue
        seen.add(node.key)
        for one in expand(node).alternatives:
            todo += one.properties.values()
            todo += [inner for inner in (one.items, one.extra) if inner is not None]
    for document in side.documents:
        document.demand_whole()
