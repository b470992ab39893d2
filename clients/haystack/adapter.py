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
from haystack.dataclasses import ChatMessage, ImageContent, TextContent, ToolCall
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
    image = part["image_url"]
    if not image["url"].startswith("data:"):
        # Haystack would load it itself and send what it got.
        raise Unsupported("an image by its address")
    head, _, data = image["url"].partition(",")
    kind = head[5:].partition(";")[0]
    return ImageContent(base64_image=data, mime_type=kind, detail=image.get("detail"))


def text_of(content, kind="text"):
    """The parts of one kind as the one text that Haystack has a place for."""
    if isinstance(content, str) or content is None:
        return (content or None) if kind == "text" else None
    return "".join(part[kind] for part in content if part["type"] == kind) or None


def result_of(content):
    """A tool result: a text, or parts of text."""
    if isinstance(content, str):
        return content
    if any(part["type"] != "text" for part in content):
        raise Unsupported("a tool result that is a document")
    return [TextContent(part["text"]) for part in content]


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
            thought = text_of(content, "thinking")
            made.append(
                ChatMessage.from_assistant(text, tool_calls=asked or None, reasoning=thought)
            )
        else:
            origin = calls[message["tool_call_id"]]
            made.append(ChatMessage.from_tool(result_of(content), origin=origin))
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
        caller.logprobs(at(chunk.meta.get("logprobs"), "logprobs"))
        for call in chunk.tool_calls or ():
            caller.tool_call(call.index, id=call.id, name=call.tool_name, arguments=call.arguments)
        for cited in chunk.meta.get("citations") or ():
            sources = [at(source, "id") for source in at(cited, "sources") or ()]
            caller.citation(at(cited, "start"), at(cited, "end"), at(cited, "text"), sources)

    return note


def whole(reply, caller):
    """Write down what only the whole reply tells."""
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


def ranker_of(case):
    """The ranker of a call and the arguments of its `run`."""
    request = only(case["request"], ["model", "query", "documents", "top_n", "max_tokens_per_doc"])
    options = {name: request[name] for name in ("max_tokens_per_doc",) if name in request}
    ranker = CohereRanker(
        model=request["model"],
        api_key=Secret.from_token(case["api_key"]),
        api_base_url=case["base_url"],
        **options,
    )
    given = [
        Document(content=text, meta={"place": place})
        for place, text in enumerate(request["documents"])
    ]
    return ranker, {"query": request["query"], "documents": given, "top_k": request.get("top_n")}


def ranked(answer, caller):
    """Write down the documents in the order in which they came."""
    caller.results([(document.meta["place"], document.score) for document in answer["documents"]])


def sync_call(case, caller):
    """One call with `run`."""
    if case["endpoint"] == "rerank":
        ranker, arguments = ranker_of(case)
        ranked(ranker.run(**arguments), caller)
    else:
        generator, arguments = generator_of(case, caller)
        whole(generator.run(**arguments)["replies"][0], caller)


async def async_call(case, caller):
    """One call with `run_async`."""
    if case["endpoint"] == "rerank":
        ranker, arguments = ranker_of(case)
        ranked(await ranker.run_async(**arguments), caller)
    else:
        generator, arguments = generator_of(case, caller)
        answer = await generator.run_async(**arguments)
        whole(answer["replies"][0], caller)


def in_loop(case, caller):
    """One call with `run_async`, from a program that is not asynchronous."""
    asyncio.run(async_call(case, caller))


serve(
    in_loop if VARIANT == "async" else sync_call,
    client="cohere-haystack",
    version=version("cohere-haystack"),
    variant=VARIANT,
    surfaces=[
        "text",
        "thinking",
        "tool_calls",
        "citations",
        "finish",
        "usage",
        "logprobs",
        "error",
    ],
    plan_as_text=True,
)
