"""Plain data into typed values, with the way to each, so that every complaint names its spot."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING

from conformance.cassette.documents import MAX_BYTES
from conformance.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.cassette.documents import Document
    from conformance.wire import Headers

__all__ = ["STATUSES", "Node", "node_of"]

_KINDS = ((type(None), "null"), (bool, "a boolean"), (int, "a number"), (float, "a number"))
_MORE_KINDS = ((str, "text"), (bytes, "binary"), (list, "a list"), (dict, "a mapping"))
STATUSES = range(100, 1000)


class Node:
    """A value in a parsed file: `path` leads to it, `line` is the nearest known line."""

    # not a dataclass: making one costs a tenth of the start of a check
    __slots__ = ("file", "line", "lines", "path", "value")

    def __init__(
        self,
        value: object,
        file: str,
        path: str = "",
        line: int | None = None,
        lines: Mapping[int, int] | None = None,
    ) -> None:
        self.value = value
        self.file = file
        self.path = path
        self.line = line
        self.lines = {} if lines is None else lines

    def error(self, what: str, hint: str | None = None) -> CassetteError:
        """The error to raise about this value."""
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        at = f"`{self.path}`" if self.path else "the recording"
        return CassetteError(f"{at} {what}", where=where, hint=hint or _HINT)

    def wrong(self, wanted: str) -> CassetteError:
        """The error for a value of the wrong type."""
        return self.error(f"is {self.kind}, not {wanted}")

    @property
    def kind(self) -> str:
        """The type of the value in words."""
        for known, name in (*_KINDS, *_MORE_KINDS):
            if isinstance(self.value, known):
                return name
        return type(self.value).__name__  # pragma: no cover - the loaders make nothing else

    @property
    def present(self) -> bool:
        """False for null and for a key that is not there."""
        return self.value is not None

    def has(self, *keys: str) -> bool:
        """Whether this is a mapping with all of the keys."""
        return isinstance(self.value, dict) and all(key in self.value for key in keys)

    def get(self, key: str) -> Node:
        """A member of a mapping; a node of null when the key is not there."""
        if not isinstance(self.value, dict):
            raise self.wrong("a mapping")
        path = f"{self.path}.{key}" if self.path else key
        return self._at(self.value.get(key), path)

    def need(self, key: str) -> Node:
        """A member of a mapping that has to be there."""
        found = self.get(key)
        if not found.present:
            raise self.error(f"has no `{key}`")
        return found

    def items(self) -> list[Node]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [self._at(one, f"{self.path}[{at}]") for at, one in enumerate(self.value)]

    def text(self) -> str:
        """A scalar as text; numbers and booleans as they are written in JSON."""
        value = self.value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return str(value)
        if isinstance(value, bytes):
            return value.decode("latin-1")
        if not isinstance(value, str):
            raise self.wrong("text")
        if not value.isascii():
            self._encoded(value)
        return value

    def optional_text(self) -> str | None:
        """A scalar as text, None for null."""
        return self.text() if self.present else None

    def integer(self) -> int:
        """An integer, also one that is written as text."""
        value = self.value
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and re.fullmatch("[0-9]{1,18}", value):
            return int(value)
        raise self.wrong("an integer")

    def number(self) -> float:
        """A finite number."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.wrong("a number")
        try:
            made = float(value)
        except OverflowError:
            raise self.error("is too large a number") from None
        if made - made != 0:
            raise self.error("is not a finite number")
        return made

    def boolean(self) -> bool:
        """A boolean."""
        if not isinstance(self.value, bool):
            raise self.wrong("a boolean")
        return self.value

    def flag(self, *, default: bool) -> bool:
        """A boolean, or the default for null."""
        return self.boolean() if self.present else default

    def status(self) -> int:
        """An HTTP status."""
        made = self.integer()
        if made not in STATUSES:
            raise self.error(f"is `{made}`, which is not an HTTP status")
        return made

    def data(self) -> bytes:
        """Text as UTF-8, binary as it is, nothing for null."""
        value = self.value
        if value is None:
            return b""
        if isinstance(value, bytes):
            return value
        if isinstance(value, str):
            return self._encoded(value)
        return self.text().encode()

    def base64(self) -> bytes:
        """The bytes behind base64 text; white space is skipped."""
        try:
            return base64.b64decode("".join(self.text().split()), validate=True)
        except (binascii.Error, ValueError):
            raise self.error("is not base64") from None

    def json_bytes(self) -> bytes:
        """Compact JSON of the value, for recorders that keep a parsed body and not its bytes."""
        out: list[str] = []
        size = 0
        encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
        try:
            # piece by piece, since shared aliases can unfold into more than there is memory
            for piece in encoder.iterencode(self.value):
                out.append(piece)
                size += len(piece)
                if size > MAX_BYTES:
                    raise self.error("unfolds into too large a body")
            return "".join(out).encode()
        except (TypeError, ValueError, RecursionError):
            raise self.error("cannot be written as JSON") from None

    def headers(self) -> Headers:
        """Header pairs, from a mapping to text or lists, or a list of pairs or name and value."""
        if not self.present:
            return ()
        out: list[tuple[str, str]] = []
        if isinstance(self.value, dict):
            for name in self.value:
                self._encoded(name)
                values = self.get(name)
                if isinstance(values.value, list):
                    out.extend((name, one.text()) for one in values.items() if one.present)
                elif values.present:
                    out.append((name, values.text()))
            return tuple(out)
        for item in self.items():
            if isinstance(item.value, dict):
                value = item.get("value")
                out.append((item.need("name").text(), value.text() if value.present else ""))
                continue
            pair = item.items()
            if len(pair) != 2:  # noqa: PLR2004 - a pair
                raise item.error("is not a pair of name and value")
            out.append((pair[0].text(), pair[1].text()))
        return tuple(out)

    def _at(self, value: object, path: str) -> Node:
        line = self.lines.get(id(value), self.line) if isinstance(value, dict) else self.line
        return Node(value, self.file, path, line, self.lines)

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode()
        except UnicodeEncodeError:
            raise self.error("holds half of a surrogate pair, which no bytes stand for") from None


_HINT = "the forms that can be read are described in docs/formats.md"


def node_of(document: Document, file: str) -> Node:
    """The root of a document."""
    line = document.lines.get(id(document.value), document.line)
    return Node(document.value, file, "", line if document.lines else None, document.lines)
