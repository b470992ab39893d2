"""Requests and chunks of libraries that speak OpenAI's form whatever API is behind them."""

from __future__ import annotations

from harness import Unsupported, at


def tool_plan_as_content(messages):
    """The messages of a request with the plan where OpenAI's form has a place for it: the content."""
    made = []
    for message in messages:
        if message.get("tool_plan") is None:
            made.append(message)
            continue
        if message.get("content"):
            raise Unsupported("a tool plan beside content")
        kept = {name: value for name, value in message.items() if name != "tool_plan"}
        made.append({**kept, "content": message["tool_plan"]})
    return made


def note(chunk, caller):
    """Write down what a chunk hands to the caller."""
    for choice in chunk.choices:
        delta = choice.delta
        caller.text(at(delta, "content"))
        reasoning = at(delta, "reasoning_content") or at(delta, "reasoning", "content")
        caller.thinking(reasoning)
        for call in at(delta, "tool_calls") or ():
            function = at(call, "function")
            name, arguments = at(function, "name"), at(function, "arguments")
            caller.tool_call(at(call, "index"), id=at(call, "id"), name=name, arguments=arguments)
        fields = at(delta, "provider_specific_fields") or {}
        caller.tool_plan(fields.get("tool_plan"))
        for cited in fields.get("citations") or ():
            sources = [at(source, "id") for source in at(cited, "sources") or ()]
            caller.citation(at(cited, "start"), at(cited, "end"), at(cited, "text"), sources)
        told = at(choice, "logprobs", "content") or ()
        caller.logprobs([at(token, "logprob") for token in told])
        caller.finish(choice.finish_reason)
    usage = at(chunk, "usage")
    if usage is not None:
        cached = at(usage, "prompt_tokens_details", "cached_tokens")
        caller.usage(at(usage, "prompt_tokens"), at(usage, "completion_tokens"), cached)
