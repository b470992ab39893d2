"""The calls of a program, one after the other → what only several of them, or their end, can show."""

from __future__ import annotations

import hashlib
import itertools
import json
import signal
import statistics
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.clients.clauses import CLAUSES, found
from conformance.contract import contract
from conformance.evidence import Evidence, EvidenceLine
from conformance.reading import read_stream
from conformance.verdict import Level, Party, Source, SourceKind
from conformance.violation import Violation, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.clients.clauses import Finding
    from conformance.wire import Exchange

__all__ = ["Call", "Habit", "Program", "findings_of_retries", "habits_of", "violation_of"]

_OK = 200
_ELSEWHERE = 300
_REFUSED = 400
# Refused for what the request says, or for the key: the same again is refused again. 408, 409, 425
# and 429 are refusals for the moment.
_HOPELESS = frozenset({400, 401, 402, 403, 404, 405, 413, 422, 498})
# Clocks differ, and a timer may fire early.
_SLACK = 0.05
_ATTEMPTS = 3
# Shorter than anybody waits on purpose, longer than a busy machine takes for nothing.
_PAUSE = 0.1
# How a server says when to come again; the second is in thousandths, and no standard has it.
_WAITS = ("retry-after", "retry-after-ms")
_SOURCES = {
    "CLIENT-024": Source(SourceKind.STANDARD, "RFC 9110 9.2.2"),
    "CLIENT-041": Source(SourceKind.STANDARD, "RFC 9110 9.2.2"),
    "CLIENT-042": Source(SourceKind.STANDARD, "RFC 9110 10.2.3"),
    "CLIENT-043": Source(SourceKind.STANDARD, "RFC 9110 9.2.2"),
    "CLIENT-047": Source(SourceKind.STANDARD, "RFC 9112"),
    "CLIENT-048": Source(SourceKind.STANDARD, "RFC 6750 5.3"),
}
_OTHERWISE = Source(SourceKind.OBSERVED, "what the program did")


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a program: `began` and `ended` are seconds on one clock.

    `left` says that the client closed the connection before the response was over, of which the events
    counted `sent` of `of`. `own_key` is False when another key was sent than the one given. `unread`
    is why it could not be read as HTTP. `more` is what else there is to say of the request alone.
    """

    exchange: Exchange
    began: float
    ended: float
    left: bool = False
    sent: int = 0
    of: int = 0
    own_key: bool = True
    unread: str = ""
    more: tuple[Finding, ...] = ()

    @property
    def status(self) -> int | None:
        """The status of the answer, None when there was none."""
        return self.exchange.response.status if self.exchange.response else None

    @property
    def redirected(self) -> bool:
        """The answer names another place, and whoever goes there makes no second attempt."""
        return self.status is not None and _ELSEWHERE <= self.status < _REFUSED

    @property
    def whole(self) -> bool:
        """A whole answer came."""
        response = self.exchange.response
        return response is not None and response.status == _OK and response.complete

    @property
    def served(self) -> bool:
        """A whole answer came, and if it was a stream, one that came to a good end."""
        response = self.exchange.response
        if response is None or not self.whole:
            return False
        if response.media_type != "text/event-stream":
            return True
        message = read_stream(response.body, contract()).message
        return message.end is not None and not message.failed


@dataclass(frozen=True, slots=True)
class Program:
    """How a program ended: its exit code, None when it had to be stopped after `seconds`.

    An exit code below 0 is the number of a signal. `fair` says that it was answered as the API may
    answer; `stalled`, that an answer was held back for ever; `interrupted`, that the user ended it.
    """

    code: int | None
    seconds: float
    fair: bool = True
    stalled: bool = False
    interrupted: bool = False

    @property
    def ended(self) -> str:
        """How it ended, in a few words."""
        if self.interrupted:
            return "was interrupted"
        if self.code is None:
            return f"did not end within {self.seconds:g} s"
        if self.code < 0:
            with suppress(ValueError):
                return f"was ended by {signal.Signals(-self.code).name}"
        return f"ended with exit code {self.code}"


@dataclass(frozen=True, slots=True)
class Habit:
    """A finding, and the call that it shows in, from 0; None for the program as a whole."""

    finding: Finding
    call: int | None = None


def habits_of(calls: list[Call], program: Program) -> list[Habit]:
    """All that is to be said of the calls of one run, in their order."""
    return [
        *_streams(calls),
        *_attempts(calls),
        *_delivered(calls),
        *_keys(calls),
        *(Habit(each, number) for number, call in enumerate(calls) for each in call.more),
        *_ending(calls, program),
    ]


def findings_of_retries(
    exchanges: Sequence[Exchange], began: Sequence[float], ended: Sequence[float]
) -> list[Finding]:
    """What is wrong with how one call was asked for again; all times are seconds on one clock."""
    if not len(exchanges) == len(began) == len(ended):
        return []  # not all of them are known yet, and what lies between two attempts may be missing
    calls = [Call(*each) for each in zip(exchanges, began, ended, strict=True)]
    return [habit.finding for habit in _attempts(calls)]


def _attempts(calls: list[Call]) -> Iterator[Habit]:
    """What the attempts of one call show: requests that are alike, each after the last had failed."""
    for numbers in _repeated(calls):
        yield from _refused(calls, numbers)
        yield from _waits(calls, numbers)
        told = any(_told_to_wait(calls[number]) for number in numbers)
        if len(numbers) >= _ATTEMPTS and _pause(calls, numbers) < _PAUSE and not told:
            spent = calls[numbers[-1]].began - calls[numbers[0]].ended
            said = f"{len(numbers)} attempts within {spent:.2f} s"
            yield Habit(found("retries-without-pause", said), numbers[-1])


def _pause(calls: list[Call], numbers: list[int]) -> float:
    """The middle one of the pauses between attempts: a first one at once is no habit."""
    pauses = [calls[b].began - calls[a].ended for a, b in itertools.pairwise(numbers)]
    return statistics.median_high(pauses)


def _streams(calls: list[Call]) -> Iterator[Habit]:
    for number, call in enumerate(calls):
        if call.left and call.sent < call.of:
            said = f"the connection was closed after {call.sent} of {call.of} events"
            yield Habit(found("leaves-stream", said), number)


def _refused(calls: list[Call], numbers: list[int]) -> Iterator[Habit]:
    """A request that is refused for what it says, and sent again."""
    hopeless = next((n for n in numbers[:-1] if calls[n].status in _HOPELESS), None)
    if hopeless is not None:
        again = len(numbers) - 1
        times = f", {again} times" if again > 1 else ""
        said = f"a request that was refused with {calls[hopeless].status} was sent again unchanged"
        yield Habit(found("retries-what-is-refused", said + times), numbers[1])


def _delivered(calls: list[Call]) -> Iterator[Habit]:
    """A stream that had begun, and was asked for again."""
    for numbers in _repeated(calls):
        for number, following in itertools.pairwise(numbers):
            events = _events(calls[number].exchange)
            if calls[number].status == _OK and events:
                said = f"the request was sent again after {events} events had arrived"
                yield Habit(found("repeats-delivered-call", said), following)


def _waits(calls: list[Call], numbers: list[int]) -> Iterator[Habit]:
    for number, following in itertools.pairwise(numbers):
        response = calls[number].exchange.response
        asked = (response.header("retry-after") or "") if response is not None else ""
        waited = calls[following].began - calls[number].ended
        if asked.isdecimal() and waited < int(asked) - _SLACK:
            said = f"asked to wait {asked} s, the client sent again after {max(0.0, waited):.2f} s"
            yield Habit(found("ignores-retry-after", said), following)
            return


def _told_to_wait(call: Call) -> bool:
    response = call.exchange.response
    return response is not None and any(response.header(name) is not None for name in _WAITS)


def _repeated(calls: list[Call]) -> list[list[int]]:
    """The numbers of calls that are attempts at the same, where there is more than one."""
    runs: dict[tuple[str, bytes], list[list[int]]] = {}
    for number, call in enumerate(calls):
        request = call.exchange.request
        if request is None:
            continue
        made = runs.setdefault((request.path, request.body), [])
        last = calls[made[-1][-1]] if made else None
        # The same again after a whole answer is another call; one that began before, a parallel one.
        if last is None or last.whole or last.redirected or call.began < last.ended:
            made.append([number])
        else:
            made[-1].append(number)
    return [run for some in runs.values() for run in some if len(run) > 1]


def _events(exchange: Exchange) -> int:
    response = exchange.response
    if response is None or response.media_type != "text/event-stream":
        return 0
    return len(read_stream(response.body, contract()).events)


def _keys(calls: list[Call]) -> Iterator[Habit]:
    number = next((n for n, call in enumerate(calls) if not call.own_key), None)
    if number is not None:
        said = "the key in `Authorization` is not the one that the program was given"
        yield Habit(found("uses-another-key", said), number)


def _ending(calls: list[Call], program: Program) -> Iterator[Habit]:
    if program.interrupted:
        return
    if program.code is None:
        level = Level.WARNING if program.stalled else None
        yield Habit(found("hangs", f"the program {program.ended}", level=level))
    elif program.fair and program.code and calls:
        if not all(call.whole or call.left for call in calls):
            return
        said = f"the program {program.ended}, although all its calls were answered"
        yield Habit(found("fails-beside-the-mock", said))
    elif not program.fair and not program.code and calls and not _any_served(calls):
        said = "the program ended with exit code 0, and no call got a whole answer"
        yield Habit(found("ends-well-without-answers", said))


def _any_served(calls: list[Call]) -> bool:
    """Some answer was whole, or would have been had the client stayed."""
    return any(call.served or call.left for call in calls)


def violation_of(habit: Habit, calls: list[Call], file: str, endpoint: str) -> Violation:
    """A habit as a violation, placed in the exchange that it shows in."""
    finding = habit.finding
    number = 0 if habit.call is None else habit.call
    mark = json.dumps([finding.code, file.partition(" ")[0]])
    lines = tuple(
        EvidenceLine(n + 1, _label(call), one_line(_told(calls, n)))
        for n, call in enumerate(calls)
        if habit.call is not None and number - _ATTEMPTS < n <= number
    )
    return Violation(
        code=finding.code,
        name=finding.name,
        level=finding.level,
        party=Party.CLIENT,
        source=_SOURCES.get(finding.code, _OTHERWISE),
        message=one_line(finding.message),
        endpoint=endpoint,
        file=file,
        exchange=number + 1,
        line=None,
        event=None,
        events=None,
        byte=None,
        pointer=None,
        state="",
        help=CLAUSES[finding.code].help,
        evidence=Evidence(lines),
        fingerprint=hashlib.sha256(mark.encode()).hexdigest()[:12],
    )


def _label(call: Call) -> str:
    request = call.exchange.request
    return "" if request is None else f"{request.method} {request.path}"


def _told(calls: list[Call], number: int) -> str:
    call = calls[number]
    after = f"after {call.began - calls[0].began:.2f} s"
    came = "no answer" if call.status is None else str(call.status)
    if call.left:
        came += ", left"
    return f"{after}: {came}"
