"""Citation → the text that it speaks of, its span, and what its offsets may count instead.

A citation of type PLAN speaks of the tool plan. Any other speaks of the content block that its
`content_index` names; without one, of the block that was open when it came, else of block 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.message import Block, Citation, Message

__all__ = ["Cited", "Text", "citations_of", "content_index", "inside_call"]

PLAN = "PLAN"
# Searching a long text for each of many citations would take long, and tell no more.
_NEAR = 10_000


class Text:
    """A text that citations speak of: the whole of a block or of the tool plan."""

    def __init__(self, name: str, value: str, block: Block | None) -> None:
        self.name = name
        self.value = value
        self.block = block

    @cached_property
    def _utf16(self) -> bytes:
        return self.value.encode("utf-16-le", "surrogatepass")

    @cached_property
    def _utf8(self) -> bytes:
        return self.value.encode("utf-8", "surrogatepass")

    def unit(self, start: int, end: int, cited: str) -> str | None:
        """What the offsets count instead of code points, if that makes the span fit."""
        if not cited or start < 0 or self.value.isascii():
            return None
        wide = cited.encode("utf-16-le", "surrogatepass")
        if self._utf16[2 * start : 2 * end] == wide:
            return "UTF-16 code units"
        if self._utf8[start:end] == cited.encode("utf-8", "surrogatepass"):
            return "UTF-8 bytes"
        return None

    def near(self, start: int, words: str) -> int | None:
        """Where the words stand, as near to `start` as they do; None when not near it at all."""
        low, high = max(0, start - _NEAR), max(0, start) + len(words) + _NEAR
        after = self.value.find(words, max(0, start), high)
        before = self.value.rfind(words, low, max(0, start) + len(words))
        found = [place for place in (before, after) if place >= 0]
        return min(found, key=lambda place: abs(place - start), default=None)


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation, its span in code points (None when it has none) and the text it speaks of.

    `text` is None when the message has no such text.
    """

    citation: Citation
    start: int | None
    end: int | None
    words: str | None
    text: Text | None

    @property
    def in_range(self) -> bool:
        """The span lies within the text."""
        return (
            self.start is not None
            and self.end is not None
            and self.text is not None
            and 0 <= self.start <= self.end <= len(self.text.value)
        )


def _integer(value: object) -> int | None:
    """An integer as JSON Schema sees it: 5.0 is one, true is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def content_index(citation: Citation) -> int | None:
    """The block that a citation names, or None."""
    return _integer(citation.data.get("content_index"))


def inside_call(message: Message, citation: Citation) -> bool:
    """The citation came while a tool call was open; a rule of order says so."""
    return any(
        call.start < citation.start and (call.end is None or call.end > citation.start)
        for call in message.calls
    )


def citations_of(message: Message | None) -> Iterator[Cited]:
    """The citations of a message, in order, each with the text that it speaks of."""
    if message is None or not message.citations:
        return
    texts = _Texts(message)
    for citation in message.citations:
        words = citation.data.get("text")
        yield Cited(
            citation,
            _integer(citation.data.get("start")),
            _integer(citation.data.get("end")),
            words if isinstance(words, str) else None,
            texts.of(citation),
        )


class _Texts:
    """The texts of a message, each made once."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.known: dict[int, Text] = {}
        # Where the stream gives a block no index, its position stands for it.
        self.numbers = {
            id(block): position if block.index is None else block.index
            for position, block in enumerate(message.blocks)
        }
        self.blocks: dict[int, Block] = {}
        for block in message.blocks:
            self.blocks.setdefault(self.numbers[id(block)], block)

    def of(self, citation: Citation) -> Text | None:
        if citation.data.get("type") == PLAN and self.message.plan:
            return self._plan
        named = content_index(citation)
        block = citation.block
        if named is not None:
            # Two blocks may share an index by fault; then the open one is meant.
            if block is None or self.numbers.get(id(block)) != named:
                block = self.blocks.get(named)
        elif block is None:
            block = self.blocks.get(0)
        return None if block is None else self._text(block)

    @cached_property
    def _plan(self) -> Text:
        return Text("the tool plan", self.message.plan_text, None)

    def _text(self, block: Block) -> Text:
        key = id(block)
        if key not in self.known:
            name = f"block {self.numbers.get(key, block.index)}"
            self.known[key] = Text(name, block.text, block)
        return self.known[key]
