"""What a run says of a server that takes any key, where it knows a right one."""

from __future__ import annotations

import pytest

from conformance.errors import CassetteMiss
from conformance.mock.server import MockServer
from conformance.mock.settings import Settings
from conformance.suite.case import Outcome
from conformance.suite.http_cases import http_cases
from conformance.suite.session import Session
from conformance.suite.settings import RunSettings

KEY = "a-right-key-of-some-length"
ONLY = ("**/http/wrong-key",)
NAMES = ["chat-stream/http/wrong-key", "rerank/http/wrong-key"]


@pytest.fixture
def judged(judge, monkeypatch):
    """Judge what a mock of these settings does with a wrong key; `given` is the user's key."""

    def judge_it(taken, given=KEY, **settings):
        monkeypatch.delenv("CO_API_KEY", raising=False)
        if given:
            monkeypatch.setenv("CO_API_KEY", given)
        with MockServer(Settings().changed(key=taken)) as server:
            told = judge(server.url, only=ONLY, **settings)
            told.sent = len(server.log.exchanges())
        return told

    return judge_it


def outcomes(told):
    """What came of each case."""
    return [told.results[name].outcome for name in NAMES]


def test_a_server_that_takes_any_key_is_warned_of(judged):
    """It may mean to, so that a run does not fail."""
    told = judged("")

    assert {"RUN-015": NAMES} == told.codes("warning")
    assert {} == told.codes("error")
    assert [Outcome.KEPT] * 2 == outcomes(told)
    assert "a made-up key" in told.results[NAMES[0]].violations[0].message


@pytest.mark.parametrize("choice", [{"declared": ("auth",)}, {"strict": True}])
def test_a_server_that_is_said_to_demand_a_key_fails(judged, choice):
    """Where `auth` is declared it is an error, and `--strict` lets the warning fail."""
    assert [Outcome.BROKEN] * 2 == outcomes(judged("", **choice))


def test_a_server_that_refuses_a_wrong_key_keeps_its_promise(judged):
    """A refusal is as promised, and no remark is made on it."""
    told = judged(KEY)

    assert [Outcome.KEPT] * 2 == outcomes(told)
    assert [()] * 2 == [told.results[name].violations for name in NAMES]
    assert {"RUN-001": 1, "RUN-015": 1, "RUN-022": 1, "RUN-024": 1} == told.results[
        NAMES[0]
    ].checked


def test_without_a_key_nothing_is_sent(judged):
    """Nobody knows a wrong key of a server of which no right one is given: that is said."""
    told = judged("", given="")

    assert [Outcome.UNSHOWN] * 2 == outcomes(told)
    assert "without a key" in told.results[NAMES[0]].note
    assert 0 == told.sent


def test_a_server_without_keys_is_not_asked(judged):
    """Whoever lacks `auth` has no wrong keys."""
    told = judged("", lacks=("auth",))

    assert [Outcome.LACKED] * 2 == outcomes(told)
    assert 0 == told.sent


def test_the_own_mock_takes_its_key_alone(judge):
    """Of the mock everything is demanded, so that it has to refuse the key."""
    told = judge("mock:", only=ONLY)

    assert [Outcome.KEPT] * 2 == outcomes(told)


class Nowhere:
    """A target that keeps what it is given, and answers nothing."""

    def __init__(self):
        self.given = []

    def send(self, request, *, authorize, **_options):
        """Keep the request, and whether the target's own key belongs to it."""
        self.given.append((request.header("authorization"), authorize))
        raise CassetteMiss("nothing is sent")


def test_the_wrong_key_has_the_form_of_a_right_one():
    """Forty letters and digits, as the live API's keys have, so that a form is no reason to refuse."""
    nowhere = Nowhere()
    session = Session(RunSettings(), nowhere)
    for case in http_cases("rerank"):
        if case.name in NAMES:
            session.play(case)

    ((header, authorize),) = nowhere.given
    scheme, token = header.split(" ")
    assert ("Bearer", 40, True, False) == (scheme, len(token), token.isalnum(), authorize)


def test_what_was_recorded_of_keys_is_played_to_the_same_cases(judge, tmp_path):
    """The cases differ in headers only, and yet each gets the answer that was recorded for it."""
    only = ("**/http/**", "**/text/plain", "rerank/plain/all")
    before = judge("mock:", only=only, record=str(tmp_path))
    after = judge(f"cassette:{tmp_path}", only=only)

    assert [] == [result.troubles for result in after.results.values() if result.troubles]
    assert {} == {**after.codes("error"), **after.codes("warning")}
    assert list(before.results) == list(after.results)
