"""Texts the mock writes: a small stock of sentences, cut into tokens as a model would send them."""

from __future__ import annotations

import re

__all__ = [
    "AFTERTHOUGHTS",
    "CLOSINGS",
    "FILLERS",
    "LEADS",
    "OPENINGS",
    "excerpt",
    "keywords",
    "salient",
    "tokens",
]

OPENINGS = (
    "Happy to help.",
    "Let me take this step by step.",
    "A short answer first.",
    "Good question.",
)
CLOSINGS = (
    "Tell me if you need more detail.",
    "That is the gist of it.",
    "I hope this gets you further.",
    "Ask away if something is unclear.",
)
# What stands before a quotation from a document or a tool result.
LEADS = ("What I found says: ", "There is also this: ", "Another source adds: ", "And further: ")
AFTERTHOUGHTS = ("That should settle it.", "Nothing I was given speaks against it.")
FILLERS = (
    "The tide comes in twice a day at most coasts.",
    "A lighthouse keeper once noted every ship that passed.",
    "Maps of the harbour were redrawn after each winter.",
    "Rope, tar and canvas were sold by weight on the quay.",
    "Gulls follow the boats as long as the nets are wet.",
)

# A word of up to six characters with the blanks before it. Joined, the pieces are the text.
_TOKEN = re.compile(r"\s*\S{1,6}|\s+")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 40
_DULL = frozenset(
    """
    a about after all an and any are as at be but by can do does find for from get give has have how
    i if in into is it its lets list me my no not of on or our out query search see show so tell that
    the then there they this to tool up us use was we what when where which who why will with you
    your
    """.split()  # noqa: SIM905 - a literal would have a line for each word
)


def tokens(text: str) -> list[str]:
    """The pieces of a text, none empty; joined they are the text again."""
    return _TOKEN.findall(text)


def excerpt(text: str, most: int) -> str:
    """The beginning of a text with its blanks folded, at most `most` code points.

    Cut at a blank if there is one in the second half; control characters count as blanks.
    """
    folded = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())
    if len(folded) <= most:
        return folded
    cut = folded.rfind(" ", most // 2, most + 1)
    return folded[: cut if cut > 0 else most].rstrip()


def keywords(text: str) -> set[str]:
    """The words of a text that say something, in lower case; `_` and capitals part words."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return {word for word in _WORD.findall(parted.lower()) if word not in _DULL}


def salient(text: str) -> list[str]:
    """The words of a text that an argument may be taken from: names first, then long words."""
    found = dict.fromkeys(_WORD.findall(text[:4000]))
    telling = [word for word in found if word.lower() not in _DULL and len(word) <= _LONGEST]
    names = [word for word in telling if word[0].isupper()]
    return names + sorted((w for w in telling if w not in names), key=len, reverse=True)
