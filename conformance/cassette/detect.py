"""A path into exchanges: finds the files, tells their form by content, and calls its reader."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cassette.documents import STDIN, load_bytes, load_json, load_text, load_yaml
from conformance.cassette.jsonl import read_lines, read_record
from conformance.cassette.node import node_of
from conformance.cassette.rawsse import (
    bare_answer,
    looks_like_answer,
    looks_like_events,
    looks_like_lines,
    raw_answer,
    raw_body,
)
from conformance.cassette.vcr import read_vcr
from conformance.errors import CassetteError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.cassette.node import Node
    from conformance.cassette.own import Provenance
    from conformance.wire import Exchange

__all__ = ["ENDPOINTS", "SUFFIXES", "find", "provenance", "read"]

ENDPOINTS = ("chat-stream", "rerank")
SUFFIXES = frozenset({".yaml", ".yml", ".json", ".jsonl", ".ndjson", ".har", ".sse", ".txt"})

_YAML = {".yaml", ".yml"}
_JSON = {".json", ".har"}
_LINES = {".jsonl", ".ndjson"}
_HINT = (
    "a recording is a cassette of vcrpy, Ruby VCR or httpmock, a HAR, JSON Lines, "
    "or a saved stream; see docs/formats.md"
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# A line that only a cassette has: it is damaged, if it is not YAML.
_CASSETTE = re.compile(r"^(?:- |)(?:http_interactions|interactions|request|when):", re.MULTILINE)
_MANIFEST = "fetch what it lists: `cohere-conformance recordings fetch MANIFEST`"


def find(paths: Iterable[str | Path]) -> list[Path]:
    """The files to read: each path itself, or for a folder all recordings in it, in order of name.

    Inside folders, hidden files and files whose suffix no recording has are passed over. A path
    that is named twice comes once. `-` stands for standard input. CassetteError for a path that is
    not there.
    """
    out: dict[Path, None] = {}
    for given in paths:
        path = Path(given)
        if str(given) == "-":
            out[path] = None
        elif path.is_dir():
            out.update(dict.fromkeys(_walk(path)))
        elif path.exists():
            out[path] = None
        else:
            raise CassetteError("no such file or folder", where=str(given), hint="check the path")
    return list(out)


def _walk(folder: Path) -> list[Path]:
    found: list[Path] = []
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.extend(
            Path(here, name)
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
        )
    return sorted(found)


def read(path: str | Path, *, endpoint: str | None = None) -> list[Exchange]:
    """Every exchange of a file, or of standard input for `-`, in the order in which it holds them.

    `endpoint` ("chat-stream" or "rerank") says what a saved body answers that comes without its
    request; a saved stream is taken for "chat-stream" otherwise. Raises CassetteError for a file
    that cannot be read or whose form is unknown, UsageError for an unknown endpoint.
    """
    if endpoint is not None and endpoint not in ENDPOINTS:
        raise UsageError(
            f"`{endpoint}` is not an endpoint",
            where="--endpoint",
            hint=f"one of {', '.join(ENDPOINTS)}",
        )
    data = load_bytes(path)
    file = STDIN if str(path) == "-" else str(path)
    if not data.strip():
        raise CassetteError("the file is empty", where=file, hint="record it again")
    try:
        return _read(data, file, Path(file).suffix.lower(), endpoint)
    except CassetteError as error:
        from conformance.cassette.foreign import told_by_bytes

        told = told_by_bytes(data)
        if told is None:
            raise
        raise CassetteError(told.what, where=file, hint=told.hint) from error


def provenance(path: str | Path) -> Provenance | None:
    """What our own recording says of itself; None for a file in another form.

    CassetteError as `read` raises it, but bodies are not looked at.
    """
    from conformance.cassette.own import provenance_of

    file = str(path)
    if Path(file).suffix.lower() not in _YAML:
        return None
    for document in load_yaml(load_text(load_bytes(path), file), file):
        root = node_of(document, file)
        if root.has("interactions", "conformance"):
            return provenance_of(root)
    return None


def _read(data: bytes, file: str, suffix: str, endpoint: str | None) -> list[Exchange]:
    if suffix in _YAML:
        return _documents(load_text(data, file), file)
    if data[:2] in _UTF_16 and _is_body(load_text(data, file).encode(), suffix):
        raise CassetteError(
            "the stream is in UTF-16, so these are not the bytes that were sent",
            where=file,
            hint="a shell wrote them anew; let the client write the file, as `curl -o FILE` does",
        )
    if looks_like_answer(data):
        return [raw_answer(data, file, endpoint)]
    if suffix == ".sse" or looks_like_events(data):
        return [raw_body(data, file, endpoint)]
    try:
        if suffix in _JSON:
            return _json(load_text(data, file), file)
        if looks_like_lines(data):
            return [raw_body(data, file, endpoint)]
        text = load_text(data, file)
        return read_lines(text, file) if suffix in _LINES else _sniffed(text, file)
    except CassetteError as error:
        # told what the body is, we need not guess; a damaged container stays an error
        if endpoint is not None and (
            suffix not in _JSON | _LINES or isinstance(error, _UnknownFormError)
        ):
            return [raw_body(data, file, endpoint)]
        bare = bare_answer(data, file) if endpoint is None else None
        if bare is None:
            raise
        return [bare]


def _is_body(data: bytes, suffix: str) -> bool:
    return suffix == ".sse" or looks_like_events(data) or looks_like_lines(data)


class _UnknownFormError(CassetteError):
    """Well-formed YAML or JSON that is no recording."""


def _sniffed(text: str, file: str) -> list[Exchange]:
    """Text without a telling suffix."""
    if not text.lstrip().startswith(("{", "[")):
        try:
            return _documents(text, file)
        except CassetteError as error:
            if _CASSETTE.search(text):
                raise
            raise _unknown(file) from error
    try:
        return _json(text, file)
    except CassetteError:
        if "\n" not in text.strip():
            raise
        return read_lines(text, file)


def _json(text: str, file: str) -> list[Exchange]:
    return _container(node_of(load_json(text, file), file), 1)


def _documents(text: str, file: str) -> list[Exchange]:
    out: list[Exchange] = []
    for document in load_yaml(text, file):
        if document.value is not None:
            out.extend(_container(node_of(document, file), len(out) + 1))
    return out


def _container(root: Node, first: int) -> list[Exchange]:
    """The members at the root tell the form. Each reader loads when it is needed.

    A check of one small file should not wait for readers of forms that it does not meet.
    """
    if root.has("interactions", "conformance"):
        from conformance.cassette.own import read_own

        return read_own(root, first)
    if root.has("interactions") or _is_old_vcr(root):
        return read_vcr(root, first)
    if root.has("http_interactions"):
        from conformance.cassette.ruby_vcr import read_ruby_vcr

        return read_ruby_vcr(root, first)
    if root.has("log"):
        from conformance.cassette.har import read_har

        return read_har(root, first)
    if root.has("entries"):
        from conformance.cassette.entries import read_entries

        return read_entries(root, first)
    if root.has("when", "then"):
        from conformance.cassette.httpmock import read_httpmock

        return read_httpmock(root, first)
    where = root.file if root.line is None else f"{root.file}:{root.line}"
    _explain(root, where)
    if root.has("request") or root.has("response"):
        return [read_record(root, first)]
    if isinstance(root.value, list) and any(item.has("sha256") for item in root.items()):
        raise _UnknownFormError(
            "the file is a manifest, not a recording", where=where, hint=_MANIFEST
        )
    raise _unknown(where)


def _unknown(where: str) -> CassetteError:
    return _UnknownFormError("the file holds no recording in a known form", where=where, hint=_HINT)


def _explain(root: Node, where: str) -> None:
    """Raise for what is known to be something else, with its name."""
    from conformance.cassette.foreign import told_by_members

    told = told_by_members(root)
    if told is not None:
        raise _UnknownFormError(told.what, where=where, hint=told.hint)


def _is_old_vcr(root: Node) -> bool:
    """Whether this is a cassette of vcrpy before version 1: only the list."""
    if not isinstance(root.value, list) or not root.value:
        return False
    items = root.items()
    return all(item.has("request", "response") for item in items) and not items[0].has(
        "protocolVersion"
    )
