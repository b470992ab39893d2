"""What was sent and what the caller got, channel by channel → findings.

Only what a client surfaces is compared, and only what it tells: the caller's view may be coarser
than the wire, but not different from it.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from conformance.clients.clauses import found
from conformance.clients.finish import fits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.clients.case import Expected
    from conformance.clients.channels import Cited, Ranked, ToolCall, Usage
    from conformance.clients.clauses import Finding
    from conformance.clients.observed import Observed

__all__ = ["billed", "compared", "finished_early", "sent_channels"]

_AROUND = 24
_PRECISION = 1e-6
_PIECES = frozenset({"text", "thinking", "tool_plan", "tool_call", "citation"})


def sent_channels(expect: Expected) -> frozenset[str]:
    """The channels in which an answer says something."""
    says = {
        "text": expect.text,
        "thinking": expect.thinking,
        "tool_plan": expect.tool_plan,
        "tool_calls": expect.calls,
        "citations": expect.citations,
        "finish": expect.finish,
        "usage": expect.usage,
        "cached_tokens": expect.cached_tokens,
        "logprobs": expect.logprobs,
        "results": expect.results,
    }
    return frozenset(channel for channel, value in says.items() if value)


def compared(expect: Expected, got: Observed, surfaces: frozenset[str]) -> list[Finding]:
    """How what the caller got differs from what was sent, in the channels that the client surfaces."""
    findings: list[Finding] = []
    for channel, compare in _COMPARE.items():
        if channel in surfaces and channel not in expect.doubtful:
            findings += compare(expect, got, surfaces)
    return findings


def finished_early(got: Observed) -> Iterator[Finding]:
    """Whether the caller was told that the answer had ended, then more of it, and the end once more.

    What follows the last of these words may come from one object with it, whose parts an adapter
    tells in any order.
    """
    ends = [place for place, line in enumerate(got.lines) if line["type"] == "finish"]
    if not ends:
        return
    between = got.lines[ends[0] : ends[-1]]
    more = sum(line["type"] in _PIECES and line.get("text") != "" for line in between)
    if more:
        word = got.lines[ends[0]]["reason"]
        said = f"the caller was told `{word}`, and {more} more pieces of the answer came behind it"
        yield found("finishes-early", said, "finish")


def _text(expect: Expected, got: Observed, surfaces: frozenset[str]) -> Iterator[Finding]:
    wanted = expect.text
    if (
        "tool_plan" not in surfaces
        and expect.tool_plan
        and got.text == expect.tool_plan + expect.text
    ):
        return  # the plan has no place of its own there, and stands before the answer
    yield from _texts("text", wanted, got.text)


def _thinking(expect: Expected, got: Observed, _: frozenset[str]) -> Iterator[Finding]:
    yield from _texts("thinking", expect.thinking, got.thinking)


def _plan(expect: Expected, got: Observed, _: frozenset[str]) -> Iterator[Finding]:
    yield from _texts("tool_plan", expect.tool_plan, got.tool_plan)


def _texts(channel: str, wanted: str, got: str) -> Iterator[Finding]:
    if wanted == got:
        return
    evidence = _around(wanted, got)
    if not wanted:
        said = f"`{channel}`: nothing was sent, and {len(got)} characters arrived"
        yield found("invents", said, channel, evidence=evidence)
    elif not got:
        said = f"`{channel}`: {len(wanted)} characters were sent, and none arrived"
        yield found("drops", said, channel, evidence=evidence)
    elif len(got) % len(wanted) == 0 and wanted * (len(got) // len(wanted)) == got:
        said = f"`{channel}` arrived {len(got) // len(wanted)} times"
        yield found("repeats", said, channel, evidence=evidence)
    elif wanted.startswith(got):
        said = f"`{channel}`: {len(got)} of {len(wanted)} characters arrived"
        yield found("truncates", said, channel, evidence=evidence)
    elif _is_stutter(wanted, got):
        said = f"`{channel}`: {len(got) - len(wanted)} characters arrived once more"
        yield found("repeats", said, channel, evidence=evidence)
    else:
        said = f"`{channel}` differs from character {_differs_at(wanted, got) + 1} on"
        yield found("alters", said, channel, evidence=evidence)


def _is_stutter(wanted: str, got: str) -> bool:
    """One stretch of the text came twice, the second right behind the first."""
    more, at = len(got) - len(wanted), _differs_at(wanted, got)
    twice = got[at - more : at] == got[at : at + more]
    return 0 < more <= at and twice and wanted == got[:at] + got[at + more :]


def _calls(expect: Expected, got: Observed, _: frozenset[str]) -> Iterator[Finding]:
    wanted, had = expect.calls, got.calls
    counted = _counted("tool_calls", [_shown(c) for c in wanted], [_shown(c) for c in had])
    if counted is not None:
        yield counted
        # Behind those that stand for what was sent there may be others.
        if counted.name != "invents" or not _begin_alike(wanted, had):
            return
    for number, (call, other) in enumerate(zip(wanted, had, strict=False), start=1):
        for member, right, other_value in (
            ("name", call.name, other.name),
            ("id", call.id, other.id),
        ):
            if other_value is not None and other_value != right:
                said = f"`tool_calls`: the {member} of call {number} differs"
                pair = (("sent", str(right)), ("arrived", other_value))
                yield found("alters", said, "tool_calls", evidence=pair)
            elif other_value is None and member == "name" and right is not None:
                said = f"`tool_calls`: call {number} arrived without its name"
                yield found("drops", said, "tool_calls", evidence=(("sent", right),))
        yield from _arguments(number, call.arguments, other.arguments)


def _begin_alike(wanted: Sequence[ToolCall], had: Sequence[ToolCall]) -> bool:
    """Whether the first calls that arrived have the names of those that were sent."""
    return [call.name for call in wanted] == [call.name for call in had[: len(wanted)]]


def _arguments(number: int, wanted: str, got: str) -> Iterator[Finding]:
    if wanted == got or _value(wanted) == _value(got):
        return
    evidence = _around(wanted, got)
    where = f"`tool_calls`: the arguments of call {number}"
    if not got:
        yield found("drops", f"{where} did not arrive", "tool_calls", evidence=evidence)
    elif wanted and len(got) % len(wanted) == 0 and wanted * (len(got) // len(wanted)) == got:
        times = len(got) // len(wanted)
        yield found("repeats", f"{where} arrived {times} times", "tool_calls", evidence=evidence)
    elif wanted.startswith(got):
        yield found("truncates", f"{where} arrived in part", "tool_calls", evidence=evidence)
    else:
        yield found("alters", f"{where} differ", "tool_calls", evidence=evidence)


def _value(text: str) -> tuple[str, str]:
    """What makes two argument texts the same: their JSON value; no text at all is no arguments."""
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return ("text", text)
    return ("json", json.dumps(_numbers(value), sort_keys=True))


def _numbers(value: object) -> object:
    """A JSON value in which 1.0 is 1: both are the same number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    if isinstance(value, dict):
        return {name: _numbers(each) for name, each in value.items()}
    return value


