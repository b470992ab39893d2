"""The words of clients for why an answer ended ↔ the finish reasons of the API."""

from __future__ import annotations

import re

__all__ = ["fits", "looks_like_failure", "looks_like_success"]

# A client may have one word for several reasons: a coarser word is no fault.
_WORDS: dict[str, frozenset[str]] = {
    "COMPLETE": frozenset(
        {"complete", "completed", "stop", "end", "end_turn", "eos", "finished", "done", "success"}
    ),
    "STOP_SEQUENCE": frozenset({"stop_sequence", "stop", "end_turn", "stop_sequences"}),
    "MAX_TOKENS": frozenset(
        {"max_tokens", "length", "max_output_tokens", "max_token", "model_length"}
    ),
    "TOOL_CALL": frozenset(
        {"tool_call", "tool_calls", "tool_use", "function_call", "function_calls", "tools"}
    ),
}
_SUCCESS = frozenset().union(*_WORDS.values())
# What clients say of any reason that they do not know, good ones among them, and of none at all.
_VAGUE = frozenset({"", "none", "null", "other", "undefined", "unknown", "unspecified"})
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def fits(reason: str, word: str) -> bool:
    """Whether a client's word can stand for a finish reason of the wire; unknown ones go by any."""
    allowed = _WORDS.get(reason)
    if allowed is None:
        return reason not in ("ERROR", "TIMEOUT") or not looks_like_success(word)
    return _plain(word) in allowed


def looks_like_success(word: str) -> bool:
    """Whether a caller takes this word for the end of an answer as it should be."""
    return _plain(word) in _SUCCESS


def looks_like_failure(word: str) -> bool:
    """Whether a caller learns from this word that something went wrong."""
    return _plain(word) not in _SUCCESS | _VAGUE


def _plain(word: str) -> str:
    """``ChatFinishReason.COMPLETE``, ``tool-calls`` and ``endTurn`` in one spelling."""
    last = word.strip().rpartition(".")[2]
    return _HUMP.sub("_", last).replace("-", "_").replace(" ", "_").casefold()
