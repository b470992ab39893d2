"""The forms in which the mock speaks, each conformant.

`live` is what the live API sends. `minimal` sends only what the description and its prose demand,
`rich` everything they allow. `ndjson` answers a client that accepts JSON only with JSON Lines, which
the live API seems to do.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LIVE", "PROFILES", "Profile"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One form; each switch is something that a conformant answer may have or lack."""

    name: str
    event_names: bool = True
    terminator: bool = True
    indexes: bool = True
    empty_members: bool = True
    block_types: bool = True
    plan: bool = True
    citation_types: bool = True
    live_headers: bool = True
    meta: bool = True
    rich: bool = False
    json_lines: bool = False


LIVE = Profile("live")

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        LIVE,
        Profile(
            "minimal",
            event_names=False,
            terminator=False,
            indexes=False,
            empty_members=False,
            block_types=False,
            plan=False,
            citation_types=False,
            live_headers=False,
            meta=False,
        ),
        Profile("rich", rich=True),
        Profile("ndjson", json_lines=True),
    )
}
