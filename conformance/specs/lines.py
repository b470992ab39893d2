"""YAML text -> plain data whose mappings and lists know on which line each member stands.

The same values as `yamlio.load` gives, made in one pass over the nodes of the C parser, since a
comparison wants to name places and yet be done with a description of a megabyte in a second.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml

from conformance.specs import yamlio

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Lined", "LinedList", "line_of", "load"]

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN = "plain"
_QUOTED = "quoted"
_TAG = "tag:yaml.org,2002:"
_SCALARS = {
    f"{_TAG}int": (int,),
    f"{_TAG}float": (float, int),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
}
_DEEPEST = 200
# Plain scalars that begin otherwise are text, and most are.
_NOT_TEXT = frozenset("~nNtTfF+-.0123456789")


class Lined(dict[Any, Any]):
    """A mapping that was read: `line` is where it begins, `lines` has the line of each key."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[Any, int] = {}


class LinedList(list[Any]):
    """A list that was read: `line` is where it begins, `lines` has the line of each item."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


class _Nodes(_Base):  # type: ignore[misc]
    """A loader that leaves it to us what a scalar means: its tag only says how it was written."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:  # noqa: ARG002
        return _PLAIN if kind is yaml.ScalarNode and implicit[0] else _QUOTED

    def descend_resolver(self, current: Any, index: Any) -> None:
        """Nothing depends on the path to a node."""

    def ascend_resolver(self) -> None:
        """Nothing depends on the path to a node."""


def load(text: str, *, where: str, first_line: int = 1) -> Any:
    """The one document in `text`; `first_line` is the line of `where` on which `text` begins.

    Raises SpecError with file and line when the text is not one YAML document.
    """
    try:
        with _without_collector():
            node = yaml.compose(text, Loader=_Nodes)
            return None if node is None else _Reader(first_line).value(node, 0)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise yamlio.broken(error, where, first_line) from None


@contextmanager
def _without_collector() -> Iterator[None]:
    """Looking for garbage among nodes that all stay takes most of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Reader:
    """Turns nodes into data; what an alias repeats is one object."""

    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.made: dict[int, Any] = {}
        self.open: set[int] = set()

    def value(self, node: Any, depth: int) -> Any:
        if node.id == "scalar":
            return self.scalar(node)
        known = self.made.get(id(node))
        if known is not None:
            return known
        if id(node) in self.open:
            raise _fault("an alias stands inside what it repeats", node)
        if depth > _DEEPEST:
            raise _fault("the values are nested too deep to be a description", node)
        if node.tag not in (_QUOTED, f"{_TAG}map", f"{_TAG}seq"):
            raise _fault(f"the tag `{node.tag}` is not known", node)
        self.open.add(id(node))
        made = self.mapping(node, depth) if node.id == "mapping" else self.sequence(node, depth)
        self.open.discard(id(node))
        self.made[id(node)] = made
        return made

    def mapping(self, node: Any, depth: int) -> Lined:
        out = Lined(self.first_line + node.start_mark.line)
        for key_node, value_node in node.value:
            if key_node.id != "scalar":
                raise _fault("a key is not a scalar", key_node)
            key = self.scalar(key_node)
            if key_node.tag == _PLAIN and key == "<<":
                self.merged(out, value_node, depth)
                continue
            if key in out.lines:
                raise _fault(f"the key `{key_node.value}` stands twice", key_node)
            out[key] = self.value(value_node, depth + 1)
            out.lines[key] = self.first_line + key_node.start_mark.line
        return out

    def merged(self, out: Lined, node: Any, depth: int) -> None:
        """Take over the members of what `<<` names, where the mapping has none of its own."""
        given = self.value(node, depth + 1)
        for one in given if isinstance(given, list) else [given]:
            if not isinstance(one, dict):
                raise _fault("`<<` needs a mapping", node)
            for key, value in one.items():
                out.setdefault(key, value)

    def sequence(self, node: Any, depth: int) -> LinedList:
        out = LinedList(self.first_line + node.start_mark.line)
        for item in node.value:
            out.append(self.value(item, depth + 1))
            out.lines.append(self.first_line + item.start_mark.line)
        return out

    def scalar(self, node: Any) -> Any:
        text, tag = node.value, node.tag
        if tag == _PLAIN:
            return text if text and text[0] not in _NOT_TEXT else yamlio.plain_scalar(text)
        if tag in (_QUOTED, f"{_TAG}str"):
            return text
        wanted = _SCALARS.get(tag)
        if wanted is not None:
            value = yamlio.plain_scalar(text)
            if type(value) in wanted:
                return value
            raise _fault(f"`{text}` is no value of the tag `{tag}`", node)
        raise _fault(f"the tag `{tag}` is not known", node)


def _fault(what: str, node: Any) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, what, node.start_mark)


def line_of(holder: Any, key: Any = None) -> int | None:
    """The line of a member of something read here, or of the thing itself; None if not known."""
    if isinstance(holder, Lined):
        return holder.lines.get(key, holder.line)
    if isinstance(holder, LinedList):
        inside = isinstance(key, int) and key < len(holder.lines)
        return holder.lines[key] if inside else holder.line
    return None
