"""A request and its turn → the tokens that were counted and billed.

A token of an answer is one delta; a token of a prompt is taken to be four characters. What is
billed is the text, what is counted also what surrounds it, so that billed is never above counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.mock.profiles import Profile
    from conformance.mock.turn import Turn

__all__ = ["prompt_length", "usage_of"]

_CHARACTERS = 4
_PREAMBLE = 60
_POSTAMBLE = 2
_IMAGE = 256


def prompt_length(value: object) -> int:
    """The number of characters of all texts in a request, image addresses left out."""
    total = 0
    open_values: list[Any] = [value]
    while open_values:
        one = open_values.pop()
        if isinstance(one, str):
            total += len(one)
        elif isinstance(one, list):
            open_values += one
        elif isinstance(one, dict):
            for name, inner in one.items():
                if name != "image_url":
                    total += len(name)
                    open_values.append(inner)
    return total


def usage_of(body: dict[str, Any], turn: Turn, profile: Profile) -> dict[str, Any]:
    """The `usage` of a message-end."""
    if not profile.meta:
        return {}
    prompt = prompt_length(body.get("messages")) + prompt_length(body.get("documents"))
    tools = prompt_length(body.get("tools"))
    billed_input = 1 + (prompt + tools) // _CHARACTERS + _IMAGE * turn.images
    output = turn.spent
    counted = {"input_tokens": billed_input + _PREAMBLE, "output_tokens": output + _POSTAMBLE}
    billed = {"input_tokens": billed_input, "output_tokens": output}
    if turn.images:
        counted["image_tokens"] = _IMAGE * turn.images
    if turn.thinking or profile.rich:
        counted["reasoning_tokens"] = len(turn.thinking)
    if profile.rich:
        billed |= {"search_units": 0, "classifications": 0}
    return {
        "billed_units": billed,
        "tokens": counted,
        # The preamble is the same for all requests, so it comes from a cache.
        "cached_tokens": _PREAMBLE - _PREAMBLE % 16,
    }