def _citations(expect: Expected, got: Observed, _: frozenset[str]) -> Iterator[Finding]:
    wanted, had = list(expect.citations), list(got.citations)
    counted = _counted("citations", [_cite(c) for c in wanted], [_cite(c) for c in had])
    if counted is not None:
        yield counted
        return
    # Which citation is told first is the client's affair.
    left = list(had)
    for citation in wanted:
        match = next((other for other in left if _same(citation, other)), None)
        if match is None:
            said = "`citations`: one that was sent did not arrive as it was sent"
            near = next((c for c in left if c.start == citation.start), left[0])
            pair = (("sent", _cite(citation)), ("arrived", _cite(near)))
            yield found("alters", said, "citations", evidence=pair)
            return
        left.remove(match)


def _same(sent: Cited, got: Cited) -> bool:
    """Whether what is told of a citation is what was sent; members that are not told do not count."""
    pairs = ((sent.start, got.start), (sent.end, got.end), (sent.text, got.text))
    if any(other is not None and right != other for right, other in pairs):
        return False
    return got.sources is None or sorted(sent.sources or ()) == sorted(got.sources)


def _finish(expect: Expected, got: Observed, _: frozenset[str]) -> Iterator[Finding]:
    if expect.finish is None:
        return
    if got.finish is None:
        said = f"the answer ended with `{expect.finish}`, and the caller was not told why"
        yield found("drops", said, "finish")
    elif not fits(expect.finish, got.finish):
        said = f"the answer ended with `{expect.finish}`, and the caller was told `{got.finish}`"
        yield found("misreads-finish", said, "finish")


def _usage(expect: Expected, got: Observed, _: frozenset[str]) -> Iterator[Finding]:
    if not expect.usage:
        return
    shown = ", or ".join(_pair(usage) for usage in expect.usage)
    had = got.usage
    if had is None and expect.results is not None:
        return  # a ranking is billed by searches, and few clients have a place for tokens there
    if had is None or (had.input_tokens is None and had.output_tokens is None):
        yield found("drops", "`usage` did not arrive", "usage", evidence=(("sent", shown),))
        return
    wrong = []
    for name, value, rights in (
        ("input", had.input_tokens, [u.input_tokens for u in expect.usage]),
        ("output", had.output_tokens, [u.output_tokens for u in expect.usage]),
    ):
        known = [right for right in rights if right is not None]
        if value is not None and known and value not in known:
            wrong.append(name)
    if wrong:
        said = f"`usage`: the count of {' and '.join(wrong)} tokens is another"
        evidence = (("sent", shown), ("arrived", _pair(had)))
        yield found("alters", said, "usage", evidence=evidence)


