"""Violations and outcomes to report on, made without any rule."""

from __future__ import annotations

import pytest

from conformance.contract import Clause
from conformance.evidence import Evidence, EvidenceLine
from conformance.report.outcome import FileOutcome, Judged
from conformance.verdict import Level, Party, Source, SourceKind
from conformance.violation import Violation

CLAUSES = {
    "ST-04": Clause(
        "ST-04", "A delta belongs to an open block.", "P", "streaming guide", "110 of 110 streams"
    ),
    "TU-01": Clause("TU-01", "JSON text comes first", "P", "tool guide"),
}


def make_violation(**changes):
    """A violation of the order of a stream, with some members changed."""
    members = {
        "code": "STREAM-014",
        "name": "orphan-delta",
        "level": Level.ERROR,
        "party": Party.SERVER,
        "source": Source(SourceKind.PROSE, "ST-04"),
        "message": "`content-delta` for block 0, which is not open",
        "endpoint": "chat-stream",
        "file": "recordings/chat/two_blocks.yaml",
        "exchange": 1,
        "line": None,
        "event": 2,
        "events": 3,
        "byte": 31,
        "pointer": "/index",
        "state": "message, no open block; next may be content-start, message-end",
        "help": "a client that appends by `index` will drop or misfile this text",
        "evidence": Evidence(
            (
                EvidenceLine(1, "message-start", '{"id":"8f2"}'),
                EvidenceLine(
                    2,
                    "content-delta",
                    '{"index":0,"delta":{"message":{"content":{"text":"lo"}}}}',
                ),
                EvidenceLine(3, "message-end", "{}"),
            ),
            at=1,
            start=1,
            end=10,
            note="no `content-start` opened this block",
        ),
        "fingerprint": "3f9a21c4d0be",
    }
    return Violation(**{**members, **changes})


def make_judged(*violations, file="a.sse", number=1, **changes):
    """A judged exchange with these violations."""
    members = {
        "line": None,
        "endpoint": "chat-stream",
        "judged": True,
        "reason": "",
        "events": 3,
    }
    return Judged(file=file, number=number, violations=violations, **{**members, **changes})


@pytest.fixture(scope="session")
def clauses():
    """Two clauses in words."""
    return CLAUSES


@pytest.fixture(scope="session")
def violation():
    """A maker of violations."""
    return make_violation


@pytest.fixture(scope="session")
def judged():
    """A maker of judged exchanges."""
    return make_judged


@pytest.fixture(scope="session")
def outcome():
    """A maker of outcomes of one file."""
    return lambda *exchanges, file="a.sse", troubles=(): FileOutcome(file, exchanges, troubles)
