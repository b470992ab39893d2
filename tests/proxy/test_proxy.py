from __future__ import annotations

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from conformance.check import check
from conformance.errors import TargetError, UsageError
from conformance.mock.plan import plan_of
from conformance.mock.server import MockServer
from conformance.mock.settings import Settings
from conformance.proxy import ProxyServer

BODY = json.dumps(
    {"model": "command-a-03-2025", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
).encode()
KEY = {
    "Authorization": "Bearer co-a-key-of-some-length",
    "Content-Type": "application/json",
}
POST = b"POST /v2/chat HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n{}"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def ask(url, **headers):
    """A chat stream through the proxy, whole."""
    return httpx.post(f"{url}/v2/chat", content=BODY, headers={**KEY, **headers}, trust_env=False)


def until(what):
    """Wait for what is about to become true."""
    deadline = time.monotonic() + 20
    while not what():
        assert time.monotonic() < deadline

        time.sleep(0.01)


@pytest.fixture
def mock():
    """The mock, which misbehaves as told."""
    with MockServer() as server:
        yield (
            lambda fault="": server.use(Settings(plan=plan_of(fault) if fault else None)) or server
        )


def test_bytes_pass_unchanged(front, mock):
    """A client gets through the proxy what it gets without, and the exchange is judged as promised."""
    server = mock()
    proxy = front(server.url)
    direct, through = ask(server.url), ask(proxy.url)
    passed = proxy.next()

    assert direct.content == through.content
    assert passed.exchange.response.body == through.content
    assert [k for k, _ in direct.headers.raw] == [k for k, _ in through.headers.raw]
    assert [] == [v.headline for v in check(passed.exchange).violations]


def test_events_pass_at_once(front, mock):
    """The client has each event before the server is allowed to send the next."""
    server = mock()
    proxy = front(server.url)
    gate = server.hold()
    with httpx.stream("POST", f"{proxy.url}/v2/chat", content=BODY, headers=KEY) as answer:
        pieces = answer.iter_raw()
        got = []
        for _ in range(5):
            gate.let()
            got.append(next(pieces))
        gate.let(10_000)
        rest = list(pieces)

    assert [1] * 5 == [piece.count(b"event:") for piece in got]
    assert proxy.next().exchange.response.body == b"".join([*got, *rest])


def test_chunk_edges_are_kept(front, hand, read):
    """The framing is passed on byte by byte, with edges, extensions and trailers as they were."""
    proxy = front(hand.url)
    framed = b"3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nX-Sum: 7\r\n\r\n"
    with proxy.connect() as client:
        client.sendall(POST)
        with hand.accept() as server:
            read(server, b"{}")
            server.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed)
            _, _, body = read(client, b"X-Sum: 7\r\n\r\n").partition(b"\r\n\r\n")

    assert framed == body
    assert b"abcd" == proxy.next().exchange.response.body


def test_content_codings(front, mock):
    """A compressed body passes compressed, and is judged by what it holds."""
    proxy = front(mock("gzip").url)
    with httpx.stream("POST", f"{proxy.url}/v2/chat", content=BODY, headers=KEY) as answer:
        raw = b"".join(answer.iter_raw())
    passed = proxy.next()

    assert gzip.decompress(raw) == passed.exchange.response.body
    assert [] == [v.headline for v in check(passed.exchange).violations]


