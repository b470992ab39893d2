"""Shrinking: what is found for a planted fault is as small as somebody would write it, or nearly."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.vendor.pretty import pretty

from conformance.strategies import (
    broken_chat_requests,
    broken_rerank_responses,
    broken_streams,
    chat_requests,
    framings,
    rerank_requests,
    streams,
)

# How much longer than the one written by hand an example may be.
NEARLY = 1.5
# Hypothesis ends where no single step makes an example smaller, so where it begins matters a little:
# of so many searches so many end nearly as small. The planted things come once in 300 at least.
THOROUGH = settings.default.max_examples > 1000
SEARCHES, ENOUGH = (20, 15) if THOROUGH else (5, 1)


def events(stream, kind):
    """The events of a type."""
    return [event for event in stream.events if event["type"] == kind]


def citations(stream):
    """The citations of a stream."""
    return [event["delta"]["message"]["citations"] for event in events(stream, "citation-start")]


def arguments(stream):
    """The joined arguments of each call."""
    joined = []
    for event in stream.events:
        if event["type"] == "tool-call-start":
            joined.append("")
        if event["type"] == "tool-call-delta":
            joined[-1] += event["delta"]["message"]["tool_calls"]["function"]["arguments"]
    return joined


def finish(stream):
    """The finish reason."""
    return stream.events[-1]["delta"].get("finish_reason")


def texts(stream):
    """The texts of the deltas of answers."""
    deltas = events(stream, "content-delta")
    return [event["delta"]["message"]["content"].get("text", "") for event in deltas]


@st.composite
def answers(draw, **filters):
    """A stream that answers a request which fits the filters."""
    return draw(streams(draw(chat_requests(**filters))))


def roles(body):
    """Who speaks, in order."""
    return [message["role"] for message in body["messages"]]


CALL = '{"id": "low_tide_000000000001", "type": "function", "function": {"name": "low_tide"}}'
TOOL = '{"type": "function", "function": {"name": "low_tide", "parameters": {"type": "object"}}}'
BODY = '"stream": true, "model": "command-a-03-2025", "messages"'
HELLO = '{"role": "user", "content": "Hello"}'

# (a predicate that a fault may have, where to look, the smallest example that one would write)
PLANTED = {
    "a citation of an astral character": (
        streams(),
        lambda s: any(char > "\uffff" for c in citations(s) for char in c["text"]),
        'stream(message-start, content-start 0 text, content-delta 0 "🌊", citation-start 0 0-1 "🌊" '
        "doc:0, citation-end 0, content-end 0, message-end COMPLETE, [DONE])",
    ),
    "a second call without arguments": (
        streams(),
        lambda s: len(arguments(s)) > 1 and arguments(s)[1] == "",
        "stream(message-start, tool-call-start 0 list_ports_0000000000a1 list_ports, tool-call-end "
        "0, tool-call-start 1 list_ports_0000000000a2 list_ports, tool-call-end 1, message-end "
        "TOOL_CALL, [DONE])",
    ),
    "thinking before a call": (
        streams(),
        lambda s: events(s, "content-start") and events(s, "tool-call-start"),
        'stream(message-start, content-start 0 thinking, content-delta 0 "Hi", content-end 0, '
        "tool-call-start 0 low_tide_0000000000a1 low_tide, tool-call-end 0, message-end TOOL_CALL, "
        "[DONE])",
    ),
    "a line end with text behind it": (
        streams(),
        lambda s: any("\n" in text for text in texts(s)[:-1]),
        'stream(message-start, content-start 0 text, content-delta 0 "\\n", content-delta 0 "Hi", '
        "content-end 0, message-end COMPLETE, [DONE])",
    ),
    "a failure inside a call": (
        streams(),
        lambda s: len(events(s, "tool-call-start")) > len(events(s, "tool-call-end")),
        "stream(message-start, tool-call-start 0 low_tide_0000000000a1 low_tide, message-end ERROR, "
        "[DONE])",
    ),
    "a debug event": (
        streams(),
        lambda s: events(s, "debug"),
        'stream(message-start, content-start 0 text, content-delta 0 "Hi", content-end 0, debug, '
        "message-end COMPLETE, [DONE])",
    ),
    "a citation of a tool result": (
        streams(),
        lambda s: any(source["type"] == "tool" for c in citations(s) for source in c["sources"]),
        'stream(message-start, content-start 0 text, content-delta 0 "Hi", citation-start 0 0-2 '
        '"Hi" low_tide_000000000001:0, citation-end 0, content-end 0, message-end COMPLETE, [DONE])',
    ),
    "an answer in JSON": (
        answers(with_json=True),
        lambda s: texts(s) and s.request["response_format"]["type"] == "json_object",
        'stream(message-start, content-start 0 text, content-delta 0 "{}", content-end 0, '
        "message-end COMPLETE, [DONE])",
    ),
    "a stop at a sequence": (
        streams(),
        lambda s: finish(s) == "STOP_SEQUENCE",
        'stream(message-start, content-start 0 text, content-delta 0 "Hi", content-end 0, '
        "message-end STOP_SEQUENCE, [DONE])",
    ),
    "a time-out": (
        streams(),
        lambda s: finish(s) == "TIMEOUT",
        "stream(message-start, message-end TIMEOUT, [DONE])",
    ),
    "a temperature above a half": (
        chat_requests(),
        lambda body: body.get("temperature", 0) > 0.5,
        f'{{{BODY}: [{HELLO}], "temperature": 0.51}}',
    ),
    "an image with a detail": (
        chat_requests(),
        lambda body: '"detail"' in json.dumps(body),
        '{"stream": true, "model": "command-a-vision-07-2025", "messages": [{"role": "user", '
        '"content": [{"type": "text", "text": "Hello"}, {"type": "image_url", "image_url": {"url": '
        '"https://example.com/tide.png", "detail": "auto"}}]}]}',
    ),
    "two documents with ids": (
        chat_requests(),
        lambda body: sum("id" in d for d in body.get("documents", []) if isinstance(d, dict)) > 1,
        f'{{{BODY}: [{HELLO}], "documents": [{{"data": {{"text": "Hi"}}, "id": "notes"}}, '
        '{"data": {"text": "Hi"}, "id": "log-2"}]}',
    ),
    "a tool result": (
        chat_requests(),
        lambda body: "tool" in roles(body),
        f'{{{BODY}: [{HELLO}, {{"role": "assistant", "tool_calls": [{CALL}]}}, {{"role": "tool", '
        f'"tool_call_id": "low_tide_000000000001", "content": "Hi"}}], "tools": [{TOOL}]}}',
    ),
    "a system message and tools": (
        chat_requests(),
        lambda body: "system" in roles(body) and "tools" in body,
        f'{{{BODY}: [{{"role": "system", "content": "Hi"}}, {HELLO}], "tools": [{TOOL}]}}',
    ),
    "a citation mode": (
        chat_requests(),
        lambda body: body.get("citation_options", {}).get("mode") == "OFF",
        f'{{{BODY}: [{HELLO}], "citation_options": {{"mode": "OFF"}}}}',
    ),
    "a cut ranking": (
        rerank_requests(),
        lambda body: body.get("top_n", 9) < len(body["documents"]),
        '{"model": "rerank-v3.5", "query": "Hello", "documents": ["Hi", "Hi"], "top_n": 1}',
    ),
    "null where an object belongs": (
        broken_chat_requests(kind="null"),
        lambda broken: broken.fault.pointer.startswith("/tools/0/function"),
        '(sent(POST /v2/chat, {"stream":true,"model":"command-a-03-2025","messages":[{"role":"user",'
        '"content":"Hello"}],"tools":[{"type":"function","function":null}]}), Fault(kind=\'null\', '
        "pointer='/tools/0/function', code='CHAT-003', why='`/tools/0/function` is null', "
        "expected=(400, 422), also=()))",
    ),
    "an orphan delta": (
        broken_streams("STREAM-014"),
        lambda broken: broken.fault.kind == "refused step",
        '(stream(message-start, content-delta 0 "Hi", content-end 0, message-end COMPLETE, [DONE]), '
        "Fault(kind='refused step', pointer='/1', code='STREAM-014', why='`content-delta text` comes "
        "in the state: message, no open block', expected=(), also=()))",
    ),
    "a cut between CR and LF": (
        framings(["[DONE]"]),
        lambda framed: any(chunk.endswith(b"\r") for chunk in framed.chunks[:-1]),
        "framed(crlf, 2 chunk(s): b'data: [DONE]\\r' b'\\n\\r\\n')",
    ),
    "a result twice": (
        broken_rerank_responses({"model": "m", "query": "q", "documents": ["a", "b"]}),
        lambda broken: broken.fault.code == "RERANK-105",
        '(answer(200, content-type: application/json, {"id":"00000000-3b1e-4c52-9a55-0d6c1f7e2b90",'
        '"results":[{"index":0,"relevance_score":0},{"index":0,"relevance_score":0}],"meta":'
        '{"api_version":{"version":"2"},"billed_units":{"search_units":1}}}), Fault(kind=\'repeated '
        "index', pointer='/results/1/index', code='RERANK-105', why='a document comes twice', "
        "expected=(), also=()))",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("strategy", "planted", "written"), PLANTED.values(), ids=PLANTED.keys())
def test_an_example_is_as_small_as_written_by_hand(strategy, planted, written):
    """The example that Hypothesis ends up with is one line, and hardly longer than ours."""
    once = settings(max_examples=3000, database=None, deadline=None)
    sizes = []
    for seed in range(SEARCHES):
        try:
            found = find(strategy, lambda x: bool(planted(x)), settings=once, random=Random(seed))
        except NoSuchExample:
            continue
        assert "\n" not in pretty(found)
        sizes.append(len(pretty(found)))
        if sum(size <= NEARLY * len(written) for size in sizes) >= ENOUGH:
            return

    pytest.fail(f"only {sizes} characters, where {len(written)} would do")
