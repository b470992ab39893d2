"""Events → breaches and a message: the walk through the stream table.

The table in `stream` knows the order; this machine keeps what is open, decides which event an index
speaks of, folds the events into a `Message`, and recovers where the table says so. What follows
from a reported fault (the deltas of a block that was closed by force, say) is not reported again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from conformance.events import type_hint
from conformance.message import Block, Call, Citation, Message, Numbered
from conformance.stream import (
    LABELS,
    MISMATCH,
    NO_END,
    ORPHAN_CITATION_END,
    SECOND_START,
    TABLE,
    UNCLOSED_BLOCK,
    UNCLOSED_CALL,
    UNCLOSED_CITATION,
    Input,
    No,
    State,
)

if TYPE_CHECKING:
    from conformance.events import Event, Template

__all__ = ["Breach", "Machine"]

_OVER = {State.ENDED, State.DONE}
_CITES = {State.TEXT_CITE, State.THINKING_CITE, State.PLAN_CITE, State.CITE}
_BLOCKS = {State.TEXT, State.THINKING, State.TEXT_CITE, State.THINKING_CITE}
_STATE_OF_KIND = {"text": State.TEXT, "thinking": State.THINKING}
_CONTENT = {Input.TEXT_DELTA, Input.THINKING_DELTA, Input.CONTENT_END}
_CALLS = {Input.CALL_DELTA, Input.CALL_END}
_UNCLOSED = (UNCLOSED_BLOCK, UNCLOSED_CALL, UNCLOSED_CITATION)
_ENDS = {Input.CONTENT_END, Input.CALL_END, Input.CITATION_END}

# What is missing takes at most this many steps to supply; a test of the table proves it.
_MOST_STEPS = 5

T = TypeVar("T", Block, Call, Citation)


@dataclass(slots=True)
class Breach:
    """A refused cell that a stream walked into: the rule's code, where, and how often in a row.

    `event` is the event's number, None at the end of the body. `expected` is the index of what is
    open, when `index` named something else; `varied` says that those in the row named several.
    """

    code: str
    state: State
    input: Input
    event: int | None
    index: int | None = None
    expected: int | None = None
    count: int = 1
    varied: bool = False


class _Fold(Protocol):
    def __call__(self, given: Input, event: Event, /, *, refused: bool) -> None: ...


class _Slot(Generic[T]):
    """What is open of a kind (block, call or citation), and what was closed by force.

    `forced` is what the event at hand closed by force, `late` all that was: an event for it is a
    consequence, not a second fault. `early` has the indexes of ends that came before their start.
    """

    def __init__(self) -> None:
        self.open: T | None = None
        self.forced: T | None = None
        self.late: dict[int | None, T] = {}
        self.early: set[int | None] = set()

    def force(self) -> None:
        """Close what is open, and remember it."""
        if self.open is not None:
            self.late[self.open.index] = self.forced = self.open
            self.open = None

    def close(self, event: Event) -> None:
        """Close what is open, by its end."""
        if self.open is not None:
            self.open.end = event.number
            self.open = None

    def speaks_of_late(self, index: int | None) -> bool:
        """The index names something that was closed by force, and not what is open."""
        return index in self.late and (self.open is None or self.open.index != index)

    def mismatch(self, index: int) -> int | None:
        """The index of what is open, when another one was named."""
        if self.open is None or self.open.index in (None, index):
            return None
        return self.open.index

    def ended_early(self) -> bool:
        """The end of what is open came before its start; asking uses the answer up."""
        if self.open is None or self.open.index not in self.early:
            return False
        self.early.discard(self.open.index)
        return True

    def is_repeated(self, index: int | None) -> bool:
        """A start names what it closes by force: it came twice."""
        return self.forced is not None and self.forced.index == index


_SPELLINGS = {re.sub("[^a-z]", "", label): to for label, to in LABELS.items() if label.islower()}


def _meant(event: Event) -> Input:
    """What an event seems to be whose type does not exist, which is reported: its name, its spelling."""
    named = LABELS.get(event.frame.name)
    spelled = re.sub("[^a-z]", "", (event.type or "").casefold())
    return named or _SPELLINGS.get(spelled, Input.UNKNOWN)


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
        self._cite: _Slot[Citation] = _Slot()
        self._slots = (self._block, self._call, self._cite)
        self._stray_citation = False
        # The places in the counts, and those that only an orphan told of.
        self._counted: set[tuple[str, int | None]] = set()
        self._told: set[tuple[str, int | None]] = set()
        self._form: Template | None = None
        self._sink: list[str] = []
        self._folds: dict[Input, _Fold] = {
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
        named = LABELS.get(event.type or type_hint(event))
        if named is not None:
            return self._told_apart(named, event)
        meant = self._told_apart(_meant(event), event)
        # It was reported as it is: that it comes in a wrong place would be said of a guess.
        return Input.UNKNOWN if isinstance(TABLE[self.state][meant], No) else meant

    def _told_apart(self, found: Input, event: Event) -> Input:
        lost = event.frame.data if event.type is None else ""  # nothing but its text is known
        if found is Input.TEXT_DELTA:
            block = self._block.open
            if block is not None and block.untyped and event.channel is not None:
                self._settle(block, event.channel)
            thinks = event.channel == "thinking" or (
                event.channel is None and block is not None and block.kind == "thinking"
            )
            return Input.THINKING_DELTA if thinks else found
        if found is Input.TEXT_START:
            kind = event.at("delta", "message", "content", "type")
            thinks = kind == "thinking" or (
                kind is None
                and (
                    event.at("delta", "message", "content", "thinking") is not None
                    or '"thinking"' in lost
                )
            )
            return Input.THINKING_START if thinks else found
        if found is Input.MESSAGE_END:
            failed = event.at("delta", "finish_reason") in ("ERROR", "TIMEOUT") or (
                '"ERROR"' in lost or '"TIMEOUT"' in lost
            )
            return Input.FAILED if failed else found
        return found

    def _settle(self, block: Block, channel: str) -> None:
        """The first delta tells the kind of a block whose start did not."""
        block.untyped = False
        if channel in _STATE_OF_KIND and block.kind != channel and not block.parts:
            block.kind = channel
            self.state = _STATE_OF_KIND[channel]

    def _take(self, given: Input, event: Event | None) -> None:
        if event is not None and given in MISMATCH and self._elsewhere(given, event):
            return
        for slot in self._slots:
            slot.forced = None
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
        # What a terminator that came too early cut off is a part of the message all the same.
        cut_off = state is State.DONE and self.message.end is None
        if event is not None and fold is not None and (cut_off or state not in _OVER):
            fold(given, event, refused=isinstance(cell, No) and not cut_off)
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
        if self._is_consequence(code):
            return
        index = event.index if event else None
        if self.breaches:
            last = self.breaches[-1]
            same = (last.code, last.state, last.expected) == (code, self.state, expected)
            # A server that counts what it should repeat names another index with every delta.
            counted = expected is not None and given is last.input and given not in _ENDS
            if same and (last.index == index or counted):
                last.count += 1
                last.varied = last.varied or last.index != index
                return
        number = event.number if event else None
        self.breaches.append(Breach(code, self.state, given, number, index, expected))

    def _is_consequence(self, code: str) -> bool:
        """What a refused cell says follows from a fault that was reported before."""
        if code in _UNCLOSED:
            slot = self._slots[_UNCLOSED.index(code)]
            implied = getattr(slot.open, "implied", False)
            # Nobody opened it, so nobody could close it; or its end had come before.
            return implied or slot.ended_early()
        if code == SECOND_START:
            return self.message.start is None  # it is late, which was reported before
        if code == ORPHAN_CITATION_END and self._stray_citation:
            self._stray_citation = False
            return True
        return False

    def _late_end(self, given: Input, event: Event) -> None:
        """A message-end behind the terminator is misplaced, so none is missing."""
        if given in (Input.MESSAGE_END, Input.FAILED):
            self.breaches = [breach for breach in self.breaches if breach.code != NO_END]
            self._fold_message_end(given, event, refused=True)

    def _elsewhere(self, given: Input, event: Event) -> bool:
        """Handle an index that does not name what is open; True when the event is dealt with."""
        index = event.index
        slot: _Slot[Block] | _Slot[Call] | _Slot[Citation]
        if given is Input.CITATION_END:
            slot = self._cite
        else:
            slot = self._block if given in _CONTENT else self._call
        if slot.speaks_of_late(index):
            if given in _ENDS:
                slot.late.pop(index).end = event.number
            elif not isinstance(found := slot.late[index], Citation):
                found.parts.append(event.text or "")
            return True
        expected = None if index is None else slot.mismatch(index)
        if expected is not None:
            self._breach(MISMATCH[given], given, event, expected)
        return False

    def _force(self, state: State, recover: State) -> None:
        """Leave what a refused cell closes by force."""
        if state in _CITES and recover not in _CITES:
            self._cite.force()
        if state in _BLOCKS and recover not in _BLOCKS:
            self._block.force()
        if state is State.CALL and recover is not State.CALL:
            self._call.force()

    # -- folding: one function for each kind of event; `refused` says that the table refused it ----

    def _fold_message_start(self, _: Input, event: Event, *, refused: bool) -> None:
        del refused
        if self.message.start is None:
            self.message.start = event

    def _fold_message_end(self, _: Input, event: Event, *, refused: bool) -> None:
        del refused
        self.message.end = event
        self._block.open = self._call.open = self._cite.open = None

    def _fold_block_start(self, given: Input, event: Event, *, refused: bool) -> None:
        del refused
        kind = "thinking" if given is Input.THINKING_START else "text"
        told = event.at("delta", "message", "content", "type")
        untyped = told not in ("text", "thinking")
        block = Block(kind, event.index, event.number, untyped=untyped)
        before = self._block.forced
        if before is not None and before.implied and self._block.is_repeated(event.index):
            block.parts = before.parts  # the deltas came before their start
            self.message.blocks.remove(before)
        opening = event.at("delta", "message", "content", kind)
        if isinstance(opening, str) and opening:
            block.parts.append(opening)
        self._number("block", self._block, event)
        self._block.open = block
        self.message.blocks.append(block)

    def _number(
        self, kind: str, slot: _Slot[Block] | _Slot[Call] | _Slot[Citation], event: Event
    ) -> None:
        """Count a start, unless it was merely repeated."""
        if slot.is_repeated(event.index):
            return
        places = self.message.numbers[kind]
        if event.index is not None and (kind, event.index) in self._told:
            # an orphan had told of it
            self._told.discard((kind, event.index))
            for number in range(len(places) - 1, -1, -1):
                if not places[number].sent and places[number].index == event.index:
                    del places[number]
                    break
        self._counted.add((kind, event.index))
        places.append(Numbered(event.index, event.number, sent=event.type is not None))

    def _number_orphan(self, kind: str, event: Event) -> None:
        """Count what an orphan tells of, once."""
        places = self.message.numbers[kind]
        if (kind, event.index) not in self._counted:
            self._counted.add((kind, event.index))
            self._told.add((kind, event.index))
            places.append(Numbered(event.index, event.number, sent=False))

    def _fold_block_delta(self, given: Input, event: Event, *, refused: bool) -> None:
        del refused
        block = self._block.open
        if block is None:
            kind = "thinking" if given is Input.THINKING_DELTA else "text"
            block = Block(kind, event.index, event.number, implied=True)
            self.message.blocks.append(block)
            self._number_orphan("block", event)
            if self.state in _BLOCKS:
                self._block.open = block  # inside a call an orphan opens nothing
        block.parts.append(event.text or "")

    def _fold_block_end(self, _: Input, event: Event, *, refused: bool) -> None:
        if refused:
            self._block.early.add(event.index)
            self._number_orphan("block", event)
        else:
            self._block.close(event)

    def _fold_plan(self, _: Input, event: Event, *, refused: bool) -> None:
        del refused
        self.message.plan.append(event.text or "")
        self.message.last_plan = event.number

    def _fold_call_start(self, _: Input, event: Event, *, refused: bool) -> None:
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
        call.repeated = self._call.is_repeated(event.index)
        self._number("call", self._call, event)
        self._call.open = call
        self.message.calls.append(call)

    def _fold_call_delta(self, _: Input, event: Event, *, refused: bool) -> None:
        del refused
        if self._call.open is None:
            if self.state is not State.CALL:
                return  # an orphan inside a content block opens nothing
            self._call.open = Call(event.index, event.number, implied=True)
            self.message.calls.append(self._call.open)
            self._number_orphan("call", event)
        self._call.open.parts.append(event.text or "")

    def _fold_call_end(self, _: Input, event: Event, *, refused: bool) -> None:
        if refused:
            self._call.early.add(event.index)
            self._number_orphan("call", event)
        else:
            self._call.close(event)

    def _fold_citation_start(self, _: Input, event: Event, *, refused: bool) -> None:
        found = event.at("delta", "message", "citations")
        block = self._block.open
        citation = Citation(
            event.index,
            event.number,
            found if isinstance(found, dict) else {},
            block,
            len(block.text) if block is not None else 0,
        )
        self._number("citation", self._cite, event)
        self.message.citations.append(citation)
        if refused:
            self._stray_citation = True  # it stands inside a call; its end is no second fault
        else:
            self._cite.open = citation

    def _fold_citation_end(self, _: Input, event: Event, *, refused: bool) -> None:
        if refused:
            self._cite.early.add(event.index)
            self._number_orphan("citation", event)
        else:
            self._cite.close(event)
