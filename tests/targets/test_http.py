"""What comes over a socket becomes an exchange with every byte, edge and time."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from itertools import pairwise

import pytest

from conformance.check import check
from conformance.errors import NoAnswer, TargetError
from conformance.mock.server import MockServer
from conformance.targets import HttpTarget, Secret, arrival
from conformance.verdict import Level
from conformance.wire import Request

JSON = ("Content-Type: application/json",)
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)


def errors(exchange):
    """The codes of the errors that are found in an exchange."""
    return [v.code for v in check(exchange).violations if v.level is Level.ERROR]


def head(*fields):
    """The head of a response whose body ends with the connection, or as the fields say."""
    return "\r\n".join(["HTTP/1.1 200 OK", *fields]).encode() + b"\r\n\r\n"


@pytest.fixture(scope="module")
def mock():
    """A mock that serves all tests of this module."""
    with MockServer() as server:
        yield server


@pytest.fixture
def target(mock):
    """The mock behind HTTP."""
    with HttpTarget(mock.url, key=Secret(mock.key)) as made:
        yield made


def test_a_stream_comes_with_its_chunks(target, chat):
    """Chunks cover the body without gaps, each with a time that does not go back."""
    exchange = target.send(chat())
    chunks = exchange.response.chunks
    edges = [0, *(chunk.end for chunk in chunks)]

    assert len(chunks) > 10
    assert [(chunk.start, chunk.end) for chunk in chunks] == list(pairwise(edges))
    assert len(exchange.response.body) == edges[-1]
    assert all(one.time <= other.time for one, other in pairwise(chunks))
    assert exchange.response.complete


def test_an_exchange_is_a_run_of_our_own(target, chat, rerank):
    """It is observed and live, names the target and the statuses foreseen, and is conformant."""
    first, second = target.send(chat(), expect=(200,)), target.send(rerank())

    assert (True, True, (200,)) == (first.observed, first.live, first.expect)
    assert (target.name, first.origin.number + 1) == (second.origin.file, second.origin.number)
    assert () == check(first).violations + check(second).violations


def test_headers_are_sent_as_given(scripted, http):
    """Given headers come in their order, others only where they are absent, no cookie comes back."""
    answer = http(b"{}", headers=(*JSON, "Set-Cookie: a=b; Path=/"))
    server = scripted([answer])
    request = Request("POST", "/v2/chat", (("X-B", "1"), ("accept", "text/x"), ("X-A", "é")), b"{}")
    with HttpTarget(server.url) as target:
        target.send(request)
        exchange = target.send(request)
    lines = server.requests[1].split(b"\r\n\r\n")[0].split(b"\r\n")

    assert b"POST /v2/chat HTTP/1.1" == lines[0]
    assert [b"X-B: 1", b"accept: text/x", b"X-A: \xe9"] == lines[2:5]
    assert [] == [line for line in lines if line.lower().startswith((b"cookie", b"authorization"))]
    assert [line.decode("latin-1") for line in lines[1:]] == [
        f"{name}: {value}" for name, value in exchange.request.headers
    ]


def test_the_key_is_sent_and_not_shown(scripted, http, chat, fake_key):
    """The server gets the key, the exchange shows only that there was one."""
    server = scripted([http(b"{}", headers=JSON)])
    with HttpTarget(server.url, key=Secret(fake_key)) as target:
        exchange = target.send(chat())

    assert f"Authorization: Bearer {fake_key}".encode() in server.requests[0].split(b"\r\n")
    assert "Bearer REDACTED" == exchange.request.header("authorization")


def test_a_request_may_go_without_the_key(scripted, http, chat, fake_key):
    """Without leave, or with an Authorization of the request's own, the key is not sent."""
    server = scripted([http(b"{}", headers=JSON)])
    own = Request("POST", "/v2/chat", (("Authorization", "Basic abc"),), b"{}")
    with HttpTarget(server.url, key=Secret(fake_key)) as target:
        bare = target.send(chat(), authorize=False)
        other = target.send(own)

    assert None is bare.request.header("authorization")
    assert "Basic REDACTED" == other.request.header("authorization")
    assert [] == [raw for raw in server.requests if fake_key.encode() in raw]
    assert b"Authorization: Basic abc" in server.requests[1].split(b"\r\n")


def test_a_redirect_is_not_followed(scripted, http, chat, fake_key):
    """The key never goes to where a server points."""
    other = scripted([http(b"{}")])
    server = scripted([http(status="307 Moved", headers=(f"Location: {other.url}/v2/chat",))])
    with HttpTarget(server.url, key=Secret(fake_key)) as target:
        exchange = target.send(chat())

    assert 307 == exchange.response.status
    assert [] == other.requests


