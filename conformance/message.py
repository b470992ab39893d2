"""Events → message: the blocks, tool calls and citations that a stream adds up to.

The stream machine fills these in; the rules read them. Positions are event numbers from 0, text
lengths are counted in code points.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.events import Event

__all__ = ["Block", "Call", "Citation", "Message", "Numbered"]


@dataclass(slots=True)
class Block:
    """One content block: `kind` is "text" or "thinking"; `parts` has the text of each delta.

    `implied` marks a block that no `content-start` opened: it was opened to hold an orphan delta.
    `untyped` marks one whose start did not tell its kind: the first delta does.
    """

    kind: str
    index: int | None
    start: int
    end: int | None = None
    implied: bool = False
    untyped: bool = False
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The deltas so far, joined."""
        if len(self.parts) > 1:
            self.parts[:] = ["".join(self.parts)]
        return self.parts[0] if self.parts else ""


@dataclass(slots=True)
class Call:
    """One tool call; `arguments` are the joined argument deltas, a JSON text or "" for none.

    `repeated` marks a start that came again while its own call was open.
    """

    index: int | None
    start: int
    id: str | None = None
    name: str | None = None
    end: int | None = None
    implied: bool = False
    repeated: bool = False
    parts: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        """The argument deltas so far, joined."""
        return "".join(self.parts)


@dataclass(slots=True)
class Citation:
    """One citation: the block that was open when it came, and how much of it had come by then."""

    index: int | None
    start: int
    data: dict[str, Any]
    block: Block | None
    block_length: int
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A place in the count of blocks, calls or citations.

    `sent` is False when something else told of it: its start never came, or could not be read.
    """

    index: int | None
    event: int
    sent: bool


@dataclass(slots=True)
class Message:
    """All that one stream adds up to.

    `numbers` holds the counts of "block", "call" and "citation", in the order of their coming; a
    start that was merely repeated has no place of its own there.
    """

    start: Event | None = None
    end: Event | None = None
    blocks: list[Block] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)
    last_plan: int | None = None
    numbers: dict[str, list[Numbered]] = field(
        default_factory=lambda: {"block": [], "call": [], "citation": []}
    )

    @property
    def finish_reason(self) -> str | None:
        """The finish reason of the message-end event, or None."""
        reason = self.end.at("delta", "finish_reason") if self.end else None
        return reason if isinstance(reason, str) else None

    @property
    def failed(self) -> bool:
        """The server said that the generation failed (finish reason ERROR or TIMEOUT)."""
        return self.finish_reason in ("ERROR", "TIMEOUT")

    @property
    def cut(self) -> bool:
        """The generation may have stopped anywhere: it failed, met a limit, or never ended."""
        return self.end is None or self.finish_reason in ("ERROR", "TIMEOUT", "MAX_TOKENS")

    def text(self, kind: str = "text") -> str:
        """The text of all blocks of a kind, joined."""
        return "".join(block.text for block in self.blocks if block.kind == kind)

    @property
    def plan_text(self) -> str:
        """The tool plan, joined."""
        return "".join(self.plan)
