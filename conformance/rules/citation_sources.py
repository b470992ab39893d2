"""Citation sources: whether each is a document or a tool result that the request sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.request import is_redacted
from conformance.rules.parts import message_of
from conformance.rules.registry import Finding, observed, prose, rule
from conformance.rules.wording import quote, quote_all
from conformance.verdict import Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.request import ChatRequest
    from conformance.subject import Subject

_AT = "/delta/message/citations/sources"


def _sources(subject: Subject) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """(event, pointer, source) of every source of every citation."""
    message = message_of(subject)
    for citation in message.citations if message is not None else []:
        sources = citation.data.get("sources")
        for position, source in enumerate(sources if isinstance(sources, list) else []):
            if isinstance(source, dict):
                yield citation.start, f"{_AT}/{position}", source


def _comparable(subject: Subject) -> bool:
    """The request tells every id that a source may name."""
    if not subject.has_request or subject.request.redacted:
        return False
    # Documents in another form than a list have ids that nobody can tell.
    return isinstance(subject.request.get("documents"), (list, type(None)))


# The live API makes a call id of the function's name and twelve characters.
_API_ID = re.compile(r"(.+)_[a-z0-9]{12}")


class _Results:
    """The ids under which a source may name what tool messages brought."""

    def __init__(self, request: ChatRequest) -> None:
        self.calls = request.call_ids() | request.result_ids()
        self.documents = request.tool_document_ids()
        functions = (call.get("function") for _, _, call in request.calls())
        self.names = [each.get("name") for each in functions if isinstance(each, dict)]

    def __contains__(self, identity: str) -> bool:
        """The id is a call's with a position, or that of a document inside a tool message."""
        call, _, position = identity.rpartition(":")
        return identity in self.documents or (position.isdigit() and call in self.calls)

    def replaced(self, identity: str) -> bool:
        """The ids in the request are not those that the server knew.

        The source's id is one that the API made for a function of the history, and no id in the
        request is of that kind: some recorders replace ids in requests and not in answers.
        """
        found = _API_ID.fullmatch(identity.rpartition(":")[0])
        return (
            found is not None
            and found[1] in self.names
            and not any(_API_ID.fullmatch(call) for call in self.calls)
        )


