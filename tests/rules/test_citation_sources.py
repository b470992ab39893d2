"""Rules about the sources of citations, on both sides of every boundary."""

from __future__ import annotations

import json

import pytest

from conformance.check import check
from conformance.transcript import exchange_from
from conformance.verdict import Level

DOCUMENTS = '> {"documents": ["Limpets graze.", "Mussels filter."]}'
AT = '+ {"delta": {"message": {"citations": %s}}}'


def judged(transcript):
    """All errors and warnings, in the order of the rules."""
    violations = check(exchange_from(transcript)).violations
    return [v for v in violations if v.level is not Level.INFO]


def found(transcript):
    """The codes of all errors and warnings."""
    return [v.code for v in judged(transcript)]


def cited(*sources, head=DOCUMENTS, patch=""):
    """A text with one citation for each source, after a request that `head` describes."""
    spans = ('0-7 "Limpets"', '8-13 "graze"')
    citations = "\n".join(
        f"citation-start {number} {spans[number]} {source} {patch}\ncitation-end {number}"
        for number, source in enumerate(sources)
    )
    return f"""
        {head}
        message-start
        content-start 0 text
        content-delta 0 "Limpets graze"
        {citations}
        content-end 0
        message-end COMPLETE
    """


def history(identity="tide_aa11bb22cc33", content='"noon"', answers=None):
    """A request whose history has one call and its result."""
    call = {"id": identity, "type": "function", "function": {"name": "tide", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "When?"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": answers or identity, "content": json.loads(content)},
    ]
    return f"tools tide\n> {json.dumps({'messages': messages})}"


PART = '[{"type": "document", "document": {"id": "table", "data": {"low": "noon"}}}]'


@pytest.mark.parametrize(
    ("head", "source", "expected"),
    [
        (DOCUMENTS, "doc:0", []),
        (DOCUMENTS, "doc:1", []),
        (DOCUMENTS, "doc:2", ["CITE-008"]),
        (DOCUMENTS, "doc:-1", ["CITE-008"]),
        (DOCUMENTS, "Doc:0", ["CITE-008"]),
        ('> {"documents": [{"id": "a", "data": {"x": "y"}}]}', "a", []),
        ('> {"documents": [{"id": "a", "data": {"x": "y"}}]}', "doc:0", ["CITE-008"]),
        ('> {"documents": [{"id": "a", "data": {"x": "y"}}, "text"]}', "doc:1", []),
        ('> {"documents": [{"id": "", "data": {"x": "y"}}]}', "doc:0", []),
        ("", "doc:0", ["CITE-008"]),
        (DOCUMENTS, "tool:tide_aa11bb22cc33:0", ["CITE-009"]),
        (DOCUMENTS, "tool:doc:0", ["CITE-009"]),
        (history(), "tool:tide_aa11bb22cc33:0", []),
        (history(), "tool:tide_aa11bb22cc33:17", []),
        (history(), "tool:tide_aa11bb22cc33", ["CITE-009"]),
        (history(), "tool:tide_aa11bb22cc33:", ["CITE-009"]),
        (history(), "tool:tide_aa11bb22cc33:x", ["CITE-009"]),
        (history(), "tool:tide_000000000000:0", ["CITE-009"]),
        (history(), "tide_aa11bb22cc33:0", ["CITE-008"]),
        (history(), "doc:0", ["CITE-008"]),
        (history("a:b"), "tool:a:b:0", []),
        (history(content=PART), "tool:table", []),
        (history(content=PART), "table", []),
        (history(content=PART), "tool:tables", ["CITE-009"]),
        (history(content=PART), "tool:tide_aa11bb22cc33:0", []),
        (history("[REDACTED]"), "tool:tide_aa11bb22cc33:0", []),
        (history("call-1"), "tool:tide_aa11bb22cc33:0", []),
        (history("call-1"), "tool:moon_aa11bb22cc33:0", ["CITE-009"]),
        (history("call-1"), "tool:call-1:0", []),
        (history("call-1"), "tool:call-2:0", ["CITE-009"]),
    ],
)
def test_sources(head, source, expected):
    """A source names a document or a tool result of the request, unless a recorder replaced ids."""
    transcript = cited(source, head=head)

    assert expected == found(transcript)


def test_results_of_earlier_turns():
    """A source may name a result from any turn of the history."""
    head = json.loads(history().split("> ", 1)[1])
    later = json.loads(history("moon_dd44ee55ff66").split("> ", 1)[1])
    answer = {"role": "assistant", "content": "At noon."}
    messages = [*head["messages"], answer, *later["messages"]]
    line = f"tools tide\n> {json.dumps({'messages': messages})}"

    for source in ("tool:tide_aa11bb22cc33:0", "tool:moon_dd44ee55ff66:0"):
        assert [] == found(cited(source, head=line))


def test_an_unknown_source_is_reported_once():
    """The same unknown id in several citations is one finding."""
    transcript = cited("doc:7", "doc:7")

    assert ["CITE-008"] == found(transcript)


def test_what_was_sent_is_said():
    """The headline names the ids that a source could have named."""
    (violation,) = judged(cited("doc:7"))

    assert (
        "CITE-008 unknown-document: the source names the document `doc:7`, "
        "sent were `doc:0`, `doc:1`"
    ) == violation.headline
    assert "/delta/message/citations/sources/0/id" == violation.pointer


def test_without_a_request_sources_are_not_judged():
    """A body alone tells nothing about documents."""
    exchange = exchange_from(cited("doc:7"))
    alone = type(exchange)(None, exchange.response, endpoint="chat-stream")

    assert () == check(alone).violations


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ("[]", ["CITE-015"]),
        ("null", ["CITE-015"]),
        ('"doc:0"', ["EVENT-008"]),
        ('[{"type": "document"}]', ["CITE-019"]),
        ('[{"type": "document", "id": "doc:0", "document": {}}]', []),
        ('[{"type": "document", "id": "doc:0", "document": {"id": "doc:1"}}]', ["CITE-016"]),
        ('[{"type": "document", "id": "doc:0", "document": {"id": 0}}]', ["CITE-016"]),
        ('[{"type": "tool", "id": "tide_1:0", "tool_output": {"id": "x"}}]', ["CITE-009"]),
    ],
)
def test_the_form_of_sources(sources, expected):
    """A citation has a source, and the document in it has the id of the source."""
    patch = AT % f'{{"sources": {sources}}}'

    assert expected == found(cited("doc:0", patch=patch))


def test_data_with_an_id_of_its_own():
    """Data that the caller sent may have another id than its document."""
    head = '> {"documents": [{"id": "a", "data": {"id": "b", "text": "x"}}]}'
    source = '{"sources": [{"type": "document", "id": "a", "document": {"id": "b"}}]}'

    assert [] == found(cited("a", head=head, patch=AT % source))
