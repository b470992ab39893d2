"""A request → the settings that hold for it alone.

Headers choose for one request: `X-Conformance-Profile`, `X-Conformance-Fault`, and
`X-Conformance-Case`, a label for the log. Where a client cannot send headers, the path can:
`/fault=STREAM-014/profile=rich/case=7/v2/chat`, which fits into the base URL that clients let one
set.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from conformance.errors import UsageError
from conformance.mock.plan import Plan, plan_of
from conformance.mock.settings import profile_named

if TYPE_CHECKING:
    from collections import Counter

    from conformance.mock.settings import Settings
    from conformance.wire import Request

__all__ = ["HEADERS", "Chosen", "chosen", "due"]

HEADERS = {
    "profile": "x-conformance-profile",
    "fault": "x-conformance-fault",
    "case": "x-conformance-case",
}


class Chosen(NamedTuple):
    """What a request chose: its settings and its label."""

    settings: Settings
    case: str


@lru_cache(maxsize=512)
def _plan(text: str) -> Plan:
    return plan_of(text)


def _in_path(path: str) -> dict[str, str]:
    if "=" not in path:
        return {}
    pairs = (part.partition("=") for part in path.split("/") if "=" in part)
    return {unquote(name).lower(): unquote(value) for name, _, value in pairs}


def due(settings: Settings, case: str, counts: Counter[tuple[str, str]]) -> Settings:
    """The settings without the misbehaviour that was limited to earlier requests.

    `counts` holds for each case and misbehaviour how many requests there were; it is raised.
    """
    plan = settings.plan
    if plan is None or all(step.times is None for step in plan.steps):
        return settings
    kept = []
    for step in plan.steps:
        counts[case, step.text] += 1
        if step.times is None or counts[case, step.text] <= step.times:
            kept.append(step)
    return settings.changed(plan=Plan(tuple(kept)))


def chosen(request: Request, settings: Settings) -> Chosen:
    """The settings for a request. Raises UsageError when it names a fault or profile unknown."""
    asked = _in_path(request.path)
    wanted = {
        name: request.header(header) or asked.get(name, "") for name, header in HEADERS.items()
    }
    if unknown := [name for name in asked if name not in HEADERS]:
        raise UsageError(
            f"no such option: `{unknown[0]}`",
            where="path",
            hint=f"the options are {', '.join(f'`{name}`' for name in HEADERS)}",
        )
    if wanted["profile"]:
        settings = settings.changed(profile=profile_named(wanted["profile"]))
    if wanted["fault"]:
        settings = settings.changed(plan=_plan(wanted["fault"]))
    return Chosen(settings, wanted["case"])
