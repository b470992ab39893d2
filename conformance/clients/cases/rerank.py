"""Rankings: every form of a good one, and those in which something is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.clients.cases.script import ask_rerank
from conformance.clients.cases.shelf import json_reply
from conformance.faults.reply import Reply
from conformance.mock.frames import to_json

if TYPE_CHECKING:
    from conformance.clients.cases.shelf import Shelf
    from conformance.clients.cases.words import Words

__all__ = ["rerank", "rerank_broken"]

_COUNT = 4
_JSON = (("content-type", "application/json"),)


def _ranking(say: Words, order: list[int], scores: list[Any] | None = None) -> dict[str, Any]:
    """A ranking in the form of the live API, with scores that fall."""
    if scores is None:
        step = say.number(1, 800_000 // len(order))
        scores = [(999_000 - place * step) / 1e6 for place in range(len(order))]
    results = [
        {"index": index, "relevance_score": score}
        for index, score in zip(order, scores, strict=True)
    ]
    meta = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}
    return {"id": say.uuid(), "results": results, "meta": meta}


def _order(say: Words, count: int) -> list[int]:
    """The numbers below `count` in any order."""
    left = list(range(count))
    return [left.pop(say.number(0, len(left) - 1)) for _ in range(count)]


def rerank(shelf: Shelf) -> None:
    """Put the good rankings."""
    for name, about, count in (
        ("usual", "a ranking of four documents", 4),
        ("one", "a ranking of one document", 1),
        ("two", "a ranking of two documents", 2),
        ("hundred", "a ranking of a hundred documents", 100),
        ("thousand", "a ranking of a thousand documents", 1000),
    ):
        say = shelf.say(name)
        value = _ranking(say, _order(say, count))
        shelf.ranked(name, about, ask_rerank(say, count), value)
    say = shelf.say("reversed")
    shelf.ranked(
        "reversed", "the last document first", ask_rerank(say), _ranking(say, [3, 2, 1, 0])
    )
    say = shelf.say("given-order")
    shelf.ranked(
        "given-order", "documents in the order given", ask_rerank(say), _ranking(say, [0, 1, 2, 3])
    )
    for name, about, top in (
        ("top-1", "the best document only", 1),
        ("top-2", "the two best documents", 2),
    ):
        say = shelf.say(name)
        value = _ranking(say, _order(say, _COUNT)[:top])
        shelf.ranked(name, about, ask_rerank(say, _COUNT, top_n=top), value)
    say = shelf.say("top-more")
    value = _ranking(say, _order(say, _COUNT))
    shelf.ranked(
        "top-more", "more asked for than there is", ask_rerank(say, _COUNT, top_n=9), value
    )
    _scores(shelf)
    _forms(shelf)
    _meta(shelf)
    say = shelf.say("same-documents")
    request = ask_rerank(say, _COUNT)
    request["documents"][2] = request["documents"][1]
    shelf.ranked(
        "same-documents", "two documents with the same text", request, _ranking(say, [2, 0, 1, 3])
    )


def _scores(shelf: Shelf) -> None:
    for name, about, scores in (
        ("ties", "documents with the same score", [0.5, 0.5, 0.5, 0.25]),
        ("zero", "scores that are 0.0", [0.9, 0.1, 0.0, 0.0]),
        ("all-zero", "nothing but scores of 0", [0, 0, 0, 0]),
        ("integers", "scores that are written 1 and 0", [1, 0.5, 0, 0]),
        ("small", "scores like 1e-7", [0.2, 1.5e-05, 1e-07, 3.2e-12]),
        ("digits", "scores of sixteen digits",
         [0.9999999999999999, 0.7234567890123457, 0.1000000000000001, 0.01]),
        ("close", "scores that differ in the seventh digit", [0.5000003, 0.5000002, 0.5000001, 0.5]),
    ):  # fmt: skip
        say = shelf.say(name)
        value = _ranking(say, _order(say, _COUNT), list(scores))
        shelf.ranked(f"scores-{name}", about, ask_rerank(say), value)


def _forms(shelf: Shelf) -> None:
    """The same in other JSON, other headers, other pieces."""
    for name, about, style in (
        ("indented", "indented JSON", {"indent": 2}),
        ("keys-sorted", "JSON whose members are sorted", {"sort_keys": True}),
    ):
        say = shelf.say(name)
        data = json.dumps(_ranking(say, _order(say, _COUNT)), **style).encode()
        shelf.ranked(name, about, ask_rerank(say), data)
    for name, about, media_type in (
        ("charset", "JSON with a charset", "application/json; charset=utf-8"),
        ("media-type-case", "a content type in mixed case", "Application/JSON"),
    ):
        say = shelf.say(name)
        value = _ranking(say, _order(say, _COUNT))
        reply = json_reply(value, media_type=media_type)
        shelf.ranked(name, about, ask_rerank(say), value, reply=reply)
    say = shelf.say("chunks")
    value = _ranking(say, _order(say, _COUNT))
    body = to_json(value)
    parts = tuple(body[at : at + 5] for at in range(0, len(body), 5))
    shelf.ranked(
        "chunks", "an answer in chunks of five bytes", ask_rerank(say), value,
        reply=Reply(200, _JSON, parts),
    )  # fmt: skip
    say = shelf.say("spaces")
    data = b"\n\n  " + to_json(_ranking(say, _order(say, _COUNT))) + b"\n\n"
    shelf.ranked("spaces", "white space around the JSON", ask_rerank(say), data)
    say = shelf.say("echo")
    request = ask_rerank(say, _COUNT)
    value = _ranking(say, _order(say, _COUNT))
    for result in value["results"]:
        result["document"] = {"text": request["documents"][result["index"]]}
    shelf.ranked("echo", "results that repeat their documents", request, value)
    for name, about, place in (
        ("extra-member", "an unknown member of the answer", "answer"),
        ("extra-result-member", "an unknown member of each result", "result"),
        ("extra-meta-member", "an unknown member of `meta`", "meta"),
        ("extra-version-member", "an unknown member of the API version", "api_version"),
        ("extra-unit", "an unknown kind of billed unit", "billed_units"),
    ):
        say = shelf.say(name)
        value = _ranking(say, _order(say, _COUNT))
        new = {"answer": [value], "result": value["results"], "meta": [value["meta"]]}
        for one in new.get(place) or [value["meta"][place]]:
            one["extra"] = 7 if place == "billed_units" else {"a": [1, None]}
        shelf.ranked(name, about, ask_rerank(say), value)


def _meta(shelf: Shelf) -> None:
    """What `meta` may tell."""
    for name, about, edit in (
        ("meta-empty", "a `meta` without members", None),
        ("warnings", "warnings", {"warnings": ["this model is old"]}),
        ("warnings-empty", "an empty list of warnings", {"warnings": []}),
        ("deprecated", "an API version that is deprecated",
         {"api_version": {"version": "2", "is_deprecated": True, "is_experimental": False}}),
        ("tokens", "counts of tokens",
         {"tokens": {"input_tokens": 120, "output_tokens": 0}, "cached_tokens": 16}),
        ("billed-tokens", "billed tokens",
         {"billed_units": {"input_tokens": 120, "output_tokens": 0, "search_units": 2}}),
        ("billed-images", "billed images and pages",
         {"billed_units": {"images": 0, "image_tokens": 0, "pages": 3, "classifications": 0}}),
        ("billed-float", "search units that are written `1.0`", {"billed_units": {"search_units": 1.0}}),
        ("billed-fraction", "search units that are a fraction", {"billed_units": {"search_units": 0.5}}),
        ("billed-zero", "no search units", {"billed_units": {"search_units": 0}}),
        ("billed-empty", "billed units without members", {"billed_units": {}}),
        ("id-no-uuid", "an id that is no UUID", {}),
    ):  # fmt: skip
        say = shelf.say(name)
        value = _ranking(say, _order(say, _COUNT))
        value["meta"] = {} if edit is None else {**value["meta"], **edit}
        if name == "id-no-uuid":
            value["id"] = "rank-1"
        shelf.ranked(name, about, ask_rerank(say), value)


def rerank_broken(shelf: Shelf) -> None:
    """Put the rankings in which something is wrong."""
    for name, about, edit in (
        ("results-null", "results that are null", None),
        ("results-missing", "an answer without results", ...),
        ("results-object", "results that are an object", {}),
        ("results-string", "results that are a text", "none"),
    ):
        say = shelf.say(name)
        value = _ranking(say, _order(say, _COUNT))
        value["results"] = edit
        if edit is ...:
            del value["results"]
        shelf.ranked(name, about, ask_rerank(say), value, failure=True)
    _broken_results(shelf)
    say = shelf.say("cut")
    data = to_json(_ranking(say, _order(say, _COUNT)))
    for name, about, reply in (
        ("cut-json", "JSON that is cut off", json_reply(data[:-30])),
        ("cut", "a connection that closes in the middle",
         Reply(200, (*_JSON, ("content-length", str(len(data)))), (data[:-30],), ends="cut")),
        ("cut-chunked", "a connection that closes between chunks",
         Reply(200, _JSON, (data[:-30],), ends="cut")),
        ("reset", "a connection that is reset in the middle",
         Reply(200, (*_JSON, ("content-length", str(len(data)))), (data[:-30],), ends="reset")),
        ("bad-utf-8", "bytes that are not UTF-8", json_reply(data[:-1] + b',"x":"\xe9"}')),
        ("two-objects", "two JSON objects", json_reply(data + data)),
    ):  # fmt: skip
        request = ask_rerank(shelf.say(name))
        # A whole ranking stands at the beginning of both.
        passable = name in ("bad-utf-8", "two-objects")
        shelf.ranked(name, about, request, b"", failure=True, reply=reply, must_report=not passable)


def _broken_results(shelf: Shelf) -> None:
    """Single results that are wrong; where nothing is lost, they may be passed on as they are."""
    for name, about, edit, reported in (
        ("score-null", "a score that is null", {"relevance_score": None}, True),
        ("score-string", "a score that is a text", {"relevance_score": "high"}, True),
        ("score-missing", "a result without a score", {"relevance_score": ...}, True),
        ("index-null", "an index that is null", {"index": None}, True),
        ("index-string", "an index that is a text", {"index": "first"}, True),
        ("index-missing", "a result without an index", {"index": ...}, True),
        ("index-float", "an index that is a fraction", {"index": 1.5}, True),
        ("index-beyond", "an index beyond the documents", {"index": 4}, False),
        ("index-far-beyond", "an index far beyond the documents", {"index": 1000}, False),
        ("index-negative", "an index of -1", {"index": -1}, False),
        ("score-above-1", "a score above 1", {"relevance_score": 1.5}, False),
        ("score-negative", "a score below 0", {"relevance_score": -0.5}, False),
    ):
        say = shelf.say(name)
        value = _ranking(say, _order(say, _COUNT))
        place = 0 if name == "score-above-1" else _COUNT - 1
        value["results"][place] |= edit
        for key, new in edit.items():
            if new is ...:
                del value["results"][place][key]
        doubtful = ("results",) if reported else ()
        shelf.ranked(
            name, about, ask_rerank(say), value,
            failure=True, must_report=reported, doubtful=doubtful,
        )  # fmt: skip
    for name, about, order, scores, top in (
        ("unsorted", "results that are not sorted", [2, 0, 1, 3], [0.2, 0.9, 0.1, 0.5], 0),
        ("index-twice", "one document twice", [1, 1, 0, 2], [0.9, 0.8, 0.2, 0.1], 0),
        ("too-many", "more results than were asked for", [1, 0, 2, 3], [0.9, 0.8, 0.2, 0.1], 2),
        ("too-few", "fewer results than documents", [1, 0], [0.9, 0.8], 0),
        ("no-results", "an empty list of results", [], [], 0),
    ):
        say = shelf.say(name)
        request = ask_rerank(say, _COUNT, **({"top_n": top} if top else {}))
        value = _ranking(say, list(order), list(scores))
        shelf.ranked(name, about, request, value, failure=True, must_report=False)
    say = shelf.say("result-null")
    value = _ranking(say, _order(say, _COUNT))
    value["results"][1] = None
    shelf.ranked(
        "result-null", "a result that is null", ask_rerank(say), value,
        failure=True, doubtful=("results",),
    )  # fmt: skip
