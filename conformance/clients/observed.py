"""Lines of an adapter → what the caller got in one case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.clients.channels import Cited, Ranked, ToolCall, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Observed", "Reported", "observed_from"]


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
    error: Reported | None = None
    unsupported: str | None = None
    ended: bool = False
    crashed: str = ""
    seconds: float = 0.0
    trouble: tuple[str, ...] = ()
    lines: tuple[dict[str, Any], ...] = ()


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
    kept = tuple(lines)
    for line in kept:
        folded.take(line)
    return Observed(
        text="".join(folded.pieces["text"]),
        thinking="".join(folded.pieces["thinking"]),
        tool_plan="".join(folded.pieces["tool_plan"]),
        calls=folded.tool_calls(),
        citations=tuple(folded.citations),
        finish=folded.finish,
        usage=folded.usage,
        results=folded.results,
        error=folded.error,
        unsupported=folded.unsupported,
        ended=folded.ended,
        crashed=crashed,
        seconds=seconds,
        trouble=trouble,
        lines=kept,
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
        self.error: Reported | None = None
        self.unsupported: str | None = None
        self.ended = False

    def take(self, line: dict[str, Any]) -> None:
        kind = line["type"]
        if kind in self.pieces:
            self.pieces[kind].append(line["text"])
        elif kind == "tool_call":
            self._call(line)
        elif kind == "citation":
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
            self.usage = Usage(line.get("input_tokens"), line.get("output_tokens"))
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
            ToolCall(call["id"], call["name"], "".join(call["arguments"]))
            for _, call in sorted(self.calls.items())
        )
