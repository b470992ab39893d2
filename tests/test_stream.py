"""The stream table is total, sound and reachable, and the machine says each fault once."""

from __future__ import annotations

from itertools import product

import pytest

from conformance.check import check
from conformance.machine import Machine
from conformance.rules.registry import RULES, all_rules
from conformance.stream import MISMATCH, TABLE, Input, No, State, following
from conformance.transcript import exchange_from
from conformance.verdict import Level


def test_table_is_total() -> None:
    """Every state has a cell for every input."""
    missing = [(s, i) for s, i in product(State, Input) if i not in TABLE.get(s, {})]

    assert missing == []


def test_every_refused_cell_names_a_rule() -> None:
    """The code of a refused cell or of a mismatched index is a registered rule's."""
    all_rules()
    codes = {c.code for row in TABLE.values() for c in row.values() if isinstance(c, No)}

    assert sorted((codes | set(MISMATCH.values())) - set(RULES)) == []


def test_trying_again_comes_to_an_end() -> None:
    """A recovery that takes the same input again reaches a cell that does not."""
    for state, given in product(State, Input):
        cell, steps = TABLE[state][given], 0
        while isinstance(cell, No) and cell.again:
            cell, steps = TABLE[cell.recover][given], steps + 1
            assert steps < 5


def test_every_state_is_reached_by_allowed_cells() -> None:
    """A conforming stream can visit every state."""
    seen, todo = {State.START}, [State.START]
    while todo:
        for cell in TABLE[todo.pop()].values():
            if isinstance(cell, State) and cell not in seen:
                seen.add(cell)
                todo.append(cell)

    assert seen == set(State)


def test_every_state_can_end_the_stream() -> None:
    """From every state a conforming stream can go on to the end of the body."""
    ends = {state for state in State if TABLE[state][Input.EOF] is State.DONE}
    while True:
        more = {
            s for s in State if any(c in ends for c in TABLE[s].values() if not isinstance(c, No))
        }
        if more <= ends:
            break
        ends |= more

    assert ends == set(State)


def test_following_lists_wire_names() -> None:
    """What may come next is said in the words of the wire."""
    assert following(State.OPEN) == [
        "content-start", "tool-plan-delta", "tool-call-start", "citation-start", "message-end",
    ]  # fmt: skip


def test_an_empty_stream_lacks_its_start_only() -> None:
    """Nothing at all is one fault, not two."""
    machine = Machine()
    machine.close()

    assert [breach.code for breach in machine.breaches] == ["STREAM-001"]


ONE_CAUSE = {
    "overlapping blocks": (
        """
        message-start
        content-start 0 thinking
        content-start 1 text
        content-delta 0 "a"
        content-delta 1 "b"
        content-end 0
        content-end 1
        message-end COMPLETE
        """,
        ["STREAM-007"],
    ),
    "overlapping calls": (
        """
        tools now
        message-start
        tool-call-start 0 now_1 now
        tool-call-start 1 now_2 now
        tool-call-delta 0 "{}"
        tool-call-delta 1 "{}"
        tool-call-end 0
        tool-call-end 1
        message-end TOOL_CALL
        """,
        ["STREAM-008"],
    ),
    "a block that was never opened": (
        """
        message-start
        content-delta 0 "a"
        content-delta 0 "b"
        content-end 0
        message-end COMPLETE
        """,
        ["STREAM-014"],
    ),
    "a wrong index all along": (
        """
        message-start
        content-start 0 text
        content-delta 3 "a"
        content-delta 3 "b"
        content-delta 3 "c"
        content-end 0
        message-end COMPLETE
        """,
        ["STREAM-013"],
    ),
    "a stream that stops": (
        """
        message-start
        content-start 0 text
        content-delta 0 "a"
        eof
        """,
        ["STREAM-003"],
    ),
    "a citation inside a call": (
        """
        tools now
        > {"documents": ["x"]}
        message-start
        tool-plan-delta "Go."
        tool-call-start 0 now_1 now
        citation-start 0 0-2 "Go" doc:0 + {"delta": {"message": {"citations": {"type": "PLAN"}}}}
        citation-end 0
        tool-call-end 0
        message-end TOOL_CALL
        """,
        ["STREAM-019"],
    ),
    "two faults": (
        """
        content-delta 0 "a"
        content-end 0
        message-end COMPLETE
        message-end COMPLETE
        """,
        ["STREAM-001", "STREAM-005", "STREAM-014"],
    ),
}


@pytest.mark.parametrize("name", ONE_CAUSE)
def test_one_cause_is_reported_once(name: str) -> None:
    """A fault is reported once, and what follows from it is not."""
    text, codes = ONE_CAUSE[name]

    found = check(exchange_from(text)).violations

    assert sorted({v.code for v in found if v.level is Level.ERROR}) == codes
    assert len([v for v in found if v.level is Level.ERROR]) == len(codes)


def test_a_failure_may_leave_blocks_open() -> None:
    """After ERROR nobody closes what was open, and nobody has to."""
    found = check(
        exchange_from(
            """
            message-start
            content-start 0 thinking
            content-delta 0 "hm"
            message-end ERROR + {"delta": {"error": "no valid response", "usage": {}}}
            """
        )
    ).violations

    assert [v.headline for v in found if v.level is not Level.INFO] == []
