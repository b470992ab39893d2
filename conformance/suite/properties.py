"""Generated requests → cases: what holds for every valid request, and for every broken one.

Hypothesis draws the requests from the strategies, seeded by the run. On our mock it shrinks what
fails to the smallest request that fails; a server that costs money is not asked that often.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.suite.answers import generation_failed, wrong_method_served
from conformance.suite.case import Case, Kind, Seen
from conformance.suite.intent import Intent, intent_against
from conformance.suite.laws import permuted_documents, tolerance, top_n_prefix
from conformance.suite.play import Unreached
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from conformance.suite.play import Play
    from conformance.violation import Violation
    from conformance.wire import Request

__all__ = ["EXAMPLES", "property_cases"]

# How many requests are drawn for a property where the user says nothing.
EXAMPLES = 50
# How many ways to fail are made small.
_MOST_SHRUNK = 5


class _Missed(AssertionError):
    """An example that fails as wanted, for Hypothesis to make smaller."""


class _Tried(NamedTuple):
    """What came of one example."""

    seen: list[Seen]
    findings: list[Violation]
    checked: Counter[str]
    lapsed: Counter[str]


class _Explorer:
    """Plays one property: many examples, of which a small one is kept for each way to fail."""

    def __init__(self, play: Play, attempt: Callable[[Any], None]) -> None:
        self.play = play
        self.attempt = attempt
        self.stopped = False
        self.error: Exception | None = None
        # what an example breaks -> what was seen of the smallest such example
        self.failing: dict[frozenset[str], _Tried] = {}

    def explore(self, strategy: SearchStrategy[Any]) -> None:
        """Draw examples until there are enough, or until the target gives out.

        Raises what went wrong with the target, or with this suite.
        """
        self._draw(strategy, None)
        if self.play.session.settings.is_mock:
            for codes in list(self.failing)[:_MOST_SHRUNK]:
                self._draw(strategy, codes)
        self._keep()
        if self.error is not None:
            raise self.error

    def _draw(self, strategy: SearchStrategy[Any], wanted: frozenset[str] | None) -> None:
        """Try examples; with `wanted` only to find the smallest one that breaks these rules."""
        import hypothesis
        from hypothesis import HealthCheck, Phase

        settings = self.play.session.settings

        @hypothesis.seed(settings.seed)
        @hypothesis.settings(
            max_examples=settings.examples or EXAMPLES,
            phases=[Phase.generate, *([Phase.shrink] if wanted else [])],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            verbosity=hypothesis.Verbosity.quiet,
        )
        @hypothesis.given(strategy)
        def trial(example: Any) -> None:
            if not self.stopped:
                broken = self._try(example, keep=wanted is None)
                if wanted and wanted <= broken:
                    raise _Missed

        with suppress(_Missed, hypothesis.errors.Flaky):
            trial()

    def _try(self, example: Any, *, keep: bool) -> frozenset[str]:
        """The codes of the errors that come of an example; without `keep` nothing else is kept."""
        play = self.play
        seen, found = len(play.seen), len(play.findings)
        checked, lapsed = play.checked.copy(), play.lapsed.copy()
        try:
            self.attempt(example)
        except Unreached:
            self.stopped = bool(play.troubles) or len(play.findings) == found
        except Exception as error:  # noqa: BLE001 - Hypothesis would take it for a finding
            self.stopped, self.error = True, error
        new = _Tried(
            play.seen[seen:], play.findings[found:], play.checked - checked, play.lapsed - lapsed
        )
        told = [violation for one in new.seen for violation in one.told] + new.findings
        errors = frozenset(v.code for v in told if v.level is Level.ERROR)
        if errors and _size(new) <= _size(self.failing.get(errors)):
            self.failing[errors] = new
        if errors or not keep:
            del play.seen[seen:], play.findings[found:]
            play.checked, play.lapsed = checked, lapsed
        return errors

    def _keep(self) -> None:
        """Put what is kept of failing examples after those that did not fail."""
        play = self.play
        for seen, found, checked, lapsed in self.failing.values():
            play.checked += checked
            play.lapsed += lapsed
            start = len(play.seen)
            base = seen[0].exchange.origin.number - 1 if seen else start
            play.seen += [_moved(one, start - base) for one in seen]
            play.findings += [replace(v, exchange=v.exchange + start - base) for v in found]


def _size(tried: _Tried | None) -> float:
    """How large the requests of an example are; an example that there is not is larger than any."""
    if tried is None:
        return float("inf")
    requests = [one.exchange.request for one in tried.seen]
    return sum(len(request.body) for request in requests if request is not None)


def _moved(one: Seen, by: int) -> Seen:
    """What was seen, as another exchange of its case."""
    origin = one.exchange.origin
    exchange = replace(one.exchange, origin=replace(origin, number=origin.number + by))
    moved = tuple(replace(v, exchange=v.exchange + by) for v in one.violations)
    return replace(one, exchange=exchange, violations=moved)


# -- properties --------------------------------------------------------------------------------


def _valid(play: Play) -> None:
    """Every valid request is served as the contract says, or refused for a documented reason."""
    from conformance.strategies import chat_requests, rerank_requests

    rerank = play.case.endpoint == "rerank"
    settings = play.session.settings
    given = settings.models["rerank" if rerank else "chat"]
    named = ("rerank" if rerank else "chat") in settings.given_models
    model = given if named or not settings.is_mock else None
    strategy = rerank_requests(model=model) if rerank else chat_requests(model=model)
    _Explorer(play, partial(_serve, play)).explore(strategy)


def _serve(play: Play, body: dict[str, Any]) -> None:
    play.demand(generation_failed, [play.send(body)])


def _broken(play: Play) -> None:
    """Every broken request is refused with 4xx and JSON, unless the live API is known to take it."""
    from conformance.strategies import broken_chat_requests, broken_rerank_requests

    rerank = play.case.endpoint == "rerank"
    strategy = broken_rerank_requests() if rerank else broken_chat_requests()
    _Explorer(play, partial(_refusal, play)).explore(strategy)


def _refusal(play: Play, example: Any) -> None:
    request, fault = example
    if fault.code == "HTTP-012" and "auth" in play.session.lacks:
        return
    method = fault.code == "HTTP-015"
    authorize = fault.code not in ("HTTP-012", "HTTP-013")
    certain = bool(fault.expected) and not fault.tolerated
    intent = intent_against(fault.code, request.body) if certain else Intent.ODD
    sent = _outgoing(request, keyless=authorize)
    intent = Intent.ODD if method else intent
    exchange = play.exchange(sent, intent=intent, authorize=authorize)
    if method:
        play.demand(wrong_method_served, [play.aside(exchange)])
    else:
        play.judge(exchange, intent)


def _outgoing(request: Request, *, keyless: bool) -> Request:
    """The request without the key of the strategies, so that the target's own is sent."""
    headers = tuple(
        (name, value.strip())
        for name, value in request.headers
        if not (keyless and name.lower() == "authorization")
    )
    return replace(request, headers=headers)


