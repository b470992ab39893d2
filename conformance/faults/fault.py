"""A fault is one edit that turns a conformant answer into one that breaks one rule.

The edit takes what its stage has: the events of a stream, the pieces of its body, the value of a
JSON answer, or the whole reply. It returns None where it does not apply, as a fault of tool calls
does on a stream without any.
"""

from __future__ import annotations

import copy
import importlib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.faults.reply import Reply

__all__ = [
    "FAULTS",
    "Fault",
    "Stage",
    "all_faults",
    "fault_keys",
    "find_fault",
    "on_events",
    "on_pieces",
    "on_reply",
    "on_value",
]

Event = dict[str, Any]
Body = dict[str, Any]


class Stage(str, Enum):
    """What an edit works on."""

    EVENTS = "events"
    PIECES = "pieces"
    VALUE = "value"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    `key` is the rule's code, or the code with a name of its own where a rule has several faults.
    `needs` names a sample request (`samples`) whose answer it applies to. `says` is what the edit
    does, in a few words.
    """

    key: str
    code: str
    says: str
    needs: str
    stage: Stage
    edit: Callable[[Any, Body], Any]

    @property
    def name(self) -> str:
        """The name of the rule that it breaks."""
        from conformance.rules.registry import find_rule

        found = find_rule(self.code)
        return found.name if found is not None else self.code

    def apply(self, value: Any, request: Body) -> Any:
        """The edited value, None when the fault does not apply; the given value stays as it is."""
        return self.edit(copy.deepcopy(value), request)


FAULTS: dict[str, Fault] = {}

_MODULES = ("framing", "order", "payload", "tools", "citations", "message", "rerank", "http")

EventsEdit = TypeVar("EventsEdit", bound="Callable[[list[Event], Body], list[Event] | None]")
PiecesEdit = TypeVar("PiecesEdit", bound="Callable[[list[bytes], Body], list[bytes] | None]")
ValueEdit = TypeVar("ValueEdit", bound="Callable[[Any, Body], Any]")
ReplyEdit = TypeVar("ReplyEdit", bound="Callable[[Reply, Body], Reply | None]")
Edit = TypeVar("Edit", bound="Callable[..., Any]")


def _register(stage: Stage, code: str, needs: str, says: str) -> Callable[[Edit], Edit]:
    def register(edit: Edit) -> Edit:
        key = code
        if code in FAULTS:
            key = f"{code}/{edit.__name__.replace('_', '-')}"
        if key in FAULTS:
            raise ValueError(f"fault registered twice: {key}")
        told = says or (edit.__doc__ or "").strip().rstrip(".")
        FAULTS[key] = Fault(key, code, told[:1].lower() + told[1:], needs, stage, edit)
        return edit

    return register


def on_events(
    code: str, needs: str = "text", *, says: str = ""
) -> Callable[[EventsEdit], EventsEdit]:
    """Register an edit of the events of a stream; it may change them in place.

    What an edit does stands in its docstring, or in `says` where it has none.
    """
    return _register(Stage.EVENTS, code, needs, says)


def on_pieces(code: str, needs: str = "text") -> Callable[[PiecesEdit], PiecesEdit]:
    """Register an edit of the pieces of an event stream: one for each event, then the terminator."""
    return _register(Stage.PIECES, code, needs, "")


def on_value(code: str, needs: str) -> Callable[[ValueEdit], ValueEdit]:
    """Register an edit of the value of a JSON answer: a ranking, or the body of an error."""
    return _register(Stage.VALUE, code, needs, "")


def on_reply(code: str, needs: str = "text") -> Callable[[ReplyEdit], ReplyEdit]:
    """Register an edit of the whole reply: status, headers, bytes, and how it ends."""
    return _register(Stage.REPLY, code, needs, "")


def all_faults() -> list[Fault]:
    """Every fault, in the order of families and codes."""
    for name in _MODULES:
        importlib.import_module(f"conformance.faults.{name}")
    order = ["HTTP", "SSE", "EVENT", "STREAM", "TOOL", "CITE", "CHAT", "RERANK"]
    return sorted(FAULTS.values(), key=lambda f: (order.index(f.code.split("-")[0]), f.code, f.key))


def fault_keys() -> list[str]:
    """The keys of all faults."""
    return [fault.key for fault in all_faults()]


def find_fault(key: str) -> Fault | None:
    """The fault of a key or of a rule's name; case is folded. None when there is none."""
    wanted = key.strip().casefold()
    for fault in all_faults():
        if wanted in (fault.key.casefold(), fault.name):
            return fault
    return None
