"""What the caller asked for and what the client sent → what was lost or changed between the two.

The same may be said in another form: a text as a list of one part, a value left out that is the
default anyway. Such rewriting is noted, and is no fault.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from conformance.clients.addressing import accepts_streams
from conformance.clients.clauses import found
from conformance.contract import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.clients.case import Case
    from conformance.clients.clauses import Finding
    from conformance.wire import Exchange

__all__ = ["Difference", "differences", "sent_otherwise"]

Kind = Literal["dropped", "altered", "rewritten", "added"]

_CLAUSES: dict[Kind, str] = {
    "dropped": "drops-from-request",
    "altered": "alters-request",
    "rewritten": "rewrites-request",
    "added": "adds-to-request",
}
_FAULTS = frozenset({"dropped", "altered"})

# Leaving these out says the same, by the documentation of the API.
_DEFAULTS: dict[str, Any] = {
    "/citation_options": {"mode": "ENABLED"},
    "/frequency_penalty": 0,
    "/k": 0,
    "/logprobs": False,
    "/max_tokens_per_doc": 4096,
    "/p": 0.75,
    "/presence_penalty": 0,
    "/priority": 0,
    "/response_format": {"type": "text"},
    "/safety_mode": "CONTEXTUAL",
    "/strict_tools": False,
    "/temperature": 0.3,
    "/thinking": {"type": "enabled"},
}
# Two names for one thing: before calls, what an assistant says and what it plans are the same to many;
# a schema for the answer has an older name, which the API still takes.
_TWINS = {
    "tool_plan": "content",
    "content": "tool_plan",
    "json_schema": "schema",
    "schema": "json_schema",
}
_AUTO = re.compile(r"/messages/\d+/content/\d+/image_url/detail")
# What a schema demands binds the model: to demand more is another schema.
_DEMAND = re.compile(
    r"/(tools/\d+/function/parameters|response_format/json_schema)(/.*)?/required(/\d+)?"
)
_SAID = re.compile(r"/messages/\d+(/content(/\d+(/text|/thinking)?)?|/tool_plan)?")
_PART = re.compile(r"/messages/\d+/content/\d+")
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_SHOWN = 60
# One cause may show in every message; so many places of one sort are told.
_MOST = 3
_POSITION = re.compile(r"/\d+(?=/|$)")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place, as a JSON Pointer into the body that was asked for (or, if added, sent)."""

    kind: Kind
    pointer: str
    message: str


def sent_otherwise(case: Case, exchanges: Iterable[Exchange]) -> list[Finding]:
    """How the first request of a case differs from what the caller asked for."""
    request = next((each.request for each in exchanges if each.request is not None), None)
    if request is None:
        return []
    findings = []
    accepted = (request.header("accept") or "*/*").lower()
    if case.endpoint == "chat" and not accepts_streams(accepted):
        findings.append(
            found("declines-event-stream", f"a stream is asked for with `Accept: {accepted}`")
        )
    try:
        sent = json.loads(request.body)
    except ValueError:
        return findings  # a rule about requests says so
    counts: dict[tuple[str, str], int] = {}
    for one in differences(case.request, sent):
        sort = (one.kind, _POSITION.sub("/*", one.pointer))
        counts[sort] = counts.get(sort, 0) + 1
        if counts[sort] <= _MOST:
            invented = one.kind == "added" and _puts_words(one.pointer, case.request, sent)
            name = "puts-words" if invented else _CLAUSES[one.kind]
            findings.append(found(name, one.message, "request"))
    return findings


def _puts_words(pointer: str, asked: Any, sent: Any) -> bool:
    """Whether what was added to a message is a text that no message had."""
    if _SAID.fullmatch(pointer) is None:
        return False
    value = sent
    for name in pointer.split("/")[1:]:
        value = value[int(name)] if isinstance(value, list) else value[name]
    had = [text for message in asked["messages"] for text in _said(message)]
    return any(not any(text in words for text in had if text) for words in _said(value))


