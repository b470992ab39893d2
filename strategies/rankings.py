"""A rerank request → an answer to it that is right, or has one labelled fault."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.contract import contract
from conformance.errors import UsageError
from conformance.wire import Exchange, Origin, Response

from .fault import Fault
from .given import ranked
from .message import compact, printable, sent
from .mutations import Codes, Target, apply, targets
from .source import named
from .values import Body, shortened, uuid_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from .source import Source

__all__ = [
    "Answer", "BrokenAnswer", "broken_rerank_responses", "broken_response", "rerank_response",
    "rerank_responses", "response_ways",
]  # fmt: skip

_DRAWN = 12


class Answer(Response):
    """An HTTP response with a repr of one line."""

    __slots__ = ()

    def __repr__(self) -> str:
        shown = shortened(printable(self.body.decode("utf-8", "backslashreplace")))
        headers = ", ".join(f"{name}: {value}" for name, value in self.headers)
        return f"answer({self.status}, {headers}, {shown})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))

    def exchange(self, request: dict[str, Any] | None) -> Exchange:
        """The answer to a rerank request, or to one that nobody knows."""
        asked = None if request is None else sent("rerank", request)
        return Exchange(asked, self, Origin("generated answer"), endpoint="rerank")


class BrokenAnswer(NamedTuple):
    """An answer with exactly one fault, and its label."""

    response: Answer
    fault: Fault

    def __repr__(self) -> str:
        return f"({self.response!r}, {self.fault!r})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))


def rerank_responses(
    request: dict[str, Any] | None = None, *, regular: bool = False
) -> SearchStrategy[dict[str, Any]]:
    """Bodies of right answers to a rerank request.

    As many results as were asked for, each document once at most, by falling score, scores from 0
    to 1, equal ones among them. With `regular` only what the live API has been seen to send; without,
    `id` and `meta` may be less or more. Raises UsageError for a request without documents::

        >>> rerank_responses({"model": "m", "query": "q", "documents": ["a", "b"]}).example()
        {'id': '0…', 'results': [{'index': 0, 'relevance_score': 0.5}, ...], 'meta': {...}}
    """
    _size(request)  # raises here and not when the first example is drawn
    return _rerank_responses(
        *([] if request is None else [request]), **({"regular": True} if regular else {})
    )


def broken_rerank_responses(
    request: dict[str, Any] | None = None, *, code: str | None = None
) -> SearchStrategy[BrokenAnswer]:
    """Answers to a rerank request with exactly one fault: `(response, fault)`.

    Every place of the schema, what is no JSON, results out of order, twice, too many or too few,
    scores and indexes out of range, a wrong content type. With a `code` only faults of that rule
    come; a rule that this request cannot be answered against (one document has no order) gives
    UsageError when an example is drawn. Raises UsageError for a request without documents::

        >>> response, fault = broken_rerank_responses(request, code="RERANK-106").example()
    """
    if code is not None and code not in {way.code for way in response_ways()}:
        raise _no_way(code)
    _size(request)
    given = {} if request is None else {"request": request}
    return _broken_rerank_responses(**given, **({"code": code} if code else {}))


def _no_way(code: str | None) -> UsageError:
    known = sorted({way.code for way in response_ways()})
    return UsageError(
        f"no answer to this request breaks `{code}`", where="broken_rerank_responses(code)",
        hint=f"there are {', '.join(known)}; an order takes two results",
    )  # fmt: skip


def _size(request: dict[str, Any] | None) -> tuple[int, int]:
    """How many documents there are, and how many results."""
    if request is None:
        return 3, 3
    return ranked(request, "rerank_responses(request)")


def rerank_response(
    source: Source, request: dict[str, Any] | None = None, *, regular: bool = False
) -> Body:
    """A right answer; see `rerank_responses`."""
    count, size = _size(request)
    left = list(range(count))
    drawn = min(size, _DRAWN)
    order = [left.pop(source.integer(0, len(left) - 1)) for _ in range(drawn)]
    order += left[: size - drawn]
    scores = sorted((_score(source) for _ in range(drawn)), reverse=True)
    # Nobody draws ten thousand numbers: the rest falls from the last one in equal steps.
    scores += [scores[-1] * (1 - n / size) for n in range(1, size - drawn + 1)]
    results = [{"index": i, "relevance_score": s} for i, s in zip(order, scores, strict=True)]
    meta: dict[str, Any] = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}
    body = Body(id=uuid_text(source), results=results, meta=meta)
    if not regular:
        for name in source.some(tuple(_MORE), (0, 0, 1, 2)):
            _MORE[name](meta)
    return body


def _score(source: Source) -> float:
    """A score as people read it, and now and then an end of the range."""
    value = source.integer(0, 1000)
    return value / 1000 if 0 < value < 1000 else value // 1000


# What the description allows in `meta` and the live API has not been seen to send.
_MORE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "deprecated": lambda meta: meta["api_version"].update(is_deprecated=False),
    "experimental": lambda meta: meta["api_version"].update(is_experimental=True),
    "units": lambda meta: meta["billed_units"].update(images=0, input_tokens=12.0),
    "more units": lambda meta: meta["billed_units"].update(output_tokens=0, classifications=0),
    "new units": lambda meta: meta["billed_units"].update(image_tokens=0, pages=2),
    "tokens": lambda meta: meta.update(tokens={"input_tokens": 12, "output_tokens": 0}),
    "cached": lambda meta: meta.update(cached_tokens=0),
    "warnings": lambda meta: meta.update(warnings=["the model is old"]),
}

_rerank_responses = named("rerank_responses")(rerank_response)

CODES = Codes("RERANK-103", "RERANK-102", "RERANK-102", "RERANK-102", "RERANK-110", "RERANK-113")
_OF_SCHEMA = frozenset(CODES[:-1])
_JSON = (("content-type", "application/json"),)


class ResponseWay(NamedTuple):
    """One way to break an answer; `least` is how many results it takes."""

    kind: str
    code: str
    least: int
    make: Callable[[Source, dict[str, Any] | None], BrokenAnswer]


_WAYS: list[ResponseWay] = []


def _way(kind: str, code: str, least: int = 1) -> Callable[[Any], Any]:
    """Register a function that breaks the value of an answer in place."""

    def register(change: Any) -> Any:
        def make(source: Source, request: dict[str, Any] | None) -> BrokenAnswer:
            body = rerank_response(source, request)
            count = None if request is None else len(request["documents"])
            pointer, why = change(source, body, count)
            return BrokenAnswer(_answer(body), Fault(kind, pointer, code, why))

        _WAYS.append(ResponseWay(kind, code, least, make))
        return change

    return register


def _answer(body: object) -> Answer:
    raw = body if isinstance(body, bytes) else compact(body).encode()
    return Answer(200, _JSON, raw)


def _schema_way(target: Target) -> ResponseWay:
    root = contract().schema("rerank-response")

    def make(source: Source, request: dict[str, Any] | None) -> BrokenAnswer:
        body = rerank_response(source, request)
        fault = apply(source, root, body, target, CODES)
        return BrokenAnswer(_answer(body), fault)

    return ResponseWay(target.kind, target.code(CODES), 1, make)


def _text_way(kind: str, code: str, change: Callable[[Source, str], bytes | str]) -> ResponseWay:
    def make(source: Source, request: dict[str, Any] | None) -> BrokenAnswer:
        made = change(source, compact(rerank_response(source, request)))
        raw = made.encode() if isinstance(made, str) else made
        return BrokenAnswer(
            _answer(raw), Fault(kind, "", code, "the body is not what it should be")
        )

    return ResponseWay(kind, code, 1, make)


def _content_type(source: Source, request: dict[str, Any] | None) -> BrokenAnswer:
    name = source.pick(("text/plain", "text/html", "text/event-stream", "application/octet-stream"))
    raw = compact(rerank_response(source, request)).encode()
    fault = Fault("wrong Content-Type", "", "HTTP-001", f"JSON is sent as `{name}`")
    return BrokenAnswer(Answer(200, (("content-type", name),), raw), fault)


@cache
def response_ways() -> tuple[ResponseWay, ...]:
    """All ways to break an answer."""
    return (
        *(_schema_way(target) for target in targets(contract().schema("rerank-response"))),
        _text_way(
            "malformed JSON", "RERANK-101", lambda s, t: s.pick((t[:-1] + ",}", t + "}", t * 2))
        ),
        _text_way("truncated body", "RERANK-101", lambda s, t: t[: s.integer(0, len(t) - 1)]),
        _text_way("no JSON object", "RERANK-101", lambda s, t: s.pick(("[]", "null", f"[{t}]"))),
        _text_way("not a number", "RERANK-101", lambda s, t: t.replace(_FIRST, s.pick(_NANS), 1)),
        _text_way(
            "not UTF-8", "RERANK-101", lambda _, t: t.encode().replace(b'"id":"', b'"id":"\xff')
        ),
        _text_way("duplicate key", "RERANK-114", lambda _, t: t[:-1] + ',"meta":' + _META + "}"),
        ResponseWay("wrong Content-Type", "HTTP-001", 1, _content_type),
        *_WAYS,
    )


_META = '{"api_version":{"version":"2"},"billed_units":{"search_units":1}}'
_FIRST = '"results":[{'
_NANS = tuple(f'"results":[{{"a":{word},' for word in ("NaN", "Infinity", "-Infinity"))


@_way("index out of range", "RERANK-104")
def _index(source: Source, body: Body, count: int | None) -> tuple[str, str]:
    number = source.integer(0, len(body["results"]) - 1)
    # Without a request nobody knows how many documents there were.
    index = source.pick((-1, -7) if count is None else (-1, -7, count, count + 1000))
    body["results"][number]["index"] = index
    return f"/results/{number}/index", f"there is no document {index}"


@_way("repeated index", "RERANK-105", 2)
def _repeated(source: Source, body: Body, _: int | None) -> tuple[str, str]:
    number = source.integer(1, len(body["results"]) - 1)
    body["results"][number]["index"] = body["results"][number - 1]["index"]
    return f"/results/{number}/index", "a document comes twice"


@_way("not sorted", "RERANK-106", 2)
def _unsorted(source: Source, body: Body, _: int | None) -> tuple[str, str]:
    number = source.integer(1, len(body["results"]) - 1)
    body["results"][number - 1]["relevance_score"] = 0.25
    body["results"][number]["relevance_score"] = source.pick((0.5, 0.2500001, 1))
    return f"/results/{number}/relevance_score", "a result stands behind a lesser one"


@_way("score out of range", "RERANK-107")
def _high(source: Source, body: Body, _: int | None) -> tuple[str, str]:
    body["results"][0]["relevance_score"] = source.pick((1.0001, 2, 17.5, 1e9))
    return "/results/0/relevance_score", "a score is above 1"


@_way("score out of range", "RERANK-107")
def _low(source: Source, body: Body, _: int | None) -> tuple[str, str]:
    last = len(body["results"]) - 1
    body["results"][last]["relevance_score"] = source.pick((-0.0001, -1, -17.5))
    return f"/results/{last}/relevance_score", "a score is below 0"


@_way("too few results", "RERANK-108")
def _few(source: Source, body: Body, _: int | None) -> tuple[str, str]:
    kept = source.integer(0, len(body["results"]) - 1)
    del body["results"][kept:]
    return "/results", f"only {kept} results"


@_way("too many results", "RERANK-108")
def _many(_: Source, body: Body, count: int | None) -> tuple[str, str]:
    given = {result["index"] for result in body["results"]}
    more = [index for index in range(count or 0) if index not in given]
    low = body["results"][-1]["relevance_score"]
    body["results"] += [{"index": index, "relevance_score": low} for index in more]
    return "/results", "every document comes, although fewer were asked for"


@_way("another version", "RERANK-109")
def _version(source: Source, body: Body, _: int | None) -> tuple[str, str]:
    body["meta"]["api_version"]["version"] = source.pick(("1", "", "2.0", "v2"))
    return "/meta/api_version/version", "this is version 2"


@_way("no meta", "RERANK-111")
def _meta(source: Source, body: Body, _: int | None) -> tuple[str, str]:
    name = source.pick(("", "api_version", "billed_units"))
    if name:
        del body["meta"][name]
    else:
        del body["meta"]
    return f"/meta/{name}".rstrip("/"), "the answer tells less than usual"


@_way("answer id", "RERANK-112")
def _id(source: Source, body: Body, _: int | None) -> tuple[str, str]:
    if source.integer(0, 1):
        del body["id"]
    else:
        body["id"] = source.pick(("", "rerank-1", body["id"][:-1]))
    return "/id", "the id is no UUID, or absent"


def broken_response(
    source: Source, request: dict[str, Any] | None = None, code: str | None = None
) -> BrokenAnswer:
    """A broken answer; see `broken_rerank_responses`."""
    count, size = _size(request)
    fitting = [
        way
        for way in response_ways()
        if code in (None, way.code)
        and size >= way.least
        and (way.kind != "too many results" or count > size)
        # A number of results is wrong only where somebody asked for another.
        and (way.code != "RERANK-108" or request is not None)
    ]
    if not fitting:
        raise _no_way(code)
    if code is None and source.integer(0, 1):
        fitting = [way for way in fitting if way not in response_ways()[: -len(_WAYS)]]
    return source.pick(fitting).make(source, request)


_broken_rerank_responses = named("broken_rerank_responses")(broken_response)
