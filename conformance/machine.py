"""Events → breaches and a message: the walk through the stream table.

The table in `stream` knows the order; this machine keeps what is open, decides which event an index
speaks of, folds the events into a `Message`, and recovers where the table says so. What follows
from a reported fault (the deltas of a block that was closed by force, say) is not reported again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.message import Block, Call, Citation, Message
from conformance.stream import (
    LABELS,
    MISMATCH,
    ORPHAN_CITATION_END,
    TABLE,
    UNCLOSED_BLOCK,
    UNCLOSED_CALL,
    Input,
    No,
    State,
)
from conformance.stream import Input as I  # noqa: E741
from conformance.stream import State as S

if TYPE_CHECKING:
    from conformance.events import Event

__all__ = ["Breach", "Machine"]


@dataclass(slots=True)
class Breach:
    """A refused cell that a stream walked into: the rule's code, where, and how often in a row.

    `event` is the event's number, None at the end of the body; `open` describes the open block.
    """

    code: str
    state: State
    input: Input
    event: int | None
    index: int | None = None
    expected: int | None = None
    count: int = 1


_CITES = {S.TEXT_CITE, S.THINKING_CITE, S.PLAN_CITE, S.CITE}
_BLOCKS = {S.TEXT, S.THINKING, S.TEXT_CITE, S.THINKING_CITE}


class Machine:
    """Walks the table, folds the events into a `Message`, and notes every breach.

    `cells` holds the cells that were visited. Feed events in order, then call `close` once.
    """

    def __init__(self) -> None:
        self.state = State.START
        self.message = Message()
        self.breaches: list[Breach] = []
        self.cells: set[tuple[State, Input]] = set()
        self._block: Block | None = None
        self._call: Call | None = None
        self._cite: Citation | None = None
        # Closed by force: what still comes for these is a consequence, not a second fault.
        self._late_blocks: dict[int | None, Block] = {}
        self._late_calls: dict[int | None, Call] = {}
        self._stray_citation = False

    def feed(self, event: Event) -> None:
        """Take one event."""
        self._take(self._input_of(event), event)

    def close(self) -> None:
        """The body is at its end."""
        self._take(Input.EOF, None)

    def _input_of(self, event: Event) -> Input:
        found = LABELS.get(event.type or "", Input.UNKNOWN)
        if found is Input.TEXT_START:
            if event.at("delta", "message", "content", "type") == "thinking" or (
                event.at("delta", "message", "content", "type") is None
                and event.at("delta", "message", "content", "thinking") is not None
            ):
                return Input.THINKING_START
        elif found is Input.TEXT_DELTA:
            if event.channel == "thinking":
                return Input.THINKING_DELTA
            if event.channel is None and self._block is not None and self._block.kind == "thinking":
                return Input.THINKING_DELTA
        elif found is Input.MESSAGE_END:
            if event.at("delta", "finish_reason") in ("ERROR", "TIMEOUT"):
                return Input.FAILED
        return found

    def _take(self, given: Input, event: Event | None) -> None:
        if event is not None and given in MISMATCH and self._elsewhere(given, event):
            return
        # Each repetition supplies what was missing, so the walk ends; five is more than any needs.
        for _ in range(5):
            state = self.state
            self.cells.add((state, given))
            cell = TABLE[state][given]
            if not isinstance(cell, No):
                self.state = cell
                break
            self._breach(cell.code, state, given, event)
            self._force(state, cell.recover)
            self.state = cell.recover
            if not cell.again:
                break
        if event is not None:
            self._fold(given, event, state, refused=isinstance(cell, No))

    def _breach(
        self, code: str, state: State, given: Input, event: Event | None,
        expected: int | None = None,
    ) -> None:
        if code == UNCLOSED_BLOCK and self._block is not None and self._block.implied:
            return  # nobody opened it, so nobody could close it
        if code == UNCLOSED_CALL and self._call is not None and self._call.implied:
            return
        if code == ORPHAN_CITATION_END and self._stray_citation:
            self._stray_citation = False
            return
        index = event.index if event else None
        if self.breaches:
            last = self.breaches[-1]
            if (last.code, last.state, last.index, last.expected) == (code, state, index, expected):
                last.count += 1
                return
        number = event.number if event else None
        self.breaches.append(Breach(code, state, given, number, index, expected))

    def _elsewhere(self, given: Input, event: Event) -> bool:
        """Handle an index that does not name what is open; True when the event is dealt with."""
        index = event.index
        if index is None:
            return False
        number = event.number
        if given in (I.TEXT_DELTA, I.THINKING_DELTA, I.CONTENT_END):
            late = self._late_blocks.get(index)
            inside = self._block
            if inside is not None and inside.index is not None and index != inside.index:
                if late is None:
                    self._breach(MISMATCH[given], self.state, given, event, inside.index)
                    return False
            elif inside is not None or late is None:
                return False
            if given is I.CONTENT_END:
                late.end = number
                del self._late_blocks[index]
            else:
                late.parts.append(event.text or "")
            return True
        if given in (I.CALL_DELTA, I.CALL_END):
            late_call = self._late_calls.get(index)
            open_call = self._call
            if open_call is not None and open_call.index is not None and index != open_call.index:
                if late_call is None:
                    self._breach(MISMATCH[given], self.state, given, event, open_call.index)
                    return False
            elif open_call is not None or late_call is None:
                return False
            if given is I.CALL_END:
                late_call.end = number
                del self._late_calls[index]
            else:
                late_call.parts.append(event.text or "")
            return True
        cite = self._cite
        if cite is not None and cite.index is not None and index != cite.index:
            self._breach(MISMATCH[given], self.state, given, event, cite.index)
        return False

    def _force(self, state: State, recover: State) -> None:
        """Leave what a refused cell closes by force."""
        if state in _CITES and recover not in _CITES:
            self._cite = None
        if state in _BLOCKS and recover not in _BLOCKS and self._block is not None:
            self._late_blocks[self._block.index] = self._block
            self._block = None
        if state is S.CALL and recover is not S.CALL and self._call is not None:
            self._late_calls[self._call.index] = self._call
            self._call = None

    def _fold(self, given: Input, event: Event, state: State, *, refused: bool) -> None:
        """Add an event to the message; `state` is where it was finally taken."""
        message, number = self.message, event.number
        if state in (S.ENDED, S.DONE):
            return
        if given in (I.TEXT_DELTA, I.THINKING_DELTA):
            if self._block is None:
                kind = "thinking" if given is I.THINKING_DELTA else "text"
                self._block = Block(kind, event.index, number, implied=True)
                message.blocks.append(self._block)
            self._block.deltas += 1
            self._block.parts.append(event.text or "")
            if state is S.CALL:
                self._block = None  # an orphan inside a call does not stay open
        elif given in (I.TEXT_START, I.THINKING_START):
            kind = "thinking" if given is I.THINKING_START else "text"
            self._block = Block(kind, event.index, number)
            opening = event.at("delta", "message", "content", kind)
            if isinstance(opening, str) and opening:
                self._block.parts.append(opening)
            message.blocks.append(self._block)
        elif given is I.CONTENT_END and not refused:
            if self._block is not None:
                self._block.end = number
            self._block = None
        elif given is I.PLAN_DELTA:
            message.plan.append(event.text or "")
            message.plan_events.append(number)
        elif given in (I.CALL_START, I.CALL_DELTA, I.CALL_END):
            self._fold_call(given, event, refused=refused)
        elif given is I.CITATION_START:
            self._fold_citation(event, refused=refused)
        elif given is I.CITATION_END and not refused:
            if self._cite is not None:
                self._cite.end = number
            self._cite = None
        elif given is I.MESSAGE_START and message.start is None:
            message.start = event
        elif given in (I.MESSAGE_END, I.FAILED) and message.end is None:
            message.end = event
            self._block = self._call = self._cite = None

    def _fold_call(self, given: Input, event: Event, *, refused: bool) -> None:
        message, number = self.message, event.number
        if given is I.CALL_START:
            self._call = Call(event.index, number)
            call = event.at("delta", "message", "tool_calls")
            if isinstance(call, dict):
                name, identity = event.at("delta", "message", "tool_calls", "function", "name"), call.get("id")
                self._call.name = name if isinstance(name, str) else None
                self._call.id = identity if isinstance(identity, str) else None
                opening = event.at("delta", "message", "tool_calls", "function", "arguments")
                if isinstance(opening, str) and opening:
                    self._call.parts.append(opening)
            message.calls.append(self._call)
        elif given is I.CALL_DELTA:
            if self._call is None:
                if self.state is not S.CALL:
                    return  # an orphan inside a content block opens nothing
                self._call = Call(event.index, number, implied=True)
                message.calls.append(self._call)
            self._call.parts.append(event.text or "")
        elif not refused:
            if self._call is not None:
                self._call.end = number
            self._call = None

    def _fold_citation(self, event: Event, *, refused: bool) -> None:
        found = event.at("delta", "message", "citations")
        length = len(self._block.text) if self._block is not None else 0
        citation = Citation(
            event.index, event.number, found if isinstance(found, dict) else {}, self._block, length
        )
        self.message.citations.append(citation)
        if refused:
            self._stray_citation = True  # it stands inside a call; its end is no second fault
        else:
            self._cite = citation
