"""A seed → a corpus of labelled examples as JSON, for fuzzing in any language.

The same generators as under Hypothesis, from a pseudo-random source: the same seed gives the same
bytes wherever this version runs. No example comes twice.
"""

from __future__ import annotations

import base64
import random
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.errors import UsageError

from .broken_framing import broken_framing
from .broken_requests import broken_request, fault_codes
from .broken_streams import broken_stream, stream_codes
from .framing import framing
from .given import body_of, ranked
from .message import compact, sent
from .rankings import Answer, BrokenAnswer, broken_response, rerank_response, response_ways
from .requests import chat_request, rerank_request
from .source import Seeded
from .stream import Stream, frame_of
from .streaming import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.wire import Request

    from .fault import Fault
    from .source import Source

__all__ = ["THINGS", "Example", "corpus"]

# So many examples in a row that have come before mean that there are no more.
_PATIENCE = 1000


class Example(NamedTuple):
    """One example: what it is as JSON, its bytes as they travel, and its label or None."""

    record: dict[str, Any]
    body: bytes
    fault: Fault | None


class _Wish(NamedTuple):
    broken: bool
    code: str | None
    request: dict[str, Any] | None


def corpus(
    thing: str,
    *,
    count: int,
    seed: int,
    broken: bool = False,
    code: str | None = None,
    request: dict[str, Any] | None = None,
) -> Iterator[Example]:
    """`count` different examples of a thing; `THINGS` lists what there is.

    With `broken` each has one fault, with a `code` one that breaks this rule. Answers are given to
    `request`, or to requests that come with them. Raises UsageError for a code that the thing cannot
    break, and when there are not so many different examples::

        >>> [example.fault.code for example in corpus("streams", count=1, seed=7, code="CITE-007")]
        ['CITE-007']
    """
    if thing not in THINGS:
        raise UsageError(
            f"there is no `{thing}`", where="corpus", hint=f"there are {', '.join(THINGS)}"
        )
    codes = _CODES[thing]()
    if code is not None and code not in codes:
        raise UsageError(
            f"no fault of {thing} has the code `{code}`", where="code",
            hint=f"there are {', '.join(codes)}",
        )  # fmt: skip
    wish = _Wish(broken or code is not None, code, request)
    if request is not None:
        _answerable(thing, wish)
    return _examples(thing, count, seed, wish)


def _answerable(thing: str, wish: _Wish) -> None:
    """Raise UsageError if examples of a thing cannot answer the request that is given."""
    if thing == "rerank-responses":
        ranked(wish.request, "request")
        return
    body_of(wish.request, "request")
    if thing == "streams" and wish.broken:
        # Most are the right answer to another request.
        raise UsageError(
            "broken streams answer no given request", where="request",
            hint="each comes with the request that it answers, if there is one",
        )  # fmt: skip
    if thing not in ("streams", "framings"):
        raise UsageError(f"{thing} answer no request", where="request", hint="leave it out")


def _examples(thing: str, count: int, seed: int, wish: _Wish) -> Iterator[Example]:
    # The thing is a part of the seed, so that corpora of one seed do not go in step.
    source = Seeded(random.Random(f"{thing} {seed}"))  # noqa: S311 - it is to be foreseen
    seen: set[str] = set()
    for number in range(1, count + 1):
        for _ in range(_PATIENCE):
            example = THINGS[thing](source, wish)
            key = compact(example.record)
            if key not in seen:
                break
        else:
            raise UsageError(
                f"there are no more than {len(seen)} different examples", where=thing,
                hint="ask for fewer, or for more kinds of them",
            )  # fmt: skip
        seen.add(key)
        label = None if example.fault is None else example.fault._asdict()
        record = {"id": f"{thing}/{seed}/{number}", "fault": label, **example.record}
        yield example._replace(record=record)


def _text_or_base64(name: str, raw: bytes) -> dict[str, str]:
    """Bytes as text if they are UTF-8, else in base64."""
    try:
        return {name: raw.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(raw).decode()}


def _http(request: Request) -> dict[str, Any]:
    return {
        "request": {
            "method": request.method, "path": request.path,
            "headers": [list(pair) for pair in request.headers],
            **_text_or_base64("body", request.body),
        }
    }  # fmt: skip


def _requests(endpoint: str, make: Callable[[Source], Any]) -> Callable[[Source, _Wish], Example]:
    def example(source: Source, wish: _Wish) -> Example:
        if wish.broken:
            made, fault = broken_request(source, endpoint, code=wish.code)
            return Example(_http(made), made.body, fault)
        made = sent(endpoint, make(source))
        return Example(_http(made), made.body, None)

    return example


def _told(made: Stream) -> dict[str, Any]:
    return {
        "request": made.request,
        "events": [{"event": name, "data": data} for name, data in map(frame_of, made.items)],
    }


def _stream(source: Source, wish: _Wish) -> Example:
    if wish.broken:
        made, fault = broken_stream(source, wish.code)
        return Example({**_told(made), **_text_or_base64("body", made.body)}, made.body, fault)
    made = stream(source, wish.request or chat_request(source))
    return Example({**_told(made), **_text_or_base64("body", made.body)}, made.body, None)


def _framed(source: Source, wish: _Wish) -> Example:
    told = stream(source, wish.request)
    fault = None
    if wish.broken:
        while True:
            framed, fault = broken_framing(source, told)
            if wish.code in (None, fault.code):
                break
            told = stream(source, wish.request)
    else:
        framed = framing(source, told)
    chunks = [base64.b64encode(chunk).decode() for chunk in framed.chunks]
    record = {**_told(told), "ways": list(framed.ways), "chunks_base64": chunks}
    return Example(record, framed.body, fault)


def _ranking(source: Source, wish: _Wish) -> Example:
    request = wish.request or rerank_request(source)
    if wish.broken:
        request, (answer, fault) = _broken_ranking(source, request, wish)
        return Example({"request": request, "response": _response(answer)}, answer.body, fault)
    body = compact(rerank_response(source, request)).encode()
    answer = Answer(200, (("content-type", "application/json"),), body)
    return Example({"request": request, "response": _response(answer)}, body, None)


def _broken_ranking(
    source: Source, request: dict[str, Any], wish: _Wish
) -> tuple[dict[str, Any], BrokenAnswer]:
    """A request and a broken answer to it; another request where this one cannot be broken so."""
    while True:
        try:
            return request, broken_response(source, request, wish.code)
        except UsageError:
            if wish.request is not None:
                raise
            request = rerank_request(source)


def _response(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "headers": [list(pair) for pair in answer.headers],
        **_text_or_base64("body", answer.body),
    }


THINGS: dict[str, Callable[[Source, _Wish], Example]] = {
    "chat-requests": _requests("chat-stream", chat_request),
    "rerank-requests": _requests("rerank", rerank_request),
    "streams": _stream,
    "framings": _framed,
    "rerank-responses": _ranking,
}
_FRAMING_CODES = [
    "EVENT-001",
    "EVENT-002",
    "SSE-001",
    "SSE-009",
    "SSE-014",
    "STREAM-001",
    "STREAM-003",
]
_CODES: dict[str, Callable[[], list[str]]] = {
    "chat-requests": lambda: fault_codes("chat-stream"),
    "rerank-requests": lambda: fault_codes("rerank"),
    "streams": stream_codes,
    "framings": lambda: _FRAMING_CODES,
    "rerank-responses": lambda: sorted({way.code for way in response_ways()}),
}
