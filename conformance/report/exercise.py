"""An exchange → the features it shows, and the rules that had something in it to judge.

That a rule found nothing says little where there was nothing to look at: a rule about citations has
not passed on an answer without any. `NEEDS` says for each rule which traits an exchange must have
so that the rule looks at it; families have a default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.rules.registry import all_rules
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.message import Message
    from conformance.request import ChatRequest
    from conformance.rules.registry import Rule
    from conformance.subject import Subject

__all__ = ["exercised", "features_of", "needs_of", "traits_of"]

# A trait that a feature of people's speech stands for, in the order of a report.
_FEATURES: dict[str, str] = {
    "text": "text",
    "history": "history",
    "system": "system message",
    "documents": "documents",
    "citation": "citations",
    "citation-off": "citations off",
    "tools": "tools",
    "call": "tool calls",
    "results": "tool results",
    "strict": "strict tools",
    "choice": "tool choice",
    "thinking": "thinking",
    "json-mode": "JSON mode",
    "json-schema": "JSON schema",
    "images": "images",
    "logprobs": "logprobs",
    "stop": "stop sequences",
    "max-tokens": "max_tokens",
    "ranking": "ranking",
    "top-n": "top_n",
    "refusal": "refusals",
}

_STREAM, _FRAMED, _END = ("stream",), ("stream", "framed"), ("stream", "end")

# (family, party) -> the traits that its rules need, where NEEDS does not say otherwise.
_FAMILY: dict[tuple[str, Party], tuple[str, ...]] = {
    ("HTTP", Party.CLIENT): ("request",),
    ("HTTP", Party.SERVER): ("response",),
    ("SSE", Party.SERVER): _FRAMED,
    ("EVENT", Party.SERVER): ("stream", "events"),
    ("STREAM", Party.SERVER): _STREAM,
    ("TOOL", Party.SERVER): ("stream", "call"),
    ("CITE", Party.SERVER): ("stream", "citation"),
    ("CHAT", Party.CLIENT): ("chat", "object"),
    ("CHAT", Party.SERVER): _END,
    ("RERANK", Party.CLIENT): ("rerank", "object"),
    ("RERANK", Party.SERVER): ("ranking",),
}

NEEDS: dict[str, tuple[str, ...]] = {
    "HTTP-001": ("served",),
    "HTTP-002": ("success",),
    "HTTP-003": ("refusal",),
    "HTTP-004": ("refusal",),
    "HTTP-005": ("refusal",),
    "HTTP-006": ("refusal",),
    "HTTP-007": ("refusal",),
    "HTTP-008": ("request", "response"),
    "HTTP-009": ("request", "response", "faulty"),
    "HTTP-010": ("request", "response", "faulty"),
    "HTTP-011": ("request", "response"),
    "HTTP-012": ("request", "observed"),
    "HTTP-013": ("request", "observed", "authorized"),
    "HTTP-016": ("response", "length"),
    "HTTP-018": ("refusal",),
    "HTTP-019": _STREAM,
    "SSE-018": _STREAM,
    "STREAM-007": ("stream", "block"),
    "STREAM-008": ("stream", "call"),
    "STREAM-010": ("stream", "content-end"),
    "STREAM-011": ("stream", "tool-call-delta"),
    "STREAM-012": ("stream", "tool-call-end"),
    "STREAM-013": ("stream", "block"),
    "STREAM-014": ("stream", "content-delta"),
    "STREAM-015": ("stream", "call"),
    "STREAM-016": ("stream", "block"),
    "STREAM-017": ("stream", "block"),
    "STREAM-018": ("stream", "call"),
    "STREAM-020": ("stream", "plan"),
    "STREAM-021": ("stream", "call"),
    "STREAM-022": ("stream", "thinking"),
    "STREAM-023": ("stream", "plan-or-thinking"),
    "STREAM-025": ("stream", "block"),
    "STREAM-027": ("stream", "block"),
    "STREAM-028": ("stream", "delta"),
    "TOOL-002": ("stream", "call", "strict"),
    "TOOL-003": ("stream", "call", "tools"),
    "TOOL-004": ("stream", "call", "tools"),
    "TOOL-005": ("stream", "call", "strict"),
    "TOOL-006": ("stream", "call", "object"),
    "TOOL-008": ("stream", "tools", "choice-required"),
    "TOOL-009": ("stream", "tools", "choice-none"),
    "CITE-003": ("stream", "citation-end"),
    "CITE-004": ("stream", "citation-end"),
    "CITE-008": ("stream", "citation", "object"),
    "CITE-009": ("stream", "citation", "object"),
    "CITE-010": ("stream", "citation-off"),
    "CHAT-001": ("chat", "request"),
    "CHAT-002": ("chat", "json"),
    "CHAT-003": ("chat", "json"),
    "CHAT-004": ("chat", "json"),
    "CHAT-005": ("chat", "json"),
    "CHAT-007": ("chat", "json"),
    "CHAT-008": ("chat", "object", "stop-member"),
    "CHAT-009": ("chat", "object", "choice"),
    "CHAT-010": ("chat", "object", "format"),
    "CHAT-011": ("chat", "object", "format"),
    "CHAT-012": ("chat", "object", "safety"),
    "CHAT-013": ("chat", "object", "penalty"),
    "CHAT-014": ("chat", "object", "documents"),
    "CHAT-015": ("chat", "object", "documents-member"),
    "CHAT-017": ("chat", "object", "tools"),
    "CHAT-018": ("chat", "object", "called"),
    "CHAT-019": ("chat", "object", "results"),
    "CHAT-020": ("chat", "object", "called"),
    "CHAT-022": ("chat", "object", "system"),
    "CHAT-023": ("chat", "object", "format"),
    "CHAT-024": ("chat", "object", "structured"),
    "CHAT-025": ("chat", "object", "structured"),
    "CHAT-026": ("chat", "object", "structured"),
    "CHAT-027": ("chat", "object", "strict"),
    "CHAT-028": ("chat", "object", "strict"),
    "CHAT-031": ("chat", "object", "tools"),
    "CHAT-032": ("chat", "object", "called"),
    "CHAT-033": ("chat", "object", "images"),
    "CHAT-034": ("chat", "object", "images"),
    "CHAT-035": ("chat", "object", "images"),
    "CHAT-036": ("chat", "json"),
    "CHAT-037": ("chat", "request"),
    "CHAT-038": ("chat", "json"),
    "CHAT-039": ("chat", "object", "safety"),
    "CHAT-041": ("chat", "object", "results"),
    "CHAT-042": ("chat", "object", "format"),
    "CHAT-043": ("chat", "object", "call-ids"),
    "CHAT-044": ("chat", "object", "documents"),
    "CHAT-045": ("chat", "object", "tools"),
    "CHAT-102": ("stream", "end", "call"),
    "CHAT-104": ("stream", "end", "usage"),
    "CHAT-105": ("stream", "end", "usage"),
    "CHAT-107": ("stream", "end", "failed"),
    "CHAT-108": ("stream", "object"),
    "CHAT-109": ("stream", "end", "logprobs"),
    "CHAT-121": ("stream", "logprobs"),
    "CHAT-122": ("stream", "logprobs"),
    "CHAT-110": ("stream", "end", "json-mode"),
    "CHAT-111": ("stream", "end", "json-mode"),
    "CHAT-112": ("stream", "end", "json-schema"),
    "CHAT-113": ("stream", "end", "json-mode"),
    "CHAT-114": ("stream", "end", "stop"),
    "CHAT-115": ("stream", "end", "object"),
    "CHAT-116": ("stream", "thinking-off"),
    "CHAT-119": ("stream", "end", "max-tokens"),
    "CHAT-120": ("stream", "plan"),
    "RERANK-001": ("rerank", "request"),
    "RERANK-002": ("rerank", "json"),
    "RERANK-003": ("rerank", "json"),
    "RERANK-005": ("rerank", "json"),
    "RERANK-012": ("rerank", "json"),
    "RERANK-013": ("rerank", "request"),
    "RERANK-014": ("rerank", "json"),
    "RERANK-104": ("ranking", "results-list", "object"),
    "RERANK-105": ("ranking", "results-list"),
    "RERANK-106": ("ranking", "results-list"),
    "RERANK-107": ("ranking", "results-list"),
    "RERANK-108": ("ranking", "results-list", "object"),
}


def needs_of(rule: Rule) -> frozenset[str]:
    """The traits that an exchange must have so that the rule has something to judge."""
    return frozenset(NEEDS.get(rule.code) or _FAMILY[rule.family, rule.party])


def exercised(traits: frozenset[str]) -> frozenset[str]:
    """The codes of the rules that had something to judge in an exchange with these traits."""
    return frozenset(rule.code for rule in all_rules() if needs_of(rule) <= traits)


def features_of(traits: frozenset[str]) -> tuple[str, ...]:
    """What an exchange was about, in people's words."""
    return tuple(name for trait, name in _FEATURES.items() if trait in traits)


