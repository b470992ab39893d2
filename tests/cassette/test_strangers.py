"""What tools of others write is read right, or is one error that names it and the remedy."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from conformance.cassette import read
from conformance.check import check
from conformance.errors import CassetteError

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.wire import Exchange

CHAT = "https://api.cohere.com/v2/chat"
RERANK = "https://api.cohere.com/v2/rerank"
ASKED = '{"model":"command-a-03-2025","messages":[{"role":"user","content":"Hi"}],"stream":true}'
START = '{"type":"message-start","id":"x","delta":{"message":{"role":"assistant"}}}'
EVENT = f"event: message-start\ndata: {START}\n\n"
PACKED = gzip.compress(EVENT.encode(), mtime=0)
BASE64 = base64.b64encode(EVENT.encode()).decode()
JSON, SSE = {"content-type": ["application/json"]}, {"content-type": ["text/event-stream"]}
SENT = {"method": "POST", "uri": CHAT, "headers": JSON, "body": ASKED}
GOT = {"status": {"code": 200, "message": "OK"}, "headers": SSE, "body": {"string": EVENT}}


def saved(folder: Path, name: str, value: object) -> Path:
    """A file with this text, these bytes, or this value as JSON."""
    path = folder / name
    if isinstance(value, bytes):
        path.write_bytes(value)
    else:
        path.write_bytes((value if isinstance(value, str) else json.dumps(value)).encode())
    return path


def cassette(request: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """A cassette of one interaction."""
    return {"version": 1, "interactions": [{"request": request, "response": response}]}


def parts(exchange: Exchange) -> tuple[str, str, str, int, str]:
    """Method, address and body of the request, status and body of the response."""
    assert exchange.request is not None
    assert exchange.response is not None
    asked, answered = exchange.request, exchange.response
    return (asked.method, asked.url, asked.body.decode(), answered.status, answered.body.decode())


def got(**members: Any) -> dict[str, Any]:
    """A response with other members."""
    return {**GOT, **members}


CASSETTES: dict[str, Any] = {
    "vcrpy for httpx": cassette(
        SENT,
        {"status_code": 200, "http_version": "HTTP/1.1", "headers": SSE, "content": EVENT},
    ),
    "vcrpy, list of pieces": cassette({**SENT, "body": [ASKED[:9], ASKED[9:]]}, GOT),
    "vcrpy, request as data": cassette({**SENT, "body": json.loads(ASKED)}, GOT),
    "vcrpy, file object": cassette({**SENT, "body": {"state": [ASKED, 0, None]}}, GOT),
    "vcrpy before version 1": [
        {
            "request": {
                "method": "POST",
                "protocol": "https",
                "host": "api.cohere.com",
                "port": 443,
                "path": "/v2/chat",
                "headers": {},
                "body": ASKED,
            },
            "response": GOT,
        }
    ],
    "request in gzip": cassette(
        {
            **SENT,
            "headers": {"content-encoding": ["gzip"]},
            "body": {"base64_string": base64.b64encode(gzip.compress(ASKED.encode())).decode()},
        },
        GOT,
    ),
    "gzip as text": cassette(
        SENT,
        got(headers={"content-encoding": ["gzip"]}, body={"string": PACKED.decode("latin-1")}),
    ),
    "zlib as text": cassette(
        SENT,
        got(
            headers={"content-encoding": ["deflate"]},
            body={"string": zlib.compress(EVENT.encode()).decode("latin-1")},
        ),
    ),
    "chunks": cassette(
        SENT,
        got(
            headers={"Transfer-Encoding": ["chunked"]},
            body={
                "string": f"8\r\n{EVENT[:8]}\r\n{len(EVENT) - 8:X};a=b\r\n{EVENT[8:]}\r\n0\r\n\r\n"
            },
        ),
    ),
    "go-vcr": cassette(SENT, got(status="200 OK", code=200, body=EVENT, duration="1.2s")),
    "a status line": cassette(SENT, got(status="200 OK", body=EVENT)),
    "ExVCR": [
        {
            "request": {
                "method": "post",
                "url": CHAT,
                "headers": {},
                "body": "",
                "request_body": ASKED,
                "options": [],
            },
            "response": {"status_code": 200, "headers": {}, "body": EVENT, "type": "ok"},
        }
    ],
    "a method as symbol": cassette({**SENT, "method": ":post"}, GOT),
    "req_cassette": cassette(
        {**SENT, "body": None, "body_type": "json", "body_json": json.loads(ASKED)},
        {"status": 200, "headers": SSE, "body_type": "text", "body": EVENT},
    ),
    "req_cassette, blob": cassette(
        {**SENT, "body_type": "text"},
        {"status": 200, "headers": SSE, "body_type": "blob", "body_blob": BASE64},
    ),
}


@pytest.mark.parametrize("name", sorted(CASSETTES))
def test_relatives_of_vcrpy(tmp_path: Path, name: str) -> None:
    """However a recorder names the parts of an exchange, they arrive."""
    (exchange,) = read(saved(tmp_path, "a.json", CASSETTES[name]))

    method, *others = parts(exchange)
    assert ("POST", [CHAT, ASKED, 200, EVENT]) == (method.upper(), others)


def test_chunks_are_only_undone_when_they_are_all_of_the_body(tmp_path: Path) -> None:
    """A body that only begins like chunks is left as it is, and so is one without the header."""
    cut = f"8\r\n{EVENT[:8]}\r\n"
    whole = f"{len(EVENT):x}\r\n{EVENT}\r\n0\r\n\r\n"
    chunked = {"transfer-encoding": ["chunked"]}

    for headers, body in ((chunked, cut), (chunked, f"{cut}9\r\nx"), ({}, whole)):
        answered = got(headers=headers, body={"string": body})
        (exchange,) = read(saved(tmp_path, "a.json", cassette(SENT, answered)))

        assert body == parts(exchange)[4]


@pytest.mark.parametrize("text", ["\x1f\ufffd\b\0", "\x1f\b\0\0", "\b\0\0"])
def test_compressed_bytes_that_were_read_as_text(tmp_path: Path, text: str) -> None:
    """Bytes that a recorder replaced or dropped cannot be judged, and the error says the remedy."""
    answered = got(headers={"content-encoding": ["gzip"]}, body={"string": text})

    with pytest.raises(CassetteError, match="read as text, so that bytes of it are lost") as caught:
        read(saved(tmp_path, "a.json", cassette(SENT, answered)))

    assert "decode_compressed_response" in str(caught.value.hint)


@pytest.mark.parametrize("root", ["interactions", "http_interactions"])
def test_bodies_that_nobody_judges(tmp_path: Path, root: str) -> None:
    """A body that cannot be decoded matters only where the exchange is judged."""
    broken = got(headers={"content-encoding": ["gzip"]}, body={"string": "\x1f\b\0"})
    other = {**SENT, "uri": "https://example.org/v2/embed"}
    items = [{"request": other, "response": broken}, {"request": SENT, "response": GOT}]

    first, second = read(saved(tmp_path, "a.json", {root: items}))

    assert ("", EVENT) == (parts(first)[4], parts(second)[4])
    items[0]["request"] = SENT
    with pytest.raises(CassetteError, match="bytes of it are lost"):
        read(saved(tmp_path, "a.json", {root: items}))


@pytest.mark.parametrize(
    ("url", "answer", "endpoint"),
    [
        (CHAT, SSE, "chat-stream"),
        (RERANK, JSON, "rerank"),
        (CHAT, JSON, None),
        ("https://api.cohere.com/v1/chat", SSE, None),
    ],
)
def test_request_whose_body_was_not_kept(
    tmp_path: Path, url: str, answer: dict[str, Any], endpoint: str | None
) -> None:
    """Where the length shows that a body was sent, its absence is no fault of the client."""
    asked = {**SENT, "uri": url, "body": None, "headers": {"content-length": ["90"]}}

    (exchange,) = read(saved(tmp_path, "a.json", cassette(asked, got(headers=answer))))

    assert (endpoint, endpoint is None) == (exchange.endpoint, exchange.request is not None)


def har(asked: dict[str, Any], answered: dict[str, Any]) -> dict[str, Any]:
    """An archive of one entry."""
    request = {
        "method": "POST",
        "url": CHAT,
        "headers": [{"name": "content-type", "value": "application/json"}],
        "bodySize": -1,
        "postData": {"mimeType": "application/json", "text": ASKED},
        **asked,
    }
    response = {
        "status": 200,
        "headers": [{"name": "content-type", "value": "text/event-stream"}],
        "bodySize": -1,
        **answered,
    }
    return {"log": {"entries": [{"request": request, "response": response}]}}


def pieces(body: bytes) -> str:
    """A body as a recorder for JavaScript keeps it: its chunks, each in base64."""
    return json.dumps([base64.b64encode(one).decode() for one in (body[:20], body[20:])])


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        ({"text": EVENT}, []),
        ({"text": EVENT}, [{"name": "content-encoding", "value": "br"}]),
        ({"text": BASE64, "encoding": "base64"}, []),
        ({"text": pieces(EVENT.encode()), "encoding": "base64"}, []),
        (
            {"text": pieces(PACKED), "encoding": "base64"},
            [{"name": "content-encoding", "value": "gzip"}],
        ),
        ({"text": json.dumps([EVENT.encode().hex()]), "_isBinary": True}, []),
    ],
)
def test_content_of_an_archive(
    tmp_path: Path, content: dict[str, Any], headers: list[dict[str, str]]
) -> None:
    """Content is text, base64, or a list of pieces, which may still be compressed."""
    archive = har({}, {"content": content, "headers": headers})

    (exchange,) = read(saved(tmp_path, "a.har", archive))

    assert ("POST", CHAT, ASKED, 200, EVENT) == parts(exchange)


@pytest.mark.parametrize(
    "answered",
    [
        {"content": {"size": 0, "mimeType": "text/event-stream"}},
        {"content": {"size": 900, "mimeType": "text/event-stream", "text": ""}},
        {},
        {"status": 0},
        {"status": -1, "content": {"text": "x"}},
        {"status": None},
    ],
)
def test_answer_that_an_archive_lost(tmp_path: Path, answered: dict[str, Any]) -> None:
    """An answer that was not kept is not judged, whatever form its absence takes."""
    (exchange,) = read(saved(tmp_path, "a.har", har({}, answered)))

    verdict = check(exchange)
    assert (exchange.response, verdict.judged, verdict.reason) == (
        None,
        False,
        "the answer was not kept",
    )


def test_faulty_request_whose_answer_was_lost(tmp_path: Path) -> None:
    """The fault of a request is told even if its answer was not kept."""
    asked = {"postData": {"text": ASKED.replace('"user"', '"bot"')}}

    (exchange,) = read(saved(tmp_path, "a.har", har(asked, {})))

    verdict = check(exchange)
    assert (verdict.judged, ["CHAT-005"]) == (True, [one.code for one in verdict.violations])


@pytest.mark.parametrize(
    "answered",
    [
        {"bodySize": 0},
        {"status": 204},
        {"headers": [{"name": "Content-Length", "value": "0"}]},
    ],
)
def test_answer_that_was_empty(tmp_path: Path, answered: dict[str, Any]) -> None:
    """An answer is empty where the archive says so."""
    (exchange,) = read(saved(tmp_path, "a.har", har({}, {"content": {"size": 0}, **answered})))

    assert exchange.response is not None
    assert b"" == exchange.response.body


def test_request_that_an_archive_lost(tmp_path: Path) -> None:
    """A request without its body says nothing against the client, unless it was empty."""
    lost = har({"postData": {"mimeType": "application/json"}}, {"content": {"text": EVENT}})
    empty = har({"postData": None, "bodySize": 0}, {"content": {"text": EVENT}})

    (first,) = read(saved(tmp_path, "a.har", lost))
    (second,) = read(saved(tmp_path, "b.har", empty))

    assert (None, "chat-stream") == (first.request, first.endpoint)
    assert "CHAT-001" in {one.code for one in check(second).violations}


def test_pieces_of_a_stream(tmp_path: Path) -> None:
    """A stream that was kept in pieces is joined; events that were parsed are no stream."""
    answer = {"status": 200, "headers": {"Content-Type": "text/event-stream; charset=utf-8"}}

    line = json.dumps({"response": {**answer, "body": [EVENT[:9], EVENT[9:]]}})
    (exchange,) = read(saved(tmp_path, "a.jsonl", line))

    assert exchange.response is not None
    assert EVENT == exchange.response.body.decode()
    line = json.dumps({"response": {**answer, "body": [json.loads(START)]}})
    with pytest.raises(CassetteError, match="holds parsed events"):
        read(saved(tmp_path, "a.jsonl", line))


def test_archive_with_damaged_content(tmp_path: Path) -> None:
    """Content that is not base64 matters only where the exchange is judged."""
    damaged = {"content": {"text": "!", "encoding": "base64"}}
    other = har({"url": "https://example.org/logo.png"}, damaged)

    (exchange,) = read(saved(tmp_path, "a.har", other))

    assert "another endpoint" == check(exchange).reason
    with pytest.raises(CassetteError, match="is not base64"):
        read(saved(tmp_path, "a.har", har({}, damaged)))


@pytest.mark.parametrize("name", ["a.txt", "a.sse", "a"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_answer_with_its_head(tmp_path: Path, name: str, end: str) -> None:
    """What `curl -i` prints is the answer: the last head, and the bytes behind it."""
    lines = ["HTTP/1.1 100 Continue", "", "HTTP/2 200 ", "content-type: text/event-stream"]
    lines += ["Date: Tue, 05 Aug 2025 10:00:00 GMT", "", ""]

    (exchange,) = read(saved(tmp_path, name, end.join(lines) + EVENT))

    assert exchange.response is not None
    assert (200, "text/event-stream", EVENT, "Tue, 05 Aug 2025 10:00:00 GMT", "chat-stream") == (
        exchange.response.status,
        exchange.response.media_type,
        exchange.response.body.decode(),
        exchange.origin.recorded_at,
        exchange.endpoint,
    )


def test_answer_with_its_head_needs_a_name(tmp_path: Path) -> None:
    """An answer in JSON may be that of any endpoint, so its endpoint has to be named."""
    path = saved(tmp_path, "a.txt", "HTTP/2 200\r\ncontent-type: application/json\r\n\r\n{}")

    with pytest.raises(CassetteError, match="nothing says what this answers"):
        read(path)
    (exchange,) = read(path, endpoint="rerank")

    assert "rerank" == exchange.endpoint


RANKED = {"id": "x", "results": [{"index": 0, "relevance_score": 0.5}]}
ANSWERED = {"id": "x", "message": {}, "finish_reason": "COMPLETE", "usage": {}}
OLD = {"event_type": "stream-start", "is_finished": False, "generation_id": "x"}


@pytest.mark.parametrize(
    ("name", "text", "endpoint", "reason"),
    [
        ("a.json", json.dumps(RANKED, indent=1), "rerank", ""),
        ("a.txt", json.dumps(RANKED), "rerank", ""),
        (
            "a.json",
            json.dumps({**RANKED, "meta": {"api_version": {"version": "1"}}}),
            None,
            "v1 API",
        ),
        ("a.json", json.dumps(ANSWERED, indent=1), None, "chat without streaming"),
        ("a.txt", f"{json.dumps(OLD)}\n{json.dumps(OLD)}\n", None, "v1 API"),
        ("a.jsonl", f"{json.dumps(OLD)}\n{json.dumps(OLD)}\n", None, "v1 API"),
        ("a.sse", f"{json.dumps(OLD)}\n{json.dumps(OLD)}\n", None, "v1 API"),
        ("a.txt", f"event: stream-start\ndata: {json.dumps(OLD)}\n\n", None, "v1 API"),
    ],
)
def test_bare_answers(
    tmp_path: Path, name: str, text: str, endpoint: str | None, reason: str
) -> None:
    """A saved answer is told by its members; what is not judged is counted with the reason."""
    (exchange,) = read(saved(tmp_path, name, text))

    verdict = check(exchange)
    assert (endpoint, reason, endpoint is not None) == (
        exchange.endpoint,
        verdict.reason,
        verdict.judged,
    )


@pytest.mark.parametrize("name", ["a.txt", "a.sse", "-.ndjson"])
@pytest.mark.parametrize("text", [EVENT, START])
def test_stream_in_another_encoding(tmp_path: Path, name: str, text: str) -> None:
    """A stream that a shell wrote anew in UTF-16 is no witness against the server."""
    path = saved(tmp_path, name, text.replace("\n", "\r\n").encode("utf-16"))

    with pytest.raises(CassetteError, match="these are not the bytes that were sent"):
        read(path)


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("a.flow", b"40:9:websocket;0:~8:response;\xff", "a dump of mitmproxy"),
        ("a.yaml", PACKED, "compressed with gzip"),
        ("a.txt", b"PK\x03\x04\xff", "a zip archive"),
        ("a.txt", b"\xd4\xc3\xb2\xa1\x02\x00", "a capture of packets"),
        ("a.json", "<!DOCTYPE html><html></html>", "an HTML or XML page"),
        ("a.txt", f"* Connected\n> POST /v2/chat HTTP/2\n< HTTP/2 200\n\n{EVENT}", "both sides"),
        ("a.txt", f"POST /v2/chat HTTP/1.1\nHost: h\n\n{ASKED}\n\n{EVENT}", "both sides"),
        ("a.txt", "Just a note: these files\n  were: recorded\n", "holds no recording"),
        ("a.json", {"mappings": []}, "stubs of WireMock"),
        (
            "a.json",
            {"request": {"url": "/v2/rerank", "method": "POST"}, "response": {"jsonBody": {}}},
            "stubs of WireMock",
        ),
        ("a.json", {"data": {}, "meta": {}}, "a simulation of Hoverfly"),
        ("a.json", {"info": {}, "item": []}, "a collection of Postman"),
        ("a.yaml", "responses:\n- response: {}\n", "stubs for the library `responses`"),
        ("a.yaml", "openapi: 3.1.0\npaths: {}\n", "an API description"),
        ("a.json", {"call_type": "completion", "response": {}}, "a log of a gateway"),
        ("a.json", [{"scope": "h", "path": "/", "response": ""}], "a recording of nock"),
        (
            "a.json",
            [{"request": {}, "response": {}, "protocolVersion": ""}],
            "a session of Charles",
        ),
        ("a.json", [{"Request": {}, "Response": {}}], "a recording of EasyVCR"),
        ("a.json", [{"type": "message-start", "delta": {}}], "the parsed events of a stream"),
        ("a.jsonl", '{"type":"log","level":"info"}\n', "is not an exchange"),
        (
            "a.jsonl",
            '{"response":{"status":200,"text":"x"}}',
            "`response` has no `body`, but `text`, which is not read",
        ),
    ],
)
def test_what_is_not_read(tmp_path: Path, name: str, value: object, what: str) -> None:
    """A file of another kind is called by its name, with the remedy."""
    with pytest.raises(CassetteError, match=what) as caught:
        read(saved(tmp_path, name, value))

    assert caught.value.hint


def test_damaged_yaml_in_a_text_file_is_not_unknown(tmp_path: Path) -> None:
    """A cassette that is cut short stays a damaged cassette, whatever its suffix."""
    with pytest.raises(CassetteError, match="the file is not YAML"):
        read(saved(tmp_path, "a.txt", "interactions:\n- request:\n    body: 'x\n"))
