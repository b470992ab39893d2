"""Scenarios as data → cases: a sound request, and what its answer must or may show."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.suite.case import Case, Kind
from conformance.suite.settings import MODELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.suite.play import Play
    from conformance.wire import Exchange

__all__ = ["Scenario", "cases_of"]

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Scenario:
    """A sound request.

    `name` is a path, ``chat-stream/tools/one-call``. `body` lacks the model, which `role` chooses.
    `shows` names what the answer shows if it is about what the scenario is about (see `shows`).
    `expect` are statuses that do not surprise. `then` makes further demands on the exchange. `quiet`:
    a server that ignores what the scenario needs answers it as promised.
    """

    name: str
    says: str
    body: dict[str, Any] = field(hash=False)
    needs: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    role: str = "chat"
    headers: dict[str, str] = field(default_factory=dict, hash=False)
    expect: tuple[int, ...] = ()
    then: Callable[[Play, Exchange], None] | None = None
    quiet: bool = False

    def play(self, play: Play) -> None:
        """Send the request and look at the answer."""
        settings = play.session.settings
        # A server of few models cannot be blamed for one that nobody named, or declared.
        foreign = (
            self.role not in settings.given_models
            and settings.models[self.role] not in (settings.models["chat"], MODELS["rerank"])
            and not play.declared()
        )
        exchange = play.send(
            play.body(self.body, self.role),
            headers=self.headers,
            expect=(*self.expect, _NOT_FOUND) if foreign else self.expect,
        )
        if not play.served(exchange):
            response = exchange.response
            if foreign and response is not None and response.status == _NOT_FOUND:
                model = settings.models[self.role]
                play.note(f"no model `{model}`; name another with `--model {self.role}=NAME`")
            return
        play.wants(exchange, self.shows)
        if self.then is not None:
            self.then(play, exchange)


def cases_of(scenarios: tuple[Scenario, ...]) -> list[Case]:
    """The scenarios as cases."""
    found = []
    for scenario in scenarios:
        endpoint = scenario.name.split("/", 1)[0]
        needs = (endpoint, *scenario.needs)
        made = Case(scenario.name, scenario.says, Kind.SCENARIO, needs, scenario.play)
        found.append(replace(made, quiet=scenario.quiet))
    return found
