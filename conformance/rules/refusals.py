"""Error body → the documented reason for refusing a request that has no fault of form.

A server may know what nobody can tell from the request: how long the prompt is in tokens, what a
model can do, what stands at the address of an image. The table is data; patterns are looked for in
the lower-cased message and in the error type.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REFUSALS", "Refusal", "refusal_in"]


class Refusal(NamedTuple):
    """A reason to refuse a request without fault: how it is told, and what it means."""

    pattern: str
    reason: str


# Enough of a message to tell its kind.
_LONGEST = 1000
_FEATURE = (
    r"\b(tools?|tool[_ ]choice|tool use|strict[_ ]tools|multi[- ]?step|rag|documents?|citations?"
    r"|citation[_ ]options|thinking|reasoning|images?|vision|multimodal|safety[_ ]mode"
    r"|response[_ ]format|json|structured outputs?|logprobs|seed|penalt(y|ies)"
    r"|(frequency|presence)[_ ]penalty|parameters?|options?)\b"
)
_UNABLE = (
    r"((is|are|was|has been) )?(not|n't|no longer) (been )?"
    r"(supported|available|compatible|allowed|enabled|configurable)"
)

REFUSALS = (
    Refusal(r"too[_ ]many[_ ]tokens|size limit exceeded", "the prompt has too many tokens"),
    Refusal(r"context (length|window|size)|prompt is too long", "the prompt exceeds the context"),
    Refusal(r"max[_ ]tokens must be less than|token[_ ]budget must be", "a limit of the model"),
    Refusal(r"no[_ ]valid[_ ]response[_ ]generated", "the model found no valid answer"),
    Refusal(r"invalid[_ ]tool[_ ]generation", "the model made a broken tool call"),
    Refusal(r"hallucinated[_ ]all[_ ]tool[_ ]calls", "the model called only tools that do not exist"),
    Refusal(rf"{_FEATURE}.*{_UNABLE}", "an option that depends on the model"),
    Refusal(rf"{_UNABLE}.*\b(model|endpoint|plan|key|trial)\b", "an option that depends on the model"),
    Refusal(r"(only one of|cannot specify both).*penalty", "both penalties, which some models refuse"),
    Refusal(r"for this model\b|by the (provided )?model\b", "an option that depends on the model"),
    Refusal(r"\bmodel\b.*\b(removed|retired|deprecated|not found)\b", "a model that is gone"),
    Refusal(
        r"(fetch|download|retriev|load|decod|process|read|open)\w*\b.*\bimage"
        r"|\bimages?\b.*\b(fetch|download|retriev|load|decod|process|corrupt|too large|dimension)",
        "an image that cannot be read",
    ),
    Refusal(r"\b(safety|moderation|blocked|harmful)\b", "the content of the messages"),
)  # fmt: skip


def refusal_in(body: Mapping[str, object]) -> Refusal | None:
    """The first documented refusal that an error body tells of, or None."""
    told = [body.get("error_type"), body.get("message")]
    text = "\n".join(each[:_LONGEST].lower() for each in told if isinstance(each, str))
    return next((each for each in REFUSALS if re.search(each.pattern, text)), None)
