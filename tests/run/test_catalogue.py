"""The cases as data: named once, chosen by globs, and as sound or as broken as they say."""

from __future__ import annotations

import re

import pytest

from conformance.check import check
from conformance.errors import UsageError
from conformance.suite.broken import BROKEN, sound
from conformance.suite.case import Kind
from conformance.suite.catalogue import all_cases, cases_for, chosen
from conformance.suite.chat import CHAT
from conformance.suite.features import FEATURES, closure, resolved_features
from conformance.suite.play import Play, encoded
from conformance.suite.rerank import RERANK
from conformance.suite.settings import RunSettings
from conformance.suite.shows import SHOWS
from conformance.suite.tools import TOOLS
from conformance.verdict import Level, Party
from conformance.wire import Exchange, Request

SCENARIOS = (*CHAT, *TOOLS, *RERANK)
PATHS = {"chat-stream": "/v2/chat", "rerank": "/v2/rerank"}


class FakeSession:
    """What a play asks of a session to make a body."""

    settings = RunSettings()


def request_faults(name, body, headers=()):
    """The codes of what the rules find wrong with a request, by level."""
    endpoint = name.split("/")[0]
    given = {"Content-Type": "application/json", "Authorization": "Bearer key", **dict(headers)}
    data = body if isinstance(body, bytes) else encoded(body)
    request = Request("POST", PATHS[endpoint], tuple(given.items()), data)
    verdict = check(Exchange(request, None, endpoint=endpoint, observed=True))
    return [(v.level, v.code) for v in verdict.violations if v.party is Party.CLIENT]


def play_of(name):
    """A play of a case that makes bodies and sends nothing."""
    case = next(case for case in all_cases() if case.name == name)
    return Play(FakeSession(), case)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_scenarios_are_sound(scenario):
    """No rule finds an error or a warning in the request of a scenario."""
    body = play_of(scenario.name).body(scenario.body, scenario.role)

    found = request_faults(scenario.name, body, scenario.headers.items())

    assert [] == [each for each in found if each[0] is not Level.INFO]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda each: each.name)
def test_broken_requests_break_their_rule(broken):
    """The rule that a broken request is named for finds an error in it, and is the only one."""
    body = broken.edit(sound(play_of(broken.name)))

    errors = {code for level, code in request_faults(broken.name, body) if level is Level.ERROR}

    assert {broken.rule} == errors


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_scenarios_name_known_things(scenario):
    """What a scenario needs is a feature, and what it shows can be looked for."""
    assert set(scenario.needs) <= set(FEATURES)
    assert set(scenario.shows) <= set(SHOWS)


@pytest.mark.parametrize("case", all_cases(), ids=lambda each: each.name)
def test_names_are_paths(case):
    """A name is a path of three parts, in lower case, that begins with the endpoint."""
    assert re.fullmatch(r"(chat-stream|rerank)/[a-z0-9-]+/[a-z0-9-]+", case.name)
    assert case.says
    assert set(case.needs) <= set(FEATURES)


def test_every_feature_has_a_case():
    """A feature that nothing tries could not be declared or lacked to any effect."""
    used = {need for case in all_cases() for need in case.needs}

    assert set(FEATURES) == used


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("rerank/options", 7),
        ("chat-stream/tools/**", 9),
        ("chat-stream/tools", 9),
        ("chat-stream/tools/*", 9),
        ("**/tools/two-calls", 1),
        ("**/two-calls", 2),
        ("*/http/no-key", 2),
        ("chat-stream/text/plai?", 1),
        ("*", 0),
    ],
)
def test_globs(glob, expected):
    """A star stays within a part of the name, two cross parts, a folder stands for all in it."""
    known = [case for case in all_cases() if case.kind is not Kind.FUZZ]
    if glob == "*":
        expected = len(known)

    assert expected == len(chosen([glob], known))


def test_a_glob_in_vain_is_answered_with_the_nearest_name():
    """A misspelt name ends with what was probably meant."""
    with pytest.raises(UsageError) as caught:
        chosen(["chat-stream/toolz/**"], all_cases())

    assert "no case matches `chat-stream/toolz/**`" == caught.value.what
    assert "did you mean `chat-stream/tools/**`?" == caught.value.hint


def test_a_server_is_not_sent_generated_requests_unasked():
    """Generated requests go to our mock, and elsewhere only when they are asked for."""
    here = "http://localhost:1"

    def kinds(settings):
        return {case.kind for case in cases_for(settings)}

    assert Kind.PROPERTY in kinds(RunSettings())
    assert Kind.PROPERTY not in kinds(RunSettings(properties=False))
    assert Kind.PROPERTY not in kinds(RunSettings(target=here))
    assert Kind.PROPERTY in kinds(RunSettings(target=here, properties=True))
    with pytest.raises(UsageError, match="only generated requests are chosen"):
        cases_for(RunSettings(target=here, only=("**/properties/**",)))


def test_features_rest_on_each_other():
    """A feature that rests on another needs it too."""
    assert {"strict-tools", "tools", "chat-stream"} == closure(["strict-tools"])
    assert {"rerank"} == closure(["rerank"])


def test_features_as_a_user_writes_them():
    """Commas separate, case is folded, `all` is all, and a misspelt one is answered."""
    assert {"tools", "images"} == resolved_features(["Tools, images"], "--lacks")
    assert set(FEATURES) == resolved_features(["all"], "--declare")
    with pytest.raises(UsageError) as caught:
        resolved_features(["tolls"], "--lacks")
    assert "did you mean `tools`?" == caught.value.hint


@pytest.mark.parametrize(
    ("given", "roles"),
    [
        (("m",), {"chat": "m", "thinking": "m", "vision": "m"}),
        (("rerank=r", "thinking=t"), {"rerank": "r", "thinking": "t"}),
    ],
)
def test_models_as_a_user_names_them(given, roles):
    """A name stands for all models of chat, a role for one."""
    settings = RunSettings.with_models(given)

    assert roles == {role: settings.models[role] for role in settings.given_models}


@pytest.mark.parametrize("given", ["chet=m", "=m", "chat="])
def test_a_model_of_no_role(given):
    """A role that there is not, or no name, is answered with the roles."""
    with pytest.raises(UsageError, match="names no model"):
        RunSettings.with_models((given,))


def test_settings_travel():
    """Settings come out of JSON as they went in."""
    settings = RunSettings.with_models(("m",), only=("a", "b"), lacks=("tools",), timeout=2.5)

    assert settings == RunSettings.from_json(settings.to_json())
