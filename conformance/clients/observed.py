"""Lines of an adapter → what the caller got in one case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.clients.channels import Cited, Ranked, ToolCall, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Observed", "Reported", "observed_from", "paired"]

_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Reported:
    """What reached the caller as an error; `kind` is the class of it, in the client's language."""

    kind: str
    message: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What the caller got.

    `finish` is the client's own word. `unsupported` says what of the call the client cannot express.
    `ended` is False when the adapter never told the end: `crashed` then says how its process ended,
    and is empty when it merely took longer than the deadline. `seconds` counts from the call.
    `trouble` holds what broke the protocol. `lines` are the lines themselves.
    """

    text: str = ""
    thinking: str = ""
    tool_plan: str = ""
    calls: tuple[ToolCall, ...] = ()
    citations: tuple[Cited, ...] = ()
    finish: str | None = None
    usage: Usage | None = None
    results: tuple[Ranked, ...] | None = None
    logprobs: tuple[float, ...] = ()
    error: Reported | None = None
    unsupported: str | None = None
    ended: bool = False
    crashed: str = ""
    seconds: float = 0.0
    trouble: tuple[str, ...] = ()
    lines: tuple[dict[str, Any], ...] = ()


def paired(text: str) -> str:
    """A text whose halves of surrogate pairs stand together; halves that stay alone are replaced.

    A client whose strings are UTF-16 may cut a character in two, and hand over each half by itself.
    """
    if text.isascii() or not _HALF.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _HALF.sub("\ufffd", joined)


def _clean(value: Any) -> Any:
    """A JSON value whose texts can be written anywhere."""
    if isinstance(value, str):
        return paired(value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items()}
    return value


def observed_from(
    lines: Iterable[dict[str, Any]],
    *,
    seconds: float = 0.0,
    crashed: str = "",
    trouble: tuple[str, ...] = (),
) -> Observed:
    """Fold the lines of one case, each of which keeps the protocol, into what they tell.

    Pieces are joined; of what can come only once the last counts, but the first error does.
    """
    folded = _Folded()
    told = list(lines)
    for line in told:
        folded.take(line)
    return Observed(
        text=paired("".join(folded.pieces["text"])),
        thinking=paired("".join(folded.pieces["thinking"])),
        tool_plan=paired("".join(folded.pieces["tool_plan"])),
        calls=folded.tool_calls(),
        citations=tuple(folded.citations),
        finish=folded.finish,
        usage=folded.usage,
        results=folded.results,
        logprobs=tuple(folded.logprobs),
        error=folded.error,
        unsupported=folded.unsupported,
        ended=folded.ended,
        crashed=crashed,
        seconds=seconds,
        trouble=trouble,
        lines=tuple(_clean(line) for line in told),
    )


class _Folded:
    """What the lines so far add up to."""

    def __init__(self) -> None:
        self.pieces: dict[str, list[str]] = {"text": [], "thinking": [], "tool_plan": []}
        self.calls: dict[int, dict[str, Any]] = {}
        self.citations: list[Cited] = []
        self.finish: str | None = None
        self.usage: Usage | None = None
        self.results: tuple[Ranked, ...] | None = None
        self.logprobs: list[float] = []
        self.error: Reported | None = None
        self.unsupported: str | None = None
        self.ended = False

    def take(self, line: dict[str, Any]) -> None:
        kind = line["type"]
        if kind in self.pieces:
            self.pieces[kind].append(line["text"])
        elif kind == "tool_call":
            self._call(line)
        else:
            self._take_whole(kind, _clean(line))

    def _take_whole(self, kind: str, line: dict[str, Any]) -> None:
        if kind == "citation":
            sources = line.get("sources")
            self.citations.append(
                Cited(
                    line.get("start"),
                    line.get("end"),
                    line.get("text"),
                    None if sources is None else tuple(each or "" for each in sources),
                )
            )
        elif kind == "finish":
            self.finish = line["reason"]
        elif kind == "usage":
            self.usage = Usage(
                line.get("input_tokens"), line.get("output_tokens"), line.get("cached_tokens")
            )
        elif kind == "logprobs":
            self.logprobs += line["logprobs"]
        elif kind == "results":
            self.results = tuple(
                Ranked(one["index"], one["relevance_score"]) for one in line["results"]
            )
        elif kind == "error" and self.error is None:
            self.error = Reported(line["class"], line["message"], line.get("status"))
        elif kind == "unsupported":
            self.unsupported = line["what"]
        elif kind == "end":
            self.ended = True

    def _call(self, line: dict[str, Any]) -> None:
        call = self.calls.setdefault(line["index"], {"id": None, "name": None, "arguments": []})
        for member in ("id", "name"):
            if call[member] is None:
                call[member] = line.get(member)
        call["arguments"].append(line.get("arguments") or "")

    def tool_calls(self) -> tuple[ToolCall, ...]:
        return tuple(
            ToolCall(_clean(call["id"]), _clean(call["name"]), paired("".join(call["arguments"])))
            for _, call in sorted(self.calls.items())
        )
