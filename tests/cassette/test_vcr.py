"""Cassettes of vcrpy, whatever their age, give the bytes that travelled."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.cassette import read
from conformance.errors import CassetteError
from conformance.wire import Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from pathlib import Path

STREAM = (
    'event: message-start\ndata: {"type":"message-start","id":"é"}\n\ndata: [DONE]\n\n'.encode()
)
CASSETTE = """\
interactions:
- request:
    body: '{"model": "command-a-03-2025", "stream": true}'
    headers:
      accept:
      - '*/*'
      x-fern-sdk-version:
      - 5.10
      x-flag:
      - off
    method: POST
    uri: https://api.cohere.com/v2/chat
  response:
    body:
      string: 'event: message-start

        data: {"type":"message-start","id":"é"}


        data: [DONE]


        '
    headers:
      Date:
      - Thu, 05 Mar 2026 10:00:00 GMT
      content-type:
      - text/event-stream
      set-cookie:
      - a=1
      - b=2
    status:
      code: 200
      message: OK
version: 1
"""


def saved(folder: Path, name: str, text: str | bytes) -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def with_response(**response: Any) -> dict[str, Any]:
    """A cassette of one interaction as JSON data."""
    whole = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": ""}}
    request: dict[str, Any] = {
        "method": "POST",
        "uri": "https://h/v2/chat",
        "body": None,
        "headers": {},
    }
    return {
        "version": 1,
        "interactions": [{"request": request, "response": {**whole, **response}}],
    }


def body_of(folder: Path, cassette: dict[str, Any]) -> bytes:
    """The response body of a cassette's only interaction."""
    (exchange,) = read(saved(folder, "a.json", json.dumps(cassette)))
    assert exchange.response is not None
    return exchange.response.body


def test_yaml_cassette(tmp_path: Path) -> None:
    """Every part of an interaction arrives: headers in order and as written, bytes, line and date."""
    path = saved(tmp_path, "a.yaml", CASSETTE)

    (exchange,) = read(path)

    expected = Exchange(
        Request(
            "POST",
            "https://api.cohere.com/v2/chat",
            (("accept", "*/*"), ("x-fern-sdk-version", "5.10"), ("x-flag", "off")),
            b'{"model": "command-a-03-2025", "stream": true}',
        ),
        Response(
            200,
            (
                ("Date", "Thu, 05 Mar 2026 10:00:00 GMT"),
                ("content-type", "text/event-stream"),
                ("set-cookie", "a=1"),
                ("set-cookie", "b=2"),
            ),
            STREAM,
        ),
        Origin(str(path), 1, 2, "Thu, 05 Mar 2026 10:00:00 GMT"),
    )
    assert expected == exchange


def test_several_documents_and_interactions(tmp_path: Path) -> None:
    """Numbers run on over interactions and documents, and each has the line where it starts."""
    item = CASSETTE.split("interactions:\n", 1)[1].rsplit("version:", 1)[0]
    text = f"interactions:\n{item}{item}version: 1\n---\n{CASSETTE}"

    exchanges = read(saved(tmp_path, "a.yml", text))

    starts = [at for at, line in enumerate(text.split("\n"), 1) if line.startswith("- request:")]
    assert [(1, starts[0]), (2, starts[1]), (3, starts[2])] == [
        (one.origin.number, one.origin.line) for one in exchanges
    ]


def test_json_cassette_is_the_same(tmp_path: Path) -> None:
    """The JSON form of a cassette gives the exchange of the YAML form."""
    import yaml

    data = yaml.load(CASSETTE, Loader=yaml.BaseLoader)
    (from_yaml,) = read(saved(tmp_path, "a.yaml", CASSETTE))
    (from_json,) = read(saved(tmp_path, "a.json", json.dumps(data)))

    assert (from_yaml.request, from_yaml.response) == (from_json.request, from_json.response)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, b""),
        ("plain é", "plain é".encode()),
        ({}, b""),
        ({"string": "é"}, "é".encode()),
        ({"string": None}, b""),
        ({"base64_string": base64.b64encode(b"\xff\x00").decode()}, b"\xff\x00"),
        (7, b"7"),
        (True, b"true"),
        ({"type": "text", "content": "a"}, b"a"),
        ({"type": "base64", "content": "/wA="}, b"\xff\x00"),
        ({"type": "json", "content": {"b": 1.5, "a": None}}, b'{"b":1.5,"a":null}'),
    ],
)
def test_forms_of_a_body(tmp_path: Path, body: Any, expected: bytes) -> None:
    """A body is null, text, or a mapping in any form that a recorder has used."""
    assert expected == body_of(tmp_path, with_response(body=body))


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ([1], "is a list, not text"),
        ({"text": "a"}, "has neither `string` nor `base64_string`"),
        ({"base64_string": "!"}, "is not base64"),
        ({"string": {}}, "is a mapping, not text"),
    ],
)
def test_no_form_of_a_body(tmp_path: Path, body: Any, what: str) -> None:
    """A body in no known form is an error that leads to it."""
    with pytest.raises(CassetteError, match=what) as caught:
        body_of(tmp_path, with_response(body=body))

    assert caught.value.what.startswith("`interactions[0].response.body")


