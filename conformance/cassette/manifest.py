"""A manifest of recordings into files in a folder, each with the bytes that the manifest promises.

A manifest is a YAML list; each item has `name` (the file to make), `url` or `path` (from where),
`sha256` and `licence`. It lets recordings be judged that may not be shipped.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.cassette.documents import MAX_BYTES, load_bytes, load_text, load_yaml
from conformance.cassette.node import node_of
from conformance.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.cassette.node import Node

__all__ = ["Entry", "Outcome", "fetch", "load_manifest"]

_SUM = re.compile(r"[0-9a-f]{64}")
_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a manifest: exactly one of `url` and `path` is there; `path` is absolute."""

    name: str
    sha256: str
    licence: str
    url: str | None = None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item: "fetched", "kept" (it was there already) or "failed", and why."""

    name: str
    state: str
    detail: str


def load_manifest(path: str | Path) -> list[Entry]:
    """The items of a manifest; CassetteError when it is not one."""
    file = str(path)
    documents = load_yaml(load_text(load_bytes(path), file), file)
    if not documents or documents[0].value is None:
        raise CassetteError("the manifest is empty", where=file, hint=_HINT)
    entries = [_entry(item, Path(path).parent) for item in node_of(documents[0], file).items()]
    seen: set[str] = set()
    for entry in entries:
        if entry.name in seen:
            raise CassetteError(
                f"names `{entry.name}` twice", where=file, hint="give each file a name of its own"
            )
        seen.add(entry.name)
    return entries


def fetch(manifest: str | Path, dest: str | Path) -> Iterator[Outcome]:
    """Download or copy every item into the folder `dest` and report each as it is done.

    A file is kept only if its sha256 is the promised one. CassetteError when the manifest cannot
    be read or the folder cannot be made; whatever happens to one item is its outcome.
    """
    entries = load_manifest(manifest)
    folder = Path(dest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CassetteError(
            f"cannot be made: {_reason(error)}", where=str(dest), hint="name another folder"
        ) from error
    for entry in entries:
        yield _fetched(entry, folder / entry.name)


def _entry(node: Node, base: Path) -> Entry:
    name = node.need("name").text()
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or not pure.name or set(name) & set("\\:\0"):
        raise node.get("name").error(f"is `{name}`, which leads out of the folder", _HINT)
    promised = node.need("sha256").text().lower()
    if not _SUM.fullmatch(promised):
        raise node.get("sha256").error("is not a sha256: 64 hexadecimal digits", _HINT)
    licence = node.need("licence").text()
    url, path = node.get("url").optional_text(), node.get("path").optional_text()
    if (url is None) == (path is None):
        raise node.error("needs either `url` or `path`", _HINT)
    if url is not None and not url.lower().startswith(("https://", "http://")):
        raise node.get("url").error(f"is `{url}`, which is neither http nor https", _HINT)
    return Entry(name, promised, licence, url, None if path is None else (base / path).absolute())


def _fetched(entry: Entry, target: Path) -> Outcome:
    try:
        if target.is_file() and _sum(load_bytes(target)) == entry.sha256:
            return Outcome(entry.name, "kept", "is there already")
        data = _download(entry.url) if entry.url is not None else load_bytes(entry.path or "")
    except CassetteError as error:
        return Outcome(entry.name, "failed", f"{error.what} ({error.where})")
    found = _sum(data)
    if found != entry.sha256:
        return Outcome(entry.name, "failed", f"has sha256 `{found}`, promised is `{entry.sha256}`")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(target)
    except (OSError, ValueError) as error:
        return Outcome(entry.name, "failed", f"cannot be written: {_reason(error)}")
    return Outcome(entry.name, "fetched", f"{len(data)} bytes, {entry.licence}")


def _download(url: str) -> bytes:
    import httpx

    out = bytearray()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=_TIMEOUT) as response:
            if response.status_code != 200:  # noqa: PLR2004 - anything else is not the file
                raise CassetteError(
                    f"the server answered {response.status_code}", where=_shown(url)
                )
            for piece in response.iter_bytes():
                out += piece
                if len(out) > MAX_BYTES:
                    raise CassetteError(
                        f"is larger than {MAX_BYTES // 1024**2} MiB", where=_shown(url)
                    )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise CassetteError(
            f"cannot be downloaded: {reason[:1].lower()}{reason[1:]}", where=_shown(url)
        ) from error
    return bytes(out)


def _shown(url: str) -> str:
    """The address without what could be a credential."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


_HINT = "a manifest is a YAML list of name, url or path, sha256 and licence; see docs/formats.md"
