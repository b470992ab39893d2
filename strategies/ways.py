"""The ways to break a stream: what each breaks, and how; and how a stream is told for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .facts import Facts
from .fault import Fault
from .streaming import Purpose, Todo
from .walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from .source import Source
    from .stream import Stream

    Change = Callable[[Source], tuple[Stream, str, str]]

__all__ = ["BrokenStream", "StreamWay", "StreamWays", "find", "tell"]


class BrokenStream(NamedTuple):
    """A stream with exactly one fault, and its label."""

    stream: Stream
    fault: Fault

    def __repr__(self) -> str:
        return f"({self.stream!r}, {self.fault!r})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))


class StreamWay(NamedTuple):
    """One way to break a stream: its kind, the rule that it breaks, and how it is done."""

    kind: str
    code: str
    make: Callable[[Source], BrokenStream]


class StreamWays:
    """A list of ways that functions register themselves in."""

    def __init__(self) -> None:
        self.all: list[StreamWay] = []

    def way(self, kind: str, code: str, *also: str) -> Callable[[Change], Change]:
        """Register a function that makes a broken stream, a pointer into it, and a sentence."""

        def register(change: Change) -> Change:
            def make(source: Source) -> BrokenStream:
                stream, pointer, why = change(source)
                return BrokenStream(stream, Fault(kind, pointer, code, why, also=also))

            self.all.append(StreamWay(kind, code, make))
            return change

        return register


def tell(source: Source, purpose: Purpose, request: dict[str, Any] | None = None) -> Walk:
    """A whole regular stream of a purpose, as a walk whose `items` may be changed."""
    walk = Walk(source, Facts(request))
    Todo(walk, purpose).finish()
    return walk


def find(items: list[Any], *types: str) -> list[int]:
    """The positions of the events of these types."""
    return [n for n, each in enumerate(items) if isinstance(each, dict) and each["type"] in types]
