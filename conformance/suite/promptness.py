"""When the events of a stream came → whether they were sent as they were made, or held back.

On our own mock time is taken out of it: it sends a piece only when it is let. Elsewhere a long answer
is compared with a short one. A server that thinks before it speaks is late with both; one that
collects its answer first is the later the longer the answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from conformance.errors import NoAnswer
from conformance.rules.registry import prose
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.suite.play import encoded
from conformance.transcript import exchange_from
from conformance.verdict import Level
from conformance.wire import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.suite.play import Play
    from conformance.wire import Exchange, Request

__all__ = ["LONG", "asking", "prompt"]

_OK = 200
LONG = "Count from one to forty in words, one number a line."
_SHORT = "Answer with the one word: yes."
_DELTA = b"-delta"
# So many events, whose deltas come within so many seconds or such a part of the time before, come at once.
_MANY, _AT_ONCE, _PART = 20, 0.02, 0.05
# So late nobody is without a reason, in seconds.
_LATE = 1.0
# What is not so late is looked at more closely: a long answer is as many times later than a short
# one, and by so many seconds more, and that every time.
_LOOK, _TIMES, _MORE, _TRIES = 0.25, 3.0, 0.2, 3


class Pace(NamedTuple):
    """When the first and the last delta came, in seconds after the request; how many events there are."""

    first: float
    last: float
    events: int

    @property
    def at_once(self) -> bool:
        """There are many events, and the deltas came all together."""
        spread = max(_AT_ONCE, _PART * self.first)
        return self.events >= _MANY and self.last - self.first <= spread


def pace(exchange: Exchange) -> Pace | None:
    """When the deltas of a stream came; None when there are none, or no times."""
    response = exchange.response
    if response is None or response.status != _OK:
        return None
    first, last = response.body.find(_DELTA), response.body.rfind(_DELTA)
    times = [_time_at(response.chunks, place) for place in (first, last)]
    if first < 0 or times[0] is None or times[1] is None:
        return None
    return Pace(times[0], times[1], response.body.count(b"data:"))


def _time_at(chunks: Sequence[Chunk], place: int) -> float | None:
    return next((chunk.time for chunk in chunks if chunk.start <= place < chunk.end), None)


def _timed(first: float, last: float) -> Exchange:
    """A stream of many deltas whose first piece came at one time and whose last at another."""
    deltas = 'content-delta 0 "a"\n' * _MANY
    made = exchange_from(
        f"message-start\ncontent-start 0 text\n{deltas}content-end 0\nmessage-end COMPLETE"
    )
    assert made.response is not None  # a transcript has one
    body = made.response.body
    middle = body.find(_DELTA) + len(_DELTA)
    chunks = (Chunk(0, middle, first), Chunk(middle, len(body), last))
    return replace(made, response=replace(made.response, chunks=chunks))


@run_check(
    "RUN-013", "stream-held-back", level=Level.WARNING, source=prose("ST-01"),
    keeps=lambda: Sample((_timed(0.4, 2.4),), {}),
    breaks=lambda: Sample((_timed(2.4, 2.401),), {}),
)  # fmt: skip
def stream_held_back(
    exchanges: Sequence[Exchange], *, stuck: bool = False, short: float | None = None
) -> Iterator[Lapse]:
    """Events are sent as they are produced, and not all at once at the end.

    `short` is how many seconds a short answer takes, where that is known.

    Help: a user looks at nothing until the whole answer is there
    """
    if stuck:
        yield Lapse("the first events did not come until later ones were there")
        return
    for number, exchange in enumerate(exchanges):
        found = pace(exchange)
        if found is None or not found.at_once:
            continue
        late = _LATE if short is None else _TIMES * short + _MORE
        if found.first >= late:
            beside = "" if short is None else f"; a short answer takes {short:.2f} s"
            yield Lapse(
                f"{found.events} events came within {found.last - found.first:.3f} s, after "
                f"{found.first:.1f} s without any{beside}",
                number,
            )


def asking(play: Play, question: str = LONG, **more: object) -> Request:
    """A request with one question."""
    body = {"messages": [{"role": "user", "content": question}], **more}
    return play.request(encoded(play.body(body)))


def prompt(play: Play) -> None:
    """Events come while the answer is made: by the clock, and on our mock by its gate."""
    exchange = play.judge(play.exchange(asking(play)))
    if not play.served(exchange):
        return
    if play.session.settings.is_mock:
        play.demand(stream_held_back, [exchange])
        if _stuck(play):
            play.demand(stream_held_back, [exchange], stuck=True, level=Level.ERROR)
        return
    found = pace(exchange)
    short = _short(play) if found is not None and found.at_once and found.first >= _LOOK else None
    if short is None or not _always(play, short):
        play.demand(stream_held_back, [exchange])
    else:
        play.demand(stream_held_back, [exchange], short=short, level=Level.ERROR)


def _short(play: Play) -> float | None:
    """How long the first delta of a short answer takes at most; None if there is no short answer."""
    limit = {} if "max-tokens" in play.session.lacks else {"max_tokens": 2}
    taken = []
    for _ in range(_TRIES):
        found = pace(play.judge(play.exchange(asking(play, _SHORT, **limit))))
        if found is None:
            return None
        taken.append(found.first)
    return max(taken)


def _always(play: Play, short: float) -> bool:
    """A long answer is late, and then all there, every time: no hiccup of the machine is."""
    for _ in range(_TRIES):
        found = pace(play.judge(play.exchange(asking(play))))
        if found is None or not found.at_once or found.first < _TIMES * short + _MORE:
            return False
    return True


def _stuck(play: Play) -> bool:
    """A mock that sends each piece only when the one before it has come does not come to its end."""
    from conformance.targets.mock import MockTarget

    target = MockTarget(play.session.settings.target)
    with target:
        gate = target.server.hold()
        gate.let()
        try:
            found = target.send(
                asking(play), watch=lambda _: gate.let(), timeout=min(10.0, play.session.timeout)
            )
        except NoAnswer:
            return True
        response = found.response
        return response is not None and response.status == _OK and not response.complete
