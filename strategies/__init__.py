"""Choices → requests, streams and their bytes: what is tried, derived from the contract."""

from __future__ import annotations

from .coverage import Coverage
from .requests import chat_requests, rerank_requests
from .schema import from_schema

__all__ = ["Coverage", "chat_requests", "from_schema", "rerank_requests"]
