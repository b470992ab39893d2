"""A valid chat request → one that fits its schema and makes no sense: ids, combinations, limits.

Where a server may take it all the same (the rule is a warning), no status is expected.
"""

from __future__ import annotations

import base64
import copy
from typing import TYPE_CHECKING, Any

from .edits import Edits
from .tools import answer_schema

if TYPE_CHECKING:
    from .source import Source

__all__ = ["RERANK_SENSES", "SENSES"]

SENSES = Edits()
RERANK_SENSES = Edits()
edit = SENSES.edit

Made = tuple[str, str]
Body = dict[str, Any]


def _messages(body: Body, role: str) -> list[tuple[int, dict[str, Any]]]:
    return [(n, m) for n, m in enumerate(body["messages"]) if m["role"] == role]


def _calling(body: Body) -> list[tuple[int, dict[str, Any]]]:
    return [(n, m) for n, m in _messages(body, "assistant") if m.get("tool_calls")]


# -- what goes together ------------------------------------------------------------------------------


@edit("forbidden combination", "CHAT-009", tools=False)
def _choice_without_tools(_: Source, body: Body) -> Made:
    body["tool_choice"] = "REQUIRED"
    return "/tool_choice", "a tool call is required and no tools are declared"


@edit("forbidden combination", "CHAT-010", tools=True)
def _format_with_tools(source: Source, body: Body) -> Made:
    body["response_format"] = {"type": "json_object", "json_schema": answer_schema(source)}
    return "/response_format", "a response format goes with no tools"


@edit("forbidden combination", "CHAT-010", documents=True)
def _format_with_documents(_: Source, body: Body) -> Made:
    body["response_format"] = {"type": "json_object"}
    return "/response_format", "a response format goes with no documents"


@edit("forbidden combination", "CHAT-011", tools=False, documents=False)
def _schema_with_text(source: Source, body: Body) -> Made:
    body["response_format"] = {"type": "text", "json_schema": answer_schema(source)}
    return "/response_format/json_schema", "text has no schema"


# -- ids ---------------------------------------------------------------------------------------------


@edit("duplicate id", "CHAT-014", documents=True)
def _duplicate_document(source: Source, body: Body) -> Made:
    documents = body["documents"]
    given = [d["id"] for d in documents if isinstance(d, dict) and "id" in d]
    identity = source.pick(given) if given else "notes"
    if not given:
        documents.append({"id": identity, "data": {"text": "Hi"}})
    documents.append({"id": identity, "data": {"text": "Hi again"}})
    return f"/documents/{len(documents) - 1}/id", f"two documents have the id `{identity}`"


@edit("duplicate id", "CHAT-018", results=True)
def _duplicate_call(source: Source, body: Body) -> Made:
    number, message = source.pick(_calling(body))
    calls = message["tool_calls"]
    calls.append(copy.deepcopy(calls[0]))
    pointer = f"/messages/{number}/tool_calls/{len(calls) - 1}/id"
    return pointer, f"two calls have the id `{calls[0]['id']}`"


@edit("duplicate id", "CHAT-045", expected=(), tools=True)
def _duplicate_tool(_: Source, body: Body) -> Made:
    body["tools"].append(copy.deepcopy(body["tools"][0]))
    pointer = f"/tools/{len(body['tools']) - 1}/function/name"
    return pointer, f"two tools have the name `{body['tools'][0]['function']['name']}`"


@edit("dangling tool id", "CHAT-019", results=True)
def _dangling(source: Source, body: Body) -> Made:
    number, message = source.pick(_messages(body, "tool"))
    message["tool_call_id"] = unknown = source.pick(("unknown", message["tool_call_id"][:-1], "0"))
    return f"/messages/{number}/tool_call_id", f"no call has the id `{unknown}`"


@edit("dangling tool id", "CHAT-019", results=True)
def _dangling_result(_: Source, body: Body) -> Made:
    number, message = _messages(body, "tool")[-1]
    body["messages"].insert(number + 1, {**message, "tool_call_id": "unknown"})
    return f"/messages/{number + 1}/tool_call_id", "no call has the id `unknown`"


