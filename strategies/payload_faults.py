"""An event of a valid stream → one whose data is wrong: against its schema, or as a JSON text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.contract import contract

from .message import compact
from .mutations import Codes, Target, apply, targets
from .stream import Raw, Stream
from .streaming import Purpose
from .ways import BrokenStream, StreamWay, StreamWays, find, tell

if TYPE_CHECKING:
    from .source import Source

__all__ = ["PAYLOADS", "schema_ways"]

EVENT = Codes("EVENT-010", "EVENT-008", "EVENT-009", "EVENT-009", "EVENT-012", "EVENT-011")

TEXT = Purpose(text=True)
CALLS = Purpose(plan=True, calls=True, reason="TOOL_CALL")
CITED = Purpose(text=True, cited=True)
_PURPOSES = {
    "tool-plan-delta": CALLS, "tool-call-start": CALLS, "tool-call-delta": CALLS,
    "tool-call-end": CALLS, "citation-start": CITED, "citation-end": CITED,
}  # fmt: skip


def told(source: Source, kind: str) -> tuple[list[Any], int]:
    """The items of a regular stream that has an event of this type, and where one is."""
    purpose = _PURPOSES.get(kind, TEXT)
    for _ in range(100):
        items = tell(source, purpose).items
        if kind == "debug":
            items.insert(1, {"type": "debug", "event_type": "debug"})
        places = find(items, kind)
        if places:
            return items, source.pick(places)
    raise AssertionError(kind)


def schema_ways() -> list[StreamWay]:
    """A way for every place of every event's schema and every kind of fault that applies there."""
    return [
        _schema_way(kind, target)
        for kind in sorted(contract().event_types)
        for target in targets(contract().schema(f"chat-event/{kind}"))
        # The type of an event is no member like others: it says what the event is.
        if target.place.steps != ("type",)
    ]


def _schema_way(kind: str, target: Target) -> StreamWay:
    root = contract().schema(f"chat-event/{kind}")

    def make(source: Source) -> BrokenStream:
        items, number = told(source, kind)
        fault = apply(source, root, items[number], target, EVENT)
        return BrokenStream(Stream(items), fault._replace(pointer=f"/{number}{fault.pointer}"))

    return StreamWay(target.kind, target.code(EVENT), make)


# -- the data as a text, and what no schema says -------------------------------------------------------

PAYLOADS = StreamWays()
Made = tuple[Stream, str, str]


def _raw(source: Source, kind: str, text: str) -> tuple[Stream, str]:
    """A stream in which the data of one event of a type is another text."""
    items, number = told(source, kind)
    items[number] = Raw(kind, text)
    return Stream(items), f"/{number}"


def _delta(source: Source) -> tuple[list[Any], int, str]:
    """The items of a stream with a text delta, where it is, and its data."""
    items, number = told(source, "content-delta")
    return items, number, compact(items[number])


@PAYLOADS.way("malformed JSON", "EVENT-001")
def _malformed(source: Source) -> Made:
    items, number, text = _delta(source)
    forms = (text[:-1], text + "}", text.replace('"', "'"), text[:-1] + ",}", "", "{", text + text)
    items[number] = Raw("content-delta", source.pick(forms))
    return Stream(items), f"/{number}", "the data is no JSON text"


@PAYLOADS.way("no JSON object", "EVENT-002")
def _no_object(source: Source) -> Made:
    items, number, text = _delta(source)
    items[number] = Raw(
        "content-delta", source.pick(("[]", "null", "5", compact(text), f"[{text}]"))
    )
    return Stream(items), f"/{number}", "the data is another JSON text than an object"


@PAYLOADS.way("duplicate key", "EVENT-003")
def _duplicate_key(source: Source) -> Made:
    items, number, text = _delta(source)
    name = source.pick(("index", "type"))
    items[number] = Raw(
        "content-delta", f"{text[:-1]},{compact(name)}:{compact(items[number][name])}}}"
    )
    return Stream(items), f"/{number}/{name}", f"`{name}` stands twice"


