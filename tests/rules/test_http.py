"""Rules about methods, headers, statuses and error bodies."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace

import pytest

from conformance.check import check
from conformance.rules.registry import all_rules
from conformance.transcript import exchange_from
from conformance.verdict import Level, Party
from conformance.wire import Exchange, Request, Response

ERROR, WARNING, INFO = Level.ERROR, Level.WARNING, Level.INFO
STREAM = "message-start\nmessage-end ERROR\n"
RERANKED = "endpoint rerank\nresults 1:0.9 0:0.2 2:0.1\n"
REFUSED = 'status 400\nbody {"message": "too many tokens"}\n'
LINES = (
    '| {"id":"5f0c1d7a-3b1e-4c52-9a55-0d6c1f7e2b90","type":"message-start",'
    '"delta":{"message":{"role":"assistant"}}}\n'
    '| {"type":"message-end","delta":{"finish_reason":"ERROR","error":"x","usage":{}}}\n'
)


def said(text, code=None):
    """(code, level) of what the HTTP rules find, or the level that one of them gives."""
    listed = check(exchange_from(text)).violations
    if code:
        return [v.level for v in listed if v.code == code]
    return [(v.code, v.level) for v in listed if v.code.startswith("HTTP-")]


# -- the answer's media type and status --------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STREAM, []),
        ("header content-type: Text/Event-Stream\n" + STREAM, []),
        ("header content-type: text/event-stream;charset=utf-8\n" + STREAM, []),
        ("header content-type: text/event-stream, text/event-stream\n" + STREAM, []),
        ("header content-type: text/event-streams\n" + STREAM, [ERROR]),
        ("header content-type: application/json\n" + STREAM, [ERROR]),
        ("header content-type: text/event-stream, text/html\n" + STREAM, [ERROR]),
        ("header content-type:\nheader server: x\n" + STREAM, [ERROR]),
        ("header content-type:\n" + STREAM, []),  # no headers at all: they are not known
        (RERANKED, []),
        (RERANKED + "header content-type: application/json; charset=utf-8\n", []),
        (RERANKED + "header content-type: text/json\n", [ERROR]),
        (REFUSED, []),
    ],
)
def test_content_type(text, expected):
    """A stream is text/event-stream, a rerank answer application/json; parameters may follow."""
    assert expected == said(text, "HTTP-001")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/json", INFO),
        ("application/x-ndjson", ERROR),
        ("application/json, text/event-stream", ERROR),
        ("*/*", ERROR),
    ],
)
def test_lines_of_json(accept, expected):
    """Lines of JSON are information where the client accepts JSON only, else an error."""
    text = f"request-header Accept: {accept}\nheader content-type: application/stream+json\n{LINES}"
    if accept == "application/x-ndjson":
        expected = INFO  # some JSON, and no stream of events

    assert [expected] == said(text, "HTTP-001")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("text/event-stream", []),
        ("text/event-stream; charset=utf-8", []),
        ("text/event-stream;CHARSET=UTF8", []),
        ('text/event-stream; charset = "Utf-8"', []),
        ("text/event-stream; boundary=charset", []),
        ("text/event-stream; charset=iso-8859-1", [ERROR]),
        ("Text/Event-Stream; v=1; charset='us-ascii'", [ERROR]),
        ("text/event-stream; charset=utf-16", [ERROR]),
        ("text/plain; charset=iso-8859-1", []),
    ],
)
def test_charset_of_a_stream(given, expected):
    """An event stream is UTF-8, however that is written, and whatever else the header says."""
    assert expected == said(f"header content-type: {given}\n{STREAM}", "HTTP-019")


def test_charset_of_json():
    """JSON has no charset, so that what a header says of it means nothing."""
    text = "endpoint rerank\nheader content-type: application/json; charset=latin-1\nresults 1:0.9 0:0.5 2:0"

    assert [] == said(text, "HTTP-019")


@pytest.mark.parametrize("body", [b"\x93\x01 garbage", b'{"message": "no"}'])
@pytest.mark.parametrize(
    ("status", "path"), [(200, "/v2/chat"), (200, "/v2/rerank"), (400, "/v2/chat")]
)
def test_a_broken_coding_is_told_alone(body, status, path):
    """What cannot be read is blamed on its coding, and not on what it might have been."""
    headers = (("content-type", "application/json"), ("content-encoding", "gzip"))
    request = exchange_from(STREAM).request
    asked = replace(request, url=f"https://api.cohere.com{path}")
    exchange = Exchange(asked, Response(status, headers, body, undecoded=True))
    found = {v.code for v in check(exchange).violations if v.party is Party.SERVER}

    assert "HTTP-020" in found
    assert body.startswith(b"{") or not found & {"SSE-001", "STREAM-001", "HTTP-004", "RERANK-101"}


def test_content_type_of_a_recorder_that_kept_no_bytes():
    """A recorder that rewrote the stream may have rewritten its headers."""
    exchange = exchange_from(f"header content-type: application/json\n{LINES}")
    codes = {v.code for v in check(replace(exchange, framing=False)).violations}

    assert "HTTP-001" not in codes


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, []),
        (201, [("HTTP-002", ERROR)]),
        (206, [("HTTP-002", ERROR)]),
        (299, [("HTTP-002", ERROR)]),
    ],
)
def test_success_statuses(status, expected):
    """Only 200 is described for a success."""
    assert expected == said(f"status {status}\n{STREAM}")


@pytest.mark.parametrize("status", [100, 204, 301, 304, 307])
def test_statuses_of_other_kinds(status):
    """A status that is neither a success nor a refusal is one finding."""
    errors = [v.code for v in check(exchange_from(f"status {status}\nbody")).violations]

    assert "HTTP-002" in errors
    assert not {"HTTP-001", "HTTP-004"} & set(errors)


LISTED = (400, 401, 402, 403, 404, 422, 429, 498, 499, 500, 501, 503, 504)


@pytest.mark.parametrize("status", LISTED)
def test_described_refusals(status):
    """A status of the description, or 402 of the error page, is no finding of this rule."""
    assert [] == said(f'status {status}\nbody {{"message": "no"}}', "HTTP-003")


@pytest.mark.parametrize("status", [405, 409, 413, 415, 418, 451, 502, 505, 599])
def test_other_refusals(status):
    """Any other status is a warning."""
    assert [WARNING] == said(f'status {status}\nbody {{"message": "no"}}', "HTTP-003")


@pytest.mark.parametrize(
    ("lines", "status"),
    [("method GET", 405), ("request-header Content-Type: text/plain", 415)],
)
def test_statuses_of_http_itself(lines, status):
    """Where HTTP has a status for the fault of the request, it is information."""
    assert [INFO] == said(f'{lines}\nstatus {status}\nbody {{"message": "no"}}', "HTTP-003")


# -- error bodies ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, '{"message": "no"}', []),
        (401, '{"message": "no", "id": "1", "error_type": "X"}', []),
        (401, "", [("HTTP-004", ERROR)]),
        (401, "   ", [("HTTP-004", ERROR)]),
        (401, "no", [("HTTP-004", ERROR)]),
        (401, '"no"', [("HTTP-004", ERROR)]),
        (401, '["no"]', [("HTTP-004", ERROR)]),
        (401, "<html>", [("HTTP-004", ERROR)]),
        (502, "<html>", [("HTTP-003", WARNING), ("HTTP-004", WARNING)]),
        (401, '{"message": 5}', [("HTTP-005", ERROR)]),
        (401, '{"message": null}', [("HTTP-005", ERROR)]),
        (401, '{"message": "no", "id": 5}', [("HTTP-005", ERROR)]),
        (401, '{"message": "no", "error_type": 5}', [("HTTP-005", ERROR)]),
        (401, "{}", [("HTTP-006", WARNING)]),
        (401, '{"message": " "}', [("HTTP-006", WARNING)]),
        (401, '{"message": "no", "data": "no"}', [("HTTP-018", INFO)]),
    ],
)
@pytest.mark.parametrize("endpoint", ["chat-stream", "rerank"])
def test_error_bodies(endpoint, status, body, expected):
    """A refusal has a JSON object with a message as body, at both endpoints."""
    text = f"endpoint {endpoint}\nstatus {status}\nbody {body}"

    assert expected == [one for one in said(text) if one[0] != "HTTP-011"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("content-type: application/json", []),
        ("content-type: Application/JSON; charset=utf-8", []),
        ("content-type: text/event-stream", [WARNING]),
        ("content-type:\nheader server: x", [WARNING]),
    ],
)
def test_content_type_of_a_refusal(header, expected):
    """A refusal is application/json, also of a request for a stream."""
    assert expected == said(f'status 401\nheader {header}\nbody {{"message": "no"}}', "HTTP-007")


def test_a_refusal_that_broke_off():
    """What the broken connection cut off is not told as broken JSON too."""
    assert [("HTTP-011", INFO), ("HTTP-017", ERROR)] == said('cut\nstatus 500\nbody {"mess')


# -- what a status says of the request ---------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        "too many tokens: size limit exceeded by 25836 tokens",
        "max_tokens must be less than or equal to 4096 for this model",
        "No valid response generated. Try updating messages",
        "your request resulted in an invalid tool generation",
        "tool_choice is not supported with this model",
        "invalid request: RAG is not supported for this model",
        "multi step is not supported by the provided model: command",
        "thinking is not available",
        "safety_mode OFF is not supported",
        "images are not supported by command-r",
        "this model does not take images: not supported for model command-r",
        "only one of 'presence_penalty' and 'frequency_penalty' can be specified",
        "the prompt exceeds the context length",
        "could not download the image at https://example.com/a.png",
        "model 'command-r-plus' was removed on September 15",
    ],
)
def test_documented_refusals(message):
    """A reason that no request shows makes the refusal information."""
    assert [INFO] == said(f'status 400\nbody {{"message": "{message}"}}', "HTTP-008")


@pytest.mark.parametrize(
    "kind", ["TOO_MANY_TOKENS", "NO_VALID_RESPONSE_GENERATED", "HALLUCINATED_ALL_TOOL_CALLS"]
)
def test_documented_error_types(kind):
    """The kind of the error is looked at as well as its message."""
    body = f'{{"message": "no", "error_type": "{kind}"}}'

    assert [INFO] == said(f"status 422\nbody {body}", "HTTP-008")


@pytest.mark.parametrize(
    "body",
    [
        '{"message": "invalid request"}',
        '{"message": "unknown field: parameter model is not a valid field"}',
        '{"message": "messages must not be empty"}',
        '{"message": ["too many tokens"]}',
        "{}",
        "[]",
        "too many tokens",
    ],
)
def test_refusals_without_a_reason(body):
    """Any other refusal of a request without fault is an error."""
    assert [ERROR] == said(f"status 400\nbody {body}", "HTTP-008")


@pytest.mark.parametrize(("status", "code"), [(400, "HTTP-008"), (429, "HTTP-011")])
def test_what_a_case_foresees(status, code):
    """A status that a case foresees is information, another one is not."""
    exchange = exchange_from(f'live\nstatus {status}\nbody {{"message": "no"}}')

    for expect, level in (((status,), INFO), ((418,), ERROR), ((), ERROR)):
        found = check(replace(exchange, expect=expect)).violations
        assert [level] == [v.level for v in found if v.code == code]


def test_the_faults_are_named():
    """The finding about an accepted request says which rules it breaks."""
    found = check(exchange_from(f'> {{"temperature": 2, "top_k": 1}}\n{STREAM}')).violations
    message = next(v.message for v in found if v.code == "HTTP-009")

    assert "`CHAT-006 unknown-request-field`, `CHAT-007 out-of-range`" in message


def test_without_a_request_nothing_is_said_of_it():
    """A saved body has no request that could be faulty or refused."""
    exchange = replace(exchange_from(REFUSED), request=None)

    assert [] == [v.code for v in check(exchange).violations]


# -- the request's method and headers ----------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Bearer abc", []),
        ("bearer abc", []),
        ("BEARER   abc", []),
        ("Bearer a.b-c_d~e+f/g==", []),
        ("Bearer", [ERROR]),
        ("Bearer a b", [ERROR]),
        ("Bearer a=b", [ERROR]),
        ('Bearer "a"', [ERROR]),
        ("Basic abc", [ERROR]),
        ("abc", [ERROR]),
    ],
)
def test_authorization(header, expected):
    """The header is `Bearer` in any case, spaces and a token; the value is never shown."""
    text = f"request-header Authorization: {header}\n{STREAM}"
    violations = check(exchange_from("observed\n" + text)).violations

    found = [v for v in violations if v.code == "HTTP-013"]
    assert expected == [v.level for v in found]
    assert not any("abc" in v.headline for v in found)
    assert [] == said(text, "HTTP-013")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("request-header Content-Type: application/json", []),
        ("request-header content-type: Application/Json; charset=utf-8", []),
        ("request-header Content-Type: text/json", [ERROR]),
        ("request-header Content-Type: application/json, text/plain", [ERROR]),
        ("request-header Content-Type:", [WARNING]),
        ("observed\nrequest-header Content-Type:", [ERROR]),
        ("request-header Content-Type:\nrequest-header Authorization:", []),  # no headers known
    ],
)
def test_content_type_of_a_request(lines, expected):
    """A request is application/json; a recording may have lost the header."""
    assert expected == said(f"{lines}\n{STREAM}", "HTTP-014")


@pytest.mark.parametrize(
    ("method", "expected"), [("POST", []), ("post", []), ("PUT", [ERROR]), ("GET", [ERROR])]
)
def test_method(method, expected):
    """A request is a POST; recorders write methods in either case."""
    assert expected == said(f"method {method}\n{STREAM}", "HTTP-015")


# -- the transport -----------------------------------------------------------------------------

BODY = '{"message": "no"}'


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("observed\nheader content-length: 17", []),
        ("live\nheader content-length: 17", []),
        ("observed\nheader content-length: 17, 17", []),
        ("observed", []),
        ("observed\nheader content-length: 16", [ERROR]),
        ("live\nheader content-length: 18", [ERROR]),
        ("observed\nheader content-length: 17, 18", [ERROR]),
        ("observed\nheader content-length: -1", [ERROR]),
        ("observed\nheader content-length: \u0661", [ERROR]),
        ("header content-length: 99", []),
        ("observed\nheader content-length: 99\nheader content-encoding: gzip", []),
        ("observed\nheader content-length: 99\nheader transfer-encoding: chunked", []),
        ("cut\nobserved\nheader content-length: 99", []),
    ],
)
def test_content_length(lines, expected):
    """In traffic of our own the announced length is the body's."""
    assert expected == said(f"{lines}\nstatus 429\nbody {BODY}", "HTTP-016")


