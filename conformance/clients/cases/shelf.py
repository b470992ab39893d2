"""Bytes and a phrase → a case: what a client must make of them is read from the bytes themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.clients.case import DEADLINE, Case, Expected
from conformance.clients.cases.causes import cause_of
from conformance.clients.cases.script import ask, ask_rerank
from conformance.clients.cases.words import Words
from conformance.clients.channels import CHANNELS
from conformance.clients.expected import expected_of_rerank, expected_of_stream
from conformance.faults.reply import Reply
from conformance.mock.frames import frames, to_json
from conformance.mock.heads import EVENT_STREAM, JSON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.faults.reply import End
    from conformance.wire import Headers

__all__ = ["STREAM", "Shelf", "json_reply", "stream_reply"]

STREAM: Headers = (("content-type", EVENT_STREAM),)
_OK = 200
_LEAST_REFUSAL = 400


def stream_reply(
    pieces: Iterable[bytes], *, headers: Headers = STREAM, ends: End = "whole", pace: float = 0.0
) -> Reply:
    """A stream that is served with status 200."""
    return Reply(_OK, headers, tuple(pieces), ends=ends, pace=pace, endpoint="chat-stream")


def json_reply(
    value: object, status: int = _OK, *, headers: Headers = (), media_type: str = JSON
) -> Reply:
    """A whole body; bytes are sent as they stand, and any other value as JSON."""
    data = value if isinstance(value, bytes) else to_json(value)
    head = (("content-type", media_type),) if media_type else ()
    length = (("content-length", str(len(data))),)
    return Reply(status, (*head, *length, *headers), (data,) if data else ())


class Shelf:
    """The cases of one family, in the order in which they are put there."""

    def __init__(self, family: str, seed: int) -> None:
        self.family = family
        self.seed = seed
        self.cases: list[Case] = []

    def say(self, name: str) -> Words:
        """What is random in the case of this name."""
        return Words(self.seed, f"{self.family}/{name}")

    def put(self, case: Case) -> None:
        """Keep a case, and note its cause."""
        self.cases.append(replace(case, cause=cause_of(case.name) or case.about))

    def allowed(
        self,
        name: str,
        about: str,
        body: Sequence[bytes] | Sequence[dict[str, Any]],
        request: dict[str, Any] | None = None,
        *,
        doubtful: Iterable[str] = (),
        deadline: float = DEADLINE,
        pace: float = 0.0,
        headers: Headers = STREAM,
        wire: Sequence[bytes] = (),
    ) -> None:
        """A stream that a server may send: pieces of bytes, or events in their usual form.

        `wire` is what is sent in their place, when these bytes are coded.
        """
        made = _pieces(body)
        expect = expected_of_stream(b"".join(made))
        self.put(
            Case(
                f"{self.family}/{name}",
                about,
                "chat",
                request or ask(self.say(name + " request")),
                (stream_reply(wire or made, headers=headers, pace=pace),),
                expect=replace(expect, doubtful=frozenset(doubtful)),
                deadline=deadline,
            )
        )

    def failed(
        self,
        name: str,
        about: str,
        body: Sequence[bytes] | Sequence[dict[str, Any]],
        request: dict[str, Any] | None = None,
        *,
        ends: End = "whole",
        must_report: bool = True,
        message: str = "",
        doubtful: Iterable[str] = (),
        deadline: float = DEADLINE,
        headers: Headers = STREAM,
        wire: Sequence[bytes] = (),
    ) -> None:
        """A stream that went wrong on its way, or whose generation failed."""
        made = _pieces(body)
        expect = expected_of_stream(b"".join(made))
        self.put(
            Case(
                f"{self.family}/{name}",
                about,
                "chat",
                request or ask(self.say(name + " request")),
                (stream_reply(wire or made, headers=headers, ends=ends),),
                kind="failure",
                expect=replace(expect, doubtful=frozenset(doubtful)),
                must_report=must_report,
                message=message,
                deadline=deadline,
            )
        )

    def refused(
        self,
        name: str,
        about: str,
        *answers: Reply,
        message: str = "",
        endpoint: str = "chat",
        deadline: float = DEADLINE,
    ) -> None:
        """A response that is no answer at all."""
        # A client that follows redirections, or asks again, may speak of another status.
        last = answers[-1].status
        say = self.say(name + " request")
        rerank = endpoint == "rerank"
        self.put(
            Case(
                f"{self.family}/{name}",
                about,
                "rerank" if rerank else "chat",
                ask_rerank(say) if rerank else ask(say),
                answers,
                kind="failure",
                expect=Expected(),
                message=message,
                status=last if last >= _LEAST_REFUSAL else None,
                deadline=deadline,
            )
        )

    def recovered(
        self,
        name: str,
        about: str,
        refusal: Reply,
        served: Reply,
        *,
        message: str,
        deadline: float = DEADLINE,
    ) -> None:
        """A refusal, and an answer for those who ask again."""
        self.put(
            Case(
                f"{self.family}/{name}",
                about,
                "chat",
                ask(self.say(name + " request")),
                (refusal, served),
                kind="failure",
                # Who does not ask again has nothing but the refusal, and may leave it at that.
                expect=replace(expected_of_stream(served.body), doubtful=frozenset(CHANNELS)),
                must_report=False,
                message=message,
                status=refusal.status,
                deadline=deadline,
            )
        )

    def ranked(
        self,
        name: str,
        about: str,
        request: dict[str, Any],
        value: object,
        *,
        failure: bool = False,
        must_report: bool = True,
        reply: Reply | None = None,
        doubtful: Iterable[str] = (),
    ) -> None:
        """A ranking, as a JSON value or as bytes; `reply` replaces the usual form of the answer."""
        given = reply or json_reply(value)
        expect = expected_of_rerank(given.body if reply is None else _body(value))
        self.put(
            Case(
                f"{self.family}/{name}",
                about,
                "rerank",
                request,
                (given,),
                kind="failure" if failure else "allowed",
                # What a ranking is billed by are search units; nobody owes its caller tokens.
                expect=replace(expect, usage=(), doubtful=frozenset(doubtful)),
                must_report=must_report,
            )
        )


def _body(value: object) -> bytes:
    return value if isinstance(value, bytes) else to_json(value)


def _pieces(body: Sequence[bytes] | Sequence[dict[str, Any]]) -> list[bytes]:
    """Pieces as they stand; events framed, with the terminator."""
    events = [each for each in body if isinstance(each, dict)]
    if events:
        return frames(events)
    return [each for each in body if isinstance(each, bytes)]
