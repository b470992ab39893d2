"""The canary: a fake key goes through every path, and is found nowhere afterwards.

Not as it is, not percent-encoded, not in base64 at any place of a longer text.
"""

from __future__ import annotations

import base64
import json
import logging
import pprint
import socket
import traceback
from dataclasses import replace
from urllib.parse import quote

import pytest

from conformance.cassette import as_lines, find
from conformance.check import check
from conformance.cli import main
from conformance.errors import ConformanceError
from conformance.mock.server import MockProcess
from conformance.targets import Recorder, TargetOptions, open_target, probe

JSON = "Content-Type: application/json"


def forms(key):
    """Every form in which the key could be written."""
    percent = quote(key, safe="")
    found = {key, percent, percent.lower(), key[::-1], key[:20], key[-20:]}
    for before in range(3):
        coded = base64.b64encode(b"." * before + key.encode() + b"...").decode()
        inner = coded[4:44]
        found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return found


def echo(key):
    """What a careless server tells of the request, in every form."""
    basic = [base64.b64encode(f"{'x' * n}{key}".encode()).decode() for n in range(3)]
    said = {"message": f"invalid api token: {key}", "url": f"/?k={quote(key, safe='')}"}
    return json.dumps({**said, "auth": basic, "header": f"Bearer {key}"}).encode()


@pytest.fixture
def nowhere(fake_key, caplog, capfd, recwarn):
    """Remember texts and bytes; at the end none of them, nor what was logged, holds the key."""
    caplog.set_level(logging.DEBUG)
    seen = []

    def see(thing):
        seen.append(thing if isinstance(thing, str) else repr(thing))

    yield see
    printed = capfd.readouterr()
    seen += [printed.out, printed.err, *(str(each.message) for each in recwarn)]
    # here, after the test, the records are those of its end alone
    logged = caplog.get_records("call")
    seen += [f"{record.getMessage()} {vars(record)!r}" for record in logged]
    leaks = [(form, text[:2000]) for text in seen for form in forms(fake_key) if form in text]

    assert len(seen) > 4
    assert [] == leaks


def see_error(see, caught):
    """Look at an error as tools show it: message, chain, and the variables of every frame."""
    error = caught.value
    see(str(error))
    see(repr(vars(error)))
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    # the test's own frames know the key; they are not what a user's report shows
    for link in (shown, shown.__cause__, shown.__context__):
        for frame in link.stack if link else ():
            if "conformance" in frame.filename and "tests" not in frame.filename:
                see(repr(frame.locals))
            if "site-packages" in frame.filename:
                see(repr(frame.locals))

    assert None is error.__cause__
    assert None is error.__context__


def see_exchange(see, exchange):
    """Look at an exchange, at what is said of it, and at its recording."""
    see(exchange)
    see(exchange.request.body.decode("latin-1"))
    see(exchange.response.body.decode("latin-1"))
    see(as_lines([exchange]))
    see(check(exchange).violations)


@pytest.fixture
def opened(fake_key, monkeypatch, tmp_path, clock):
    """Open a server with the fake key in the environment, recorded into a folder."""
    monkeypatch.setenv("CO_API_KEY", fake_key)

    def make(url, **options):
        return open_target(url, TargetOptions(record=tmp_path / "record", **options), clock=clock)

    return make


def test_requests_and_their_answers(nowhere, opened, fake_key, tmp_path, chat, rerank):
    """The mock in another process takes the key; exchanges, recordings and its log do not show it."""
    with MockProcess(["--key", fake_key]) as process, opened(process.url) as target:
        probe(target)
        for request in (chat(), rerank(), chat(temperature=9)):
            see_exchange(nowhere, target.send(request))
        nowhere(pprint.pformat([vars(target), vars(target.target), target.target.key._value]))
        for entry in process.log.entries():
            nowhere(entry.exchange)
            assert "Bearer REDACTED" == entry.exchange.request.header("authorization")
    files = find([tmp_path / "record"])
    for file in files:
        nowhere(file.read_text(encoding="utf-8"))

    assert 3 == len(files)


def test_a_request_that_quotes_the_key(nowhere, opened, scripted, http, fake_key, chat):
    """A key that the caller put into the body or the path is sent, and not shown."""
    server = scripted([http(b"{}", headers=(JSON,))])
    message = {"role": "user", "content": f"my key is {fake_key}"}
    request = chat(messages=[message])
    with opened(server.url) as target:
        see_exchange(nowhere, target.send(request))
        see_exchange(nowhere, target.send(replace(request, url=f"/v2/chat?key={fake_key}")))

    assert 2 == sum(f"my key is {fake_key}".encode() in raw for raw in server.requests)


@pytest.mark.parametrize("status", ["401 X", "400 X", "200 OK", "500 X", "418 X"])
def test_a_server_that_echoes_the_key(
    nowhere, opened, scripted, http, fake_key, tmp_path, chat, rerank, status
):
    """A key in a body or a header of an answer, in any form, is gone from all that is kept of it."""
    fields = (JSON, f"X-Echo: Bearer {fake_key}", f"Location: /?key={quote(fake_key, safe='')}")
    server = scripted([http(echo(fake_key), status=status, headers=fields)])
    with opened(server.url) as target:
        for request in (chat(), rerank()):
            see_exchange(nowhere, target.send(request))
    for file in find([tmp_path / "record"]):
        nowhere(file.read_text(encoding="utf-8"))

    assert fake_key.encode() in server.requests[0]


