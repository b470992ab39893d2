"""Recordings into exchanges, and exchanges into recordings: the public names of this package."""

from __future__ import annotations

from conformance.cassette.detect import ENDPOINTS, SUFFIXES, find, provenance, read
from conformance.cassette.jsonl import as_lines, as_record
from conformance.cassette.own import PROVENANCES, Provenance, write

__all__ = [
    "ENDPOINTS",
    "PROVENANCES",
    "SUFFIXES",
    "Provenance",
    "as_lines",
    "as_record",
    "find",
    "provenance",
    "read",
    "write",
]
