"""The scenarios of tool use: one call, two, none, forced, forbidden, strict, and results."""

from __future__ import annotations

from typing import Any

from conformance.suite.echo import unharmed
from conformance.suite.scenarios import Scenario

__all__ = ["TOOLS"]

_CALL = ("a tool call",)
_TEXT = ("a text",)


def _tool(name: str, says: str, **parameters: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": parameters, "required": list(parameters)}
    return {
        "type": "function",
        "function": {"name": name, "description": says, "parameters": schema},
    }


_CITY = {"type": "string", "description": "The name of a city"}
_WEATHER = _tool("get_weather", "Tells the weather in a city now.", city=_CITY)
_TIDE = _tool("get_tide", "Tells when the tide is high in a port today.", port=_CITY)
_CLOCK = _tool("get_time", "Tells the time now, in UTC.")
_RICH = _tool(
    "book_table",
    "Books a table in a restaurant.",
    city=_CITY,
    guests={"type": "integer", "description": "How many guests come"},
    outside={"type": "boolean"},
    wishes={"type": "array", "items": {"type": "string"}},
    meal={"type": "string", "enum": ["lunch", "dinner"]},
)
_ASK = "How is the weather in Brest now? Use the tool."
_ASK_BOTH = (
    "How is the weather in Brest now, and when is the tide high there today? Use both tools."
)


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def _call(identity: str, name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": identity, "type": "function", "function": function}


_ONE = _call("get_weather_0abc1def2ghi", "get_weather", '{"city":"Brest"}')
_OTHER = _call("get_tide_3jkl4mno5pqr", "get_tide", '{"port":"Brest"}')


def _asked(question: str, *tools: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"messages": [_user(question)], "tools": list(tools), **more}


def _after(
    *results: tuple[dict[str, Any], Any], question: str = _ASK, **more: Any
) -> dict[str, Any]:
    """A conversation in which tools were called and have answered."""
    calls = [call for call, _ in results]
    messages = [
        _user(question),
        {"role": "assistant", "tool_plan": "I will use the tools.", "tool_calls": calls},
        *({"role": "tool", "tool_call_id": call["id"], "content": said} for call, said in results),
    ]
    return {"messages": messages, "tools": [_WEATHER, _TIDE], **more}


def _document(text: str, identity: str | None = None) -> dict[str, Any]:
    document: dict[str, Any] = {"data": {"weather": text}}
    if identity is not None:
        document["id"] = identity
    return {"type": "document", "document": document}


def _scenario(
    name: str,
    says: str,
    body: dict[str, Any],
    *needs: str,
    shows: tuple[str, ...] = (),
    **more: Any,
) -> Scenario:
    return Scenario(f"chat-stream/{name}", says, body, ("tools", *needs), shows, **more)


_SUNNY = "Sunny, 18 degrees, a light wind from the west."

TOOLS: tuple[Scenario, ...] = (
    _scenario("tools/one-call", "one tool", _asked(_ASK, _WEATHER), shows=_CALL),
    _scenario("tools/two-calls", "two tools and a question for both",
              _asked(_ASK_BOTH, _WEATHER, _TIDE), shows=("a tool call", "two tool calls")),
    _scenario("tools/no-arguments", "a tool without parameters",
              _asked("What time is it in UTC? Use the tool.", _CLOCK), shows=_CALL),
    _scenario("tools/many-types", "a tool with parameters of every type",
              _asked("Book a table outside in Brest for four guests at dinner, with a high chair.",
                     _RICH), shows=_CALL),
    _scenario("tools/beyond-ascii", "arguments beyond ASCII",
              _asked("How is the weather in Größe now? Use the tool.", _WEATHER), shows=_CALL,
              then=unharmed),
    _scenario("tools/not-needed", "tools that the question does not need",
              _asked("Say good morning.", _WEATHER), quiet=True),
    _scenario("tools/thinking", "tools and a model that thinks", _asked(_ASK, _WEATHER),
              "thinking", shows=("a thinking block", "a tool call"), role="thinking"),
    _scenario("tools/second-turn", "a call after an earlier call and its answer",
              {"messages": [*_after((_ONE, _SUNNY))["messages"],
                            {"role": "assistant", "content": "It is sunny in Brest."},
                            _user("And in Lorient? Use the tool.")], "tools": [_WEATHER]},
              shows=_CALL),
    _scenario("tool-choice/required", "a call is required",
              _asked(_ASK, _WEATHER, tool_choice="REQUIRED"), "tool-choice", shows=_CALL),
    _scenario("tool-choice/required-though-not-needed", "a call is required, though not needed",
              _asked("Say good morning.", _WEATHER, tool_choice="REQUIRED"), "tool-choice",
              shows=_CALL),
    _scenario("tool-choice/none", "calls are forbidden",
              _asked(_ASK, _WEATHER, tool_choice="NONE"), "tool-choice", shows=_TEXT,
              quiet=True),
    _scenario("strict-tools/one-call", "strict tools",
              _asked(_ASK, _WEATHER, strict_tools=True), "strict-tools", shows=_CALL),
    _scenario("strict-tools/many-types", "strict tools with parameters of every type",
              _asked("Book a table outside in Brest for four guests at dinner, with a high chair.",
                     _RICH, strict_tools=True), "strict-tools", shows=_CALL),
    _scenario("strict-tools/two-calls", "strict tools and a question for both",
              _asked(_ASK_BOTH, _WEATHER, _TIDE, strict_tools=True), "strict-tools",
              shows=("a tool call", "two tool calls")),
    _scenario("tool-results/string", "a tool result as a string", _after((_ONE, _SUNNY)),
              shows=("a text", "citations")),
    _scenario("tool-results/text-part", "a tool result as a text part",
              _after((_ONE, [{"type": "text", "text": _SUNNY}])), shows=_TEXT, quiet=True),
    _scenario("tool-results/document", "a tool result as a document",
              _after((_ONE, [_document(_SUNNY)])), shows=("a text", "citations")),
    _scenario("tool-results/document-with-id", "a tool result as a document with an id",
              _after((_ONE, [_document(_SUNNY, "station-7")])), shows=("a text", "citations")),
    _scenario("tool-results/two", "the results of two calls",
              _after((_ONE, _SUNNY), (_OTHER, "High tide at 14:20 UTC."), question=_ASK_BOTH),
              shows=("a text", "citations")),
    _scenario("tool-results/citations-off", "a tool result, and citations off",
              _after((_ONE, [_document(_SUNNY)]), citation_options={"mode": "OFF"}),
              "citation-modes", shows=_TEXT, quiet=True),
)  # fmt: skip
