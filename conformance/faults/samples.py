"""Sample requests, by the name that a fault asks for: answers to them can show the fault.

The answer of the mock to each has what the name says: a call to `call`, citations to `citations`,
a refusal to `refused`. Other servers may answer otherwise; then a fault does not apply.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.wire import Request

__all__ = ["SAMPLES", "Sample", "request_of"]

_MODEL = "command-a-03-2025"
_THINKER = "command-a-reasoning-08-2025"


@dataclass(frozen=True, slots=True)
class Sample:
    """A request to one endpoint ("chat-stream" or "rerank"), with headers of its own."""

    body: dict[str, Any] = field(hash=False)
    endpoint: str = "chat-stream"
    headers: tuple[tuple[str, str], ...] = ()


def _function(name: str, *arguments: str) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in arguments},
        "required": list(arguments),
    }
    function = {"name": name, "description": f"Tells the {name}.", "parameters": parameters}
    return {"type": "function", "function": function}


_WEATHER = _function("get_weather", "city")
_TIDE = _function("get_tide", "port", "day")
_DOCUMENTS = [
    {"id": "tides", "data": {"title": "Tides", "text": "The tidal range at Brest is 7 metres"}},
    "Fog is common in the Iroise Sea in early summer",
]
_ASTRAL = [
    {"id": "signs", "data": {"text": "The sign 🌊 means that the tide 🌊 is dangerous"}},
    "A red flag 🚩 says: no bathing today",
]


def _chat(question: str, *, model: str = _MODEL, **more: Any) -> Sample:
    messages = more.pop("messages", None) or [{"role": "user", "content": question}]
    return Sample({"model": model, "stream": True, "messages": messages, **more})


def _results() -> list[dict[str, Any]]:
    call = {
        "id": "get_weather_0abc1def2ghi",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Brest"}'},
    }
    return [
        {"role": "user", "content": "How is the weather in Brest?"},
        {"role": "assistant", "tool_plan": "I will look.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": "Sunny with a light wind"},
    ]


def _json_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"port": {"type": "string"}, "range": {"type": "number"}},
        "required": ["port", "range"],
    }


def _rerank(**more: Any) -> Sample:
    body = {
        "model": "rerank-v3.5",
        "query": "How high is the tide at Brest?",
        "documents": [
            "Lorient is a harbour in the south of Brittany",
            "The tide at Brest rises by 7 metres",
            "How to cook mussels",
            "Brest has a castle",
        ],
        **more,
    }
    return Sample(body, "rerank")


SAMPLES: dict[str, Sample] = {
    "text": _chat("Tell me about the harbour of Brest."),
    "json-only": Sample(
        _chat("Tell me about the harbour of Brest.").body,
        headers=(("accept", "application/json"),),
    ),
    "citations": _chat("What is the tidal range at Brest?", documents=_DOCUMENTS),
    "late-citations": _chat(
        "What is the tidal range?", documents=_DOCUMENTS, citation_options={"mode": "ACCURATE"}
    ),
    "astral-citations": _chat(
        "Which flag is red? 🚩", documents=_ASTRAL, citation_options={"mode": "ACCURATE"}
    ),
    "citations-off": _chat(
        "What is the tidal range?", documents=_DOCUMENTS, citation_options={"mode": "OFF"}
    ),
    "tool-citations": _chat("", messages=_results(), tools=[_WEATHER]),
    "thinking": _chat("Is the harbour of Brest deep?", model=_THINKER),
    "thinking-citations": _chat("What is the tide?", model=_THINKER, documents=_DOCUMENTS),
    "thinking-disabled": _chat("Is it deep?", model=_THINKER, thinking={"type": "disabled"}),
    "call": _chat("How is the weather in Brest?", tools=[_WEATHER]),
    "calls": _chat("How are the weather and the tide in Brest?", tools=[_WEATHER, _TIDE]),
    "thought-call": _chat("How is the weather in Brest?", model=_THINKER, tools=[_WEATHER]),
    "strict-call": _chat("How is the weather in Brest?", tools=[_WEATHER], strict_tools=True),
    "required": _chat("Good morning, Brest!", tools=[_WEATHER], tool_choice="REQUIRED"),
    "forbidden": _chat("How is the weather in Brest?", tools=[_WEATHER], tool_choice="NONE"),
    "json": _chat("Describe Brest in JSON.", response_format={"type": "json_object"}),
    "json-schema": _chat(
        "Describe Brest in JSON.",
        response_format={"type": "json_object", "json_schema": _json_schema()},
    ),
    "stop": _chat("Count with me: one, two, three, four.", stop_sequences=["three"]),
    "max-tokens": _chat("Tell me about the harbour of Brest.", max_tokens=5),
    "logprobs": _chat("Tell me about the harbour of Brest.", logprobs=True),
    "refused": _chat("Tell me about the harbour of Brest.", temperature=3),
    "rerank": _rerank(),
    "rerank-top": _rerank(top_n=2),
    "refused-rerank": _rerank(top_n=0),
}


def request_of(name: str, base: str = "http://localhost", key: str = "mock-key") -> Request:
    """The sample of this name as a request. Raises KeyError when there is none."""
    import json

    sample = SAMPLES[name]
    path = "/v2/chat" if sample.endpoint == "chat-stream" else "/v2/rerank"
    headers = (
        ("authorization", f"Bearer {key}"),
        ("content-type", "application/json"),
        *sample.headers,
    )
    data = json.dumps(sample.body, ensure_ascii=False).encode()
    return Request("POST", base + path, headers, data)
