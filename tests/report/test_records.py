from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.check import check
from conformance.errors import ConformanceError
from conformance.report.outcome import Trouble
from conformance.report.records import (
    OUTCOMES,
    Case,
    Check,
    Coverage,
    ExchangeRecord,
    Footer,
    Header,
    ViolationRecord,
    as_line,
    from_line,
    merged,
    read_records,
)
from conformance.rules.registry import all_rules
from conformance.transcript import exchange_from

TEXT = st.text(st.characters() | st.sampled_from("\n\x00\u2028\ud800"), max_size=12)
COUNTS = st.dictionaries(TEXT, st.integers(0, 99), max_size=3)
NUMBER = st.integers(0, 10**9)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
RECORDS = st.one_of(
    st.builds(
        Header, TEXT, TEXT, NUMBER, spec_sha256=TEXT, command=TEXT, target=TEXT,
        seed=st.none() | NUMBER, party=TEXT, strict=st.booleans(),
        versions=st.dictionaries(TEXT, TEXT, max_size=2),
    ),
    st.builds(
        Case, TEXT, st.sampled_from(sorted(OUTCOMES)), st.none() | TEXT, TEXT, TEXTS, TEXT, TEXTS,
        NUMBER, st.none() | st.floats(0, 99),
    ),
    st.builds(
        ExchangeRecord, TEXT, NUMBER, line=st.none() | NUMBER, judged=st.booleans(),
        reason=st.none() | TEXT, status=st.none() | NUMBER, features=TEXTS,
        record=st.none() | st.dictionaries(TEXT, TEXT, min_size=1, max_size=2),
        replays=st.booleans(),
    ),
    st.builds(Trouble, TEXT, TEXT, st.none() | TEXT, st.none() | TEXT),
    st.builds(Check, TEXT, TEXT, st.none() | NUMBER, NUMBER, st.none() | st.booleans()),
    st.builds(Coverage, TEXT, TEXT, COUNTS),
    st.builds(Footer, COUNTS, st.integers(0, 2), COUNTS, COUNTS, COUNTS),
)  # fmt: skip


@given(RECORDS)
def test_a_line_gives_back_its_record(record):
    """Every record comes back from its line, which is one line of printable ASCII."""
    line = as_line(record)

    assert record == from_line(line)
    assert line.isascii()
    assert line.isprintable()


def test_every_violation_comes_back_from_its_line():
    """The violations of all breaking transcripts come back whole, evidence included."""
    violations = [
        violation
        for rule in all_rules()
        for violation in check(exchange_from(rule.breaks)).violations
    ]
    records = [ViolationRecord(each, "a case", "capsules/x.json") for each in violations]

    assert len(violations) >= len(all_rules())
    assert records == [from_line(as_line(each)) for each in records]


def test_what_later_versions_add_is_passed_over():
    """Members and kinds that this version does not know are no error."""
    line = json.dumps({"kind": "check", "name": "STREAM-014", "colour": "red", "judged": 2})

    assert Check("STREAM-014", judged=2) == from_line(line)
    assert from_line('{"kind":"weather","rain":true}') is None


@pytest.mark.parametrize(
    "line",
    ["", "[]", "7", "null", "{}", "not json", '{"kind":"case"}', '{"kind":"violation"}',
     '{"kind":["case"]}', '{"kind":"error"}', '{"kind":"violation","source":7}', "[" * 100_000],
)  # fmt: skip
def test_what_is_no_record_is_a_value_error(line):
    """A line that is no record raises ValueError, whatever it is."""
    with pytest.raises(ValueError, match="not a line of a report"):
        from_line(line)


def test_a_report_is_read_back(tmp_path):
    """The records of a file come back in order; blank lines are skipped."""
    records = [Header("1", "b31b", 7), Case("a", "kept"), Footer({"judged": 1}, 0)]
    file = tmp_path / "report.jsonl"
    file.write_text("\n\n".join(map(as_line, records)) + "\n")

    assert records == list(read_records(file))


def test_a_line_that_was_cut_off_ends_the_report(tmp_path):
    """The half line of a run that was killed is no error: what came before counts."""
    file = tmp_path / "report.jsonl"
    file.write_text(as_line(Case("a", "kept")) + '\n{"kind":"case","na')

    assert [Case("a", "kept")] == list(read_records(file))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("not json\n", "is not a line of a report"),
        ('{"kind":"header","format":2,"tool":"9","snapshot":"","rules":1}\n', "newer version"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_report_is_one_error(tmp_path, content, what):
    """A missing file, a line that is none, a newer format: each is one error naming the file."""
    file = tmp_path / "report.jsonl"
    if content is not None:
        file.write_text(content)

    with pytest.raises(ConformanceError, match=what) as raised:
        list(read_records(file))
    assert str(file) in (raised.value.where or "")


def test_sums_of_several_processes_are_added_up():
    """Counts add; a proof and a title are kept whichever process brings them."""
    made = merged(
        [
            Check("A", "a clause", 3, 1),
            Coverage("error", "property", {"id": 1, "message": 0}),
            Check("A", "", 0, 0, proved=True),
            Check("B", judged=None),
            Check("B", judged=None, failed=2),
            Coverage("error", "property", {"message": 2}),
            Coverage("stream", "cell", {"x": 1}),
        ]
    )

    assert [
        Check("A", "a clause", 3, 1, proved=True),
        Check("B", judged=None, failed=2),
        Coverage("error", "property", {"id": 1, "message": 2}),
        Coverage("stream", "cell", {"x": 1}),
    ] == made
