"""Recordings into exchanges, and exchanges into recordings: the public names of this package.

What reads loads at once; what writes, redacts and fetches loads when it is asked for, because a
check of one file needs none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from conformance.cassette.detect import ENDPOINTS, SUFFIXES, find, provenance, read
from conformance.cassette.jsonl import as_lines, as_record

if TYPE_CHECKING:
    from conformance.cassette.manifest import Entry, Outcome, fetch, load_manifest
    from conformance.cassette.own import PROVENANCES, Provenance
    from conformance.cassette.redaction import (
        REDACTED,
        mask_credentials,
        redact,
        redact_text,
        without_keys,
    )
    from conformance.cassette.writer import dumps, write

__all__ = [
    "ENDPOINTS",
    "PROVENANCES",
    "REDACTED",
    "SUFFIXES",
    "Entry",
    "Outcome",
    "Provenance",
    "as_lines",
    "as_record",
    "dumps",
    "fetch",
    "find",
    "load_manifest",
    "mask_credentials",
    "provenance",
    "read",
    "redact",
    "redact_text",
    "without_keys",
    "write",
]

_LATER = {
    "manifest": ("Entry", "Outcome", "fetch", "load_manifest"),
    "own": ("PROVENANCES", "Provenance"),
    "redaction": ("REDACTED", "mask_credentials", "redact", "redact_text", "without_keys"),
    "writer": ("dumps", "write"),
}
_HOME = {name: module for module, names in _LATER.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