def test_parties():
    """The rules about method and headers of a request speak of the client, the others of the server."""
    client = {r.code for r in all_rules() if r.family == "HTTP" and r.party is Party.CLIENT}

    assert {"HTTP-012", "HTTP-013", "HTTP-014", "HTTP-015", "HTTP-021"} == client


@pytest.mark.parametrize(
    ("lines", "code", "expected"),
    [
        ("observed\nmethod post", "HTTP-015", [ERROR]),
        ("method post", "HTTP-015", []),
        ("request-header Content-Type: application/json; charset=UTF-8", "HTTP-014", []),
        ('request-header Content-Type: application/json; charset="utf-8"', "HTTP-014", []),
        ("request-header Content-Type: application/json;charset=latin1", "HTTP-014", [WARNING]),
        ("observed\nrequest-header Content-Encoding: identity", "HTTP-014", []),
        ("observed\nrequest-header Content-Encoding: gzip", "HTTP-014", [ERROR]),
        ("observed\nrequest-header Content-Encoding: br", "HTTP-014", [WARNING]),
        ("request-header Content-Encoding: gzip", "HTTP-014", []),
        ("request-header Transfer-Encoding: chunked\nrequest-header Content-Length: 9", "HTTP-021",
         []),
        ("observed\nrequest-header Content-Length: 9", "HTTP-021", []),
    ],
)  # fmt: skip
def test_heads_of_requests(lines, code, expected):
    """Method, charset, content coding and length are judged as far as we saw them sent."""
    assert expected == said(f"{lines}\n{STREAM}", code)


