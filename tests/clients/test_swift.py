"""Swift does not run here: what a program in it sends is judged as a recording."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.cassette import read
from conformance.check import check

FILE = Path(__file__).parents[2] / "clients" / "swift" / "requests.jsonl"


def test_the_five_kinds_of_call_are_right():
    """Plain, documents, tools, images and rerank: judged, and nothing found."""
    verdicts = [check(exchange) for exchange in read(FILE)]

    assert ["chat-stream"] * 4 + ["rerank"] == [verdict.endpoint for verdict in verdicts]
    assert [] == [found for verdict in verdicts for found in verdict.violations]


def test_a_member_in_the_spelling_of_swift_is_found(tmp_path):
    """The names of the API have underscores: `topN` is another one."""
    spoiled = FILE.read_text(encoding="utf-8").replace("top_n", "topN")
    (tmp_path / "spoiled.jsonl").write_text(spoiled, encoding="utf-8")
    found = [
        violation.code
        for exchange in read(tmp_path / "spoiled.jsonl")
        for violation in check(exchange).violations
    ]

    assert json.loads(spoiled.splitlines()[-1])
    assert ["RERANK-004"] == found
