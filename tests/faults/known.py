"""Planted faults that yield more than their own code: fault → what is reported beside it.

A fault that stops failing must be struck off here, or its test fails.
"""

from __future__ import annotations

__all__ = ["KNOWN"]

KNOWN: dict[str, str] = {}
