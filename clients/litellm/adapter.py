"""LiteLLM with `cohere_chat/...`, sync or async: `python adapter.py [sync|async]`."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
# The table of prices comes with the package; another is not to be looked for.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from harness import Unsupported, only, serve
from openai_style import note, tool_plan_as_content

VARIANT = sys.argv[1] if len(sys.argv) > 1 else "sync"
# member of the API -> name in OpenAI's form; the rest is handed through under its own name
NAMES = {"p": "top_p", "stop_sequences": "stop"}
CHAT = [
    "model", "messages", "tools", "strict_tools", "documents", "citation_options", "response_format",
    "safety_mode", "max_tokens", "stop_sequences", "temperature", "seed", "frequency_penalty",
    "presence_penalty", "k", "p", "tool_choice", "thinking", "priority", "logprobs",
]  # fmt: skip


def options_of(case):
    """The keywords of `completion`."""
    request = only(case["request"], CHAT)
    made = {NAMES.get(name, name): value for name, value in request.items()}
    made["messages"] = tool_plan_as_content(request["messages"])
    if "tool_choice" in made:
        made["tool_choice"] = made["tool_choice"].lower()
    made["model"] = f"cohere_chat/{request['model']}"
    return {
        **made,
        "stream": True,
        "stream_options": {"include_usage": True},
        "api_key": case["api_key"],
        "api_base": f"{case['base_url']}/v2/chat",
    }


def rerank_of(case):
    """The keywords of `rerank`."""
    known = ["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"]
    request = only(case["request"], known)
    request["model"] = f"cohere/{request['model']}"
    return {**request, "api_key": case["api_key"], "api_base": case["base_url"]}


def ranked(response, caller):
    """Write down a ranking."""
    caller.results([(row["index"], row["relevance_score"]) for row in response.results or ()])


def refused_in(error):
    """The options that LiteLLM refuses to hand on, by their places in the request."""
    named = re.search(r"parameters: \[(.*?)\]", str(error))
    return (
        ", ".join("/" + name.strip(" '") for name in named[1].split(","))
        if named
        else str(error)[:300]
    )


def sync_call(case, caller):
    """One call with `completion` or `rerank`."""
    try:
        if case["endpoint"] == "rerank":
            ranked(litellm.rerank(**rerank_of(case)), caller)
            return
        for chunk in litellm.completion(**options_of(case)):
            note(chunk, caller)
    except litellm.UnsupportedParamsError as error:
        raise Unsupported(refused_in(error)) from error


LOOP = asyncio.new_event_loop()


def async_call(case, caller):
    """One call with `acompletion` or `arerank`."""

    async def call():
        try:
            if case["endpoint"] == "rerank":
                ranked(await litellm.arerank(**rerank_of(case)), caller)
                return
            async for chunk in await litellm.acompletion(**options_of(case)):
                note(chunk, caller)
        except litellm.UnsupportedParamsError as error:
            raise Unsupported(refused_in(error)) from error

    # LiteLLM keeps connections for later calls, which belong to the loop that made them.
    LOOP.run_until_complete(call())


serve(
    async_call if VARIANT == "async" else sync_call,
    client="litellm",
    version=version("litellm"),
    variant=VARIANT,
)
