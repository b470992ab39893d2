"""Frame → event: JSON parsed strictly, the variant told by `type`, every flaw noted with its place.

Nothing here raises on input. A flaw of the text (invalid JSON, NaN, a duplicate key, a lone
surrogate, something that is no object) becomes a `Flaw`; whether it is an error is for the rules.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # absent from the stubs
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from conformance.sse import Frame

__all__ = [
    "DELTA_PATHS",
    "TERMINATOR",
    "Event",
    "Flaw",
    "Template",
    "json_flaws",
    "parse",
    "split_at_text",
    "template_of",
    "type_hint",
]

# The end marker of a stream. Until 2024-09 it was sent as a JSON string, quotes included.
TERMINATOR = "[DONE]"
_QUOTED_TERMINATOR = '"[DONE]"'

# Where each kind of delta carries its text. One place knows this; folding and templates use it.
DELTA_PATHS: dict[str, tuple[tuple[str, ...], ...]] = {
    "content-delta": (
        ("delta", "message", "content", "text"),
        ("delta", "message", "content", "thinking"),
    ),
    "tool-plan-delta": (("delta", "message", "tool_plan"),),
    "tool-call-delta": (("delta", "message", "tool_calls", "function", "arguments"),),
}
_TEXT_MARK = re.compile(r'"(?:text|thinking|tool_plan|arguments)":"')


class Flaw(NamedTuple):
    """A flaw of a JSON text: what, at which character, and a detail for the message.

    Kinds: ``invalid-json``, ``not-an-object``, ``duplicate-key``, ``not-a-number`` (NaN and the
    infinities), ``lone-surrogate``.
    """

    kind: str
    position: int
    detail: str


class Event:
    """One event of a stream: its frame, its type, its JSON object.

    `number` counts from 0. `type` is None when the data is not an object or has no string `type`;
    the terminator has type ``[DONE]``. `channel` and `text` are set on deltas that carry text.
    `form` is the template of a delta that differs from an earlier one in its text only.
    """

    __slots__ = ("_json", "channel", "flaws", "form", "frame", "index", "number", "text", "type")

    def __init__(
        self,
        number: int,
        frame: Frame,
        kind: str | None,
        *,
        index: int | None = None,
        channel: str | None = None,
        text: str | None = None,
        data: dict[str, Any] | None = None,
        flaws: tuple[Flaw, ...] = (),
    ) -> None:
        self.number = number
        self.frame = frame
        self.type = kind
        self.index = index
        self.channel = channel
        self.text = text
        self._json = data
        self.flaws = flaws
        self.form: Template | None = None

    @classmethod
    def of_form(cls, number: int, frame: Frame, form: Template, text: str) -> Event:
        """A delta of a known form: nothing but its text is new."""
        event = cls.__new__(cls)
        event.number = number
        event.frame = frame
        event.type = form.type
        event.index = form.index
        event.channel = form.channel
        event.text = text
        event._json = None  # noqa: SLF001  (our own)
        event.flaws = ()
        event.form = form
        return event

    @property
    def data(self) -> dict[str, Any]:
        """The JSON object; empty when there is none."""
        if self._json is None:
            try:
                found = json.loads(self.frame.data)
            except (ValueError, RecursionError):
                found = None
            self._json = found if isinstance(found, dict) else {}
        return self._json

    def at(self, *path: str) -> Any:
        """The value at a path of keys, or None."""
        value: Any = self.data
        for key in path:
            if not isinstance(value, dict):
                return None
            value = value.get(key)
        return value

    def __repr__(self) -> str:
        return f"<event {self.number + 1} {self.type}>"


class _Strict(json.JSONDecoder):
    """A JSON decoder that notes duplicate keys and the constants that JSON does not have."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        super().__init__(object_pairs_hook=self._pairs, parse_constant=self._constant)

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    self.found.append(("duplicate-key", key))
                seen.add(key)
        return made

    def _constant(self, name: str) -> float:
        self.found.append(("not-a-number", name))
        return float(name.replace("Infinity", "inf"))