@PAYLOADS.way("not a number", "EVENT-004")
def _not_a_number(source: Source) -> Made:
    items, number, text = _delta(source)
    word = source.pick(("NaN", "Infinity", "-Infinity"))
    logprobs = f'"logprobs":{{"token_ids":[1],"logprobs":[{word}]}}'
    items[number] = Raw("content-delta", f"{text[:-1]},{logprobs}}}")
    return Stream(items), f"/{number}/logprobs/logprobs/0", f"JSON has no `{word}`"


@PAYLOADS.way("lone surrogate", "EVENT-005")
def _surrogate(source: Source) -> Made:
    items, number, text = _delta(source)
    half = source.pick(("\\ud83c", "\\udf0a", "\\udf0a\\ud83c"))
    items[number] = Raw("content-delta", text.replace('"text":"', f'"text":"{half}', 1))
    return Stream(items), f"/{number}/delta/message/content/text", f"`{half}` is no character"


@PAYLOADS.way("missing", "EVENT-006")
def _no_type(source: Source) -> Made:
    items, number, _ = _delta(source)
    del items[number]["type"]
    return Stream(items), f"/{number}/type", "the event does not say what it is"


@PAYLOADS.way("wrong type", "EVENT-006")
def _type_of_type(source: Source) -> Made:
    items, number, _ = _delta(source)
    items[number]["type"] = source.pick((5, None, ["content-delta"], {}))
    return Stream(items), f"/{number}/type", "the type is no text"


@PAYLOADS.way("unknown event", "EVENT-007")
def _unknown(source: Source) -> Made:
    walk = tell(source, source.pick((TEXT, CALLS, CITED)))
    number = source.integer(0, len(walk.items) - 1)
    name = source.pick(("ping", "content-pause", "tool-result", "search-start", "🌊", ""))
    walk.items.insert(number, {"type": name})
    return Stream(walk.items), f"/{number}/type", f"`{name}` is no documented event"


@PAYLOADS.way("changed case", "EVENT-007")
def _type_case(source: Source) -> Made:
    items, number, _ = _delta(source)
    items[number]["type"] = source.pick(("Content-Delta", "content_delta", "CONTENT-DELTA"))
    return Stream(items), f"/{number}/type", "the type is written otherwise"


@PAYLOADS.way("message start", "EVENT-013")
def _start(source: Source) -> Made:
    items, number = told(source, "message-start")
    message = items[number]["delta"]["message"]
    name = source.pick(("content", "tool_plan", "tool_calls", "citations"))
    if source.integer(0, 1):
        del message[name]
    else:
        message[name] = "I look." if name == "tool_plan" else [{}]
    return Stream(items), f"/{number}/delta/message/{name}", f"`{name}` is not empty at the start"


@PAYLOADS.way("message id", "EVENT-014")
def _id(source: Source) -> Made:
    items, number = told(source, "message-start")
    known = items[number]["id"]
    items[number]["id"] = source.pick(("", "chat-1", known.upper() + "A", known[:-1], known[:8]))
    return Stream(items), f"/{number}/id", "the id of the message is no UUID in lower case"


@PAYLOADS.way("mixed channels", "EVENT-015")
def _channels(source: Source) -> Made:
    items, number, _ = _delta(source)
    items[number]["delta"]["message"]["content"]["thinking"] = "Hm"
    return Stream(items), f"/{number}/delta/message/content", "a delta brings text and thinking"


@PAYLOADS.way("text in a start", "EVENT-016")
def _opening(source: Source) -> Made:
    items = tell(source, TEXT).items
    number = find(items, "content-start")[0]
    items[number]["delta"]["message"]["content"]["text"] = "Well, "
    return Stream(items), f"/{number}/delta/message/content/text", "a block starts with a text"


@PAYLOADS.way("untyped block", "EVENT-017")
def _untyped(source: Source) -> Made:
    items = tell(source, TEXT).items
    number = find(items, "content-start")[0]
    content = items[number]["delta"]["message"]["content"]
    if source.integer(0, 1):
        del content["type"]
    else:
        del items[number]["delta"]["message"]["content"]
    return Stream(items), f"/{number}/delta/message/content", "a block does not say what it is"


@PAYLOADS.way("debug event", "EVENT-018")
def _debug(source: Source) -> Made:
    items = tell(source, TEXT).items
    number = source.integer(1, len(items) - 2)
    items.insert(number, {"type": "debug", "event_type": "debug"})
    return Stream(items), f"/{number}", "nobody has seen such an event"
