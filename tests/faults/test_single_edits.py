"""Every event of every recording, dropped, sent twice or sent too late: no edit yields many codes.

The list of faults picks the telling ones; here all of them are tried.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from conformance.check import check
from conformance.verdict import Level
from tests.faults.draft import draft_of
from tests.faults.test_faults import STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.framing import Event


def _drop(events: list[Event], at: int) -> None:
    del events[at]


def _repeat(events: list[Event], at: int) -> None:
    events.insert(at, copy.deepcopy(events[at]))


def _delay(events: list[Event], at: int) -> None:
    events[at : at + 2] = reversed(events[at : at + 2])


EDITS: dict[str, Callable[[list[Event], int], None]] = {
    "dropped": _drop,
    "repeated": _repeat,
    "delayed": _delay,
}
# A lost or misplaced piece of text moves what stands behind it, so that each citation behind it is
# wrong in a way of its own. The list is exact.
SEVERAL: dict[str, set[str]] = {
    "dropped": {"content-delta"},
    "repeated": set(),
    "delayed": set(),
}


@pytest.mark.parametrize("how", EDITS)
def test_one_edit_yields_one_code(how: str) -> None:
    """Dropping, repeating or delaying one event yields at most one code at error level."""
    several = set()
    for recording in STREAMS:
        for at, event in enumerate(draft_of(recording).events or []):
            draft = draft_of(recording)
            EDITS[how](draft.events or [], at)
            found = check(draft.exchange()).violations
            if len({one.code for one in found if one.level is Level.ERROR}) > 1:
                several.add(event.kind)

    assert SEVERAL[how] == several
