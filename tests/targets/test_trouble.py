"""Whatever keeps a server from answering becomes one clear error, with nothing of the library in it."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
from contextlib import suppress

import httpx
import pytest

from conformance.errors import NoAnswer, TargetError
from conformance.targets import HttpTarget, Secret
from conformance.targets.trouble import foreign_page, told
from conformance.wire import Response


def failing(url, request, key=None, **options):
    """The error of a request that cannot succeed."""
    with HttpTarget(url, key=key) as target, pytest.raises(TargetError) as caught:
        target.send(request, **options)
    error = caught.value

    assert None is error.__cause__
    assert None is error.__context__
    assert re.fullmatch(r"[a-z][^\n]*[^.]", error.what)
    assert error.where
    assert error.hint
    assert "illegal" not in str(error).lower()
    return error


def free_port():
    """A port that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_nothing_listens(chat):
    """A port without a server is named, with what to do."""
    port = free_port()
    error = failing(f"http://127.0.0.1:{port}", chat())

    assert f"nothing listens at `127.0.0.1:{port}`" == error.what
    assert not isinstance(error, NoAnswer)


def test_no_such_host(chat, monkeypatch):
    """A name that cannot be resolved is named."""

    def unknown(*_args, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = failing("https://api.cohere.example", chat())

    assert "no such host: `api.cohere.example`" == error.what


@pytest.mark.parametrize(
    ("script", "what"),
    [
        ([], "the connection was closed before an answer came"),
        (["reset"], "the connection was closed before an answer came"),
        ([b"HTTP/1.1 200 OK\r\nContent-"], "the connection was closed before an answer came"),
        ([b"\x15\x03\x01\x00\x02\x02\x46"], "what came back is not HTTP"),
        ([b"SSH-2.0-OpenSSH_9.6\r\n", "hold"], "what came back is not HTTP"),
        ([b"HTTP/1.1 2OO OK\r\n\r\n"], "what came back is not HTTP"),
        ([b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n"], "what came back is not HTTP"),
        (["hold"], "no answer within 0.2 s"),
    ],
    ids=["closed", "reset", "half-head", "tls", "ssh", "status", "header", "silent"],
)
def test_a_server_that_gives_no_answer(scripted, chat, script, what):
    """Silence, a closed connection and what is not HTTP are NoAnswer: the server was reached."""
    error = failing(scripted(script).url, chat(), timeout=0.2 if script == ["hold"] else None)

    assert (what, True) == (error.what, isinstance(error, NoAnswer))


def test_no_connection_in_time(chat):
    """A connection that is never made is given up, and the timeout is named."""
    base = "http://127.0.0.1:9"
    error = told(httpx.ConnectTimeout("x"), base, connect=10.0, idle=60.0)

    assert "no connection to `127.0.0.1:9` within 10 s" == error.what
    assert not isinstance(error, NoAnswer)


def test_tls_to_a_plain_server(scripted, http, chat):
    """`https` for a server of plain HTTP says which address to write instead."""
    server = scripted([b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"])
    error = failing(server.url.replace("http:", "https:"), chat())

    assert f"write `http://127.0.0.1:{server.port}`" in error.hint


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody has signed, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = [str(folder / "key.pem"), str(folder / "certificate.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", files[0]]
    try:
        subprocess.run([*command, "-out", files[1]], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no openssl to make a certificate with")
    return files


def test_an_untrusted_certificate(certificate, chat):
    """A certificate that nobody has signed is refused, and the reason is told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            wire, _ = server.accept()
            with wire, suppress(OSError):  # the client refuses the certificate
                context.wrap_socket(wire, server_side=True).close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        error = failing(f"https://localhost:{server.getsockname()[1]}", chat())
        thread.join(5)

    assert error.what.startswith("the certificate of `localhost` is not trusted: self-signed")
    assert "SSL_CERT_FILE" in error.hint


def test_a_proxy_that_refuses(chat, scripted, monkeypatch):
    """A proxy from the environment that refuses is blamed itself."""
    proxy = scripted([b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"])
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "")
    error = failing("https://api.cohere.example", chat(), key=Secret("a-key-for-nobody"))

    assert "the proxy does not let the request through" == error.what
    assert [] == [raw for raw in proxy.requests if b"a-key-for-nobody" in raw]


PAGE = b"<!-- x -->\n<!DOCTYPE html><html><head><title>Bad\n Gateway</title></head></html>"


@pytest.mark.parametrize("status", [200, 403, 502, 503, 504, 511, 522])
def test_a_web_page_instead_of_an_answer(scripted, http, chat, status):
    """A page as gateways and login forms send it is no answer of the API, whatever its type says."""
    server = scripted([http(PAGE, status=f"{status} X", headers=("Content-Type: text/html",))])
    error = failing(server.url, chat())

    assert f"a web page came back, with status `{status}`: `Bad Gateway`" == error.what


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, PAGE), (404, PAGE), (500, PAGE), (200, b"data: <html>\n\n"), (200, b'"<html>"')],
)
def test_other_answers_are_left_to_the_rules(status, body):
    """A page that refuses a request may be the server's own, and a stream may quote HTML."""
    assert None is foreign_page(Response(status, (), body), "http://host")


def test_hostile_pages_take_no_time():
    """Many comments in front of nothing are looked at once, and titles are cut and cleaned."""
    page = b"<!---->" * 5000 + b"x"
    titled = b"<html><title>" + b"\x1b[31m" + b"t" * 500 + b"</title>"

    assert None is foreign_page(Response(200, (), page), "http://host")
    assert "`: " not in foreign_page(Response(200, (), titled), "http://host").what


def test_unforeseen_errors_tell_their_type_only():
    """The text of an error that nobody foresaw may hold the header, so that it is not told."""
    error = told(
        httpx.LocalProtocolError("Illegal header value b's3cr3t'"), "http://h", connect=1, idle=1
    )

    assert "s3cr3t" not in str(error)
    assert "LocalProtocolError" in error.what


@pytest.mark.parametrize(
    ("base", "cause", "what", "hint"),
    [
        (
            "http://h:8",
            OSError(113, "No route to host"),
            "no connection to `h:8`: no route to host",
            "network",
        ),
        ("https://h", None, "no connection to `h:443`", "write `http://h:443`"),
        ("http://h", None, "no connection to `h:80`", "HTTPS_PROXY"),
    ],
    ids=["no-route", "handshake", "unknown"],
)
def test_other_ways_to_get_no_connection(base, cause, what, hint):
    """What the system says is told; where it says nothing, what is likely."""
    error = httpx.ConnectError("x")
    error.__cause__ = cause
    found = told(error, base, connect=10, idle=60)

    assert what == found.what
    assert hint in found.hint
