"""Checks of a run about single answers, beside the rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.rules.refusals import refusal_in
from conformance.rules.registry import observed, prose, schema, standard
from conformance.suite.checks import Lapse, Sample, run_check
from conformance.suite.shows import message_in
from conformance.transcript import exchange_from
from conformance.verdict import Level
from conformance.wire import Exchange, Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LAST_STATUS = 599
# RFC 9110 15.6.2: what a server answers that knows the method for no resource at all.
_FAILURE, _NOT_IMPLEMENTED = 500, 501
_RESPONSES = schema("the responses of the operation")
_TEXT = """
message-start
content-start 0 text
content-delta 0 "one two three"
content-end 0
message-end COMPLETE
"""


def _one(text: str = _TEXT) -> Exchange:
    return exchange_from(text)


def _silence() -> Exchange:
    return Exchange(Request("POST", "http://localhost/v2/chat"), None)


@run_check(
    "RUN-001", "no-answer", level=Level.ERROR, source=_RESPONSES,
    keeps=lambda: Sample((_one(),), {}),
    breaks=lambda: Sample((_silence(),), {"why": "connection reset"}),
)  # fmt: skip
def no_answer(exchanges: Sequence[Exchange], *, why: str = "") -> Iterator[Lapse]:
    """A request to a server that can be reached is answered.

    Help: a client waits in vain, or has to guess whether its request was served
    """
    for number, exchange in enumerate(exchanges):
        if exchange.response is None:
            yield Lapse(f"no answer: {why or 'the connection ended'}", number)
        elif exchange.response.status > _LAST_STATUS:
            # RFC 9110 15 knows five classes; what another one says, nobody can tell.
            yield Lapse(f"no answer: `{exchange.response.status}` is no status of HTTP", number)


@run_check(
    "RUN-002", "declared-not-shown", level=Level.ERROR, source=prose("--declare"),
    keeps=lambda: Sample((_one(),), {"missing": []}),
    breaks=lambda: Sample((_one(),), {"missing": ["a tool call"]}),
)  # fmt: skip
def declared_not_shown(
    exchanges: Sequence[Exchange], *, missing: Sequence[str], why: str = ""
) -> Iterator[Lapse]:
    """An answer shows the features that the server is declared to have.

    Help: a client that relies on the feature does not get it
    """
    for what in missing:
        yield Lapse(f"the answer does not show {what}{why}", len(exchanges) - 1)


@run_check(
    "RUN-003", "wrong-method-served", level=Level.ERROR,
    source=schema("the methods of the path"),
    keeps=lambda: Sample((_one("method GET\nstatus 405\nbody {}"),), {}),
    breaks=lambda: Sample((_one("method GET\n" + _TEXT),), {}),
)  # fmt: skip
def wrong_method_served(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """A request by another method than the described one is refused.

    Help: a client, a cache or a crawler that sends GET sets off what only POST should
    """
    for number, exchange in enumerate(exchanges):
        request, response = exchange.request, exchange.response
        if request is None or response is None:
            continue
        served = 200 <= response.status < 300  # noqa: PLR2004
        if served or (response.status >= _FAILURE and response.status != _NOT_IMPLEMENTED):
            said = f"{request.method} is answered with status `{response.status}`"
            yield Lapse(f"{said}, expected a refusal, as 405", number)


@run_check(
    "RUN-015", "wrong-key-served", level=Level.WARNING, source=prose("ER-03"),
    keeps=lambda: Sample((_one('status 401\nbody {"message": "invalid api token"}'),), {}),
    breaks=lambda: Sample((_one(),), {}),
)  # fmt: skip
def wrong_key_served(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """A request with a key that nobody gave out is refused.

    A server may mean to take any key, so that it is an error only where `auth` is declared.

    Help: who has no key uses the server on the account of those who have one
    """
    for number, exchange in enumerate(exchanges):
        response = exchange.response
        if response is not None and 200 <= response.status < 300:  # noqa: PLR2004
            said = f"status `{response.status}` for a request with a made-up key"
            yield Lapse(f"{said}, expected a refusal, as 401", number)


@run_check(
    "RUN-004", "longer-than-max-tokens", level=Level.WARNING, source=prose("CR-08"),
    keeps=lambda: Sample((_one(),), {"most": 3}),
    breaks=lambda: Sample((_one(),), {"most": 2}),
)  # fmt: skip
def longer_than_max_tokens(exchanges: Sequence[Exchange], *, most: int) -> Iterator[Lapse]:
    """A text has no more words than `max_tokens` allows tokens, since a word is a token or more.

    Help: a client that limits length, cost or time gets more than it asked for
    """
    for number, exchange in enumerate(exchanges):
        message = message_in(exchange)
        words = len(message.text().split()) if message is not None else 0
        if words > most:
            yield Lapse(f"the text has {words} words, and `max_tokens` is {most}", number)


_TWO_AT_ONE_INDEX = """
message-start
content-start 0 text
content-delta 0 "one"
content-end 0
content-start 0 text
content-delta 0 "two"
content-end 0
message-end COMPLETE
"""


# A shorter text may be what a server does not count.
_WORDS = 10
_UNCOUNTED = ' + {"delta": {"usage": {"tokens": {"output_tokens": 0}}}}'


@run_check(
    "RUN-026", "uncounted-tokens", level=Level.WARNING, source=observed("A4"),
    keeps=lambda: Sample((_one(_TEXT.replace("three", "three " * _WORDS)),), {}),
    breaks=lambda: Sample(
        (_one(_TEXT.replace("three", "three " * _WORDS).strip() + _UNCOUNTED),), {}
    ),
)  # fmt: skip
def uncounted_tokens(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """The tokens of a question and of its answer are counted.

    Help: an application that limits or bills by tokens never meets its limit
    """
    for number, exchange in enumerate(exchanges):
        message = message_in(exchange)
        if message is None or message.end is None or message.failed:
            continue
        words = len(message.text().split())
        for name in ("input_tokens", "output_tokens"):
            if words >= _WORDS and message.end.at("delta", "usage", "tokens", name) == 0:
                yield Lapse(f"`{name}` is `0`, and the answer has {words} words", number)
                break


# How models mark where thinking begins and ends, and the tokens of chat templates.
_MARKS = re.compile(r"</?think(?:ing)?>|<\|[A-Za-z_]+\|>")


@run_check(
    "RUN-030", "marks-in-text", level=Level.WARNING, source=prose("ST-04, TH-02"),
    keeps=lambda: Sample((_one(_TEXT.replace("one", "<b> |x|")),), {}),
    breaks=lambda: Sample((_one(_TEXT.replace("one", "<think>one</think>")),), {}),
)  # fmt: skip
def marks_in_text(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """A text has none of the marks by which a model tells thinking, calls and turns apart.

    Help: a user reads what the model thought, or marks that mean nothing to anybody
    """
    for number, exchange in enumerate(exchanges):
        message = message_in(exchange)
        text = message.text() if message is not None else ""
        found = _MARKS.search(text)
        asked = exchange.request.body if exchange.request is not None else b""
        # A model may repeat what it was sent.
        if found and found.group().encode() not in asked:
            near = text[max(0, found.start() - 20) : found.end() + 60]
            yield Lapse(f"the text holds `{found.group()}`", number, (("text", near),))


_FAILED = 'message-start\nmessage-end ERROR + {"delta": {"error": "%s"}}'


def documented_failure(exchange: Exchange) -> str | None:
    """The documented reason for which a generation failed, None when there is none."""
    message = message_in(exchange)
    if message is None or not message.failed or message.end is None:
        return None
    told = {
        "message": message.end.at("delta", "error"),
        "error_type": message.end.at("delta", "error_type"),
    }
    known = refusal_in(told)
    return known.reason if known is not None else None


@run_check(
    "RUN-014", "generation-failed", level=Level.ERROR, source=prose("ER-07"),
    keeps=lambda: Sample((_one(_FAILED % "too many tokens"),), {}),
    breaks=lambda: Sample((_one(_FAILED % "something went wrong"),), {}),
)  # fmt: skip
def generation_failed(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """The answer to a sound request comes to its end, unless there is a documented reason.

    Help: a client that does nothing wrong gets a part of an answer, or none
    """
    for number, exchange in enumerate(exchanges):
        message = message_in(exchange)
        if message is None or not message.failed or documented_failure(exchange) is not None:
            continue
        said = message.end.at("delta", "error") if message.end is not None else None
        told = f": `{said}`" if isinstance(said, str) else ""
        yield Lapse(f"the generation ends with `{message.finish_reason}`{told[:200]}", number)


@run_check(
    "RUN-022", "two-lengths", level=Level.ERROR, source=standard("RFC 9112 6.2"),
    keeps=lambda: Sample((_one("header transfer-encoding: chunked\n" + _TEXT),), {}),
    breaks=lambda: Sample(
        (_one("header transfer-encoding: chunked\nheader content-length: 9\n" + _TEXT),), {}
    ),
)  # fmt: skip
def two_lengths(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """A response tells its length by Content-Length or by Transfer-Encoding, not by both.

    Help: of two readers on the way each may see the end at another place, and take what follows for
    another answer
    """
    for number, exchange in enumerate(exchanges):
        response = exchange.response
        if response is None or response.header("transfer-encoding") is None:
            continue
        length = response.header("content-length")
        if length is not None:
            yield Lapse(f"`Content-Length: {length}` beside `Transfer-Encoding`", number)


@run_check(
    "RUN-008", "joined-deltas", level=Level.ERROR, source=prose("ST-04, ST-07"),
    keeps=lambda: Sample((_one(),), {}),
    breaks=lambda: Sample((_one(_TWO_AT_ONE_INDEX),), {}),
)  # fmt: skip
def joined_deltas(exchanges: Sequence[Exchange]) -> Iterator[Lapse]:
    """A client that joins deltas by `index`, as the documentation shows, has the blocks of the message.

    Help: clients that keep a text for each index, as most do, mix or lose parts of the answer
    """
    for number, exchange in enumerate(exchanges):
        message = message_in(exchange)
        if message is None:
            continue
        joined: dict[tuple[str, int], str] = {}
        for place, block in enumerate(message.blocks):
            index = block.index if isinstance(block.index, int) else place
            key = (block.kind, index)
            joined[key] = joined.get(key, "") + block.text
        blocks = [block.text for block in message.blocks]
        if list(joined.values()) != blocks:
            yield Lapse(
                f"{len(blocks)} blocks come, and joined by index there are {len(joined)}",
                number,
                tuple(("block", text[:80]) for text in blocks),
            )