def _said(value: Any) -> list[str]:
    """What a message, its content or a part of it says."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for each in value for text in _said(each)]
    if isinstance(value, dict):
        members = (value.get(name) for name in ("content", "tool_plan", "text", "thinking"))
        return [text for member in members if member for text in _said(member)]
    return []


def differences(asked: Any, sent: Any) -> list[Difference]:
    """All differences between a body that was asked for and the one that was sent."""
    return list(_compared(asked, sent, ""))


def _compared(asked: Any, sent: Any, at: str) -> Iterator[Difference]:
    if _same(asked, sent):
        return
    if _another_sort(asked, sent, at):
        kind: Kind = "rewritten" if set(_said(asked)) <= set(_texts(sent)) else "altered"
        said = f"`{at}` was given as `{_shown(asked)}` and sent as `{_shown(sent)}`"
        yield Difference(kind, at, said)
    elif isinstance(asked, dict) and isinstance(sent, dict):
        yield from _objects(asked, sent, at)
    elif isinstance(asked, list) and isinstance(sent, list):
        yield from _lists(asked, sent, at)
    elif _means_the_same(asked, sent, at):
        yield Difference("rewritten", at, f"`{at}` is sent in another form: `{_shown(sent)}`")
    else:
        yield Difference(
            "altered", at, f"`{at}` was given as `{_shown(asked)}` and sent as `{_shown(sent)}`"
        )


def _another_sort(asked: Any, sent: Any, at: str) -> bool:
    """Whether a part of a message is sent as a part of another type."""
    return (
        _PART.fullmatch(at) is not None
        and isinstance(asked, dict)
        and isinstance(sent, dict)
        and asked.get("type") != sent.get("type")
    )


def _objects(asked: dict[str, Any], sent: dict[str, Any], at: str) -> Iterator[Difference]:
    renamed: set[str] = set()
    for name, value in asked.items():
        place = f"{at}/{escape(name)}"
        if name in sent and sent[name] is not None:
            yield from _compared(value, sent[name], place)
        elif value in _NOTHING or _is_default(place, value):
            yield Difference(
                "rewritten",
                place,
                f"`{place}` is left out, which says the same as `{_shown(value)}`",
            )
        elif name in _TWINS and _said_alike(value, sent.get(_TWINS[name])):
            yield Difference("rewritten", place, f"`{place}` is sent as `{_TWINS[name]}`")
        elif (other := _other_name(value, asked, sent)) is not None:
            renamed.add(other)
            yield Difference("dropped", place, f"`{place}` is sent under another name, `{other}`")
        else:
            yield Difference(
                "dropped", place, f"`{place}`, given as `{_shown(value)}`, is not sent"
            )
    for name, value in sent.items():
        if name in renamed:
            continue
        twin = _TWINS.get(name, name)
        moved = sent.get(twin) is None and _said_alike(value, asked.get(twin))
        if name not in asked and value not in _NOTHING and not moved:
            yield _added(f"{at}/{escape(name)}", value)


def _other_name(value: Any, asked: dict[str, Any], sent: dict[str, Any]) -> str | None:
    """The only member that was not asked for and has this value."""
    more = [name for name, had in sent.items() if name not in asked and had not in _NOTHING]
    alike = [name for name in more if type(sent[name]) is type(value) and sent[name] == value]
    return alike[0] if len(alike) == 1 else None


def _said_alike(one: Any, other: Any) -> bool:
    """Whether two members are the same, a text as it is or as a part."""
    said = _spoken(one)
    return said != [] and said == _spoken(other)


def _spoken(value: Any) -> list[Any]:
    if isinstance(value, (str, dict)):
        return [value]
    parts = value if isinstance(value, list) else ()
    return [part.get("text") if isinstance(part, dict) else None for part in parts]


def _lists(asked: list[Any], sent: list[Any], at: str) -> Iterator[Difference]:
    """Elements in their order; what stands between them in the request was added."""
    if len(asked) == len(sent):
        for position, (value, other) in enumerate(zip(asked, sent, strict=True)):
            yield from _compared(value, other, f"{at}/{position}")
        return
    used: set[int] = set()
    place = 0
    for position, value in enumerate(asked):
        near = range(place, len(sent))
        match = next((n for n in near if not _differs(value, sent[n], f"{at}/{position}")), None)
        if match is not None:
            used.add(match)
            place = match + 1
            yield from _compared(value, sent[match], f"{at}/{position}")
            continue
        pointer = f"{at}/{position}"
        texts = _texts(value)
        if texts and all(any(text in whole for whole in _texts(sent)) for text in texts):
            yield Difference("rewritten", pointer, f"`{pointer}` is sent as a part of another")
        else:
            yield Difference(
                "dropped", pointer, f"`{pointer}`, given as `{_shown(value)}`, is not sent as such"
            )
    for number, value in enumerate(sent):
        if number not in used:
            yield _added(f"{at}/{number}", value)


def _added(pointer: str, value: Any) -> Difference:
    """What is sent, and was not given."""
    kind: Kind = "altered" if _DEMAND.fullmatch(pointer) else "added"
    return Difference(kind, pointer, f"`{pointer}` is sent as `{_shown(value)}`, and was not given")


def _differs(asked: Any, sent: Any, at: str) -> bool:
    return any(one.kind in _FAULTS for one in _compared(asked, sent, at))


def _same(asked: Any, sent: Any) -> bool:
    """The same JSON value; 1 and 1.0 are, true and 1 are not."""
    if isinstance(asked, bool) or isinstance(sent, bool):
        return asked is sent
    if isinstance(asked, (dict, list)):
        return False  # looked into by parts, unless both are empty
    return bool(asked == sent)


def _means_the_same(asked: Any, sent: Any, at: str) -> bool:
    """Another form of the same: a text as a part or a member, parts as a text, a JSON text anew.

    White space around a description is nobody's concern.
    """
    if isinstance(asked, str) and isinstance(sent, str):
        if at.endswith("/description"):
            return asked.strip() == sent.strip()
        return (
            at.endswith("/arguments") and _json(asked) is not None and _json(asked) == _json(sent)
        )
    if isinstance(asked, str) and isinstance(sent, (dict, list)):
        said = _texts(sent)
        return asked in said and _json_lines(sent) <= 1
    if isinstance(asked, list) and isinstance(sent, str):
        texts = [each.get("text") if isinstance(each, dict) else None for each in asked]
        whole = [each for each in texts if isinstance(each, str)]
        return len(whole) == len(asked) and any(
            sent == gap.join(whole) for gap in ("", " ", "\n", "\n\n")
        )
    return False


def _json_lines(value: Any) -> int:
    """How many elements a list has; 1 for anything else."""
    return len(value) if isinstance(value, list) else 1


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _texts(value: Any) -> list[str]:
    """All texts in a value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in _texts(each)]


def _is_default(pointer: str, value: Any) -> bool:
    if _AUTO.fullmatch(pointer):
        return bool(value == "auto")
    if pointer not in _DEFAULTS:
        return False
    known = _DEFAULTS[pointer]
    return bool(value == known) and isinstance(value, bool) == isinstance(known, bool)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}…{text[-_SHOWN // 2 :]}"
