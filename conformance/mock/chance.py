"""A label → a draw that depends on the request and the seed only.

Draws are told apart by their labels and not by their order, so that one more draw somewhere leaves
all others as they were: the same request with the same seed is answered by the same bytes.
"""

from __future__ import annotations

import hashlib
import string
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Chance"]

T = TypeVar("T")
_LETTERS = string.ascii_lowercase + string.digits


class Chance:
    """Draws for one request; `parts` are what they depend on."""

    def __init__(self, *parts: bytes) -> None:
        self._key = hashlib.sha256(b"\0".join(parts)).digest()

    def _digest(self, label: str) -> bytes:
        return hashlib.blake2b(label.encode("utf-8", "replace"), key=self._key).digest()

    def number(self, label: str, below: int) -> int:
        """A whole number from 0 up to, without, `below`."""
        return int.from_bytes(self._digest(label)[:8], "big") % below

    def pick(self, label: str, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.number(label, len(options))]

    def hex(self, label: str, length: int) -> str:
        """`length` hexadecimal digits, at most 128."""
        return self._digest(label).hex()[:length]

    def letters(self, label: str, length: int) -> str:
        """`length` lower-case letters and digits, at most 64."""
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in self._digest(label)[:length])

    def uuid(self, label: str) -> str:
        """A random UUID (RFC 9562 5.4) in lower case."""
        digits = self.hex(label, 32)
        variant = "89ab"[int(digits[16], 16) % 4]
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
        )
