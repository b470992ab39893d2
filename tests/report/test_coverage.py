from __future__ import annotations

from conformance.cassette import find, read
from conformance.contract import contract
from conformance.data import data_path
from conformance.report.coverage import Seen, allowed, share
from conformance.report.records import Coverage
from conformance.stream import Input, State
from conformance.subject import Subject
from conformance.transcript import exchange_from


def seen_in(*exchanges):
    """What these exchanges show, by thing and sort."""
    made = Seen(contract())
    for exchange in exchanges:
        made.add(Subject(exchange, contract()))
    return {(each.thing, each.sort): each for each in made.records()}


def shown(record):
    """The parts that were seen at least once."""
    return {name for name, count in record.items.items() if count}


def test_one_stream_shows_just_its_parts():
    """A stream shows the properties, values, union members and cells that it has, and no others."""
    found = seen_in(
        exchange_from("message-start\ncontent-start 0 text\ncontent-end 0\nmessage-end COMPLETE")
    )
    events = shown(found["chat-event", "property"])

    assert {
        "event is message-start", "event is content-start", "event is content-end",
        "event is message-end",
    } == shown(found["chat-event", "union"])  # fmt: skip
    assert {
        "content-start.delta.message.content.type = text",
        "message-end.delta.finish_reason = COMPLETE",
    } == shown(found["chat-event", "enum"])
    assert {"content-start.index", "message-end.delta.finish_reason", "message-start.id"} <= events
    assert not any(name.startswith("tool-call-start.") for name in events)
    assert {
        "START · MESSAGE_START", "OPEN · TEXT_START", "TEXT · CONTENT_END",
        "ANSWERED · MESSAGE_END", "ENDED · DONE", "DONE · EOF",
    } == shown(found["stream", "cell"])  # fmt: skip
    assert {"200": 1} == {k: v for k, v in found["chat-stream", "status"].items.items() if v}
    assert set() == shown(found["rerank", "status"])


def test_nothing_shows_nothing_and_names_everything():
    """Without exchanges every part is listed with 0, definitions once wherever they are used."""
    found = seen_in()
    parts = {name for key, each in found.items() for name in each.items if key[1] == "property"}

    assert set() == {name for each in found.values() for name in shown(each)}
    assert {"ToolSource.tool_output", "UserMessageV2.content", "relevance_score"} <= {
        name.removeprefix("RerankResult.") for name in parts
    }
    assert len(State) * len(Input) == len(found["stream", "cell"].items)


def test_an_exchange_counts_once_for_a_part():
    """Counts are exchanges, not events."""
    stream = exchange_from(
        'message-start\ncontent-start 0 text\ncontent-delta 0 "a"\ncontent-delta 0 "b"\n'
        "content-end 0\nmessage-end"
    )
    found = seen_in(stream, stream)

    assert 2 == found["chat-event", "property"].items["content-delta.index"]
    assert 2 == found["stream", "cell"].items["TEXT · TEXT_DELTA"]


def test_a_union_counts_the_member_that_is_meant():
    """Members of a union are told apart by their discriminator or their JSON type."""
    request = '> {"documents": ["a", {"id": "d", "data": {"text": "b"}}]}'
    found = seen_in(exchange_from(f"{request}\nmessage-start\nmessage-end"))

    assert {
        "ChatMessageV2 is UserMessageV2", "UserMessageV2.content is string",
        "documents[] is string", "documents[] is Document",
    } == shown(found["chat-request", "union"])  # fmt: skip


def test_what_is_not_described_does_not_count_towards_the_share():
    """Undescribed statuses and cells that break a rule are listed, and neither seen nor wanted."""
    statuses = seen_in(exchange_from("status 418"))["chat-stream", "status"]
    broken = seen_in(exchange_from('message-start\ncontent-delta 0 "a"\nmessage-end'))

    assert 1 == statuses.items["418 undescribed"]
    assert (0, 13) == share(statuses)
    assert 1 == broken["stream", "cell"].items["OPEN · TEXT_DELTA"]
    assert not allowed(State.OPEN, Input.TEXT_DELTA)
    assert (2, 3) == share(Coverage("error", "property", {"a": 1, "b": 0, "c": 7}))


def test_the_authored_recordings_show_most_of_what_is_described():
    """The shipped recordings show at least nine of ten event properties, and all of rerank's."""
    exchanges = [e for file in find([data_path("recordings")]) for e in read(file)]
    found = seen_in(*exchanges)
    seen, total = share(found["chat-event", "property"])

    assert seen > total * 0.85
    assert (6, 6) == share(found["rerank-request", "property"])
