"""Features that a server seems not to have, and the command that plays a case again."""

from __future__ import annotations

import shlex

import pytest

from conformance.suite.absent import Absent, absence_told, absent_features, models_told
from conformance.suite.again import again
from conformance.suite.case import Outcome
from conformance.suite.catalogue import all_cases
from conformance.suite.settings import MODELS, RunSettings
from tests.run import stranger
from tests.run.scripted import CASES, play, text

KEPT, BROKEN, UNSHOWN = Outcome.KEPT, Outcome.BROKEN, Outcome.UNSHOWN


def absent(**changed):
    """What is absent when all cases are kept but for some, named by a folder or a whole name."""
    outcomes = dict.fromkeys(CASES, KEPT)
    for name in outcomes:
        for start, outcome in changed.items():
            if name.removeprefix("chat-stream/").startswith(start.replace("_", "-")):
                outcomes[name] = outcome
    return absent_features(outcomes, all_cases())


def test_nothing_is_absent_where_all_is_kept():
    """A conformant server is told nothing."""
    assert Absent() == absent()
    assert [] == absence_told(absent())


def test_quiet_cases_do_not_speak_for_a_feature():
    """A server that ignores `logprobs` passes the case that asks for none, and lacks the feature."""
    found = absent(**{"options/logprobs": BROKEN, "options/logprobs-off": KEPT})

    assert ("logprobs",) == found.broken
    assert ("chat-stream/options/logprobs",) == found.failing


def test_quiet_cases_speak_where_there_are_no_others():
    """Options of sampling change nothing that shows; a server that refuses all of them lacks them."""
    options = ("temperature", "p", "k", "frequency", "presence", "all")

    assert () == absent(**{"options/temperature": BROKEN}).broken
    assert ("sampling",) == absent(**{f"options/{name}": BROKEN for name in options}).broken


def test_only_the_roots_are_named():
    """To lack `tools` is to lack what rests on them."""
    found = absent(tool=BROKEN, strict=BROKEN)

    assert ("tools",) == found.broken
    assert len(found.failing) > 15


def test_what_fails_is_not_also_unshown():
    """What rests on a feature that fails is left to it."""
    found = absent(tools=UNSHOWN, tool_results=UNSHOWN, tool_choice=BROKEN, strict=UNSHOWN)

    assert (("tools",), ()) == (found.broken, found.unshown)


def test_features_that_no_answer_shows_are_named():
    """A server that never cites is told how to be held to it."""
    found = absent(documents=UNSHOWN, citations=UNSHOWN)

    assert ("documents",) == found.unshown
    assert ["no answer shows `documents`: `--declare documents` demands it, `--lacks` leaves it out"
            ] == absence_told(found)  # fmt: skip


def test_where_plain_text_fails_features_are_not_the_reason():
    """A server of which nothing works is not told to give up its features."""
    assert Absent() == absent_features(dict.fromkeys(CASES, BROKEN), all_cases())


def test_the_hint_names_what_to_type():
    """One feature and several are told in words that fit."""
    one = Absent(("images",), (), ("a",))
    two = Absent(("images", "tools"), (), ("a", "b", "c"))

    assert [
        "nothing about `images` is as promised: if the server does not have it, "
        "`--lacks images` leaves out the case that fails"
    ] == absence_told(one)
    assert [
        "nothing about `images`, `tools` is as promised: if the server does not have them, "
        "`--lacks images,tools` leaves out the 3 cases that fail"
    ] == absence_told(two)


def test_models_that_a_server_does_not_have():
    """A model that the user did not name is told with the option that names another."""
    said = ["not served: status `404`: `model 'command-a-03-2025' not found`"]

    assert ["the server does not have `command-a-03-2025`: `--model NAME` names one that it has"
            ] == models_told(said, RunSettings())  # fmt: skip
    assert [] == models_told(said, RunSettings.with_models(("command-a-03-2025",)))
    assert [] == models_told(["not served: status `404`: `no such page`"], RunSettings())


def test_a_run_tells_of_models(command, monkeypatch):
    """A server of another model says so at the end of a run."""
    with stranger.Stranger(["one-model"]) as url:
        monkeypatch.setenv("CO_API_KEY", stranger.KEY)
        monkeypatch.setitem(MODELS, "chat", "command-z")
        code, said, _ = command("run", url, "--only", "chat-stream/text")

    assert 1 == code
    assert "the server does not have `command-z`: `--model NAME` names one" in said


def test_a_run_without_a_key_says_that_there_is_none(command):
    """A server on this machine that demands a key is not said to refuse one that nobody gave."""
    with stranger.Stranger() as url:
        code, said, _ = command("run", url)

    assert 2 == code
    assert "error: the server demands a key, and `CO_API_KEY` is not set" in said


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("rerank/plain/all", RunSettings(), "--only rerank/plain/all"),
        (
            "chat-stream/text/plain",
            RunSettings.with_models(("tiny one",), timeout=2.5, key_env="KEY", declared=("tools",)),
            "--only chat-stream/text/plain --model 'chat=tiny one' --model 'thinking=tiny one' "
            "--model 'vision=tiny one' --api-key-env KEY --declare tools --timeout 2.5",
        ),
        (
            "rerank/properties/laws",
            RunSettings(seed=7, examples=9),
            "--only rerank/properties/laws --properties --seed 7 --examples 9",
        ),
        (
            "rerank/fuzz/any",
            RunSettings(seed=7),
            "--only rerank/fuzz/any --fuzz --seed 7",
        ),
    ],
)
def test_a_case_is_played_again(name, settings, expected):
    """The command has what decides what the case sends, quoted for a shell."""
    assert f"cohere-conformance run http://a:1 {expected}" == again(
        settings, "http://a:1", CASES[name]
    )


def test_a_finding_of_no_case_has_no_command():
    """What no case found cannot be played again."""
    assert again(RunSettings(), "mock:", None) is None


def test_the_command_finds_it_again(command):
    """What a run prints after `replay:` can be run, and finds the same."""
    line = ("run", "mock:?fault=STREAM-024", "--only", "chat-stream/text", "--strict")
    first = command(*line)[1]
    printed = first.split("= replay:", 1)[1].split("\n", 1)[0].strip()

    program, *words = shlex.split(printed)
    second = command(*words)[1]

    assert "cohere-conformance" == program
    assert "STREAM-024 missing-terminator" in second
    assert "1 case: 1 as promised, 0 not" in second


def test_a_served_fault_is_shown_as_it_was_asked():
    """Beside a faulty request that is served stands its fault, and not the answer to it."""
    result, _ = play("chat-stream/refusals/temperature-above", lambda _: text("Hello"))

    (violation,) = result.violations
    assert "HTTP-009" == violation.code
    assert [(None, "request")] == [(e.number, e.label) for e in violation.evidence.lines]
    assert "temperature" in violation.evidence.lines[0].text


def test_a_failure_on_a_fault_shows_both():
    """Where the answer is short it stands below the fault."""
    refusal = 'status 500\nbody {"message": "oops"}'
    result, _ = play("chat-stream/refusals/temperature-above", lambda _: refusal)

    (violation,) = result.violations
    assert "HTTP-010" == violation.code
    assert ["request", "response 500"] == [line.label for line in violation.evidence.lines]