def test_each_request_has_a_connection_of_its_own(scripted, http, chat):
    """What follows a response on its connection is not taken for the next response."""
    server = scripted(
        [http(b"{}", headers=JSON) + http(b'{"stale":1}', headers=JSON), "hold"],
        [http(b'{"a":1}', headers=JSON)],
    )
    with HttpTarget(server.url) as target:
        target.send(chat())
        second = target.send(chat())

    assert b'{"a":1}' == second.response.body


@pytest.mark.parametrize(
    "script",
    [
        [CHUNKED + b"6\r\ndata: \r\n"],
        [CHUNKED + b"6\r\ndata: \r\n", "reset"],
        [CHUNKED + b"6\r\ndata: \r\nxyz\r\n"],
        [head("Content-Length: 20") + b"data: "],
    ],
    ids=["closed", "reset", "wrong-chunk", "short"],
)
def test_a_broken_body_is_kept_as_far_as_it_came(scripted, chat, script):
    """A connection that ends inside the body gives what came, marked as incomplete."""
    with HttpTarget(scripted(script).url) as target:
        exchange = target.send(chat())

    assert (b"data: ", False) == (exchange.response.body, exchange.response.complete)
    assert "HTTP-017" in errors(exchange)


def test_a_body_that_ends_with_the_connection_is_complete(scripted, chat):
    """Without a length and without chunks the end of the connection is the end of the body."""
    with HttpTarget(scripted([head() + b"data: x\n\n"]).url) as target:
        exchange = target.send(chat())

    assert (b"data: x\n\n", True) == (exchange.response.body, exchange.response.complete)


@pytest.mark.parametrize("pause", [0.0, 0.002])
def test_what_follows_the_announced_length_is_seen(scripted, http, rerank, pause):
    """More bytes than Content-Length says belong to the body, whether they come at once or not."""
    announced = http(b'{"results":[]}', headers=JSON, length=4)
    server = scripted([announced[:-10], pause, announced[-10:], "hold"])
    with HttpTarget(server.url) as target:
        exchange = target.send(rerank())

    assert b'{"results":[]}' == exchange.response.body
    assert "HTTP-016" in errors(exchange)


