"""What a user asks for, and what a request has: tools, results, documents, images, JSON, thinking."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import NamedTuple

from conformance.errors import UsageError

__all__ = ["MODELS", "Features", "Wishes", "checked", "combinations"]


class Features(NamedTuple):
    """What a chat request has. `results` are tool calls in the history with their answers."""

    tools: bool = False
    results: bool = False
    documents: bool = False
    images: bool = False
    json: bool = False
    thinking: bool = False


class Wishes(NamedTuple):
    """The filters of `chat_requests`; None leaves a feature open."""

    tools: bool | None = None
    results: bool | None = None
    documents: bool | None = None
    images: bool | None = None
    json: bool | None = None
    thinking: bool | None = None
    least: int = 1
    most: int = 7

    def __repr__(self) -> str:
        given = zip(_FILTERS, self, Wishes(), strict=True)
        return ", ".join(f"{name}={wish!r}" for name, wish, none in given if wish != none)


# What the fields of `Wishes` are called where a user gives them.
_FILTERS = (
    "with_tools", "with_tool_results", "with_documents", "with_images", "with_json",
    "with_thinking", "min_messages", "max_messages",
)  # fmt: skip


# A model that has all that a request uses comes from the first line that covers it.
MODELS: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
    (frozenset({"tools", "results", "documents", "json"}), (
        "command-a-03-2025", "command-r7b-12-2024", "command-a-plus-05-2026",
        "command-r-plus-08-2024", "command-r-08-2024")),
    (frozenset({"images", "json"}), ("command-a-vision-07-2025", "command-a-plus-05-2026")),
    (frozenset({"tools", "results", "documents", "json", "thinking"}), (
        "command-a-reasoning-08-2025", "command-a-plus-05-2026")),
    (frozenset(Features._fields), ("command-a-plus-05-2026",)),
)  # fmt: skip


def checked(wishes: Wishes) -> Wishes:
    """The wishes, if a request can fulfil them all.

    Raises UsageError when none can: JSON mode beside tools, a history in too few messages.
    """
    if not 1 <= wishes.least <= wishes.most:
        raise UsageError(
            f"no conversation has {wishes.least} to {wishes.most} messages",
            where="chat_requests(min_messages, max_messages)",
            hint="1 <= min_messages <= max_messages",
        )
    company = wishes.tools or wishes.results or wishes.documents
    alone = wishes.results and (wishes.tools is False or wishes.most < 3)
    if (wishes.json and company) or alone:
        raise UsageError(
            f"no coherent request has {wishes!r}",
            where="chat_requests",
            hint="JSON mode goes with neither tools nor documents, tool results need tools and "
            "three messages",
        )
    return wishes


@lru_cache(maxsize=256)
def combinations(wishes: Wishes) -> tuple[Features, ...]:
    """What a request may have that fulfils the wishes, the plainest first.

    JSON mode goes with neither tools nor documents. No model that sees images is known to take them
    beside tools or documents, or to think about them: they come together only when both are wished.
    """
    open_or_given = [(False, True) if wish is None else (wish,) for wish in wishes[:-2]]
    found = [each for each in map(Features._make, product(*open_or_given)) if _fit(each, wishes)]
    return tuple(sorted(found, key=sum))


def _fit(features: Features, wishes: Wishes) -> bool:
    if features.results and (not features.tools or wishes.most < 3):
        return False
    if features.json and (features.tools or features.documents):
        return False
    beside_images = (
        (features.tools, wishes.tools or wishes.results),
        (features.documents, wishes.documents),
        (features.thinking, wishes.thinking),
    )
    return not features.images or all(
        not has or (wishes.images and wished) for has, wished in beside_images
    )
