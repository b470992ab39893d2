"""Choices → requests, streams and their bytes: what is tried, derived from the contract."""

from __future__ import annotations

from .coverage import Coverage
from .framing import Framed, framings
from .requests import chat_requests, rerank_requests
from .schema import from_schema
from .stream import Stream
from .streaming import streams

__all__ = [
    "Coverage", "Framed", "Stream", "chat_requests", "framings", "from_schema", "rerank_requests",
    "streams",
]  # fmt: skip