def test_an_interim_response_is_no_surplus(scripted, http, rerank):
    """A 1xx response before the final one changes nothing."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    with HttpTarget(scripted([early + http(b"{}", headers=JSON)]).url) as target:
        exchange = target.send(rerank())

    assert (200, b"{}") == (exchange.response.status, exchange.response.body)


def test_a_stalled_stream_ends_with_the_time(scripted, chat):
    """A stream that stops without an end is given up after the timeout, with what came."""
    server = scripted([CHUNKED + b"6\r\ndata: \r\n", "hold"])
    began = time.monotonic()
    with HttpTarget(server.url) as target:
        exchange = target.send(chat(), timeout=0.3)

    assert (b"data: ", False) == (exchange.response.body, exchange.response.complete)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("part", [b"X", b"1\r\nx\r\n"], ids=["head", "body"])
def test_a_dripping_server_does_not_hold_us(scripted, chat, part):
    """A server that sends a little again and again is given up after the timeout all the same."""
    begin = b"HTTP/1.1 200 OK\r\nX-A: " if part == b"X" else CHUNKED
    server = scripted([begin, *[part, 0.05] * 40])
    began = time.monotonic()
    with HttpTarget(server.url) as target:
        if part == b"X":
            with pytest.raises(NoAnswer, match="no answer within"):
                target.send(chat(), timeout=0.3)
        else:
            assert not target.send(chat(), timeout=0.3).response.complete

    assert time.monotonic() - began < 1.5


def test_an_endless_body_is_given_up(scripted, chat, monkeypatch):
    """A body above the limit is no answer, and the connection is closed."""
    monkeypatch.setattr("conformance.targets.http.MAX_BODY", 1000)
    server = scripted([CHUNKED, *[b"64\r\n" + b"x" * 100 + b"\r\n"] * 20, "hold"])
    with (
        HttpTarget(server.url) as target,
        pytest.raises(NoAnswer, match="longer than") as caught,
    ):
        target.send(chat())

    assert None is caught.value.__context__


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("identity", bytes),
    ],
    ids=["gzip", "deflate", "bare-deflate", "identity"],
)
def test_a_content_coding_is_undone(scripted, http, rerank, coding, encode):
    """The body is what was meant, and the header stays."""
    body = b'{"results":[]}' * 50
    answer = http(encode(body), headers=(*JSON, f"Content-Encoding: {coding}"))
    with HttpTarget(scripted([answer]).url) as target:
        exchange = target.send(rerank())

    assert (body, True) == (exchange.response.body, exchange.response.complete)
    assert coding == exchange.response.header("content-encoding")


def test_a_body_in_another_coding_than_it_says_stays_as_it_came(scripted, http, rerank):
    """What is not gzip data is handed on, for the rules to judge."""
    answer = http(b"{}", headers=(*JSON, "Content-Encoding: gzip"))
    with HttpTarget(scripted([answer]).url) as target:
        exchange = target.send(rerank())

    assert b"{}" == exchange.response.body


def test_coded_data_that_ends_too_early_is_incomplete(scripted, http, rerank):
    """Half of a gzip body gives what can be read of it, marked as incomplete."""
    data = gzip.compress(b'{"results":[]}' * 50)[:-10]
    answer = http(data, headers=(*JSON, "Content-Encoding: gzip"))
    with HttpTarget(scripted([answer]).url) as target:
        exchange = target.send(rerank())

    assert not exchange.response.complete
    assert exchange.response.body.startswith(b'{"results":[]}')


def test_a_bomb_stays_packed():
    """Coded data that unpacks beyond the limit stays as it came."""
    packed = gzip.compress(bytes(arrival.MAX_BODY + 1))

    assert arrival.Decoded([(packed, 0.0)]) == arrival.decoded([(packed, 0.0)], "gzip")


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "GZIP"])
@pytest.mark.parametrize("body", [b'{"results":[]}', b"\xff\xfe garbage"])
def test_what_is_in_no_coding_stays_and_is_told(coding, body):
    """A body that is not in the coding of its header comes as it is, and is known for that."""
    assert arrival.Decoded([(body, 0.0)], broken=True) == arrival.decoded([(body, 0.0)], coding)


def test_chunk_edges_survive_a_coding():
    """Each piece is undone by itself, so that events keep their times."""
    packer = zlib.compressobj(wbits=31)
    pieces = [
        (packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH), float(number))
        for number, part in enumerate([b"one", b"two"])
    ]
    pieces.append((packer.flush(), 2.0))

    expected = arrival.Decoded([(b"one", 0.0), (b"two", 1.0)])
    assert expected == arrival.decoded(pieces, "gzip")


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", "/v2/chat", (("X-A", "a\nb"),)),
        Request("POST", "/v2/chat", (("", "a"),)),
        Request("P OST", "/v2/chat"),
        Request("POST", "/v2/\x00chat"),
        Request("POST", "/v2/chat", (("X-A", "\ud800"),)),
    ],
    ids=["header-value", "header-name", "method", "path", "surrogate"],
)
def test_what_http_cannot_carry_is_refused_or_sent(scripted, http, request_):
    """A request that cannot be sent is a TargetError, never another exception."""
    server = scripted([http(b"{}", headers=JSON)])
    with HttpTarget(server.url) as target:
        outcome = attempt(target, request_)

    assert outcome == 200 or "cannot be sent" in outcome


def attempt(target, request):
    """The status of an answer, or what the error says."""
    try:
        return target.send(request).response.status
    except TargetError as error:
        return str(error)


def test_parallel_streams_do_not_mix(target, chat):
    """Threads may share a target; each gets the answer to its own request."""
    asked = [chat(messages=[{"role": "user", "content": f"Question {n}"}]) for n in range(12)]
    alone = [target.send(request).response.body for request in asked]
    together = [b""] * len(asked)

    def run(number):
        together[number] = target.send(asked[number]).response.body

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert alone == together
    assert len(asked) == len(set(alone))


def test_an_interrupt_passes_without_what_was_sent(scripted, chat, fake_key):
    """What interrupts an exchange keeps no frame that held the header."""

    def interrupt(_piece):
        raise KeyboardInterrupt

    server = scripted([CHUNKED + b"6\r\ndata: \r\n", "hold"])
    with (
        HttpTarget(server.url, key=Secret(fake_key)) as target,
        pytest.raises(KeyboardInterrupt) as caught,
    ):
        target.send(chat(), watch=interrupt)
    files = [entry.frame.code.path.name for entry in caught.traceback]

    assert [] == [name for name in files if name not in ("test_http.py", "http.py")]


def test_a_connection_is_kept_where_a_request_says_so():
    """A request that keeps its connection shares it with the next that closes it; others have their own."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    ports = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            ports.append(self.client_address[1])
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    # One connection at a time: one that is left open holds up all others.
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        with HttpTarget(f"http://127.0.0.1:{server.server_port}", timeout=5.0) as target:
            for said in ("keep-alive", "close", "", ""):
                headers = (("Connection", said),) if said else ()
                exchange = target.send(Request("POST", "/v2/rerank", headers, b"{}"))
                assert b"{}" == exchange.response.body
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

    assert ports[0] == ports[1]
    assert 3 == len(set(ports))
