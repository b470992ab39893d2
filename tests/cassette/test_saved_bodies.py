"""A body that was saved without its request becomes an exchange of the endpoint that it answers."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from conformance.cassette import read
from conformance.errors import CassetteError, UsageError
from conformance.wire import Exchange, Origin, Response

if TYPE_CHECKING:
    from pathlib import Path

SSE = b'event: message-start\ndata: {"type":"message-start"}\n\n'
LINES = b'{"type":"message-start"}\n{"type":"message-end"}\n'
RERANK = b'{"id": "x", "results": []}'


def exchange_of(body: bytes, media: str | None, file: str, endpoint: str) -> Exchange:
    """What a saved body becomes."""
    headers = () if media is None else (("content-type", media),)
    response = Response(200, headers, body)
    return Exchange(None, response, Origin(file, 1, 1), endpoint=endpoint)


@pytest.mark.parametrize(
    ("name", "body", "endpoint", "media", "answers"),
    [
        ("a.sse", SSE, None, "text/event-stream", "chat-stream"),
        ("a.sse", b"anything at all", None, "text/event-stream", "chat-stream"),
        ("a.txt", SSE, None, "text/event-stream", "chat-stream"),
        ("a.txt", b"\xef\xbb\xbf\n: hello\n\n" + SSE, None, "text/event-stream", "chat-stream"),
        ("a.txt", b"data\n\n", None, "text/event-stream", "chat-stream"),
        ("a.txt", b"data: \xff\n\n", None, "text/event-stream", "chat-stream"),
        ("a.txt", LINES, None, None, "chat-stream"),
        ("a.ndjson", LINES, None, None, "chat-stream"),
        ("a.jsonl", LINES, "chat-stream", None, "chat-stream"),
        ("a.json", RERANK, "rerank", "application/json", "rerank"),
        ("a.txt", RERANK, "rerank", "application/json", "rerank"),
        ("a.txt", b"garbage", "chat-stream", "text/event-stream", "chat-stream"),
        ("a.txt", b"\xff\xff", "chat-stream", "text/event-stream", "chat-stream"),
    ],
)
def test_saved_body(
    tmp_path: Path, name: str, body: bytes, endpoint: str | None, media: str | None, answers: str
) -> None:
    """The bytes are kept as they are, and tell the media type where only one is meant."""
    path = tmp_path / name
    path.write_bytes(body)

    assert [exchange_of(body, media, str(path), answers)] == read(path, endpoint=endpoint)


@pytest.mark.parametrize(
    ("body", "endpoint"), [(SSE, "chat-stream"), (LINES, None), (RERANK, "rerank")]
)
def test_standard_input(monkeypatch: pytest.MonkeyPatch, body: bytes, endpoint: str | None) -> None:
    """`-` reads standard input, byte for byte."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(body)))

    (exchange,) = read("-", endpoint=endpoint)

    assert exchange.response is not None
    assert (body, "<stdin>") == (exchange.response.body, exchange.origin.file)


@pytest.mark.parametrize(
    ("name", "body", "endpoint"),
    [
        ("a.txt", b"just words", None),
        ("a.txt", RERANK, None),
        ("a.json", b'{"results": [', "rerank"),
        ("a.yaml", SSE, "chat-stream"),
        ("a.jsonl", b'{"request": null}\n{', "chat-stream"),
    ],
)
def test_not_a_saved_body(tmp_path: Path, name: str, body: bytes, endpoint: str | None) -> None:
    """Neither other text nor a damaged container is taken for a body."""
    path = tmp_path / name
    path.write_bytes(body)

    with pytest.raises(CassetteError):
        read(path, endpoint=endpoint)


def test_unknown_endpoint(tmp_path: Path) -> None:
    """An endpoint that is not judged is a mistake of the caller, named as such."""
    path = tmp_path / "a.sse"
    path.write_bytes(SSE)

    with pytest.raises(UsageError, match="`embed` is not an endpoint"):
        read(path, endpoint="embed")
