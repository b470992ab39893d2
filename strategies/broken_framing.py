"""Events → bytes with one fault of framing: what a client must notice and a server must not send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.errors import UsageError
from conformance.events import split_at_text

from .fault import Fault
from .framing import Framed, chunked
from .given import stream_of
from .message import compact
from .source import named
from .stream import Raw, Stream, frame_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hypothesis.strategies import SearchStrategy

    from .source import Source

__all__ = ["BrokenFraming", "broken_framing", "broken_framings"]

_DELTAS = ("content-delta", "tool-plan-delta", "tool-call-delta")


class BrokenFraming(NamedTuple):
    """A body with exactly one fault of framing, and its label."""

    framed: Framed
    fault: Fault

    def __repr__(self) -> str:
        return f"({self.framed!r}, {self.fault!r})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))


def broken_framings(
    events: Stream | Iterable[dict[str, Any] | str | Raw],
) -> SearchStrategy[BrokenFraming]:
    """Bytes of a valid stream with exactly one fault of framing: `(framed, fault)`.

    Bytes that are no UTF-8, a body that ends inside an event or before its blank line, a lost blank
    line, line ends inside of data, data in a field of another name, JSON encoded twice, an event
    field that says something else. `events` are a valid stream, or its events with the terminator;
    UsageError when they have no message-end::

        >>> framed, fault = draw(broken_framings(draw(streams())))
        >>> fault
        Fault(kind='unterminated event', pointer='/4', code='SSE-009', ...)
    """
    stream = stream_of(events, "broken_framings(events)")
    if "message-end" not in [event.get("type") for event in stream.events]:
        raise UsageError(
            "the events have no `message-end`", where="broken_framings(events)",
            hint="give the events of a whole stream",
        )  # fmt: skip
    return _broken_framings(stream)


def _plain(stream: Stream) -> list[list[str]]:
    made = []
    for name, data in map(frame_of, stream.items):
        lines = [f"event: {name}"] if name else []
        made.append([*lines, *(f"data: {line}" for line in data.split("\n"))])
    return made


def _joined(blocks: list[list[str]]) -> bytes:
    return "".join("".join(f"{line}\n" for line in lines) + "\n" for lines in blocks).encode()


def _types(stream: Stream) -> list[str]:
    """The type of each item; empty for the terminator."""
    return [str(each.get("type")) if isinstance(each, dict) else "" for each in stream.items]


def _in_text(line: str, what: str) -> str:
    """Put something at the beginning of the text of a delta."""
    parts = split_at_text(line)
    assert parts is not None  # every delta has a text
    return parts[0] + what + line[len(parts[0]) :]


def _with_text(stream: Stream) -> list[int]:
    """Where the deltas are: events that a client can lose without losing its way."""
    return [n for n, kind in enumerate(_types(stream)) if kind in _DELTAS]


Made = tuple[bytes, int, str, str]


def _not_utf_8(source: Source, stream: Stream) -> Made:
    wrong = source.pick((b"\xff", b"\xe9", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x8c"))
    number = source.integer(0, len(stream.items) - 1)
    blocks = _plain(stream)
    places = _with_text(stream)
    if places and source.integer(0, 1):
        number = source.pick(places)
        blocks[number][-1] = _in_text(blocks[number][-1], "\0")
    else:
        blocks[number].insert(0, ": \0")
    body = _joined(blocks).replace(b"\0", wrong)
    return body, number, "SSE-001", f"the bytes `{wrong.hex(' ')}` are no UTF-8"


def _unterminated(source: Source, stream: Stream) -> Made:
    number = _types(stream).index("message-end")
    body = _joined(_plain(stream)[: number + 1])
    # Without the blank line, or without the end of the line either.
    return body[: -source.integer(1, 2)], number, "SSE-009", "no blank line ends the last event"


def _cut(source: Source, stream: Stream) -> Made:
    end = _types(stream).index("message-end")
    number = source.integer(0, end)
    blocks = _plain(stream)
    whole = _joined(blocks[:number])
    code = "STREAM-003" if number > _types(stream).index("message-start") else "STREAM-001"
    if number and not source.integer(0, 2):
        return whole, number, code, "the body ends between two events"
    text = "\n".join(blocks[number])
    # Up to the last character, which makes the JSON text whole.
    part = text[: source.integer(1, len(text) - 1)]
    return whole + part.encode(), number, code, "the body ends inside an event"


def _lost_blank_line(source: Source, stream: Stream) -> Made | None:
    deltas = _with_text(stream)
    pairs = [n for n in deltas if n + 1 in deltas]
    if not pairs:
        return None
    number = source.pick(pairs)
    blocks = _plain(stream)
    blocks[number : number + 2] = [[*blocks[number], *blocks[number + 1]]]
    return _joined(blocks), number, "EVENT-001", "no blank line parts two events"


def _line_end(source: Source, stream: Stream) -> Made | None:
    deltas = _with_text(stream)
    if not deltas:
        return None
    number = source.pick(deltas)
    blocks = _plain(stream)
    end = source.pick(("\n", "\r", "\r\n", "\n\n", "\ndata: "))
    blocks[number][-1] = _in_text(blocks[number][-1], end)
    return _joined(blocks), number, "EVENT-001", f"the line end {end!r} stands inside a text"


def _field(source: Source, stream: Stream) -> Made:
    types = _types(stream)
    first, last = types.index("message-start"), types.index("message-end")
    number = source.pick((last, first))
    blocks = _plain(stream)
    name = source.pick(("Data", " data", "data ", "DATA", "\ufeffdata", "-data"))
    blocks[number][-1] = name + blocks[number][-1].removeprefix("data")
    code = "STREAM-003" if number == last else "STREAM-001"
    return _joined(blocks), number, code, f"the data stands in the field `{name}`, which is ignored"


def _encoded_twice(source: Source, stream: Stream) -> Made | None:
    deltas = _with_text(stream)
    if not deltas:
        return None
    number = source.pick(deltas)
    blocks = _plain(stream)
    data = blocks[number][-1].removeprefix("data: ")
    blocks[number][-1] = f"data: {compact(data)}"
    return _joined(blocks), number, "EVENT-002", "the JSON is encoded twice"


def _two_in_one(source: Source, stream: Stream) -> Made | None:
    deltas = _with_text(stream)
    if not deltas:
        return None
    number = source.pick(deltas)
    blocks = _plain(stream)
    blocks[number][-1] += blocks[number][-1].removeprefix("data: ")
    return _joined(blocks), number, "EVENT-001", "one line brings two JSON texts"


def _other_name(source: Source, stream: Stream) -> Made:
    types = _types(stream)
    number = source.pick([n for n, kind in enumerate(types) if kind])
    blocks = _plain(stream)
    name = source.pick(
        [n for n in ("message", "content-delta", "message-end", "error") if n != types[number]]
    )
    blocks[number][0] = f"event: {name}"
    return _joined(blocks), number, "SSE-014", f"the event field says `{name}`"


_WAYS: tuple[tuple[str, Callable[[Source, Stream], Made | None]], ...] = (
    ("not UTF-8", _not_utf_8),
    ("unterminated event", _unterminated),
    ("truncated body", _cut),
    ("lost blank line", _lost_blank_line),
    ("line end in data", _line_end),
    ("wrong field", _field),
    ("encoded twice", _encoded_twice),
    ("two events in one", _two_in_one),
    ("another event name", _other_name),
)


def broken_framing(source: Source, stream: Stream) -> BrokenFraming:
    """A broken framing; see `broken_framings`."""
    kind, make = source.pick(_WAYS)
    made = make(source, stream)
    if made is None:  # the stream has no delta
        kind, make = _WAYS[source.integer(0, 2)]
        made = make(source, stream)
    assert made is not None  # the first three apply to every stream
    body, number, code, why = made
    return BrokenFraming(Framed(chunked(source, body)), Fault(kind, f"/{number}", code, why))


_broken_framings = named("broken_framings")(broken_framing)
