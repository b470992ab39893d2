"""The reference page itself against today's, where it is at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.data import data_path
from conformance.diff import compare
from conformance.diff.sources import open_side
from conformance.specs.snapshot import current

TREE = Path(__file__).parents[2]
PAGE = TREE.parent / "shared" / "specs" / "chat-streaming-and-rerank.md"
TODAY = TREE / "tests" / "diff" / "fixtures" / "page-of-today.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the reference page is not at hand")


def test_two_members_have_come_since():
    """The first real update: another dialect, two additions, nothing else."""
    root = data_path("specs")
    report = compare(open_side(str(PAGE), root), open_side(str(TODAY), root))
    where = "rerank response.meta.billed_units"

    assert ("A", "B") == (report.old.dialect, report.new.dialect)
    assert [(f"{where}.image_tokens", "additive"), (f"{where}.pages", "additive")] == [
        (str(one.at), one.level.value) for one in report.findings
    ]
    assert ((), ()) == (report.defects, report.mended)


def test_the_page_and_its_snapshot_do_not_differ():
    """Importing left nothing behind that matters on the wire."""
    root = data_path("specs")
    report = compare(open_side(str(PAGE), root), open_side(current(root), root))

    assert ((), (), ()) == (report.findings, report.defects, report.mended)
