from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.evidence import Evidence, EvidenceLine
from conformance.report.cells import width_of
from conformance.report.text import failure_text, place_of, source_text
from conformance.verdict import Party, Source, SourceKind


def test_the_failure_message_is_the_whole_screen(violation, clauses, golden):
    """What, where, evidence, state, source, help, replay, explain stand in this order."""
    text = failure_text(
        violation(),
        clauses=clauses,
        width=80,
        replay="cohere-conformance check capsule-3f9a21c4.json",
    )

    golden("failure.txt", text)


def test_parts_with_nothing_to_say_are_left_out(violation, clauses, golden):
    """Without state, evidence or replay the other parts close ranks."""
    bare = violation(
        state="", evidence=Evidence(), event=None, events=None, byte=None, pointer=None
    )

    golden("failure_bare.txt", failure_text(bare, clauses=clauses, width=80))


def test_hostile_and_wide_payloads_keep_the_layout(violation, clauses, golden):
    """Escapes of a recording are shown, not sent, and the caret stands under wide characters."""
    hostile = Evidence(
        (
            EvidenceLine(99, "日本\x1b[2J", '{"a":"\x9b31m"}'),
            EvidenceLine(100, "content-delta", '{"text":"日本語🎉","index":7,"more":"' + "x" * 90),
        ),
        at=1,
        start=23,
        end=24,
        note="\x1b[31mred",
    )
    text = failure_text(
        violation(evidence=hostile, file="\x1b]0;title\x07.yaml", message="`\x1b[1m` is bold"),
        clauses=clauses,
        width=80,
    )

    golden("failure_hostile.txt", text)


def test_a_note_without_room_beside_the_caret_goes_below(violation, clauses, golden):
    """A long note is wrapped under the caret and nothing is lost."""
    line = EvidenceLine(None, "response 422", '{"message":"' + "m" * 80 + '","id":7}')
    evidence = Evidence((line,), at=0, start=99, end=100, note="a number where text is " * 4)
    text = failure_text(
        violation(evidence=evidence, event=None, events=None), clauses=clauses, width=60
    )

    golden("failure_note_below.txt", text)


def test_a_caret_in_the_label_marks_the_whole_label(violation, clauses):
    """An event that is wrong as such is marked at its type."""
    evidence = Evidence((EvidenceLine(4, "debug", "{}"),), at=0, end=5, in_label=True)
    lines = failure_text(violation(evidence=evidence), clauses=clauses).splitlines()

    assert [" 4 | debug   {}", "   | ^^^^^"] == lines[3:5]


def test_a_note_without_a_place_stands_alone(violation, clauses):
    """Evidence that has a note but no line still shows the note."""
    lines = failure_text(violation(evidence=Evidence(note="no body")), clauses=clauses).splitlines()

    assert ["   |", "   | no body", "   |"] == lines[2:5]


def test_a_long_path_stays_whole(violation, clauses):
    """A path longer than the line is not broken, what follows it goes to the next line."""
    path = "recordings/" + "deep/" * 20 + "a.yaml"
    lines = failure_text(violation(file=path, line=3), clauses=clauses, width=60).splitlines()

    assert [f"  --> {path}:3,", "      event 2 of 3, byte 31"] == lines[2:4]


@pytest.mark.parametrize(
    ("changes", "full", "brief"),
    [
        ({}, "F, event 2 of 3, byte 31", "F, event 2"),
        ({"line": 7, "exchange": 2}, "F:7, exchange 2, event 2 of 3, byte 31",
         "F:7, exchange 2, event 2"),
        ({"event": None}, "F, byte 31", "F"),
        ({"event": None, "events": None}, "F, response `/index`, byte 31", "F, response"),
        ({"event": None, "events": None, "pointer": None, "party": Party.CLIENT},
         "F, request, byte 31", "F, request"),
        ({"byte": None}, "F, event 2 of 3", "F, event 2"),
    ],
)  # fmt: skip
def test_the_place_names_what_is_known(violation, changes, full, brief):
    """File, line, exchange, event, pointer and byte are named where they are known."""
    one = violation(file="F", **changes)

    assert (full, brief) == (place_of(one), place_of(one, brief=True))


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("ST-04", "prose ST-04, streaming guide: a delta belongs to an open block; "
         "110 of 110 streams"),
        ("ST-04, TU-01", "prose ST-04, streaming guide: a delta belongs to an open block; "
         "110 of 110 streams; TU-01, tool guide: JSON text comes first"),
        ("RFC 9110 8.3", "prose, RFC 9110 8.3"),
        ("ST-04, RFC 9110", "prose, ST-04, RFC 9110"),
    ],
)  # fmt: skip
def test_a_clause_is_put_into_words(clauses, where, text):
    """The id of a clause is followed by what it says; any other source stands as it is."""
    assert text == source_text(Source(SourceKind.PROSE, where), clauses)


@example(
    lines=[("label", "x" * 51)], place=(51, 51), in_label=False, note="", width=64
)  # a caret behind text that fills the line
@given(
    lines=st.lists(st.tuples(st.text(max_size=40), st.text(max_size=200)), min_size=1, max_size=4),
    place=st.tuples(st.integers(0, 200), st.integers(0, 200)),
    in_label=st.booleans(),
    note=st.text(max_size=60),
    width=st.integers(60, 120),
)
def test_no_evidence_breaks_the_layout(violation, clauses, lines, place, in_label, note, width):
    """Whatever stands in a recording: each line prints, and the evidence fits into the width."""
    evidence = Evidence(
        tuple(EvidenceLine(n + 1, label, text) for n, (label, text) in enumerate(lines)),
        at=0,
        start=min(place),
        end=max(place),
        in_label=in_label,
        note=note,
    )
    text = failure_text(violation(evidence=evidence), clauses=clauses, width=width)
    shown = text.removesuffix("\n").split("\n")
    window = [line for line in shown if line[3:4] == "|"]

    assert all(line.isprintable() for line in shown)
    assert len(window) >= len(lines) + 3
    assert all(width_of(line) <= width for line in window)
