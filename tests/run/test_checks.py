"""The checks that only a run has: they fail on what breaks them, and only on that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.rules.registry import find_rule
from conformance.suite.checks import all_checks, find_check
from conformance.suite.explain import check_explanation
from conformance.suite.laws import permuted_documents, ranking, top_n_prefix
from conformance.suite.prove import Proof, prove, server_rules
from conformance.transcript import exchange_from
from conformance.wire import Exchange


def found(check, sample):
    """What a check finds in a sample."""
    return list(check.find(list(sample.exchanges), **sample.facts))


@pytest.mark.parametrize("check", all_checks(), ids=lambda each: each.code)
def test_each_check_fails_on_its_defect_alone(check):
    """The stored defect is reported, and what keeps the clause is not."""
    assert found(check, check.breaks())
    assert [] == found(check, check.keeps())


@pytest.mark.parametrize("check", all_checks(), ids=lambda each: each.code)
def test_each_check_says_what_it_is(check):
    """A check has a clause, a help, and headlines in the style of all messages."""
    message = found(check, check.breaks())[0].message

    assert check.summary.endswith(".")
    assert check.help
    assert message[0].islower() or message[0] in "`0123456789" or message.startswith("GET")
    assert not message.endswith(".")
    assert check is find_check(check.name)
    assert check_explanation(check, 80)


def test_the_proof_counts_rules_and_checks():
    """All rules about servers and all checks are shown able to fail."""
    proof = prove()

    expected = len(server_rules()) + len(all_checks())
    assert Proof(expected) == proof
    assert f"{expected} checks, {expected} shown able to fail" == str(proof)


def test_a_check_that_cannot_fail_is_named():
    """A rule that finds nothing, and one that finds everything, are both found out."""
    rule = find_rule("STREAM-014")

    def nothing(_exchanges, **_facts):
        return iter(())

    blind = replace(all_checks()[0], find=nothing)
    lying = rule._replace(find=all_lines)

    assert Proof(1, blind=(blind.code,)) == prove([], [blind])
    assert ("STREAM-014",) == prove([lying], []).hasty


def all_lines(_subject):
    """Not the rule: its conforming transcript breaks the rule about orphan deltas.

    Help: none
    Conforms:
        message-start
        content-delta 0 "Hi"
        message-end
    Breaks:
        message-start
        content-delta 0 "Hi"
        message-end
    """
    return iter(())


def rerank(results):
    """A rerank exchange of four documents."""
    return exchange_from(f"endpoint rerank\ndocuments 4\nresults {results}")


@pytest.mark.parametrize(
    ("part", "breaches"),
    [
        ("1:0.9 0:0.5", 0),
        ("0:0.9 1:0.5", 1),
        ("1:0.9 2:0.5", 0),
        ("1:0.9 3:0.5", 1),
        ("1:0.8", 1),
    ],
)
def test_top_n_with_ties(part, breaches):
    """Documents of equal score may change places; others may not, nor may scores."""
    whole = rerank("1:0.9 0:0.5 2:0.5 3:0.1")

    assert breaches == len(list(top_n_prefix.find([whole, rerank(part)], tolerance=1e-6)))


def test_laws_keep_silent_on_what_other_rules_report():
    """A refusal, a broken list or a repeated index is no ranking to compare."""
    refused = exchange_from('endpoint rerank\nstatus 500\nbody {"message": "no"}')
    odd = exchange_from('endpoint rerank\nbody {"results": [{"index": true}, 7]}')
    twice = rerank("1:0.9 1:0.5")

    assert [None] * 4 == [ranking(e) for e in (refused, odd, twice, Exchange(None, None))]
    whole = rerank("1:0.9 0:0.5")
    for other in (refused, odd, twice):
        assert [] == list(top_n_prefix.find([whole, other], tolerance=0.1))
        assert [] == list(permuted_documents.find([whole, other], order=[1, 0], tolerance=0.1))