def traits_of(subject: Subject) -> frozenset[str]:
    """What there is to see in an exchange."""
    found = {"chat" if subject.is_chat else "rerank"}
    found |= set(_of_request(subject))
    found |= set(_of_response(subject))
    return frozenset(found)


def _of_request(subject: Subject) -> Iterator[str]:
    request, body = subject.exchange.request, subject.request_json
    if request is None or body is None:
        return
    yield "request"
    if subject.exchange.observed:
        yield "observed"
    if request.header("authorization") is not None:
        yield "authorized"
    if body.is_json:
        yield "json"
    if subject.has_request:
        yield "object"
        yield from _of_body(subject.request) if subject.is_chat else _of_rerank(body.object)


def _of_rerank(body: dict[str, Any]) -> Iterator[str]:
    if "top_n" in body:
        yield "top-n"


def _of_body(request: ChatRequest) -> Iterator[str]:
    messages = request.messages
    roles = [message.get("role") for message in messages]
    given: dict[str, object] = {
        "history": "assistant" in roles,
        "system": "system" in roles or "developer" in roles,
        "documents": request.has_documents,
        "documents-member": "documents" in request.body,
        "tools": request.has_tools,
        "strict": request.strict_tools,
        "choice": request.get("tool_choice") is not None,
        "choice-required": request.tool_choice == "REQUIRED",
        "choice-none": request.tool_choice == "NONE",
        "called": any(True for _ in request.calls()),
        "results": any(True for _ in request.results()),
        "call-ids": any(True for _ in request.calls()) or any(True for _ in request.results()),
        "format": request.get("response_format") is not None,
        "json-mode": request.response_format.get("type") == "json_object",
        "json-schema": {"json_schema", "schema"} & set(request.response_format),
        "structured": {"json_schema", "schema"} & set(request.response_format)
        or request.strict_tools,
        "safety": request.get("safety_mode") is not None,
        "images": any(_has_image(message) for message in messages),
        "logprobs": request.get("logprobs") is True,
        "stop": request.stop_sequences,
        "stop-member": "stop_sequences" in request.body,
        "penalty": {"frequency_penalty", "presence_penalty"} & set(request.body),
        "max-tokens": request.get("max_tokens") is not None,
        "citation-off": request.citation_mode in ("OFF", "DISABLED"),
        "thinking-off": request.thinking_disabled,
    }
    yield from (trait for trait, there in given.items() if there)


