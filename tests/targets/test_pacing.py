"""No minute sees more calls than a key takes, whoever makes them, and nobody waits for nothing."""

from __future__ import annotations

import subprocess
import sys
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import UsageError
from conformance.targets.ledger import Ledger
from conformance.targets.pacing import (
    NO_PACE,
    TRIAL,
    Pace,
    Rates,
    back_off,
    rates_named,
    retry_after,
)


@pytest.fixture
def ledger(tmp_path):
    """A ledger in a file of its own."""
    return Ledger(tmp_path / "ledger")


def test_a_trial_key_is_paced(ledger, clock):
    """In no 60 seconds are there more than 20 chat calls, and each goes as early as it may."""
    pace = Pace(TRIAL, ledger, clock)
    times = []
    for _ in range(65):
        pace.wait(rerank=False)
        times.append(clock.now())
        clock.time += 0.5

    assert 20 == max(sum(start <= at < start + 60 for at in times) for start in times)
    assert times[19] - times[0] == 19 * 0.5
    assert times[20] - times[0] == pytest.approx(61)


def test_the_endpoints_have_rates_of_their_own(ledger, clock):
    """Twenty chat calls and ten rerank calls go at once, the eleventh rerank waits."""
    pace = Pace(TRIAL, ledger, clock)
    waits = [pace.wait(rerank=False) for _ in range(20)] + [
        pace.wait(rerank=True) for _ in range(10)
    ]

    assert [0] * 30 == waits
    assert 61 == pytest.approx(pace.wait(rerank=True))


def test_without_a_pace_nothing_waits(ledger, clock):
    """No rate means no waiting."""
    pace = Pace(NO_PACE, ledger, clock)
    for _ in range(100):
        pace.wait(rerank=False)

    assert [] == clock.slept


def test_workers_share_the_pace(ledger, clock):
    """A second worker on the same ledger counts the calls of the first."""
    other = Ledger(ledger.path)
    first, second = Pace(Rates(chat=2), ledger, clock), Pace(Rates(chat=2), other, clock)

    assert [0, 0] == [first.wait(rerank=False), second.wait(rerank=False)]
    assert 61 == pytest.approx(second.wait(rerank=False))


def test_a_hold_stops_all_workers_of_a_kind(ledger, clock):
    """When one call was refused, none of its kind goes before the time is over, others do."""
    first = Pace(NO_PACE, ledger, clock)
    second = Pace(TRIAL, Ledger(ledger.path), clock)
    first.hold(30, rerank=False)
    first.hold(10, rerank=False)

    assert 0 == second.wait(rerank=True)
    assert 30 == pytest.approx(second.wait(rerank=False))
    assert 0 == first.wait(rerank=False)


# A process of its own: what spawn would pickle lives in a test module that it cannot import.
_CALLS = """
import pathlib, sys
from conformance.targets.ledger import Ledger
from conformance.targets.pacing import Pace, Rates, SystemClock

pace = Pace(Rates(chat=1000), Ledger(pathlib.Path(sys.argv[1])), SystemClock())
for _ in range(10):
    pace.wait(rerank=False)
"""


def test_processes_share_one_ledger(ledger):
    """Four processes at once take every slot once."""
    command = [sys.executable, "-c", _CALLS, str(ledger.path)]
    workers = [subprocess.Popen(command) for _ in range(4)]
    codes = [worker.wait(60) for worker in workers]
    with ledger.transaction() as database:
        count = database.execute("SELECT count(*) FROM calls").fetchone()[0]

    assert (40, [0] * 4) == (count, codes)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), ("30", 30), (" 0 ", 0), ("2.5", 2.5), ("-3", 0), ("soon", None), ("", None),
        ("inf", None), ("nan", None), ("1e400", None), (formatdate(1_000_030, usegmt=True), 30),
        (formatdate(999_000, usegmt=True), 0), ("Mon, 99 Foo 2026", None),
    ],
)  # fmt: skip
def test_retry_after_is_read(value, expected):
    """Seconds and dates are understood, anything else is as if it were absent."""
    assert expected == retry_after(value, 1_000_000)


@given(st.text())
def test_any_retry_after_is_taken(value):
    """No header value raises, and none gives a time that nobody could wait for."""
    found = retry_after(value, 0.0)

    assert found is None or 0 <= found < 1e9


@given(attempt=st.integers(1, 2000), chance=st.floats(0, 1))
def test_back_off_doubles_up_to_a_minute(attempt, chance):
    """The pause lies between half and the whole of 2, 4, 8 … 60 seconds."""
    pause = back_off(attempt, lambda: chance)
    whole = min(60.0, 2.0 ** min(attempt, 10))

    assert whole / 2 <= pause <= whole


def test_rates_have_names():
    """The names of the two kinds of keys, none, and two numbers are understood."""
    assert TRIAL == rates_named("trial") == rates_named("20/10")
    assert Rates(500, 1000) == rates_named(" Production ")
    assert NO_PACE == rates_named("none")


@pytest.mark.parametrize("text", ["", "fast", "0/10", "20", "20/", "a/b", "-1/5", "trail"])
def test_other_rates_are_refused(text):
    """What is no pace is refused with what could be meant."""
    with pytest.raises(UsageError, match="is no pace") as caught:
        rates_named(text)

    assert "`trial`" in caught.value.hint


def test_the_time_of_a_run_is_foretold():
    """Sixty chat calls at twenty a minute take two windows; without rates there is no wait."""
    assert 2 * 61 / 60 == TRIAL.minutes(60, 0)
    assert 5 * 61 / 60 == TRIAL.minutes(60, 51)
    assert 0 == TRIAL.minutes(20, 10)
    assert 0 == NO_PACE.minutes(1000, 1000)
