"""Contract tests of Cohere's v2 streaming chat and rerank: bytes come in, verdicts go out.

The names below are the public surface; they are loaded when first used, so that importing the
package (as an installed pytest plugin does) costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.version import __version__

if TYPE_CHECKING:
    from conformance.check import Options, Verdict
    from conformance.check import check as check_exchange
    from conformance.contract import Contract
    from conformance.errors import ConformanceError
    from conformance.plugin.adapt import exchange_of
    from conformance.plugin.assertion import assert_conformant
    from conformance.rules.registry import Rule, all_rules, find_rule
    from conformance.sse import Decoder, Frame
    from conformance.verdict import Level, Party
    from conformance.violation import ConformanceViolation, Violation
    from conformance.wire import Chunk, Exchange, Origin, Request, Response

__all__ = [
    "Chunk",
    "ConformanceError",
    "ConformanceViolation",
    "Contract",
    "Decoder",
    "Exchange",
    "Frame",
    "Level",
    "Options",
    "Origin",
    "Party",
    "Request",
    "Response",
    "Rule",
    "Verdict",
    "Violation",
    "__version__",
    "all_rules",
    "assert_conformant",
    "check_exchange",
    "exchange_of",
    "find_rule",
]

# public name -> (module, name there); `check` itself is the name of a module
_HOME = {
    "Chunk": ("wire", "Chunk"),
    "ConformanceError": ("errors", "ConformanceError"),
    "ConformanceViolation": ("violation", "ConformanceViolation"),
    "Contract": ("contract", "Contract"),
    "Decoder": ("sse", "Decoder"),
    "Exchange": ("wire", "Exchange"),
    "Frame": ("sse", "Frame"),
    "Level": ("verdict", "Level"),
    "Options": ("check", "Options"),
    "Origin": ("wire", "Origin"),
    "Party": ("verdict", "Party"),
    "Request": ("wire", "Request"),
    "Response": ("wire", "Response"),
    "Rule": ("rules.registry", "Rule"),
    "Verdict": ("check", "Verdict"),
    "Violation": ("violation", "Violation"),
    "all_rules": ("rules.registry", "all_rules"),
    "assert_conformant": ("plugin.assertion", "assert_conformant"),
    "check_exchange": ("check", "check"),
    "exchange_of": ("plugin.adapt", "exchange_of"),
    "find_rule": ("rules.registry", "find_rule"),
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOME[name]
    value = getattr(import_module(f"conformance.{module}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
