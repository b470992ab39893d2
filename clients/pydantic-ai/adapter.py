"""Pydantic AI with its Cohere model: `model_request_stream`."""

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

import cohere
from harness import Unsupported, only, serve
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ImageUrl,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.cohere import CohereModel
from pydantic_ai.providers.cohere import CohereProvider
from pydantic_ai.tools import ToolDefinition

# member of the API -> setting
SETTINGS = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "p": "top_p",
    "k": "top_k",
    "seed": "seed",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "stop_sequences": "stop_sequences",
    "tool_choice": "tool_choice",
    "thinking": "thinking",
}


def prompt_of(content):
    """The content of a user message."""
    if isinstance(content, str):
        return content
    return [
        part["text"] if part["type"] == "text" else ImageUrl(url=part["image_url"]["url"])
        for part in content
    ]


def text_of(content):
    """A content that has to be a text."""
    if not isinstance(content, str):
        raise Unsupported("a system message or a tool result in parts")
    return content


def answer_of(message):
    """An assistant's turn."""
    content = message.get("content") or []
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    parts = [
        ThinkingPart(content=part["thinking"])
        if part["type"] == "thinking"
        else TextPart(content=part["text"])
        for part in content
    ]
    if message.get("tool_plan") is not None:
        # There is no other place for it.
        parts.append(TextPart(content=message["tool_plan"]))
    for call in message.get("tool_calls") or ():
        function = call["function"]
        parts.append(
            ToolCallPart(
                tool_name=function["name"],
                args=function.get("arguments"),
                tool_call_id=call["id"],
            )
        )
    return ModelResponse(parts=parts)


def messages_of(request):
    """The messages of a request as those of Pydantic AI."""
    made, names = [], {}
    for message in request["messages"]:
        role, content = message["role"], message.get("content")
        if role == "assistant":
            names.update({c["id"]: c["function"]["name"] for c in message.get("tool_calls") or ()})
            made.append(answer_of(message))
            continue
        if role == "system":
            part = SystemPromptPart(content=text_of(content))
        elif role == "user":
            part = UserPromptPart(content=prompt_of(content))
        else:
            label = message["tool_call_id"]
            part = ToolReturnPart(
                tool_name=names[label], content=text_of(content), tool_call_id=label
            )
        if made and isinstance(made[-1], ModelRequest):
            made[-1].parts.append(part)
        else:
            made.append(ModelRequest(parts=[part]))
    return made


def settings_of(request):
    """The settings of a call."""
    made = {SETTINGS[name]: value for name, value in request.items() if name in SETTINGS}
    if "tool_choice" in made:
        made["tool_choice"] = made["tool_choice"].lower()
    if "thinking" in made:
        if "token_budget" in made["thinking"]:
            raise Unsupported("/thinking/token_budget")
        made["thinking"] = made["thinking"]["type"] == "enabled"
    return made


def tools_of(request):
    """The tools of a request."""
    return [
        ToolDefinition(
            name=tool["function"]["name"],
            description=tool["function"].get("description"),
            parameters_json_schema=tool["function"].get("parameters", {}),
        )
        for tool in request.get("tools") or ()
    ]


def note(event, calls, caller):
    """Write down what an event hands to the caller."""
    if isinstance(event, PartStartEvent):
        part = event.part
        if isinstance(part, TextPart):
            caller.text(part.content)
        elif isinstance(part, ThinkingPart):
            caller.thinking(part.content)
        elif isinstance(part, ToolCallPart):
            index = calls.setdefault(event.index, len(calls))
            caller.tool_call(index, id=part.tool_call_id, name=part.tool_name, arguments=part.args)
    elif isinstance(event, PartDeltaEvent):
        delta = event.delta
        if delta.part_delta_kind == "text":
            caller.text(delta.content_delta)
        elif delta.part_delta_kind == "thinking":
            caller.thinking(delta.content_delta)
        elif delta.part_delta_kind == "tool_call":
            caller.tool_call(calls[event.index], arguments=delta.args_delta)


def call(case, caller):
    """One call."""

    async def run():
        request = only(case["request"], ["model", "messages", "tools", *SETTINGS])
        client = cohere.AsyncClientV2(api_key=case["api_key"], base_url=case["base_url"])
        model = CohereModel(request["model"], provider=CohereProvider(cohere_client=client))
        calls = {}
        async with model_request_stream(
            model,
            messages_of(request),
            model_settings=settings_of(request),
            model_request_parameters=ModelRequestParameters(function_tools=tools_of(request)),
        ) as stream:
            async for event in stream:
                note(event, calls, caller)
            caller.finish(stream.finish_reason)
            usage = stream.usage() if callable(stream.usage) else stream.usage
            caller.usage(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens)

    asyncio.run(run())


serve(
    call,
    client="pydantic-ai",
    version=version("pydantic-ai-slim"),
    endpoints=["chat"],
    surfaces=["text", "thinking", "tool_calls", "finish", "usage", "cached_tokens", "error"],
)