def test_headers_without_a_value(tmp_path: Path) -> None:
    """A header without a value is none; one in binary is read as Latin-1."""
    text = CASSETTE.replace("      - off\n", "      - null\n      x-none: null\n").replace(
        "- 5.10", "- !!binary 6Q=="
    )

    (exchange,) = read(saved(tmp_path, "a.yaml", text))

    assert exchange.request is not None
    assert (("accept", "*/*"), ("x-fern-sdk-version", "é")) == exchange.request.headers


def test_binary_body(tmp_path: Path) -> None:
    """YAML's binary type gives its bytes."""
    encoded = base64.b64encode(b"\xff\r\n\x00").decode()
    head = CASSETTE.split("      string:", maxsplit=1)[0]
    tail = CASSETTE[CASSETTE.index("    headers:\n      Date:") :]
    text = f"{head}      string: !!binary |\n        {encoded}\n{tail}"

    (exchange,) = read(saved(tmp_path, "a.yaml", text))

    assert exchange.response is not None
    assert b"\xff\r\n\x00" == exchange.response.body


def test_compressed_body_is_unpacked_and_its_header_stays(tmp_path: Path) -> None:
    """A gzip body is what it stands for; the Content-Encoding header is still there to be judged."""
    packed = base64.b64encode(gzip.compress(STREAM)).decode()
    headers = {"Content-Encoding": ["gzip"]}
    cassette = with_response(headers=headers, body={"base64_string": packed})

    (exchange,) = read(saved(tmp_path, "a.json", json.dumps(cassette)))

    assert exchange.response is not None
    assert (
        exchange.response.body,
        exchange.response.header("content-encoding"),
    ) == (STREAM, "gzip")


def test_parsed_body_is_written_out_and_marked(tmp_path: Path) -> None:
    """A body that was kept as data only becomes JSON, and its exchange says that bytes are lost."""
    cassette = with_response(body=None, parsed_body={"id": "x", "results": []})

    (exchange,) = read(saved(tmp_path, "a.json", json.dumps(cassette)))

    assert exchange.response is not None
    assert (b'{"id":"x","results":[]}', False) == (exchange.response.body, exchange.framing)


def test_status_may_be_a_number(tmp_path: Path) -> None:
    """Some recorders write the status without its message."""
    (exchange,) = read(saved(tmp_path, "a.json", json.dumps(with_response(status=422))))

    assert exchange.response is not None
    assert 422 == exchange.response.status


def test_cassette_before_version_1(tmp_path: Path) -> None:
    """A bare list of interactions is read as well."""
    old = with_response()["interactions"]

    assert 1 == len(read(saved(tmp_path, "a.json", json.dumps(old))))


def test_recorded_at_comes_before_the_date_header(tmp_path: Path) -> None:
    """What the recorder wrote about the time wins over the server's clock."""
    cassette = with_response(headers={"date": ["Thu, 05 Mar 2026 10:00:00 GMT"]})
    cassette["interactions"][0]["recorded_at"] = "2026-03-06T19:45:40+00:00"

    (exchange,) = read(saved(tmp_path, "a.json", json.dumps(cassette)))

    assert "2026-03-06T19:45:40+00:00" == exchange.origin.recorded_at


def test_cut_cassette_is_an_error_with_its_line(tmp_path: Path) -> None:
    """A cassette that ends within an interaction is not taken for a shorter one."""
    text = CASSETTE[: CASSETTE.index("  response:")]

    with pytest.raises(CassetteError) as caught:
        read(saved(tmp_path, "cut.yaml", text))

    assert "`interactions[0]` has no `response`" == caught.value.what
    assert str(caught.value.where).endswith("cut.yaml:2")