def _ranking_laws(play: Play) -> None:
    """Rankings of the same documents agree, whatever the request is."""
    from conformance.strategies import rerank_requests

    settings = play.session.settings
    named = "rerank" in settings.given_models or not settings.is_mock
    model = settings.models["rerank"] if named else None
    strategy = rerank_requests(model=model, with_top_n=True, min_documents=2)
    _Explorer(play, partial(_law, play)).explore(strategy)


def _law(play: Play, body: dict[str, Any]) -> None:
    whole = {name: value for name, value in body.items() if name != "top_n"}
    order = list(range(len(body["documents"])))[::-1]
    turned = {**whole, "documents": [body["documents"][place] for place in order]}
    first, part, second = play.send(whole), play.send(body), play.send(turned)
    play.demand(top_n_prefix, [first, part], **tolerance(play))
    play.demand(permuted_documents, [first, second], order=order, **tolerance(play))


def property_cases() -> list[Case]:
    """The properties as cases."""
    found = []
    for endpoint in ("chat-stream", "rerank"):
        found += [
            Case(f"{endpoint}/properties/valid-requests", "generated valid requests",
                 Kind.PROPERTY, (endpoint,), _valid, EXAMPLES),
            Case(f"{endpoint}/properties/broken-requests", "generated broken requests",
                 Kind.PROPERTY, (endpoint, "refusals"), _broken, EXAMPLES),
        ]  # fmt: skip
    found.append(
        Case("rerank/properties/laws", "rankings of generated requests", Kind.PROPERTY,
             ("rerank",), _ranking_laws, 3 * EXAMPLES)
    )  # fmt: skip
    return found