@pytest.mark.parametrize("form", ["gzip", "deflate"])
def test_a_compressed_request(form):
    """What a request says is judged without the content coding that it names."""
    exchange = exchange_from("observed\n" + STREAM)
    request = exchange.request
    body = request.body.replace(b'"model"', b'"modell"')
    packed = gzip.compress(body) if form == "gzip" else zlib.compress(body)
    sent = replace(request, body=packed, headers=(*request.headers, ("Content-Encoding", form)))
    found = check(replace(exchange, request=sent)).violations

    assert ["CHAT-002", "CHAT-006", "HTTP-014"] == sorted(
        v.code for v in found if v.party is Party.CLIENT
    )


def test_a_compressed_request_that_names_no_coding():
    """Without the header it is no JSON, and the finding says why."""
    exchange = exchange_from("observed\n" + STREAM)
    sent = replace(exchange.request, body=gzip.compress(exchange.request.body))
    found = check(replace(exchange, request=sent)).violations

    assert "the body is compressed with gzip, and no header says so" in [v.message for v in found]


@pytest.mark.parametrize(
    ("body", "accept", "status", "judged"),
    [
        (b"", "*/*", 400, True),
        (b"model=x", "*/*", 422, True),
        (b"[]", "*/*", None, True),
        (b'{"stream": null}', "*/*", 400, True),
        (b'{"messages": []}', "text/event-stream", 400, True),
        (b'{"messages": []}', "text/event-stream, application/json", 400, False),
        (b'{"messages": []}', "*/*", 400, False),
        (b'{"stream": false}', "text/event-stream", 400, False),
        (b"", "*/*", 200, False),
    ],
)
def test_requests_that_no_chat_could_be(body, accept, status, judged):
    """A garbled chat is judged where we saw it sent and not served; a recorder may have lost its body."""
    request = Request("POST", "https://api.cohere.com/v2/chat", (("accept", accept),), body)
    json_type = (("content-type", "application/json"),)
    answer = None if status is None else Response(status, json_type, b'{"message": "no"}')

    assert judged == check(Exchange(request, answer, observed=True)).judged
    assert not check(Exchange(request, answer)).judged


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        ("gzip", "\x1f\x8b...", []),
        ("gzip", "<html>", [ERROR]),
        ("gzip", "", [ERROR]),
        ("identity", "\x1f\x8b...", [ERROR]),
    ],
)
def test_a_body_that_a_recorder_left_compressed(encoding, body, expected):
    """Nobody can tell whether a compressed body is JSON; plain text under such a header is none."""
    text = f"status 500\nheader content-encoding: {encoding}\nbody {body}"

    assert expected == said(text, "HTTP-004")


def test_sources_point_into_the_description():
    """A finding about a status or a header says where the description of it stands."""
    found = check(exchange_from('> {"top_k": 1}\nstatus 500\nbody no')).violations
    where = {v.code: v.source.where for v in found}

    assert where["HTTP-004"].endswith("chat-stream.yaml#/paths/~1v2~1chat/post/responses/500")
    assert where["HTTP-010"].endswith("/post/responses/400")
    assert "/post/requestBody/" in where["CHAT-006"]
    assert where["CHAT-006"].endswith("(D16)")
