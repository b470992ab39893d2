"""How streams travel: they do not mix, a client may leave, and events come as they are made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conformance.rules.registry import observed, prose, schema
from conformance.subject import JsonBody
from conformance.suite.case import Case, Kind
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.suite.play import Unreached
from conformance.suite.promptness import asking, prompt
from conformance.suite.shows import message_in
from conformance.transcript import exchange_from
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.suite.play import Play
    from conformance.wire import Exchange

__all__ = ["message_id_repeated", "transport_cases"]

_OK = 200
_WORDS = ("kestrel", "oyster", "bollard", "sextant")
_LATER = "lantern"
_ABOUT = "Write two sentences about a {}."
_SECONDS_TO_NOTICE = 5.0


def _text(word: str, identity: str = "") -> Exchange:
    patch = f' + {{"id": "{identity}"}}' if identity else ""
    return exchange_from(
        f'> {{"messages": [{{"role": "user", "content": "Say {word}"}}]}}\n'
        f"message-start{patch}\ncontent-start 0 text\n"
        f'content-delta 0 "{word}"\ncontent-end 0\nmessage-end COMPLETE\n'
    )


@run_check(
    "RUN-010", "streams-mixed", level=Level.ERROR, source=prose("ST-01"),
    keeps=lambda: Sample((_text("kestrel"), _text("oyster")), {"words": ["kestrel", "oyster"]}),
    breaks=lambda: Sample((_text("kestrel"), _text("oyster")), {"words": ["oyster", "kestrel"]}),
)  # fmt: skip
def streams_mixed(exchanges: Sequence[Exchange], *, words: Sequence[str]) -> Iterator[Lapse]:
    """An answer has nothing that belongs to another one, streamed at the same time or before.

    Help: a user sees parts of the answer to somebody else
    """
    for number, (exchange, own) in enumerate(zip(exchanges, words, strict=True)):
        response = exchange.response
        if response is None or response.status != _OK:
            continue
        text = response.body.decode("utf-8", "replace").lower()
        for word in words:
            if word != own and word in text:
                yield Lapse(
                    f"the answer to the request about `{own}` holds `{word}`, which only another "
                    "request has",
                    number,
                )
                break


@run_check(
    "RUN-011", "message-id-repeated", level=Level.WARNING, source=observed("G3"),
    keeps=lambda: Sample((_text("a", "a1"), _text("b", "b2")), {}),
    breaks=lambda: Sample((_text("a", "a1"), _text("b", "a1")), {}),
)  # fmt: skip
def message_id_repeated(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """Different answers have different ids.

    Help: an application that files answers by id overwrites one by another
    """
    seen: dict[str, int] = {}
    for number, exchange in enumerate(exchanges):
        identity = _identity(exchange)
        if not isinstance(identity, str):
            continue
        if identity in seen:
            yield Lapse(f"exchanges {seen[identity] + 1} and {number + 1} both have the id "
                        f"`{identity}`", number)  # fmt: skip
        seen.setdefault(identity, number)


def _identity(exchange: Exchange) -> object:
    """The id of a message, or of an answer that is one JSON object."""
    message = message_in(exchange)
    if message is not None:
        return message.start.data.get("id") if message.start is not None else None
    response = exchange.response
    return JsonBody(response.body).object.get("id") if response is not None else None


@run_check(
    "RUN-012", "left-stream-felt", level=Level.ERROR, source=schema("the responses of the operation"),
    keeps=lambda: Sample((_text("a"), _text("b")), {}),
    breaks=lambda: Sample((_text("a"), exchange_from('status 500\nbody {"message": "busy"}')), {}),
)  # fmt: skip
def left_stream_felt(exchanges: Sequence[Exchange], *, streaming: int = 0) -> Iterator[Lapse]:
    """A client that leaves in mid-stream ends that stream, and changes nothing for others.

    Help: every user who closes a window costs the server a stream that nobody reads
    """
    before, after = exchanges[0].response, exchanges[-1].response
    if before is None or before.status != _OK:
        return
    if after is not None and after.status != _OK:
        yield Lapse(
            f"status `{after.status}` after clients left in mid-stream, and `{before.status}` "
            "before",
            len(exchanges) - 1,
        )
    if streaming:
        yield Lapse(f"{streaming} streams go on {_SECONDS_TO_NOTICE:g} s after their client left")


# -- the cases ---------------------------------------------------------------------------------


class _Left(Exception):
    """The client leaves."""


def _leave(_piece: bytes) -> None:
    raise _Left


def _parallel(play: Play) -> None:
    from concurrent.futures import ThreadPoolExecutor

    requests = [asking(play, _ABOUT.format(word)) for word in _WORDS]
    with ThreadPoolExecutor(len(requests)) as pool:
        futures = [pool.submit(play.exchange, request) for request in requests]
        answers = []
        for future in futures:
            try:
                answers.append(play.judge(future.result()))
            except Unreached:
                continue
    # One more when all is over: what it has of the others was left behind.
    answers.append(play.judge(play.exchange(asking(play, _ABOUT.format(_LATER)))))
    served = [answer for answer in answers if play.served(answer)]
    if len(served) == len(_WORDS) + 1:
        play.demand(streams_mixed, served, words=[*_WORDS, _LATER])
        play.demand(message_id_repeated, served)


def _leaving(play: Play) -> None:
    """Leave a few streams after their first piece; on our mock also see whether it notices."""
    before = play.judge(play.exchange(asking(play)))
    if not play.served(before):
        return
    for _ in range(3):
        try:
            play.exchange(asking(play), watch=_leave)
        except _Left:
            continue
    after = play.judge(play.exchange(asking(play)))
    streaming = _left_on_mock(play) if play.session.settings.is_mock else 0
    play.demand(left_stream_felt, [before, after], streaming=streaming)


def _left_on_mock(play: Play) -> int:
    """How many streams a mock of its own still sends after their clients left."""
    from conformance.targets.mock import MockTarget

    target = MockTarget(play.session.settings.target)
    with target:
        gate = target.server.hold()
        gate.let()
        try:
            target.send(asking(play), watch=_leave, timeout=play.session.timeout)
        except _Left:
            pass
        else:
            return 0  # the answer was over before the client could leave
        deadline = time.monotonic() + _SECONDS_TO_NOTICE
        while target.server.active and time.monotonic() < deadline:
            time.sleep(0.005)
        return target.server.active


def transport_cases() -> list[Case]:
    """The cases about transport."""
    chat = ("chat-stream",)
    return [
        Case("chat-stream/transport/prompt", "events come while the answer is made",
             Kind.TRANSPORT, chat, prompt, 1),
        Case("chat-stream/transport/leaving", "clients that leave in mid-stream", Kind.TRANSPORT,
             chat, _leaving, 5),
        Case("chat-stream/transport/parallel", "four streams at the same time, and one after them", Kind.TRANSPORT,
             chat, _parallel, len(_WORDS) + 1),
    ]  # fmt: skip
