"""Codes, names and families as a user writes them → codes and families of rules and of run checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.errors import UsageError
from conformance.rules.registry import all_rules, find_rule
from conformance.suggest import did_you_mean
from conformance.suite.checks import all_checks, find_check

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["all_codes", "chosen_options"]

_FAMILY = "RUN"


def all_codes() -> list[str]:
    """The codes of all rules and of all checks that only a run has."""
    return [rule.code for rule in all_rules()] + [check.code for check in all_checks()]


def chosen_options(words: Iterable[str], where: str) -> tuple[str, ...]:
    """The codes and families that these words name; commas separate several in one word.

    Raises UsageError for a word that names nothing; `where` is the option it came by.
    """
    families = {rule.family for rule in all_rules()} | {_FAMILY}
    found: dict[str, None] = {}
    for word in (part.strip() for each in words for part in each.split(",")):
        if not word:
            continue
        named = find_rule(word) or find_check(word)
        if word.upper() in families:
            found[word.upper()] = None
        elif named is not None:
            found[named.code] = None
        else:
            hint = did_you_mean(word, [*families, *all_codes()])
            listed = "`cohere-conformance rules` lists them"
            raise UsageError(
                f"no rule `{word}`", where=where, hint=f"{hint} {listed}" if hint else listed
            )
    return tuple(found)
