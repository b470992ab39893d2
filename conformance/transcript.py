"""A few readable lines → an exchange: the notation of rule docstrings and hand-written cases.

One line is one event or one directive; an event may end in ``+ {merge patch}`` (RFC 7396), and an
index of ``-`` leaves `index` out::

    > {"tool_choice": "NONE"}            merge into the default request body
    >> not json                          the request body as it stands
    tools get_time get_date              declare tools without parameters
    tool f 2                             declare a tool that requires two text parameters
    user "Hi"                            a message in place of the default one; `system`,
                                         `assistant` likewise, any JSON as content
    calls a:get_time b:get_date:{"d":1}  an assistant message with tool calls
    result a "noon"                      a tool message
    images 3                             a user message with that many images
    message-start
    content-start 0 text
    content-delta 0 "Hi"                 `text-delta` and `thinking-delta` force the channel
    citation-start 0 0-2 "Hi" doc:0      sources: document ids, or tool:<id>
    citation-end 0
    content-end 0
    tool-plan-delta "I will look"
    tool-call-start 0 id_1 get_time
    tool-call-delta 0 "{}"
    tool-call-end 0
    message-end COMPLETE
    event NAME {...}                     any event name with any data
    | data: raw line                     one line of the body as it stands; {CR} and {xE9} are bytes
    [DONE]                               added by itself, unless `eof` or a raw line ends the stream
    eof

    status 422 · header NAME: VALUE · request-header NAME: VALUE · method GET · path /v2/chat
    body TEXT                            a response body as it stands
    endpoint rerank                      first line; then `results 1:0.9 0:0.2`, which may end in
                                         a merge patch too
    documents 1000                       rerank that many documents
    observed                             the request was seen on the wire
    live                                 a run of our own, not somebody's recording
    cut                                  the transport broke before the body ended
    undecoded                            the body is not in the coding that its header names

`#` begins a comment at the start of a line or after two spaces.
"""

from __future__ import annotations

import json
import re
from typing import Any

from conformance.wire import Exchange, Origin, Request, Response

__all__ = ["exchange_from", "merge_patch"]

