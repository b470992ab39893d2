from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.proxy.framing import End, Head, NotHttp, Part, Reader

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
OPEN = b"HTTP/1.0 200 OK\r\n\r\n"


def read(*pieces, of_requests=False, bodiless=False):
    """Feed pieces to a reader; the reader, heads, the body as it came and unframed, and the ends."""
    reader = Reader(of_requests=of_requests)
    reader.bodiless = bodiless
    items = [item for piece in pieces for item in reader.feed(piece)]
    heads = [item for item in items if isinstance(item, Head)]
    raw = b"".join(item.raw for item in items if isinstance(item, Part))
    content = b"".join(item.content for item in items if isinstance(item, Part))
    return reader, heads, raw, content, [item for item in items if isinstance(item, End)]


chunks = st.lists(st.binary(min_size=1, max_size=40), max_size=5)
cuts = st.lists(st.integers(0, 400), max_size=12)


def split(data, places):
    """Data cut at these places."""
    edges = sorted({0, len(data), *(place for place in places if place < len(data))})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(chunks, cuts, st.sampled_from([b"", b";name=x"]), st.sampled_from([b"", b"X-Sum: 1\r\n"]))
def test_chunks_in_any_pieces(bodies, places, extension, trailer):
    """However the bytes arrive, the body is the same with its framing and without, and ends once."""
    framed = b"".join(b"%x%s\r\n%s\r\n" % (len(one), extension, one) for one in bodies)
    framed += b"0\r\n" + trailer + b"\r\n"
    reader, heads, raw, content, ends = read(*split(CHUNKED + framed + b"more", places))

    assert [200] == [head.status for head in heads]
    assert framed == raw
    assert b"".join(bodies) == content
    assert [End(whole=True)] == ends
    assert b"more" == reader.rest


@given(cuts)
def test_a_length_in_any_pieces(places):
    """A body of an announced length ends there, and what follows is kept apart."""
    reader, _, raw, _, ends = read(*split(SIZED + b"helloHTTP", places))

    assert (b"hello", [End()], b"HTTP") == (raw, ends, reader.rest)


def test_no_length():
    """A response without a length ends with the connection, and is whole then."""
    reader, _, raw, _, ends = read(OPEN, b"abc", b"def")

    assert (b"abcdef", [], End(whole=True)) == (raw, ends, reader.close())


@pytest.mark.parametrize(
    "data", [CHUNKED + b"5\r\nhel", CHUNKED + b"5\r\nhello\r\n", SIZED + b"hell", SIZED[:-2]]
)
def test_a_connection_that_ends_too_early(data):
    """A message that was cut is not whole."""
    reader, *_ = read(data)

    assert End(whole=False) == reader.close()


def test_a_connection_that_ends_between_messages():
    """The end of an idle connection ends no message."""
    reader, *_, ends = read(SIZED + b"hello")

    assert [End()] == ends
    assert None is reader.close()
    assert b"" == reader.again()
    assert reader.idle
    assert None is reader.close()


@pytest.mark.parametrize("framed", [b"xyz\r\nhello", b"2\r\nhello\r\n0\r\n\r\n", b"-1\r\n"])
def test_chunks_that_are_none(framed):
    """Bytes in no valid framing are passed on all the same, and the message is not whole."""
    reader, _, raw, _, ends = read(CHUNKED + framed, b"tail")

    assert framed + b"tail" == raw
    assert [] == ends
    assert End(whole=False) == reader.close()


@pytest.mark.parametrize(
    ("data", "bodiless"),
    [
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", False),
        (b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", False),
        (SIZED, True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", False),
    ],
)
def test_responses_without_a_body(data, bodiless):
    """204, 304, the answer to HEAD and a length of zero end with their head."""
    _, heads, raw, _, ends = read(data, bodiless=bodiless)

    assert (1, b"", [End()]) == (len(heads), raw, ends)


def test_interim_responses():
    """Any number of 1xx responses may come before the one that counts."""
    _, heads, _, content, ends = read(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + SIZED,
        b"hello",
    )

    assert [100, 103, 200] == [head.status for head in heads]
    assert (b"hello", [End()]) == (content, ends)


def test_requests():
    """Empty lines before a request are passed over; without a length it has no body."""
    reader, heads, raw, _, ends = read(
        b"\r\n\r\nGET /v2/chat?a=1 HTTP/1.0\r\nHost: x\r\n\r\n", of_requests=True
    )

    assert ["GET", "/v2/chat?a=1", 0, False] == [
        heads[0].method, heads[0].target, heads[0].version, heads[0].keeps_alive,
    ]  # fmt: skip
    assert (b"", [End()], b"") == (raw, ends, reader.rest)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n", True), (b"HTTP/1.1 200 OK\r\nConnection: Close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False), (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", True),
        (b"HTTP/1.1 200\r\nConnection: a, close\r\n", False),
    ],
)  # fmt: skip
def test_lasting_connections(line, expected):
    """HTTP/1.1 stays open unless it says so, HTTP/1.0 the other way round."""
    _, heads, *_ = read(line + b"\r\n")

    assert expected is heads[0].keeps_alive


@pytest.mark.parametrize(
    ("data", "of_requests"),
    [
        (b"garbage\r\n\r\n", False), (b"ftp", False), (b"HTTP/2 200\r\n\r\n", False),
        (b"GET /\r\n\r\n", True), (b"\x16\x03\x01\x00\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nno field\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nBad : 1\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nX: " + b"x" * 300_000, True),
    ],
)  # fmt: skip
def test_what_is_not_http(data, of_requests):
    """A head that is none, and a request whose end nobody can know, are refused."""
    with pytest.raises(NotHttp):
        read(data, of_requests=of_requests)


def test_folded_fields():
    """An obsolete fold is one space, and a repeated field keeps its place."""
    _, heads, *_ = read(b"HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\nB: x\r\nA: 3, 4\r\n\r\n")

    assert ((b"A", b"1 2"), (b"B", b"x"), (b"A", b"3, 4")) == heads[0].fields
    assert [b"1 2", b"3", b"4"] == heads[0].values(b"a")
