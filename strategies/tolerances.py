"""A valid request → one that the live API takes although its description, or a source, says no.

Nothing is expected of a server here, so that no test of a server may fail by it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .edits import Edits
from .fault import TOLERATED

if TYPE_CHECKING:
    from .edits import Register
    from .source import Source

__all__ = ["CHAT_TOLERANCES", "RERANK_TOLERANCES"]

CHAT_TOLERANCES = Edits()
RERANK_TOLERANCES = Edits()

Made = tuple[str, str]
Body = dict[str, Any]


def _known(code: str = "CHAT-030", edits: Edits = CHAT_TOLERANCES, **wishes: Any) -> Register:
    return edits.edit(TOLERATED, code, expected=(), **wishes)


def _calling(body: Body) -> tuple[int, dict[str, Any]]:
    return next((n, m) for n, m in enumerate(body["messages"]) if m.get("tool_calls"))


def _result(body: Body) -> tuple[int, dict[str, Any]]:
    return next((n, m) for n, m in enumerate(body["messages"]) if m["role"] == "tool")


@_known(results=True)
def _data_as_text(_: Source, body: Body) -> Made:
    number, message = _result(body)
    data = json.dumps({"tide": "low"})
    message["content"] = [{"type": "document", "document": {"data": data}}]
    return f"/messages/{number}/content/0/document/data", "the data of a tool result is JSON text"


@_known(results=True)
def _null_plan(_: Source, body: Body) -> Made:
    number, message = _calling(body)
    message["tool_plan"] = None
    message.pop("citations", None)
    return f"/messages/{number}/tool_plan", "the tool plan is null"


@_known()
def _lower_mode(source: Source, body: Body) -> Made:
    body["citation_options"] = {
        "mode": source.pick(("fast", "accurate", "off", "enabled", "disabled"))
    }
    return "/citation_options/mode", "the citation mode is in lower case"


@_known(images=False)
def _bare_part(_: Source, body: Body) -> Made:
    body["messages"][-1]["content"] = {"type": "text", "text": "Answer in JSON"}
    return (
        f"/messages/{len(body['messages']) - 1}/content",
        "the content is a part, not a list of parts",
    )


@_known()
def _null_penalty(source: Source, body: Body) -> Made:
    name = source.pick(("frequency_penalty", "presence_penalty"))
    body[name] = None
    return f"/{name}", "a penalty that is not set is null"


@_known(results=True)
def _null_content(_: Source, body: Body) -> Made:
    number, message = _calling(body)
    message["content"] = None
    return f"/messages/{number}/content", "the content beside tool calls is null"


@_known(json=True)
def _older_schema(_: Source, body: Body) -> Made:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    body["response_format"] = {"type": "json_object", "schema": schema}
    return "/response_format/schema", "the schema has its older name"


@_known("CHAT-015", documents=False)
def _no_documents(_: Source, body: Body) -> Made:
    body["documents"] = []
    return "/documents", "the list of documents is empty"


@_known("", results=True)
def _empty_content(source: Source, body: Body) -> Made:
    number, message = _calling(body)
    message["content"] = source.pick(([], ""))
    return f"/messages/{number}/content", "the content beside tool calls is empty"


@_known()
def _zero_p(source: Source, body: Body) -> Made:
    body["p"] = source.pick((0, 0.0))
    return "/p", "a `p` that is not used is 0"


@_known(tools=True)
def _python_type(source: Source, body: Body) -> Made:
    body.pop("strict_tools", None)
    name = source.pick(("str", "int", "float", "bool", "list", "dict"))
    parameters = {"type": "object", "properties": {"a": {"type": name}}}
    body["tools"][0]["function"]["parameters"] = parameters
    return "/tools/0/function/parameters/properties/a/type", f"`{name}` is a type of Python"


@_known(tools=True)
def _null_description(_: Source, body: Body) -> Made:
    body.pop("strict_tools", None)
    member = {"type": "string", "description": None}
    parameters = {"type": "object", "properties": {"a": member}}
    body["tools"][0]["function"]["parameters"] = parameters
    return "/tools/0/function/parameters/properties/a/description", "a description is null"


@_known(documents=True)
def _text_data(_: Source, body: Body) -> Made:
    body["documents"][0] = {"data": "Low tide is at noon"}
    return "/documents/0/data", "the data of a document is text"


@_known(thinking=True)
def _budget_alone(source: Source, body: Body) -> Made:
    body["thinking"] = {"token_budget": source.integer(1, 4000)}
    return "/thinking/type", "a budget for thinking without its type"


@_known(results=True)
def _tool_content(_: Source, body: Body) -> Made:
    number, message = _result(body)
    message["tool_content"] = message.pop("content")
    return f"/messages/{number}/tool_content", "the content of a tool message has its older name"


@_known("CHAT-010", tools=True)
def _text_format(_: Source, body: Body) -> Made:
    body["response_format"] = {"type": "text"}
    return "/response_format", "the format that comes anyway is asked for beside tools"


@_known("CHAT-012", tools=True)
def _safety_with_tools(_: Source, body: Body) -> Made:
    body["safety_mode"] = "STRICT"
    return "/safety_mode", "sources differ on a safety mode beside tools"


@_known("CHAT-012", documents=True)
def _safety_with_documents(_: Source, body: Body) -> Made:
    body["safety_mode"] = "STRICT"
    return "/safety_mode", "sources differ on a safety mode beside documents"


@_known("CHAT-013")
def _both_penalties(_: Source, body: Body) -> Made:
    body |= {"frequency_penalty": 0.5, "presence_penalty": 0.25}
    return "/presence_penalty", "some models take only one penalty"


@_known("CHAT-039", tools=False, documents=False)
def _safety_off(_: Source, body: Body) -> Made:
    body |= {"safety_mode": "OFF", "model": "command-a-03-2025"}
    return "/safety_mode", "newer models cannot turn it off"


@_known("CHAT-042", json=True)
def _json_unasked(_: Source, body: Body) -> Made:
    body["response_format"] = {"type": "json_object"}
    body["messages"] = [{"role": "user", "content": "Hello"}]
    return "/response_format", "no message asks for JSON"


@_known("")
def _many_tokens(_: Source, body: Body) -> Made:
    body["max_tokens"] = 10**6
    return "/max_tokens", "more tokens than any model gives: capped, says one source"


@_known("RERANK-010", RERANK_TOLERANCES)
def _null_limit(_: Source, body: Body) -> Made:
    body["max_tokens_per_doc"] = None
    return "/max_tokens_per_doc", "a limit that is not set is null"


@_known("RERANK-011", RERANK_TOLERANCES)
def _many_documents(_: Source, body: Body) -> Made:
    body["documents"] = [f"{body['documents'][0]} {n}" for n in range(1001)]
    return "/documents", "more documents than advised"