_CHAT: dict[str, Any] = {
    "model": "command-a-03-2025",
    "messages": [{"role": "user", "content": "Hello"}],
    "stream": True,
}
_RERANK: dict[str, Any] = {
    "model": "rerank-v3.5",
    "query": "What is the capital of France?",
    "documents": ["Lyon is a city", "Paris is the capital", "Nice is nice"],
}
_USAGE = {
    "billed_units": {"input_tokens": 3, "output_tokens": 2},
    "tokens": {"input_tokens": 60, "output_tokens": 4},
}
_EMPTY = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
_ID = "5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90"
_COMMENT = re.compile(r"\s{2,}#.*$")
_EVENT = re.compile(
    r"(message-start|content-start|content-delta|text-delta|thinking-delta|content-end"
    r"|tool-plan-delta|tool-call-start|tool-call-delta|tool-call-end|citation-start|citation-end"
    r"|message-end|debug)\b(.*)"
)


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396: members of `patch` replace those of `target`, null removes them."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = merge_patch(made.get(key), value)
    return made


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class _Writer:
    """Collects what the lines say."""

    def __init__(self) -> None:
        self.endpoint = "chat-stream"
        self.request: Any = dict(_CHAT)
        self.raw_request: bytes | None = None
        self.request_headers: dict[str, str] = {
            "Content-Type": "application/json",
            "Authorization": "Bearer test-key",
        }
        self.headers: dict[str, str] = {}
        self.status = 200
        self.method, self.path = "POST", ""
        self.body: list[str] = []
        self.whole: str | None = None
        self.open_end = False
        self.flags: set[str] = set()
        self.kinds: dict[str, str] = {}
        self.messages: list[dict[str, Any]] = []

    def line(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if not (
            self._of_body(word, rest) or self._of_request(word, rest) or self._of_http(word, rest)
        ):
            self._of_stream(word, line, rest)

    def _of_body(self, word: str, rest: str) -> bool:
        """A directive that makes a whole body."""
        if word == "endpoint":
            self.endpoint = rest
            self.request = dict(_RERANK if rest == "rerank" else _CHAT)
        elif word == ">":
            self.request = merge_patch(self.request, json.loads(rest))
        elif word == ">>":
            self.raw_request = rest.encode()
        elif word == "body":
            self.whole = rest
        elif word == "results":
            pairs, _, patch = rest.partition("+ {")
            answer = _rerank_answer(pairs)
            self.whole = _compact(merge_patch(answer, json.loads("{" + patch)) if patch else answer)
        else:
            return False
        return True

    def _of_request(self, word: str, rest: str) -> bool:
        """A directive that makes a part of the request body."""
        if word == "tools":
            self.request["tools"] = [
                {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
                for name in rest.split()
            ]
        elif word == "tool":
            self.request.setdefault("tools", []).append(_tool(*rest.split()))
        elif word == "documents":
            self.request["documents"] = [f"text {number}" for number in range(int(rest))]
        elif word in ("user", "system", "assistant", "calls", "result", "images"):
            self.messages.append(_message(word, rest))
            self.request["messages"] = self.messages
        else:
            return False
        return True

    def _of_http(self, word: str, rest: str) -> bool:
        """A directive about what goes around the bodies."""
        if word == "status":
            self.status = int(rest)
        elif word in ("header", "request-header"):
            name, _, value = rest.partition(":")
            headers = self.headers if word == "header" else self.request_headers
            headers[name.strip()] = value.strip()
        elif word == "method":
            self.method = rest
        elif word == "path":
            self.path = rest
        elif word in ("observed", "live", "cut", "undecoded"):
            self.flags.add(word)
        else:
            return False
        return True

    def _of_stream(self, word: str, line: str, rest: str) -> None:
        """A line of the stream, or an event."""
        if line.startswith("|"):
            self.body.append(_raw(line[2:]) + "\n" if len(line) > 1 else "\n")
            self.open_end = True
        elif word == "[DONE]":
            self.body.append("data: [DONE]\n\n")
            self.open_end = True
        elif word == "eof":
            self.open_end = True
        elif word == "event":
            name, _, data = rest.partition(" ")
            self.body.append(f"event: {name}\ndata: {data.strip()}\n\n")
            self.open_end = False
        else:
            self.event(line)

    def event(self, line: str) -> None:
        found = _EVENT.fullmatch(line)
        if not found:
            raise ValueError(f"not in the notation: {line!r}")
        head, _, patch = found[2].partition(" + {")
        data = self._event(found[1], head.strip())
        if patch:
            data = merge_patch(data, json.loads("{" + patch))
        self.body.append(f"event: {data.get('type', found[1])}\ndata: {_compact(data)}\n\n")
        self.open_end = False

    def _event(self, kind: str, rest: str) -> dict[str, Any]:
        whole = _without_index(kind, rest)
        if whole is not None:
            return whole
        number, _, rest = rest.partition(" ")
        rest = rest.strip()
        made: dict[str, Any] = {"type": kind}
        if number != "-":
            made["index"] = int(number)
        if kind == "content-start":
            self.kinds[number] = rest
            made["delta"] = {"message": {"content": {"type": rest, rest: ""}}}
        elif kind in ("content-delta", "text-delta", "thinking-delta"):
            channel = self.kinds.get(number, "text") if kind == "content-delta" else kind[:-6]
            made["type"] = "content-delta"
            made["delta"] = {"message": {"content": {channel: json.loads(rest)}}}
        elif kind == "tool-call-start":
            identity, _, name = rest.partition(" ")
            function = {"name": name, "arguments": ""}
            call = {"id": identity, "type": "function", "function": function}
            made["delta"] = {"message": {"tool_calls": call}}
        elif kind == "tool-call-delta":
            call = {"function": {"arguments": json.loads(rest)}}
            made["delta"] = {"message": {"tool_calls": call}}
        elif kind == "citation-start":
            made["delta"] = {"message": {"citations": _citation(rest)}}
        return made

    def exchange(self, origin: Origin) -> Exchange:
        chat = self.endpoint == "chat-stream"
        body = "".join(self.body)
        if self.whole is not None:
            body = self.whole
        elif self.body and not self.open_end:
            body += "data: [DONE]\n\n"
        streamed = chat and self.whole is None
        headers = {"content-type": "text/event-stream" if streamed else "application/json"}
        for name, value in self.headers.items():
            headers = {k: v for k, v in headers.items() if k.lower() != name.lower()}
            if value:
                headers[name] = value
        sent = _compact(self.request).encode() if self.raw_request is None else self.raw_request
        path = self.path or ("/v2/chat" if chat else "/v2/rerank")
        return Exchange(
            Request(
                self.method,
                f"https://api.cohere.com{path}",
                tuple((k, v) for k, v in self.request_headers.items() if v),
                sent,
            ),
            Response(
                self.status,
                tuple(headers.items()),
                body.encode("utf-8", "surrogateescape"),
                complete="cut" not in self.flags,
                undecoded="undecoded" in self.flags,
            ),
            origin,
            observed="observed" in self.flags,
            endpoint=self.endpoint,
            live="live" in self.flags,
        )


def _without_index(kind: str, rest: str) -> dict[str, Any] | None:
    """An event of a type that never has an index, or None."""
    if kind == "message-start":
        return {"id": rest or _ID, "type": kind, "delta": {"message": dict(_EMPTY)}}
    if kind == "message-end":
        return {"type": kind, "delta": {"finish_reason": rest or "COMPLETE", "usage": _USAGE}}
    if kind == "tool-plan-delta":
        return {"type": kind, "delta": {"message": {"tool_plan": json.loads(rest)}}}
    if kind == "debug":
        return {"type": kind, "event_type": "debug"}
    return None


def _raw(text: str) -> str:
    """A raw line with its ``{CR}`` and ``{xE9}`` marks as bytes (surrogates stand for bytes)."""
    text = text.replace("{CR}", "\r")
    return re.sub(
        r"\{x([0-9A-F]{2})\}",
        lambda m: bytes.fromhex(m[1]).decode("utf-8", "surrogateescape"),
        text,
    )


def _tool(name: str, count: str) -> dict[str, Any]:
    fields = [f"p{number}" for number in range(int(count))]
    schema = {"type": "object", "properties": {field: {"type": "string"} for field in fields}}
    function = {"name": name, "parameters": {**schema, "required": fields}}
    return {"type": "function", "function": function}


def _message(word: str, rest: str) -> dict[str, Any]:
    """A message of the request: its content, or its tool calls as `id:name[:arguments]`."""
    if word == "result":
        identity, _, content = rest.partition(" ")
        return {"role": "tool", "tool_call_id": identity, "content": json.loads(content)}
    if word == "images":
        urls = [{"url": f"https://example.com/{number}.png"} for number in range(int(rest))]
        parts = [{"type": "image_url", "image_url": url} for url in urls]
        return {"role": "user", "content": parts}
    if word != "calls":
        return {"role": word, "content": json.loads(rest)}
    calls = []
    for text in rest.split():
        identity, name, arguments = [*text.split(":", 2), "{}"][:3]
        function = {"name": name, "arguments": arguments}
        calls.append({"id": identity, "type": "function", "function": function})
    return {"role": "assistant", "tool_calls": calls}


def _citation(text: str) -> dict[str, Any]:
    span, _, rest = text.partition(" ")
    start, _, end = span.partition("-")
    cited, used = json.JSONDecoder().raw_decode(rest)
    sources: list[dict[str, Any]] = []
    for name in rest[used:].split():
        if name.startswith("tool:"):
            sources.append({"type": "tool", "id": name[5:], "tool_output": {"content": "42"}})
        else:
            sources.append({"type": "document", "id": name, "document": {"id": name}})
    return {"start": int(start), "end": int(end), "text": cited, "sources": sources,
            "type": "TEXT_CONTENT"}  # fmt: skip


def _rerank_answer(text: str) -> dict[str, Any]:
    pairs = [each.split(":") for each in text.split()]
    results = [{"index": int(i), "relevance_score": float(score)} for i, score in pairs]
    meta = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}
    return {"id": _ID, "results": results, "meta": meta}


def exchange_from(text: str, *, origin: Origin | None = None) -> Exchange:
    """The exchange that a transcript describes. Raises ValueError on a line it does not know."""
    writer = _Writer()
    for raw in text.splitlines():
        line = raw.strip() if not raw.lstrip().startswith("|") else raw.lstrip()
        if line and not line.startswith("#"):
            writer.line(line if line.startswith(("|", ">>")) else _COMMENT.sub("", line))
    return writer.exchange(origin or Origin("transcript"))
