"""Chat request: the documents that it sends along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.rules.registry import Finding, prose, rule
from conformance.rules.wording import quote
from conformance.verdict import Level, Party

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.subject import Subject


@rule("CHAT-014", "duplicate-document-id", party=Party.CLIENT, source=prose("CR-21"))
def duplicate_document_id(subject: Subject) -> Iterator[Finding]:
    """No two documents of a request have the same id.

    Help: the server refuses the request; if it did not, no citation would tell the two apart
    Conforms:
        > {"documents": [{"id": "a", "data": {"text": "one"}}, {"id": "b", "data": {"text": "two"}}]}
        message-start
        message-end ERROR
    Breaks:
        > {"documents": [{"id": "a", "data": {"text": "one"}}, {"id": "a", "data": {"text": "two"}}]}
        message-start
        message-end ERROR
    """
    if not subject.is_chat or subject.request.redacted:
        return
    first: dict[str, int] = {}
    for position, document in enumerate(subject.request.documents):
        identity = document.get("id") if isinstance(document, dict) else None
        if not isinstance(identity, str):
            continue
        if identity in first:
            yield Finding(
                f"documents `{first[identity]}` and `{position}` share the id {quote(identity)}",
                pointer=f"/documents/{position}/id",
                note="already taken",
            )
        else:
            first[identity] = position


@rule("CHAT-015", "empty-documents", party=Party.CLIENT, source=prose("CR-21"), level=Level.INFO)
def empty_documents(subject: Subject) -> Iterator[Finding]:
    """A list of documents has documents in it.

    The error list has a refusal for an empty one, but the live API takes it as none.

    Help: another server may refuse the request
    Conforms:
        > {"documents": ["Paris is in France"]}
        message-start
        message-end ERROR
    Breaks:
        > {"documents": []}
        message-start
        message-end ERROR
    """
    if subject.is_chat and subject.request.get("documents") == []:
        yield Finding("`documents` is empty", pointer="/documents", note="leave it out")


@rule("CHAT-044", "empty-document", party=Party.CLIENT, source=prose("RR-11"), level=Level.WARNING)
def empty_document(subject: Subject) -> Iterator[Finding]:
    """A document has something in it.

    Stated of rerank; recordings show the same refusal of a chat request.

    Help: the live API has refused such a request with status 400
    Conforms:
        > {"documents": ["Paris is in France"]}
        message-start
        message-end ERROR
    Breaks:
        > {"documents": [{"data": {}}, ""]}
        message-start
        message-end ERROR
    """
    if not subject.is_chat:
        return
    for position, document in enumerate(subject.request.documents):
        held = document.get("data") if isinstance(document, dict) else document
        if held in ("", {}):
            yield Finding(
                f"document `{position}` is empty", pointer=f"/documents/{position}", note="empty"
            )
