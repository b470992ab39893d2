"""Broken requests as data → cases: each breaks one clause, and is to be refused with 4xx and JSON.

Serving a request that breaks the schema of the description, or is no JSON, is an error. Where only
prose or the manner of the live API forbids a request, serving it is a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.suite.case import Case, Kind
from conformance.suite.intent import intent_against
from conformance.suite.play import encoded
from conformance.suite.refusals import MALFORMED, MODEL, refusal_status
from conformance.suite.rerank import DOCUMENTS, QUERY

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.suite.play import Play

__all__ = ["BROKEN", "Broken", "broken_cases"]

Body = dict[str, Any]
_ABSENT = object()
_ABOUT_MODEL = ("/model-number", "/no-model")


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken request: `edit` makes it from the sound body with its model.

    `rule` is the rule about requests that it breaks.
    """

    name: str
    says: str
    rule: str
    edit: Callable[[Body], Body | bytes] = field(compare=False)
    needs: tuple[str, ...] = ()
    headers: dict[str, str | None] = field(default_factory=dict, hash=False)

    def play(self, play: Play) -> None:
        """Send it, and expect a refusal."""
        made = self.edit(sound(play))
        body = made if isinstance(made, bytes) else encoded(made)
        exchange = play.send(body, headers=self.headers, intent=intent_against(self.rule, body))
        # A model that is no text, or none at all, may be told as one that there is not.
        fitting = (*MALFORMED, *MODEL) if self.name.endswith(_ABOUT_MODEL) else MALFORMED
        play.demand(refusal_status, [exchange], fitting=fitting, fault=self.says)


def sound(play: Play) -> Body:
    """A sound request to the endpoint of the case."""
    if play.case.endpoint == "rerank":
        return play.body({"query": QUERY, "documents": list(DOCUMENTS)}, "rerank")
    return play.body({"messages": [{"role": "user", "content": "Which sea lies west of Brest?"}]})


def _with(**members: Any) -> Callable[[Body], Body]:
    def edit(body: Body) -> Body:
        made = {**body, **members}
        return {name: value for name, value in made.items() if value is not _ABSENT}

    return edit


def _without(name: str) -> Callable[[Body], Body]:
    return _with(**{name: _ABSENT})


def _messages(*messages: Any, **more: Any) -> Callable[[Body], Body]:
    return _with(messages=list(messages), **more)


def _raw(data: bytes) -> Callable[[Body], bytes]:
    return lambda _: data


