"""Codes, names and families as a user writes them → those that a command knows, or an error with a hint.

Rules judge every exchange. Some codes belong to one command only: `RUN` are the checks of a run,
`CLIENT` the clauses about programs. A project names all of them in one table, and each command heeds
what it knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.check import Options
from conformance.errors import UsageError
from conformance.rules.registry import REDIRECTS, all_rules, find_rule
from conformance.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.config import Settings

__all__ = ["CHECKS", "CLAUSES", "chosen_options", "resolved", "unknown_code"]

# The families that are not of rules.
CHECKS = "RUN"
CLAUSES = "CLIENT"


def unknown_code(word: str, where: str, also: Iterable[str] = ()) -> UsageError:
    """The error about a word that is neither a code, nor a name, nor a family."""
    rules = all_rules()
    families = sorted({rule.family for rule in rules})
    known = [*families, *(r.code for r in rules), *(r.name for r in rules), *REDIRECTS]
    for family in also:
        known += [family, *(word for pair in _members(family) for word in pair)]
    meant = nearest(word, known)
    listed = "`cohere-conformance rules` lists them"
    return UsageError(
        f"no rule `{word}`",
        where=where,
        hint=f"did you mean `{meant}`? {listed}" if meant else listed,
    )


def resolved(words: tuple[str, ...], where: str, also: Iterable[str] = ()) -> tuple[str, ...]:
    """The codes and families that these words name; commas separate several in one word.

    Case is folded, a rule may go by its name, and a renamed code counts as the new one. `also` are
    the families, `CHECKS` and `CLAUSES`, that may be named beside those of rules. Raises UsageError
    for a word that names nothing; `where` is the option it came by.
    """
    families = {rule.family for rule in all_rules()} | set(also)
    found: dict[str, None] = {}
    for word in (part.strip() for each in words for part in each.split(",")):
        if not word:
            continue
        if word.upper() in families:
            found[word.upper()] = None
            continue
        code = _code(word, also)
        if code is None:
            raise unknown_code(word, where, also)
        found[code] = None
    return tuple(found)


def _code(word: str, also: Iterable[str]) -> str | None:
    rule = find_rule(word)
    if rule is not None:
        return rule.code
    wanted = word.replace("_", "-").casefold()
    pairs = (pair for family in also for pair in _members(family))
    return next((code for code, name in pairs if wanted in (code.casefold(), name)), None)


def _members(family: str) -> list[tuple[str, str]]:
    """(code, name) of all members of a family that is not of rules."""
    if family == CHECKS:
        from conformance.suite.checks import all_checks

        return [(check.code, check.name) for check in all_checks()]
    from conformance.clients.clauses import all_clauses

    return [(clause.code, clause.name) for clause in all_clauses()]


def chosen_options(
    settings: Settings,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    *,
    closed: bool | None = None,
    also: Iterable[str] = (),
) -> Options:
    """What the command line chose, and the project where it chose nothing. Raises UsageError.

    `also` are the families beside the rules that the command has; a project may name any.
    """
    every = (CHECKS, CLAUSES)
    chosen = {
        name: resolved(given, f"--{name}", also)
        or resolved(of_project, f"{settings.file}, `{name}`", every)
        for name, given, of_project in (
            ("select", select, settings.select),
            ("ignore", ignore, settings.ignore),
        )
    }
    return Options(**chosen, closed=settings.closed if closed is None else closed)
