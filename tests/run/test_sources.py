"""The data in the sources of citations: it is what the request sent."""

from __future__ import annotations

import json

import pytest

from conformance.suite.sources import source_data_altered
from conformance.transcript import exchange_from

DOCUMENTS = [
    {"id": "notes", "data": {"title": "Limpets", "text": "Limpets graze  on rock.", "page": 7}},
    "Whelks hunt at night.",
    {"data": '{"text": "Mussels stay."}'},
]
RESULTS = [
    {"role": "user", "content": "Low tide?"},
    {"role": "assistant", "tool_calls": [
        {"id": "tide_1", "type": "function", "function": {"name": "tide", "arguments": "{}"}}]},
]  # fmt: skip


def told(source, **body):
    """What is said of an answer with one citation of this source."""
    patch = {"delta": {"message": {"citations": {"sources": [source]}}}}
    exchange = exchange_from(
        f"> {json.dumps(body)}\nmessage-start\ncontent-start 0 text\n"
        'content-delta 0 "Limpets graze"\n'
        f'citation-start 0 0-7 "Limpets" x + {json.dumps(patch)}\n'
        "citation-end 0\ncontent-end 0\nmessage-end COMPLETE\n"
    )
    return [lapse.message for lapse in source_data_altered.find([exchange])]


def document(identity, **data):
    """A source that is a document."""
    return {"type": "document", "id": identity, "document": {"id": identity, **data}}


@pytest.mark.parametrize(
    ("source", "member"),
    [
        (document("notes", title="Limpets", text="Limpets graze on rock.", page="7"), None),
        (document("notes", title="Limpets", text=" Limpets graze on rock.\n"), None),
        (document("notes"), None),
        (document("notes", more="words of the server"), None),
        (document("notes", page="8"), None),
        (document("notes", text="Limpets graze"), "text"),
        (document("notes", title="Whelks", text="Limpets graze on rock."), "title"),
        (document("doc:1", text="Whelks hunt at night."), None),
        (document("doc:1", snippet="Whelks hunt", title="untitled"), None),
        (document("doc:1", text="Limpets graze on rock."), "text"),
        (document("doc:2", text="Mussels stay."), None),
        (document("doc:2", text="Mussels go."), "text"),
        (document("unknown", text="Mussels go."), None),
        ({"type": "document", "id": "notes"}, None),
        ({"type": "document", "id": 7, "document": {"text": "x"}}, None),
    ],
)
def test_documents(source, member):
    """Texts are those that were sent, but for white space; what else there is is left alone."""
    found = told(source, documents=DOCUMENTS)

    assert [member] * bool(member) == [message.split("`")[5] for message in found]


@pytest.mark.parametrize(
    ("content", "output", "expected"),
    [
        ("at noon", {"content": "at noon"}, 0),
        ("at noon", {"content": "noon"}, 0),
        ("at noon", {"content": "at midnight"}, 1),
        ('{"time": "12:00", "port": "Brest"}', {"time": "12:00", "port": "Brest"}, 0),
        ('{"time": "12:00"}', {"content": '{"time":"12:00"}'}, 0),
        ('{"time": "12:00"}', {"time": "13:00"}, 1),
        ([{"type": "text", "text": "at noon"}], {"content": "at noon"}, 0),
        ([{"type": "document", "document": {"data": {"time": 12}}}], {"time": "12"}, 0),
        ([{"type": "document", "document": {"data": '[{"time": "12"}]'}}],
         {"content": '[{"time": "12"}]'}, 0),
        ([{"type": "document", "document": {"data": {"time": "12"}}}], {"time": "never"}, 1),
        ("at noon", {}, 0),
        ("at noon", {"content": ""}, 0),
    ],
)  # fmt: skip
def test_tool_results(content, output, expected):
    """What a tool said may come as text, as JSON text, or member by member; but it must be that."""
    messages = [*RESULTS, {"role": "tool", "tool_call_id": "tide_1", "content": content}]
    source = {"type": "tool", "id": "tide_1:0", "tool_output": output}

    assert expected == len(told(source, messages=messages))
