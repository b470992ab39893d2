"""What an answer says → the bytes in which the live API would send it.

The form follows counts over recorded traffic: compact JSON with characters as they are, an event
name that repeats the type, one data line per event, LF only, `[DONE]` at the end; the headers are
those that every recorded stream kept. Everything is made from the name of the recording, so that
making it twice gives the same bytes.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from conformance.wire import Chunk, Exchange, Origin, Request, Response

__all__ = [
    "MODEL",
    "REASONING",
    "RERANKER",
    "VISION",
    "Answer",
    "Cite",
    "chat",
    "compact",
    "document",
    "history_call",
    "refusal",
    "rerank",
    "result",
    "tool",
    "user",
]

MODEL = "command-a-03-2025"
REASONING = "command-a-reasoning-08-2025"
VISION = "command-a-vision-07-2025"
RERANKER = "rerank-v3.5"

_WORD = re.compile(r"\s*\S+|\s+")
_PIECE = re.compile(r".{1,9}", re.DOTALL)


def compact(value: object) -> str:
    """A value as the API writes it: no spaces, characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def identity(seed: str) -> str:
    """A lower-case UUID that depends on nothing but the seed."""
    return str(uuid.UUID(bytes=hashlib.sha256(seed.encode()).digest()[:16], version=4))


def call_id(name: str, seed: str) -> str:
    """An id of a call in the recorded form: the tool's name and twelve letters or digits."""
    return f"{name}_{hashlib.sha256(seed.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Cite:
    """A citation of the words that stand just before it in the text."""

    text: str
    sources: tuple[dict[str, Any], ...]


def document(identifier: str, **fields: str) -> dict[str, Any]:
    """A source that is a document of the request."""
    return {"type": "document", "id": identifier, "document": {"id": identifier, **fields}}


def result(call: str, number: int = 0, **fields: str) -> dict[str, Any]:
    """A source that is the result of a call."""
    return {"type": "tool", "id": f"{call}:{number}", "tool_output": fields}


class Answer:
    """The events of one streamed answer. Deltas are words, or pieces of arguments."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.events: list[dict[str, Any]] = []
        self._blocks = self._calls = self._cites = 0
        self._words = 0
        self._thoughts = 0
        message = {
            "role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": [],
        }  # fmt: skip
        self.events.append(
            {"id": identity(seed), "type": "message-start", "delta": {"message": message}}
        )

    def _add(self, kind: str, index: int | None, message: dict[str, Any] | None = None) -> None:
        event: dict[str, Any] = {"type": kind}
        if index is not None:
            event["index"] = index
        if message is not None:
            event["delta"] = {"message": message}
        self.events.append(event)

    def block(self, kind: str, *parts: str | Cite, logprobs: bool = False) -> Answer:
        """A content block of kind text or thinking, with citations where they stand in `parts`."""
        index, self._blocks = self._blocks, self._blocks + 1
        self._add("content-start", index, {"content": {"type": kind, kind: ""}})
        text = ""
        for part in parts:
            if isinstance(part, Cite):
                self._cite(part, text, index)
                continue
            for word in _WORD.findall(part):
                self._add("content-delta", index, {"content": {kind: word}})
                if logprobs:
                    self.events[-1]["logprobs"] = _logprobs(word)
                self._words += 1
                self._thoughts += kind == "thinking"
            text += part
        self._add("content-end", index)
        return self

    def _cite(self, cite: Cite, text: str, block: int) -> None:
        start = text.rindex(cite.text)
        made = {
            "start": start,
            "end": start + len(cite.text),
            "text": cite.text,
            "sources": list(cite.sources),
            "type": "TEXT_CONTENT",
        }
        if block:
            made["content_index"] = block
        self._add("citation-start", self._cites, {"citations": made})
        self._add("citation-end", self._cites)
        self._cites += 1

    def open_block(self, kind: str, text: str) -> Answer:
        """A block that a failure leaves open."""
        self.block(kind, text)
        self.events.pop()
        return self

    def plan(self, text: str) -> Answer:
        """The tool plan."""
        for word in _WORD.findall(text):
            self._add("tool-plan-delta", None, {"tool_plan": word})
            self._words += 1
        return self

    def call(self, name: str, arguments: dict[str, Any] | None = None) -> Answer:
        """A call; without arguments there is no delta."""
        index, self._calls = self._calls, self._calls + 1
        identifier = call_id(name, f"{self.seed}/{index}")
        start = {
            "id": identifier,
            "type": "function",
            "function": {"name": name, "arguments": ""},
        }
        self._add("tool-call-start", index, {"tool_calls": start})
        if arguments is not None:
            text = json.dumps(arguments, ensure_ascii=False)
            for piece in _PIECE.findall(text):
                delta = {"function": {"arguments": piece}}
                self._add("tool-call-delta", index, {"tool_calls": delta})
                self._words += 1
        self._add("tool-call-end", index)
        return self

    def end(
        self, reason: str = "COMPLETE", *, asked: int = 0, failure: dict[str, str] | None = None,
        **tokens: int,
    ) -> Answer:  # fmt: skip
        """The end; a failed generation has no usage. `tokens` are counts beside the usual two."""
        usage: dict[str, Any] = {}
        if failure is None:
            if self._thoughts:
                tokens["reasoning_tokens"] = self._thoughts
            usage = {
                "billed_units": {"input_tokens": asked, "output_tokens": self._words},
                "tokens": {
                    "input_tokens": asked + 480,
                    "output_tokens": self._words + 3,
                    **tokens,
                },
                "cached_tokens": 464,
            }
        delta = {"finish_reason": reason, "usage": usage, **(failure or {})}
        self.events.append({"type": "message-end", "delta": delta})
        return self

    def body(self) -> bytes:
        """The whole body."""
        frames = [f"event: {one['type']}\ndata: {compact(one)}\n\n" for one in self.events]
        return "".join([*frames, "data: [DONE]\n\n"]).encode()

    def lines(self) -> bytes:
        """The body as newline-delimited JSON, which has no terminator."""
        return "".join(compact(one) + "\n" for one in self.events).encode()


def _logprobs(word: str) -> dict[str, Any]:
    number = int(hashlib.sha256(word.encode()).hexdigest()[:4], 16)
    return {"text": word, "token_ids": [number], "logprobs": [-(number % 997) / 1000]}


def user(content: Any) -> dict[str, Any]:
    """A user's message."""
    return {"role": "user", "content": content}


