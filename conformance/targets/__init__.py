"""Requests into exchanges: a mock, recordings, or a server, all behind `Target.send`.

`open_target` makes a target from the words of a user; each module below it does one part.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.targets.base import Target, json_request
    from conformance.targets.budget import Budget, Estimate, Purse
    from conformance.targets.cassette import CassetteTarget
    from conformance.targets.http import HttpTarget
    from conformance.targets.mock import MockTarget
    from conformance.targets.open import TargetOptions, open_target
    from conformance.targets.pacing import Rates
    from conformance.targets.probing import probe
    from conformance.targets.recorder import Recorder
    from conformance.targets.replay import replay_respx
    from conformance.targets.secret import Secret

__all__ = [
    "Budget",
    "CassetteTarget",
    "Estimate",
    "HttpTarget",
    "MockTarget",
    "Purse",
    "Rates",
    "Recorder",
    "Secret",
    "Target",
    "TargetOptions",
    "json_request",
    "open_target",
    "probe",
    "replay_respx",
]

_HOME = {
    "Budget": "budget",
    "CassetteTarget": "cassette",
    "Estimate": "budget",
    "HttpTarget": "http",
    "MockTarget": "mock",
    "Purse": "budget",
    "Rates": "pacing",
    "Recorder": "recorder",
    "Secret": "secret",
    "Target": "base",
    "TargetOptions": "open",
    "json_request": "base",
    "open_target": "open",
    "probe": "probing",
    "replay_respx": "replay",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