def test_a_coding_that_cannot_be_read(front, hand, read):
    """A body in a coding that Python cannot undo is passed on, and not judged."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(POST)
        with hand.accept() as server:
            read(server, b"{}")
            server.sendall(OK.replace(b"\r\n\r\n", b"\r\nContent-Encoding: br\r\n\r\n"))
            assert read(client, b"ok").endswith(b"ok")

    assert "its body is in the content coding `br`" == proxy.next().unjudged


@pytest.mark.parametrize(("fault", "end"), [("cut-at-event=3", "closed"), ("reset=3", "reset")])
def test_broken_connections(front, mock, drain, fault, end):
    """A cut reaches the client as a cut and a reset as a reset, after all bytes before it."""
    proxy = front(mock(fault).url)
    with proxy.connect() as client:
        head = b"POST /v2/chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n"
        head += b"Content-Type: application/json\r\n"
        client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
        data, how = drain(client)
    passed = proxy.next()

    assert end == how
    assert 3 == data.count(b"event:")
    assert not data.endswith(b"0\r\n\r\n")
    assert [False, False] == [passed.left, passed.exchange.response.complete]
    assert {"HTTP-017"} == {v.code for v in check(passed.exchange).violations}


def test_a_client_that_leaves(front, mock):
    """When the client leaves a stream, so does the proxy, and nobody blames the server."""
    server = mock("stall=3")
    proxy = front(server.url)
    with httpx.stream("POST", f"{proxy.url}/v2/chat", content=BODY, headers=KEY) as answer:
        next(answer.iter_raw())
    passed = proxy.next()

    until(lambda: not server.active)
    assert passed.left
    assert passed.seen > 0
    assert None is passed.exchange.response
    assert [] == [v.headline for v in check(passed.exchange).violations]


def test_a_client_that_leaves_after_the_last_event(front, hand, read):
    """A client that does not wait for the end of the framing has had the whole stream."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(POST)
        with hand.accept() as server:
            read(server, b"{}")
            event = b"data: [DONE]\n\n"
            server.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            server.sendall(b"%x\r\n%s\r\n" % (len(event), event))
            read(client, b"[DONE]")
            client.close()
            passed = proxy.next()

    assert not passed.left
    assert passed.exchange.response.complete


def test_a_client_that_leaves_in_the_middle_of_its_request(front, hand, read):
    """Half a request is not judged."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(POST[:-1])
        server = hand.accept()
        read(server, b"{")
        client.close()
        with server:
            assert b"" == server.recv(10)

    assert "the client left before its request was whole" == proxy.next().unjudged


def test_many_requests_on_one_connection(front, mock):
    """A connection is kept for further requests, on both sides."""
    proxy = front(mock().url)
    with httpx.Client(headers=KEY) as client:
        texts = [client.post(f"{proxy.url}/v2/chat", content=BODY).text for _ in range(3)]
        links = len(proxy.server.links)
    numbers = [proxy.next() and one.exchange.origin.number for one in proxy.seen]

    assert 1 == links
    assert 3 == sum("[DONE]" in text for text in texts)
    assert sorted(numbers) == numbers


def test_pipelined_requests(front, hand, read):
    """A request that comes before the answer to the last waits for it."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(POST + POST)
        with hand.accept() as server:
            assert 1 == read(server, b"{}").count(b"POST")
            server.sendall(OK)
            assert 1 == read(server, b"{}").count(b"POST")
            server.sendall(OK)
            assert 2 == read(client, b"okHTTP", 30).count(b"200 OK")


@pytest.mark.parametrize("how", ["refused", "closed", "garbage", "unknown host"])
def test_a_server_that_gives_no_answer(front, hand, read, how):
    """The client gets 502 with a JSON body that says why, and the exchange names the cause."""
    url = {"refused": "http://127.0.0.1:9", "unknown host": "http://nowhere.invalid"}.get(
        how, hand.url
    )
    proxy = front(url)
    with proxy.connect() as client:
        client.sendall(POST)
        if how in ("closed", "garbage"):
            with hand.accept() as server:
                read(server, b"{}")
                if how == "garbage":
                    server.sendall(b"220 mail.example ESMTP\r\n")
        head, _, body = read(client, b"\r\n\r\n", 20).partition(b"\r\n\r\n")
    passed = proxy.next()

    assert b"HTTP/1.1 502 Bad Gateway" == head.partition(b"\r\n")[0]
    assert b"application/json" in head
    assert passed.failed == json.loads(body)["message"]
    assert {
        "refused": "the server at http://127.0.0.1:9 cannot be reached",
        "unknown host": "the server at http://nowhere.invalid cannot be reached",
        "closed": "the server closed the connection before its answer",
        "garbage": "the server does not speak HTTP: what came is no HTTP response",
    }[how] in passed.failed


