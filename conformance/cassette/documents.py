"""A file into plain data: bytes, text, YAML, JSON, each with a bound on what it may cost.

YAML is built from parser events with a stack of our own: nothing recurses, nothing is constructed
but str, bytes, int, float, bool, None, list and dict, and every mapping knows its line. The words
that YAML 1.1 takes for booleans (`off`, `no`, `y`) stay words. An alias shares its target, so a
file of nested aliases costs no more than its own size.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "STDIN",
    "Document",
    "load_bytes",
    "load_json",
    "load_text",
    "load_yaml",
]

MAX_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 200
STDIN = "<stdin>"


class Document(NamedTuple):
    """One document of a file. `lines` maps the id of a mapping inside it to its line, from 1."""

    value: object
    line: int = 1
    lines: Mapping[int, int] = {}


def load_bytes(path: Path | str) -> bytes:
    """The bytes of a file, or of standard input for `-`; CassetteError when that cannot be."""
    where = STDIN if str(path) == "-" else str(path)
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot be read: {reason.lower()}"
        raise CassetteError(
            message, where=where, hint="check the name and its permissions"
        ) from error
    if len(data) > MAX_BYTES:
        raise CassetteError(
            f"the file is larger than {MAX_BYTES // 1024**2} MiB",
            where=where,
            hint="split the recording into several files",
        )
    return data


def load_text(data: bytes, file: str) -> str:
    """UTF-8 text, or UTF-16 if it starts with its mark; the mark is dropped."""
    codec = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CassetteError(
            f"this is not a text file: byte {error.start} is not {error.encoding.upper()}",
            where=f"{file}:{line}",
            hint="recordings are text; unpack archives and decompress the file first",
        ) from error


def load_json(text: str, file: str, line: int | None = None) -> Document:
    """One JSON document; `line` is where the text stands in its file."""
    try:
        return Document(json.loads(text), line or 1)
    except json.JSONDecodeError as error:
        raise CassetteError(
            f"the text is not JSON: {_lowered(error.msg).removesuffix(' at')} at column {error.colno}",
            where=f"{file}:{error.lineno + (line or 1) - 1}",
            hint="the file was cut short or edited; record it again",
        ) from error
    except RecursionError as error:
        raise _too_deep(file, line or 1) from error
    except ValueError as error:
        # an integer of more digits than Python converts
        raise CassetteError(
            "the file holds a number that is too long",
            where=f"{file}:{line or 1}",
            hint="the file was edited; record it again",
        ) from error


def load_yaml(text: str, file: str) -> list[Document]:
    """Every YAML document of the text."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return list(_documents(yaml.parse(text, Loader=loader), file))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark is not None else file
        problem = (
            getattr(error, "problem", None) or getattr(error, "reason", None) or "syntax error"
        )
        raise CassetteError(
            f"the file is not YAML: {_lowered(str(problem))}",
            where=place,
            hint="the file was cut short or edited; record it again",
        ) from error


def _documents(events: Iterator[Any], file: str) -> Iterator[Document]:
    builder = _Builder(file)
    for event in events:
        kind = type(event).__name__
        if kind == "DocumentStartEvent":
            builder = _Builder(file)
            builder.line = event.start_mark.line + 1
        elif kind == "DocumentEndEvent":
            yield Document(builder.root, builder.line, builder.lines)
        elif kind not in {"StreamStartEvent", "StreamEndEvent"}:
            builder.feed(kind, event)


class _Builder:
    """Collects the events of one YAML document."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: object = None
        self.line = 1
        self.lines: dict[int, int] = {}
        self._anchors: dict[str, object] = {}
        self._open: list[list[object] | dict[str, object]] = []
        self._keys: list[str | None] = []

    def feed(self, kind: str, event: Any) -> None:
        if kind == "ScalarEvent":
            value = self._scalar(event)
        elif kind == "AliasEvent":
            if event.anchor not in self._anchors:
                raise self._error(event, f"alias `{event.anchor}` has no anchor")
            value = self._anchors[event.anchor]
        elif kind in {"SequenceEndEvent", "MappingEndEvent"}:
            self._open.pop()
            self._keys.pop()
            return
        else:
            value = [] if kind == "SequenceStartEvent" else {}
        if kind != "AliasEvent" and event.anchor:
            self._anchors[event.anchor] = value
        self._place(value, event)
        if kind in {"SequenceStartEvent", "MappingStartEvent"}:
            if len(self._open) >= MAX_DEPTH:
                raise _too_deep(self.file, event.start_mark.line + 1)
            if isinstance(value, dict):
                self.lines[id(value)] = event.start_mark.line + 1
            self._open.append(value)  # type: ignore[arg-type]
            self._keys.append(None)

    def _place(self, value: object, event: Any) -> None:
        if not self._open:
            self.root = value
            return
        holder = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif self._keys[-1] is not None:
            holder[self._keys[-1]] = value
            self._keys[-1] = None
        elif isinstance(value, (list, dict, bytes)):
            raise self._error(event, "a key is not plain text")
        else:
            # a key is always its text: `null:` and `200:` are names here
            self._keys[-1] = getattr(event, "value", None) or _key(value)

    def _scalar(self, event: Any) -> object:
        text: str = event.value
        tag: str | None = event.tag
        if tag in {"!binary", "tag:yaml.org,2002:binary"}:
            try:
                return base64.b64decode("".join(text.split()), validate=True)
            except (binascii.Error, ValueError) as error:
                raise self._error(event, "a binary value is not base64") from error
        if tag is None and event.implicit[0]:
            return _plain(text)
        if tag in _RESOLVED:
            return _plain(text)
        return text

    def _error(self, event: Any, what: str) -> CassetteError:
        return CassetteError(
            what,
            where=f"{self.file}:{event.start_mark.line + 1}",
            hint="the file was edited; record it again",
        )


class _Written(float):
    """A float that still knows how it was written, since a header value `5.10` is not `5.1`."""

    text: str

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def __str__(self) -> str:
        return self.text


_RESOLVED = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float")}
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_LONGEST = 40
_INT = re.compile(r"0|-?[1-9][0-9]{0,17}")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,4})?")


def _plain(text: str) -> object:
    """An unquoted scalar: null, true, false and JSON's numbers; all else is text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if (
        ("." in text or "e" in text or "E" in text)
        and len(text) <= _LONGEST
        and _FLOAT.fullmatch(text)
    ):
        return _Written(text)
    return text


def _key(value: object) -> str:
    return (
        "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    )


def _too_deep(file: str, line: int) -> CassetteError:
    return CassetteError(
        "the file is nested too deeply",
        where=f"{file}:{line}",
        hint=f"a recording needs no more than {MAX_DEPTH} levels",
    )


def _lowered(text: str) -> str:
    first, *rest = text.rstrip(".").split("\n")
    return first[:1].lower() + first[1:] if not rest else first.lower()