def test_a_stream_that_quotes_the_key(nowhere, opened, scripted, fake_key, chat, caplog):
    """A key that is cut by the edges of chunks is still found, and edges stay where they were."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    text = f'data: {{"text":"{fake_key}"}}\n\n'.encode()
    server = scripted([head, text[:20], 0.02, text[20:]])
    with opened(server.url) as target:
        exchange = target.send(chat())
    see_exchange(nowhere, exchange)

    assert any("send_request_headers" in record.getMessage() for record in caplog.records)
    assert len(text) == len(exchange.response.body) == exchange.response.chunks[-1].end
    assert 2 == len(exchange.response.chunks)


@pytest.mark.parametrize(
    "script",
    [
        [], ["reset"], ["hold"], [b"HTTP/1.1 2OO OK\r\n\r\n"], [b"garbage: KEY\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nX-Echo KEY\r\n\r\n"],
        [b"HTTP/1.1 502 X\r\n\r\n<html><title>KEY</title>KEY"],
        [b'HTTP/1.1 429 X\r\nRetry-After: 999\r\n\r\n{"message":"KEY"}'],
    ],
    ids=["closed", "reset", "silent", "status", "garbage", "header", "page", "429"],
)  # fmt: skip
def test_servers_that_give_no_answer(nowhere, opened, scripted, fake_key, chat, script):
    """No error shows the key: not its text, not its chain, not the variables of its frames."""
    steps = [
        step.replace(b"KEY", fake_key.encode()) if isinstance(step, bytes) else step
        for step in script
    ]
    server = scripted(steps)
    with opened(server.url) as target, pytest.raises(ConformanceError) as caught:
        target.send(chat(), timeout=0.3)
    see_error(nowhere, caught)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_servers_that_cannot_be_reached(nowhere, opened, scripted, chat, scheme, monkeypatch):
    """A refused connection, a failed handshake and an unknown host show no key."""
    plain = scripted([b"HTTP/1.1 400 X\r\n\r\n"])
    urls = [f"{scheme}://127.0.0.1:9"] + [f"https://127.0.0.1:{plain.port}"] * (scheme == "https")
    for url in urls:
        with opened(url) as target, pytest.raises(ConformanceError) as caught:
            target.send(chat())
        see_error(nowhere, caught)

    def unknown(*_args, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with opened(f"{scheme}://host.example") as target, pytest.raises(ConformanceError) as caught:
        target.send(chat())
    see_error(nowhere, caught)


def test_a_budget_that_is_used_up(nowhere, opened, scripted, http, chat):
    """The stop shows no key, before a request and in the middle of a stream."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    server = scripted([head, *[b"data: {}\n\n" * 100] * 100, "hold"])
    with opened(server.url, max_tokens=1500) as target:
        for tokens in (10, 5000):
            with pytest.raises(ConformanceError) as caught:
                target.send(chat(max_tokens=tokens), timeout=20)
            see_error(nowhere, caught)


@pytest.mark.parametrize("bad", ["{}\n{}", "Bearer {}", "'{}'", "{} {}"])
def test_a_key_that_is_no_key(nowhere, monkeypatch, fake_key, bad):
    """A key with characters that no header can carry is refused without being shown."""
    monkeypatch.setenv("CO_API_KEY", bad.format(fake_key, fake_key))
    with pytest.raises(ConformanceError) as caught:
        open_target("https://api.cohere.com")
    see_error(nowhere, caught)


@pytest.mark.parametrize("form", ["text", "jsonl", "github"])
def test_reports_of_recordings(
    nowhere, opened, scripted, http, fake_key, tmp_path, chat, capfd, form
):
    """What is reported of a recording with an echoed key shows nothing of it."""
    server = scripted([http(echo(fake_key), headers=(JSON,))])
    with opened(server.url) as target:
        target.send(chat(temperature=9))
    with pytest.raises(SystemExit):
        main(["check", "--format", form, str(tmp_path / "record")])
    reported = capfd.readouterr()
    nowhere(reported.out)
    nowhere(reported.err)

    assert len(reported.out) > 100


def test_the_canary_sings(fake_key, chat):
    """The search itself finds a key in each of the forms that it looks for."""
    texts = [fake_key, quote(fake_key, safe=""), *json.loads(echo(fake_key))["auth"]]

    assert [True] * 5 == [any(form in text for form in forms(fake_key)) for text in texts]


def test_a_recorder_keeps_the_key_to_itself(nowhere, opened):
    """Neither a recorder nor the target in it shows the key among its attributes."""
    with opened("http://127.0.0.1:9") as target:
        assert isinstance(target, Recorder)
        nowhere(pprint.pformat(vars(target)))
        nowhere(pprint.pformat(vars(target.target)))
        nowhere("".join(f"{target.target.key}{target.target.key!r}" for _ in range(2)))
