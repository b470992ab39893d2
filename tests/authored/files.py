"""Recordings that nobody recorded: written by hand from the documented shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.authored.chats import CHATS
from tests.authored.reranks import RERANKS

if TYPE_CHECKING:
    from conformance.wire import Exchange

__all__ = ["files"]


def files() -> dict[str, list[Exchange]]:
    """Path below `recordings/` → the exchanges that the file holds."""
    made = {f"chat/{name}.yaml": exchanges for name, exchanges in CHATS.items()}
    made.update({f"rerank/{name}.yaml": exchanges for name, exchanges in RERANKS.items()})
    return made
