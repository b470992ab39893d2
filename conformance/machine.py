"""Events → breaches and a message: the walk through the stream table.

The table in `stream` knows the order; this machine keeps what is open, decides which event an index
speaks of, folds the events into a `Message`, and recovers where the table says so. What follows
from a reported fault (the deltas of a block that was closed by force, say) is not reported again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from conformance.message import Block, Call, Citation, Message
from conformance.stream import (
    LABELS,
    MISMATCH,
    NO_END,
    ORPHAN_CITATION_END,
    SECOND_START,
    TABLE,
    UNCLOSED_BLOCK,
    UNCLOSED_CALL,
    Input,
    No,
    State,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.events import Event, Template

__all__ = ["Breach", "Machine"]

_CITES = {State.TEXT_CITE, State.THINKING_CITE, State.PLAN_CITE, State.CITE}
_BLOCKS = {State.TEXT, State.THINKING, State.TEXT_CITE, State.THINKING_CITE}
_CONTENT = {Input.TEXT_DELTA, Input.THINKING_DELTA, Input.CONTENT_END}
_CALLS = {Input.CALL_DELTA, Input.CALL_END}
_ENDS = {Input.CONTENT_END, Input.CALL_END, Input.CITATION_END}

# What is missing takes at most this many steps to supply; a test of the table proves it.
_MOST_STEPS = 5

T = TypeVar("T", Block, Call)


@dataclass(slots=True)
class Breach:
    """A refused cell that a stream walked into: the rule's code, where, and how often in a row.

    `event` is the event's number, None at the end of the body. `expected` is the index of what is
    open, when `index` named something else.
    """

    code: str
    state: State
    input: Input
    event: int | None
    index: int | None = None
    expected: int | None = None
    count: int = 1


class _Slot(Generic[T]):
    """What is open of a kind (block or call), and what was closed by force.

    Events for what was closed by force are a consequence, not a second fault.
    """

    def __init__(self) -> None:
        self.open: T | None = None
        self.late: dict[int | None, T] = {}

    def force(self) -> None:
        """Close what is open, and remember it."""
        if self.open is not None:
            self.late[self.open.index] = self.open
            self.open = None

    def speaks_of_late(self, index: int) -> bool:
        """The index names something that was closed by force, and not what is open."""
        return index in self.late and (self.open is None or self.open.index != index)

    def mismatch(self, index: int) -> int | None:
        """The index of what is open, when another one was named."""
        if self.open is None or self.open.index in (None, index):
            return None
        return self.open.index

    def take_late(self, index: int, event: Event, *, ends: bool) -> None:
        """Take an event for something that was closed by force."""
        if ends:
            self.late.pop(index).end = event.number
        else:
            self.late[index].parts.append(event.text or "")


class Machine:
    """Walks the table, folds the events into a `Message`, and notes every breach.

    `cells` holds the cells that were visited. Feed events in order, then call `close` once.
    """

    def __init__(self) -> None:
        self.state = State.START
        self.message = Message()
        self.breaches: list[Breach] = []
        self.cells: set[tuple[State, Input]] = set()
        self._block: _Slot[Block] = _Slot()
        self._call: _Slot[Call] = _Slot()
        self._cite: Citation | None = None
        self._stray_citation = False
        self._form: Template | None = None
        self._sink: list[str] = []
        self._folds: dict[Input, Callable[[Input, Event, bool], None]] = {
            Input.MESSAGE_START: self._fold_message_start,
            Input.TEXT_START: self._fold_block_start,
            Input.THINKING_START: self._fold_block_start,
            Input.TEXT_DELTA: self._fold_block_delta,
            Input.THINKING_DELTA: self._fold_block_delta,
            Input.CONTENT_END: self._fold_block_end,
            Input.PLAN_DELTA: self._fold_plan,
            Input.CALL_START: self._fold_call_start,
            Input.CALL_DELTA: self._fold_call_delta,
            Input.CALL_END: self._fold_call_end,
            Input.CITATION_START: self._fold_citation_start,
            Input.CITATION_END: self._fold_citation_end,
            Input.MESSAGE_END: self._fold_message_end,
            Input.FAILED: self._fold_message_end,
        }

    def feed(self, event: Event) -> None:
        """Take one event."""
        form = event.form
        if form is not None and form is self._form:
            # A run of deltas of one form goes the way of the first: the same cell, the same block.
            self._sink.append(event.text or "")
            return
        self._form = None
        self._take(self._input_of(event), event)

    def close(self) -> None:
        """The body is at its end."""
        self._take(Input.EOF, None)

    def _input_of(self, event: Event) -> Input:
        found = LABELS.get(event.type or "", Input.UNKNOWN)
        if found is Input.TEXT_DELTA:
            block = self._block.open
            thinks = event.channel == "thinking" or (
                event.channel is None and block is not None and block.kind == "thinking"
            )
            return Input.THINKING_DELTA if thinks else found
        if found is Input.TEXT_START:
            kind = event.at("delta", "message", "content", "type")
            thinks = kind == "thinking" or (
                kind is None and event.at("delta", "message", "content", "thinking") is not None
            )
            return Input.THINKING_START if thinks else found
        if found is Input.MESSAGE_END:
            failed = event.at("delta", "finish_reason") in ("ERROR", "TIMEOUT")
            return Input.FAILED if failed else found
        return found

    def _take(self, given: Input, event: Event | None) -> None:
        if event is not None and given in MISMATCH and self._elsewhere(given, event):
            return
        cell: State | No = self.state
        state = self.state
        for _ in range(_MOST_STEPS):
            state = self.state
            self.cells.add((state, given))
            cell = TABLE[state][given]
            if not isinstance(cell, No):
                self.state = cell
                break
            self._breach(cell.code, given, event)
            self._force(state, cell.recover)
            self.state = cell.recover
            if not cell.again:
                break
        if event is not None and state is State.DONE and self.message.end is None:
            self._late_end(given, event)
        fold = self._folds.get(given)
        if event is not None and fold is not None and state not in (State.ENDED, State.DONE):
            fold(given, event, isinstance(cell, No))
            if cell is state:
                self._expect_run(given, event)

    def _expect_run(self, given: Input, event: Event) -> None:
        """Remember where the text of further deltas of this form goes."""
        block, call = self._block.open, self._call.open
        if given in _CONTENT and block is not None:
            self._form, self._sink = event.form, block.parts
        elif given is Input.CALL_DELTA and call is not None:
            self._form, self._sink = event.form, call.parts

    def _breach(
        self, code: str, given: Input, event: Event | None, expected: int | None = None
    ) -> None:
        block, call = self._block.open, self._call.open
        if (code == UNCLOSED_BLOCK and block is not None and block.implied) or (
            code == UNCLOSED_CALL and call is not None and call.implied
        ):
            return  # nobody opened it, so nobody could close it
        if code == SECOND_START and self.message.start is None:
            return  # it comes late, which was reported when something came before it
        if code == ORPHAN_CITATION_END and self._stray_citation:
            self._stray_citation = False
            return
        index = event.index if event else None
        if self.breaches:
            last = self.breaches[-1]
            if (last.code, last.state, last.index, last.expected) == (
                code, self.state, index, expected,
            ):  # fmt: skip
                last.count += 1
                return
        number = event.number if event else None
        self.breaches.append(Breach(code, self.state, given, number, index, expected))

    def _late_end(self, given: Input, event: Event) -> None:
        """A message-end behind the terminator is misplaced, so none is missing."""
        if given in (Input.MESSAGE_END, Input.FAILED):
            self.breaches = [breach for breach in self.breaches if breach.code != NO_END]
            self._fold_message_end(given, event, refused=True)

    def _elsewhere(self, given: Input, event: Event) -> bool:
        """Handle an index that does not name what is open; True when the event is dealt with."""
        index = event.index
        if index is None:
            return False
        if given is Input.CITATION_END:
            cite = self._cite
            expected = None if cite is None or cite.index == index else cite.index
        else:
            slot: _Slot[Block] | _Slot[Call] = self._block if given in _CONTENT else self._call
            if slot.speaks_of_late(index):
                slot.take_late(index, event, ends=given in _ENDS)
                return True
            expected = slot.mismatch(index)
        if expected is not None:
            self._breach(MISMATCH[given], given, event, expected)
        return False

    def _force(self, state: State, recover: State) -> None:
        """Leave what a refused cell closes by force."""
        if state in _CITES and recover not in _CITES:
            self._cite = None
        if state in _BLOCKS and recover not in _BLOCKS:
            self._block.force()
        if state is State.CALL and recover is not State.CALL:
            self._call.force()

    # -- folding: one function for each kind of event; `refused` says that the table refused it ----

    def _fold_message_start(self, _: Input, event: Event, refused: bool) -> None:
        del refused
        if self.message.start is None:
            self.message.start = event

    def _fold_message_end(self, _: Input, event: Event, refused: bool) -> None:
        del refused
        self.message.end = event
        self._block.open = self._call.open = self._cite = None

    def _fold_block_start(self, given: Input, event: Event, refused: bool) -> None:
        del refused
        kind = "thinking" if given is Input.THINKING_START else "text"
        block = Block(kind, event.index, event.number)
        opening = event.at("delta", "message", "content", kind)
        if isinstance(opening, str) and opening:
            block.parts.append(opening)
        self._block.open = block
        self.message.blocks.append(block)

    def _fold_block_delta(self, given: Input, event: Event, refused: bool) -> None:
        block = self._block.open
        if block is None:
            kind = "thinking" if given is Input.THINKING_DELTA else "text"
            block = Block(kind, event.index, event.number, implied=True)
            self.message.blocks.append(block)
            if self.state in _BLOCKS:
                self._block.open = block  # inside a call an orphan opens nothing
        del refused
        block.parts.append(event.text or "")

    def _fold_block_end(self, _: Input, event: Event, refused: bool) -> None:
        if not refused and self._block.open is not None:
            self._block.open.end = event.number
            self._block.open = None

    def _fold_plan(self, _: Input, event: Event, refused: bool) -> None:
        del refused
        self.message.plan.append(event.text or "")
        self.message.last_plan = event.number

    def _fold_call_start(self, _: Input, event: Event, refused: bool) -> None:
        del refused
        path = ("delta", "message", "tool_calls")
        name, identity = event.at(*path, "function", "name"), event.at(*path, "id")
        call = Call(
            event.index,
            event.number,
            identity if isinstance(identity, str) else None,
            name if isinstance(name, str) else None,
        )
        opening = event.at(*path, "function", "arguments")
        if isinstance(opening, str) and opening:
            call.parts.append(opening)
        self._call.open = call
        self.message.calls.append(call)

    def _fold_call_delta(self, _: Input, event: Event, refused: bool) -> None:
        del refused
        if self._call.open is None:
            if self.state is not State.CALL:
                return  # an orphan inside a content block opens nothing
            self._call.open = Call(event.index, event.number, implied=True)
            self.message.calls.append(self._call.open)
        self._call.open.parts.append(event.text or "")

    def _fold_call_end(self, _: Input, event: Event, refused: bool) -> None:
        if not refused and self._call.open is not None:
            self._call.open.end = event.number
            self._call.open = None

    def _fold_citation_start(self, _: Input, event: Event, refused: bool) -> None:
        found = event.at("delta", "message", "citations")
        block = self._block.open
        citation = Citation(
            event.index,
            event.number,
            found if isinstance(found, dict) else {},
            block,
            len(block.text) if block is not None else 0,
        )
        self.message.citations.append(citation)
        if refused:
            self._stray_citation = True  # it stands inside a call; its end is no second fault
        else:
            self._cite = citation

    def _fold_citation_end(self, _: Input, event: Event, refused: bool) -> None:
        if not refused and self._cite is not None:
            self._cite.end = event.number
            self._cite = None