@edit("unanswered tool call", "CHAT-020", results=True)
def _unanswered(source: Source, body: Body) -> Made:
    number, message = source.pick(_messages(body, "tool"))
    del body["messages"][number]
    return f"/messages/{number}", f"nothing answers the call `{message['tool_call_id']}`"


@edit("unanswered tool call", "CHAT-020", results=True)
def _unanswered_further(source: Source, body: Body) -> Made:
    number, message = source.pick(_calling(body))
    message["tool_calls"].append({**copy.deepcopy(message["tool_calls"][0]), "id": "further"})
    pointer = f"/messages/{number}/tool_calls/{len(message['tool_calls']) - 1}"
    return pointer, "nothing answers the call `further`"


@edit("tool call answered twice", "CHAT-041", results=True)
def _answered_twice(source: Source, body: Body) -> Made:
    number, message = source.pick(_messages(body, "tool"))
    body["messages"].insert(number, copy.deepcopy(message))
    return f"/messages/{number + 1}/tool_call_id", f"`{message['tool_call_id']}` is answered twice"


@edit("empty where content is needed", "CHAT-043", results=True)
def _empty_id(source: Source, body: Body) -> Made:
    number, message = source.pick(_messages(body, "tool"))
    message["tool_call_id"] = ""
    return f"/messages/{number}/tool_call_id", "the id is empty"


# -- what must not be empty ----------------------------------------------------------------------------


def _empty_content(source: Source, body: Body, role: str) -> Made:
    number, message = source.pick(_messages(body, role))
    message["content"] = source.pick(("", [], [{"type": "text", "text": ""}]))
    message.pop("citations", None)
    return f"/messages/{number}/content", f"the {role} message says nothing"


@edit("empty where content is needed", "CHAT-016", images=False)
def _empty_user(source: Source, body: Body) -> Made:
    return _empty_content(source, body, "user")


@edit("empty where content is needed", "CHAT-016", least=3, results=False)
def _empty_assistant(source: Source, body: Body) -> Made:
    return _empty_content(source, body, "assistant")


@edit("empty where content is needed", "CHAT-016", results=True)
def _empty_tool(source: Source, body: Body) -> Made:
    return _empty_content(source, body, "tool")


@edit("empty where content is needed", "CHAT-016")
def _empty_system(source: Source, body: Body) -> Made:
    if body["messages"][0]["role"] == "system":
        del body["messages"][0]
    body["messages"].insert(0, {"role": "system", "content": source.pick(("", []))})
    return "/messages/0/content", "the system message says nothing"


@edit("empty where content is needed", "CHAT-016", least=3, results=False)
def _nothing_said(source: Source, body: Body) -> Made:
    number, _ = source.pick(_messages(body, "assistant"))
    body["messages"][number] = {"role": "assistant"}
    return f"/messages/{number}", "the assistant message has neither content nor a call nor a plan"


@edit("empty where content is needed", "CHAT-029")
def _no_messages(_: Source, body: Body) -> Made:
    body["messages"] = []
    return "/messages", "there is no message"


@edit("empty where content is needed", "CHAT-044", expected=(), documents=True)
def _empty_document(source: Source, body: Body) -> Made:
    number = source.integer(0, len(body["documents"]) - 1)
    body["documents"][number] = source.pick(("", {"data": {}}))
    return f"/documents/{number}", "the document holds nothing"


@edit("empty where content is needed", "CHAT-046", expected=())
def _nameless_model(source: Source, body: Body) -> Made:
    body["model"] = source.pick(("", " "))
    return "/model", "the model has no name"


# -- order -------------------------------------------------------------------------------------------


@edit("message order", "CHAT-021", expected=(), results=False)
def _assistant_last(_: Source, body: Body) -> Made:
    body["messages"].append({"role": "assistant", "content": "Hi"})
    return f"/messages/{len(body['messages']) - 1}/role", "it is not the model's turn"


@edit("message order", "CHAT-022", expected=())
def _system_late(_: Source, body: Body) -> Made:
    number = 2 if body["messages"][0]["role"] == "system" else 1
    body["messages"].insert(number, {"role": "system", "content": "Be brief"})
    if len(body["messages"]) == number + 1:
        body["messages"].append({"role": "user", "content": "Hello"})
    return f"/messages/{number}/role", "the system speaks after others"


