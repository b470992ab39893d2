"""What a client sends: each option of a call by itself, with values that are easily lost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.clients.case import Case
from conformance.clients.cases.script import ask, ask_rerank, ask_with_results, document, tool
from conformance.clients.cases.send_messages import contents, roles, turns
from conformance.clients.cases.send_options import documents, formats, tools
from conformance.clients.expected import expected_of_rerank, expected_of_stream
from conformance.mock.frames import to_json
from conformance.mock.reply import reply_to
from conformance.mock.settings import Settings
from conformance.wire import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.clients.cases.shelf import Shelf

__all__ = ["send", "send_rerank"]

Asked = dict[str, Any]

_HEADERS = (("authorization", "Bearer co-key"), ("content-type", "application/json"))
_THINKER = "command-a-reasoning-08-2025"


def send(shelf: Shelf) -> None:
    """Put the calls of a chat."""
    for name, about, value in _OPTIONS:
        member = about.split("`")[1] if "`" in about else name
        # Only older models can do without any safety.
        more = {"model": "command-r-plus-08-2024"} if value == "OFF" else {}
        _chat(shelf, name, about, ask(shelf.say(name), **{member: value}, **more))
    for make in (roles, contents, documents, tools, turns, formats, _models, _combined):
        for name, about, request in make(shelf):
            _chat(shelf, name, about, request)


def _chat(shelf: Shelf, name: str, about: str, request: Asked) -> None:
    """A case of a call that is answered as the mock answers it."""
    reply = reply_to(_request("/v2/chat", request), Settings(seed=shelf.seed))
    # A count that a client never tells would stand in the way of all that these cases are about.
    expect = replace(expected_of_stream(reply.body), doubtful=frozenset({"cached_tokens"}))
    full = f"{shelf.family}/{name}"
    shelf.put(Case(full, about, "chat", request, (reply,), kind="sending", expect=expect))


def _request(path: str, body: Asked) -> Request:
    return Request("POST", f"http://mock{path}", _HEADERS, to_json(body))


# name, what it tries (the member stands in it), value
_OPTIONS: tuple[tuple[str, str, Any], ...] = (
    ("temperature", "`temperature` between its bounds", 0.7),
    ("temperature-0", "`temperature` of zero", 0),
    ("temperature-1", "`temperature` of one", 1),
    ("p", "`p` between its bounds", 0.5),
    ("p-least", "`p` at its lower bound", 0.01),
    ("p-most", "`p` at its upper bound", 0.99),
    ("k", "`k` between its bounds", 40),
    ("k-0", "`k` of zero", 0),
    ("k-most", "`k` at its upper bound", 500),
    ("seed", "`seed` of a usual size", 12345),
    ("seed-0", "`seed` of zero", 0),
    ("seed-large", "`seed` beyond 32 bits", 9_007_199_254_740_991),
    ("frequency-penalty", "`frequency_penalty` between its bounds", 0.4),
    ("frequency-penalty-0", "`frequency_penalty` of zero", 0.0),
    ("presence-penalty", "`presence_penalty` between its bounds", 0.4),
    ("presence-penalty-0", "`presence_penalty` of zero", 0.0),
    ("max-tokens", "`max_tokens` of 100", 100),
    ("max-tokens-1", "`max_tokens` of one", 1),
    ("stop-sequences", "`stop_sequences` of two texts", ["END", "\n\n"]),
    ("stop-sequences-one", "`stop_sequences` of one text", ["<stop>"]),
    ("stop-sequences-five", "`stop_sequences` of five texts", ["a1", "b2", "c3", "d4", "e5"]),
    ("stop-sequences-empty", "`stop_sequences` without texts", []),
    ("safety-strict", "`safety_mode` STRICT", "STRICT"),
    ("safety-contextual", "`safety_mode` CONTEXTUAL", "CONTEXTUAL"),
    ("safety-off", "`safety_mode` OFF", "OFF"),
    ("logprobs", "`logprobs` asked for", True),
    ("logprobs-false", "`logprobs` not asked for", False),
    ("priority", "`priority` of 5", 5),
    ("priority-0", "`priority` of zero", 0),
    ("priority-most", "`priority` at its upper bound", 999),
    ("tools-empty", "`tools` without tools", []),
)


def _models(shelf: Shelf) -> Iterator[tuple[str, str, Asked]]:
    for name, about, value in (
        ("thinking", "`thinking` switched on", {"type": "enabled"}),
        ("thinking-budget", "`thinking` with a budget", {"type": "enabled", "token_budget": 500}),
        (
            "thinking-budget-1",
            "`thinking` with a budget of one",
            {"type": "enabled", "token_budget": 1},
        ),
        ("thinking-off", "`thinking` switched off", {"type": "disabled"}),
    ):
        yield name, about, ask(shelf.say(name), model=_THINKER, thinking=value)
    for name, about, model in (
        ("model-r7b", "another model", "command-r7b-12-2024"),
        ("model-plus", "a model with a plus in its name", "command-r-plus-08-2024"),
    ):
        yield name, about, ask(shelf.say(name), model=model)


def _combined(shelf: Shelf) -> Iterator[tuple[str, str, Asked]]:
    say = shelf.say("zeros")
    zeros = {"temperature": 0, "k": 0, "seed": 0, "frequency_penalty": 0.0, "priority": 0}
    yield "zeros", "several options of zero", ask(say, **zeros)
    say = shelf.say("sampling")
    sampling = {"temperature": 0.3, "p": 0.8, "k": 20, "seed": 7, "presence_penalty": 0.1}
    more = {"max_tokens": 60, "stop_sequences": ["END"], "priority": 3}
    yield "sampling", "all options of sampling", ask(say, **sampling, **more)
    say = shelf.say("tools-and-documents")
    yield (
        "tools-and-documents",
        "tools and documents",
        ask(say, tools=[tool(f"get_{say.word()}", "place")], documents=[document(say, "a")]),
    )
    say = shelf.say("everything")
    request = ask_with_results(say, f"get_{say.word()}", {say.call_id("get"): say.phrase()})
    request["messages"].insert(0, {"role": "system", "content": say.phrase()})
    request |= {"temperature": 0.2, "max_tokens": 200, "seed": 1, "documents": [document(say, "a")]}
    request["citation_options"] = {"mode": "FAST"}
    yield "everything", "messages of all roles with tools, documents and options", request


def send_rerank(shelf: Shelf) -> None:
    """Put the calls of a rerank."""

    def put(name: str, about: str, **more: Any) -> None:
        _rerank(shelf, name, about, ask_rerank(shelf.say(name), 4, **more))

    put("plain", "a query and four documents")
    put("top-n", "`top_n` of two", top_n=2)
    put("top-n-1", "`top_n` of one", top_n=1)
    put("top-n-more", "`top_n` above the number of documents", top_n=50)
    put("max-tokens-per-doc", "`max_tokens_per_doc` of 512", max_tokens_per_doc=512)
    put("max-tokens-per-doc-1", "`max_tokens_per_doc` of one", max_tokens_per_doc=1)
    put("priority", "`priority` of 5", priority=5)
    put("priority-0", "`priority` of zero", priority=0)
    put("everything", "all options", top_n=3, max_tokens_per_doc=100, priority=1)
    put("model-v4", "another model", model="rerank-v4.0-pro")
    say = shelf.say("texts")
    for name, about, change in (
        ("query-unicode", "a query with emoji and line ends", {"query": f"{say.word()} 😀\n\u2028é"}),
        ("query-quotes", "a query with quotation marks and braces", {"query": f'"{say.word()}" {{0}} %s'}),
        ("query-spaces", "a query with spaces at both ends", {"query": f"  {say.word()}  "}),
        ("query-long", "a query of 5 KB", {"query": say.phrase(5) * 150}),
        ("documents-one", "one document", {"documents": [say.phrase()]}),
        ("documents-unicode", "documents with characters beyond ASCII",
         {"documents": [f"{say.word()} 你好", f"😀 {say.word()}\u2028", "é\n\n" + say.word()]}),
        ("documents-yaml", "documents in YAML",
         {"documents": [f"title: {say.word()}\ntext: |\n  {say.word()}\n" for _ in range(3)]}),
        ("documents-json", "documents that are JSON as texts",
         {"documents": [json.dumps({"text": say.phrase()}) for _ in range(3)]}),
        ("documents-same", "the same document twice", {"documents": [say.word()] * 2 + [say.word()]}),
        ("documents-spaces", "documents with spaces at both ends",
         {"documents": [f" {say.word()} ", f"\n{say.word()}\n"]}),
        ("documents-long", "a document of 100 KB", {"documents": [say.phrase() * 4000, say.word()]}),
        ("documents-many", "a thousand documents",
         {"documents": [f"{say.word()} {n}" for n in range(1000)]}),
    ):  # fmt: skip
        _rerank(shelf, name, about, {**ask_rerank(shelf.say(name)), **change})


def _rerank(shelf: Shelf, name: str, about: str, request: Asked) -> None:
    reply = reply_to(_request("/v2/rerank", request), Settings(seed=shelf.seed))
    expect = replace(expected_of_rerank(reply.body), usage=())
    full = f"{shelf.family}/{name}"
    shelf.put(Case(full, about, "rerank", request, (reply,), kind="sending", expect=expect))
