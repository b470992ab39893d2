"""A chat request → what the model does in its turn: think, plan, call tools, write, cite.

The request decides the kind of turn: JSON mode answers with JSON, open tool results with a text
that cites them, tools with calls, anything else with a text that cites the documents if there are
some. Which form that takes as events is for `chat`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.mock.instance import instance_of
from conformance.mock.models import thinks_by_itself
from conformance.mock.sources import document_sources, fresh_results, result_sources, text_of
from conformance.mock.words import (
    AFTERTHOUGHTS,
    CLOSINGS,
    FILLERS,
    LEADS,
    OPENINGS,
    excerpt,
    keywords,
    salient,
    tokens,
)
from conformance.request import ChatRequest

if TYPE_CHECKING:
    from conformance.mock.chance import Chance
    from conformance.mock.sources import Source

__all__ = ["Call", "Cited", "Turn", "turn_of"]

_MOST_SOURCES = 4
_MOST_CALLS = 4
_THOUGHT = 40


@dataclass(slots=True)
class Call:
    """A tool call; its arguments are pieces of JSON text, none for a call without arguments."""

    id: str
    name: str
    arguments: list[str]


@dataclass(slots=True)
class Cited:
    """A citation of the characters `[start, end)` of the text, the thinking or the plan."""

    start: int
    end: int
    words: str
    sources: list[dict[str, Any]]
    where: str = "text"


@dataclass(slots=True)
class Turn:
    """One turn. `finish` is the finish reason; texts are lists of tokens, none of them empty."""

    thinking: list[str] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    citations: list[Cited] = field(default_factory=list)
    finish: str = "COMPLETE"
    images: int = 0

    @property
    def spent(self) -> int:
        """The number of tokens of the turn; a call costs one beside its arguments."""
        calls = sum(1 + len(call.arguments) for call in self.calls)
        return len(self.thinking) + len(self.plan) + calls + len(self.text)


def _whole(value: object) -> int | None:
    """A JSON number as a whole number; None when it is none, or beyond any use."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


