"""An exchange → nothing, or the exception of the rule that it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.check import Options, check
from conformance.cli.codes import resolved
from conformance.contract import contract
from conformance.errors import UsageError
from conformance.plugin.adapt import exchange_of
from conformance.report.text import failure_text, place_of
from conformance.verdict import Level, Party
from conformance.violation import exception_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.violation import ConformanceViolation, Violation

__all__ = ["assert_conformant", "raised_for"]

# What pytest's own indentation leaves of 88 columns.
_WIDTH = 84
_MOST_OTHERS = 12


def assert_conformant(
    exchange: Any,
    *,
    party: Party | str | None = None,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    strict: bool = False,
    closed: bool = False,
) -> None:
    """Raise the exception of the first rule that an exchange breaks, if it breaks one.

    `exchange` is a `conformance.Exchange`, or a response of httpx or requests with its request.
    `party` is "client" or "server", by default both are judged. `select` and `ignore` are codes,
    names or families of rules; `strict` counts warnings, `closed` undocumented members.

    Raises a subclass of AssertionError that is named for the rule, such as
    `conformance.STREAM_014`; its text begins with the headline. Raises UsageError when the exchange
    is out of scope, since then nothing was judged.
    """
    __tracebackhide__ = True
    options = Options(
        select=resolved(tuple(select), "assert_conformant(select=...)"),
        ignore=resolved(tuple(ignore), "assert_conformant(ignore=...)"),
        closed=closed,
    )
    verdict = check(exchange_of(exchange), options=options)
    if not verdict.judged:
        raise UsageError(
            f"the exchange was not judged: {verdict.reason}",
            where="assert_conformant",
            hint="judged are v2 chat streams and v2 reranks, requests included",
        )
    wanted = None if party is None else Party(party)
    failing = {Level.ERROR, Level.WARNING} if strict else {Level.ERROR}
    found = [
        violation
        for violation in verdict.violations
        if violation.level in failing and wanted in (None, violation.party)
    ]
    if found:
        raise raised_for(found)


def raised_for(violations: Sequence[Violation]) -> ConformanceViolation:
    """The exception for violations, of which the worst is told in full and the others in a line."""
    first, *others = sorted(violations, key=lambda each: -each.level.rank)
    text = failure_text(first, clauses=contract().clauses, width=_WIDTH)
    # The headline stands alone on the first line, however long it is.
    rest = text[text.index("--> ") :]
    gutter = text[: text.index("--> ")].rpartition("\n")[2]
    lines = [first.headline, f"{gutter}{rest}".rstrip()]
    if others:
        lines += ["", f"and {len(others)} more:"]
        lines += [f"  {each.headline} ({place_of(each)})" for each in others[:_MOST_OTHERS]]
    if len(others) > _MOST_OTHERS:
        lines.append(f"  and {len(others) - _MOST_OTHERS} others")
    return exception_for(first.code)(first, "\n".join(lines))
