"""The cases that `run --fuzz` adds: for each endpoint whatever requests, and requests to be served.

From the whole description most generated chat requests are refused, since they break clauses that
no schema can say; that shows how a server refuses. The narrowed one shows how it answers.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from conformance.fuzz import demand_schemathesis
from conformance.suite.case import Case, Kind

if TYPE_CHECKING:
    from conformance.suite.play import Play

__all__ = ["DEFAULT_EXAMPLES", "fuzz_cases"]

DEFAULT_EXAMPLES = 50
_PATHS = {"chat-stream": "/v2/chat", "rerank": "/v2/rerank"}


def fuzz_cases() -> list[Case]:
    """The cases; playing one needs schemathesis."""
    return [
        Case(
            f"{endpoint}/fuzz/{name}",
            says,
            Kind.FUZZ,
            (),
            partial(_play, narrow=narrow),
        )
        for endpoint in _PATHS
        for name, says, narrow in (
            ("any", "requests that schemathesis makes, sound and broken ones", False),
            ("served", "sound requests that schemathesis makes", True),
        )
    ]


def _play(play: Play, *, narrow: bool) -> None:
    demand_schemathesis()
    from conformance.data import data_path
    from conformance.fuzz.drive import drive
    from conformance.specs.export import export_document
    from conformance.specs.narrow import narrowed, with_models

    settings = play.session.settings
    document = export_document(data_path("specs"), frames=False)
    models = {"ChatRequest": settings.models["chat"], "RerankRequest": settings.models["rerank"]}
    document = narrowed(document, models) if narrow else with_models(document, models)
    sent = drive(
        play,
        document,
        _PATHS[play.case.endpoint],
        examples=settings.fuzz_examples or DEFAULT_EXAMPLES,
        seed=settings.seed,
        mode="positive" if narrow else "all",
    )
    if not sent:
        play.note("schemathesis made no request")
