"""Ruby VCR, HAR and httpmock recordings become the same exchanges as any other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.cassette import read
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from pathlib import Path

RUBY = """\
---
http_interactions:
- request:
    method: post
    uri: https://api.cohere.com/v2/chat
    body:
      encoding: UTF-8
      string: '{"stream":true}'
    headers:
      User-Agent:
      - Faraday v2.9.0
  response:
    status:
      code: 200
      message: OK
    headers:
      Content-Type:
      - text/event-stream
    body:
      encoding: UTF-8
      string: |+
        event: message-start
        data: {"type":"message-start"}

    http_version:
  recorded_at: Fri, 21 Aug 2026 10:00:00 GMT
recorded_with: VCR 6.3.1
"""
HTTPMOCK = """\
when:
  path: /v2/chat
  method: POST
  query_param: []
  header:
  - name: content-type
    value: application/json
  body: '{"stream":true}'
then:
  status: 200
  header:
  - name: content-type
    value: text/event-stream
  body: |+
    event: message-start
    data: {"type":"message-start"}

---
when:
  path: /v2/rerank
  method: POST
  host: localhost
  port: 8080
  scheme: http
  query_param:
  - name: a b
    value: c
then:
  status: 422
  json_body:
    message: no
"""


def saved(folder: Path, name: str, text: str) -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_ruby_cassette(tmp_path: Path) -> None:
    """An interaction of Ruby VCR arrives whole, its method as it was sent."""
    path = saved(tmp_path, "a.yml", RUBY)

    expected = Exchange(
        Request(
            "POST",
            "https://api.cohere.com/v2/chat",
            (("User-Agent", "Faraday v2.9.0"),),
            b'{"stream":true}',
        ),
        Response(
            200,
            (("Content-Type", "text/event-stream"),),
            b'event: message-start\ndata: {"type":"message-start"}\n\n',
        ),
        Origin(str(path), 1, 3, "Fri, 21 Aug 2026 10:00:00 GMT"),
    )
    assert [expected] == read(path)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{encoding: UTF-8, string: é}", "é".encode()),
        ("{encoding: ASCII-8BIT, string: é}", "é".encode()),
        ("{encoding: ISO-8859-1, string: é}", b"\xe9"),
        ("{encoding: ISO-8859-1, string: 漢}", "漢".encode()),
        ("{encoding: rot13, string: é}", "é".encode()),
        ("{encoding: ASCII-8BIT, string: !binary /wA=}", b"\xff\x00"),
        ("{encoding: UTF-8, base64_string: /wA=}", b"\xff\x00"),
        ("{encoding: UTF-8, string: ''}", b""),
        ("plain", b"plain"),
        ("", b""),
    ],
)
def test_ruby_bodies(tmp_path: Path, body: str, expected: bytes) -> None:
    """The text of a Ruby cassette turns into bytes by the encoding that stands beside it."""
    text = RUBY.replace(
        """      encoding: UTF-8
      string: '{"stream":true}'
