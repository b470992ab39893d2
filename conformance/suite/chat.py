"""The scenarios of streamed chat but for tools: one for each documented feature and option."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.suite.cuts import limited, stopped, within_budget
from conformance.suite.echo import LINE, unharmed
from conformance.suite.scenarios import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.suite.play import Play
    from conformance.wire import Exchange

__all__ = ["CHAT"]

_TEXT = ("a text",)
_QUESTION = "Which harbour lies at the western end of Brittany? Answer in one sentence."
_DOCUMENTS = [
    {"id": "tides", "data": {"title": "Tides", "text": "The tidal range at Brest is 7 metres."}},
    {"id": "fog", "data": {"title": "Fog", "text": "Fog is common in June in the Iroise Sea."}},
]
# 32 by 32 pixels, half of them red and half blue.
_PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKklEQVR42u3NsQkAAAzDsPz/dHpD"
    "xoLAo0FpMjXuDQAAAAAAAAAAAPgCHDaH/C4jlqxWAAAAAElFTkSuQmCC"
)


def _user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def _chat(question: str = _QUESTION, **more: Any) -> dict[str, Any]:
    return {"messages": [_user(question)], **more}


def _cited(
    name: str,
    says: str,
    *needs: str,
    shows: tuple[str, ...] = ("a text", "citations"),
    then: Callable[[Play, Exchange], None] | None = None,
    quiet: bool = False,
    **more: Any,
) -> Scenario:
    body = _chat("How large is the tidal range at Brest, and when is there fog?", **more)
    body.setdefault("documents", _DOCUMENTS)
    return Scenario(
        f"chat-stream/{name}", says, body, ("documents", *needs), shows, then=then, quiet=quiet
    )


def _image(part: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "text", "text": "Which colours has this image? Answer in one sentence."}
    return {"messages": [_user([text, {"type": "image_url", "image_url": part}])]}


_PLACE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "tidal_range": {"type": "number"},
        "kind": {"type": "string", "enum": ["harbour", "beach"]},
        "seas": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "tidal_range", "kind"],
}
_JSON_QUESTION = "Describe the harbour of Brest as a JSON object with a name and a tidal range."

_PLAIN = (
    Scenario("chat-stream/text/plain", "one question", _chat(), (), _TEXT, then=unharmed),
    Scenario(
        "chat-stream/text/parts", "a question as a list of parts",
        {"messages": [_user([{"type": "text", "text": _QUESTION}])]}, (), _TEXT,
    ),
    Scenario(
        "chat-stream/text/system", "a system message",
        {"messages": [{"role": "system", "content": "You answer in one short sentence."},
                      _user(_QUESTION)]}, (), _TEXT,
    ),
    Scenario(
        "chat-stream/text/history", "a conversation of several turns",
        {"messages": [_user("What is a tide?"),
                      {"role": "assistant", "content": "The rise and fall of the sea."},
                      _user("How often is it high in a day?")]}, (), _TEXT,
    ),
    Scenario(
        "chat-stream/text/history-parts", "an assistant message as a list of parts",
        {"messages": [_user("What is a tide?"),
                      {"role": "assistant",
                       "content": [{"type": "text", "text": "The rise and fall of the sea."}]},
                      _user("And a spring tide?")]}, (), _TEXT,
    ),
    Scenario(
        "chat-stream/text/beyond-ascii", "text of several scripts and beyond the basic plane",
        _chat(f"Repeat this line and nothing else: {LINE}"), (), _TEXT, then=unharmed,
    ),
    Scenario(
        "chat-stream/text/long", "a prompt of some thousand words",
        _chat("The tide rises and falls. " * 600 + "What rises? Answer in one word."), (), _TEXT,
    ),
    Scenario(
        "chat-stream/text/accept-event-stream", "a client that accepts event streams only",
        _chat(), (), _TEXT, headers={"Accept": "text/event-stream"},
    ),
    Scenario(
        "chat-stream/text/content-type-charset", "a media type with a parameter",
        _chat(), (), _TEXT, headers={"Content-Type": "application/json; charset=utf-8"},
    ),
    Scenario(
        "chat-stream/text/accept-json", "a client that accepts JSON only", _chat(), (), (),
        headers={"Accept": "application/json"}, expect=(406,),
    ),
    Scenario(
        "chat-stream/text/client-name", "the documented header `X-Client-Name`", _chat(), (), _TEXT,
        headers={"X-Client-Name": "cohere-conformance"},
    ),
)  # fmt: skip

_OPTIONS = (
    Scenario("chat-stream/options/temperature", "`temperature` at both ends of its range",
             _chat(temperature=0), ("sampling",), _TEXT, quiet=True),
    Scenario("chat-stream/options/temperature-1", "`temperature` of 1",
             _chat(temperature=1), ("sampling",), _TEXT, quiet=True),
    Scenario("chat-stream/options/p", "`p`", _chat(p=0.5), ("sampling",), _TEXT, quiet=True),
    Scenario("chat-stream/options/k", "`k`", _chat(k=50), ("sampling",), _TEXT, quiet=True),
    Scenario("chat-stream/options/frequency-penalty", "`frequency_penalty`",
             _chat(frequency_penalty=0.5), ("sampling",), _TEXT, quiet=True),
    Scenario("chat-stream/options/presence-penalty", "`presence_penalty`",
             _chat(presence_penalty=0.5), ("sampling",), _TEXT, quiet=True),
    Scenario("chat-stream/options/priority", "`priority`", _chat(priority=10), ("sampling",), _TEXT,
             quiet=True),
    Scenario("chat-stream/options/seed", "`seed`", _chat(seed=42), ("seed",), _TEXT, quiet=True),
    Scenario("chat-stream/options/seed-largest", "the largest `seed`",
             _chat(seed=2**64 - 1), ("seed",), _TEXT, quiet=True),
    Scenario("chat-stream/options/safety-contextual", "`safety_mode` of `CONTEXTUAL`",
             _chat(safety_mode="CONTEXTUAL"), ("safety-mode",), _TEXT, quiet=True),
    Scenario("chat-stream/options/safety-strict", "`safety_mode` of `STRICT`",
             _chat(safety_mode="STRICT"), ("safety-mode",), _TEXT, quiet=True),
    Scenario("chat-stream/options/logprobs", "`logprobs`", _chat(logprobs=True),
             ("logprobs",), _TEXT),
    Scenario("chat-stream/options/logprobs-off", "`logprobs` of false", _chat(logprobs=False),
             ("logprobs",), _TEXT, quiet=True),
    Scenario(
        "chat-stream/options/max-tokens", "an answer cut by `max_tokens`",
        _chat("Count from one to fifty in words.", max_tokens=5), ("max-tokens",),
        ("finish reason `MAX_TOKENS`",), then=partial(limited, most=5),
    ),
    Scenario(
        "chat-stream/options/max-tokens-ample", "an answer within `max_tokens`",
        _chat("Answer with one word: is the sea salty?", max_tokens=500), ("max-tokens",), _TEXT,
        quiet=True,
    ),
    Scenario(
        "chat-stream/options/stop-sequence", "an answer that ends at a stop sequence",
        _chat("Count with me: one, two, three, four, five, six.", stop_sequences=["four"]),
        ("stop-sequences",), ("finish reason `STOP_SEQUENCE`",), then=stopped,
    ),
    Scenario(
        "chat-stream/options/stop-sequences", "five stop sequences, none of which comes",
        _chat(stop_sequences=["@@1", "@@2", "@@3", "@@4", "\n\n@@"]), ("stop-sequences",), _TEXT,
        quiet=True,
    ),
    Scenario(
        "chat-stream/options/all", "every option at once",
        _chat(temperature=0.2, p=0.9, k=20, seed=7, max_tokens=200, stop_sequences=["@@"],
              frequency_penalty=0.1, priority=1, safety_mode="CONTEXTUAL", logprobs=False),
        ("sampling", "seed", "max-tokens", "stop-sequences", "safety-mode"), _TEXT, quiet=True,
    ),
)  # fmt: skip

_CITATIONS = (
    _cited("documents/objects", "documents as objects with ids"),
    _cited("documents/strings", "documents as strings",
           documents=["The tidal range at Brest is 7 metres.", "Fog is common in June."]),
    _cited("documents/without-ids", "documents as objects without ids",
           documents=[{"data": {"text": "The tidal range at Brest is 7 metres."}},
                      {"data": {"text": "Fog is common in June."}}]),
    _cited("documents/beyond-ascii", "documents beyond ASCII and the basic plane",
           documents=[{"id": "größe", "data": {"text": "Der Tidenhub 🌊 in Brest: 7 m 📏"}},
                      "霧 is common in June 🌫️ at sea"], then=unharmed),
    _cited("documents/unrelated", "documents that do not help", shows=_TEXT, quiet=True,
           documents=["Mussels are cooked in white wine."]),
    _cited("citations/enabled", "citations enabled", "citation-modes",
           citation_options={"mode": "ENABLED"}),
    _cited("citations/accurate", "accurate citations", "citation-modes",
           citation_options={"mode": "ACCURATE"}),
    _cited("citations/fast", "fast citations", "citation-modes", citation_options={"mode": "FAST"}),
    _cited("citations/off", "citations off", "citation-modes", shows=_TEXT, quiet=True,
           citation_options={"mode": "OFF"}),
    _cited("citations/disabled", "citations disabled", "citation-modes", shows=_TEXT, quiet=True,
           citation_options={"mode": "DISABLED"}),
    Scenario("chat-stream/citations/thinking", "citations after thinking",
             _chat("How large is the tidal range at Brest?", documents=_DOCUMENTS),
             ("documents", "thinking"), ("a thinking block", "citations"), role="thinking"),
)  # fmt: skip

_JSON = (
    Scenario("chat-stream/json/object", "JSON mode without a schema",
             _chat(_JSON_QUESTION, response_format={"type": "json_object"}),
             ("json-mode",), _TEXT),
    Scenario("chat-stream/json/schema", "JSON mode with a schema",
             _chat(_JSON_QUESTION,
                   response_format={"type": "json_object", "json_schema": _PLACE}),
             ("json-schema",), _TEXT),
    Scenario("chat-stream/json/text", "`response_format` of type `text`",
             _chat(response_format={"type": "text"}), ("json-mode",), _TEXT, quiet=True),
)  # fmt: skip

_THINKING = (
    Scenario("chat-stream/thinking/enabled", "thinking enabled",
             _chat("Is 91 a prime number?", thinking={"type": "enabled"}),
             ("thinking",), ("a thinking block", "a text"), role="thinking"),
    Scenario("chat-stream/thinking/default", "a model that thinks by itself",
             _chat("Is 91 a prime number?"),
             ("thinking",), ("a thinking block", "a text"), role="thinking"),
    Scenario("chat-stream/thinking/budget", "thinking with a budget of tokens",
             _chat("Is 91 a prime number?", thinking={"type": "enabled", "token_budget": 200}),
             ("thinking",), ("a thinking block", "a text"), role="thinking"),
    Scenario("chat-stream/thinking/budget-small", "thinking with a budget of a few tokens",
             _chat("Is 91 a prime number? Think of each possible factor, one by one.",
                   thinking={"type": "enabled", "token_budget": 12}),
             ("thinking",), ("a text",), role="thinking", then=partial(within_budget, budget=12),
             quiet=True),
    Scenario("chat-stream/thinking/disabled", "thinking disabled",
             _chat("Is 91 a prime number?", thinking={"type": "disabled"}),
             ("thinking",), _TEXT, role="thinking", quiet=True),
)  # fmt: skip

_IMAGES = (
    Scenario("chat-stream/images/data", "an image as a data URI", _image({"url": _PNG}),
             ("images",), _TEXT, role="vision"),
    Scenario("chat-stream/images/detail", "an image with low detail",
             _image({"url": _PNG, "detail": "low"}), ("images",), _TEXT, role="vision"),
)  # fmt: skip

CHAT: tuple[Scenario, ...] = (*_PLAIN, *_OPTIONS, *_CITATIONS, *_JSON, *_THINKING, *_IMAGES)