def tool(name: str, description: str, required: int = 0, **parameters: str) -> dict[str, Any]:
    """A declared tool; `parameters` gives the JSON type of each, the first `required` are needed."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {key: {"type": kind} for key, kind in parameters.items()},
    }
    if required:
        schema["required"] = list(parameters)[:required]
    function = {"name": name, "description": description, "parameters": schema}
    return {"type": "function", "function": function}


def history_call(plan: str, *calls: tuple[str, str, str]) -> dict[str, Any]:
    """An assistant's message of the history: (id, name, arguments) of each call."""
    return {
        "role": "assistant",
        "tool_plan": plan,
        "tool_calls": [
            {"id": each[0], "type": "function", "function": {"name": each[1], "arguments": each[2]}}
            for each in calls
        ],
    }


def _request(path: str, body: dict[str, Any], accept: str = "*/*") -> Request:
    sent = compact(body).encode()
    headers = (
        ("accept", accept),
        ("content-length", str(len(sent))),
        ("content-type", "application/json"),
        ("host", "api.cohere.com"),
        ("user-agent", "cohere-conformance"),
    )
    return Request("POST", f"https://api.cohere.com{path}", headers, sent)


def _headers(seed: str, content_type: str, *, limit: str, length: int | None) -> Any:
    trace = hashlib.sha256(f"trace {seed}".encode()).hexdigest()[:32]
    headers = [
        ("access-control-expose-headers", "X-Debug-Trace-ID"),
        ("cache-control", "no-cache, no-store, no-transform, must-revalidate, private, max-age=0"),
        ("content-type", content_type),
        ("expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("pragma", "no-cache"),
        ("server", "envoy"),
        ("vary", "Origin"),
        ("via", "1.1 google"),
        ("x-accel-expires", "0"),
        ("x-debug-trace-id", trace),
        ("x-endpoint-monthly-call-limit", "1000"),
        ("x-trial-endpoint-call-limit", limit),
        ("x-trial-endpoint-call-remaining", str(int(limit) - 1)),
    ]
    if length is None:
        headers.append(("transfer-encoding", "chunked"))
    else:
        headers.append(("content-length", str(length)))
    return tuple(sorted(headers))


def chat(
    answer: Answer, *messages: dict[str, Any], model: str = MODEL, timed: bool = False,
    newline_delimited: bool = False, end: dict[str, Any] | None = None, **options: Any,
) -> Exchange:  # fmt: skip
    """A chat exchange: the messages and options that were sent, and the streamed answer.

    `end` is passed to `Answer.end` when the answer has no end yet. `timed` gives each event a chunk
    of its own and a time, 20 ms apart.
    """
    sent = {"model": model, "messages": list(messages), "stream": True, **options}
    if answer.events[-1]["type"] != "message-end":
        answer.end(asked=len(compact(list(messages))) // 4, **(end or {}))
    body = answer.lines() if newline_delimited else answer.body()
    kind = "application/stream+json" if newline_delimited else "text/event-stream"
    accept = "application/json" if newline_delimited else "*/*"
    chunks = _chunks(body) if timed else ()
    return Exchange(
        _request("/v2/chat", sent, accept),
        Response(200, _headers(answer.seed, kind, limit="20", length=None), body, chunks),
        Origin(answer.seed),
    )


def _chunks(body: bytes) -> tuple[Chunk, ...]:
    edges = [0, *(found.end() for found in re.finditer(rb"\n\n", body))]
    pairs = itertools.pairwise(edges)
    return tuple(
        Chunk(start, end, round(0.31 + 0.02 * n, 3)) for n, (start, end) in enumerate(pairs)
    )


def refusal(
    seed: str, status: int, message: str, sent: dict[str, Any], *, path: str = "/v2/chat",
    error_type: str | None = None,
) -> Exchange:  # fmt: skip
    """An exchange that ends in an error."""
    error = {"id": identity(seed), "message": message}
    if error_type:
        error = {"error_type": error_type, **error}
    body = compact(error).encode()
    headers = _headers(seed, "application/json", limit="20", length=len(body))
    if status == 429:
        headers = tuple(pair for pair in headers if not pair[0].startswith(("x-trial", "x-end")))
    return Exchange(_request(path, sent), Response(status, headers, body), Origin(seed))


def rerank(seed: str, scores: dict[int, float], sent: dict[str, Any]) -> Exchange:
    """A rerank exchange; `scores` has position and relevance of each result, best first."""
    answer = {
        "id": identity(seed),
        "results": [{"index": at, "relevance_score": score} for at, score in scores.items()],
        "meta": {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}},
    }
    body = compact(answer).encode()
    headers = _headers(seed, "application/json", limit="10", length=len(body))
    request = _request("/v2/rerank", {"model": RERANKER, **sent})
    return Exchange(request, Response(200, headers, body), Origin(seed))
