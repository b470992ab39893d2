"""Every rule can fire, and says so where its own docstring says it does."""

from __future__ import annotations

import pytest

from conformance.check import check
from conformance.rules.registry import RULES, Rule, all_rules
from conformance.transcript import exchange_from
from conformance.verdict import Level, Party

# These speak of the answer to a faulty request, so that another rule speaks of the request.
ABOUT_FAULTY_REQUESTS = {"HTTP-009", "HTTP-010"}
EVERY_RULE = [pytest.param(rule, id=rule.code) for rule in all_rules()]


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_conforming_transcript(rule: Rule) -> None:
    """The conforming transcript of a rule breaks neither it nor, as an error, any other."""
    found = check(exchange_from(rule.conforms)).violations

    assert [v.headline for v in found if v.code == rule.code or v.level is Level.ERROR] == []


@pytest.mark.parametrize("rule", EVERY_RULE)
def test_breaking_transcript(rule: Rule) -> None:
    """The breaking transcript of a rule breaks it, and no other rule at error level."""
    found = check(exchange_from(rule.breaks)).violations

    assert rule.code in {v.code for v in found}
    others = [
        v.headline
        for v in found
        if v.level is Level.ERROR
        and v.code != rule.code
        and not (rule.code in ABOUT_FAULTY_REQUESTS and v.party is Party.CLIENT)
    ]
    assert others == []


def test_names_are_unique() -> None:
    """No two rules share a name."""
    names = [rule.name for rule in RULES.values()]

    assert sorted(set(names)) == sorted(names)
