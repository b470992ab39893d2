"""JSON Lines hold any exchange, one a line, and a capsule is one of them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance.cassette import as_record, read
from conformance.errors import CassetteError
from conformance.wire import Chunk, Exchange, Origin, Request, Response

if TYPE_CHECKING:
    from pathlib import Path

FULL: dict[str, Any] = {
    "endpoint": "chat-stream",
    "recorded_at": "2026-03-05T10:00:00Z",
    "observed": True,
    "framing": False,
    "live": True,
    "expect": [400, 422],
    "request": {
        "method": "POST",
        "url": "https://api.cohere.com/v2/chat",
        "headers": {"accept": "*/*", "x-twice": ["a", "b"]},
        "body": "é\u2028",
    },
    "response": {
        "status": 200,
        "headers": [["content-type", "text/event-stream"]],
        "body_base64": base64.b64encode(b"\xff\xfe").decode(),
        "chunks": [[0, 1], [1, 2, 0.25]],
        "complete": False,
        "undecoded": True,
    },
}
EXCHANGE = Exchange(
    Request(
        "POST",
        "https://api.cohere.com/v2/chat",
        (("accept", "*/*"), ("x-twice", "a"), ("x-twice", "b")),
        "é\u2028".encode(),
    ),
    Response(
        200,
        (("content-type", "text/event-stream"),),
        b"\xff\xfe",
        (Chunk(0, 1), Chunk(1, 2, 0.25)),
        complete=False,
        undecoded=True,
    ),
    Origin("", 1, 1, "2026-03-05T10:00:00Z"),
    observed=True,
    endpoint="chat-stream",
    framing=False,
    live=True,
    expect=(400, 422),
)


def line(value: object) -> str:
    """One line of the form."""
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "noname"])
def test_every_member(tmp_path: Path, name: str) -> None:
    """Every member of the form arrives, and the line of the file with it."""
    path = tmp_path / name
    path.write_bytes(f"{line({'request': None, 'response': None})}\n\n{line(FULL)}\n".encode())

    empty, full = read(path)

    file = str(path)
    assert Exchange(None, None, Origin(file, 1, 1)) == empty
    assert (EXCHANGE.request, EXCHANGE.response) == (full.request, full.response)
    assert Origin(file, 2, 3, "2026-03-05T10:00:00Z") == full.origin
    assert (
        full.observed,
        full.endpoint,
        full.framing,
        full.live,
        full.expect,
    ) == (True, "chat-stream", False, True, (400, 422))


@pytest.mark.parametrize("indent", [None, 2])
def test_capsule(tmp_path: Path, indent: int | None) -> None:
    """A file with one object is an exchange too, whatever else stands in it."""
    path = tmp_path / "capsule.json"
    path.write_text(json.dumps({"rule": "STREAM-014", **FULL}, indent=indent), encoding="utf-8")

    (exchange,) = read(path)

    assert (EXCHANGE.request, EXCHANGE.response) == (exchange.request, exchange.response)


def test_body_may_be_data(tmp_path: Path) -> None:
    """A body written as JSON data stands for its compact text."""
    path = tmp_path / "a.jsonl"
    path.write_text(line({"request": {"method": "POST", "url": "/", "body": {"a": [1]}}}))

    (exchange,) = read(path)

    assert exchange.request is not None
    assert b'{"a":[1]}' == exchange.request.body


def test_record_leaves_defaults_out() -> None:
    """What has its default value is not written."""
    exchange = Exchange(Request("POST", "/v2/chat"), None)

    assert as_record(exchange) == {
        "request": {"method": "POST", "url": "/v2/chat", "headers": [], "body": ""},
        "response": None,
    }


@pytest.mark.parametrize(
    ("chunks", "what"),
    [
        ([[0]], "is not a chunk"),
        ([[0, 3]], "does not fit a body of 2 bytes"),
        ([[1, 2], [0, 1]], "does not fit"),
        ([[0, 1, "soon"]], "is text, not a number"),
        ([[0, 1, 1e999]], "is not a finite number"),
        ([[0, 1, 10**400]], "is too large a number"),
        ([[0, True]], "is a boolean, not an integer"),
        ("all", "is text, not a list"),
    ],
)
def test_chunks_have_to_fit(tmp_path: Path, chunks: object, what: str) -> None:
    """Chunk edges lie in order inside the body, and their times are finite."""
    path = tmp_path / "a.jsonl"
    path.write_text(line({"response": {"status": 200, "body": "ab", "chunks": chunks}}))

    with pytest.raises(CassetteError, match=what):
        read(path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"request": null}\n[1]', "is not an exchange"),
        ('{"request": null}\n{"a": 1}', "is not an exchange"),
        ('{"request": null}\n{"request": ', "is not JSON: expecting value at column 13"),
        ('{"request": null}\n{"request": {"url": "/"}}', "`request` has no `method`"),
        ('{"request": null}\n{"request": null, "live": 1}', "`live` is a number, not a boolean"),
        ('{"request": null}\n{"response": {"status": 7}}', "is `7`, which is not an HTTP status"),
        ('{"request": null}\n{"response": {"status": 200, "body": "\\ud800"}}', "surrogate"),
        ('{"request": null}\n{"response": {"status": 200, "headers": [["a"]]}}', "not a pair"),
        ('{"request": null}\n{"request": ' + "9" * 5000 + "}", "a number that is too long"),
        ('{"request": null}\n' + "[" * 100_000, "is nested too deeply"),
    ],
)
def test_broken_line_is_named(tmp_path: Path, text: str, what: str) -> None:
    """A line that is no exchange is an error that names the line."""
    path = tmp_path / "a.jsonl"
    path.write_text(text)

    with pytest.raises(CassetteError, match=what) as caught:
        read(path)

    assert f"{path}:2" == caught.value.where
