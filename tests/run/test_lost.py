"""Servers that cannot be reached any more: a run ends soon, however long each attempt takes."""

from __future__ import annotations

import time

import pytest

from conformance.errors import NoAnswer, TargetError
from conformance.suite.case import Outcome
from conformance.suite.session import Session, TargetLost
from conformance.suite.settings import RunSettings
from tests.run.scripted import CASES, Scripted

NAMES = [name for name in CASES if name.startswith("chat-stream/text/")][:5]


class Slow(Scripted):
    """It takes its time, and fails."""

    def __init__(self, error):
        super().__init__(None)
        self.error, self.asked = error, 0

    def send(self, _request, **_options):
        """Fail after a while."""
        self.asked += 1
        time.sleep(0.06)
        raise self.error


def session(error):
    """A session with such a server, and little patience."""
    target = Slow(error)
    return Session(RunSettings(target=Slow.url, timeout=0.05), target), target


def test_a_server_that_refuses_all_that_is_asked_is_given_up():
    """Three requests that get nowhere, as when a rate is used up, end the run, though each took long."""
    played, target = session(TargetError("the server refuses with 429 after 6 attempts over 50 s"))

    for name in NAMES[:2]:
        assert Outcome.TROUBLE is played.play(CASES[name]).outcome
    with pytest.raises(TargetLost):
        played.play(CASES[NAMES[2]])
    assert 3 == target.asked


def test_a_server_that_hangs_is_not_given_up():
    """A server that is reached and stalls on one sort of request may answer another."""
    played, target = session(NoAnswer("no answer within 0.05 s"))

    outcomes = [played.play(CASES[name]).outcome for name in NAMES]

    assert [Outcome.BROKEN] * 3 + [Outcome.UNSHOWN] * 2 == outcomes
    assert 3 == target.asked
