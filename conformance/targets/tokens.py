"""A request → how many tokens it may cost; its exchange → how many it did cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.wire import Exchange, Request

__all__ = ["Guess", "guess", "is_rerank", "used"]

# About what is billed: four bytes of text are a token, an image is a few hundred.
_BYTES_PER_TOKEN = 4
_IMAGE = 1000
# What a model writes when nothing limits it, and what it thinks.
_ANSWER = 1000
_THINKING = 2000
# The documented default of `max_tokens_per_doc`.
_DOCUMENT = 4096
_REFUSED = 400
# No count of tokens; `inf` and `nan` are not below it either.
_ABSURD = 10**12


class Guess(NamedTuple):
    """Tokens that a request may cost: what is read, and what is written."""

    reads: int
    writes: int

    @property
    def total(self) -> int:
        """Both together."""
        return self.reads + self.writes


def is_rerank(request: Request) -> bool:
    """The request is counted as a rerank call, not as a chat call."""
    return request.path.endswith("/rerank")


def guess(request: Request) -> Guess:
    """The tokens that a request may cost, rather too many than too few."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return Guess(0, 0)
    if is_rerank(request):
        return Guess(_rerank(body), 0)
    reads = sum(map(_size, _texts(body)))
    most = _count(body.get("max_tokens"))
    thinking = body.get("thinking")
    thought = _THINKING
    if isinstance(thinking, dict):
        thought = _count(thinking.get("token_budget")) or _THINKING
        thought = 0 if thinking.get("type") == "disabled" else thought
    elif "reasoning" not in str(body.get("model")):
        thought = 0
    return Guess(reads, _ANSWER + thought if most is None else most)


def _rerank(body: dict[str, Any]) -> int:
    query = _size(str(body.get("query")))
    most = _count(body.get("max_tokens_per_doc")) or _DOCUMENT
    documents = body.get("documents")
    given = documents if isinstance(documents, list) else []
    return sum(query + min(sum(map(_size, _texts(each))), most) for each in given)


def _size(text: str) -> int:
    if text.startswith("data:image"):
        return _IMAGE
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN)


def _texts(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            stack += one.values()
        elif isinstance(one, list):
            stack += one


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value < _ABSURD else None


def used(exchange: Exchange, guessed: Guess) -> int:
    """The tokens that an exchange cost: as the server counted, else as far as can be told."""
    response = exchange.response
    if response is None or response.status >= _REFUSED:
        return 0
    told = _told(response.body)
    if told is not None:
        return told
    events = response.body.count(b"\ndata:")
    return guessed.reads + (events or guessed.writes)


def _told(body: bytes) -> int | None:
    """The sum of the counts in the last `usage` or `meta` of a body."""
    for line in reversed(body.rstrip().split(b"\n")):
        if b'"usage"' not in line and b'"meta"' not in line:
            continue
        try:
            value = json.loads(line.removeprefix(b"data:"))
        except (ValueError, RecursionError):
            continue
        found = _usage(value)
        if found is not None:
            return found
    return None


def _usage(value: object) -> int | None:
    if not isinstance(value, dict):
        return None
    inner = value.get("delta")
    holders = [value, inner if isinstance(inner, dict) else {}]
    for holder in holders:
        usage = holder.get("usage") or holder.get("meta")
        for name in ("tokens", "billed_units"):
            counts = usage.get(name) if isinstance(usage, dict) else None
            if isinstance(counts, dict):
                parts = [_count(counts.get(part)) for part in ("input_tokens", "output_tokens")]
                if any(part is not None for part in parts):
                    return sum(part or 0 for part in parts)
    return None