def test_an_idle_connection_that_the_server_closed(front, hand, read):
    """A request that meets a closed idle connection is sent again on a new one."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(POST)
        first = hand.accept()
        read(first, b"{}")
        first.sendall(OK)
        read(client, b"ok")
        link = next(iter(proxy.server.links))
        # as if its end were still on the way when the next request comes
        link.upstream.transport.pause_reading()
        first.close()
        client.sendall(POST)
        until(lambda: link._current is not None)
        proxy.server._loop.call_soon_threadsafe(link.upstream.transport.resume_reading)
        with hand.accept() as second:
            again = read(second, b"{}")
            second.sendall(OK)
            assert read(client, b"ok").endswith(b"ok")

    assert again.endswith(b"\r\n\r\n{}")


def test_an_idle_connection_that_ends(front, hand, read, drain):
    """When the server closes an idle connection, the client's is closed too."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(POST)
        with hand.accept() as server:
            read(server, b"{}")
            server.sendall(OK)
            read(client, b"ok")

        assert (b"", "closed") == drain(client)


def test_fields_for_one_hop(front, hand, read):
    """What concerns one connection is not sent on, in either direction; all else is, as it was."""
    proxy = front(hand.url + "/gateway")
    request = (
        b"POST http://other/v2/chat?a=%20b HTTP/1.1\r\nHost: proxy\r\nX-ODD: 1\r\nx-named: 2\r\n"
        b"Connection: X-Named, keep-alive, Host\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n"
        b"Upgrade: h2c\r\nProxy-Authorization: Basic eDp5\r\nAuthorization: Bearer k\r\n"
        b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    )
    with proxy.connect() as client:
        client.sendall(request)
        with hand.accept() as server:
            got = read(server, b"0\r\n\r\n")
            server.sendall(
                b"HTTP/1.1 200 Fine\r\nX-ODD: 1\r\nKeep-Alive: timeout=1\r\nConnection: close, X-Own\r\n"
                b"X-Own: 3\r\nContent-Length: 2\r\n\r\nok"
            )
            answer = read(client, b"ok")

    assert (
        b"POST /gateway/v2/chat?a=%%20b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nX-ODD: 1\r\n"
        b"Authorization: Bearer k\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        % hand.port
    ) == got
    assert (
        b"HTTP/1.1 200 Fine\r\nX-ODD: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        == answer
    )


def test_more_than_was_announced(front, hand, read, drain):
    """Bytes after the announced length reach the client, and the judge."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(POST)
        with hand.accept() as server:
            read(server, b"{}")
            server.sendall(OK + b"more")
            data, _ = drain(client)

    assert data.endswith(b"okmore")
    assert b"okmore" == proxy.next().exchange.response.body


def test_interim_responses(front, hand, read):
    """A client that waits for leave to send its body gets it from the server."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(POST[:-2].replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        with hand.accept() as server:
            read(server, b"\r\n\r\n")
            server.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            assert b"HTTP/1.1 100 Continue\r\n\r\n" == read(client, b"\r\n\r\n")
            client.sendall(b"{}")
            read(server, b"{}")
            server.sendall(OK)
            assert read(client, b"ok").endswith(b"ok")

    assert 200 == proxy.next().exchange.response.status


def test_an_answer_before_the_end_of_the_request(front, hand, read, drain):
    """A refusal that comes early is passed on, and ends the connection."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(POST[:-1])
        with hand.accept() as server:
            read(server, b"{")
            server.sendall(OK.replace(b"200 OK", b"413 Too Large"))
            data, _ = drain(client)

    assert data.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("sent", "status"),
    [(b"CONNECT a:443 HTTP/1.1\r\n\r\n", b"405"), (b"\x16\x03\x01\x02\x00\r\n\r\n", b"400"),
     (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400")],
)  # fmt: skip
def test_requests_that_cannot_be_passed_on(front, hand, drain, sent, status):
    """Tunnels and what is not HTTP are refused in the form of the API's errors."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(sent)
        data, _ = drain(client)
    head, _, body = data.partition(b"\r\n\r\n")

    assert status == head.split()[1]
    assert ["message"] == list(json.loads(body))


def test_what_is_no_http_is_told(front, hand, drain):
    """A client that garbles its request sees a refusal, and whoever watches sees why; no key is kept."""
    proxy = front(hand.url)
    with proxy.connect() as client:
        client.sendall(
            b"POST /v2/chat HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer co-key\r\n\r\n"
        )
        drain(client)
    passed = proxy.next()

    assert "not an HTTP request: a line of the head is no header field" == passed.unjudged
    assert passed.exchange.request is None


