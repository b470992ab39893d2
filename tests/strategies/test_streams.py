"""Streams: valid, various, true to their request, and shown in the notation of transcripts."""

from __future__ import annotations

import collections
import json

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

from conformance.check import check
from conformance.contract import contract
from conformance.errors import SpecError
from conformance.strategies import Coverage, Stream, chat_requests, streams
from conformance.stream import TABLE, Input, No
from conformance.transcript import exchange_from
from conformance.verdict import Level

MANY = max(300, settings.default.max_examples)


@st.composite
def answered_requests(draw, **options):
    """A request and the stream that answers it, as one stream."""
    return draw(streams(draw(chat_requests()), **options))


def errors(stream):
    """The errors that the rules find in a stream."""
    verdict = check(stream.exchange())
    assert verdict.judged
    return [v.headline for v in verdict.violations if v.level is Level.ERROR]


@settings(max_examples=MANY, database=None)
@given(streams())
def test_streams_are_valid(stream):
    """Every event fits its schema and names no unknown member; no rule finds an error."""
    for event in stream.events:
        thing = f"chat-event/{event['type']}"
        assert [] == contract().problems(thing, event)
        assert [] == contract().undocumented(thing, event)
    assert [] == errors(stream)


@settings(max_examples=MANY, database=None)
@given(answered_requests())
def test_answers_are_true_to_their_request(stream):
    """A stream that answers a request breaks no rule about what the request asked for."""
    assert stream.request is not None
    assert [] == errors(stream)


@settings(max_examples=MANY, database=None)
@given(streams(regular=True) | answered_requests(regular=True))
def test_regular_streams_are_as_the_live_api_sends_them(stream):
    """No rule has anything to say of a regular stream, not even information."""
    assert [] == [v.headline for v in check(stream.exchange()).violations]


def test_every_allowed_cell_of_the_table_is_visited():
    """Within 2,000 streams all that the table allows has come; unknown events are never valid."""
    allowed = {
        (state, step)
        for state, row in TABLE.items()
        for step, cell in row.items()
        if not isinstance(cell, No) and step is not Input.UNKNOWN
    }
    visited = set()

    @settings(max_examples=2000, database=None, derandomize=True)
    @given(streams())
    def visit(stream):
        visited.update(check(stream.exchange()).cells)

    visit()

    assert set() == allowed - visited
    assert set() == visited - allowed


def test_every_kind_of_answer_comes():
    """Within 1,500 answers every finish reason, citation type, source, and kind of usage has come."""
    coverage = Coverage(contract().schema("chat-event"))
    seen = collections.Counter()

    @settings(max_examples=1500, database=None, derandomize=True)
    @given(answered_requests() | streams())
    def count(stream):
        form = (stream.request or {}).get("response_format", {}).get("type")
        seen.update({f"format {form}": 1})
        starts = 0
        for event in stream.events:
            coverage.add(event)
            starts += event["type"] == "tool-call-start"
            if event["type"] == "citation-start":
                text = event["delta"]["message"]["citations"]["text"]
                seen.update(["astral citation"] * any(char > "\uffff" for char in text))
        seen.update([f"{min(starts, 2)} calls"])

    count()

    assert {"format json_object", "format text", "astral citation", "2 calls"} <= seen.keys()
    # What the description allows and no live server has been seen to send.
    never = {
        name
        for name in coverage.missing
        if not name.endswith("absent")
        and "/UsageTokens/" not in name
        and "/api_version" not in name
        and "/warnings" not in name
    }
    assert {"#/$defs/message-end/properties/id present"} == never


def test_citations_count_code_points():
    """A span is what the text has there when code points are counted, beyond U+FFFF too."""

    @settings(max_examples=MANY, database=None)
    @given(answered_requests(regular=True))
    def holds(stream):
        texts = {}
        for event in stream.events:
            message = event.get("delta", {}).get("message", {})
            if event["type"] == "content-delta":
                index = event["index"]
                texts[index] = texts.get(index, "") + "".join(message["content"].values())
        for event in stream.events:
            if event["type"] == "citation-start":
                cited = event["delta"]["message"]["citations"]
                text = texts[cited.get("content_index", 0)]
                assert cited["text"] == text[cited["start"] : cited["end"]]

    holds()


def test_a_stream_is_shown_in_the_notation_of_transcripts():
    """The repr is one line; its parts, read as a transcript, give the same events and texts."""

    def told(body):
        events = [
            json.loads(line[6:]) for line in body.decode().split("\n") if line[:7] == "data: {"
        ]
        return [
            (
                event["type"],
                event.get("index"),
                event.get("delta", {}).get("message", {}).get("content"),
            )
            for event in events
            if event["type"] != "message-start"
        ]

    @settings(max_examples=100, database=None)
    @given(streams(regular=True))
    def holds(stream):
        shown = pretty(stream)
        assert "\n" not in shown
        assert shown.startswith("stream(message-start, ")
        decoder = json.JSONDecoder()
        rest, lines = shown.removeprefix("stream(").removesuffix(")"), [""]
        while rest:
            if rest.startswith('"'):
                _, end = decoder.raw_decode(rest)
                lines[-1] += rest[:end]
                rest = rest[end:]
            elif rest.startswith(", "):
                lines.append("")
                rest = rest[2:]
            else:
                lines[-1] += rest[0]
                rest = rest[1:]
        read = exchange_from("\n".join(lines))
        assert told(stream.body) == told(read.response.body)

    holds()


def test_unknown_schemas_of_tools_are_refused():
    """Parameters from which nothing can be made are an error, not ignored."""
    request = {
        "stream": True, "model": "m", "messages": [{"role": "user", "content": "Hi"}],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"allOf": []}}}],
    }  # fmt: skip

    with pytest.raises(SpecError, match="allOf"):
        find(streams(request), lambda _: True)


def test_streams_compare_by_what_they_say():
    """Streams of equal events and requests are equal, and hash alike."""
    event = {"type": "message-start", "id": "a", "delta": {"message": {"role": "assistant"}}}

    assert Stream([event, "[DONE]"]) == Stream((dict(event), "[DONE]"))
    assert hash(Stream([event])) == hash(Stream([dict(event)]))
    assert Stream([event]) != Stream([event], request={})
    assert Stream([event]) != [event]
    assert [event] == Stream([event, "[DONE]"]).events
