"""Codes, names and families as a user writes them → the codes and families that `check` knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.check import Options
from conformance.errors import UsageError
from conformance.rules.registry import REDIRECTS, all_rules, find_rule
from conformance.suggest import nearest

if TYPE_CHECKING:
    from conformance.config import Settings

__all__ = ["chosen_options", "resolved", "unknown_code"]


def unknown_code(word: str, where: str) -> UsageError:
    """The error about a word that is neither a code, nor a name, nor a family."""
    rules = all_rules()
    families = sorted({rule.family for rule in rules})
    known = [*families, *(r.code for r in rules), *(r.name for r in rules), *REDIRECTS]
    meant = nearest(word, known)
    listed = "`cohere-conformance rules` lists them"
    return UsageError(
        f"no rule `{word}`",
        where=where,
        hint=f"did you mean `{meant}`? {listed}" if meant else listed,
    )


def resolved(words: tuple[str, ...], where: str) -> tuple[str, ...]:
    """The codes and families that these words name; commas separate several in one word.

    Case is folded, a rule may go by its name, and a renamed code counts as the new one. Raises
    UsageError for a word that names nothing; `where` is the option it came by.
    """
    families = {rule.family for rule in all_rules()}
    found: dict[str, None] = {}
    for word in (part.strip() for each in words for part in each.split(",")):
        if not word:
            continue
        if word.upper() in families:
            found[word.upper()] = None
            continue
        rule = find_rule(word)
        if rule is None:
            raise unknown_code(word, where)
        found[rule.code] = None
    return tuple(found)


def chosen_options(
    settings: Settings, select: tuple[str, ...], ignore: tuple[str, ...], *, closed: bool | None
) -> Options:
    """What the command line chose, and the project where it chose nothing. Raises UsageError."""
    file = str(settings.file)
    return Options(
        select=resolved(select, "--select") or resolved(settings.select, f"{file}, `select`"),
        ignore=resolved(ignore, "--ignore") or resolved(settings.ignore, f"{file}, `ignore`"),
        closed=settings.closed if closed is None else closed,
    )
