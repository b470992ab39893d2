"""One thing to try on a client: the call, the bytes that answer it, and what must come of it.

Cases hold no callables: everything is decided when they are made, from a seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from conformance.clients.channels import Cited, Ranked, ToolCall, Usage
    from conformance.faults.reply import Reply

__all__ = ["Case", "Expected", "Kind"]

# allowed: a server may answer so, and the client must take it; failure: something went wrong, and the
# caller must learn of it; sending: it is about what the client sends.
Kind = Literal["allowed", "failure", "sending"]

DEADLINE = 10.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What the answers of a case say, channel by channel.

    For a failure this is what had come before it. `finish` is the word on the wire, None when none
    came. `usage` holds the pairs that a client may tell, since there are two counts on the wire;
    empty when there is none, and then nothing is demanded. `results` is None for chat, and
    `cached_tokens` where nothing was said of them. `logprobs` are those of all tokens, in their
    order. `doubtful` names channels that are not compared, since two readings of the same bytes are
    right, or since the case is about something else.
    """

    text: str = ""
    thinking: str = ""
    tool_plan: str = ""
    calls: tuple[ToolCall, ...] = ()
    citations: tuple[Cited, ...] = ()
    finish: str | None = None
    usage: tuple[Usage, ...] = ()
    results: tuple[Ranked, ...] | None = None
    cached_tokens: float | None = None
    logprobs: tuple[float, ...] = ()
    doubtful: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to try on a client.

    `name` is ``family/name``, `about` the one thing it tries, as a phrase. `cause` is the phrase of what
    it has in common with cases that fail for the same reason, so that a defect can be told once.
    `request` is the body of the call. The n-th request of a case gets the n-th of
    `answers`, further ones the last. `must_report` (failures only) says that a plain success is wrong;
    `message` is what the server said of the failure and the caller should read, `status` its status.
    `deadline` is in seconds and counts from the call to the end that the adapter tells.
    """

    name: str
    about: str
    endpoint: Literal["chat", "rerank"]
    request: dict[str, Any]
    answers: tuple[Reply, ...]
    kind: Kind = "allowed"
    expect: Expected = field(default_factory=Expected)
    must_report: bool = True
    message: str = ""
    status: int | None = None
    deadline: float = DEADLINE
    cause: str = ""

    @property
    def family(self) -> str:
        """The part of the name before the stroke."""
        return self.name.partition("/")[0]

    @property
    def stalls(self) -> bool:
        """Whether an answer stops, and its connection stays open."""
        return any(answer.ends == "stall" for answer in self.answers)
