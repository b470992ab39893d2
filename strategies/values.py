"""Choices → the small values that requests and streams are made of: texts, ids, JSON.

Most texts are one choice among phrases that somebody could have written. The awkward ones stand
between them: characters beyond U+FFFF, combining marks, line separators that only some libraries
take for line ends, text that looks like the framing or like the terminator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .source import Source

__all__ = [
    "NAMES", "Body", "any_phrase", "call_id", "free_object", "json_value", "phrase", "piece",
    "question", "record", "shortened", "uuid_text",
]  # fmt: skip

# Names of members, ids and the like. The last ones are allowed and trip up careless code.
NAMES = (
    "a", "title", "text", "url", "city", "year", "author", "snippet", "score", "lang",
    "id", "type", "größe", "with space", "a/b~c", "0", "__proto__",
)  # fmt: skip

_QUESTIONS = (
    "Hello", "When is low tide in Brest?", "Which of these rocks is oldest?",
    "Sum up the report in two sentences", "What does the barometer say today?",
    "Wie spät ist es in Lima?", "潮汐は何時ですか", "Explain tides to a child 🌊",
    "Line one\nline two", 'She said "no" and left', "C:\\tmp\\new", "Compare both, then decide",
    "\u202eright to left\u202c", 'data: {"type": "message-end"}', "a\u2028b\u0085c", "🧑\u200d🚀",
)  # fmt: skip

_PHRASES = (
    "Hi", "Low tide is at noon", "Limpets graze on rock", "The ebb lasts six hours",
    "Brest has a tidal range of eight metres", "Be brief", "Answer in French", "Ça dépend du port",
    "Das Wasser fällt", "満潮は六時です", "Neap tides 🌗 are weak", "Two lines\nof text",
    'He wrote "ebb"', "50 % of it \\ more", "naïve cafe\u0301", "[DONE]", "event: ping\n\n",
    "x\u2028y", "👩\u200d🔬 measured it",
)  # fmt: skip

_ANY_PHRASES = (*_PHRASES, "")
_RECORDS = (
    *_PHRASES, "port: Brest\nrange: 8", "title: Ebb\ntext: |\n  The water\n  falls\n", '{"a": 1}',
)  # fmt: skip

# What a delta brings: words with the space before them, as models send them. The farthest from plain
# stands last, next to the free texts, so that these shrink to it.
_PIECES = (
    "Hi", " low", " tide", " is", " at", " noon", ".", " The", " ebb", " lasts", " six", " hours",
    ",", " and", " Brest", " 1", "%", "\n", "\n\n", ' "', "\\", "</s>", "[DONE]", "data: ",
    "\u2028", " Ebbe", " ça", "\u0301", "満潮", "🌊", " 👩\u200d🔬",
)  # fmt: skip


# Longer reprs are of no use to anybody, and Hypothesis warns of them.
_LONGEST = 4000


def shortened(text: str) -> str:
    """A text, without its middle when it is very long."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"


class Body(dict[str, Any]):
    """A JSON object whose repr is one line, so that a failing test shows it as it is.

    A very long one is shown without its middle.

    Equal to the plain dict of the same members, and accepted wherever a dict is.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return shortened(super().__repr__())

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001
        printer.text(repr(self))


def _one(source: Source, options: tuple[str, ...]) -> str:
    """One of the options, or as often as each of them a text of any script, not only of spaces."""
    chosen = source.integer(0, len(options))
    if chosen < len(options):
        return options[chosen]
    text = source.text(1, 12)
    return text if text.strip() else options[0]


def question(source: Source) -> str:
    """What a user may ask; not empty."""
    return _one(source, _QUESTIONS)


def phrase(source: Source) -> str:
    """A line of text; not empty."""
    return _one(source, _PHRASES)


def any_phrase(source: Source) -> str:
    """A line of text, or as often as each of them an empty one."""
    return _one(source, _ANY_PHRASES)


def record(source: Source) -> str:
    """A document as text: a line, or a record of several; not empty."""
    return _one(source, _RECORDS)


def piece(source: Source) -> str:
    """A piece of an answer as a delta brings it; not empty."""
    return _one(source, _PIECES)


def uuid_text(source: Source) -> str:
    """A UUID in lower case."""
    return f"{source.integer(0, 0xFFFFFFFF):08x}-3b1e-4c52-9a55-0d6c1f7e2b90"


def call_id(name: str, number: int) -> str:
    """The id of a tool call in the form that the live API gives it: name and twelve characters."""
    return f"{name}_{number:012x}"


_SCALARS: tuple[Any, ...] = (
    "", None, True, False, 0, 1, -1, 7, 0.5, -2.25, 1e-9, 2**53 + 1, "a", "low tide", "Größe", "🌊",
    "\n", "null",
)  # fmt: skip


def json_value(source: Source, depth: int = 2) -> Any:
    """Any JSON value, of at most `depth` levels of lists and objects."""
    chosen = source.integer(0, len(_SCALARS) + (5 if depth else 1))
    if chosen < len(_SCALARS):
        return _SCALARS[chosen]
    match chosen - len(_SCALARS):
        case 0:
            return source.integer(-(2**31), 2**31)
        case 1:
            return source.text(0, 12)
        case 2 | 3:
            return [json_value(source, depth - 1) for _ in range(source.pick((0, 1, 2)))]
        case _:
            return free_object(source, depth - 1)


def free_object(source: Source, depth: int = 2) -> dict[str, Any]:
    """A JSON object of any members."""
    return {name: json_value(source, depth) for name in source.some(NAMES, (0, 1, 2))}
