"""A seed → the calls by which an adapter itself is judged, one for each channel.

They are plain: whatever a client cannot do with them it cannot do at all.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.clients.cases.script import (
    ask,
    ask_rerank,
    ask_with_documents,
    ask_with_tools,
    block,
    call,
    cite,
    document,
    end,
    plan,
    start,
    tool,
)
from conformance.clients.cases.shelf import Shelf, json_reply
from conformance.clients.channels import Cited, Ranked, ToolCall, Usage

if TYPE_CHECKING:
    from conformance.clients.case import Case, Expected

__all__ = ["Probes", "planted"]

_FAMILY = "adapter"


class Probes:
    """Cases with random words; `same` are several answers to one and the same request."""

    def __init__(self, seed: int, deadline: float) -> None:
        self._seed = seed
        self._deadline = deadline

    def _shelf(self) -> Shelf:
        return Shelf(_FAMILY, self._seed)

    def _timed(self, shelf: Shelf) -> Case:
        return replace(shelf.cases[-1], deadline=self._deadline)

    def same(self, endpoint: str, count: int) -> list[Case]:
        """Calls that differ in nothing but their answers."""
        return [
            self.text(number) if endpoint == "chat" else self.rerank(number)
            for number in range(count)
        ]

    def text(self, number: int = 0) -> Case:
        """A plain answer; the request is the same for every number."""
        shelf = self._shelf()
        say = shelf.say(f"text {number}")
        events = [start(say), *block(say.parts(6)), end(say)]
        shelf.allowed("text", "a plain answer", events, ask(shelf.say("question")))
        return self._timed(shelf)

    def thinking(self) -> Case:
        """A thought, then an answer."""
        shelf = self._shelf()
        say = shelf.say("thinking")
        events = [start(say), *block(say.parts(), 0, "thinking"), *block(say.parts(), 1), end(say)]
        shelf.allowed("thinking", "thinking, then text", events, ask(say))
        return self._timed(shelf)

    def tools(self) -> Case:
        """A plan and two calls."""
        shelf = self._shelf()
        say = shelf.say("tools")
        name = f"get_{say.word()}"
        calls = [
            event
            for index in range(2)
            for event in call(say, name, [json.dumps({"place": say.word()})], index)
        ]
        events = [start(say), *plan(say.parts()), *calls, end(say, "TOOL_CALL")]
        shelf.allowed(
            "tools", "a plan and tool calls", events, ask_with_tools(say, tool(name, "place"))
        )
        return self._timed(shelf)

    def citations(self) -> Case:
        """An answer that cites a document."""
        shelf = self._shelf()
        say = shelf.say("citations")
        found = document(say, f"doc-{say.word()}")
        source = {"type": "document", "id": found["id"], "document": {"id": found["id"]}}
        parts = say.parts()
        opened, *deltas, closed = block(parts)
        cited = cite((0, len(parts[0])), parts[0], [source])
        events = [start(say), opened, *deltas, *cited, closed, end(say)]
        shelf.allowed("citations", "a citation", events, ask_with_documents(say, found))
        return self._timed(shelf)

    def refusal(self, endpoint: str) -> Case:
        """A request that is refused with a reason."""
        shelf = self._shelf()
        reason = shelf.say("reason").phrase(4)
        reply = json_reply({"message": reason}, 400)
        shelf.refused("refusal", "a refusal", reply, message=reason, endpoint=endpoint)
        return self._timed(shelf)

    def rerank(self, number: int = 0) -> Case:
        """A ranking; the request is the same for every number."""
        shelf = self._shelf()
        say = shelf.say(f"rerank {number}")
        order = [2, 0, 1] if number % 2 else [1, 2, 0]
        scores = sorted((say.number(1, 9999) / 10000 for _ in order), reverse=True)
        rows = [
            {"index": index, "relevance_score": score}
            for index, score in zip(order, scores, strict=True)
        ]
        value = {"id": say.uuid(), "results": rows, "meta": {"api_version": {"version": "2"}}}
        shelf.ranked("rerank", "a ranking", ask_rerank(shelf.say("question"), 3), value)
        return self._timed(shelf)


def planted(expect: Expected, channel: str) -> Expected:
    """An expectation that is wrong in one channel: whoever meets it has not told what was sent."""
    word = "planted"
    wrong: dict[str, object] = {
        "text": {"text": f"{expect.text} {word}"},
        "thinking": {"thinking": f"{expect.thinking} {word}"},
        "tool_plan": {"tool_plan": f"{expect.tool_plan} {word}"},
        "tool_calls": {
            "calls": (*expect.calls[:-1], ToolCall(word, word, json.dumps({word: word})))
        },
        "citations": {"citations": (Cited(0, len(word), word, (word,)),)},
        "finish": {"finish": "MAX_TOKENS"},
        "usage": {"usage": (Usage(-1, -1),)},
        "cached_tokens": {"cached_tokens": -1},
        "logprobs": {"logprobs": (*expect.logprobs, -1.0)},
        "results": {"results": tuple(Ranked(one.index, -1.0) for one in expect.results or ())},
    }
    members = wrong[channel]
    assert isinstance(members, dict)
    return replace(expect, **members)
