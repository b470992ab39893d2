"""What a server does wrong in the same way again and again is one finding, which counts it."""

from __future__ import annotations

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level


def errors(lines: str) -> list[tuple[str, str]]:
    """Code and message of every error."""
    found = check(exchange_from(lines)).violations
    return [(v.code, v.message) for v in found if v.level is Level.ERROR]


def deltas(*lines: str) -> str:
    """A stream of one text block with these deltas."""
    start, end = (
        ["message-start", "content-start 0 text"],
        ["content-end 0", "message-end COMPLETE"],
    )
    return "\n".join([*start, *lines, *end])


def test_an_index_that_is_counted() -> None:
    """Deltas that are numbered, instead of naming their block, are one fault."""
    lines = deltas('content-delta 0 "a"', *(f'content-delta {n} "b"' for n in range(1, 6)))

    ((code, message),) = errors(lines)

    assert "STREAM-013" == code
    assert message.endswith("(and 4 more in a row, not all with this index)")


def test_one_wrong_index_in_a_row() -> None:
    """Deltas that name the same wrong index are counted with it."""
    ((code, message),) = errors(deltas('content-delta 3 "a"', 'content-delta 3 "b"'))

    assert ("STREAM-013", True) == (code, message.endswith("(2 times in a row)"))


def test_a_delta_and_an_end_are_two() -> None:
    """A wrong index in a delta and another in the end are two faults."""
    lines = deltas('content-delta 3 "a"').replace("content-end 0", "content-end 4")

    assert ["STREAM-013", "STREAM-013"] == [code for code, _ in errors(lines)]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ('content-delta 0 "a" + {"index": "0"}', "EVENT-008"),
        ('content-delta 0 "a" + {"delta": {"message": {"content": null}}}', "EVENT-010"),
    ],
)
def test_the_same_problem_in_many_deltas(wrong: str, code: str) -> None:
    """A problem that all deltas have is one finding, at the first of them."""
    ((found, message),) = errors(deltas('content-delta 0 "a"', wrong, wrong, wrong))

    assert (code, True) == (found, message.endswith(", in 3 events"))


def test_different_problems_stay_apart() -> None:
    """Values of different types at the same place are different problems."""
    lines = deltas(
        'content-delta 0 "a"',
        'content-delta 0 "a" + {"index": "0"}',
        'content-delta 0 "a" + {"index": true}',
    )

    assert ["EVENT-008", "EVENT-008"] == [code for code, _ in errors(lines)]