""",
        "",
    ).replace("    body:\n    headers:\n      User", f"    body: {body}\n    headers:\n      User")

    (exchange,) = read(saved(tmp_path, "a.yml", text))

    assert exchange.request is not None
    assert expected == exchange.request.body


def test_ruby_symbol_method(tmp_path: Path) -> None:
    """A method that Ruby wrote as a symbol loses its colon."""
    (exchange,) = read(saved(tmp_path, "a.yml", RUBY.replace("method: post", "method: :post")))

    assert exchange.request is not None
    assert "POST" == exchange.request.method


def test_httpmock_documents(tmp_path: Path) -> None:
    """Each document of httpmock is one exchange; an address without host is a path."""
    path = saved(tmp_path, "a.yaml", HTTPMOCK)

    first, second = read(path)

    json_type = ("content-type", "application/json")
    assert (
        Exchange(
            Request("POST", "/v2/chat", (json_type,), b'{"stream":true}'),
            Response(
                200,
                (("content-type", "text/event-stream"),),
                b'event: message-start\ndata: {"type":"message-start"}\n\n',
            ),
            Origin(str(path), 1, 1),
        )
        == first
    )
    assert (
        Exchange(
            Request("POST", "http://localhost:8080/v2/rerank?a+b=c"),
            Response(422, (), b'{"message":"no"}'),
            Origin(str(path), 2, 19),
            framing=False,
        )
        == second
    )


def test_httpmock_base64_body(tmp_path: Path) -> None:
    """A body in base64 is the bytes that it stands for."""
    text = "when: {path: /v2/chat}\nthen: {status: 200, body_base64: /wA=}\n"

    (exchange,) = read(saved(tmp_path, "a.yaml", text))

    assert exchange.request is not None
    assert exchange.response is not None
    assert (
        exchange.request.method,
        exchange.response.body,
        exchange.framing,
    ) == ("GET", b"\xff\x00", True)


def entry(request: object, response: object) -> str:
    """A cassette of one entry with these bodies, as recorders for `fetch` write it."""
    address = {"method": "POST", "url": "https://h/v2/chat", "headers": {}}
    headers = {"content-encoding": "gzip", "date": "Mon, 24 Aug 2026 11:54:34 GMT"}
    asked, answered = {**address, "body": request}, {"status": 200, "headers": headers}
    return json.dumps({"entries": [{"request": asked, "response": {**answered, "body": response}}]})


@pytest.mark.parametrize(
    ("body", "expected", "exact"),
    [
        ({"kind": "sse", "chunks": ["event: a\ndata: é", "data: [DONE]"]},
         "event: a\ndata: é\n\ndata: [DONE]\n\n".encode(), True),
        ({"kind": "json", "value": {"id": "é"}}, '{"id":"é"}'.encode(), False),
        ({"kind": "text", "value": "no"}, b"no", True),
        ({"kind": "base64", "value": "/wA="}, b"\xff\x00", True),
        ({"kind": "empty"}, b"", True),
        (None, b"", True),
    ],
)  # fmt: skip
def test_entries(tmp_path: Path, body: object, expected: bytes, exact: bool) -> None:  # noqa: FBT001
    """A body by kind becomes its bytes; a stream of events gets its blank lines back."""
    path = saved(tmp_path, "a.cassette.json", entry({"kind": "json", "value": [1]}, body))

    (exchange,) = read(path)

    assert exchange.request is not None
    assert exchange.response is not None
    assert (b"[1]", expected, exact, "Mon, 24 Aug 2026 11:54:34 GMT") == (
        exchange.request.body,
        exchange.response.body,
        exchange.framing,
        exchange.origin.recorded_at,
    )


def har(**response: Any) -> str:
    """An archive of one entry with this response."""
    entry = {
        "startedDateTime": "2026-03-05T10:00:00.000Z",
        "request": {
            "method": "POST",
            "url": "https://api.cohere.com/v2/rerank",
            "headers": [
                {"name": ":authority", "value": "api.cohere.com"},
                {"name": "Content-Type", "value": "application/json"},
            ],
            "postData": {"mimeType": "application/json", "text": '{"query":"é"}'},
        },
        "response": {
            "status": 200,
            "headers": [{"name": "content-encoding", "value": "gzip"}],
            "content": {"size": 2, "mimeType": "application/json", "text": "{}"},
            **response,
        },
    }
    return json.dumps({"log": {"version": "1.2", "entries": [entry]}})


def test_har_entry(tmp_path: Path) -> None:
    """An entry arrives without HTTP/2's pseudo headers; its text is already decoded."""
    path = saved(tmp_path, "a.har", "\ufeff" + har())

    expected = Exchange(
        Request(
            "POST",
            "https://api.cohere.com/v2/rerank",
            (("Content-Type", "application/json"),),
            '{"query":"é"}'.encode(),
        ),
        Response(200, (("content-encoding", "gzip"),), b"{}"),
        Origin(str(path), 1, None, "2026-03-05T10:00:00.000Z"),
    )
    assert [expected] == read(path)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"content": {"size": 2, "encoding": "base64", "text": "/wA="}}, b"\xff\x00"),
        ({"content": {"size": 0}, "bodySize": 0}, b""),
        ({"content": {"size": 9, "mimeType": "text/event-stream"}}, None),
        ({"status": 0}, None),
    ],
)
def test_har_content(tmp_path: Path, response: dict[str, Any], expected: bytes | None) -> None:
    """Content may be base64 or empty; where the browser kept none there is no response to judge."""
    (exchange,) = read(saved(tmp_path, "a.har", har(**response)))

    assert expected == (None if exchange.response is None else exchange.response.body)
