"""The scenarios of rerank: every option, and documents of every kind."""

from __future__ import annotations

from typing import Any

from conformance.suite.scenarios import Scenario

__all__ = ["DOCUMENTS", "QUERY", "RERANK"]

QUERY = "How high is the tide at Brest?"
DOCUMENTS = [
    "Lorient is a harbour in the south of Brittany.",
    "The tide at Brest rises by seven metres.",
    "Mussels are cooked in white wine.",
    "Brest has a castle.",
    "At spring tide the water at Brest stands higher than at neap tide.",
]


def _scenario(name: str, says: str, **more: Any) -> Scenario:
    body = {"query": QUERY, "documents": DOCUMENTS, **more}
    return Scenario(f"rerank/{name}", says, body, role="rerank")


RERANK: tuple[Scenario, ...] = (
    _scenario("plain/all", "all documents are ranked"),
    _scenario("plain/one", "a single document", documents=DOCUMENTS[:1]),
    _scenario("plain/none-relevant", "documents that do not help",
              documents=["Mussels are cooked in white wine.", "Paper is made of wood."]),
    _scenario("plain/equal", "the same document thrice",
              documents=[DOCUMENTS[1], DOCUMENTS[0], DOCUMENTS[1], DOCUMENTS[1]]),
    _scenario("plain/yaml", "documents as YAML",
              documents=["port: Brest\nrange: 7\n", "port: Lorient\nrange: 5\n"]),
    _scenario("plain/beyond-ascii", "text of several scripts and beyond the basic plane",
              query="Wie hoch ist die Flut 🌊 in Brest?",
              documents=["Die Flut 🌊 ist hoch", "海の高さ", "שלום", "e\u0301te\u0301"]),
    _scenario("plain/long-document", "a document of some thousand words",
              documents=[*DOCUMENTS, "The sea is salty. " * 2000]),
    _scenario("plain/many", "two hundred documents",
              documents=[f"Harbour number {n} has {n * 3 % 17} berths." for n in range(200)]),
    _scenario("options/top-n", "`top_n` below the number of documents", top_n=2),
    _scenario("options/top-n-1", "`top_n` of 1", top_n=1),
    _scenario("options/top-n-all", "`top_n` equal to the number of documents",
              top_n=len(DOCUMENTS)),
    _scenario("options/top-n-beyond", "`top_n` beyond the number of documents", top_n=50),
    _scenario("options/max-tokens-per-doc", "`max_tokens_per_doc`", max_tokens_per_doc=64),
    _scenario("options/priority", "`priority`", priority=10),
    _scenario("options/all", "every option at once", top_n=3, max_tokens_per_doc=512, priority=1),
    Scenario("rerank/http/accept-json", "a client that accepts JSON only",
             {"query": QUERY, "documents": DOCUMENTS}, role="rerank",
             headers={"Accept": "application/json"}),
    Scenario("rerank/http/client-name", "the documented header `X-Client-Name`",
             {"query": QUERY, "documents": DOCUMENTS}, role="rerank",
             headers={"X-Client-Name": "cohere-conformance"}),
    Scenario("rerank/http/content-type-charset", "a media type with a parameter",
             {"query": QUERY, "documents": DOCUMENTS}, role="rerank",
             headers={"Content-Type": "application/json; charset=utf-8"}),
)  # fmt: skip
