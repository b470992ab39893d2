"""A seed and a name → words, ids and numbers that nobody can foresee.

An adapter that answers from the name of a case, or from an earlier run, is found out by them. The
same seed and name give the same draws, in the order in which they are asked for.
"""

from __future__ import annotations

from math import prod

from conformance.mock.chance import Chance

__all__ = ["Words"]

_ONSETS = (
    "b",
    "br",
    "d",
    "f",
    "gr",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "r",
    "s",
    "st",
    "t",
    "v",
    "z",
)
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "oo")
_CODAS = ("", "", "l", "n", "r", "s", "t", "nd", "rk")
_PARTS = (_ONSETS, _VOWELS, _CODAS, _ONSETS, _VOWELS)
_WORDS = prod(map(len, _PARTS))


class Words:
    """Draws for one case."""

    def __init__(self, seed: int, name: str) -> None:
        self._chance = Chance(b"%d" % seed, name.encode())
        self._drawn = 0

    def _label(self) -> str:
        self._drawn += 1
        return str(self._drawn)

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + self._chance.number(self._label(), high - low + 1)

    def word(self) -> str:
        """A word of two syllables that hardly any text holds by chance."""
        # One draw for the whole word: drawing takes longer than all else here.
        left = self.number(0, _WORDS - 1)
        parts = []
        for options in _PARTS:
            left, place = divmod(left, len(options))
            parts.append(options[place])
        return "".join(parts)

    def phrase(self, count: int = 4) -> str:
        """Words with single spaces between them."""
        return " ".join(self.word() for _ in range(count))

    def parts(self, count: int = 4) -> list[str]:
        """The deltas of a text: each a word, all but the first with a space before it."""
        return [self.word() if not number else " " + self.word() for number in range(count)]

    def letters(self, length: int) -> str:
        """Lower-case letters and digits."""
        return self._chance.letters(self._label(), length)

    def uuid(self) -> str:
        """A random UUID in lower case."""
        return self._chance.uuid(self._label())

    def call_id(self, function: str) -> str:
        """An id of a tool call as the live API makes them."""
        return f"{function}_{self.letters(12)}"
