"""Which models the mock serves, and what they do by themselves.

The names are those of Cohere's public model list; a request for any other name is refused with
404, as the live API does.
"""

from __future__ import annotations

import re

__all__ = ["CHAT_MODELS", "RERANK_MODELS", "known", "thinks_by_itself"]

CHAT_MODELS = frozenset(
    {
        "c4ai-aya-expanse-32b",
        "c4ai-aya-expanse-8b",
        "c4ai-aya-vision-32b",
        "c4ai-aya-vision-8b",
        "command",
        "command-a-03-2025",
        "command-a-plus-05-2026",
        "command-a-reasoning-08-2025",
        "command-a-translate-08-2025",
        "command-a-vision-07-2025",
        "command-light",
        "command-nightly",
        "command-r",
        "command-r-03-2024",
        "command-r-08-2024",
        "command-r-plus",
        "command-r-plus-04-2024",
        "command-r-plus-08-2024",
        "command-r7b-12-2024",
        "command-r7b-arabic-02-2025",
    }
)
RERANK_MODELS = frozenset(
    {
        "rerank-english-v2.0",
        "rerank-english-v3.0",
        "rerank-multilingual-v2.0",
        "rerank-multilingual-v3.0",
        "rerank-v3.5",
        "rerank-v4.0-fast",
        "rerank-v4.0-pro",
    }
)
# A fine-tuned model is called by the id of its training.
_TUNED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-ft)?")
_THINKING = re.compile(r"command-a-(reasoning|plus)\b")


def known(model: str, models: frozenset[str]) -> bool:
    """The model is in the list, or is called as a fine-tuned one."""
    return model in models or _TUNED.fullmatch(model) is not None


def thinks_by_itself(model: object) -> bool:
    """The model thinks unless the request disables it."""
    return isinstance(model, str) and _THINKING.match(model) is not None
