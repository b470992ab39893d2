"""Agno with its Cohere model, sync or async: `python adapter.py [sync|async]`."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

import cohere
from agno.media import Image
from agno.models.cohere import Cohere
from agno.models.message import Message
from harness import Unsupported, only, serve

logging.disable(logging.CRITICAL)

VARIANT = sys.argv[1] if len(sys.argv) > 1 else "sync"
# member of the API -> field of the model object
FIELDS = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "p": "top_p",
    "k": "top_k",
    "seed": "seed",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "logprobs": "logprobs",
    "strict_tools": "strict_tools",
}
# What is handed through by `request_params`.
PASSED = (
    "documents", "citation_options", "safety_mode", "stop_sequences", "thinking", "priority",
)  # fmt: skip


def message_of(message):
    """A message as Agno has them."""
    made = {"role": message["role"], "content": message.get("content")}
    if message["role"] == "user" and not isinstance(made["content"], str):
        made["images"] = []
        texts = []
        for part in message["content"]:
            if part["type"] == "text":
                texts.append(part["text"])
            elif part["image_url"]["url"].startswith("data:"):
                raise Unsupported("an image by data URI")
            else:
                made["images"].append(Image(url=part["image_url"]["url"]))
        made["content"] = "".join(texts)
    if message["role"] == "assistant":
        if message.get("tool_plan") is not None:
            raise Unsupported("a tool plan in an assistant message")
        made["tool_calls"] = message.get("tool_calls")
    if message["role"] == "tool":
        made["tool_call_id"] = message["tool_call_id"]
    return Message(**made)


def arguments_of(case, clients):
    """The model object of a call and the arguments of `invoke_stream`."""
    known = ["model", "messages", "tools", "tool_choice", "response_format", *FIELDS, *PASSED]
    request = only(case["request"], known)
    fields = {FIELDS[name]: value for name, value in request.items() if name in FIELDS}
    passed = {name: value for name, value in request.items() if name in PASSED}
    model = Cohere(id=request["model"], request_params=passed or None, **fields, **clients)
    arguments = {
        "messages": [message_of(message) for message in request["messages"]],
        "assistant_message": Message(role="assistant"),
        "tools": request.get("tools"),
        "response_format": request.get("response_format"),
    }
    if "tool_choice" in request:
        arguments["tool_choice"] = request["tool_choice"].lower()
    return model, arguments


def noter(caller):
    """A function that writes down what a response hands over."""
    calls = []

    def note(response):
        caller.text(response.content)
        caller.thinking(response.reasoning_content)
        for called in response.tool_calls or ():
            function = called["function"]
            caller.tool_call(
                len(calls),
                id=called.get("id"),
                name=function["name"],
                arguments=function["arguments"],
            )
            calls.append(json.dumps(called))
        usage = response.response_usage
        if usage is not None:
            caller.usage(usage.input_tokens, usage.output_tokens)

    return note


def sync_call(case, caller):
    """One call with `invoke_stream`."""
    client = cohere.ClientV2(api_key=case["api_key"], base_url=case["base_url"])
    model, arguments = arguments_of(case, {"client": client})
    note = noter(caller)
    for response in model.invoke_stream(**arguments):
        note(response)


def async_call(case, caller):
    """One call with `ainvoke_stream`."""

    async def call():
        client = cohere.AsyncClientV2(api_key=case["api_key"], base_url=case["base_url"])
        model, arguments = arguments_of(case, {"async_client": client})
        note = noter(caller)
        async for response in model.ainvoke_stream(**arguments):
            note(response)

    asyncio.run(call())


serve(
    async_call if VARIANT == "async" else sync_call,
    client="agno",
    version=version("agno"),
    variant=VARIANT,
    endpoints=["chat"],
    surfaces=["text", "tool_calls", "finish", "usage", "error"],
)
