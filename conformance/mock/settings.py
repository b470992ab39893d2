"""How a mock behaves: its form, its misbehaviour, its seed, and what it demands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.errors import UsageError
from conformance.mock.profiles import LIVE, PROFILES, Profile
from conformance.suggest import did_you_mean

if TYPE_CHECKING:
    from conformance.mock.plan import Plan

__all__ = ["Settings", "profile_named", "seconds_in"]

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Settings:
    """How a mock behaves, for all requests or for one.

    `key` is the only key that is taken, any when empty. `latency` is the time in seconds before
    each event. `length` is the wanted number of tokens of a text, 0 for what comes by itself.
    `any_model` serves models of any name. `plan` is the misbehaviour, None for none.
    """

    profile: Profile = LIVE
    plan: Plan | None = None
    seed: int = 0
    key: str = ""
    latency: float = 0.0
    length: int = 0
    any_model: bool = False

    def changed(self, **values: object) -> Settings:
        """The same settings but for the named ones."""
        return replace(self, **values)  # type: ignore[arg-type]  # the names are checked by `replace`


def profile_named(name: str) -> Profile:
    """The profile of a name. Raises UsageError with the nearest name when there is none."""
    found = PROFILES.get(name.strip().lower())
    if found is None:
        known = ", ".join(f"`{each}`" for each in PROFILES)
        raise UsageError(
            f"no such profile: `{name}`",
            where="profile",
            hint=did_you_mean(name, PROFILES) or f"the profiles are {known}",
        )
    return found


def seconds_in(text: str) -> float:
    """The seconds in `0.02`, `20ms` or `1s`, at most an hour. Raises UsageError."""
    given = text.strip().lower()
    unit = 0.001 if given.endswith("ms") else 1.0
    try:
        found = float(given.removesuffix("ms").removesuffix("s")) * unit
    except ValueError:
        found = -1.0
    if not 0 <= found <= _HOUR:
        raise UsageError(f"`{text}` is no time", where="latency", hint="write `20ms` or `0.02`")
    return found
