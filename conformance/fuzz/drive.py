"""A description and the relay → schemathesis' phases, each of whose answers is judged."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis.checks import CHECKS
from schemathesis.engine import events, from_schema

from conformance.errors import ConformanceError
from conformance.fuzz.failures import raise_for
from conformance.fuzz.relay import Relay
from conformance.fuzz.verdicts import judged
from conformance.suite.answers import no_answer, wrong_method_served
from conformance.suite.case import Seen
from conformance.wire import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.suite.play import Play

__all__ = ["drive"]

_CHECK = "cohere_run"
# Streams are read to their end, by the target; this is more than any has events.
_ALL_EVENTS = 1_000_000


def drive(
    play: Play, document: dict[str, Any], path: str, *, examples: int, seed: int, mode: str
) -> int:
    """Have schemathesis send requests to one endpoint, and judge each answer as part of the case.

    `examples` is how many requests its fuzzing phase makes at most, `mode` is "positive" or "all".
    Returns how many requests were sent. Raises ConformanceError when schemathesis itself fails.
    """
    schema = schemathesis.openapi.from_dict(document, config=_config(examples, seed, mode))
    relay = Relay(play)
    schema.app = relay
    chosen = schema.include(path=path)
    with _judging(play, relay), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stream = from_schema(chosen).execute()
        for event in stream:
            if isinstance(event, (events.FatalError, events.NonFatalError)):
                _failed(event, path)
            if relay.ended:
                stream.stop()
    return relay.sent


def _config(examples: int, seed: int, mode: str) -> schemathesis.Config:
    return schemathesis.Config.from_dict(
        {
            "seed": seed,
            # What a failing check hides, nobody learns of.
            "continue-on-failure": True,
            "max-stream-events": _ALL_EVENTS,
            "checks": {"enabled": False, _CHECK: {"enabled": True}},
            "phases": {"stateful": {"enabled": False}},
            # Text of our own source would find its way into the requests.
            "analysis": {"constants": {"enabled": False}},
            "generation": {
                "mode": mode,
                "max-examples": examples,
                "no-shrink": True,
                "database": "none",
                "with-security-parameters": False,
            },
        }
    )


@contextmanager
def _judging(play: Play, relay: Relay) -> Iterator[None]:
    """While this lasts, schemathesis has a check that judges the exchange behind each answer."""

    def cohere_run(_context: Any, _response: Any, case: Any) -> bool | None:
        exchange = relay.last
        if exchange is None:
            return True
        if exchange.request is not None and exchange.request.method != "POST":
            play.demand(wrong_method_served, [play.aside(exchange)])
            return None
        placed = replace(
            exchange,
            origin=Origin(play.case.name, len(play.seen) + 1),
            endpoint=play.case.endpoint,
            live=True,
            observed=True,
        )
        play.demand(no_answer, [placed])
        verdict = judged(placed, play.session.options)
        play.seen.append(
            Seen(placed, verdict.judged, verdict.reason, verdict.violations, verdict.events)
        )
        raise_for(verdict.violations, case.operation.label)
        return None

    schemathesis.check(cohere_run)
    try:
        yield
    finally:
        CHECKS.unregister(_CHECK)


def _failed(event: Any, path: str) -> None:
    error = getattr(event, "exception", None) or getattr(event, "value", None)
    told = str(error).strip().splitlines() or [type(error).__name__]
    raise ConformanceError(
        f"schemathesis failed: {told[0]}", where=path, hint="please report it"
    ) from error