def _has_image(message: dict[str, Any]) -> bool:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return any(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)


def _of_response(subject: Subject) -> Iterator[str]:
    response, exchange = subject.exchange.response, subject.exchange
    if response is None:
        return
    yield "response"
    if response.header("content-length") is not None:
        yield "length"
    if subject.refused:
        yield "refusal"
    elif subject.succeeded:
        yield "success"
        yield "served"
        if not subject.is_chat:
            yield from _of_ranking(subject)
    reading = subject.reading
    if reading is None:
        return
    yield "stream"
    if exchange.framing and not reading.newline_delimited:
        yield "framed"
    if reading.events:
        yield "events"
    kinds = {event.type for event in reading.events}
    yield from (kind for kind in kinds if kind is not None)
    if any(kind is not None and kind.endswith("-delta") for kind in kinds):
        yield "delta"
    yield from _of_message(reading.message)


def _of_ranking(subject: Subject) -> Iterator[str]:
    yield "ranking"
    if subject.answer is not None and isinstance(subject.answer.object.get("results"), list):
        yield "results-list"


def _of_message(message: Message) -> Iterator[str]:
    kinds = {block.kind for block in message.blocks}
    if kinds:
        yield "block"
    yield from kinds
    if message.calls:
        yield "call"
    if message.last_plan is not None or message.plan:
        yield "plan"
    if message.last_plan is not None or message.plan or "thinking" in kinds:
        yield "plan-or-thinking"
    if message.citations:
        yield "citation"
    if message.end is not None:
        yield "end"
        if isinstance(message.end.at("delta", "usage"), dict):
            yield "usage"
        if message.failed:
            yield "failed"