@rule("CITE-008", "unknown-document", party=Party.SERVER, source=prose("CI-02"))
def unknown_document(subject: Subject) -> Iterator[Finding]:
    """A document source names a document of the request, by its id or as `doc:<position>`.

    A document that came inside a tool message counts too.

    Help: an application that looks the document up to link it finds none
    Conforms:
        > {"documents": ["Limpets graze on rock.", {"id": "notes", "data": {"text": "Limpets"}}]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:0 notes
        citation-end 0
        content-end 0
        message-end COMPLETE
    Breaks:
        > {"documents": ["Limpets graze on rock."]}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        citation-start 0 0-7 "Limpets" doc:1
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    if not _comparable(subject):
        return
    known, results = subject.request.document_ids(), _Results(subject.request)
    said: set[str] = set()
    for event, pointer, source in _sources(subject):
        identity = source.get("id")
        if source.get("type") != "document" or not isinstance(identity, str):
            continue
        sent_before = identity in known or identity in results.documents
        if sent_before or identity in said or is_redacted(identity) or results.replaced(identity):
            continue
        said.add(identity)
        sent = f"sent were {quote_all(sorted(known))}" if known else "the request sent none"
        yield Finding(
            f"the source names the document {quote(identity)}, {sent}",
            event=event,
            pointer=pointer + "/id",
            note="not among the documents of the request",
        )


@rule("CITE-009", "unknown-tool-result", party=Party.SERVER, source=prose("CI-03"))
def unknown_tool_result(subject: Subject) -> Iterator[Finding]:
    """A tool source names a tool result of the request.

    The id is that of a tool call of the request, a colon and a position, or the id that the caller
    gave to a document inside a tool message.

    Help: an application that looks the tool result up to link it finds none
    Conforms:
        tools tide
        > {"messages": [{"role": "user", "content": "Low tide?"}, {"role": "assistant", "tool_calls": [{"id": "tide_1", "type": "function", "function": {"name": "tide", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "tide_1", "content": "noon"}]}
        message-start
        content-start 0 text
        content-delta 0 "At noon"
        citation-start 0 3-7 "noon" tool:tide_1:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    Breaks:
        tools tide
        > {"messages": [{"role": "user", "content": "Low tide?"}, {"role": "assistant", "tool_calls": [{"id": "tide_1", "type": "function", "function": {"name": "tide", "arguments": "{}"}}]}, {"role": "tool", "tool_call_id": "tide_1", "content": "noon"}]}
        message-start
        content-start 0 text
        content-delta 0 "At noon"
        citation-start 0 3-7 "noon" tool:tide_2:0
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    if not _comparable(subject):
        return
    results = _Results(subject.request)
    said: set[str] = set()
    for event, pointer, source in _sources(subject):
        identity = source.get("id")
        if source.get("type") != "tool" or not isinstance(identity, str):
            continue
        if identity in results or identity in said or is_redacted(identity):
            continue
        if results.replaced(identity):
            continue
        said.add(identity)
        sent = "the request sent none"
        if results.calls:
            sent = f"the calls were {quote_all(sorted(results.calls))}"
        note = "not among the tool results of the request"
        if identity in results.calls:
            note = "the position is missing"
        elif identity in subject.request.document_ids():
            note = "a document of the request, not a tool result"
        yield Finding(
            f"the source names the tool result {quote(identity)}, {sent}",
            event=event,
            pointer=pointer + "/id",
            note=note,
        )


@rule("CITE-015", "citation-without-source", party=Party.SERVER, source=observed("C9"))
def citation_without_source(subject: Subject) -> Iterator[Finding]:
    """A citation has at least one source.

    Help: an application that links the source of every citation has none to link
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
        citation-start 0 0-7 "Limpets"
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    message = message_of(subject)
    for citation in message.citations if message is not None else []:
        if citation.data and citation.data.get("sources", []) == []:
            yield Finding(
                f"the citation of {quote(citation.data.get('text'))} has no source",
                event=citation.start,
                pointer=_AT if "sources" in citation.data else "/delta/message/citations",
                note="no source",
            )


@rule("CITE-019", "source-without-id", party=Party.SERVER, source=observed("C9"))
def source_without_id(subject: Subject) -> Iterator[Finding]:
    """The source of a citation has an id.

    Help: an application can't tell which document or tool result is meant
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
        citation-start 0 0-7 "Limpets" + {"delta": {"message": {"citations": {"sources": [{"type": "document", "document": {"text": "Limpets graze on rock."}}]}}}}
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    for event, pointer, source in _sources(subject):
        if "id" not in source:
            kind = source.get("type")
            yield Finding(
                f"the {kind} source has no id" if isinstance(kind, str) else "the source has no id",
                event=event,
                pointer=pointer,
                note="no `id`",
            )


@rule("CITE-016", "source-document-id", party=Party.SERVER, source=observed("C10"))
def source_document_id(subject: Subject) -> Iterator[Finding]:
    """The document in a source has the id of the source.

    Help: an application that reads the one id and one that reads the other link different documents
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
        citation-start 0 0-7 "Limpets" doc:0 + {"delta": {"message": {"citations": {"sources": [{"type": "document", "id": "doc:0", "document": {"id": "doc:1"}}]}}}}
        citation-end 0
        content-end 0
        message-end COMPLETE
    """
    # The data that the caller sent may have an `id` of its own, which the source repeats.
    given = [
        each["data"].get("id")
        for each in subject.request.documents
        if isinstance(each, dict) and isinstance(each.get("data"), dict)
    ]
    for event, pointer, source in _sources(subject):
        document, identity = source.get("document"), source.get("id")
        if source.get("type") != "document" or not isinstance(document, dict):
            continue
        inside = document.get("id", identity)
        if isinstance(identity, str) and inside != identity and inside not in given:
            yield Finding(
                f"the source has the id {quote(identity)}, its document {quote(inside)}",
                event=event,
                pointer=f"{pointer}/document/id",
                note=f"the source says {quote(identity)}",
            )
