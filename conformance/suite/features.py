"""What a server may have or lack: the names that `--declare` and `--lacks` take.

A case names the features it needs. A feature that is lacked takes its cases out of the run; one
that is declared must be shown by the answers; of any other, an answer that does not show it, or a
documented refusal, says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.errors import UsageError
from conformance.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ALL", "FEATURES", "Feature", "closure", "resolved_features"]

ALL = "all"


class Feature(NamedTuple):
    """What a feature is, and the features that it rests on."""

    says: str
    rests_on: tuple[str, ...] = ("chat-stream",)


FEATURES: dict[str, Feature] = {
    "chat-stream": Feature("streamed chat, `POST /v2/chat` with `stream` true", ()),
    "rerank": Feature("`POST /v2/rerank`", ()),
    "auth": Feature("a key is demanded", ()),
    "refusals": Feature("requests that break the description are refused", ()),
    "documents": Feature("answers that rest on `documents`, with citations"),
    "citation-modes": Feature("`citation_options`", ("documents",)),
    "images": Feature("images in messages"),
    "json-mode": Feature("`response_format` of type `json_object`"),
    "json-schema": Feature("`response_format` with a `json_schema`", ("json-mode",)),
    "logprobs": Feature("`logprobs`"),
    "max-tokens": Feature("`max_tokens`"),
    "safety-mode": Feature("`safety_mode`"),
    "sampling": Feature("`temperature`, `p`, `k`, penalties, `priority`"),
    "seed": Feature("`seed`"),
    "stop-sequences": Feature("`stop_sequences`"),
    "thinking": Feature("`thinking`, and thinking blocks"),
    "tools": Feature("tool calls and tool results"),
    "strict-tools": Feature("`strict_tools`", ("tools",)),
    "tool-choice": Feature("`tool_choice`", ("tools",)),
}


def closure(needs: Iterable[str]) -> frozenset[str]:
    """The features with all that they rest on."""
    found: set[str] = set()
    waiting = list(needs)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += FEATURES[name].rests_on
    return frozenset(found)


def resolved_features(words: Iterable[str], option: str) -> frozenset[str]:
    """The features that these words name; commas separate several in one word, `all` names all.

    Raises UsageError for a word that names none.
    """
    found: set[str] = set()
    for word in (part.strip().lower() for each in words for part in each.split(",")):
        if word == ALL:
            found |= set(FEATURES)
        elif word in FEATURES:
            found.add(word)
        elif word:
            known = ", ".join(f"`{name}`" for name in FEATURES)
            raise UsageError(
                f"no feature `{word}`",
                where=option,
                hint=did_you_mean(word, FEATURES) or f"the features are {known}",
            )
    return frozenset(found)
