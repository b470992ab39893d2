"""Usage at the end of a message: whether it is there, whole, and consistent with itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.rules.parts import message_of
from conformance.rules.registry import Finding, observed, prose, rule
from conformance.rules.wording import quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.events import Event
    from conformance.subject import Subject

_USAGE = "/delta/usage"


def _end(subject: Subject) -> Event | None:
    """The message-end of a generation that did not fail."""
    message = message_of(subject)
    return None if message is None or message.failed else message.end


def _number(value: object) -> int | float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


@rule("CHAT-103", "missing-usage", party=Party.SERVER, source=prose("ST-02"))
def missing_usage(subject: Subject) -> Iterator[Finding]:
    """The message-end of a generation that did not fail has a usage.

    Help: an application that counts tokens or cost counts nothing, or raises
    Conforms:
        message-start
        message-end ERROR + {"delta": {"usage": null, "error": "generation failed"}}
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE + {"delta": {"usage": null}}
    """
    end = _end(subject)
    delta = end.at("delta") if end is not None else None
    if end is not None and isinstance(delta, dict) and "usage" not in delta:
        yield Finding(
            f"`message-end` with {quote(delta.get('finish_reason'))} has no `usage`",
            event=end.number,
            pointer="/delta",
            note="no `usage`",
        )


@rule(
    "CHAT-104", "incomplete-usage", party=Party.SERVER, source=prose("ST-02"), level=Level.WARNING
)
def incomplete_usage(subject: Subject) -> Iterator[Finding]:
    """The usage tells input and output tokens, both as billed and as counted.

    Help: an application that adds up tokens reads a member that is not there
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE + {"delta": {"usage": {"billed_units": null}}}
    """
    end = _end(subject)
    usage = end.at("delta", "usage") if end is not None else None
    if end is None or not isinstance(usage, dict):
        return
    missing: list[str] = []
    for part in ("billed_units", "tokens"):
        if part not in usage:
            missing.append(part)
        elif isinstance(usage[part], dict):
            names = ("input_tokens", "output_tokens")
            missing += [f"{part}.{name}" for name in names if name not in usage[part]]
    if missing:
        yield Finding(
            f"the usage lacks {', '.join(quote(name) for name in missing)}",
            event=end.number,
            pointer=_USAGE,
            note=f"no `{missing[0]}`",
        )


# (what, of what it is a part): the first is never more than the second.
_PARTS = (
    (("cached_tokens",), ("tokens", "input_tokens")),
    (("tokens", "reasoning_tokens"), ("tokens", "output_tokens")),
    (("billed_units", "output_tokens"), ("tokens", "output_tokens")),
)


@rule("CHAT-105", "usage-inconsistent", party=Party.SERVER, source=observed("D3"))
def usage_inconsistent(subject: Subject) -> Iterator[Finding]:
    """Tokens that are a part of others are not more than these.

    Cached tokens are input tokens, tokens of thinking and billed output tokens are output tokens.

    Help: an application that subtracts one from the other shows negative counts
    Conforms:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE + {"delta": {"usage": {"cached_tokens": 60}}}
    Breaks:
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end COMPLETE + {"delta": {"usage": {"cached_tokens": 61}}}
    """
    end = _end(subject)
    if end is None:
        return

    def count(path: tuple[str, ...]) -> Any:
        return _number(end.at("delta", "usage", *path))

    for part, whole in _PARTS:
        less, most = count(part), count(whole)
        if less is not None and most is not None and less > most >= 0:
            yield Finding(
                f"`{'.'.join(part)}` is {quote(less)}, more than {quote(most)} of "
                f"`{'.'.join(whole)}`",
                event=end.number,
                pointer="/".join((_USAGE, *part)),
                note=f"more than {quote(most)}",
            )


@rule("CHAT-119", "over-max-tokens", party=Party.SERVER, source=prose("CR-08"), level=Level.WARNING)
def over_max_tokens(subject: Subject) -> Iterator[Finding]:
    """No more output tokens are billed than the request allows in max_tokens.

    Help: an application that caps the cost pays more than its cap
    Conforms:
        > {"max_tokens": 2}
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end MAX_TOKENS
    Breaks:
        > {"max_tokens": 1}
        message-start
        content-start 0 text
        content-delta 0 "Hi"
        content-end 0
        message-end MAX_TOKENS
    """
    end = _end(subject)
    most = _number(subject.request.get("max_tokens"))
    if end is None or most is None or most < 0:
        return  # nobody can keep to a negative limit
    billed = _number(end.at("delta", "usage", "billed_units", "output_tokens"))
    if billed is not None and billed > most:
        yield Finding(
            f"{quote(billed)} output tokens are billed, `max_tokens` is {quote(most)}",
            event=end.number,
            pointer=f"{_USAGE}/billed_units/output_tokens",
            note=f"more than {quote(most)}",
        )