def test_a_slow_client_slows_the_server(front, hand, read):
    """The proxy takes no more of the server than the client takes of the proxy."""
    proxy = front(hand.url)
    sent = 0
    with proxy.connect() as client:
        client.sendall(POST)
        with hand.accept() as server:
            read(server, b"{}")
            server.settimeout(0.5)
            server.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while sent < 200_000_000:
                try:
                    sent += server.send(b"x" * 65536)
                except TimeoutError:
                    break
            server.close()
            got = 0
            while data := client.recv(1 << 20):
                got += len(data)

    assert 0 < sent < 200_000_000
    assert sent < got < sent + 100


def test_many_streams_at_once(front, mock):
    """Parallel streams do not mix."""
    proxy = front(mock().url)
    questions = [f"What is known about buoy {n}?" for n in range(12)]

    def one(question):
        body = BODY.replace(b'"Hi"', json.dumps(question).encode())
        return httpx.post(f"{proxy.url}/v2/chat", content=body, headers=KEY).content

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(one, questions))
    for _ in questions:
        proxy.next()
    found = {
        json.loads(p.exchange.request.body)["messages"][0]["content"]: p.exchange.response.body
        for p in proxy.seen
    }

    assert dict(zip(questions, answers, strict=True)) == found


def test_keys_do_not_stay(front, mock):
    """Neither the headers nor the bodies of what passed hold the key."""
    proxy = front(mock().url)
    body = BODY.replace(b"Hi", b"my key is co-a-key-of-some-length")
    httpx.post(f"{proxy.url}/v2/chat", content=body, headers=KEY)
    passed = proxy.next()

    assert ("co-a-key-of-some-length",) == passed.secrets
    assert "co-a-key-of-some-length" not in repr(passed.exchange)
    assert "Bearer REDACTED" == passed.exchange.request.header("authorization")


def test_what_is_underway_when_it_stops(hand, read):
    """An exchange that the end of the proxy cut is told as such."""
    seen = []
    proxy = ProxyServer(hand.url, seen.append).start()
    client = socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2])))
    client.sendall(POST)
    with hand.accept() as server:
        read(server, b"{}")
        proxy.stop()
    client.close()

    assert ["the proxy was stopped before it was over"] == [each.unjudged for each in seen]


def test_a_judge_that_fails(hand, read):
    """What is raised about an exchange ends the proxy, and reaches whoever runs it."""

    def refuse(passed):
        raise ZeroDivisionError

    proxy = ProxyServer(hand.url, refuse)
    ready, caught = threading.Event(), []

    def run():
        try:
            proxy.run(ready.set)
        except ZeroDivisionError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(20)
    with socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2]))) as client:
        client.sendall(POST)
        with hand.accept() as server:
            read(server, b"{}")
            server.sendall(OK)
            thread.join(20)

    assert 1 == len(caught)


def test_addresses():
    """An address that is none, and a port that is taken, are told."""
    with pytest.raises(UsageError):
        ProxyServer("localhost", print)
    with ProxyServer("http://127.0.0.1:9", print) as proxy, pytest.raises(TargetError) as caught:
        ProxyServer("http://127.0.0.1:9", print, port=int(proxy.url.rpartition(":")[2]))

    assert "the proxy cannot listen" in str(caught.value)


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A certificate for 127.0.0.1 that this process trusts."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    subprocess.run(
        [*command, *names, "-keyout", key, "-out", cert], check=True, capture_output=True
    )
    return cert, key


@pytest.mark.parametrize("trusted", [True, False])
def test_servers_behind_tls(front, hand, read, certificate, monkeypatch, trusted):
    """An https server is reached over TLS; one whose certificate nobody knows is not."""
    cert, key = certificate
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    proxy = front(hand.url.replace("http:", "https:"))
    with proxy.connect() as client:
        client.sendall(POST)
        with hand.accept() as wire:
            if trusted:
                with context.wrap_socket(wire, server_side=True) as server:
                    read(server, b"{}")
                    server.sendall(OK)
                    answer = read(client, b"ok")
            else:
                with pytest.raises((ssl.SSLError, OSError)):
                    context.wrap_socket(wire, server_side=True)
                answer = read(client, b"}")

    assert answer.startswith(b"HTTP/1.1 200" if trusted else b"HTTP/1.1 502")
    assert trusted == ("not trusted" not in proxy.next().failed)
