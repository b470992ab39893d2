"""The reference page itself, where it is at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.data import data_path
from conformance.specs.snapshot import current, import_snapshot, load_snapshot

PAGE = Path(__file__).parents[3] / "shared" / "specs" / "chat-streaming-and-rerank.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the reference page is not at hand")


def test_the_page_gives_the_snapshot_that_is_checked_in(tmp_path):
    """Importing the page anew gives the current snapshot, byte for byte, under its name."""
    root = data_path("specs")

    made = import_snapshot([PAGE], tmp_path)

    assert current(root) == made.name
    assert "A" == made.dialect
    for path in (root / made.name).iterdir():
        assert path.read_bytes() == (tmp_path / made.name / path.name).read_bytes()
    assert load_snapshot(root, made.name).documents == made.documents
