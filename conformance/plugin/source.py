"""A target → the replies that tests get: made by the mock, played back, or fetched from a server."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.errors import BudgetExceeded, ConformanceError
from conformance.faults.reply import Reply
from conformance.targets.replay import OF_THE_WAY, pieces_of

if TYPE_CHECKING:
    from conformance.targets.base import Target
    from conformance.wire import Exchange, Request

__all__ = ["Forwarder", "reply_of"]

# Of the way to us, not of the request; the target has a host, a key and a length of its own.
_OF_OURS = OF_THE_WAY | {"accept-encoding", "authorization", "host"}


class Forwarder:
    """Gets replies from a target. What keeps it from that is noted, and answered with 424.

    `troubles` are the reasons, in order.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self.troubles: list[ConformanceError] = []

    def __call__(self, request: Request) -> Reply:
        """The reply to a request."""
        headers = tuple(pair for pair in request.headers if pair[0].lower() not in _OF_OURS)
        try:
            exchange = self.target.send(replace(request, headers=headers))
        except BudgetExceeded as error:
            hint = "`--cohere-max-requests` and `--cohere-max-tokens` raise it"
            return self._refused(BudgetExceeded(error.what, where=error.where, hint=hint))
        except ConformanceError as error:
            return self._refused(error)
        return reply_of(exchange)

    def _refused(self, error: ConformanceError) -> Reply:
        self.troubles.append(error)
        data = json.dumps({"message": str(error)}).encode()
        headers = (("content-type", "application/json"), ("content-length", str(len(data))))
        # Unlike with 502, which says the same, no client tries again.
        return Reply(424, headers, (data,))


def reply_of(exchange: Exchange) -> Reply:
    """The reply that gives a client what was received, in the pieces in which it came."""
    response = exchange.response
    assert response is not None  # a target raises where there is none
    headers = tuple(pair for pair in response.headers if pair[0].lower() not in OF_THE_WAY)
    return Reply(
        response.status,
        headers,
        tuple(pieces_of(response)),
        ends="whole" if response.complete else "cut",
    )
