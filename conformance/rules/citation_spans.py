"""Citations: whether the span of each is the cited text, in a block that exists.

Offsets count code points of the whole block, end exclusive. The usual bug is to count something
else, so a finding says when the span fits in UTF-16 code units or UTF-8 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.cited import PLAN, citations_of, content_index
from conformance.rules.parts import message_of, unread
from conformance.rules.registry import Finding, observed, prose, rule
from conformance.rules.wording import more, quote
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.message import Citation
    from conformance.rules.cited import Cited, Text
    from conformance.subject import Subject

_AT = "/delta/message/citations/"


class _Misfit:
    """A citation whose span is wrong, and why: another unit, or a shift."""

    def __init__(self, cited: Cited, message: str, member: str) -> None:
        self.cited = cited
        self.message = message
        self.member = member
        self.unit: str | None = None
        self.stands: int | None = None
        text, start, end, words = cited.text, cited.start, cited.end, cited.words
        if text is not None and start is not None and end is not None and words:
            self.unit = text.unit(start, end, words)
            self.stands = text.near(start, words)

    @property
    def cause(self) -> object:
        """What citations that are wrong alike have in common; each other one is for itself."""
        place = id(self.cited.text)
        if self.unit is not None:
            return place, self.unit
        if self.stands is not None and self.cited.start is not None:
            return place, self.stands - self.cited.start
        return id(self)

    @property
    def note(self) -> str:
        """Where the text stands instead."""
        text, words = self.cited.text, self.cited.words
        if self.unit is not None:
            return f"fits when counted in {self.unit}"
        if self.stands is not None:
            return f"the text stands at {self.stands} to {self.stands + len(words or '')}"
        return f"no such text near it in {text.name}" if text is not None and words else ""


def _reported(misfits: list[_Misfit]) -> Iterator[Finding]:
    """One finding per cause: a citation, or all citations of a text that are wrong alike."""
    groups: dict[object, list[_Misfit]] = {}
    for misfit in misfits:
        groups.setdefault(misfit.cause, []).append(misfit)
    for group in groups.values():
        first = group[0]
        message = first.message
        if first.unit is not None:
            message += f"; the offsets count {first.unit}"
        others = more(len(group) - 1, "like it")
        yield Finding(
            message + ("," + others if others else ""),
            event=first.cited.citation.start,
            pointer=_AT + first.member,
            note=first.note,
        )


@rule("CITE-006", "span-text-mismatch", party=Party.SERVER, source=prose("CI-01"))
def span_text_mismatch(subject: Subject) -> Iterator[Finding]:
    """The text of a citation is what stands between its start and end in the block.

    Start and end count code points of the block's whole text, and the end is exclusive. The block
    is the one that `content_index` names, without it the open one; citations of type PLAN speak of
    the tool plan.

    Help: an application that marks the span marks the wrong words
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "🐚 Limpets graze"
        citation-start 0 2-9 "Limpets" doc:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "🐚 Limpets graze"
        citation-start 0 3-10 "Limpets" doc:0  # counts UTF-16 code units
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    found = []
    for cited in citations_of(message_of(subject)):
        text, words = cited.text, cited.words
        if text is None or words is None or not cited.in_range:
            continue
        span = text.value[cited.start : cited.end]
        if span != words:
            message = (
                f"the text is {quote(words)}, but {cited.start} to {cited.end} of {text.name} "
                f"is {quote(span)}"
            )
            found.append(_Misfit(cited, message, "text"))
    if found and not unread(subject):
        yield from _reported(found)


@rule("CITE-007", "span-out-of-range", party=Party.SERVER, source=prose("CI-01"))
def span_out_of_range(subject: Subject) -> Iterator[Finding]:
    """The span of a citation lies within its text: 0 ≤ start ≤ end ≤ length, in code points.

    A stream that failed, met its token limit or never ended may lack the rest of the text.

    Help: an application that slices the text marks nothing, or raises
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets"
        citation-start 0 0-8 "Limpets" doc:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    message = message_of(subject)
    beyond, reversed_ = [], []
    for cited in citations_of(message):
        start, end = cited.start, cited.end
        if start is not None and start < 0:
            reversed_.append(_Misfit(cited, f"the span starts at {quote(start)}", "start"))
        elif start is not None and end is not None and start > end:
            where = f"the span starts at {quote(start)}, after its end {quote(end)}"
            reversed_.append(_Misfit(cited, where, "start"))
        elif end is not None and cited.text is not None and end > len(cited.text.value):
            length = len(cited.text.value)
            where = f"the span ends at {quote(end)}, {cited.text.name} has {length} characters"
            beyond.append(_Misfit(cited, where, "end"))
    if message is None or message.cut or (beyond and unread(subject)):
        beyond = []
    yield from _reported(reversed_ + beyond)


@rule("CITE-012", "citation-ahead-of-text", party=Party.SERVER, source=observed("C6"))
def citation_ahead_of_text(subject: Subject) -> Iterator[Finding]:
    """A citation comes after the text that it spans.

    Help: a client that marks the words as the citation comes finds them missing
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-delta 0 " graze"
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Lim"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-delta 0 "pets graze"
        content-end 0
        message-end COMPLETE
    """
    if unread(subject):
        return
    for cited in citations_of(message_of(subject)):
        if cited.end is None or cited.text is None or cited.text.block is None:
            continue
        if not cited.in_range:
            continue  # reported as such, or the text was cut
        came = _length_then(cited.text, cited.citation)
        if cited.end > came:
            yield Finding(
                f"the span ends at {cited.end}, {came} characters of {cited.text.name} had come",
                event=cited.citation.start,
                pointer=_AT + "end",
                note=f"{cited.end - came} characters ahead",
            )


def _length_then(text: Text, citation: Citation) -> int:
    """How much of a block's text had come before a citation."""
    if text.block is citation.block:
        return citation.block_length
    came_later = text.block is not None and text.block.start > citation.start
    return 0 if came_later else len(text.value)


