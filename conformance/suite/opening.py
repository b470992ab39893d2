"""The settings of a run → its open target, and which endpoints there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.targets.open import TargetOptions, open_target

if TYPE_CHECKING:
    from conformance.suite.settings import RunSettings
    from conformance.targets.base import Target

__all__ = ["opened"]


def opened(settings: RunSettings) -> Target:
    """The target, open. Raises ConformanceError when it cannot be."""
    options = TargetOptions(
        api_key_env=settings.key_env or None,
        pace=settings.pace or None,
        max_requests=settings.max_requests,
        max_tokens=settings.max_tokens,
        timeout=settings.timeout,
        record=Path(settings.record) if settings.record else None,
        ledger=Path(settings.ledger) if settings.ledger else None,
    )
    return open_target(settings.target, options)
