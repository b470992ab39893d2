"""What a user calls a target → the target: a mock, recordings, or a server behind its limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import UsageError
from conformance.suggest import did_you_mean
from conformance.targets.address import shown
from conformance.targets.secret import DEFAULT_VARIABLE, Secret, secret_from

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.targets.base import Target
    from conformance.targets.pacing import Clock

__all__ = ["TargetOptions", "open_target"]

_KINDS = ("mock:", "cassette:", "http://", "https://")
# Local servers that take any key still demand that there is one.
_NO_KEY = "no-key"


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What a user chose about a target; it can be handed to other processes.

    `api_key_env` names the variable that holds the key. `pace` is "trial", "production", "none" or
    calls a minute as "20/10"; without it a server on this machine has none, any other is taken to
    have a trial key. `max_requests` and `max_tokens` limit all workers together: None is no limit
    for a server on this machine and a default for others, 0 lifts the limit. `timeout` is how
    many seconds one exchange may take. `record` is a folder for recordings. `ledger` is a file
    that all workers name, so that they share budget and pace.
    """

    api_key_env: str | None = None
    pace: str | None = None
    max_requests: int | None = None
    max_tokens: int | None = None
    timeout: float = 120.0
    record: Path | None = None
    ledger: Path | None = None


def open_target(
    spec: str,
    options: TargetOptions | None = None,
    *,
    key: Secret | None = None,
    clock: Clock | None = None,
) -> Target:
    """The target of `mock:`, `mock:?profile=rich`, `cassette:PATH`, or the base URL of a server.

    A server is sent `key`, else what the environment holds in the chosen variable, `CO_API_KEY` by
    default. Raises UsageError for what is no target, an unknown option, or a missing key;
    CassetteError for a recording that cannot be read; TargetError when a mock cannot start.
    """
    chosen = options or TargetOptions()
    if spec.startswith("mock:"):
        from conformance.targets.mock import MockTarget

        return _recorded(MockTarget(spec, timeout=chosen.timeout), chosen, None)
    if spec.startswith("cassette:"):
        from conformance.targets.cassette import CassetteTarget

        return CassetteTarget(spec)
    if not spec.startswith(("http://", "https://")):
        raise UsageError(
            f"no such target: `{shown(spec)}`",
            where="target",
            hint=_suggestion(spec),
        )
    return _server(spec, chosen, key, clock)


def _server(spec: str, chosen: TargetOptions, key: Secret | None, clock: Clock | None) -> Target:
    from conformance.targets.address import base_url, is_loopback
    from conformance.targets.budget import DEFAULT_BUDGET, UNLIMITED, Budget, Purse
    from conformance.targets.http import HttpTarget
    from conformance.targets.ledger import Ledger
    from conformance.targets.live import LiveTarget
    from conformance.targets.pacing import NO_PACE, TRIAL, Pace, SystemClock, rates_named

    base = base_url(spec)
    local = is_loopback(base)
    budget = Budget.chosen(
        chosen.max_requests, chosen.max_tokens, UNLIMITED if local else DEFAULT_BUDGET
    )
    rates = (NO_PACE if local else TRIAL) if chosen.pace is None else rates_named(chosen.pace)
    secret = key or _key(chosen.api_key_env, local=local)
    ticking = clock or SystemClock()
    ledger = Ledger(chosen.ledger)
    http = HttpTarget(base, key=secret, timeout=chosen.timeout)
    live = LiveTarget(
        http,
        purse=Purse(budget, ledger, base),
        pace=Pace(rates, ledger, ticking),
        ledger=ledger,
        clock=ticking,
    )
    return _recorded(live, chosen, secret)


def _key(variable: str | None, *, local: bool) -> Secret:
    found = secret_from(variable or DEFAULT_VARIABLE)
    if found is not None:
        return found
    if local and variable is None:
        return Secret(_NO_KEY)
    raise UsageError(
        f"no API key: `{variable or DEFAULT_VARIABLE}` is not set",
        where="environment",
        hint="export the key in it"
        + (", or name another variable with `--api-key-env`" if variable is None else ""),
    )


def _recorded(target: Target, chosen: TargetOptions, secret: Secret | None) -> Target:
    if chosen.record is None:
        return target
    from conformance.targets.recorder import Recorder

    try:
        return Recorder(target, chosen.record, key=secret)
    except UsageError:
        target.close()
        raise


def _suggestion(spec: str) -> str:
    kind = spec.split(":", 1)[0]
    if re.fullmatch(r"[\w.-]+(?::\d+)?(?:/.*)?", spec) and ("." in kind or ":" in spec):
        local = kind in ("localhost", "127.0.0.1")
        return f"did you mean `{'http' if local else 'https'}://{spec}`?"
    known = "a target is `mock:`, `cassette:PATH`, or the address of a server"
    return did_you_mean(kind + ":", _KINDS) or known
