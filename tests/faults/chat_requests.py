"""Faults of chat requests. The recordings answer with 200, so each faulty request was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.authored.build import history_call
from tests.authored.chats import PIXEL
from tests.faults.edits import Fault, ask, ask_at, send, unask
from tests.faults.order import CALL, CITED, TEXT

if TYPE_CHECKING:
    from tests.faults.draft import Draft

__all__ = ["FAULTS"]

RESULT, RESULTS, STRICT = "chat/tool_result", "chat/tool_results_as_documents", "chat/strict_tools"
UNUSED, PLAIN = "chat/documents_unused", "chat/tool_choice_none"
IMAGE, SCHEMA, JSON = "chat/image", "chat/json_schema", "chat/json_mode"
PARAMETERS = "tools/0/function/parameters"
URL = "messages/0/content/1/image_url/url"
WANTED = "response_format/json_schema"


def asked(*messages: dict[str, Any]) -> Any:
    """Other messages."""
    return ask(messages=list(messages))


def user(content: Any) -> dict[str, Any]:
    """A user's message."""
    return {"role": "user", "content": content}


def _pictures(number: int) -> list[dict[str, Any]]:
    return [{"type": "image_url", "image_url": {"url": PIXEL}}] * number


def _nan(body: bytes) -> bytes:
    return body.replace(b'"stream":true', b'"temperature":NaN,"stream":true')


def _twice(body: bytes) -> bytes:
    return body.replace(b'"stream":true', b'"stream":true,"stream":true')


def _lone(body: bytes) -> bytes:
    return body.replace(b'"content":"', b'"content":"\\ud83d')


def _further_call(draft: Draft) -> None:
    calls = draft.request["messages"][1]["tool_calls"]
    calls.append({**calls[0], "id": "tide_table_000000000000"})


NO_CALL = {"role": "assistant", "content": "Hello."}

