"""The events of an answer, written one by one, and the requests that they answer.

Each function gives events as JSON values, which a case may change before they are framed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.clients.cases.words import Words

__all__ = [
    "Event",
    "answer",
    "ask",
    "ask_rerank",
    "ask_with_documents",
    "ask_with_results",
    "ask_with_tools",
    "block",
    "call",
    "cite",
    "delta",
    "document",
    "end",
    "plan",
    "start",
    "tool",
    "usage",
]

Event = dict[str, Any]

_MODEL = "command-a-03-2025"
_RANKER = "rerank-v3.5"


def start(say: Words, **message: Any) -> Event:
    """The first event, in the form of the live API; `message` replaces members, None removes."""
    made: dict[str, Any] = {
        "role": "assistant",
        "content": [],
        "tool_plan": "",
        "tool_calls": [],
        "citations": [],
    }
    made |= message
    kept = {key: value for key, value in made.items() if value is not None}
    return {"id": say.uuid(), "type": "message-start", "delta": {"message": kept}}


def delta(index: int, text: str, kind: str = "text") -> Event:
    """A piece of a block."""
    return {
        "type": "content-delta",
        "index": index,
        "delta": {"message": {"content": {kind: text}}},
    }


def block(parts: Iterable[str], index: int = 0, kind: str = "text") -> list[Event]:
    """A whole block; `kind` is "text" or "thinking"."""
    first = {"message": {"content": {"type": kind, kind: ""}}}
    return [
        {"type": "content-start", "index": index, "delta": first},
        *(delta(index, part, kind) for part in parts),
        {"type": "content-end", "index": index},
    ]


def plan(parts: Iterable[str]) -> list[Event]:
    """A tool plan."""
    return [
        {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": part}}} for part in parts
    ]


def call(
    say: Words, name: str, arguments: Iterable[str] = (), index: int = 0, identity: str = ""
) -> list[Event]:
    """A tool call whose arguments come in these pieces."""
    function = {"name": name, "arguments": ""}
    first = {"id": identity or say.call_id(name), "type": "function", "function": function}
    return [
        {"type": "tool-call-start", "index": index, "delta": {"message": {"tool_calls": first}}},
        *(
            {
                "type": "tool-call-delta",
                "index": index,
                "delta": {"message": {"tool_calls": {"function": {"arguments": part}}}},
            }
            for part in arguments
        ),
        {"type": "tool-call-end", "index": index},
    ]


def cite(
    span: tuple[int, int], text: str, sources: Sequence[Any], index: int = 0, **more: Any
) -> list[Event]:
    """A citation of `text`, which stands at `span`; None in `more` removes a member."""
    made = {"start": span[0], "end": span[1], "text": text, "sources": sources}
    made |= {"type": "TEXT_CONTENT", **more}
    citation = {key: value for key, value in made.items() if value is not None}
    return [
        {"type": "citation-start", "index": index, "delta": {"message": {"citations": citation}}},
        {"type": "citation-end", "index": index},
    ]


def usage(say: Words) -> dict[str, Any]:
    """Token counts, those billed and those used."""
    given, taken = say.number(3, 400), say.number(2, 300)
    tokens = {"input_tokens": given + say.number(50, 90), "output_tokens": taken + say.number(1, 9)}
    billed = {"input_tokens": given, "output_tokens": taken}
    return {"billed_units": billed, "tokens": tokens, "cached_tokens": 0}


def end(say: Words, reason: str = "COMPLETE", **more: Any) -> Event:
    """The last event; None in `more` removes a member of its delta."""
    made = {"finish_reason": reason, "usage": usage(say), **more}
    kept = {key: value for key, value in made.items() if value is not None}
    return {"type": "message-end", "delta": kept}


def answer(say: Words, count: int = 4) -> list[Event]:
    """A plain answer of so many deltas."""
    return [start(say), *block(say.parts(count)), end(say)]


def ask(say: Words, **more: Any) -> dict[str, Any]:
    """A question without options; `more` are further members."""
    messages = [{"role": "user", "content": f"Tell me about {say.phrase(3)}"}]
    return {"model": _MODEL, "messages": messages, "stream": True} | more


def tool(name: str, *arguments: str, required: bool = True) -> dict[str, Any]:
    """A function whose arguments are texts."""
    parameters: dict[str, Any] = {
        "type": "object",
        "properties": {each: {"type": "string"} for each in arguments},
    }
    if required and arguments:
        parameters["required"] = list(arguments)
    function = {"name": name, "description": f"Looks up the {name}.", "parameters": parameters}
    return {"type": "function", "function": function}


def ask_with_tools(say: Words, *tools: dict[str, Any]) -> dict[str, Any]:
    """A question with functions that the model may call."""
    return ask(say, tools=list(tools))


def document(say: Words, identity: str) -> dict[str, Any]:
    """A document with an id."""
    return {"id": identity, "data": {"title": say.word(), "text": say.phrase(6)}}


def ask_with_documents(say: Words, *documents: Any) -> dict[str, Any]:
    """A question with documents to cite."""
    return ask(say, documents=list(documents))


def ask_with_results(say: Words, name: str, results: dict[str, Any]) -> dict[str, Any]:
    """A question whose tool calls are answered: from the id of each call to its content."""
    arguments = json.dumps({"place": say.word()})
    calls = [
        {"id": each, "type": "function", "function": {"name": name, "arguments": arguments}}
        for each in results
    ]
    request = ask(say, tools=[tool(name, "place")])
    request["messages"] += [
        {"role": "assistant", "tool_plan": f"I will ask {say.word()}.", "tool_calls": calls},
        *(
            {"role": "tool", "tool_call_id": key, "content": value}
            for key, value in results.items()
        ),
    ]
    return request


def ask_rerank(say: Words, count: int = 4, **more: Any) -> dict[str, Any]:
    """A request to rank so many documents."""
    documents = [say.phrase(5) for _ in range(count)]
    return {"model": _RANKER, "query": say.phrase(3), "documents": documents, **more}
