"""The official Python SDK, sync or async: `python adapter.py [sync|async]`."""

from __future__ import annotations

import asyncio
import inspect
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

import cohere
from harness import at, only, serve

VARIANT = sys.argv[1] if len(sys.argv) > 1 else "sync"
CHAT = set(inspect.signature(cohere.ClientV2.chat_stream).parameters)
RERANK = set(inspect.signature(cohere.ClientV2.rerank).parameters)


def note(event, caller):
    """Write down what an event hands to the caller."""
    kind, message = event.type, at(event, "delta", "message")
    if kind in {"content-start", "content-delta"}:
        caller.text(at(message, "content", "text"))
        caller.thinking(at(message, "content", "thinking"))
        caller.logprobs(at(event, "logprobs", "logprobs"))
    elif kind == "tool-plan-delta":
        caller.tool_plan(at(message, "tool_plan"))
    elif kind == "tool-call-start":
        call = at(message, "tool_calls")
        name, arguments = at(call, "function", "name"), at(call, "function", "arguments")
        caller.tool_call(event.index, id=at(call, "id"), name=name, arguments=arguments)
    elif kind == "tool-call-delta":
        caller.tool_call(event.index, arguments=at(message, "tool_calls", "function", "arguments"))
    elif kind == "citation-start":
        cited = at(message, "citations")
        sources = [at(source, "id") for source in at(cited, "sources") or ()]
        caller.citation(at(cited, "start"), at(cited, "end"), at(cited, "text"), sources)
    elif kind == "message-end":
        caller.finish(at(event, "delta", "finish_reason"))
        caller.failed(at(event, "delta", "error"))
        usage = at(event, "delta", "usage")
        tokens = at(usage, "tokens") or at(usage, "billed_units")
        cached = at(usage, "cached_tokens")
        caller.usage(at(tokens, "input_tokens"), at(tokens, "output_tokens"), cached)


def ranked(response, caller):
    """Write down a ranking; there is none where the server sent none."""
    results = at(response, "results")
    if isinstance(results, list):
        caller.results([(at(one, "index"), at(one, "relevance_score")) for one in results])


def sync_call(case, caller):
    """One call with ClientV2."""
    client = cohere.ClientV2(api_key=case["api_key"], base_url=case["base_url"])
    if case["endpoint"] == "rerank":
        ranked(client.rerank(**only(case["request"], RERANK)), caller)
        return
    for event in client.chat_stream(**only(case["request"], CHAT)):
        note(event, caller)


def async_call(case, caller):
    """One call with AsyncClientV2."""

    async def call():
        client = cohere.AsyncClientV2(api_key=case["api_key"], base_url=case["base_url"])
        if case["endpoint"] == "rerank":
            ranked(await client.rerank(**only(case["request"], RERANK)), caller)
            return
        async for event in client.chat_stream(**only(case["request"], CHAT)):
            note(event, caller)

    asyncio.run(call())


serve(
    async_call if VARIANT == "async" else sync_call,
    client="cohere",
    version=cohere.__version__,
    variant=VARIANT,
)
