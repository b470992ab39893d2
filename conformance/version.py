"""The version of this release, where both the build and a running command find it."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
