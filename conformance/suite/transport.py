"""How a stream travels: events come as they are made, streams do not mix, a client may leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.registry import observed, prose
from conformance.suite.case import Case, Kind
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.suite.play import Unreached, encoded
from conformance.suite.shows import message_in
from conformance.transcript import exchange_from
from conformance.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.suite.play import Play
    from conformance.wire import Exchange

__all__ = ["transport_cases"]

_WORDS = ("kestrel", "oyster", "bollard", "sextant")


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
    """An answer has nothing that belongs to another one that is streamed at the same time.

    Help: a user sees parts of the answer to somebody else
    """
    for number, (exchange, own) in enumerate(zip(exchanges, words, strict=True)):
        response = exchange.response
        if response is None or response.status != 200:  # noqa: PLR2004
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
    """Different messages have different ids.

    Help: an application that files messages by id overwrites one by another
    """
    seen: dict[str, int] = {}
    for number, exchange in enumerate(exchanges):
        message = message_in(exchange)
        start = message.start if message is not None else None
        identity = start.data.get("id") if start is not None else None
        if not isinstance(identity, str):
            continue
        if identity in seen:
            yield Lapse(
                f"two messages have the id `{identity}`: in exchange {seen[identity] + 1} and "
                f"{number + 1}",
                number,
            )
        seen.setdefault(identity, number)


def _parallel(play: Play) -> None:
    from concurrent.futures import ThreadPoolExecutor

    requests = []
    for word in _WORDS:
        documents = [{"id": f"notes-{word}", "data": {"text": f"The word is {word}."}}]
        said = f"What is the word in the notes? Use it in two sentences about a {word}."
        body = {"messages": [{"role": "user", "content": said}], "documents": documents}
        requests.append(play.request(encoded(play.body(body))))
    with ThreadPoolExecutor(len(requests)) as pool:
        futures = [pool.submit(play.exchange, request) for request in requests]
        answers = []
        for future in futures:
            try:
                answers.append(play.judge(future.result()))
            except Unreached:
                continue
    served = [answer for answer in answers if play.served(answer)]
    if len(served) == len(_WORDS):
        play.demand(streams_mixed, served, words=_WORDS)
        play.demand(message_id_repeated, served)


def transport_cases() -> list[Case]:
    """The cases about transport."""
    return [
        Case("chat-stream/transport/parallel", "four streams at the same time", Kind.TRANSPORT,
             ("chat-stream", "documents"), _parallel, len(_WORDS)),
    ]  # fmt: skip
