"""Agno with its Cohere model and reranker, sync or async: `python adapter.py [sync|async]`."""

from __future__ import annotations

import asyncio
import base64
import logging
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

import cohere
from agno.knowledge.document import Document
from agno.knowledge.reranker.cohere import CohereReranker
from agno.media import Image
from agno.models.cohere import Cohere
from agno.models.message import Message
from harness import Unsupported, at, only, serve
from openai_style import tool_plan_as_content

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


def image_of(image):
    """An image as Agno has them: an address, or the bytes and their type."""
    detail, url = image.get("detail"), image["url"]
    if not url.startswith("data:"):
        return Image(url=url, detail=detail)
    kind, _, data = url.removeprefix("data:").partition(";base64,")
    return Image(content=base64.b64decode(data), mime_type=kind, detail=detail)


def message_of(message):
    """A message as Agno has them."""
    made = {"role": message["role"], "content": message.get("content")}
    if message["role"] == "user" and not isinstance(made["content"], str):
        kinds = [part["type"] for part in message["content"]]
        if kinds != sorted(kinds, reverse=True):
            raise Unsupported("an image before a text")
        texts = [part["text"] for part in message["content"] if part["type"] == "text"]
        made["content"] = "".join(texts)
        made["images"] = [
            image_of(part["image_url"]) for part in message["content"] if part["type"] != "text"
        ]
    if message["role"] == "assistant":
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
        "messages": [message_of(message) for message in tool_plan_as_content(request["messages"])],
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
            name, arguments = at(called, "function", "name"), at(called, "function", "arguments")
            caller.tool_call(len(calls), id=at(called, "id"), name=name, arguments=arguments)
            calls.append(called)
        for cited in at(response.citations, "raw") or ():
            sources = [at(source, "id") for source in at(cited, "sources") or ()]
            caller.citation(at(cited, "start"), at(cited, "end"), at(cited, "text"), sources)
        usage = response.response_usage
        if usage is not None:
            caller.usage(usage.input_tokens, usage.output_tokens, usage.cache_read_tokens)

    return note


def reranker_of(case, client):
    """The reranker of a call and the arguments of `rerank`."""
    request = only(case["request"], ["model", "query", "documents", "top_n"])
    reranker = CohereReranker(
        model=request["model"], cohere_client=client, top_n=request.get("top_n")
    )
    documents = [
        Document(content=text, id=str(number)) for number, text in enumerate(request["documents"])
    ]
    return reranker, (request["query"], documents)


def ranked(documents, caller):
    """Write down the documents in the order in which they come back."""
    caller.results([(int(document.id), document.reranking_score) for document in documents])


def sync_call(case, caller):
    """One call with `rerank` or `invoke_stream`."""
    client = cohere.ClientV2(api_key=case["api_key"], base_url=case["base_url"])
    if case["endpoint"] == "rerank":
        reranker, arguments = reranker_of(case, client)
        ranked(reranker.rerank(*arguments), caller)
        return
    model, arguments = arguments_of(case, {"client": client})
    note = noter(caller)
    for response in model.invoke_stream(**arguments):
        note(response)


def async_call(case, caller):
    """One call with `arerank` or `ainvoke_stream`."""

    async def call():
        if case["endpoint"] == "rerank":
            # The reranker has no other client in an async program.
            client = cohere.ClientV2(api_key=case["api_key"], base_url=case["base_url"])
            reranker, arguments = reranker_of(case, client)
            ranked(await reranker.arerank(*arguments), caller)
            return
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
    # A response has no place for a finish reason or a tool plan.
    surfaces=["text", "thinking", "tool_calls", "citations", "usage", "cached_tokens", "error"],
)
