"""Choices → requests, streams and their bytes: what is tried, derived from the contract."""

from __future__ import annotations

from .broken_framing import BrokenFraming, broken_framings
from .broken_requests import BrokenRequest, broken_chat_requests, broken_rerank_requests
from .broken_streams import broken_streams
from .corpus import THINGS, Example, corpus
from .coverage import Coverage
from .fault import Fault
from .framing import Framed, framings
from .message import Sent
from .rankings import Answer, BrokenAnswer, broken_rerank_responses, rerank_responses
from .requests import chat_requests, rerank_requests
from .schema import from_schema
from .stream import Raw, Stream
from .streaming import streams
from .ways import BrokenStream

__all__ = [
    "THINGS",
    "Answer",
    "BrokenAnswer",
    "BrokenFraming",
    "BrokenRequest",
    "BrokenStream",
    "Coverage",
    "Example",
    "Fault",
    "Framed",
    "Raw",
    "Sent",
    "Stream",
    "broken_chat_requests",
    "broken_framings",
    "broken_rerank_requests",
    "broken_rerank_responses",
    "broken_streams",
    "chat_requests",
    "corpus",
    "framings",
    "from_schema",
    "rerank_requests",
    "rerank_responses",
    "streams",
]
