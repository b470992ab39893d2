"""Faults of statuses, headers, methods and error bodies."""

from __future__ import annotations

from tests.faults.edits import (
    Fault,
    answer,
    change_answer,
    cut_answer,
    flags,
    header,
    request_header,
    status,
    steps,
    unask,
)
from tests.faults.order import TEXT

__all__ = ["FAULTS"]

ALL = "rerank/all_documents"
UNAUTHORISED, UNKNOWN, HOT = "chat/error_401", "chat/error_422", "chat/error_400_temperature"
MISSING, SLOW = "chat/error_404", "chat/error_429"

FAULTS = [
    Fault("HTTP-001", "a stream as text", TEXT, header("content-type", "text/plain")),
    Fault(
        "HTTP-001", "a stream as bytes", TEXT, header("content-type", "application/octet-stream")
    ),
    Fault("HTTP-001", "an answer as a stream", ALL, header("content-type", "text/event-stream")),
    Fault("HTTP-001", "an answer as HTML", ALL, header("content-type", "text/html")),
    Fault("HTTP-001", "an answer of no type", ALL, header("content-type", None)),
    Fault(
        "HTTP-019",
        "Latin-1",
        TEXT,
        header("content-type", "text/event-stream; charset=iso-8859-1"),
    ),
    Fault(
        "HTTP-019",
        "UTF-16 in quotes",
        TEXT,
        header("content-type", 'text/event-stream; Charset="UTF-16"'),
    ),
    Fault("HTTP-002", "201", TEXT, status(201)),
    Fault("HTTP-002", "206", TEXT, status(206)),
    Fault("HTTP-002", "202", ALL, status(202)),
    Fault("HTTP-002", "a redirection", TEXT, steps(status(307), answer(b""))),
    Fault("HTTP-003", "418", UNAUTHORISED, status(418), level="warning"),
    Fault("HTTP-003", "502", SLOW, status(502), level="warning"),
    Fault("HTTP-004", "words", UNAUTHORISED, answer(b"invalid api token")),
    Fault("HTTP-004", "nothing", UNAUTHORISED, answer(b"")),
    Fault("HTTP-004", "an array", UNAUTHORISED, answer(["invalid api token"])),
    Fault("HTTP-004", "a page of HTML", SLOW, answer(b"<html>slow down</html>")),
    Fault(
        "HTTP-004", "cut short", MISSING, lambda draft: setattr(draft, "answer", draft.answer[:-1])
    ),
    Fault(
        "HTTP-005",
        "the message is an object",
        UNAUTHORISED,
        change_answer("message", {"text": "no"}),
    ),
    Fault("HTTP-005", "the message is null", UNAUTHORISED, change_answer("message", None)),
    Fault("HTTP-005", "the id is a number", UNAUTHORISED, change_answer("id", 7)),
    Fault("HTTP-006", "no message", UNAUTHORISED, cut_answer("message"), level="warning"),
    Fault(
        "HTTP-007",
        "an error as text",
        UNAUTHORISED,
        header("content-type", "text/plain"),
        level="warning",
    ),
    Fault("HTTP-008", "422 for nothing", UNKNOWN, unask("max_output_tokens")),
    Fault("HTTP-008", "400 for nothing", HOT, unask("temperature")),
    Fault("HTTP-008", "rerank, 422 for nothing", "rerank/error_422", unask("top_k")),
    Fault(
        "HTTP-009",
        "a refusal became an answer",
        TEXT,
        lambda draft: draft.request.update(top_k=7),
        level="warning",
        also=("CHAT-006",),
    ),
    Fault("HTTP-010", "500 for a faulty request", UNKNOWN, status(500), also=("CHAT-006",)),
    Fault(
        "HTTP-010",
        "503 for a faulty request",
        "rerank/error_422",
        status(503),
        also=("RERANK-004",),
    ),
    Fault("HTTP-011", "401 in a recording", UNAUTHORISED, lambda _: None, level="info"),
    Fault("HTTP-011", "429 in a run", SLOW, flags(live=True)),
    Fault("HTTP-011", "503 in a run", SLOW, steps(flags(live=True), status(503))),
    Fault(
        "HTTP-012",
        "no token",
        TEXT,
        steps(flags(observed=True), request_header("authorization", None)),
    ),
    Fault(
        "HTTP-012",
        "no token",
        ALL,
        steps(flags(observed=True), request_header("authorization", None)),
    ),
    Fault(
        "HTTP-013",
        "Basic",
        TEXT,
        steps(flags(observed=True), request_header("authorization", "Basic YTpi")),
    ),
    Fault(
        "HTTP-013",
        "a bare token",
        TEXT,
        steps(flags(observed=True), request_header("authorization", "key-for-tests")),
    ),
    Fault(
        "HTTP-013",
        "Bearer without token",
        TEXT,
        steps(flags(observed=True), request_header("authorization", "Bearer")),
    ),
    Fault(
        "HTTP-014",
        "a form",
        TEXT,
        request_header("content-type", "application/x-www-form-urlencoded"),
    ),
    Fault("HTTP-014", "text", ALL, request_header("content-type", "text/plain")),
    Fault("HTTP-015", "PUT", TEXT, flags(method="PUT")),
    Fault("HTTP-015", "GET", ALL, flags(method="GET")),
    Fault(
        "HTTP-021",
        "two lengths",
        TEXT,
        steps(
            flags(observed=True),
            request_header("transfer-encoding", "chunked"),
            request_header("content-length", "9"),
        ),
        level="warning",
    ),
    Fault(
        "HTTP-016",
        "a body longer than announced",
        TEXT,
        steps(flags(observed=True, length=-5), header("transfer-encoding", None)),
    ),
    Fault("HTTP-016", "a body shorter than announced", ALL, flags(observed=True, length=5)),
    Fault("HTTP-020", "a coding that is not there", TEXT, flags(undecoded=True)),
    Fault("HTTP-020", "a ranking in no coding", ALL, flags(undecoded=True)),
    Fault("HTTP-017", "the connection lost", TEXT, flags(complete=False)),
    Fault(
        "HTTP-017",
        "the connection lost in an event",
        TEXT,
        flags(complete=False, mangle=lambda body: body[: len(body) // 2]),
    ),
    Fault(
        "HTTP-017",
        "the connection lost in an answer",
        ALL,
        lambda draft: flags(complete=False, answer=draft.answer[:40])(draft),
    ),
    Fault(
        "HTTP-018",
        "an undocumented member",
        UNAUTHORISED,
        change_answer("docs", "here"),
        level="info",
    ),
]
