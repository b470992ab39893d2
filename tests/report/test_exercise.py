from __future__ import annotations

import pytest

from conformance.cassette import find, read
from conformance.check import check
from conformance.contract import contract
from conformance.data import data_path
from conformance.faults import all_faults
from conformance.faults.plant import plant
from conformance.report.collect import Collector
from conformance.report.exercise import NEEDS, exercised, features_of, needs_of, traits_of
from conformance.rules.registry import all_rules, find_rule
from conformance.subject import Subject
from conformance.transcript import exchange_from
from conformance.verdict import Party

RULES = {rule.code: rule for rule in all_rules()}


def traits(exchange):
    """The traits of an exchange, as a collector sees them."""
    verdict = check(exchange)
    found = traits_of(Subject(exchange, contract()))
    faulty = any(each.party is Party.CLIENT for each in verdict.violations)
    return (found | {"faulty"} if faulty else found), verdict


@pytest.mark.parametrize("code", RULES)
def test_whatever_is_found_was_judged(code):
    """No transcript of a rule breaks a rule that is said to have had nothing to judge."""
    for transcript in (RULES[code].breaks, RULES[code].conforms):
        seen, verdict = traits(exchange_from(transcript))
        broken = {each.code for each in verdict.violations}

        assert set() == broken - exercised(seen)


def test_whatever_is_found_in_recordings_with_faults_was_judged():
    """Nor does a fault that is planted in a recording break such a rule."""
    exchanges = [e for file in find([data_path("recordings")]) for e in read(file)]
    checked = set()
    for fault in all_faults():
        for exchange in exchanges:
            planted = plant(fault, exchange)
            if planted is None:
                continue
            seen, verdict = traits(planted)
            broken = {each.code for each in verdict.violations}
            checked |= broken
            assert set() == broken - exercised(seen), (fault.key, exchange.origin.file)
            break

    assert len(checked) > 80


def test_every_need_is_of_a_rule():
    """No rule that does not exist has needs, and every rule has some."""
    assert set() == set(NEEDS) - set(RULES)
    assert [] == [code for code, rule in RULES.items() if not needs_of(rule)]


@pytest.mark.parametrize(
    ("transcript", "families", "idle"),
    [
        ("message-start\nmessage-end", {"HTTP", "SSE", "EVENT", "STREAM", "CHAT"}, "RERANK-101"),
        ("endpoint rerank\nresults 0:0.5", {"HTTP", "RERANK"}, "STREAM-014"),
        ("status 429", {"HTTP", "CHAT"}, "STREAM-001"),
    ],
)
def test_only_what_is_there_is_judged(transcript, families, idle):
    """Citations, tools, other endpoints and streams that never came are not judged."""
    seen, _ = traits(exchange_from(transcript))
    codes = exercised(seen)

    assert families == {code.split("-")[0] for code in codes}
    assert idle not in codes
    assert "CITE-006" not in codes
    assert "TOOL-001" not in codes


def test_features_are_told_in_words():
    """What an exchange was about is told in the words of the documentation."""
    transcript = """
    tools get_time
    message-start
    tool-plan-delta "I look"
    tool-call-start 0 id_1 get_time
    tool-call-delta 0 "{}"
    tool-call-end 0
    message-end TOOL_CALL
    """
    seen, _ = traits(exchange_from(transcript))

    assert ("tools", "tool calls") == features_of(seen)


def test_a_collector_counts_what_was_judged_and_what_failed():
    """A rule is counted as judged where it had something to judge, as failed where it was broken."""
    collector = Collector()
    for rule in ("STREAM-014", "CITE-006"):
        exchange = exchange_from(find_rule(rule).breaks)
        collector.take_verdict(check(exchange))
    checks = {each.name: each for each in collector.closing() if each.kind == "check"}

    assert (2, 1) == (checks["STREAM-014"].judged, checks["STREAM-014"].failed)
    assert (1, 1) == (checks["CITE-006"].judged, checks["CITE-006"].failed)
    assert (0, 0) == (checks["RERANK-106"].judged, checks["RERANK-106"].failed)
    assert 2 == collector.judged["STREAM-014"]
