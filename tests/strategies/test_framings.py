"""Framings: other bytes, the same events, in chunks that hurt."""

from __future__ import annotations

import collections

from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

from conformance.check import check
from conformance.events import parse
from conformance.sse import Decoder, decode
from conformance.strategies import framings, streams
from conformance.verdict import Level

MANY = max(300, settings.default.max_examples)


@st.composite
def framed_streams(draw):
    """A stream and a framing of it."""
    stream = draw(streams())
    return stream, draw(framings(stream))


@settings(max_examples=MANY, database=None)
@given(framed_streams())
def test_a_framing_says_the_same(example):
    """Decoded, the bytes give the events of the stream, and the verdict has the same errors: none."""
    stream, framed = example
    frames, _ = decode(framed.body)
    events = [parse(frame, number) for number, frame in enumerate(frames)]

    assert stream.events == [event.data for event in events if event.type != "[DONE]"]
    assert all(not event.flaws for event in events)
    found = check(stream.exchange(framed.body)).violations
    assert [] == [v.headline for v in found if v.level is Level.ERROR]


@settings(max_examples=MANY, database=None)
@given(framed_streams())
def test_chunks_make_up_the_body(example):
    """Fed chunk by chunk, a decoder gives the same frames; no chunk is empty."""
    _, framed = example
    decoder = Decoder()
    frames = [frame for chunk in framed.chunks for frame in decoder.feed(chunk)]
    decoder.close()

    assert decode(framed.body)[0] == frames
    assert all(framed.chunks)


def test_every_liberty_is_taken():
    """Within 1,500 framings every liberty comes, and cuts inside characters and line ends."""
    seen = collections.Counter()

    @settings(max_examples=1500, database=None, derandomize=True)
    @given(framed_streams())
    def count(example):
        _, framed = example
        seen.update(framed.ways)
        place = 0
        for before, after in zip(framed.chunks, framed.chunks[1:], strict=False):
            place += len(before)
            seen["inside a character"] += after[0] & 0xC0 == 0x80
            seen["between CR and LF"] += before[-1:] == b"\r" and after[:1] == b"\n"
        seen["whole"] += len(framed.chunks) == 1

    count()

    expected = {
        "crlf", "cr", "mixed", "comments", "event after data", "split data", "no space",
        "unknown fields", "byte order mark", "escaped", "spaced", "empty blocks", "no terminator",
        "no event field", "inside a character", "between CR and LF", "whole",
    }  # fmt: skip
    assert expected == {name for name, count in seen.items() if count}


def test_events_may_be_given_as_they_are():
    """Any events with or without the terminator can be framed; the repr is one line."""
    framed = find(framings(["[DONE]"]), lambda f: "crlf" in f.ways and len(f.chunks) > 1)

    assert b"data: [DONE]\r\n\r\n" == framed.body
    assert "\n" not in pretty(framed)
    assert pretty(framed).startswith("framed(crlf, 2 chunk(s): b'")
