"""The page that sets a run beside schemathesis alone counts what its table shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.faults import find_fault
from conformance.mock.transport import TRANSPORTS

PAGE = Path(__file__).parents[2] / "docs" / "versus.md"


@pytest.fixture(scope="module")
def rows():
    """The cells of the rows of faults."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    return [row for row in cells if row[0].startswith("`")]


def test_the_rows_are_faults_that_the_mock_has(rows):
    """Each row names a fault by its key, or one of transport; only the key that fits is neither."""
    names = [row[0].strip("`") for row in rows]

    unknown = [n for n in names if find_fault(n) is None and n.split("=")[0] not in TRANSPORTS]
    assert ["any key"] == unknown
    assert len(set(names)) == len(names) >= 25


def test_the_totals_are_those_of_the_rows(rows):
    """The first sentence counts the rows, those that a run finds by their rule, and the others."""
    told = re.search(
        r"Of (\d+) faults of a server a run finds (\d+), schemathesis alone (\d+)",
        PAGE.read_text(encoding="utf-8"),
    )
    ours = sum(
        "**" in row[2] or (row[2] != "no" and find_fault(row[0].strip("`")) is None) for row in rows
    )
    theirs = sum(row[3].startswith("ST") for row in rows)

    assert (len(rows), ours, theirs) == tuple(int(number) for number in told.groups())


def test_a_run_finds_every_fault_of_a_rule_by_its_own_code(rows):
    """No fault of a rule is found by other rules only."""
    missed = [row[0] for row in rows if find_fault(row[0].strip("`")) and "**" not in row[2]]

    assert [] == missed


def test_nothing_is_found_where_nothing_is_wrong():
    """The control is clean for both."""
    text = PAGE.read_text(encoding="utf-8")
    [control] = [line for line in text.splitlines() if "control: nothing is wrong" in line]

    assert 2 == control.count("nothing, as it should be")
