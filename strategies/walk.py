"""Steps through the stream table → events with coherent payloads.

A `Walk` knows what is open, numbers blocks, calls and citations, and makes the event for each step.
`go` takes a step that the table allows, `force` one that it refuses. Where a walk goes is decided
elsewhere.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from conformance.events import TERMINATOR
from conformance.stream import TABLE, Input, No, State

from .message import compact
from .tools import arguments_maker
from .values import call_id, piece, uuid_text

if TYPE_CHECKING:
    from .facts import Facts
    from .source import Source

__all__ = ["Walk"]

_EMPTY = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
_IN_BLOCK = {State.TEXT, State.THINKING, State.TEXT_CITE, State.THINKING_CITE}
_CITING = {State.TEXT_CITE, State.THINKING_CITE, State.PLAN_CITE, State.CITE}


class Walk:
    """A stream in the making.

    `identity` is the id of the message, `state` where the table stands. `blocks` holds kind, index
    and text of each content block, `block` is the open one; `call` is the open call. `texts` are
    pieces that the next text deltas must bring, used up in order; without any, each delta brings
    what is chosen. `owes_block` says that a citation spoke of a block before there was any. A
    `quirk` is an unusual habit of the server: ``bare start`` (message-start names the role only),
    ``no index``, ``empty delta`` (the first delta of a block is empty), ``logprobs`` (which nobody
    asked for).
    """

    def __init__(self, source: Source, facts: Facts) -> None:
        self.source = source
        self.facts = facts
        # Chosen here, so that the steps that begin a message take no choice wherever they come.
        self.identity = uuid_text(source)
        self.state = State.START
        self.items: list[Any] = []
        self.blocks: list[list[Any]] = []
        self.block: list[Any] | None = None
        self.call: dict[str, Any] | None = None
        self.calls = 0
        self.citations = 0
        self.plan = ""
        self.texts: list[str] = []
        self.deltas = 0
        self.cited_to = 0
        self.reason = "COMPLETE"
        self.owes_block = False
        self.quirk = ""

    # -- steps -------------------------------------------------------------------------------------

    def allows(self, step: Input) -> bool:
        """The table has a next state for this step."""
        return not isinstance(TABLE[self.state][step], No)

    def go(self, step: Input) -> None:
        """Take a step that the table allows."""
        cell = TABLE[self.state][step]
        assert not isinstance(cell, No), (self.state, step)
        self._emit(step)
        self.state = cell

    def force(self, step: Input) -> None:
        """Take a step that the table refuses, and go on in the state that it recovers in."""
        while isinstance(cell := TABLE[self.state][step], No):
            self._leave(cell.recover)
            if not cell.again:
                self._emit(step)
                self.state = cell.recover
                self._forget()
                return
            self.state = cell.recover
        self.go(step)

    def _leave(self, recover: State) -> None:
        """Close by force what the table closes."""
        if self.state in _IN_BLOCK and recover not in _IN_BLOCK:
            self.block = None
        if self.state is State.CALL and recover is not State.CALL:
            self.call = None

    def _forget(self) -> None:
        """An orphan inside of something else opens nothing."""
        if self.block is not None and self.state not in _IN_BLOCK:
            self.blocks.remove(self.block)
            self.block = None
        if self.call is not None and self.state is not State.CALL:
            self.call = None
            self.calls -= 1

    def add(self, item: Any) -> None:
        """Add an event that the table does not see."""
        self.items.append(item)

    # -- events ------------------------------------------------------------------------------------

    def _emit(self, step: Input) -> None:
        if step is Input.EOF:
            return
        if step is Input.DONE:
            self.items.append(TERMINATOR)
            return
        item = getattr(self, f"_{step.name.lower()}")()
        if self.quirk == "no index":
            item.pop("index", None)
        self.items.append(item)

    def _message_start(self) -> dict[str, Any]:
        message = {"role": "assistant"} if self.quirk == "bare start" else copy.deepcopy(_EMPTY)
        return {
            "id": self.identity,
            "type": "message-start",
            "delta": {"message": message},
        }

    def _text_start(self) -> dict[str, Any]:
        return self._start("text")

    def _thinking_start(self) -> dict[str, Any]:
        return self._start("thinking")

    def _start(self, kind: str) -> dict[str, Any]:
        self.block = [kind, len(self.blocks), ""]
        self.blocks.append(self.block)
        self.cited_to = 0
        content = {"type": kind, kind: ""}
        return {
            "type": "content-start", "index": self.block[1], "delta": {"message": {"content": content}}
        }  # fmt: skip

    def _text_delta(self) -> dict[str, Any]:
        return self._delta("text", self.texts.pop(0) if self.texts else piece(self.source))

    def _thinking_delta(self) -> dict[str, Any]:
        return self._delta("thinking", piece(self.source))

    def _delta(self, kind: str, text: str) -> dict[str, Any]:
        if self.block is None:  # an orphan: it opens its block
            self.block = [kind, len(self.blocks), ""]
            self.blocks.append(self.block)
        if self.quirk == "empty delta" and not self.block[2]:
            self.texts[:0] = [text] if kind == "text" and self.facts.json else []
            self.quirk, text = "", ""
        self.block[2] += text
        self.deltas += 1
        made: dict[str, Any] = {
            "type": "content-delta", "index": self.block[1],
            "delta": {"message": {"content": {kind: text}}},
        }  # fmt: skip
        if kind == "text" and (self.facts.logprobs or self.quirk == "logprobs"):
            number = self.deltas
            made["logprobs"] = {"text": text, "token_ids": [number], "logprobs": [-number / 8]}
        return made

    def _content_end(self) -> dict[str, Any]:
        index = self.block[1] if self.block is not None else max(len(self.blocks) - 1, 0)
        self.block = None
        return {"type": "content-end", "index": index}

    def _plan_delta(self) -> dict[str, Any]:
        text = piece(self.source)
        self.plan += text
        self.deltas += 1
        return {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": text}}}

    def _call_start(self) -> dict[str, Any]:
        function = self.source.pick(self.facts.functions or _ANY_FUNCTION)
        made = arguments_maker(function)(self.source, 0)
        text = compact(made)
        if not made and not self.source.chance(2):
            text = ""  # a call without arguments has no delta on the wire
        self.call = {"index": self.calls, "name": function["name"], "left": self.cut(text, 3)}
        self.calls += 1
        identity = call_id(function["name"], 0xA0 + self.calls)
        call = {
            "id": identity, "type": "function",
            "function": {"name": function["name"], "arguments": ""},
        }  # fmt: skip
        return {
            "type": "tool-call-start", "index": self.call["index"],
            "delta": {"message": {"tool_calls": call}},
        }  # fmt: skip

    def _call_delta(self) -> dict[str, Any]:
        if self.call is None:  # an orphan: it opens its call
            self.call = {"index": self.calls, "name": None, "left": []}
            self.calls += 1
        text = self.call["left"].pop(0) if self.call["left"] else " "
        self.deltas += 1
        return {
            "type": "tool-call-delta", "index": self.call["index"],
            "delta": {"message": {"tool_calls": {"function": {"arguments": text}}}},
        }  # fmt: skip

    def _call_end(self) -> dict[str, Any]:
        index = self.call["index"] if self.call is not None else max(self.calls - 1, 0)
        self.call = None
        return {"type": "tool-call-end", "index": index}

    def _citation_start(self) -> dict[str, Any]:
        index = self.citations
        self.citations += 1
        return {
            "type": "citation-start", "index": index, "delta": {"message": {"citations": self._span()}}
        }  # fmt: skip

    def _span(self) -> dict[str, Any]:
        """A citation of what has been said: in the open block, in the plan, or earlier."""
        source = self.source
        kind, number, text, begin = "TEXT_CONTENT", 0, "", 0
        if self.block is not None:
            kind, number, text = self.block
            kind, begin = f"{kind.upper()}_CONTENT", self.cited_to
        elif self.state is State.PLAN:
            kind, text = "PLAN", self.plan
        elif self.blocks:
            kind, number, text = self.blocks[0]
            kind = f"{kind.upper()}_CONTENT"
        else:
            self.owes_block = True
        start = end = begin
        if begin < len(text):
            # Counted from the ends, so that the whole text is the simplest span.
            end = len(text) - source.integer(0, len(text) - begin - 1)
            start = begin + source.integer(0, end - begin - 1)
        if self.block is not None:
            self.cited_to = end
        cited = [copy.deepcopy(source.pick(self.facts.sources))] if self.facts.sources else []
        made: dict[str, Any] = {
            "start": start,
            "end": end,
            "text": text[start:end],
            "sources": cited,
        }
        # What need not be told: the kind, and the number of the first block.
        told = 0 if kind == "PLAN" else source.integer(0, 2 if self.blocks else 1)
        if kind == "PLAN" or (self.blocks and told != 1):
            made["type"] = kind
        if kind != "PLAN" and (number or told == (2 if self.blocks else 1)):
            made["content_index"] = number
        return made

    def _citation_end(self) -> dict[str, Any]:
        return {"type": "citation-end", "index": max(self.citations - 1, 0)}

    def _debug(self) -> dict[str, Any]:
        made = {"type": "debug", "event_type": self.source.pick(_DEBUG)}
        if self.source.integer(0, 1):
            made["prompt"] = piece(self.source)
        return made

    def _unknown(self) -> dict[str, Any]:
        return {"type": self.source.pick(_UNKNOWN)}

    def _message_end(self) -> dict[str, Any]:
        return {
            "type": "message-end", "delta": {"finish_reason": self.reason, "usage": self._usage()}
        }  # fmt: skip

    def _failed(self) -> dict[str, Any]:
        reason, error, kind = self.source.pick(_FAILURES)
        delta = {"finish_reason": reason, "usage": {}, "error": error}
        if kind is not None:
            delta["error_type"] = kind
        if self.source.chance(2):
            delta["usage"] = self._usage()
        return {"type": "message-end", "delta": delta}

    def _usage(self) -> dict[str, Any]:
        """Numbers of tokens that agree with each other and with the request."""
        told = self.deltas
        if self.facts.most_tokens is not None:
            told = max(0, min(told, int(self.facts.most_tokens)))
        read = 60 + 7 * len(self.items)
        form = self.source.integer(0, 5)
        if form == 5:  # numbers are numbers, whole or not
            return {
                "billed_units": {"input_tokens": 3.0, "output_tokens": float(told)},
                "tokens": {"input_tokens": float(read), "output_tokens": told + 4.5},
            }
        usage: dict[str, Any] = {
            "billed_units": {"input_tokens": 3, "output_tokens": told},
            "tokens": {"input_tokens": read, "output_tokens": told + 4},
        }
        if form in (1, 2):
            usage["cached_tokens"] = 0 if form == 1 else read
        if form in (2, 3):
            usage["tokens"]["reasoning_tokens"] = 0 if form == 3 else told
        if form == 3:
            usage["tokens"]["image_tokens"] = 259
        if form == 4:
            usage["billed_units"] |= {"search_units": 1, "classifications": 0}
        return usage

    # -- helpers -----------------------------------------------------------------------------------

    def cut(self, text: str, most: int) -> list[str]:
        """A text in 1 to `most` pieces, none empty; an empty text in none."""
        if not text:
            return []
        places = {0, len(text)}
        for _ in range(self.source.pick(range(most))):
            places.add(self.source.integer(0, len(text)))
        marks = sorted(places)
        return [text[a:b] for a, b in pairwise(marks)]

    @property
    def citing(self) -> bool:
        """A citation is open."""
        return self.state in _CITING


_ANY_FUNCTION: list[dict[str, Any]] = [{"name": "low_tide", "parameters": {"type": "object"}}]
_DEBUG = (
    "debug", "stream-start", "search-queries-generation", "search-results", "text-generation",
    "citation-generation", "stream-end",
)  # fmt: skip
_UNKNOWN = ("ping", "content-pause", "tool-result", "search-start", "🌊")
_FAILURES: tuple[tuple[str, str, str | None], ...] = (
    ("ERROR", "the generation failed", None),
    ("ERROR", "the generation of a tool call failed", "INVALID_TOOL_GENERATION"),
    ("TIMEOUT", "the generation took too long", None),
    ("ERROR", "no answer could be made", "NO_VALID_RESPONSE_GENERATED"),
)
