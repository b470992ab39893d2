"""Recordings into exchanges, and exchanges into recordings: the public names of this package."""

from __future__ import annotations

from conformance.cassette.detect import ENDPOINTS, SUFFIXES, find, read

__all__ = ["ENDPOINTS", "SUFFIXES", "find", "read"]
