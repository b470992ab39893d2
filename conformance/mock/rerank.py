"""A rerank request → its documents in order of relevance to the query.

Relevance is lexical: Okapi BM25 as SQLite's full-text search computes it, with stemming of English
words. A few rows of nothing stand beside the documents, so that a word does not lose its weight by
standing in all of three documents. Equal documents have equal scores, and ties keep the order of
the request, so that a smaller `top_n` gives a beginning of the same ranking.
"""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any

from conformance.errors import ConformanceError

if TYPE_CHECKING:
    from conformance.mock.chance import Chance
    from conformance.mock.profiles import Profile

__all__ = ["rerank", "scores"]

# A run of letters or digits; where words are written without blanks, each character is one.
_TERM = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
    r"\U00020000-\U0003ffff]|[^\W_]+"
)
_MOST_QUERY_TERMS = 200
_TOKENS_PER_DOCUMENT = 4096
_BACKGROUND = 20
_FLOOR, _HALF = 0.02, 2.0
_DOCUMENTS_PER_UNIT = 100


def _terms(text: str, most: int) -> list[str]:
    found: list[str] = []
    for match in _TERM.finditer(text):
        found.append(match[0].lower())
        if len(found) >= most:
            break
    return found


def scores(query: str, documents: list[str], most: int = _TOKENS_PER_DOCUMENT) -> list[float]:
    """A score from 0 to 1 for each document; only its first `most` words count.

    Raises ConformanceError when this Python's SQLite has no full-text search.
    """
    asked = list(dict.fromkeys(_terms(query, _MOST_QUERY_TERMS)))
    texts = [_terms(document, most) for document in documents]
    raw = dict.fromkeys(range(len(documents)), 0.0)
    if asked:
        raw |= _bm25(asked, texts)
    return [round((raw[n] + _FLOOR) / (raw[n] + _HALF), 8) for n in range(len(documents))]


def _bm25(asked: list[str], texts: list[list[str]]) -> dict[int, float]:
    mean = sum(map(len, texts)) // max(1, len(texts))
    filler = " ".join(["0x0"] * max(1, mean))
    base = sqlite3.connect(":memory:")
    try:
        base.execute(
            "CREATE VIRTUAL TABLE pool USING fts5(words, tokenize='porter unicode61', detail=full)"
        )
        rows = [(number + 1, " ".join(text)) for number, text in enumerate(texts)]
        extra = _BACKGROUND + min(len(texts), 100)
        rows += [(len(texts) + 1 + number, filler) for number in range(extra)]
        base.executemany("INSERT INTO pool(rowid, words) VALUES (?, ?)", rows)
        wanted = " OR ".join(f'"{term}"' for term in asked)
        found = base.execute("SELECT rowid, bm25(pool) FROM pool WHERE pool MATCH ?", (wanted,))
        return {row - 1: -score for row, score in found if row <= len(texts)}
    except sqlite3.OperationalError as error:
        if "fts5" not in str(error):
            raise
        raise ConformanceError(
            "this Python's SQLite has no full-text search, which ranks documents",
            hint="use a Python whose `sqlite3` is built with FTS5",
        ) from error
    finally:
        base.close()


def rerank(body: dict[str, Any], chance: Chance, profile: Profile) -> dict[str, Any]:
    """The answer to a valid rerank request."""
    documents = [text if isinstance(text, str) else "" for text in body["documents"]]
    limit = body.get("max_tokens_per_doc")
    most = int(limit) if isinstance(limit, (int, float)) and limit >= 1 else _TOKENS_PER_DOCUMENT
    found = scores(str(body["query"]), documents, min(most, _TOKENS_PER_DOCUMENT))
    order = sorted(range(len(found)), key=lambda number: (-found[number], number))
    top = body.get("top_n")
    if isinstance(top, (int, float)):
        order = order[: int(min(top, len(order)))]
    answer: dict[str, Any] = {}
    if profile.meta:
        answer["id"] = chance.uuid("rerank")
    answer["results"] = [{"index": n, "relevance_score": found[n]} for n in order]
    if profile.meta:
        units = -(-len(documents) // _DOCUMENTS_PER_UNIT)
        meta: dict[str, Any] = {
            "api_version": {"version": "2"},
            "billed_units": {"search_units": units},
        }
        if profile.rich:
            words = sum(len(_terms(text, most)) for text in documents)
            meta["api_version"] |= {"is_deprecated": False, "is_experimental": False}
            meta["tokens"] = {"input_tokens": words, "output_tokens": 0}
            meta["cached_tokens"] = 0
            meta["warnings"] = []
        answer["meta"] = meta
    return answer
