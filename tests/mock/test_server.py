"""The mock on real sockets: many clients, clients that leave, connections that break."""

from __future__ import annotations

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from conformance.contract import contract
from conformance.errors import TargetError
from conformance.faults.samples import SAMPLES, request_of
from conformance.mock.plan import plan_of
from conformance.mock.reply import reply_to
from conformance.mock.server import MockProcess, MockServer
from conformance.mock.settings import Settings
from conformance.reading import read_stream
from conformance.verdict import Level, Party

KEY = {"authorization": "Bearer very-secret"}
JSON = {"content-type": "application/json"}
BODY = SAMPLES["text"].body


@pytest.fixture(scope="module")
def server():
    """One server for all tests that leave it as it was."""
    with MockServer() as running:
        yield running


@pytest.fixture(scope="module")
def client():
    """One client for all tests."""
    with httpx.Client(headers=KEY, timeout=20) as made:
        yield made


def connect(server, path="/v2/chat", body=BODY):
    """A socket on which a request has been sent."""
    place = urlsplit(server.url)
    wire = socket.create_connection((place.hostname, place.port), timeout=10)
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    wire.sendall(head.encode() + data)
    return wire


def wait_until(true, seconds=10.0):
    """Whether something becomes true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


@pytest.mark.parametrize("name", SAMPLES)
def test_same_bytes_with_and_without_a_network(server, client, name):
    """What comes over a socket is what `reply_to` makes of the request."""
    wanted = request_of(name)
    headers = {**dict(wanted.headers), "authorization": "Bearer key"}
    answer = client.post(server.url + wanted.path, content=wanted.body, headers=headers)
    reply = reply_to(wanted, Settings())

    assert reply.status == answer.status_code
    assert reply.body == answer.content
    for header, value in reply.headers:
        assert value == answer.headers[header]


def test_events_are_chunks_of_their_own(server):
    """Each event is one chunk on the wire, as it is written."""
    pieces = reply_to(request_of("text"), Settings()).pieces
    with connect(server, body=BODY) as wire:
        data = b""
        while not data.endswith(b"\r\n0\r\n\r\n"):
            data += wire.recv(65536)
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)

    assert data.endswith(b"\r\n\r\n" + chunked + b"0\r\n\r\n")


def test_nothing_is_sent_ahead():
    """Behind a gate, an event comes when it is let through and the next one does not."""
    with MockServer() as server, httpx.Client(headers=KEY, timeout=10) as client:
        gate = server.hold()
        pieces = reply_to(request_of("text"), Settings()).pieces
        body = request_of("text").body
        got = []
        with client.stream("POST", server.url + "/v2/chat", content=body, headers=JSON) as answer:
            incoming = answer.iter_raw()
            for piece in pieces[:5]:
                gate.let()
                got.append(next(incoming))
                assert piece == got[-1]
            gate.let(len(pieces))
            rest = b"".join(incoming)

    assert b"".join(pieces[5:]) == rest


@pytest.mark.parametrize("fault", ["stall=3", "drip=0.05"])
def test_a_client_that_leaves_frees_its_stream(fault):
    """When the client closes its connection, the stream is given up at once."""
    with MockServer() as server:
        wire = connect(server, f"/fault={fault}/v2/chat")
        wire.recv(4096)
        assert 1 == server.active
        wire.close()
        began = time.monotonic()
        assert wait_until(lambda: server.active == 0)
        assert time.monotonic() - began < 1
        (exchange,) = server.log.exchanges()

    assert not exchange.response.complete


def test_a_client_that_does_not_read_holds_nobody_up():
    """A client that reads nothing keeps only its own stream waiting, and can still leave."""
    with MockServer(Settings(length=50_000)) as server:
        slow = connect(server)
        assert wait_until(lambda: server.active == 1)
        with connect(server) as quick:
            assert quick.recv(100)
        slow.close()
        assert wait_until(lambda: server.active == 0)


def test_parallel_streams_do_not_mix(server):
    """Of 200 streams at a time each gets the answer to its own question."""

    def ask(number):
        body = {**BODY, "messages": [{"role": "user", "content": f"buoy number {number}."}]}
        with connect(server, body=body) as wire:
            data = b""
            while not data.endswith(b"0\r\n\r\n"):
                data += wire.recv(65536)
        lines = [line for line in data.split(b"\r\n") if line.startswith(b"event:")]
        found = read_stream(b"".join(lines) + b"data: [DONE]\n\n", contract()).message
        return f"buoy number {number}." in found.text()

    with ThreadPoolExecutor(200) as pool:
        assert [True] * 200 == list(pool.map(ask, range(200)))


@pytest.mark.parametrize(
    "fault", ["cut-at-event=3", "cut-at-byte=50", "wrong-length=9", "HTTP-017"]
)
def test_broken_connections(server, client, fault):
    """A client sees that the connection was closed too early, and what came before."""
    got = []
    with pytest.raises(httpx.RemoteProtocolError):  # noqa: SIM117
        with client.stream("POST", f"{server.url}/fault={fault}/v2/chat", json=BODY) as answer:
            got += answer.iter_raw()

    assert server.log.exchanges()[-1].response.body == b"".join(got)
    assert not server.log.exchanges()[-1].response.complete


def test_reset(server, client):
    """A connection that is torn down gives the client a reset, not an end."""
    with pytest.raises(httpx.ReadError, match="reset"):
        client.post(f"{server.url}/fault=reset=2/v2/chat", json=BODY)


def test_more_bytes_than_announced(server):
    """Bytes behind the announced length are really sent."""
    with connect(server, "/fault=wrong-length=-20/v2/chat") as wire:
        data = b""
        while chunk := wire.recv(65536):
            data += chunk
    head, _, body = data.partition(b"\r\n\r\n")

    assert b"content-length: %d" % (len(body) - 20) in head
    assert body.endswith(b"data: [DONE]\n\n")
    assert "HTTP-016" in {v.code for v in server.log.verdicts()[-1].violations}


def test_gzip(server, client):
    """A client that can unpack gets the events, and so does the log."""
    answer = client.post(f"{server.url}/fault=gzip/v2/chat", json=BODY)

    assert "gzip" == answer.headers["content-encoding"]
    assert answer.content.endswith(b"data: [DONE]\n\n")
    assert server.log.exchanges()[-1].response.body == answer.content


def test_faults_for_the_first_requests(client):
    """A fault may hold for the first requests only, so that retries can be seen to succeed."""
    with MockServer(Settings(plan=plan_of("429=1*2, EVENT-012"))) as server:
        statuses = [client.post(server.url + "/v2/chat", json=BODY).status_code for _ in range(4)]
        applied = [entry.applied for entry in server.log.entries()]

    assert [429, 429, 200, 200] == statuses
    assert ("EVENT-012",) == applied[2]


def test_each_case_is_counted_by_itself(server, client):
    """The first request of every case is its first."""
    url = server.url + "/fault=503*1/case={}/v2/chat"
    statuses = [client.post(url.format(case), json=BODY).status_code for case in "abaab"]

    assert [503, 503, 200, 200, 200] == statuses
    assert 3 == len(server.log.entries("a"))


def test_the_log_judges_clients(client):
    """The log tells what clients did wrong, whether they were refused for it or not."""
    with MockServer() as server:
        client.post(server.url + "/v2/chat", json={**BODY, "colour": "red"})
        httpx.post(server.url + "/v2/chat", json=BODY)
        client.post(server.url + "/v2/chat", json=BODY)
        said = [
            {v.code for v in verdict.violations if v.party is Party.CLIENT}
            for verdict in server.log.verdicts()
        ]

    assert [{"CHAT-006"}, {"HTTP-012"}, set()] == said


def test_the_log_has_no_keys_and_all_times(server, client):
    """A key is not kept, its form is; the times of chunks are, and never go back."""
    client.post(server.url + "/v2/chat", json=BODY)
    exchange = server.log.exchanges()[-1]
    times = [chunk.time for chunk in exchange.response.chunks]

    assert "Bearer REDACTED" == exchange.request.header("authorization")
    assert "very-secret" not in repr(server.log.entries())
    assert sorted(times) == times
    assert len(exchange.response.body) == exchange.response.chunks[-1].end
    assert [] == [v for v in server.log.verdicts()[-1].violations if v.level is not Level.INFO]


def test_the_log_forgets(client):
    """The log keeps as many exchanges as it was told, and counts all."""
    with MockServer(keep=2) as server:
        for _ in range(5):
            client.post(server.url + "/v2/chat", json=BODY)

    assert [4, 5] == [exchange.origin.number for exchange in server.log.exchanges()]
    assert 5 == server.log.total


@pytest.mark.parametrize(
    "sent", [b"\0\1\2\r\n\r\n", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_what_is_not_http(server, sent):
    """What is no HTTP is refused with JSON too, and the server lives on."""
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as wire:
        wire.sendall(sent)
        data = b""
        while chunk := wire.recv(65536):
            data += chunk
    head, _, body = data.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 400")
    assert {"message"} == json.loads(body).keys()


def test_a_request_that_never_ends(server, client):
    """A client that leaves in the middle of its request is not answered, and hurts nobody."""
    place = urlsplit(server.url)
    total = server.log.total
    with socket.create_connection((place.hostname, place.port), timeout=10) as wire:
        wire.sendall(b"POST /v2/chat HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n{")

    assert 200 == client.post(server.url + "/v2/chat", json=BODY).status_code
    assert total + 1 == server.log.total


def test_unknown_options_are_refused(server, client):
    """A fault or profile that is none is refused, with the nearest name."""
    answer = client.post(server.url + "/profile=minimla/v2/chat", json=BODY)

    assert 400 == answer.status_code
    assert "did you mean `minimal`" in answer.json()["message"]


def test_stopping_ends_what_would_never_end():
    """A server with a stalled stream stops all the same."""
    before = threading.active_count()
    with MockServer() as server:
        wire = connect(server, "/fault=stall=1/v2/chat")
        wire.recv(4096)
        began = time.monotonic()
    wire.close()

    assert time.monotonic() - began < 2
    assert before == threading.active_count()


def test_a_port_that_is_taken(server):
    """A port that somebody listens on is no port to listen on."""
    with pytest.raises(TargetError, match="cannot listen"):
        MockServer(port=urlsplit(server.url).port)


def test_a_process_of_its_own(client):
    """The mock in another process answers alike, and tells its log."""
    with MockProcess(["--fault", "503*1"]) as process:
        first = client.post(process.url + "/v2/chat", json=BODY)
        second = client.post(process.url + "/case=b/v2/chat", json={**BODY, "colour": "red"})
        log = process.log

    assert [503, 503] == [first.status_code, second.status_code]
    assert ["", "b"] == [entry.case for entry in log.entries()]
    assert {"CHAT-006"} == {
        v.code for v in log.verdicts("b")[0].violations if v.party is Party.CLIENT
    }
    with pytest.raises(httpx.ConnectError):
        client.post(process.url + "/v2/chat", json=BODY)


def test_a_process_that_cannot_start():
    """What a process says that does not start is told."""
    with pytest.raises(TargetError, match="no such fault"):
        MockProcess(["--fault", "nonsense"]).start()
