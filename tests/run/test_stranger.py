"""Judging a server that owes nothing to the mock: its habits are fine, its faults are found."""

from __future__ import annotations

import pytest

from tests.run import stranger

# fault -> the code it must be found under, at error level where not said otherwise
EXPECTED = {
    "500-on-bad-json": "HTTP-010", "accepts-missing": "HTTP-009", "after-done": "STREAM-006",
    "arguments-not-json": "TOOL-001", "call-finish": "CHAT-102", "citation-open": "CITE-001",
    "citation-span": "CITE-006", "content-type": "HTTP-001", "cut": "HTTP-017",
    "delta-before-start": "STREAM-014", "error-list": "HTTP-004", "finish-enum": "EVENT-009",
    "finish-missing": "EVENT-010", "invalid-json": "EVENT-001", "no-auth": "HTTP-009",
    "no-blank-line": "EVENT-001", "no-content-end": "STREAM-007", "no-message-end": "STREAM-003",
    "no-message-start": "STREAM-001", "not-utf-8": "SSE-001", "plain-errors": "HTTP-004",
    "rerank-index": "RERANK-104", "rerank-no-results": "RERANK-103", "rerank-score": "RERANK-107",
    "rerank-score-text": "RERANK-102", "rerank-top-n": "RERANK-108", "rerank-twice": "RERANK-105",
    "rerank-unsorted": "RERANK-106", "stall": "HTTP-017", "status-201": "HTTP-002",
    "text-is-number": "EVENT-008", "two-message-starts": "STREAM-002", "usage-missing": "CHAT-103",
    "rerank-positions": "RUN-006", "rerank-cut-first": "RUN-005", "rerank-restless": "RUN-016",
    "rerank-by-length": "RUN-017", "unknown-event": "EVENT-007", "wrong-index": "STREAM-013", "crash": "RUN-001",
}  # fmt: skip
WARNED = {"event-name": "SSE-014", "rerank-by-place": "RUN-017"}
# What a server of some habit may be warned of; any other warning would be a false alarm.
ALLOWED = {"EVENT-013", "HTTP-009", "STREAM-026", "STREAM-024", "RERANK-111", "RERANK-112"}
# A part of the cases that shows every fault, for the sake of time.
SHORT = (
    "**/text/plain", "**/text/beyond-ascii", "**/tools/one-call", "**/documents/objects",
    "**/options/top-n", "rerank/plain/all", "rerank/laws/*", "**/refusals/no-*",
    "**/refusals/not-json", "**/http/no-key",
)  # fmt: skip
# What only the manner of serving can spoil.
MANNERS = ("**/http/second-request", "**/transport/parallel")


@pytest.fixture(autouse=True)
def key(monkeypatch):
    """The stranger's key is in the environment."""
    monkeypatch.setenv("CO_API_KEY", stranger.KEY)


@pytest.mark.parametrize("habit", ["none", *stranger.HABITS])
def test_habits_are_not_faults(habit, judge):
    """A conformant server of other habits gets no error, and no warning but for what it omits."""
    with stranger.Stranger([habit]) as url:
        only = () if habit == "none" else (*SHORT, *MANNERS)
        told = judge(url, only=only)

    assert {} == told.codes("error")
    assert set(told.codes("warning")) <= ALLOWED
    assert [] == [r.name for r in told.results.values() if r.troubles]


@pytest.mark.parametrize("fault", sorted(EXPECTED))
def test_faults_are_found(fault, judge):
    """A fault is an error under its own code."""
    with stranger.Stranger([], fault) as url:
        told = judge(url, only=SHORT, timeout=1.0)

    assert EXPECTED[fault] in told.codes("error")


@pytest.mark.parametrize("fault", sorted(WARNED))
def test_doubts_are_told(fault, play):
    """What only recordings or a noisy law speak against is a warning, which strict lets fail."""
    with stranger.Stranger([], fault) as url:
        told = play(url, only=SHORT)
        strict = play(url, only=SHORT, strict=True)

    assert WARNED[fault] in told.codes("warning")
    assert {} == told.codes("error")
    assert (0, 1) == (told.ended.exit_code(), strict.ended.exit_code())


@pytest.mark.parametrize(("fault", "expected"), [(None, 0), ("crash", 1), ("citation-span", 1)])
def test_exit_codes(fault, expected, play):
    """A run of a conformant server ends with 0, of a faulty one with 1."""
    with stranger.Stranger([], fault) as url:
        told = play(url, only=SHORT)

    assert expected == told.ended.exit_code()
    assert () == told.ended.unrun


def test_all_faults_are_expected():
    """Each fault of the stranger is in one of the tables above."""
    assert set(stranger.FAULTS) == {*EXPECTED, *WARNED}


def test_generated_requests_on_request(judge):
    """Generated valid requests are served by a conformant stranger too."""
    with stranger.Stranger([]) as url:
        told = judge(url, only=("**/properties/valid-requests",), properties=True, examples=15)

    assert {} == told.codes("error")
    assert ["chat-stream/properties/valid-requests", "rerank/properties/valid-requests"] == sorted(
        told.results
    )


def test_a_stranger_that_stalls_does_not_hold_a_run(judge):
    """After three answers that never end the rest of their sort is not sent, and says so."""
    with stranger.Stranger([], "stall") as url:
        told = judge(url, only=("chat-stream/text", "rerank/plain"), timeout=0.6)

    notes = [result.note for result in told.results.values() if "not sent" in result.note]
    assert 8 == len(notes)
    assert all(result.outcome.value == "kept" for name, result in told.results.items()
               if name.startswith("rerank"))  # fmt: skip
