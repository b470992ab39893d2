from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.check import check
from conformance.contract import contract
from conformance.reading import read_stream
from conformance.report.span import offending_bytes, pointed_at
from conformance.rules.registry import all_rules
from conformance.transcript import exchange_from
from conformance.verdict import Party
from conformance.wire import Response

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner,
                                                                  max_size=3),
    max_leaves=12,
)  # fmt: skip


def pointers(value, pointer=""):
    """(pointer, value) of every place in a JSON value."""
    yield pointer, value
    items = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        token = str(key).replace("~", "~0").replace("/", "~1")
        yield from pointers(inner, f"{pointer}/{token}")


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_a_pointer_leads_to_the_text_of_its_value(value, indent, escaped):
    """Each place of a JSON text is found: what stands there is the value, whole and alone."""
    text = json.dumps(value, indent=indent, ensure_ascii=escaped)

    for pointer, inner in pointers(value):
        start, end = pointed_at(text, pointer)
        assert inner == json.loads(text[start:end])
        assert text[start:end] == text[start:end].strip()


@given(st.text(max_size=30), st.sampled_from(["", "/a", "/0/1", "/a~1b/~0"]))
def test_what_is_no_json_has_no_places(text, pointer):
    """Any text gives a place or None, and never an error."""
    found = pointed_at(text, pointer)

    assert found is None or 0 <= found[0] < found[1] <= len(text)


def test_of_a_name_that_comes_twice_the_last_counts():
    """As for most readers, the last of two members with one name is meant."""
    text = '{"a": 1, "a": 22}'

    assert "22" == text[slice(*pointed_at(text, "/a"))]


def marked(transcript, code):
    """The bytes that the violation of a rule is about."""
    exchange = exchange_from(transcript)
    violation = next(v for v in check(exchange).violations if v.code == code)
    client = violation.party is Party.CLIENT
    body = exchange.request.body if client else exchange.response.body
    reading = read_stream(exchange.response.body, contract())
    found = offending_bytes(violation, exchange, reading if violation.event else None)
    return None if found is None else body[slice(*found)]


@pytest.mark.parametrize(
    ("transcript", "code", "expected"),
    [
        ("message-start\nmessage-end DONE", "EVENT-009", b'"DONE"'),
        ('message-start\nevent content-start {"type":"content-start","index":"\xe9 0"}',
         "EVENT-008", '"é 0"'.encode()),
        ('> {"temperature": 7}\nmessage-start\nmessage-end', "CHAT-007", b"7"),
        ("endpoint rerank\nresults 0:0.5 0:0.4", "RERANK-105", b"0"),
        ('message-start\ncontent-delta 0 "a"\nmessage-end', "STREAM-014", None),
        ("status 500\nmessage-start", "HTTP-011", None),
    ],
)  # fmt: skip
def test_just_the_offending_bytes_are_meant(transcript, code, expected):
    """A value is marked without what stands around it; a status or a missing thing not at all."""
    found = marked(transcript, code)

    if code == "STREAM-014":
        assert found.startswith(b"event: content-delta\ndata: {")
        assert found.endswith(b"}\n")
    else:
        assert expected == found


def test_what_does_not_fit_its_exchange_marks_nothing():
    """A violation whose event, byte or pointer lies outside of the exchange marks no bytes."""
    exchange = exchange_from("message-start\nmessage-end DONE")
    reading = read_stream(exchange.response.body, contract())
    found = next(v for v in check(exchange).violations if v.code == "EVENT-009")
    spoilt = replace(exchange, response=Response(200, (), b'{"a": "\xff"}'))

    assert offending_bytes(replace(found, event=99), exchange, reading) is None
    assert offending_bytes(replace(found, event=None, byte=10**6), exchange, None) is None
    assert offending_bytes(replace(found, event=None, byte=None), spoilt, None) is None


def test_a_byte_without_a_value_is_marked_to_the_end_of_its_line():
    """Where only a byte is known the rest of its line is meant; inside an event, of the event."""
    exchange = replace(exchange_from("status 500"), response=Response(500, (), b"one\ntwo\rthree"))
    found = check(exchange).violations[0]
    stream = exchange_from("message-start\nmessage-end DONE")
    reading = read_stream(stream.response.body, contract())
    placed = replace(found, event=None, pointer=None, byte=4)
    inside = replace(found, event=1, pointer=None, byte=7)

    assert (4, 7) == offending_bytes(placed, exchange, None)
    assert 7 == offending_bytes(inside, stream, reading)[0]


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_the_bytes_of_every_violation_lie_in_its_body(rule):
    """Whatever is marked, of any rule, is a stretch of the body that has at least one byte."""
    exchange = exchange_from(rule.breaks)
    for violation in check(exchange).violations:
        client = violation.party is Party.CLIENT
        body = exchange.request.body if client else exchange.response.body
        reading = None if violation.events is None else read_stream(body, contract())
        found = offending_bytes(violation, exchange, reading)

        assert found is None or 0 <= found[0] < found[1] <= len(body)
