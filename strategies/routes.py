"""Two states of the stream table → the shortest way between them, by steps that the table allows."""

from __future__ import annotations

from functools import cache

from conformance.stream import TABLE, Input, No, State

__all__ = ["ALLOWED", "REFUSED", "UNUSUAL", "broken_by", "route"]

# What ends a stream, and what no valid stream has, is no way to anywhere.
_NO_WAY = (Input.MESSAGE_END, Input.FAILED, Input.DONE, Input.EOF, Input.DEBUG, Input.UNKNOWN)

# The cells that a valid stream may visit. An event of unknown type leaves the state as it is, but
# no valid stream has one.
ALLOWED = tuple(
    (state, step)
    for state, row in TABLE.items()
    for step, cell in row.items()
    if not isinstance(cell, No) and step is not Input.UNKNOWN
)
S, I = State, Input  # noqa: E741 - the cells below are read, not written
# Those that plain answers come through anyway.
_USUAL = {
    (S.START, I.MESSAGE_START), (S.OPEN, I.TEXT_START), (S.OPEN, I.THINKING_START),
    (S.OPEN, I.PLAN_DELTA), (S.OPEN, I.CALL_START), (S.PLAN, I.PLAN_DELTA), (S.PLAN, I.CALL_START),
    (S.THINKING, I.THINKING_DELTA), (S.THINKING, I.CONTENT_END), (S.THOUGHT, I.TEXT_START),
    (S.THOUGHT, I.CALL_START), (S.TEXT, I.TEXT_DELTA), (S.TEXT, I.CONTENT_END),
    (S.TEXT, I.CITATION_START), (S.TEXT_CITE, I.CITATION_END),
    (S.ANSWERED, I.MESSAGE_END), (S.CALL, I.CALL_DELTA), (S.CALL, I.CALL_END),
    (S.CALLED, I.CALL_START), (S.CALLED, I.MESSAGE_END), (S.ENDED, I.DONE), (S.DONE, I.EOF),
}  # fmt: skip
REFUSED = tuple(
    (state, step)
    for state, row in TABLE.items()
    for step, cell in row.items()
    if isinstance(cell, No)
)


@cache
def route(origin: State, goal: State) -> tuple[Input, ...] | None:
    """The steps from one state to another; None when the table has no way.

    The end of a message is reached by its own step only, so ways to ENDED and DONE pass through it.
    """
    ways: dict[State, tuple[Input, ...]] = {origin: ()}
    queue = [origin]
    while queue:
        state = queue.pop(0)
        if state is goal:
            return ways[state]
        for step, cell in TABLE[state].items():
            if isinstance(cell, No) or cell in ways:
                continue
            if step in _NO_WAY and not (
                goal in (State.ENDED, State.DONE) and step is not Input.EOF
            ):
                continue
            ways[cell] = (*ways[state], step)
            queue.append(cell)
    return None


def broken_by(state: State, step: Input) -> tuple[str, ...]:
    """The rules that a step breaks in a state, in order, each once; none where it is allowed."""
    codes: list[str] = []
    while isinstance(cell := TABLE[state][step], No):
        codes.append(cell.code)
        state = cell.recover
        if not cell.again:
            break
    return tuple(dict.fromkeys(codes))


# By step and by the length of the way there: so an example shrinks to the same step, nearer by.
UNUSUAL = tuple(
    sorted(
        (cell for cell in ALLOWED if cell not in _USUAL and cell[1] is not Input.FAILED),
        key=lambda cell: (list(Input).index(cell[1]), len(route(S.START, cell[0]) or ())),
    )
)