def billed(expect: Expected, got: Observed) -> Iterator[Finding]:
    """Whether the counts that the caller got are those that are billed, and not those that were used."""
    if len(expect.usage) != 2 or got.usage is None:  # noqa: PLR2004 - both of them were sent
        return
    used, charged = expect.usage
    told = (got.usage.input_tokens, got.usage.output_tokens)
    if told == (charged.input_tokens, charged.output_tokens) and charged != used:
        pair = (("sent", _pair(used)), ("arrived", _pair(charged)))
        said = "`usage`: the counts of what is billed are told, and not those of the tokens"
        yield found("counts-what-is-billed", said, "usage", evidence=pair)


def _pair(usage: Usage) -> str:
    return f"{_count(usage.input_tokens)} and {_count(usage.output_tokens)}"


def _cached(expect: Expected, got: Observed, _: frozenset[str]) -> Iterator[Finding]:
    if got.usage is None:
        return  # all counts are lost, and that is told
    # To many clients none and nought are the same.
    wanted, had = expect.cached_tokens or 0, got.usage.cached_tokens or 0
    if wanted == had:
        return
    name = "drops" if not had else "invents" if not wanted else "alters"
    said = f"`cached_tokens`: {wanted:g} were counted, and the caller was told of {had:g}"
    yield found(name, said, "cached_tokens")


def _logprobs(expect: Expected, got: Observed, _: frozenset[str]) -> Iterator[Finding]:
    wanted, had = expect.logprobs, got.logprobs
    counted = _counted("logprobs", list(map(repr, wanted)), list(map(repr, had)))
    if counted is not None:
        yield counted
    elif not all(map(_close, wanted, had)):
        pair = (("sent", str(wanted)), ("arrived", str(had)))
        yield found(
            "alters", "`logprobs`: not all are as they were sent", "logprobs", evidence=pair
        )


def _count(number: float | None) -> str:
    return "none" if number is None else f"{number:g}"


def _results(expect: Expected, got: Observed, _: frozenset[str]) -> Iterator[Finding]:
    if expect.results is None:
        return
    wanted, had = expect.results, got.results or ()
    counted = _counted("results", [_rank(r) for r in wanted], [_rank(r) for r in had])
    if counted is not None:
        yield counted
        return
    for number, (right, other) in enumerate(zip(wanted, had, strict=True), start=1):
        if right.index != other.index or not _close(right.relevance_score, other.relevance_score):
            said = f"`results`: place {number} differs"
            pair = (("sent", _rank(right)), ("arrived", _rank(other)))
            yield found("alters", said, "results", evidence=pair)
            return


def _close(wanted: object, had: object) -> bool:
    """The same number but for rounding; a client may hand over anything."""
    if isinstance(wanted, (int, float)) and isinstance(had, (int, float)):
        return math.isclose(wanted, had, rel_tol=_PRECISION)
    return wanted == had


def _counted(channel: str, wanted: Sequence[str], had: Sequence[str]) -> Finding | None:
    """The finding about a wrong number of things, None when the number is right."""
    if len(wanted) == len(had):
        return None
    said = f"`{channel}`: {len(wanted)} were sent, {len(had)} arrived"
    if not wanted:
        name = "invents"
    elif not had:
        name = "drops"
    elif len(had) < len(wanted):
        name = "truncates" if list(wanted[: len(had)]) == list(had) else "drops"
    else:
        name = "repeats" if set(had) <= set(wanted) else "invents"
    evidence = (("sent", "; ".join(wanted) or "nothing"), ("arrived", "; ".join(had) or "nothing"))
    return found(name, said, channel, evidence=evidence)


def _shown(call: ToolCall) -> str:
    return f"{call.name}({call.arguments})"


def _cite(citation: Cited) -> str:
    sources = "" if citation.sources is None else f" from {', '.join(citation.sources)}"
    return f"{citation.start}–{citation.end} {citation.text!r}{sources}"


def _rank(ranked: Ranked) -> str:
    return f"{ranked.index}: {ranked.relevance_score!r}"


def _differs_at(left: str, right: str) -> int:
    pairs = zip(left, right, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _around(wanted: str, got: str) -> tuple[tuple[str, str], ...]:
    """Both texts about the place where they begin to differ."""
    place = _differs_at(wanted, got)
    return (("sent", _cut(wanted, place)), ("arrived", _cut(got, place)))


def _cut(text: str, place: int) -> str:
    if not text:
        return "nothing"
    begin, end = max(0, place - _AROUND), min(len(text), place + _AROUND)
    before, after = "…" if begin else "", "…" if end < len(text) else ""
    return repr(before + text[begin:end] + after)


_COMPARE = {
    "text": _text,
    "thinking": _thinking,
    "tool_plan": _plan,
    "tool_calls": _calls,
    "citations": _citations,
    "finish": _finish,
    "usage": _usage,
    "cached_tokens": _cached,
    "logprobs": _logprobs,
    "results": _results,
}