_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def json_flaws(text: str) -> tuple[Any, list[Flaw]]:
    """The value of a JSON text and its flaws; the value is None when the text is not JSON.

    RFC 8259: 4 (names should be unique), 6 (no NaN, no infinity), 8.2 (lone surrogates).
    """
    decoder = _Strict()
    try:
        value = decoder.decode(text)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
        return None, [Flaw("invalid-json", error.pos, reason)]
    except (RecursionError, ValueError) as error:
        # Too deep, or a number of more digits than the interpreter converts.
        reason = "nested too deeply" if isinstance(error, RecursionError) else "number too long"
        return None, [Flaw("invalid-json", 0, reason)]
    flaws: list[Flaw] = []
    for kind, detail in decoder.found:
        if kind == "duplicate-key":
            first = text.find(json.dumps(detail))
            again = text.find(json.dumps(detail), first + 1)
            place = max(again, first, 0)
        else:
            place = max(text.find(detail), 0)
        flaws.append(Flaw(kind, place, detail))
    if "\\u" in text:
        lone = _lone_surrogate(text)
        if lone is not None:
            flaws.append(lone)
    return value, flaws


def _lone_surrogate(text: str) -> Flaw | None:
    for escape in _ESCAPED_SURROGATE.finditer(text):
        start = escape.start()
        slashes = len(text[:start]) - len(text[:start].rstrip("\\"))
        if slashes % 2:
            continue  # the backslash itself is escaped
        high = text[start + 3] in "89abAB"
        if high and _ESCAPED_SURROGATE.match(text, start + 6) and text[start + 9] in "cdefCDEF":
            continue
        if not high and _ends_with_high(text, start):
            continue
        return Flaw("lone-surrogate", start, escape[0])
    return None


def _ends_with_high(text: str, position: int) -> bool:
    before = text[max(position - 6, 0) : position]
    return bool(re.fullmatch(r"\\u[dD][89abAB][0-9a-fA-F]{2}", before))


def parse(frame: Frame, number: int) -> Event:
    """The event in a frame. Never raises; what is wrong stands in `flaws`."""
    text = frame.data
    if text in (TERMINATOR, _QUOTED_TERMINATOR):
        return Event(number, frame, TERMINATOR, data={})
    value, flaws = json_flaws(text)
    if not isinstance(value, dict):
        if not flaws or flaws[0].kind != "invalid-json":
            flaws.insert(0, Flaw("not-an-object", 0, _json_type(value)))
        return Event(number, frame, None, data={}, flaws=tuple(flaws))
    kind = value.get("type")
    if not isinstance(kind, str):
        kind = None
    index = value.get("index")
    if isinstance(index, float) and index.is_integer():
        index = int(index)
    if not isinstance(index, int) or isinstance(index, bool):
        index = None
    event = Event(number, frame, kind, index=index, data=value, flaws=tuple(flaws))
    for path in DELTA_PATHS.get(kind or "", ()):
        found = event.at(*path)
        if isinstance(found, str):
            event.channel, event.text = path[-1], found
            break
    return event


def _json_type(value: object) -> str:
    names = {type(None): "null", bool: "boolean", int: "number", float: "number", str: "string"}
    return names.get(type(value), "array")


_TYPE = re.compile(r'"type"\s*:\s*"([a-z-]+)"')


def type_hint(event: Event) -> str:
    """What an event without a readable type seems to be: its event name, else a type in its text.

    Order is judged on this, so that an event that cannot be read does not count as missing too.
    """
    if event.frame.name:
        return event.frame.name
    found = _TYPE.search(event.frame.data)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Template:
    """What two deltas share that differ only inside one string."""

    type: str
    index: int | None
    channel: str


def split_at_text(text: str) -> tuple[str, str, str] | None:
    """Cut an event's text around its first text value: what stands before, the value, after.

    None when there is no such value or its string is malformed. The cut is exact: JSON is read
    from left to right, so two texts with the same beginning are in the same place of the grammar.
    """
    mark = _TEXT_MARK.search(text)
    if mark is None:
        return None
    begin = mark.end()
    try:
        value, end = scanstring(text, begin, True)
    except ValueError:
        return None
    if "\\" in text and _SURROGATE.search(value):
        return None
    return text[:begin], value, text[end:]


def template_of(event: Event, before: str, after: str) -> Template | None:
    """The template of an event cut into (`before`, its text, `after`), or None.

    Proves that the cut string is the delta's text: with another string in its place, the event
    parses to the same object with just that text changed.
    """
    if event.type is None or event.channel is None or event.flaws:
        return None
    probe = json.loads(before + '\\u0001probe"' + after)
    changed = parse(event.frame._replace(data=json.dumps(probe)), event.number)
    if changed.text != "\x01probe" or changed.channel != event.channel:
        return None
    if changed.type != event.type or changed.index != event.index:
        return None
    return Template(event.type, event.index, event.channel)
