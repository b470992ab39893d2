"""langchain-cohere, sync or async: `python adapter.py [sync|async]`."""

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
warnings.simplefilter("ignore")

from harness import Unsupported, only, serve
from langchain_cohere import ChatCohere, CohereRerank
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import StructuredTool

VARIANT = sys.argv[1] if len(sys.argv) > 1 else "sync"
# What users hand to the model object or bind to it; the rest goes to `stream` as a keyword.
CHAT = [
    "model", "messages", "tools", "documents", "citation_options", "response_format", "safety_mode",
    "max_tokens", "stop_sequences", "temperature", "seed", "frequency_penalty", "presence_penalty",
    "k", "p", "logprobs", "tool_choice", "thinking", "priority", "strict_tools",
]  # fmt: skip


def assistant(message):
    """An assistant's turn: text, and calls with their arguments parsed."""
    content = message.get("content") or message.get("tool_plan") or ""
    if isinstance(content, list):
        if any(part["type"] != "text" for part in content):
            raise Unsupported("thinking in an assistant message")
        content = "".join(part["text"] for part in content)
    calls = [
        {
            "type": "tool_call",
            "id": call["id"],
            "name": call["function"]["name"],
            "args": json.loads(call["function"].get("arguments") or "{}"),
        }
        for call in message.get("tool_calls") or ()
    ]
    return AIMessage(content=content, tool_calls=calls)


def messages_of(request):
    """The messages of a request as those of LangChain."""
    made = []
    for message in request["messages"]:
        role = message["role"]
        if role == "assistant":
            made.append(assistant(message))
        elif role == "tool":
            content = message["content"]
            if not isinstance(content, str):
                raise Unsupported("a tool result in parts")
            made.append(ToolMessage(content=content, tool_call_id=message["tool_call_id"]))
        else:
            kind = SystemMessage if role == "system" else HumanMessage
            made.append(kind(content=message["content"]))
    return made


def tool_of(tool):
    """A tool as its users define one."""
    function = tool["function"]
    return StructuredTool.from_function(
        func=lambda **_: "",
        name=function["name"],
        description=function.get("description", "-"),
        args_schema=function.get("parameters") or {"type": "object", "properties": {}},
    )


def model_of(case):
    """The model object of a call with what is bound to it, its messages, and its keywords."""
    request = only(case["request"], CHAT)
    members = {name: request.pop(name) for name in ("temperature",) if name in request}
    model = ChatCohere(
        model=request.pop("model"),
        cohere_api_key=case["api_key"],
        base_url=case["base_url"],
        **members,
    )
    messages = messages_of(request)
    del request["messages"]
    if "stop_sequences" in request:
        request["stop"] = request.pop("stop_sequences")
    if "tools" in request:
        model = model.bind_tools([tool_of(tool) for tool in request.pop("tools")])
    return model, messages, request


def note(chunk, caller):
    """Write down what a chunk hands to the caller."""
    if isinstance(chunk.content, str):
        caller.text(chunk.content)
    else:
        for part in chunk.content:
            if part.get("type") == "reasoning":
                for piece in part.get("summary", ()):
                    caller.thinking(piece.get("text"))
            elif part.get("type") == "text":
                caller.text(part.get("text"))
    for call in chunk.tool_call_chunks:
        caller.tool_call(call["index"], id=call["id"], name=call["name"], arguments=call["args"])
    for cited in chunk.additional_kwargs.get("citations") or ():
        caller.citation(cited.start, cited.end, cited.text)
    caller.finish(chunk.response_metadata.get("finish_reason"))
    usage = chunk.usage_metadata
    if usage is not None:
        caller.usage(usage["input_tokens"], usage["output_tokens"])


def rerank(case, caller):
    """One call of the reranker."""
    request = only(case["request"], ["model", "query", "documents", "top_n", "max_tokens_per_doc"])
    ranker = CohereRerank(
        model=request.pop("model"), cohere_api_key=case["api_key"], base_url=case["base_url"]
    )
    rows = ranker.rerank(**{"top_n": None, **request})
    caller.results([(row["index"], row["relevance_score"]) for row in rows])


def sync_call(case, caller):
    """One call with `stream`."""
    if case["endpoint"] == "rerank":
        rerank(case, caller)
        return
    model, messages, options = model_of(case)
    for chunk in model.stream(messages, **options):
        note(chunk, caller)


def async_call(case, caller):
    """One call with `astream`."""

    async def call():
        model, messages, options = model_of(case)
        async for chunk in model.astream(messages, **options):
            note(chunk, caller)

    asyncio.run(call())


serve(
    async_call if VARIANT == "async" else sync_call,
    client="langchain-cohere",
    version=version("langchain-cohere"),
    variant=VARIANT,
    endpoints=["chat"] if VARIANT == "async" else ["chat", "rerank"],
    surfaces=["text", "thinking", "tool_calls", "citations", "finish", "usage", "error"],
)