def _tool(**changed: Any) -> Body:
    function: Body = {
        "name": "get_weather",
        "description": "Tells the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    }
    function |= changed
    kept = {name: value for name, value in function.items() if value is not _ABSENT}
    return {"type": "function", "function": kept}


_USER = {"role": "user", "content": "How is the weather?"}


def _chat(
    name: str, says: str, rule: str, edit: Callable[[Body], Body | bytes], *needs: str
) -> Broken:
    return Broken(f"chat-stream/refusals/{name}", says, rule, edit, needs)


def _rerank(name: str, says: str, rule: str, edit: Callable[[Body], Body | bytes]) -> Broken:
    return Broken(f"rerank/refusals/{name}", says, rule, edit)


_CHAT = (
    _chat("empty-body", "an empty body", "CHAT-001", _raw(b"")),
    _chat("not-json", "a body that is no JSON", "CHAT-001", _raw(b'{"stream": true, "model": ')),
    _chat("a-list", "a JSON list as body", "CHAT-001", lambda body: encoded([body])),
    _chat("null-body", "`null` as body", "CHAT-001", _raw(b"null")),
    _chat("not-utf-8", "bytes that are no UTF-8", "CHAT-001",
          lambda body: encoded(body).replace(b"Brest", b"\xff\xfe")),
    _chat("no-model", "no model", "CHAT-002", _without("model")),
    _chat("no-messages", "no messages", "CHAT-002", _without("messages")),
    _chat("no-role", "a message without a role", "CHAT-002", _messages({"content": "Hello"})),
    _chat("model-number", "a number as model", "CHAT-003", _with(model=7)),
    _chat("model-null", "`null` as model", "CHAT-003", _with(model=None)),
    _chat("messages-string", "a string as messages", "CHAT-003", _with(messages="Hello")),
    _chat("messages-null", "`null` as messages", "CHAT-003", _with(messages=None)),
    _chat("message-string", "a string as message", "CHAT-003", _messages("Hello")),
    _chat("content-number", "a number as content", "CHAT-003",
          _messages({"role": "user", "content": 7})),
    _chat("unknown-role", "an unknown role", "CHAT-005",
          _messages({"role": "robot", "content": "Hello"})),
    _chat("temperature-string", "a string as `temperature`", "CHAT-003",
          _with(temperature="warm"), "sampling"),
    _chat("max-tokens-string", "a string as `max_tokens`", "CHAT-003",
          _with(max_tokens="many"), "max-tokens"),
    _chat("stop-sequences-string", "a string as `stop_sequences`", "CHAT-003",
          _with(stop_sequences="END"), "stop-sequences"),
    _chat("safety-mode-unknown", "an unknown `safety_mode`", "CHAT-004",
          _with(safety_mode="MAYBE"), "safety-mode"),
    _chat("tool-choice-unknown", "an unknown `tool_choice`", "CHAT-004",
          _with(tools=[_tool()], tool_choice="SOMETIMES"), "tool-choice"),
    _chat("tools-object", "an object as `tools`", "CHAT-003", _with(tools=_tool()), "tools"),
    _chat("tool-without-name", "a tool without a name", "CHAT-002",
          _with(tools=[_tool(name=_ABSENT)]), "tools"),
    _chat("documents-string", "a string as `documents`", "CHAT-003",
          _with(documents="one"), "documents"),
    _chat("response-format-unknown", "an unknown type of `response_format`", "CHAT-005",
          _with(response_format={"type": "xml"}), "json-mode"),
    _chat("thinking-unknown", "an unknown type of `thinking`", "CHAT-004",
          _with(thinking={"type": "sometimes"}), "thinking"),
    _chat("citation-mode-unknown", "an unknown citation mode", "CHAT-004",
          _with(documents=["one"], citation_options={"mode": "LOUD"}), "citation-modes"),
    _chat("logprobs-string", "a string as `logprobs`", "CHAT-003",
          _with(logprobs="please"), "logprobs"),
    _chat("unknown-field", "a member that is not described", "CHAT-006",
          _with(top_k_of_the_morning=1)),
    _chat("temperature-above", "a `temperature` of 1.5", "CHAT-007",
          _with(temperature=1.5), "sampling"),
    _chat("temperature-below", "a negative `temperature`", "CHAT-007",
          _with(temperature=-0.1), "sampling"),
    _chat("p-above", "a `p` of 1", "CHAT-007", _with(p=1), "sampling"),
    _chat("k-above", "a `k` of 501", "CHAT-007", _with(k=501), "sampling"),
    _chat("frequency-penalty-above", "a `frequency_penalty` of 1.5", "CHAT-007",
          _with(frequency_penalty=1.5), "sampling"),
    _chat("seed-below", "a negative `seed`", "CHAT-007", _with(seed=-1), "seed"),
    _chat("priority-above", "a `priority` of 1000", "CHAT-007",
          _with(priority=1000), "sampling"),
    _chat("token-budget-zero", "a token budget of 0", "CHAT-007",
          _with(thinking={"type": "enabled", "token_budget": 0}), "thinking"),
    _chat("no-message", "an empty list of messages", "CHAT-029", _messages()),
    _chat("empty-message", "an empty message", "CHAT-016",
          _messages({"role": "user", "content": ""})),
    _chat("six-stop-sequences", "six stop sequences", "CHAT-008",
          _with(stop_sequences=list("abcdef")), "stop-sequences"),
    _chat("tool-choice-without-tools", "`tool_choice` without tools", "CHAT-009",
          _with(tool_choice="REQUIRED"), "tool-choice"),
    _chat("json-with-documents", "JSON mode with documents", "CHAT-010",
          _with(documents=["one"], response_format={"type": "json_object"}),
          "json-mode", "documents"),
    _chat("schema-with-text", "a `json_schema` with type `text`", "CHAT-011",
          _with(response_format={"type": "text", "json_schema": {"type": "object"}}),
          "json-mode"),
    _chat("equal-document-ids", "two documents with one id", "CHAT-014",
          _with(documents=[{"id": "a", "data": {"text": "one"}},
                           {"id": "a", "data": {"text": "two"}}]), "documents"),
    _chat("tool-name", "a tool name that begins with a digit", "CHAT-017",
          _with(tools=[_tool(name="2 fast")]), "tools"),
    _chat("unknown-tool-call-id", "a tool result for a call that was not made", "CHAT-019",
          _messages(_USER, {"role": "tool", "tool_call_id": "none_0", "content": "sunny"},
                    tools=[_tool()]), "tools"),
    _chat("image-url", "an image address that is none", "CHAT-033",
          _messages({"role": "user", "content": [
              {"type": "text", "text": "What is this?"},
              {"type": "image_url", "image_url": {"url": "image.png"}}]}), "images"),
    _chat("not-a-number", "`NaN` as `temperature`", "CHAT-037",
          lambda body: encoded({**body, "temperature": 0}).replace(
              b'"temperature":0', b'"temperature":NaN'), "sampling"),
)  # fmt: skip

_RERANK = (
    _rerank("empty-body", "an empty body", "RERANK-001", _raw(b"")),
    _rerank("not-json", "a body that is no JSON", "RERANK-001", _raw(b'{"query": ')),
    _rerank("a-list", "a JSON list as body", "RERANK-001", lambda body: encoded([body])),
    _rerank("null-body", "`null` as body", "RERANK-001", _raw(b"null")),
    _rerank("no-model", "no model", "RERANK-002", _without("model")),
    _rerank("no-query", "no query", "RERANK-002", _without("query")),
    _rerank("no-documents", "no documents", "RERANK-002", _without("documents")),
    _rerank("query-number", "a number as query", "RERANK-003", _with(query=7)),
    _rerank("query-null", "`null` as query", "RERANK-003", _with(query=None)),
    _rerank("documents-string", "a string as documents", "RERANK-003", _with(documents="one")),
    _rerank("documents-null", "`null` as documents", "RERANK-003", _with(documents=None)),
    _rerank("document-object", "documents as objects", "RERANK-003",
            _with(documents=[{"text": text} for text in DOCUMENTS])),
    _rerank("document-number", "a number as document", "RERANK-003", _with(documents=[1, 2])),
    _rerank("top-n-string", "a string as `top_n`", "RERANK-003", _with(top_n="two")),
    _rerank("unknown-field", "a member that is not described", "RERANK-004",
            _with(top_k=2)),
    _rerank("top-n-zero", "a `top_n` of 0", "RERANK-005", _with(top_n=0)),
    _rerank("top-n-negative", "a negative `top_n`", "RERANK-005", _with(top_n=-1)),
    _rerank("empty-query", "an empty query", "RERANK-007", _with(query=" ")),
    _rerank("empty-document", "an empty document", "RERANK-008",
            _with(documents=["one", ""])),
    _rerank("no-document", "an empty list of documents", "RERANK-009",
            _with(documents=[])),
)  # fmt: skip

BROKEN: tuple[Broken, ...] = (*_CHAT, *_RERANK)


def broken_cases() -> list[Case]:
    """The broken requests as cases."""
    found = []
    for broken in BROKEN:
        endpoint = broken.name.split("/", 1)[0]
        needs = (endpoint, "refusals", *broken.needs)
        found.append(Case(broken.name, broken.says, Kind.BROKEN, needs, broken.play))
    return found