@rule("CITE-013", "citation-order", party=Party.SERVER, source=observed("C7"))
def citation_order(subject: Subject) -> Iterator[Finding]:
    """Citations of a block come in the order of its text and do not overlap.

    Help: a client that writes the marks from left to right writes them into one another
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        citation-start 1 8-13 "graze" doc:0
        citation-end 1
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 8-13 "graze" doc:0
        citation-end 0
        citation-start 1 0-7 "Limpets" doc:0
        citation-end 1
        content-end 0
        message-end COMPLETE
    """
    last: dict[int, Cited] = {}
    for cited in citations_of(message_of(subject)):
        if not cited.in_range or cited.start is None:
            continue
        before = last.get(id(cited.text))
        if before is not None and before.end is not None and cited.start < before.end:
            yield Finding(
                f"the span {cited.start} to {cited.end} comes after {before.start} to "
                f"{before.end} of {cited.text.name if cited.text else ''}",
                event=cited.citation.start,
                pointer=_AT + "start",
                note=f"before {before.end}",
            )
        last[id(cited.text)] = cited


@rule("CITE-017", "content-index-unknown", party=Party.SERVER, source=prose("CI-01"))
def content_index_unknown(subject: Subject) -> Iterator[Finding]:
    """A citation speaks of a text that the message has.

    Help: an application that looks up the block finds none and drops the citation or raises
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets"
        citation-start 0 0-7 "Limpets" doc:0 + {"delta": {"message": {"citations": {"content_index": 0}}}}
        citation-end 0
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets"
        citation-start 0 0-7 "Limpets" doc:0 + {"delta": {"message": {"citations": {"content_index": 3}}}}
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    message = message_of(subject)
    if message is None or message.cut:
        return
    found = []
    for cited in citations_of(message):
        if cited.text is not None or not cited.citation.data:
            continue
        named = content_index(cited.citation)
        where = f"block {quote(0 if named is None else named)}"
        if cited.citation.data.get("type") == PLAN and named is None:
            where = "the tool plan"
        found.append(
            Finding(
                f"the citation speaks of {where}, which the message does not have",
                event=cited.citation.start,
                pointer=None if named is None else _AT + "content_index",
                note=f"{len(message.blocks)} content block{'s' * (len(message.blocks) != 1)}",
            )
        )
    if found and not unread(subject):
        yield from found


# What a citation's type says about its text; PLAN is told by the text itself.
# Where a model thinks, its plan is a part of that (ST-10).
_KIND = {"TEXT_CONTENT": "text", "THINKING_CONTENT": "thinking", "PLAN": "thinking"}


@rule("CITE-018", "citation-type-mismatch", party=Party.SERVER, source=observed("C12"))
def citation_type_mismatch(subject: Subject) -> Iterator[Finding]:
    """The type of a citation says of what its text is a part: answer, thinking or plan.

    Help: a client that shows citations of thinking apart shows this one in the wrong place
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 thinking
        content-delta 0 "Limpets"
        citation-start 0 0-7 "Limpets" doc:0 + {"delta": {"message": {"citations": {"type": "THINKING_CONTENT"}}}}
        citation-end 0
        content-end 0
        content-start 1 text
        content-delta 1 "Yes"
        content-end 1
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets"
        citation-start 0 0-7 "Limpets" doc:0 + {"delta": {"message": {"citations": {"type": "THINKING_CONTENT"}}}}
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    for cited in citations_of(message_of(subject)):
        kind = cited.citation.data.get("type")
        block = cited.text.block if cited.text is not None else None
        meant = _KIND.get(kind) if isinstance(kind, str) else None
        if block is not None and meant is not None and meant != block.kind:
            yield Finding(
                f"the citation is of type {quote(kind)}, its text stands in a {block.kind} block",
                event=cited.citation.start,
                pointer=_AT + "type",
                note=f"a {block.kind} block",
            )
