"""An application's HTTP client gets what was recorded, in the pieces in which it was recorded."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from conformance.cassette import write
from conformance.data import data_path
from conformance.errors import CassetteMiss
from conformance.targets import open_target, replay_respx
from conformance.wire import Chunk, Exchange, Request, Response

HEADERS = (
    ("Content-Type", "text/event-stream"), ("X-A", "1"), ("X-A", "2"),
    ("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"), ("Content-Length", "3"),
)  # fmt: skip
BODY = b"event: a\ndata: {}\n\nevent: b\r\ndata: {}\r\n\r\ndata: [DONE]\n\n"
CHUNKS = (Chunk(0, 5, 0.1), Chunk(5, 30, 0.2), Chunk(30, len(BODY), 0.3))
URL = "https://api.cohere.com"


@pytest.fixture
def recording(tmp_path):
    """Write exchanges as a recording; its file."""

    def make(*exchanges):
        write(tmp_path / "recording.yaml", exchanges)
        return tmp_path / "recording.yaml"

    return make


def streamed(request, url=URL):
    """The response and the pieces that a synchronous client gets."""
    with httpx.stream("POST", url + request.path, content=request.body) as answer:
        return answer, list(answer.iter_raw())


def streamed_async(request, url=URL):
    """The pieces that an asynchronous client gets."""

    async def run():
        async with (
            httpx.AsyncClient() as client,
            client.stream("POST", url + request.path, content=request.body) as answer,
        ):
            return [piece async for piece in answer.aiter_raw()]

    return asyncio.run(run())


@pytest.mark.parametrize(
    "client", [lambda r: streamed(r)[1], streamed_async], ids=["sync", "async"]
)
def test_pieces_come_as_they_were_recorded(recording, chat, client):
    """The chunk edges of a recording are those of the replay, for both kinds of clients."""
    file = recording(Exchange(chat(), Response(200, HEADERS, BODY, CHUNKS)))
    with replay_respx(file):
        pieces = client(chat())

    assert [BODY[chunk.start : chunk.end] for chunk in CHUNKS] == pieces


@pytest.mark.parametrize(
    "client", [lambda r: streamed(r)[1], streamed_async], ids=["sync", "async"]
)
def test_without_edges_events_come_one_by_one(recording, chat, client):
    """Where no edges were recorded, each event is a piece, and nothing is lost."""
    body = BODY + b"rest"
    with replay_respx(recording(Exchange(chat(), Response(200, HEADERS, body)))):
        pieces = client(chat())

    assert [b"event: a\ndata: {}\n\n", b"event: b\r\ndata: {}\r\n\r\n"] == pieces[:2]
    assert [b"data: [DONE]\n\n", b"rest"] == pieces[2:]


def test_status_and_headers_are_those_recorded(recording, chat):
    """Headers come back, doubled ones too, but for those that speak of the transfer."""
    with replay_respx(recording(Exchange(chat(), Response(429, HEADERS, BODY)))):
        answer, _ = streamed(chat(), "http://localhost:1/gateway")

    assert 429 == answer.status_code
    assert [("Content-Type", "text/event-stream"), ("X-A", "1"), ("X-A", "2")] == [
        (name.decode(), value.decode()) for name, value in answer.headers.raw
    ]


@pytest.mark.parametrize(
    "client", [lambda r: streamed(r)[1], streamed_async], ids=["sync", "async"]
)
def test_a_broken_recording_breaks_again(recording, chat, client):
    """A connection that was lost then is lost now, after the same bytes."""
    file = recording(Exchange(chat(), Response(200, HEADERS, BODY[:20], complete=False)))
    with replay_respx(file), pytest.raises(httpx.RemoteProtocolError, match="closed"):
        client(chat())


@pytest.mark.parametrize(
    "client", [lambda r: streamed(r)[1], streamed_async], ids=["sync", "async"]
)
def test_a_miss_reaches_the_application(recording, chat, rerank, client):
    """What was not recorded raises the miss with the nearest recording, in the client."""
    file = recording(Exchange(chat(), Response(200)), Exchange(rerank(), Response(200)))
    with replay_respx(file), pytest.raises(CassetteMiss, match=r"differs  \$\.seed"):
        client(chat(seed=3))


def test_other_addresses_are_not_served(recording, chat):
    """A request to anything but the two endpoints is refused, and never leaves the machine."""
    with replay_respx(recording(Exchange(chat(), Response(200)))) as router:
        with pytest.raises(AssertionError, match="not mocked"):
            httpx.get("https://example.org/")

        assert 1 == len(router.routes)


def test_recordings_that_nobody_asked_for_can_fail(recording, chat, rerank):
    """With `assert_all_called` every recorded request must have come; a miss stays a miss."""
    file = recording(*(Exchange(one, Response(200)) for one in (chat(), rerank(), chat())))
    with replay_respx(file, assert_all_called=True):
        streamed(chat())
        streamed(rerank())
    with (
        pytest.raises(AssertionError, match="not called"),
        replay_respx(file, assert_all_called=True),
    ):
        streamed(rerank())
    with pytest.raises(CassetteMiss), replay_respx(file, assert_all_called=True):
        streamed(chat(seed=3))


def test_all_shipped_recordings_play():
    """Every recording of this project comes back byte for byte."""
    folder = data_path("recordings")
    with open_target(f"cassette:{folder}") as target, replay_respx(folder):
        for exchange in target.recordings.exchanges:
            answer, pieces = streamed(exchange.request)

            assert exchange.response.status == answer.status_code
            assert exchange.response.body == b"".join(pieces)


def test_a_body_that_is_no_json_plays_too(recording):
    """A request that was recorded with a broken body is answered by its bytes."""
    request = Request("POST", "/v2/chat", (), b"{\xff")
    with replay_respx(recording(Exchange(request, Response(400, (), b"no")))):
        answer, pieces = streamed(request)

    assert (400, [b"no"]) == (answer.status_code, pieces)
