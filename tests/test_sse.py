"""The decoder reads what WHATWG HTML 9.2 says, however the bytes arrive."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.sse import Decoder, decode

DATA = json.loads((Path(__file__).parent / "data" / "sse_cases.json").read_bytes())
CASES = [pytest.param(case, id=case["name"]) for case in DATA["cases"]]
# Larger inputs are cut at some places only: all of them would take minutes.
ALL_SPLITS = 2_000


def bytes_of(case: dict[str, Any]) -> bytes:
    """The input of a vector."""
    if "input_hex" in case:
        return bytes.fromhex(case["input_hex"])
    return b"".join(part["s"].encode() * part.get("times", 1) for part in case["input_parts"])


def text_of(event: dict[str, Any]) -> str:
    """The data that a vector expects of an event."""
    if "data" in event:
        return str(event["data"])
    return "".join(part["s"] * part.get("times", 1) for part in event["data_parts"])


def decoded(chunks: list[bytes]) -> tuple[Any, ...]:
    """Events, final state, oddities and places of a body that comes in these chunks."""
    decoder = Decoder()
    frames = [frame for chunk in chunks for frame in decoder.feed(chunk)]
    decoder.close()
    events = [(frame.name or "message", frame.data, frame.last_id) for frame in frames]
    odd = {kind: (oddity.byte, oddity.count) for kind, oddity in decoder.oddities.items()}
    places = [(frame.start, frame.end, frame.data_at) for frame in frames]
    return events, (decoder.last_event_id, decoder.reconnection_ms), odd, places


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict[str, Any]) -> None:
    """Each vector gives its events and its final state, sent whole and in its own chunks."""
    body = bytes_of(case)
    expected = [(e["event"], text_of(e), e["id"]) for e in case["events"]]
    final = (case["final"]["last_event_id"], case["final"]["reconnection_ms"])
    sent = [[body]]
    if "chunks_hex" in case:
        sent.append([bytes.fromhex(chunk) for chunk in case["chunks_hex"]])

    for chunks in sent:
        events, state, _, _ = decoded(chunks)
        assert (events, state) == (expected, final)


@pytest.mark.parametrize("case", CASES)
def test_chunks_carry_no_meaning(case: dict[str, Any]) -> None:
    """Every two-way split and one byte at a time give the same events, places and oddities."""
    body = bytes_of(case)
    whole = decoded([body])
    if len(body) <= ALL_SPLITS:
        cuts = list(range(len(body) + 1))
        assert decoded([body[i : i + 1] for i in range(len(body))]) == whole
    else:
        cuts = [1, 2, 5, 6, 7, 8192, 65536, len(body) - 2, len(body) - 1]

    for cut in cuts:
        assert decoded([body[:cut], body[cut:]]) == whole


@given(
    st.lists(
        st.sampled_from(
            [b"data: a", b"data:", b"data", b"event: x", b": c", b"id: 7", b"\n", b"\r", b"\r\n",
             b"\n\n", b"\xef\xbb\xbf", b"\xc3", b"\xa9", b"retry: 5", b"x: y", b" "]
        ),
        max_size=14,
    ),
    st.lists(st.integers(0, 60), max_size=4),
)  # fmt: skip
def test_any_bytes_any_chunks(pieces: list[bytes], cuts: list[int]) -> None:
    """Arbitrary bytes in arbitrary chunks decode alike, with each frame's bytes where it says."""
    body = b"".join(pieces)
    edges = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    chunks = [body[a:b] for a, b in itertools.pairwise(edges)]

    whole = decoded([body])

    assert decoded(chunks) == whole
    assert all(0 <= start < end <= len(body) for start, end, _ in whole[3])


def test_fast_and_slow_path_agree() -> None:
    """The form that is matched whole gives what the line machine gives, byte by byte."""
    body = "".join(
        f"event: content-delta\ndata: {json.dumps({'n': n, 'text': 'é' * n})}\n\n"
        for n in range(20)
    ).encode()

    assert decoded([body]) == decoded([body[i : i + 1] for i in range(len(body))])


def test_memory_is_bounded_by_the_largest_event() -> None:
    """After each event the decoder keeps nothing of it."""
    decoder = Decoder()
    block = b"event: a\ndata: " + b"x" * 1000 + b"\n\n"

    for _ in range(200):
        assert len(decoder.feed(block)) == 1
        assert len(decoder._buffer) == 0


def test_pending_is_what_the_end_cut_off() -> None:
    """An event without its blank line is not dispatched; `pending` has it."""
    frames, decoder = decode(b"data: a\n\nevent: b\ndata: c")

    assert [frame.data for frame in frames] == ["a"]
    assert decoder.pending is not None
    assert (decoder.pending.name, decoder.pending.data, decoder.pending.start) == ("b", "c", 9)


def test_byte_of_a_character() -> None:
    """A position in the data leads back to its byte, over several data lines too."""
    body = "event: x\ndata: é€\ndata:ü!\n\n".encode()
    (frame,), _ = decode(body)

    assert frame.data == "é€\nü!"
    assert [body[frame.byte_of(i) :][:1] for i in (0, 1, 3, 4)] == [
        "é".encode()[:1], "€".encode()[:1], "ü".encode()[:1], b"!",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xef\xbb\xbfdata: a\n\n", "byte-order-mark"),
        (b"data: a\r\n\r\n", "crlf-line-end"),
        (b"data: a\r\r", "cr-line-end"),
        (b": ping\n\n", "comment"),
        (b"foo: bar\ndata: a\n\n", "unknown-field"),
        (b"data: a\ndata: b\n\n", "split-data"),
        (b"id: 1\ndata: a\n\n", "id-field"),
        (b"retry: 1\ndata: a\n\n", "retry-field"),
        (b"data:a\n\n", "no-space-after-colon"),
        (b"data: a\nevent: b\n\n", "event-after-data"),
        (b"event: b\n\n", "event-without-data"),
        (b"data: \xff\n\n", "not-utf-8"),
    ],
)
def test_oddities_are_reported(body: bytes, kind: str) -> None:
    """What is unusual about the framing is counted under its name."""
    _, decoder = decode(body)

    assert kind in decoder.oddities
