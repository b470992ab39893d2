"""any-llm with its Cohere provider: `acompletion` and `arerank`."""

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))

from any_llm import AnyLLM
from any_llm.exceptions import UnsupportedParameterError
from harness import CHANNELS, Unsupported, only, serve
from openai_style import note, tool_plan_as_content

# member of the API -> name in OpenAI's form; the rest is handed through under its own name
NAMES = {"p": "top_p", "stop_sequences": "stop"}
CHAT = [
    "model", "messages", "tools", "strict_tools", "documents", "citation_options", "response_format",
    "safety_mode", "max_tokens", "stop_sequences", "temperature", "seed", "frequency_penalty",
    "presence_penalty", "k", "p", "tool_choice", "thinking", "priority", "logprobs",
]  # fmt: skip
RERANK = ["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"]


def format_of(asked):
    """A response format in OpenAI's form, in which a schema has a name."""
    if "json_schema" not in asked:
        return asked
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": asked["json_schema"]},
    }


def call(case, caller):
    """One call."""

    async def run():
        # Its own `api_base` is taken and not used; this name goes to the SDK beneath.
        provider = AnyLLM.create("cohere", api_key=case["api_key"], base_url=case["base_url"])
        if case["endpoint"] == "rerank":
            request = only(case["request"], RERANK)
            response = await provider.arerank(**request)
            caller.results([(row.index, row.relevance_score) for row in response.results])
            return
        request = only(case["request"], CHAT)
        made = {NAMES.get(name, name): value for name, value in request.items()}
        made["messages"] = tool_plan_as_content(request["messages"])
        if "tool_choice" in made:
            made["tool_choice"] = made["tool_choice"].lower()
        if "response_format" in made:
            made["response_format"] = format_of(made["response_format"])
        try:
            async for chunk in await provider.acompletion(stream=True, **made):
                note(chunk, caller)
        except UnsupportedParameterError as error:
            raise Unsupported(str(error)[:300]) from error

    asyncio.run(run())


serve(
    call,
    client="any-llm-sdk",
    version=version("any-llm-sdk"),
    # Without a stream the plan is the content of the message: there is a place for it.
    surfaces=[name for name in CHANNELS if name != "citations"],
)
