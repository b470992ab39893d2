"""cohere-haystack: the chat generator and the ranker, sync or async."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

from harness import Unsupported, at, only, serve
from haystack import Document
from haystack.dataclasses import ChatMessage, ImageContent, ToolCall
from haystack.tools import Tool
from haystack.utils import Secret
from haystack_integrations.components.generators.cohere import CohereChatGenerator
from haystack_integrations.components.rankers.cohere import CohereRanker

VARIANT = sys.argv[1] if len(sys.argv) > 1 else "sync"
CHAT = [
    "model", "messages", "tools", "documents", "citation_options", "response_format", "safety_mode",
    "max_tokens", "stop_sequences", "temperature", "seed", "frequency_penalty", "presence_penalty",
    "k", "p", "logprobs", "tool_choice", "thinking", "priority", "strict_tools",
]  # fmt: skip


def part_of(part):
    """A part of a user message."""
    if part["type"] == "text":
        return part["text"]
    url = part["image_url"]["url"]
    if not url.startswith("data:"):
        return ImageContent.from_url(url)
    head, _, data = url.partition(",")
    return ImageContent(base64_image=data, mime_type=head[5:].partition(";")[0])


def text_of(content):
    """A content that has to be one text."""
    if isinstance(content, str) or content is None:
        return content or None
    if any(part["type"] != "text" for part in content):
        raise Unsupported("thinking in an assistant message")
    return "".join(part["text"] for part in content)


def messages_of(request):
    """The messages of a request as those of Haystack."""
    made, calls = [], {}
    for message in request["messages"]:
        role, content = message["role"], message.get("content")
        if role == "system":
            made.append(ChatMessage.from_system(text_of(content)))
        elif role == "user" and isinstance(content, str):
            made.append(ChatMessage.from_user(content))
        elif role == "user":
            made.append(ChatMessage.from_user(content_parts=[part_of(part) for part in content]))
        elif role == "assistant":
            asked = [
                ToolCall(
                    tool_name=call["function"]["name"],
                    arguments=json.loads(call["function"].get("arguments") or "{}"),
                    id=call["id"],
                )
                for call in message.get("tool_calls") or ()
            ]
            calls.update({call.id: call for call in asked})
            text = text_of(content) or message.get("tool_plan")
            made.append(ChatMessage.from_assistant(text, tool_calls=asked or None))
        else:
            if not isinstance(content, str):
                raise Unsupported("a tool result in parts")
            made.append(ChatMessage.from_tool(content, origin=calls[message["tool_call_id"]]))
    return made


def tool_of(tool):
    """A tool as its users define one."""
    function = tool["function"]
    return Tool(
        name=function["name"],
        description=function.get("description", ""),
        parameters=function.get("parameters", {}),
        function=lambda **_: "",
    )


def chunk_noter(caller):
    """A streaming callback that writes down what it is handed."""

    def note(chunk):
        caller.text(chunk.content)
        caller.thinking(at(chunk, "reasoning", "reasoning_text"))
        for call in chunk.tool_calls or ():
            caller.tool_call(call.index, id=call.id, name=call.tool_name, arguments=call.arguments)

    return note


def whole(reply, caller):
    """Write down what only the whole reply tells."""
    for cited in reply.meta.get("citations") or ():
        sources = [at(source, "id") for source in at(cited, "sources") or ()]
        caller.citation(at(cited, "start"), at(cited, "end"), at(cited, "text"), sources)
    caller.finish(reply.meta.get("finish_reason"))
    usage = reply.meta.get("usage") or {}
    caller.usage(usage.get("prompt_tokens"), usage.get("completion_tokens"))


def generator_of(case, caller):
    """The generator of a call and the arguments of its `run`."""
    request = only(case["request"], CHAT)
    generator = CohereChatGenerator(
        api_key=Secret.from_token(case["api_key"]),
        model=request.pop("model"),
        api_base_url=case["base_url"],
        streaming_callback=chunk_noter(caller),
    )
    made = {"messages": messages_of(request)}
    del request["messages"]
    if "tools" in request:
        made["tools"] = [tool_of(tool) for tool in request.pop("tools")]
    return generator, {**made, "generation_kwargs": request}


def rerank(case, caller):
    """One call of the ranker."""
    request = only(case["request"], ["model", "query", "documents", "top_n", "max_tokens_per_doc"])
    ranker = CohereRanker(
        model=request["model"],
        api_key=Secret.from_token(case["api_key"]),
        api_base_url=case["base_url"],
        **(
            {"max_tokens_per_doc": request["max_tokens_per_doc"]}
            if "max_tokens_per_doc" in request
            else {}
        ),
    )
    given = [
        Document(content=text, meta={"place": place})
        for place, text in enumerate(request["documents"])
    ]
    top_k = request.get("top_n", len(given))
    found = ranker.run(query=request["query"], documents=given, top_k=top_k)["documents"]
    caller.results([(document.meta["place"], document.score) for document in found])


def sync_call(case, caller):
    """One call with `run`."""
    if case["endpoint"] == "rerank":
        rerank(case, caller)
        return
    generator, arguments = generator_of(case, caller)
    whole(generator.run(**arguments)["replies"][0], caller)


def async_call(case, caller):
    """One call with `run_async`."""

    async def call():
        generator, arguments = generator_of(case, caller)
        answer = await generator.run_async(**arguments)
        whole(answer["replies"][0], caller)

    asyncio.run(call())


serve(
    async_call if VARIANT == "async" else sync_call,
    client="cohere-haystack",
    version=version("cohere-haystack"),
    variant=VARIANT,
    endpoints=["chat"] if VARIANT == "async" else ["chat", "rerank"],
    surfaces=["text", "tool_calls", "citations", "finish", "usage", "error"],
)
