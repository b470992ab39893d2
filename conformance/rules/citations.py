"""Citations: where they stand in the stream, how they are numbered, whether any were wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.cited import PLAN, citations_of, content_index, inside_call
from conformance.rules.parts import message_of, unread, walked_into
from conformance.rules.places import breaches
from conformance.rules.registry import Finding, observed, prose, rule
from conformance.rules.wording import more, quote
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject


@rule("CITE-001", "unclosed-citation", party=Party.SERVER, source=prose("ST-08"))
def unclosed_citation(subject: Subject) -> Iterator[Finding]:
    """A citation ends before anything else begins or ends.

    Help: a client that shows a citation at its citation-end never shows this one
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0
        content-end 0
        message-end COMPLETE
    """
    yield from breaches(
        subject, "CITE-001", lambda _, kind: f"{kind} while a citation is open",
        "no `citation-end` before this",
    )  # fmt: skip


@rule("CITE-002", "interrupted-citation", party=Party.SERVER, source=observed("C2"))
def interrupted_citation(subject: Subject) -> Iterator[Finding]:
    """A citation-end follows its citation-start at once.

    Help: a client that puts the citation where it stands puts this text inside it
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
        content-delta 0 "Limpets"
        citation-start 0 0-7 "Limpets" doc:0
        content-delta 0 " graze"
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    yield from breaches(
        subject, "CITE-002",
        lambda _, kind: f"{kind} between `citation-start` and its `citation-end`",
        "the citation is still open",
    )  # fmt: skip


@rule("CITE-003", "orphan-citation-end", party=Party.SERVER, source=prose("ST-08"))
def orphan_citation_end(subject: Subject) -> Iterator[Finding]:
    """A citation-end closes an open citation.

    Help: a client that looks up the citation finds none
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    yield from breaches(
        subject, "CITE-003",
        lambda b, _: f"`citation-end`{'' if b.index is None else f' with index {b.index}'} "
        "and no citation is open",
        "no `citation-start` opened a citation",
    )  # fmt: skip


@rule("CITE-004", "citation-index-mismatch", party=Party.SERVER, source=prose("ST-08"))
def citation_index_mismatch(subject: Subject) -> Iterator[Finding]:
    """A citation-end has the index of its citation-start.

    Help: a client that keeps citations by index leaves this one open
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 1
        content-end 0
        message-end COMPLETE
    """
    yield from breaches(
        subject, "CITE-004",
        lambda b, _: f"`citation-end` has index {b.index}, the open citation has {b.expected}",
        "another index than `citation-start` gave",
    )  # fmt: skip


@rule("CITE-005", "citation-index-sequence", party=Party.SERVER, source=prose("ST-08"))
def citation_index_sequence(subject: Subject) -> Iterator[Finding]:
    """Citations are numbered 0, 1, 2 ... over the message, whatever block they stand in.

    After a departure the count goes on from the number that was sent.

    Help: a client that keeps citations by index writes one over another
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
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        citation-start 0 8-13 "graze" doc:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    reading = subject.reading
    if reading is None:
        return
    # Where start and end of a citation disagree and the end is right, that was reported already.
    ends = {b.expected: b.index for b in reading.breaches if b.code == "CITE-004"}
    found = []
    expected = 0
    for place in reading.message.numbers["citation"]:
        index = place.index
        if index is None or index == expected or ends.get(index) == expected:
            expected += 1
            continue
        if not place.sent:
            expected = index + 1
            continue
        found.append(
            Finding(
                f"the citation has index {quote(index)}, expected {expected}",
                event=place.event,
                pointer="/index",
                note=f"citation {expected} comes next",
            )
        )
        expected = index + 1
    if found and not unread(subject):
        yield from found


@rule("CITE-010", "citation-when-off", party=Party.SERVER, source=prose("ST-09"))
def citation_when_off(subject: Subject) -> Iterator[Finding]:
    """With citation mode OFF or DISABLED the answer has no citation.

    Help: an application that turned citations off has no place to show them
    Conforms:
        > {"documents": ["Limpets graze on rock."], "citation_options": {"mode": "OFF"}}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."], "citation_options": {"mode": "OFF"}}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    message, mode = message_of(subject), subject.request.citation_mode
    if message is None or mode not in ("OFF", "DISABLED"):
        return
    for citation in message.citations[:1]:
        count = len(message.citations)
        yield Finding(
            f"the citation mode is {quote(mode)}, the answer has {count} "
            f"citation{'s' if count > 1 else ''}",
            event=citation.start,
            note="turned off by the request",
        )


@rule("CITE-011", "citation-outside-block", party=Party.SERVER, source=observed("C1"))
def citation_outside_block(subject: Subject) -> Iterator[Finding]:
    """A citation of a content block comes while a content block is open.

    Help: a client that adds citations to the open block drops this one
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        content-end 0
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        message-end COMPLETE
    """
    message, reading = message_of(subject), subject.reading
    if message is None or reading is None:
        return
    stray = [
        citation
        for citation in message.citations
        if citation.block is None
        and citation.data.get("type") != PLAN
        and not inside_call(message, citation)
        and not walked_into(reading, "STREAM-006")  # a terminator closed the block by force
    ]
    for citation in stray[:1]:
        yield Finding(
            f"a citation{more(len(stray) - 1)} while no content block is open",
            event=citation.start,
            note="no open block",
        )


@rule("CITE-014", "content-index", party=Party.SERVER, source=observed("C8"))
def wrong_content_index(subject: Subject) -> Iterator[Finding]:
    """A citation names the open block in content_index; for block 0 it may leave it out.

    Help: a client that trusts the default marks the words in block 0
    Conforms:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 thinking
        content-delta 0 "hm"
        content-end 0
        content-start 1 text
        content-delta 1 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0 + {"delta": {"message": {"citations": {"content_index": 1}}}}
        citation-end 0
        content-end 1
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 thinking
        content-delta 0 "hm"
        content-end 0
        content-start 1 text
        content-delta 1 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0
        citation-end 0
        content-end 1
        message-end COMPLETE
    """
    for cited in citations_of(message_of(subject)):
        block = cited.citation.block
        if block is None or block.index is None or cited.text is None or cited.text.block is None:
            continue  # outside of any block, or of the plan, or of a block that does not exist
        named = content_index(cited.citation)
        if not cited.citation.data:
            continue  # it could not be read
        if (0 if named is None else named) == block.index:
            continue
        if named is None and "content_index" in cited.citation.data:
            continue  # of a wrong type, which the rules about payloads report
        shown = "has no `content_index`" if named is None else f"names block {quote(named)}"
        yield Finding(
            f"the citation {shown}, the open block is {quote(block.index)}",
            event=cited.citation.start,
            pointer=None if named is None else "/delta/message/citations/content_index",
            note=f"block {block.index} is open",
        )
