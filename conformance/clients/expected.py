"""Served bytes → what a client must hand over, by the decoder and the machine of this project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.clients.case import Expected
from conformance.clients.channels import Cited, Ranked, ToolCall, Usage
from conformance.contract import contract
from conformance.reading import read_stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.events import Event
    from conformance.message import Message

__all__ = ["expected_of_rerank", "expected_of_stream"]


def expected_of_stream(body: bytes) -> Expected:
    """What a chat stream says, as far as it goes."""
    read = read_stream(body, contract())
    message = read.message
    return Expected(
        text=message.text("text"),
        thinking=message.text("thinking"),
        tool_plan=message.plan_text,
        calls=tuple(ToolCall(call.id, call.name, call.arguments) for call in message.calls),
        citations=tuple(_cited(citation.data) for citation in message.citations),
        finish=message.finish_reason,
        usage=_usages(message),
        cached_tokens=_cached(message),
        logprobs=tuple(_logprobs(read.events)),
    )


def expected_of_rerank(body: bytes) -> Expected:
    """What a rerank response says; no results where it holds none that can be read."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    results = value.get("results") if isinstance(value, dict) else None
    meta = value.get("meta") if isinstance(value, dict) else None
    return Expected(
        results=tuple(
            Ranked(one["index"], one["relevance_score"])
            for one in (results if isinstance(results, list) else ())
            if isinstance(one, dict)
            and _is_number(one.get("index"))
            and _is_number(one.get("relevance_score"))
        ),
        usage=_pairs(meta) if isinstance(meta, dict) else (),
    )


def _cited(data: dict[str, Any]) -> Cited:
    sources = data.get("sources")
    found = [one.get("id") for one in sources or () if isinstance(one, dict)]
    return Cited(
        data.get("start"),
        data.get("end"),
        data.get("text"),
        tuple(each for each in found if isinstance(each, str)),
    )


def _usages(message: Message) -> tuple[Usage, ...]:
    found = message.end.at("delta", "usage") if message.end else None
    return _pairs(found) if isinstance(found, dict) else ()


def _cached(message: Message) -> float | None:
    found = message.end.at("delta", "usage", "cached_tokens") if message.end else None
    return found if _is_number(found) else None


def _logprobs(events: list[Event]) -> Iterator[float]:
    for event in events:
        found = event.at("logprobs", "logprobs") if event.type == "content-delta" else None
        yield from filter(_is_number, found if isinstance(found, list) else ())


def _pairs(usage: dict[str, Any]) -> tuple[Usage, ...]:
    """The counts of tokens that were used and of those that are billed, where both are there."""
    made = []
    for name in ("tokens", "billed_units"):
        counts = usage.get(name)
        if not isinstance(counts, dict):
            continue
        given, taken = counts.get("input_tokens"), counts.get("output_tokens")
        pair = Usage(given if _is_number(given) else None, taken if _is_number(taken) else None)
        if pair != Usage(None, None):
            made.append(pair)
    return tuple(made)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