# -- tools and schemas ---------------------------------------------------------------------------------


@edit("tool name", "CHAT-017", tools=True)
def _tool_name(source: Source, body: Body) -> Made:
    name = source.pick(("1st", "low tide", "low-tide", "größe", "a.b", "🌊", ""))
    body["tools"][0]["function"]["name"] = name
    return "/tools/0/function/name", f"`{name}` has other characters than letters, digits and _"


@edit("arguments not JSON", "CHAT-032", expected=(), results=True)
def _arguments(source: Source, body: Body) -> Made:
    number, message = source.pick(_calling(body))
    message["tool_calls"][0]["function"]["arguments"] = source.pick(
        ("{", "[]", '"a"', "port=Brest")
    )
    pointer = f"/messages/{number}/tool_calls/0/function/arguments"
    return pointer, "the arguments are no JSON object"


def _in_schema(source: Source, body: Body, schema: dict[str, Any]) -> str:
    """Put a schema where structured output is asked for: the answer, or a strict tool."""
    if "tools" in body:
        body["strict_tools"] = True
        for tool in body["tools"]:
            tool["function"]["parameters"] = answer_schema(source)
        body["tools"][0]["function"]["parameters"] = schema
        return "/tools/0/function/parameters"
    body["response_format"] = {"type": "json_object", "json_schema": schema}
    return "/response_format/json_schema"


