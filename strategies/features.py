"""What a user asks for → what a request has: tools, tool results, documents, images, JSON, thinking.

A request with everything is refused or senseless; the table says what goes together.
"""

from __future__ import annotations

from typing import NamedTuple

from conformance.errors import UsageError

__all__ = ["MODELS", "Features", "Wishes", "possible"]


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


def _has(*names: str) -> Features:
    return Features(**dict.fromkeys(names, True))


# Features and how often they come, in 50; the plain request first. JSON mode goes with neither tools
# nor documents. The combinations of weight 0 come only to those who ask for them.
_TABLE: tuple[tuple[Features, int], ...] = (
    (_has(), 9),
    (_has("tools"), 6),
    (_has("tools", "results"), 9),
    (_has("documents"), 7),
    (_has("documents", "tools"), 1),
    (_has("documents", "tools", "results"), 3),
    (_has("images"), 4),
    (_has("json"), 4),
    (_has("thinking"), 3),
    (_has("thinking", "tools", "results"), 2),
    (_has("thinking", "documents"), 1),
    (_has("images", "json"), 1),
    (_has("thinking", "tools"), 0),
    (_has("thinking", "json"), 0),
    (_has("thinking", "images"), 0),
    (_has("images", "tools"), 0),
    (_has("images", "documents"), 0),
    (_has("images", "tools", "results"), 0),
    (_has("images", "documents", "tools"), 0),
    (_has("images", "thinking", "tools", "results"), 0),
    (_has("images", "thinking", "json"), 0),
    (_has("thinking", "documents", "tools"), 0),
    (_has("thinking", "documents", "tools", "results"), 0),
    (_has("images", "documents", "tools", "results"), 0),
    (_has("images", "thinking", "documents", "tools", "results"), 0),
)

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


def possible(wishes: Wishes) -> tuple[Features, ...]:
    """The features that fit the wishes, each as often as it should come.

    Raises UsageError when nothing fits: JSON mode beside tools, a history in too few messages.
    """
    if wishes.most < 1 or wishes.least > wishes.most or wishes.least < 1:
        raise UsageError(
            f"no conversation has {wishes.least} to {wishes.most} messages",
            where="chat_requests(min_messages, max_messages)",
            hint="1 <= min_messages <= max_messages",
        )
    fitting = [
        (features, weight)
        for features, weight in _TABLE
        if all(wish in (None, has) for wish, has in zip(wishes, features, strict=False))
        and not (features.results and wishes.most < 3)
    ]
    if not fitting:
        raise UsageError(
            f"no coherent request has {wishes!r}",
            where="chat_requests",
            hint="JSON mode goes with neither tools nor documents, tool results need tools and "
            "three messages",
        )
    some = any(weight for _, weight in fitting)
    return tuple(f for f, weight in fitting for _ in range(weight if some else 1))