class _Writer:
    """Writes one turn."""

    def __init__(self, body: dict[str, Any], chance: Chance, *, rich: bool, length: int) -> None:
        self.view = ChatRequest(body)
        self.chance = chance
        self.rich = rich
        self.length = length
        users = [m for m in self.view.messages if m.get("role") == "user"]
        self.asked = text_of(users[-1].get("content")) if users else ""
        self.earlier = [text_of(m.get("content")) for m in users[:-1]]
        self.turn = Turn(images=sum(_images(message) for message in self.view.messages))

    def write(self) -> Turn:
        view, turn = self.view, self.turn
        results = fresh_results(view)
        forced = view.tool_choice == "REQUIRED"
        last = view.messages[-1].get("role") if view.messages else None
        json_mode = view.response_format.get("type") == "json_object"
        calling = (
            not json_mode
            and any(isinstance(tool.get("name"), str) for tool in view.tools)
            and view.tool_choice != "NONE"
            and (forced or last not in ("tool", "assistant"))
        )
        thinking = self.budget()
        if thinking:
            turn.thinking = tokens(self.thought(calling=calling))[:thinking]
        if json_mode:
            turn.text = tokens(self.json_text())
        elif calling:
            self.call()
        else:
            self.answer(results)
        self.limit()
        return turn

    def budget(self) -> int:
        """How many tokens of thinking there may be."""
        asked = self.view.get("thinking")
        wanted = asked.get("type") if isinstance(asked, dict) else None
        model = self.view.get("model")
        if wanted == "disabled" or (wanted is None and not thinks_by_itself(model)):
            return 0
        most = _whole(asked.get("token_budget")) if isinstance(asked, dict) else None
        return _THOUGHT if most is None else max(0, min(most, _THOUGHT))

    def thought(self, *, calling: bool) -> str:
        topic = excerpt(self.asked, 40)
        first = "There is no question to read. "
        if topic:
            first = f"The question is: {_sentence(topic)} "
        then = "A tool knows more than I do." if calling else "I can answer this directly."
        return first + then

    def json_text(self) -> str:
        wanted = self.view.response_format
        schema = wanted.get("json_schema", wanted.get("schema"))
        if isinstance(schema, dict) and schema:
            value = instance_of(schema, salient(self.asked), every=self.rich)
        else:
            value = {"answer": excerpt(self.asked, 80) or "yes", "sure": True}
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()

    # -- tool calls ----------------------------------------------------------------------------

    def call(self) -> None:
        turn, words = self.turn, keywords(self.asked)
        tools = [tool for tool in self.view.tools if isinstance(tool.get("name"), str)]
        meant = [tool for tool in tools if keywords(tool["name"]) & words][:_MOST_CALLS]
        chosen = {tool["name"]: tool for tool in meant or tools[:1]}
        names = " and ".join(f"`{name}`" for name in chosen)
        if not turn.thinking:
            turn.plan = tokens(f"I will use {names} to find this out.")
        hints = salient(self.asked)
        for number, (name, tool) in enumerate(chosen.items()):
            value = instance_of(tool.get("parameters", {}), hints, every=self.rich)
            written = ""
            if value:
                written = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
            identity = f"{name}_{self.chance.letters(f'call {number}', 12)}"
            turn.calls.append(Call(identity, name, tokens(written)))
        turn.finish = "TOOL_CALL"
        if self.rich and turn.plan and self.view.citation_mode not in ("OFF", "DISABLED"):
            for source in list(document_sources(self.view))[:1]:
                self.turn.citations.append(
                    Cited(0, len(turn.plan[0]), turn.plan[0], [source.payload], "plan")
                )

    # -- texts ---------------------------------------------------------------------------------

    def answer(self, results: list[dict[str, Any]]) -> None:
        found = [*result_sources(results), *document_sources(self.view)]
        parts: list[str] = []
        if found:
            self.quote(found, parts)
        else:
            parts += self.talk()
        count = len(tokens(" ".join(parts)))
        while count < self.length:
            parts.append(self.chance.pick(f"filler {count}", FILLERS))
            count += len(tokens(" " + parts[-1]))
        text = " ".join(parts)
        if self.length:
            text = "".join(tokens(text)[: self.length])
        self.stop(text)

    def quote(self, found: list[Source], parts: list[str]) -> None:
        """Quote the sources that have most to do with the question, in their own order."""
        words = keywords(self.asked)
        ranked = sorted(found, key=lambda source: -len(keywords(source.quote) & words))
        kept = [source for source in found if source in ranked[:_MOST_SOURCES]][:_MOST_SOURCES]
        silent = self.view.citation_mode in ("OFF", "DISABLED")
        position = 0
        for number, source in enumerate(kept):
            lead = LEADS[number % len(LEADS)]
            start = position + len(lead)
            end = start + len(source.quote)
            if not silent:
                sources = [source.payload]
                if self.rich and len(kept) > 1:
                    sources.append(kept[number - 1].payload)
                self.turn.citations.append(Cited(start, end, source.quote, sources))
            parts.append(f"{lead}{source.quote}.")
            position = end + 2
        parts.append(self.chance.pick("afterthought", AFTERTHOUGHTS))
        if self.rich and not silent and self.turn.thinking:
            self.cite_thinking(kept[0])

    def cite_thinking(self, source: Source) -> None:
        thought = "".join(self.turn.thinking)
        end = len(thought.split(" ", 2)[0]) if thought else 0
        if end:
            cited = Cited(0, end, thought[:end], [source.payload], "thinking")
            self.turn.citations.insert(0, cited)

    def talk(self) -> list[str]:
        """A text that shows what was read: system message, history, images and question."""
        parts = [self.chance.pick("opening", OPENINGS)]
        systems = [
            text_of(m.get("content")) for m in self.view.messages if m.get("role") == "system"
        ]
        if systems and excerpt(systems[0], 60):
            parts.append(f"I keep to what I was told: {_sentence(systems[0])}")
        if self.earlier and excerpt(self.earlier[-1], 60):
            parts.append(f"Before, you wrote: {_sentence(self.earlier[-1])}")
        if excerpt(self.asked, 60):
            parts.append(f"Now you write: {_sentence(self.asked)}")
        if self.turn.images:
            parts.append(f"I looked at {self.turn.images} image{'s' * (self.turn.images > 1)}.")
        parts.append(self.chance.pick("closing", CLOSINGS))
        return parts

    # -- limits --------------------------------------------------------------------------------

    def stop(self, text: str) -> None:
        """End the text before the first stop sequence in it."""
        places = [text.find(sequence) for sequence in self.view.stop_sequences]
        found = min((place for place in places if place >= 0), default=None)
        if found is not None:
            text = text[:found]
            self.turn.finish = "STOP_SEQUENCE"
        self.turn.text = tokens(text)
        self.drop_citations(len(text))

    def drop_citations(self, length: int) -> None:
        turn = self.turn
        turn.citations = [c for c in turn.citations if c.where != "text" or c.end <= length]

    def limit(self) -> None:
        """End the turn where `max_tokens` is reached."""
        turn = self.turn
        left = _whole(self.view.get("max_tokens"))
        if left is None or turn.spent <= max(left, 0):
            return
        turn.finish = "MAX_TOKENS"
        left = max(left, 0)
        turn.thinking, left = turn.thinking[:left], max(0, left - len(turn.thinking))
        turn.plan, left = turn.plan[:left], max(0, left - len(turn.plan))
        kept = []
        for call in turn.calls:
            if left <= 0:
                break
            full = len(call.arguments)
            call.arguments = call.arguments[: left - 1]
            kept.append(call)
            left -= 1 + full
        turn.calls, left = kept, max(0, left)
        turn.text = turn.text[:left]
        self.drop_citations(len("".join(turn.text)))
        lengths = {"thinking": len("".join(turn.thinking)), "plan": len("".join(turn.plan))}
        turn.citations = [c for c in turn.citations if c.end <= lengths.get(c.where, c.end)]


def _images(message: dict[str, Any]) -> int:
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    return sum(1 for part in parts if isinstance(part, dict) and part.get("type") == "image_url")


def _sentence(text: str) -> str:
    made = excerpt(text, 60).encode("utf-8", "replace").decode()
    return made if made[-1:] in ".!?" else f"{made}."


def turn_of(body: dict[str, Any], chance: Chance, *, rich: bool = False, length: int = 0) -> Turn:
    """The turn that answers a chat request.

    `rich` uses what is optional: all members of arguments, several sources for a citation, cited
    thinking. `length` is the wanted number of tokens of a text, 0 for what comes by itself.
    """
    return _Writer(body, chance, rich=rich, length=length).write()
