"""Small edits from which faults are put together. Each takes a draft and makes one thing wrong.

A pointer is a path of keys with slashes: ``delta/message/content/text``; a number is a position in
a list.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.faults.framing import Event, compact

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.draft import Draft

    Edit = Callable[[Draft], None]

__all__ = [
    "Fault",
    "answer",
    "ask",
    "ask_at",
    "change_answer",
    "cut",
    "cut_answer",
    "drop",
    "drop_every",
    "every",
    "flags",
    "header",
    "insert",
    "mangle",
    "move",
    "put",
    "raw",
    "rename",
    "repeat",
    "request_header",
    "send",
    "status",
    "steps",
    "unask",
]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the code it must have, what it is, where, and how it is made.

    `level` is the level of the finding. `named` says that event names belong to the fault, so that
    a framing may not leave them out. `also` are codes that the decision tables join to this one at
    error level. `number` picks the exchange of a recording that has several.
    """

    code: str
    what: str
    recording: str
    edit: Edit
    level: str = "error"
    named: bool = False
    also: tuple[str, ...] = ()
    number: int = 0

    def __str__(self) -> str:
        return f"{self.code} {self.what} ({self.recording})"


def _keys(pointer: str) -> list[str | int]:
    return [int(key) if key.lstrip("-").isdigit() else key for key in pointer.split("/")]


def _set(value: Any, pointer: str, new: object) -> None:
    *path, last = _keys(pointer)
    for key in path:
        value = value[key]
    value[last] = copy.deepcopy(new)


def _remove(value: Any, pointer: str) -> None:
    *path, last = _keys(pointer)
    for key in path:
        value = value[key]
    del value[last]


# -- events ----------------------------------------------------------------------------------------


def steps(*edits: Edit) -> Edit:
    """Several edits that make up one fault."""

    def edit(draft: Draft) -> None:
        for one in edits:
            one(draft)

    return edit


def _events(draft: Draft) -> list[Event]:
    assert draft.events is not None
    return draft.events


def drop(kind: str, number: int = 0) -> Edit:
    """Leave an event out."""
    return lambda draft: _events(draft).__delitem__(draft.place(kind, number))


def drop_every(kind: str, channel: str = "") -> Edit:
    """Leave all events of a type out, or those that carry this channel."""

    def edit(draft: Draft) -> None:
        draft.events = [
            event
            for event in _events(draft)
            if event.kind != kind or (channel and f'"{channel}":' not in event.text)
        ]

    return edit


def repeat(kind: str, number: int = 0, *, before: tuple[str, int] | None = None) -> Edit:
    """Send an event twice, the second time at once or just before another."""

    def edit(draft: Draft) -> None:
        twin = copy.deepcopy(draft.event(kind, number))
        at = draft.place(*before) if before else draft.place(kind, number) + 1
        _events(draft).insert(at, twin)

    return edit


def move(kind: str, number: int = 0, *, before: tuple[str, int]) -> Edit:
    """Send an event just before another instead of where it stands."""

    def edit(draft: Draft) -> None:
        moved = draft.event(kind, number)
        target = draft.event(*before)
        events = _events(draft)
        events[:] = [event for event in events if event is not moved]
        at = next(at for at, event in enumerate(events) if event is target)
        events.insert(at, moved)

    return edit


def insert(*data: dict[str, Any] | str, before: tuple[str, int]) -> Edit:
    """Send further events just before another one."""

    def edit(draft: Draft) -> None:
        made = [
            Event(one["type"] if isinstance(one, dict) and "type" in one else None, one)
            for one in data
        ]
        at = draft.place(*before)
        _events(draft)[at:at] = copy.deepcopy(made)

    return edit


def put(kind: str, pointer: str, value: object, number: int = 0) -> Edit:
    """Give a member of an event another value."""

    def edit(draft: Draft) -> None:
        event = draft.event(kind, number)
        _set(event.data, pointer, value)

    return edit


def cut(kind: str, pointer: str, number: int = 0) -> Edit:
    """Leave a member of an event out."""
    return lambda draft: _remove(draft.event(kind, number).data, pointer)


def every(kinds: str, pointer: str, value: object = None) -> Edit:
    """Give a member another value in all events whose type begins so; None leaves it out."""

    def edit(draft: Draft) -> None:
        for event in _events(draft):
            if event.kind.startswith(kinds):
                if value is None:
                    _remove(event.data, pointer)
                else:
                    _set(event.data, pointer, value)

    return edit


def raw(kind: str, old: str, new: str, number: int = 0) -> Edit:
    """Change the text of an event's data."""

    def edit(draft: Draft) -> None:
        event = draft.event(kind, number)
        changed = compact(event.data).replace(old, new, 1)
        assert changed != event.text, f"{old!r} is not in {event.text}"
        event.data = changed

    return edit


def rename(kind: str, name: str, number: int = 0) -> Edit:
    """Give an event another name."""
    return lambda draft: setattr(draft.event(kind, number), "name", name)


def mangle(change: Callable[[bytes], bytes]) -> Edit:
    """Change the bytes of the body after the events were framed."""
    return lambda draft: setattr(draft, "mangle", change)


# -- requests --------------------------------------------------------------------------------------


def ask(**members: Any) -> Edit:
    """Send further members, or other values of them."""
    return lambda draft: draft.request.update(copy.deepcopy(members))


def ask_at(pointer: str, value: object) -> Edit:
    """Send another value of a nested member."""
    return lambda draft: _set(draft.request, pointer, value)


def unask(pointer: str) -> Edit:
    """Leave a member of the request out."""
    return lambda draft: _remove(draft.request, pointer)


def send(change: Callable[[bytes], bytes]) -> Edit:
    """Change the bytes of the request."""

    def edit(draft: Draft) -> None:
        draft.sent = change(compact(draft.request).encode())

    return edit


# -- HTTP ------------------------------------------------------------------------------------------


def status(number: int) -> Edit:
    """Answer with another status."""
    return lambda draft: setattr(draft, "status", number)


def header(name: str, value: str | None) -> Edit:
    """Answer with another header; None leaves it out."""

    def edit(draft: Draft) -> None:
        draft.headers.pop(name, None)
        if value is not None:
            draft.headers[name] = value

    return edit


def request_header(name: str, value: str | None) -> Edit:
    """Send another header; None leaves it out."""

    def edit(draft: Draft) -> None:
        draft.request_headers.pop(name, None)
        if value is not None:
            draft.request_headers[name] = value

    return edit


def flags(**values: Any) -> Edit:
    """Set what is known of the exchange: observed, live, complete, method, url, length."""

    def edit(draft: Draft) -> None:
        for name, value in values.items():
            assert hasattr(draft, name), name
            setattr(draft, name, value)

    return edit


def answer(body: bytes | dict[str, Any] | list[Any]) -> Edit:
    """Answer with another body."""

    def edit(draft: Draft) -> None:
        draft.events = None
        draft.answer = body if isinstance(body, bytes) else compact(body).encode()

    return edit


def _with_answer(draft: Draft, change: Callable[[Any], None]) -> None:
    value = json.loads(draft.answer)
    change(value)
    draft.answer = compact(value).encode()


def change_answer(pointer: str, value: object) -> Edit:
    """Give a member of a JSON answer another value."""
    return lambda draft: _with_answer(draft, lambda body: _set(body, pointer, value))


def cut_answer(pointer: str) -> Edit:
    """Leave a member of a JSON answer out."""
    return lambda draft: _with_answer(draft, lambda body: _remove(body, pointer))
