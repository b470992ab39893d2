"""Each planted fault is found under its own code, however the bytes are framed and cut."""

from __future__ import annotations

import dataclasses
import itertools
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from conformance.check import check
from conformance.rules.registry import RULES
from conformance.verdict import Level
from conformance.wire import Chunk, Exchange
from tests.authored.chats import CHATS
from tests.faults import (
    answers,
    chat_requests,
    framing_faults,
    http,
    order,
    payload,
    reranks,
)
from tests.faults.draft import Draft, draft_of
from tests.faults.framing import CANONICAL, Framing, framings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.edits import Fault

MODULES = (order, payload, framing_faults, answers, chat_requests, reranks, http)
FAULTS: list[Fault] = [fault for module in MODULES for fault in module.FAULTS]
STREAMS = sorted(
    f"chat/{name}"
    for name, exchanges in CHATS.items()
    if all(one.response and one.response.body.startswith(b"event: ") for one in exchanges)
)

# Few examples for each of several hundred faults; together they meet every switch many times. No
# part of a run is left to chance, and each fault has dice of its own.
few = settings(
    max_examples=6,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow],
)


def dice(what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Fix the examples for this test by its name."""
    return seed(zlib.crc32(what.encode()))


def planted(fault: Fault) -> Draft:
    """The recording with the fault in it."""
    draft = draft_of(fault.recording, fault.number)
    fault.edit(draft)
    return draft


def codes(exchange: Exchange) -> dict[Level, set[str]]:
    """The codes found at each level."""
    found: dict[Level, set[str]] = {level: set() for level in Level}
    for violation in check(exchange).violations:
        found[violation.level].add(violation.code)
    return found


def assert_found(fault: Fault, exchange: Exchange) -> None:
    """The exchange yields what the fault must yield, and nothing else at its level or above.

    Beside an error warnings are free: a faulty request that was served is one.
    """
    found = codes(exchange)
    own = {Level(fault.level): {fault.code}}

    assert own.get(Level.ERROR, set()) | set(fault.also) == found[Level.ERROR]
    if fault.level != "error":
        assert own.get(Level.WARNING, set()) == found[Level.WARNING]
    assert fault.code in found[Level(fault.level)]


def cut_up(exchange: Exchange, edges: list[int]) -> Exchange:
    """The exchange with its body in chunks that end at these places, as far as it reaches."""
    response = exchange.response
    assert response is not None
    size = len(response.body)
    places = sorted({0, size, *(edge % (size + 1) for edge in edges)})
    chunks = tuple(Chunk(a, b) for a, b in itertools.pairwise(places))
    return dataclasses.replace(exchange, response=dataclasses.replace(response, chunks=chunks))


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_planted_fault_is_found(fault: Fault) -> None:
    """One fault yields its own code and nothing else that is an error."""
    assert_found(fault, planted(fault).exchange())


@pytest.mark.parametrize(
    "fault",
    [one for one in FAULTS if one.recording in STREAMS],
    ids=str,
)
def test_a_planted_fault_is_found_in_any_framing(fault: Fault) -> None:
    """Neither legal framing nor the edges of chunks hide a fault or add one."""

    @dice(str(fault))
    @few
    @given(framing=framings(names_matter=fault.named), edges=st.lists(st.integers(0), max_size=9))
    def each_framing(framing: Framing, edges: list[int]) -> None:
        assert_found(fault, cut_up(planted(fault).exchange(framing), edges))

    each_framing()


@pytest.mark.parametrize("recording", STREAMS)
def test_legal_framing_is_no_more_than_a_note(recording: str) -> None:
    """A sound stream stays sound in any legal framing."""

    @dice(recording)
    @few
    @given(framing=framings())
    def each_framing(framing: Framing) -> None:
        found = codes(draft_of(recording).exchange(framing))

        assert set() == found[Level.ERROR] | found[Level.WARNING]

    each_framing()


@pytest.mark.parametrize("what", framing_faults.ODDITIES)
def test_each_oddity_is_noted(what: str) -> None:
    """Each legal but unusual framing is noted under its own code and no other framing code."""
    code, framing = framing_faults.ODDITIES[what]
    draft = draft_of("chat/documents_with_citations")
    found, usual = codes(draft.exchange(framing)), codes(draft.exchange(CANONICAL))

    assert {code} == found[Level.INFO] - usual[Level.INFO]


def test_every_rule_has_a_planted_fault() -> None:
    """No rule goes untested: each code of the registry is planted somewhere."""
    planted_codes = {fault.code for fault in FAULTS}
    planted_codes |= {code for code, _ in framing_faults.ODDITIES.values()}

    assert sorted(set(RULES) - planted_codes) == []


def test_every_planted_code_is_a_rule() -> None:
    """No fault expects a code that does not exist."""
    assert sorted({fault.code for fault in FAULTS} - set(RULES)) == []


def test_there_are_enough_faults_and_none_twice() -> None:
    """The harness holds at least 130 distinct faults."""
    names = [str(fault) for fault in FAULTS]
    bodies = [
        (fault.code, exchange.request, exchange.response, exchange.live, exchange.observed)
        for fault in FAULTS
        for exchange in [planted(fault).exchange()]
    ]

    assert sorted(set(names)) == sorted(names)
    assert len(set(bodies)) == len(bodies) >= 130


def test_the_drafts_give_back_their_recordings() -> None:
    """Taking a recording apart and putting it together changes nothing of its stream."""
    for name, exchanges in CHATS.items():
        for number, exchange in enumerate(exchanges):
            again = draft_of(f"chat/{name}", number).exchange().response

            assert exchange.response is not None
            assert again is not None
            assert exchange.response.body == again.body
