"""What a caller can be given, as values that are compared: promised by the wire, told by an adapter.

Text offsets count code points; arguments are JSON texts, empty for none.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CHANNELS", "ENDPOINTS", "Cited", "Ranked", "ToolCall", "Usage"]

ENDPOINTS = ("chat", "rerank")

# Everything that an adapter can surface, in the order in which reports show it.
CHANNELS = (
    "text",
    "thinking",
    "tool_plan",
    "tool_calls",
    "citations",
    "finish",
    "usage",
    "cached_tokens",
    "logprobs",
    "error",
    "results",
)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call; what a client did not tell is None."""

    id: str | None
    name: str | None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Cited:
    """One citation: `text` stands from `start` to `end`; `sources` are ids, None when not told."""

    start: int | None
    end: int | None
    text: str | None
    sources: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call; None for what was not told.

    `cached_tokens` are those of the input that were not computed anew.
    """

    input_tokens: float | None
    output_tokens: float | None
    cached_tokens: float | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """One result of a rerank: the place of a document in the request, from 0, and its score."""

    index: int
    relevance_score: float
