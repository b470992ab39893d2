"""A stream of choices → everything that the generators make, under Hypothesis or from a seed.

A generator is a function of one `Source`. Under Hypothesis each choice is a draw, so that examples
shrink; from a seed the same generators write a corpus that is the same on every machine and under
every release of Hypothesis. Each choice costs Hypothesis some 20 µs, so generators choose once
among whole phrases instead of once for each character. Choices shrink towards the low end of a
range and towards the first option of a list: put the plain case first.

Every value of a choice should have an effect of its own: four in five examples that Hypothesis runs
are earlier ones with another choice, and where that changes nothing, the same example runs again.
So chances are even, and a list of options names none twice.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st

from conformance.errors import SpecError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

__all__ = ["Drawn", "Seeded", "Source", "named"]

T = TypeVar("T")

# No surrogates, which JSON cannot hold alone, and no control characters but these: a NUL in every
# third body finds one fault of a server again and again and hides the others.
_ALPHABET = st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t")
# What a seeded text is made of: ASCII twice, Latin, Greek, Han, and pictographs beyond U+FFFF.
_RANGES = (
    (0x20, 0x7E), (0x20, 0x7E), (0xA1, 0x24F), (0x3B1, 0x3C9), (0x4E00, 0x9FFF), (0x1F300, 0x1F5FF),
)  # fmt: skip
_WIDE = 1 << 32
_NARROW = 127


class Source(ABC):
    """Where choices come from."""

    @abstractmethod
    def integer(self, low: int, high: int) -> int:
        """An integer of `[low, high]`."""

    @abstractmethod
    def text(self, least: int, most: int) -> str:
        """A text of `least` to `most` characters, of any script; no surrogates, no NUL."""

    @abstractmethod
    def real(self, low: float, high: float) -> float:
        """A finite float of `[low, high]`."""

    @abstractmethod
    def matching(self, pattern: str) -> str:
        """A text in which the regular expression `pattern` is found."""

    def group(self, make: Callable[[Source], T]) -> T:
        """What a generator makes, as one part: under Hypothesis it shrinks as a whole."""
        return make(self)

    def pick(self, options: Sequence[T]) -> T:
        """One of some options; no choice is spent on a single one."""
        last = len(options) - 1
        return options[self.integer(0, last) if last else 0]

    def chance(self, once_in: int) -> bool:
        """True once in so many cases; shrinks to False."""
        return self.integer(0, once_in - 1) == once_in - 1

    def likely(self, out_of: int) -> bool:
        """False once in so many cases; shrinks to False all the same."""
        return self.integer(0, out_of - 1) > 0

    def some(self, options: Sequence[T], counts: Sequence[int]) -> list[T]:
        """A few different ones of some options, in their order; `counts` are possible numbers."""
        size = len(options)
        chosen: set[int] = set()
        for _ in range(min(self.pick(counts), size)):
            at = self.integer(0, size - 1) if size > 1 else 0
            while at in chosen:
                at = (at + 1) % size
            chosen.add(at)
        return [options[each] for each in sorted(chosen)]

    def any_of(self, options: Sequence[T]) -> list[T]:
        """Any number of some options, in their order; few options, as one choice has them all."""
        mask = self.integer(0, (1 << len(options)) - 1) if options else 0
        return [option for bit, option in enumerate(options) if mask >> bit & 1]


@lru_cache(maxsize=4096)
def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


@lru_cache(maxsize=256)
def _texts(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(_ALPHABET, min_size=least, max_size=most)


@lru_cache(maxsize=256)
def _reals(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


@lru_cache(maxsize=256)
def _matching(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, alphabet=_ALPHABET)


class Drawn(Source):
    """Choices that Hypothesis makes: `draw` is the function that a composite strategy gets."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        """See `Source`."""
        chosen: int = self._draw(_integers(low, high))
        return chosen

    def text(self, least: int, most: int) -> str:
        """See `Source`."""
        chosen: str = self._draw(_texts(least, most))
        return chosen

    def real(self, low: float, high: float) -> float:
        """See `Source`."""
        chosen: float = self._draw(_reals(low, high))
        return chosen

    def matching(self, pattern: str) -> str:
        """See `Source`."""
        chosen: str = self._draw(_matching(pattern))
        return chosen

    def group(self, make: Callable[[Source], T]) -> T:
        """See `Source`."""
        _NEXT.make = make
        made: T = self._draw(_PART)
        return made


class _Next(threading.local):
    """What the next part is made by.

    A strategy with the generator as an argument would be another one each time, and to make a
    strategy takes ten times as long as to draw from it.
    """

    make: Callable[[Source], Any]


@st.composite
def _part(draw: st.DrawFn) -> Any:
    return _NEXT.make(Drawn(draw))


_NEXT = _Next()
_PART = _part()


class Seeded(Source):
    """Choices from a pseudo-random generator.

    Only `Random.random` is asked: its sequence for a seed is the one that Python promises never to
    change.
    """

    def __init__(self, generator: random.Random) -> None:
        self._random = generator

    def integer(self, low: int, high: int) -> int:
        """See `Source`; in a wide range the ends come often, in a very wide one short numbers do."""
        width = high - low
        if width > _NARROW and self.integer(0, 15) == 0:
            return self.pick((low, low + 1, high - 1, high))
        if width >= _WIDE:
            bits = self.integer(0, width.bit_length())
            value = 0
            for _ in range(0, bits, _WIDE.bit_length() - 1):
                value = value * _WIDE + self.integer(0, _WIDE - 1)
            return low + min(value & ((1 << bits) - 1), width)
        return low + int(self._random.random() * (width + 1))

    def text(self, least: int, most: int) -> str:
        """See `Source`."""
        size = self.integer(least, most)
        return "".join(chr(self.integer(*self.pick(_RANGES))) for _ in range(size))

    def real(self, low: float, high: float) -> float:
        """See `Source`."""
        return low + (high - low) * self._random.random()

    def matching(self, pattern: str) -> str:
        """See `Source`. Raises SpecError: only Hypothesis knows how to match an expression."""
        raise SpecError(
            f"the pattern `{pattern}` cannot be matched from a seed",
            where="pattern",
            hint="use the strategy under Hypothesis",
        )


def named(name: str) -> Callable[[Callable[..., T]], Callable[..., st.SearchStrategy[T]]]:
    """Make a generator with arguments a strategy whose repr shows the public function's name."""

    def wrap(make: Callable[..., T]) -> Callable[..., st.SearchStrategy[T]]:
        def drawn(draw: st.DrawFn, *given: object, **options: object) -> T:
            return make(Drawn(draw), *given, **options)

        drawn.__name__ = drawn.__qualname__ = name
        return st.composite(drawn)

    return wrap
