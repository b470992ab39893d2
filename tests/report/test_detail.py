from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cassette import as_record
from conformance.check import check
from conformance.report.detail import detail_of, kept_from
from conformance.transcript import exchange_from
from conformance.wire import Response
from tests.report.made import breaking, hostile_exchanges


def detail(exchange, code):
    """What a page shows of an exchange for its first violation of a rule."""
    violations = check(exchange).violations
    kept = kept_from(as_record(exchange), violations)
    return detail_of(kept, next(v for v in violations if v.code == code))


def text_of(runs):
    """The text of runs."""
    return "".join(run.text for run in runs)


def marks(runs):
    """What is marked in runs."""
    return [run.text for run in runs if run.marked]


def test_the_timeline_shows_the_event_at_fault_and_its_neighbours():
    """Events before and after the fault are shown with bytes and times, the rest is counted."""
    words = "\n".join(f'content-delta 0 "{number}"' for number in range(30))
    transcript = f"message-start\ncontent-start 0 text\n{words}\ncontent-end 0\nmessage-end DONE"
    exchange = exchange_from(transcript)
    shown = detail(exchange, "EVENT-009")
    fault = next(row for row in shown.rows if row.at_fault)

    assert "EVENT-009" in fault.codes
    assert ("message-end", ['"DONE"']) == (fault.type, marks(fault.data))
    assert [1, 2] == [row.number for row in shown.rows[:2]]
    assert [25] == [row.skipped for row in shown.rows if row.skipped]
    assert 35 == sum(row.skipped or 1 for row in shown.rows)
    assert exchange.response.body[: fault.byte].endswith(b"\n\n")
    assert len(exchange.response.body) == shown.body.size
    assert ['"DONE"'] == marks(shown.body.runs)


def test_an_event_has_the_time_of_the_chunk_that_brings_its_end():
    """The first half of the stream came after a quarter of a second, the rest after a half."""
    shown = detail(breaking("STREAM-014"), "STREAM-014")

    assert {0.25, 0.5} == {row.time for row in shown.rows if not row.skipped}


def test_a_long_body_is_cut_around_the_mark():
    """Of a big request only what stands around the fault is shown, and how much was left out."""
    filler = "é" * 40_000
    request = {"temperature": 9, "messages": [{"role": "user", "content": filler}]}
    exchange = exchange_from(f"> {json.dumps(request)}\nmessage-start\nmessage-end")
    shown = detail(exchange, "CHAT-007").request

    assert ["9"] == marks(shown.runs)
    assert shown.size > 40_000
    assert len(text_of(shown.runs)) < 2_000
    assert any(run.gap and "bytes" in run.text for run in shown.runs)


def test_a_mark_that_is_itself_long_loses_its_middle():
    """A whole event of many thousand bytes at fault is shown by its beginning and its end."""
    long = json.dumps("x" * 50_000)
    exchange = exchange_from(f"message-start\ncontent-delta 0 {long}\nmessage-end")
    shown = detail(exchange, "STREAM-014").body

    assert len(text_of(shown.runs)) < 3_000
    assert 2 == len(marks(shown.runs))


def test_bytes_that_are_no_utf_8_are_shown_as_escapes():
    """The offending bytes of an encoding error stand there as escapes, and are marked."""
    shown = detail(breaking("SSE-001"), "SSE-001")

    assert any("\\xe9" in mark for mark in marks(shown.body.runs))


def test_line_ends_can_be_seen():
    """Line feeds, carriage returns and tabs have pictures in the bytes of a response."""
    exchange = exchange_from("status 500\nbody x")
    response = Response(500, (("content-type", "text/plain"),), b"a\r\n\tb")
    shown = detail(replace(exchange, response=response), "HTTP-004")

    assert "a␍␊\n␉\tb" == text_of(shown.body.runs)


@pytest.mark.parametrize("number", range(14))
def test_nothing_that_does_not_print_is_passed_on(number):
    """Whatever a recording holds, what is shown of it prints, but for line feeds and tabs."""
    exchange = list(hostile_exchanges())[number]
    violations = check(exchange).violations
    kept = kept_from(as_record(exchange), violations)
    for violation in violations:
        shown = detail_of(kept, violation)
        texts = [shown.url, *sum(shown.request_headers, ()), *sum(shown.response_headers, ())]
        texts += [text_of(row.data) + row.type for row in shown.rows]
        texts += [text_of(shown.body.runs), text_of(shown.request.runs)]

        assert all(text.replace("\n", "").replace("\t", "").isprintable() for text in texts)


@given(st.binary(max_size=80))
def test_any_body_can_be_shown(body):
    """No body, whatever its bytes, keeps a page from being made."""
    exchange = exchange_from("status 400\nbody x")
    exchange = replace(exchange, response=Response(400, (), body))
    violations = check(exchange).violations
    kept = kept_from(as_record(exchange), violations)

    for violation in violations:
        shown = detail_of(kept, violation)
        assert len(body) == shown.body.size


def test_a_record_that_cannot_be_read_is_not_shown():
    """A report whose record was spoilt by hand loses that detail and nothing else."""
    assert kept_from({"request": 7}, ()) is None


def test_a_record_of_another_endpoint_has_no_events():
    """A record that is out of scope by now is shown without a timeline."""
    record = as_record(replace(breaking("STREAM-014"), endpoint=None))
    record["request"] = {"method": "POST", "url": "/v1/chat"}
    kept = kept_from(record, check(breaking("STREAM-014")).violations)

    assert () == detail_of(kept, kept.violations[0]).rows