FAULTS = [
    # the body
    Fault("CHAT-001", "cut short", TEXT, send(lambda body: body[:-2])),
    Fault("CHAT-001", "an array", TEXT, send(lambda body: b"[" + body + b"]")),
    Fault(
        "CHAT-001",
        "Latin-1",
        "chat/text_beyond_ascii",
        send(lambda body: body.replace("ü".encode(), b"\xfc")),
    ),
    Fault("CHAT-001", "a form", TEXT, send(lambda body: b"x=" + body)),
    Fault("CHAT-036", "a key twice", TEXT, send(_twice), level="warning"),
    Fault("CHAT-037", "NaN", TEXT, send(_nan)),
    Fault("CHAT-038", "half a surrogate pair", TEXT, send(_lone), level="warning"),
    # members
    Fault("CHAT-002", "no model", TEXT, unask("model")),
    Fault("CHAT-002", "no messages", TEXT, unask("messages")),
    Fault("CHAT-002", "no role", TEXT, unask("messages/0/role")),
    Fault("CHAT-002", "no content", TEXT, unask("messages/0/content")),
    Fault("CHAT-002", "a tool without type", CALL, unask("tools/0/type")),
    Fault("CHAT-002", "a tool without name", CALL, unask("tools/0/function/name")),
    Fault("CHAT-002", "a tool without parameters", CALL, unask(PARAMETERS)),
    Fault("CHAT-002", "a document without data", CITED, unask("documents/0/data")),
    Fault("CHAT-002", "a call without id", RESULT, unask("messages/1/tool_calls/0/id")),
    Fault("CHAT-002", "a call without type", RESULT, unask("messages/1/tool_calls/0/type")),
    Fault("CHAT-002", "thinking without type", TEXT, ask(thinking={})),
    Fault("CHAT-002", "a response format without type", TEXT, ask(response_format={})),
    Fault("CHAT-002", "an image without address", IMAGE, unask(URL)),
    Fault("CHAT-003", "model is null", TEXT, ask(model=None)),
    Fault("CHAT-003", "model is a number", TEXT, ask(model=4)),
    Fault("CHAT-003", "messages are a string", TEXT, ask(messages="Hello")),
    Fault("CHAT-003", "a message is a string", TEXT, ask(messages=["Hello"])),
    Fault("CHAT-003", "the temperature is a string", TEXT, ask(temperature="0.3")),
    Fault("CHAT-003", "max_tokens is a fraction", TEXT, ask(max_tokens=9.5)),
    Fault("CHAT-003", "k is a fraction", TEXT, ask(k=1.5)),
    Fault("CHAT-003", "stop_sequences is a string", TEXT, ask(stop_sequences="END")),
    Fault("CHAT-003", "a stop sequence is a number", TEXT, ask(stop_sequences=[7])),
    Fault("CHAT-003", "tools are an object", CALL, ask(tools={"tide_table": {}})),
    Fault("CHAT-003", "logprobs is a number", TEXT, ask(logprobs=1)),
    Fault("CHAT-003", "parameters are a string", CALL, ask_at(PARAMETERS, "{}")),
    Fault(
        "CHAT-003",
        "arguments in the history are an object",
        RESULT,
        ask_at("messages/1/tool_calls/0/function/arguments", {}),
    ),
    Fault("CHAT-003", "citation options are a string", CITED, ask(citation_options="FAST")),
    Fault("CHAT-004", "an unknown safety mode", TEXT, ask(safety_mode="LOOSE")),
    Fault("CHAT-004", "tool choice AUTO", CALL, ask(tool_choice="AUTO")),
    Fault("CHAT-004", "an unknown citation mode", CITED, ask(citation_options={"mode": "PRECISE"})),
    Fault("CHAT-004", "an unknown kind of thinking", TEXT, ask(thinking={"type": "auto"})),
    Fault(
        "CHAT-004",
        "an unknown detail of an image",
        IMAGE,
        ask_at("messages/0/content/1/image_url/detail", "medium"),
    ),
    Fault("CHAT-003", "a document is a number", UNUSED, ask(documents=[7])),
    Fault("CHAT-003", "content is a number", TEXT, asked(user(7))),
    Fault("CHAT-005", "an unknown role", TEXT, ask_at("messages/0/role", "bot")),
    Fault(
        "CHAT-005", "an unknown kind of part", TEXT, asked(user([{"type": "video", "video": "x"}]))
    ),
    Fault("CHAT-005", "an unknown response format", TEXT, ask(response_format={"type": "xml"})),
    Fault("CHAT-006", "an unknown member", TEXT, ask(max_output_tokens=9)),
    Fault("CHAT-006", "a member of the first API", TEXT, ask(preamble="Be brief.")),
    Fault("CHAT-006", "an unknown member of a message", TEXT, ask_at("messages/0/name", "Ada")),
    Fault(
        "CHAT-006",
        "an unknown member of a tool",
        CALL,
        ask_at("tools/0/function/strict", value=True),
    ),
    Fault(
        "CHAT-006",
        "an unknown member of the citation options",
        CITED,
        ask(citation_options={"style": "x"}),
    ),
    Fault("CHAT-007", "a temperature above 1", TEXT, ask(temperature=1.01)),
    Fault("CHAT-007", "a temperature below 0", TEXT, ask(temperature=-0.1)),
    Fault("CHAT-007", "p of 1", TEXT, ask(p=1.0)),
    Fault("CHAT-007", "k of 501", TEXT, ask(k=501)),
    Fault("CHAT-007", "k below 0", TEXT, ask(k=-1)),
    Fault("CHAT-007", "a seed below 0", TEXT, ask(seed=-1)),
    Fault("CHAT-007", "a seed of 2 to the 64", TEXT, ask(seed=2**64)),
    Fault("CHAT-007", "a frequency penalty of 1.5", TEXT, ask(frequency_penalty=1.5)),
    Fault("CHAT-007", "a presence penalty below 0", TEXT, ask(presence_penalty=-0.5)),
    Fault("CHAT-007", "a token budget of 0", "chat/thinking", ask_at("thinking/token_budget", 0)),
    Fault("CHAT-007", "a priority of 1000", TEXT, ask(priority=1000)),
    Fault("CHAT-007", "a priority below 0", TEXT, ask(priority=-1)),
    Fault("CHAT-008", "six stop sequences", TEXT, ask(stop_sequences=list("abcdef"))),
    # combinations
    Fault("CHAT-009", "a call required of no tools", TEXT, ask(tool_choice="REQUIRED")),
    Fault("CHAT-010", "JSON mode with documents", JSON, ask(documents=["The bridge."])),
    Fault(
        "CHAT-010",
        "JSON mode with tools",
        JSON,
        ask(
            tools=[
                {"type": "function", "function": {"name": "a", "parameters": {"type": "object"}}}
            ]
        ),
    ),
    Fault(
        "CHAT-011",
        "a schema for text",
        TEXT,
        ask(
            response_format={
                "type": "text",
                "json_schema": {
                    "type": "object",
                    "properties": {"a": {"type": "string"}},
                    "required": ["a"],
                },
            }
        ),
    ),
    Fault(
        "CHAT-012", "a safety mode with documents", CITED, ask(safety_mode="STRICT"), level="info"
    ),
    Fault("CHAT-012", "a safety mode with tools", CALL, ask(safety_mode="STRICT"), level="info"),
    Fault(
        "CHAT-013",
        "both penalties",
        TEXT,
        ask(frequency_penalty=0.5, presence_penalty=0.5),
        level="warning",
    ),
    Fault(
        "CHAT-014",
        "two documents of one id",
        UNUSED,
        ask_at("documents/0/id", "pilot"),
    ),
    Fault("CHAT-015", "no documents in the list", TEXT, ask(documents=[]), level="info"),
    Fault("CHAT-039", "safety off for a new model", TEXT, ask(safety_mode="OFF"), level="warning"),
    # messages
    Fault("CHAT-016", "an empty user message", TEXT, ask_at("messages/0/content", "")),
    Fault("CHAT-016", "a user message of no parts", TEXT, ask_at("messages/0/content", [])),
    Fault(
        "CHAT-016",
        "an empty assistant message",
        TEXT,
        asked(user("Hi"), {"role": "assistant"}, user("Well?")),
    ),
    Fault("CHAT-016", "an empty tool result", RESULT, ask_at("messages/2/content", "")),
    Fault(
        "CHAT-017",
        "a tool name with a dash",
        PLAIN,
        ask_at("tools/0/function/name", "tide-table"),
    ),
    Fault(
        "CHAT-017",
        "a tool name that starts with a digit",
        PLAIN,
        ask_at("tools/0/function/name", "2tides"),
    ),
    Fault(
        "CHAT-017",
        "an empty tool name",
        PLAIN,
        ask_at("tools/0/function/name", ""),
    ),
    Fault(
        "CHAT-018",
        "two calls of one id",
        RESULT,
        lambda draft: draft.request["messages"][1]["tool_calls"].append(
            draft.request["messages"][1]["tool_calls"][0]
        ),
    ),
    Fault("CHAT-019", "a result of no call", RESULTS, ask_at("messages/3/tool_call_id", "nobody")),
    Fault("CHAT-020", "a call without result", RESULT, _further_call),
    Fault(
        "CHAT-041",
        "a call with two results",
        RESULT,
        lambda draft: draft.request["messages"].append(draft.request["messages"][2]),
    ),
    Fault(
        "CHAT-021",
        "the assistant has the last word",
        TEXT,
        asked(user("Hi"), NO_CALL),
        level="warning",
    ),
    Fault(
        "CHAT-022",
        "a system message in the middle",
        TEXT,
        asked(user("Hi"), NO_CALL, {"role": "system", "content": "Be brief."}, user("Well?")),
        level="warning",
    ),
    Fault("CHAT-029", "no messages in the list", TEXT, ask(messages=[])),
    Fault(
        "CHAT-032",
        "arguments in the history cut short",
        RESULT,
        ask_at("messages/1/tool_calls/0/function/arguments", '{"port'),
        level="warning",
    ),
    Fault(
        "CHAT-042",
        "JSON mode of which no message speaks",
        JSON,
        ask_at("messages/0/content", "Describe the bridge."),
        level="info",
    ),
    Fault(
        "CHAT-043",
        "a call with an empty id",
        PLAIN,
        asked(
            user("Low tide?"),
            history_call("I look.", ("", "tide_table", "{}")),
            {"role": "tool", "tool_call_id": "", "content": "05:12"},
        ),
    ),
    Fault(
        "CHAT-044", "a document of nothing", UNUSED, ask_at("documents/0/data", {}), level="warning"
    ),
    Fault(
        "CHAT-045",
        "one tool twice",
        PLAIN,
        lambda draft: draft.request["tools"].append(draft.request["tools"][0]),
        level="warning",
    ),
    Fault("CHAT-046", "no name of a model", PLAIN, ask(model=""), level="warning"),
    # schemas
    Fault(
        "CHAT-023",
        "a schema of an array",
        JSON,
        ask_at(WANTED, {"type": "array", "items": {"type": "string"}}),
    ),
    Fault("CHAT-024", "nothing required", SCHEMA, unask(f"{WANTED}/required")),
    Fault("CHAT-024", "an empty list of required names", SCHEMA, ask_at(f"{WANTED}/required", [])),
    Fault(
        "CHAT-024",
        "a required name that is no property",
        SCHEMA,
        ask_at(f"{WANTED}/required", ["flour", "salt"]),
    ),
    Fault("CHAT-024", "a property without type", SCHEMA, ask_at(f"{WANTED}/properties/flour", {})),
    Fault("CHAT-025", "a minimum", SCHEMA, ask_at(f"{WANTED}/properties/grams/minimum", 1)),
    Fault("CHAT-025", "a least length", SCHEMA, ask_at(f"{WANTED}/properties/flour/minLength", 1)),
    Fault(
        "CHAT-025",
        "one of several",
        SCHEMA,
        ask_at(f"{WANTED}/properties/flour", {"oneOf": [{"type": "string"}]}),
    ),
    Fault(
        "CHAT-026",
        "an unsupported format",
        SCHEMA,
        ask_at(f"{WANTED}/properties/flour/format", "email"),
    ),
    Fault(
        "CHAT-027",
        "201 strict fields",
        STRICT,
        lambda draft: draft.request["tools"][0]["function"]["parameters"]["properties"].update(
            {f"f{n}": {"type": "string"} for n in range(201)}
        ),
    ),
    Fault(
        "CHAT-028", "a strict tool that requires nothing", STRICT, unask(f"{PARAMETERS}/required")
    ),
    Fault(
        "CHAT-031",
        "strict parameters are no schema",
        STRICT,
        ask_at(f"{PARAMETERS}/properties/port/type", "thing"),
    ),
    Fault(
        "CHAT-031",
        "parameters are no schema",
        CALL,
        ask_at(f"{PARAMETERS}/properties/port/type", "thing"),
        level="warning",
    ),
    # tolerances
    Fault(
        "CHAT-030",
        "a citation mode in lower case",
        CITED,
        ask(citation_options={"mode": "fast"}),
        level="info",
    ),
    Fault(
        "CHAT-030",
        "a plan of null in the history",
        RESULT,
        ask_at("messages/1/tool_plan", None),
        level="info",
    ),
    # images
    Fault("CHAT-033", "an image by ftp", IMAGE, ask_at(URL, "ftp://a.example/b.png")),
    Fault("CHAT-033", "an image by file name", IMAGE, ask_at(URL, "b.png")),
    Fault("CHAT-034", "a bitmap", IMAGE, ask_at(URL, "data:image/bmp;base64,Qk0=")),
    Fault(
        "CHAT-034", "a data URI that is no base64", IMAGE, ask_at(URL, "data:image/png;base64,%%%")
    ),
    Fault("CHAT-035", "21 images", IMAGE, ask_at("messages/0/content", _pictures(21))),
]
