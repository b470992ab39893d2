"""langchain-cohere, sync or async: `python adapter.py [sync|async]`."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "python"))
warnings.simplefilter("ignore")

from harness import CHANNELS, Unsupported, only, serve
from langchain_cohere import ChatCohere, CohereRerank
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import StructuredTool

VARIANT = sys.argv[1] if len(sys.argv) > 1 else "sync"
# The parameters that every chat model of LangChain is given when it is made.
MEMBERS = {"temperature": "temperature", "max_tokens": "max_tokens", "stop_sequences": "stop"}
# The rest is handed to `stream` as keywords, or bound to the model.
CHAT = [
    *MEMBERS, "model", "messages", "tools", "documents", "citation_options", "response_format",
    "safety_mode", "seed", "frequency_penalty", "presence_penalty", "k", "p", "logprobs",
    "tool_choice", "thinking", "priority", "strict_tools",
]  # fmt: skip
# LangChain's words for the choice of tools.
CHOICES = {"REQUIRED": "any", "NONE": "none"}


def part_of(part):
    """A part of an answer in the form in which the client hands it over."""
    if part["type"] == "thinking":
        return {"type": "reasoning", "summary": [{"text": part["thinking"]}]}
    return part


def assistant(message):
    """An assistant's turn: what it says, and its calls with their arguments parsed."""
    content = message.get("content") or message.get("tool_plan") or ""
    if isinstance(content, list):
        content = [part_of(part) for part in content]
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


def result_of(content):
    """What a tool gave: a text, or parts of which an object is a document."""
    if isinstance(content, str):
        return content
    parts = []
    for part in content:
        document = part.get("document")
        if document and "id" in document:
            raise Unsupported("the id of a document that a tool gave")
        parts.append(document["data"] if document else part)
    return parts


def messages_of(request):
    """The messages of a request as those of LangChain."""
    made = []
    for message in request["messages"]:
        role = message["role"]
        if role == "assistant":
            made.append(assistant(message))
        elif role == "tool":
            content = result_of(message["content"])
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


def document_of(document):
    """A document as a retriever of LangChain gives one, if it has a text."""
    data = document.get("data", {}) if isinstance(document, dict) else {}
    if "text" not in data:
        return document
    more = {name: value for name, value in data.items() if name != "text"}
    if "id" in document:
        more["id"] = document["id"]
    return Document(page_content=data["text"], metadata=more)


def model_of(case):
    """The model object of a call with what is bound to it, its messages, and its keywords."""
    request = only(case["request"], CHAT)
    members = {MEMBERS[name]: request.pop(name) for name in MEMBERS if name in request}
    model = ChatCohere(
        model=request.pop("model"),
        cohere_api_key=case["api_key"],
        base_url=case["base_url"],
        **members,
    )
    messages = messages_of(request)
    del request["messages"]
    if "documents" in request:
        request["documents"] = [document_of(each) for each in request["documents"]]
    if request.get("response_format", {}).get("type") == "json_object":
        schema = request.pop("response_format").get("json_schema")
        method = "json_schema" if schema else "json_mode"
        # What parses the answer stands behind the model; it has no place for anything else.
        model = model.with_structured_output(schema, method=method).first
    if "tools" in request:
        tools = [tool_of(tool) for tool in request.pop("tools")]
        choice = request.pop("tool_choice", None)
        model = model.bind_tools(tools, **({"tool_choice": CHOICES[choice]} if choice else {}))
    return model, messages, request


class Note:
    """Writes down what the chunks of one answer hand to the caller."""

    def __init__(self, caller):
        self._caller = caller
        self._numbers = itertools.count(1000)

    def take(self, chunk):
        """One chunk."""
        caller = self._caller
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
            # Chunks of one index are one call; one without an index is a call of its own.
            index = next(self._numbers) if call["index"] is None else call["index"]
            caller.tool_call(index, id=call["id"], name=call["name"], arguments=call["args"])
        for cited in chunk.additional_kwargs.get("citations") or ():
            caller.citation(cited.start, cited.end, cited.text)
        caller.finish(chunk.response_metadata.get("finish_reason"))
        usage = chunk.usage_metadata
        if usage is not None:
            cached = usage.get("input_token_details", {}).get("cache_read")
            caller.usage(usage["input_tokens"], usage["output_tokens"], cached)


def ranker_of(case, request, **members):
    """The object that ranks."""
    return CohereRerank(
        model=request.pop("model"),
        cohere_api_key=case["api_key"],
        base_url=case["base_url"],
        **members,
    )


def sync_call(case, caller):
    """One call with `stream`, or with `rerank`."""
    if case["endpoint"] == "rerank":
        known = ["model", "query", "documents", "top_n", "max_tokens_per_doc"]
        request = only(case["request"], known)
        rows = ranker_of(case, request).rerank(**{"top_n": None, **request})
        caller.results([(row["index"], row["relevance_score"]) for row in rows])
        return
    model, messages, options = model_of(case)
    note = Note(caller)
    for chunk in model.stream(messages, **options):
        note.take(chunk)


async def async_rerank(case, caller):
    """One call with `acompress_documents`, as retrievers make it."""
    request = only(case["request"], ["model", "query", "documents", "top_n"])
    texts = enumerate(request["documents"])
    documents = [Document(page_content=text, metadata={"place": n}) for n, text in texts]
    ranker = ranker_of(case, request, top_n=request.get("top_n"))
    ranked = await ranker.acompress_documents(documents, request["query"])
    caller.results([(d.metadata["place"], d.metadata["relevance_score"]) for d in ranked])


def async_call(case, caller):
    """One call with `astream`, or with `acompress_documents`."""

    async def call():
        if case["endpoint"] == "rerank":
            await async_rerank(case, caller)
            return
        model, messages, options = model_of(case)
        note = Note(caller)
        async for chunk in model.astream(messages, **options):
            note.take(chunk)

    asyncio.run(call())


serve(
    async_call if VARIANT == "async" else sync_call,
    client="langchain-cohere",
    version=version("langchain-cohere"),
    variant=VARIANT,
    surfaces=[name for name in CHANNELS if name not in ("tool_plan", "logprobs")],
    plan_as_text=True,
)
