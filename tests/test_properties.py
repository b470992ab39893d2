"""What holds for any input: judging never fails, and says the same of the same bytes."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import json
import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.check import Verdict, check
from conformance.rules.registry import RULES
from conformance.sse import Decoder, Frame, decode
from conformance.verdict import Level
from conformance.wire import Exchange, Request, Response
from tests.authored.build import Answer, Cite, chat, document, rerank, tool, user
from tests.authored.files import files

RECORDED = [exchange for exchanges in files().values() for exchange in exchanges]
STREAMS = [one for one in RECORDED if one.response and one.response.body.startswith(b"event: ")]

some = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
# Bytes that mean something to one of the layers, beside any others.
pieces = st.sampled_from(
    [b"\r", b"\n", b"\r\n", b"\n\n", b"\xff", b"\xef\xbb\xbf", b"\0", b'"', b"{", b"}", b"[", b"\\",
     b"data:", b"event: message-end\n", b"data: [DONE]\n\n", b"null", b"NaN", b"1e999", b"-1",
     b"\\ud800", b"9" * 5000, b"[" * 3000, b'"type":"content-end"', b'"index":7']
)  # fmt: skip


@st.composite
def edited_bytes(draw: st.DrawFn, original: bytes) -> bytes:
    """Bytes of which a few stretches were deleted, repeated or replaced."""
    data = original
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(start + draw(st.integers(0, 40)), len(data))
        new = draw(pieces | st.binary(max_size=5) | st.just(data[start:end] * 2))
        data = data[:start] + new + data[end:]
    return data


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON value, the value itself included."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(place for key, one in inner for place in _places(one, (*path, key)))]


@st.composite
def edited_json(draw: st.DrawFn, original: Any) -> Any:
    """A JSON value in which a few places hold something else, or nothing."""
    value: Any = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 3))):
        places = _places(value)[1:]
        if not places:
            break
        *path, last = draw(st.sampled_from(places))
        holder: Any = value
        for key in path:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = draw(json_values)
        else:
            del holder[last]
    return value


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


@st.composite
def edited_exchanges(draw: st.DrawFn) -> Exchange:
    """One of our recordings, broken somewhere: in bytes, in JSON, in status or headers."""
    exchange = draw(st.sampled_from(RECORDED))
    request, response = exchange.request, exchange.response
    assert request is not None
    assert response is not None
    how = draw(st.sampled_from(["answer", "request", "events", "members", "http"]))
    if how == "answer":
        response = dataclasses.replace(response, body=draw(edited_bytes(response.body)))
    elif how == "request":
        request = dataclasses.replace(request, body=draw(edited_bytes(request.body)))
    elif how == "members":
        body = _dumped(draw(edited_json(json.loads(request.body))))
        request = dataclasses.replace(request, body=body)
    elif how == "events":
        response = dataclasses.replace(response, body=draw(edited_events(response.body)))
    else:
        response = dataclasses.replace(
            response,
            status=draw(st.integers(100, 599)),
            headers=draw(
                st.lists(
                    st.tuples(
                        st.sampled_from(["content-type", "Content-Length", "x"]),
                        st.sampled_from(["text/event-stream", "application/json", "7", "", "ü"]),
                    ),
                    max_size=3,
                ).map(tuple)
            ),
            complete=draw(st.booleans()),
        )
    return dataclasses.replace(
        exchange,
        request=draw(st.just(request) | st.none()),
        response=response,
        endpoint=draw(st.sampled_from(["chat-stream", "rerank"])),
        observed=draw(st.booleans()),
        live=draw(st.booleans()),
    )


@st.composite
def edited_events(draw: st.DrawFn, original: bytes) -> bytes:
    """A stream whose events were changed inside, dropped, repeated and reordered."""
    blocks = original.split(b"\n\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(blocks) - 1))
        head, mark, data = blocks[at].partition(b"data: ")
        if draw(st.booleans()) and mark and data.startswith(b"{"):
            event = json.loads(data)
            blocks[at] = head + mark + _dumped(draw(edited_json(event)))
        elif draw(st.booleans()):
            blocks.insert(draw(st.integers(0, len(blocks))), blocks[at])
        elif len(blocks) > 1:
            del blocks[at]
    return b"\n\n".join(blocks)


def _assert_well_formed(verdict: Verdict) -> None:
    """Each violation is one that the reports can show."""
    exchange = verdict.exchange
    for found in verdict.violations:
        assert RULES[found.code].name == found.name
        assert found.message
        assert not re.search(r"[.\n]$|\billegal\b", found.message), found.headline
        if found.event is not None and found.events is not None:
            assert 1 <= found.event <= found.events
        if found.byte is not None and exchange.request and exchange.response:
            party = exchange.request if found.party.value == "client" else exchange.response
            assert 0 <= found.byte <= len(party.body)


@some
@given(edited_exchanges())
def test_judging_never_fails(exchange: Exchange) -> None:
    """Whatever an exchange holds, it gets a verdict, and the same one twice."""
    verdict = check(exchange)

    _assert_well_formed(verdict)
    assert verdict.violations == check(exchange).violations


@some
@given(st.binary(max_size=300), st.binary(max_size=300), st.sampled_from(["chat-stream", "rerank"]))
def test_any_bytes_get_a_verdict(sent: bytes, body: bytes, endpoint: str) -> None:
    """Bytes that have nothing to do with the API get a verdict too."""
    exchange = Exchange(
        Request("POST", "https://api.cohere.com/v2/x", (), sent),
        Response(200, (), body),
        endpoint=endpoint,
    )

    _assert_well_formed(check(exchange))


def _fed(chunks: list[bytes]) -> tuple[list[Frame], Decoder]:
    decoder = Decoder()
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)]
    decoder.close()
    return frames, decoder


@some
@given(
    st.sampled_from([one.response.body for one in STREAMS if one.response]).flatmap(
        lambda body: st.just(body) | edited_bytes(body)
    ),
    st.lists(st.integers(0, 20_000), max_size=12),
)
def test_the_edges_of_chunks_carry_no_meaning(body: bytes, edges: list[int]) -> None:
    """Frames, oddities and the rest are the same however the bytes arrive."""
    places = [0, *sorted(edge % (len(body) + 1) for edge in edges), len(body)]
    chunks = [body[a:b] for a, b in itertools.pairwise(places)]
    frames, decoder = _fed(chunks)
    whole, reference = decode(body)

    assert whole == frames
    assert reference.oddities == decoder.oddities
    assert reference.pending == decoder.pending
    assert reference.last_event_id == decoder.last_event_id
    assert reference.reconnection_ms == decoder.reconnection_ms


texts = st.text(min_size=1, max_size=12)
ANCHOR = tool("anchor", "A tool of any arguments")


def _found(exchange: Exchange) -> list[str]:
    verdict = check(exchange)
    return [v.headline for v in verdict.violations if v.level is not Level.INFO]


@st.composite
def cited_texts(draw: st.DrawFn) -> list[str | Cite]:
    """Pieces of any text, some of them with a citation of their last characters."""
    source = document("doc:0", text="x")
    parts: list[str | Cite] = []
    for text in draw(st.lists(texts, min_size=1, max_size=5)):
        parts.append(text)
        if draw(st.booleans()):
            parts.append(Cite(text[-draw(st.integers(1, len(text))) :], (source,)))
    return parts


@some
@given(cited_texts(), st.lists(texts, max_size=2))
def test_any_text_may_be_said_and_cited(parts: list[str | Cite], thoughts: list[str]) -> None:
    """A stream of sound form breaks nothing, whatever characters its texts are made of."""
    answer = Answer("any text")
    for thought in thoughts:
        answer.block("thinking", thought)
    answer.block("text", *parts)

    assert _found(chat(answer, user("Say something."), documents=["x"])) == []


@some
@given(st.lists(st.dictionaries(texts, json_values, max_size=3), min_size=1, max_size=3), texts)
def test_any_arguments_may_be_sent(calls: list[dict[str, Any]], plan: str) -> None:
    """Calls of sound form break nothing, whatever arguments they carry and however these are cut."""
    sound = [json.loads(re.sub(r"NaN|-?Infinity", "0", json.dumps(one))) for one in calls]
    answer = Answer("any arguments").plan(plan)
    for arguments in sound:
        answer.call("anchor", arguments)

    assert _found(chat(answer, user("Go."), tools=[ANCHOR], end={"reason": "TOOL_CALL"})) == []


@some
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.data())
def test_any_ranking_in_order_is_sound(scores: list[float], data: st.DataObject) -> None:
    """A rerank answer is sound whatever its scores, as long as they fall and positions are right."""
    order = data.draw(st.permutations(range(len(scores))))
    ranked = dict(zip(order, sorted(scores, reverse=True), strict=True))
    documents = [f"document {n}" for n in range(len(scores))]

    assert _found(rerank("any ranking", ranked, {"query": "q", "documents": documents})) == []
