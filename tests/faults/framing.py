"""Events → bytes, in the usual framing or in any other that the standard allows."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CANONICAL", "Event", "Framing", "compact", "framings"]

_BOM = "\ufeff"
# A CR that ends a line must not be followed by the LF of an empty line, or the two are one line end.
_ENDS = ("\n", "\r", "\r\n", "\n|\r\n", "\r|\r\n")


def compact(value: object) -> str:
    """A value as the live API writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass
class Event:
    """One event: its name (None for no event line) and its data, a JSON value or raw text."""

    name: str | None
    data: Any

    @property
    def kind(self) -> str:
        """The type in the data; the text itself when the data is raw."""
        if isinstance(self.data, dict):
            return str(self.data.get("type"))
        return str(self.data)

    @property
    def text(self) -> str:
        """The data as it is sent."""
        return self.data if isinstance(self.data, str) else compact(self.data)


@dataclass(frozen=True)
class Framing:
    """How events become lines. Each switch is legal; `seed` decides where those of chance apply."""

    ends: str = "\n"
    bom: bool = False
    comments: bool = False
    unknown_fields: bool = False
    ids: bool = False
    pings: bool = False
    split: bool = False
    tight: bool = False
    data_first: bool = False
    nameless: bool = False
    seed: int = 0

    def body(self, events: Iterable[Event]) -> bytes:
        """The whole body."""
        chance = random.Random(self.seed)
        ends = self.ends.split("|")
        out = [_BOM] if self.bom else []
        for event in events:
            for line in [*self._apart(chance), *self._lines(event, chance), ""]:
                out += [line, chance.choice(ends)]
        return "".join(out).encode()

    def _apart(self, chance: random.Random) -> list[str]:
        """Lines between two events."""
        if self.comments and chance.random() < 0.3:
            return [": keep-alive", ""]
        if self.pings and chance.random() < 0.3:
            return ["event: ping", ""]
        return []

    def _lines(self, event: Event, chance: random.Random) -> list[str]:
        colon = ":" if self.tight and chance.random() < 0.7 else ": "
        pieces = _split(event.text, chance) if self.split else [event.text]
        data = [f"data{colon}{piece}" for piece in pieces]
        # An event of no name may have a name that is empty; the terminator never gets one.
        names = [] if event.name is None else [f"event{colon}{event.name}"]
        if self.nameless and chance.random() < 0.7:
            names = []
        lines = [*data, *names] if self.data_first and chance.random() < 0.7 else [*names, *data]
        extra = []
        if self.comments and chance.random() < 0.3:
            extra.append(":")
        if self.unknown_fields and chance.random() < 0.3:
            extra.append(chance.choice(["origin: edge", "padding", "Data: not the field data"]))
        if self.ids and chance.random() < 0.3:
            extra.append(chance.choice(["id: 7", "id", "retry: 2500", "retry: soon"]))
        for one in extra:
            lines.insert(chance.randrange(len(lines) + 1), one)
        return lines


def _split(text: str, chance: random.Random) -> list[str]:
    """The text cut after some of the commas and brackets that stand outside strings.

    The reader joins the pieces with a line feed, which JSON allows between any two tokens. Nothing
    is cut where a space would begin a piece, because the reader would drop it.
    """
    pieces, start, quoted, escaped = [], 0, False, False
    for at, char in enumerate(text[:-1]):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif not quoted and char in ",:{" and text[at + 1] != " " and chance.random() < 0.3:
            pieces.append(text[start : at + 1])
            start = at + 1
    return [*pieces, text[start:]]


CANONICAL = Framing()


def framings(*, names_matter: bool = False) -> st.SearchStrategy[Framing]:
    """Any legal framing; without leaving event names out where they matter."""
    return st.builds(
        Framing,
        ends=st.sampled_from(_ENDS),
        bom=st.booleans(),
        comments=st.booleans(),
        unknown_fields=st.booleans(),
        ids=st.booleans(),
        pings=st.booleans(),
        split=st.booleans(),
        tight=st.booleans(),
        data_first=st.booleans(),
        nameless=st.just(value=False) if names_matter else st.booleans(),
        seed=st.integers(0, 2**16),
    )
