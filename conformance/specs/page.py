"""A reference page or a YAML file (bytes) -> the OpenAPI documents in it, each with its place.

A page is Markdown; its fences marked `yaml` hold one OpenAPI document per endpoint. A YAML or JSON
file is one document. A fence that holds something else (an example) is passed over; a fence that
holds broken YAML is an error, since what it would have said is unknown.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import SpecError
from conformance.specs import yamlio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Protocol

    class Loader(Protocol):
        """What reads YAML: `yamlio.load`, or `lines.load` for data that knows its lines."""

        def __call__(self, text: str, *, where: str, first_line: int = 1) -> Any: ...


__all__ = ["Published", "Source", "read_source", "source_of"]

_OPEN = re.compile(r"(?P<fence>`{3,}|~{3,})\s*(?P<info>\S*)")
_HEADING = re.compile(r"#\s+(?P<title>\S.*?)\s*#*\Z")
_REFERENCE = re.compile(r"Reference:\s*(?P<url>https?://\S+)\Z")

# The page with both endpoints has 0.1 MB, the whole description 1.3 MB.
_MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Published:
    """One OpenAPI document as it was published, the heading above it and the line it starts on."""

    data: dict[str, Any]
    title: str
    reference: str
    line: int


@dataclass(frozen=True, slots=True)
class Source:
    """An input file: its name without folders, the sha256 of its bytes, its documents.

    `ended` says that its last line ends in a line feed.
    """

    name: str
    sha256: str
    documents: tuple[Published, ...]
    ended: bool = True


def read_source(path: Path, *, load: Loader = yamlio.load) -> Source:
    """The documents of a page or a YAML file, their YAML read by `load`.

    Raises SpecError with file and line when the file is unreadable, binary, broken, or holds no
    OpenAPI document.
    """
    where = str(path)
    try:
        size = path.stat().st_size
        raw = path.read_bytes() if size <= _MOST_BYTES else b""
    except OSError as error:
        raise SpecError(
            f"the input cannot be read: {error.strerror or error}",
            where=where,
            hint="give the path of a downloaded reference page or of an OpenAPI file",
        ) from None
    if size > _MOST_BYTES:
        raise SpecError(
            f"the input has `{size}` bytes, more than an API description has",
            where=where,
            hint=f"at most {_MOST_BYTES} bytes are read",
        )
    return source_of(raw, path.name, where, load=load)


def source_of(raw: bytes, name: str, where: str, *, load: Loader = yamlio.load) -> Source:
    """The documents in the bytes of a page or a YAML file; `where` stands in errors.

    Raises SpecError as `read_source` does.
    """
    text = _text(raw, where)
    documents = tuple(_fenced(text, where, load) if _is_page(text) else _bare(text, where, load))
    if not documents:
        raise SpecError(
            "no OpenAPI document was found",
            where=where,
            hint="a page needs a fence marked `yaml` whose text has `openapi` and `paths`",
        )
    return Source(name, hashlib.sha256(raw).hexdigest(), documents, raw.endswith(b"\n"))


def _text(raw: bytes, where: str) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SpecError(
            f"the input is not UTF-8 text: byte `{raw[error.start]:#04x}` at offset {error.start}",
            where=f"{where}:{line}",
            hint="give the page as Markdown or the description as YAML",
        ) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise SpecError(
            "the input is binary: it holds a NUL character",
            where=f"{where}:{line}",
            hint="give the page as Markdown or the description as YAML",
        )
    if not text.strip():
        raise SpecError("the input is empty", where=where)
    return text.replace("\r\n", "\n")


def _is_page(text: str) -> bool:
    """Whether the text is Markdown: a description names its version at the start of a line."""
    return re.search(r"(?m)^\s*[{]?\s*[\"']?openapi[\"']?\s*:", text.split("```", 1)[0]) is None


def _bare(text: str, where: str, load: Loader) -> Iterator[Published]:
    data = load(text, where=where)
    if _is_description(data):
        yield Published(data, "", "", 1)


def _fenced(text: str, where: str, load: Loader) -> Iterator[Published]:
    title = reference = ""
    lines = text.split("\n")
    fences = 0
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        opening = _OPEN.match(line)
        if not opening:
            if heading := _HEADING.match(line):
                title, reference = heading["title"], ""
            elif link := _REFERENCE.match(line.strip()):
                reference = link["url"]
            continue
        start = number
        while number < len(lines) and lines[number].strip() != opening["fence"]:
            number += 1
        if opening["info"].lower() not in ("yaml", "yml"):
            number += 1
            continue
        fences += 1
        if number == len(lines):
            raise SpecError(
                "the YAML fence is never closed",
                where=f"{where}:{start}",
                hint="the page may be cut off",
            )
        data = load("\n".join(lines[start:number]), where=where, first_line=start + 1)
        number += 1
        if _is_description(data):
            yield Published(data, title, reference, start + 1)
    if not fences:
        raise SpecError(
            "the page has no fence marked `yaml`",
            where=where,
            hint="save the page as Markdown, or give the OpenAPI file itself",
        )


def _is_description(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and isinstance(data.get("openapi"), str)
        and isinstance(data.get("paths"), dict)
    )
