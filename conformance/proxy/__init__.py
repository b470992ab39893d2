"""Bytes between any client and any server → the same bytes, and verdicts on both directions."""

from __future__ import annotations

from conformance.proxy.exchange import Passed
from conformance.proxy.server import ProxyServer

__all__ = ["Passed", "ProxyServer"]
