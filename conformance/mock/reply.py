"""A request and the settings → the reply, byte for byte.

This is the mock without its server: pure, so that the server, a patched HTTP client and a test all
get the same answer to the same request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.faults.reply import Reply
from conformance.mock.chance import Chance
from conformance.mock.chat import events_of
from conformance.mock.frames import frames, json_lines, to_json
from conformance.mock.heads import EVENT_STREAM, JSON, headers_of
from conformance.mock.plan import Plan
from conformance.mock.refusal import Refusal
from conformance.mock.rerank import rerank
from conformance.mock.turn import turn_of
from conformance.mock.usage import usage_of
from conformance.mock.validate import admit, endpoint_at
from conformance.subject import CHAT_STREAM

if TYPE_CHECKING:
    from conformance.mock.settings import Settings
    from conformance.wire import Headers, Request

__all__ = ["reply_to", "served"]

_NO_PLAN = Plan()


def reply_to(request: Request, settings: Settings) -> Reply:
    """The reply to a request: conformant, but for the faults that the settings plan."""
    return _Replier(request, settings).reply()


def served(request: Request, body: dict[str, Any], settings: Settings) -> Reply:
    """The reply to a request whose body is known to be sound, without a look at it."""
    return _Replier(request, settings).served(body)


class _Replier:
    """Makes one reply."""

    def __init__(self, request: Request, settings: Settings) -> None:
        self.request = request
        self.settings = settings
        self.profile = settings.profile
        self.plan = settings.plan or _NO_PLAN
        # Not the path: a fault that is chosen there must not change the answer it spoils.
        self.endpoint = endpoint_at(request.path) or ""
        self.chance = Chance(b"%d" % settings.seed, self.endpoint.encode(), request.body)
        self.applied: list[str] = []

    def reply(self) -> Reply:
        admitted: Refusal | dict[str, Any]
        unavailable = self.plan.refusal()
        if unavailable is not None:
            self.applied.append(self.plan.name)
            made = self.refused(unavailable)
        else:
            admitted = admit(self.request, self.settings)
            try:
                made = (
                    self.refused(admitted)
                    if isinstance(admitted, Refusal)
                    else self.served(admitted)
                )
            except RecursionError:
                made = self.refused(Refusal(400, "invalid request: nested too deeply"))
        made = made.changed(
            pace=self.settings.latency,
            endpoint=self.endpoint,
            accept=self.request.header("accept") or "*/*",
        )
        made = self.plan.on_reply(made, self.applied)
        return made.changed(applied=tuple(self.applied))

    def refused(self, refusal: Refusal) -> Reply:
        identity = self.chance.uuid("refusal") if self.profile.meta else ""
        body = self.plan.on_value(refusal.body(identity), {}, self.applied)
        return self.whole(refusal.status, body, refusal.headers)

    def served(self, body: dict[str, Any]) -> Reply:
        if self.endpoint == CHAT_STREAM:
            return self.stream(body)
        answer = self.plan.on_value(rerank(body, self.chance, self.profile), body, self.applied)
        return self.whole(200, answer, ())

    def whole(self, status: int, value: object, extra: Headers) -> Reply:
        data = to_json(value)
        headers = headers_of(JSON, self.chance, self.profile, length=len(data))
        return Reply(status, (*headers, *extra), (data,))

    def stream(self, body: dict[str, Any]) -> Reply:
        profile = self.profile
        turn = turn_of(body, self.chance, rich=profile.rich, length=self.settings.length)
        usage = usage_of(body, turn, profile)
        events = events_of(body, turn, usage, self.chance, profile)
        events = self.plan.on_events(events, body, self.applied)
        if profile.json_lines and self.wants_json():
            media_type, pieces = JSON, json_lines(events)
        else:
            media_type = EVENT_STREAM
            pieces = frames(events, named=profile.event_names, terminated=profile.terminator)
            pieces = self.plan.on_pieces(pieces, body, self.applied)
        headers = headers_of(media_type, self.chance, profile, length=None)
        return Reply(200, headers, tuple(pieces))

    def wants_json(self) -> bool:
        """The client accepts JSON and no event stream."""
        accepted = (self.request.header("accept") or "*/*").lower()
        return JSON in accepted and EVENT_STREAM not in accepted and "*/*" not in accepted