def _object(**member: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": member}, "required": ["a"]}


@edit("schema of no object", "CHAT-023", json=True)
def _schema_type(source: Source, body: Body) -> Made:
    schemas: tuple[dict[str, Any], ...] = (
        {"type": "array", "items": {"type": "string"}}, {"type": "string"}, {},
    )  # fmt: skip
    return _in_schema(source, body, {**source.pick(schemas)}), "structured output is an object"


_KEYWORDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("minimum", {"type": "integer", "minimum": 0}), ("maximum", {"type": "number", "maximum": 1}),
    ("minLength", {"type": "string", "minLength": 1}),
    ("maxLength", {"type": "string", "maxLength": 9}),
    ("minItems", {"type": "array", "items": {"type": "string"}, "minItems": 1}),
    ("maxItems", {"type": "array", "items": {"type": "string"}, "maxItems": 9}),
    ("uniqueItems", {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
    ("allOf", {"type": "string", "allOf": [{"type": "string"}]}),
    ("oneOf", {"type": "string", "oneOf": [{"type": "string"}]}),
    ("not", {"type": "string", "not": {"type": "null"}}),
    ("pattern", {"type": "string", "pattern": "^a$"}),
    ("pattern", {"type": "string", "pattern": "a(?=b)"}),
)  # fmt: skip


def _keyword(source: Source, body: Body) -> Made:
    keyword, member = source.pick(_KEYWORDS)
    where = _in_schema(source, body, _object(**copy.deepcopy(member)))
    return f"{where}/properties/a/{keyword}", f"structured output does not know `{keyword}`"


def _required(source: Source, body: Body) -> Made:
    form = source.integer(0, 2)
    schema = _object(type="string")
    if form == 0:
        schema["required"] = ["b"]
        return f"{_in_schema(source, body, schema)}/required", "`b` is required and not described"
    if form == 1:
        schema["properties"]["b"] = {"description": "no type"}
        return f"{_in_schema(source, body, schema)}/properties/b", "the property has no type"
    schema["properties"]["b"] = {"type": "object", "properties": {"c": {"type": "string"}}}
    return f"{_in_schema(source, body, schema)}/properties/b", "an object requires no property"


def _format(source: Source, body: Body) -> Made:
    members: tuple[dict[str, Any], ...] = (
        {"type": "string", "format": "email"}, {"const": ["a"]}, {"const": {"b": 1}},
    )  # fmt: skip
    member = source.pick(members)
    where = _in_schema(source, body, _object(**copy.deepcopy(member)))
    return f"{where}/properties/a/{list(member)[-1]}", "structured output does not know this value"


edit("schema keyword", "CHAT-025", json=True)(_keyword)
edit("schema keyword", "CHAT-025", tools=True)(_keyword)
edit("schema without required", "CHAT-024", json=True)(_required)
edit("schema without required", "CHAT-024", tools=True)(_required)
edit("schema format", "CHAT-026", json=True)(_format)
edit("schema format", "CHAT-026", tools=True)(_format)


@edit("too many strict fields", "CHAT-027", tools=True)
def _fields(source: Source, body: Body) -> Made:
    schema = _object(type="string")
    schema["properties"] |= {f"f{n}": {"type": "boolean"} for n in range(200)}
    _in_schema(source, body, schema)
    return "/tools", "strict tools have 200 fields at most"


@edit("strict tool without required", "CHAT-028", tools=True)
def _optional(source: Source, body: Body) -> Made:
    schema = _object(type="string")
    del schema["required"]
    return _in_schema(source, body, schema), "a strict tool requires a parameter"


@edit("parameters of no schema", "CHAT-031", tools=True)
def _no_schema(source: Source, body: Body) -> Made:
    schema = _object(type=source.pick(("strin", "text", "Object", "")))
    return f"{_in_schema(source, body, schema)}/properties/a/type", "this is no type of JSON Schema"


# -- images ------------------------------------------------------------------------------------------

_GIF = base64.b64decode("R0lGODdhAQABAIEAAP///wAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw==")
_TWO_FRAMES = base64.b64encode(_GIF[:-1] + _GIF[25:]).decode()


def _image(source: Source, body: Body, urls: tuple[str, ...]) -> tuple[str, str]:
    for number, message in enumerate(body["messages"]):
        for position, part in enumerate(message["content"] if message["role"] == "user" else ()):
            if isinstance(part, dict) and part["type"] == "image_url":
                part["image_url"]["url"] = url = source.pick(urls)
                return f"/messages/{number}/content/{position}/image_url/url", url
    raise AssertionError(body)


@edit("image address", "CHAT-033", images=True)
def _address(source: Source, body: Body) -> Made:
    urls = (
        "ftp://example.com/tide.png",
        "tide.png",
        "",
        "/img/tide.png",
        "https://",
        "image/png;base64,",
    )
    pointer, url = _image(source, body, urls)
    return pointer, f"`{url}` is neither a data URI nor an http address"


@edit("image type", "CHAT-034", images=True)
def _type(source: Source, body: Body) -> Made:
    pointer, url = _image(source, body, (
        "data:image/bmp;base64,Qk0=", "data:image/svg+xml;base64,PHN2Zy8+", "data:text/plain;base64,SGk=",
        "data:image/png,Hi", "data:image/png;base64,%%%%", "data:;base64,SGk=",
        f"data:image/gif;base64,{_TWO_FRAMES}",
    ))  # fmt: skip
    return pointer, f"`{url[:40]}` is no still image of a type that is taken"


@edit("too many images", "CHAT-035", images=True)
def _too_many(_: Source, body: Body) -> Made:
    number, message = _messages(body, "user")[-1]
    part = next(each for each in message["content"] if each["type"] == "image_url")
    message["content"] += [copy.deepcopy(part) for _ in range(21)]
    return f"/messages/{number}/content", "a request has 20 images at most"


# -- rerank ------------------------------------------------------------------------------------------


@RERANK_SENSES.edit("empty where content is needed", "RERANK-007")
def _empty_query(source: Source, body: Body) -> Made:
    body["query"] = source.pick(("", " ", "\n\t"))
    return "/query", "the query says nothing"


@RERANK_SENSES.edit("empty where content is needed", "RERANK-015", expected=())
def _nameless_ranker(source: Source, body: Body) -> Made:
    body["model"] = source.pick(("", " "))
    return "/model", "the model has no name"


@RERANK_SENSES.edit("empty where content is needed", "RERANK-008")
def _empty_text(source: Source, body: Body) -> Made:
    number = source.integer(0, len(body["documents"]) - 1)
    body["documents"][number] = ""
    return f"/documents/{number}", "the document is empty"
