"""The settings of a run → its open target, and which endpoints there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.targets.address import is_loopback
from conformance.targets.live import LiveTarget
from conformance.targets.open import TargetOptions, open_target
from conformance.targets.recorder import Recorder
from conformance.targets.secret import DEFAULT_VARIABLE, secret_from

if TYPE_CHECKING:
    from conformance.suite.settings import RunSettings
    from conformance.targets.base import Target
    from conformance.targets.budget import Purse

__all__ = ["has_key", "opened", "patience_for", "purse_of", "secrets_of"]


# How many seconds an answer may take: on this machine, and elsewhere.
_NEAR, _FAR = 30.0, 120.0


def patience_for(settings: RunSettings) -> float:
    """How many seconds one answer may take."""
    if settings.timeout is not None:
        return settings.timeout
    if not settings.target.startswith(("http://", "https://")):
        return _NEAR
    return _NEAR if is_loopback(settings.target) else _FAR


def purse_of(target: Target) -> Purse | None:
    """The budget of a target, if it has one."""
    if isinstance(target, Recorder):
        target = target.target
    return target.purse if isinstance(target, LiveTarget) else None


def secrets_of(settings: RunSettings) -> tuple[str, ...]:
    """What must not stand in a report: the key that is sent, in all its forms."""
    if not settings.target.startswith(("http://", "https://")):
        return ()
    secret = secret_from(settings.key_env or DEFAULT_VARIABLE)
    return secret.forms if secret is not None else ()


def has_key(settings: RunSettings) -> bool:
    """The requests carry a key that means something, and no placeholder.

    Recordings may be of such requests; those that there are tell.
    """
    if not settings.target.startswith(("http://", "https://")):
        return True
    return secret_from(settings.key_env or DEFAULT_VARIABLE) is not None


def opened(settings: RunSettings) -> Target:
    """The target, open. Raises ConformanceError when it cannot be."""
    options = TargetOptions(
        api_key_env=settings.key_env or None,
        pace=settings.pace or None,
        max_requests=settings.max_requests,
        max_tokens=settings.max_tokens,
        timeout=patience_for(settings),
        record=Path(settings.record) if settings.record else None,
        ledger=Path(settings.ledger) if settings.ledger else None,
    )
    return open_target(settings.target, options)
