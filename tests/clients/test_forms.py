"""Cases in another form say the same as before."""

from __future__ import annotations

import json

import pytest

from conformance.clients.cases import cases
from conformance.clients.forms import in_form
from conformance.sse import decode

CASES = {case.name: case for case in cases(seed=1)}
STREAMS = [
    case
    for case in CASES.values()
    if case.kind == "allowed"
    and case.endpoint == "chat"
    and case.family not in ("framing", "chunks")
    and not case.answers[0].header("content-encoding")
]


def test_without_a_form_all_stays_as_it_is():
    """No form, no change."""
    assert list(CASES.values()) == in_form(CASES.values(), "")


def test_each_event_becomes_a_line_of_json():
    """JSON Lines have the events in their order, without the terminator."""
    for case, lined in zip(STREAMS, in_form(STREAMS, "json-lines"), strict=True):
        for before, after in zip(case.answers, lined.answers, strict=True):
            events = [frame.data for frame in decode(before.body)[0] if frame.data != "[DONE]"]
            lines = after.body.decode().split("\n")[:-1]

            assert [json.loads(text) for text in events] == [json.loads(line) for line in lines]


def test_what_was_begun_stays_begun():
    """A stream that was cut inside an event is cut inside a line."""
    (lined,) = in_form([CASES["cut/in-text"]], "json-lines")

    assert not lined.answers[0].body.endswith(b"\n")


def test_one_piece_has_the_bytes_of_all():
    """In one piece, nothing is lost and nothing is cut."""
    whole = {case.name: case for case in in_form(CASES.values(), "whole")}

    assert all(len(answer.pieces) <= 1 for case in whole.values() for answer in case.answers)
    assert all(CASES[name].answers[0].body == case.answers[0].body for name, case in whole.items())


def test_events_that_come_apart_are_the_same_events():
    """Only the moments differ, and only where a stream is sent in pieces."""
    given = [case for case in CASES.values() if case.family != "framing"]
    for case, slow in zip(given, in_form(CASES.values(), "apart"), strict=True):
        for before, after in zip(case.answers, slow.answers, strict=True):
            assert before == after.changed(pace=before.pace)
            assert before.pace <= after.pace

    slow = {case.name: case for case in in_form(STREAMS, "apart")}
    assert all(case.answers[0].pace > 0 for case in slow.values())


@pytest.mark.parametrize("form", ["json-lines", "whole"])
def test_a_form_leaves_out_what_it_has_not(form):
    """Cases about chunks have no counterpart."""
    assert not [case for case in in_form(CASES.values(), form) if case.family == "chunks"]
