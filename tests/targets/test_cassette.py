"""Recordings answer what they were recorded for, and a miss names the nearest of them."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from conformance.cassette import write
from conformance.data import data_path
from conformance.errors import CassetteError, CassetteMiss, UsageError
from conformance.targets import json_request, open_target
from conformance.wire import Exchange, Request, Response

STREAM = (("Content-Type", "text/event-stream"),)


@pytest.fixture
def recorded(tmp_path):
    """Write pairs of a request and a response body as one recording; its target."""

    def make(*pairs):
        file = tmp_path / "recording.yaml"
        write(file, [Exchange(asked, Response(200, STREAM, body)) for asked, body in pairs])
        return open_target(f"cassette:{file}")

    return make


def test_the_same_value_is_the_same_request(recorded, chat):
    """Order of members, white space, host and headers do not matter."""
    asked = chat()
    target = recorded((replace(asked, url="https://api.cohere.com/v2/chat"), b"data: x\n\n"))
    body = dict(reversed(json.loads(asked.body).items()))
    other = Request("post", "/base/v2/chat/", (("X-A", "1"),), json.dumps(body, indent=1).encode())
    exchange = target.send(other, expect=(200,))

    assert (b"data: x\n\n", (200,)) == (exchange.response.body, exchange.expect)
    assert (False, False, 1) == (exchange.live, exchange.observed, exchange.origin.number)


def test_recordings_of_one_request_come_in_turn(recorded, chat):
    """Several answers to one request come in their order, then the last again and again."""
    target = recorded((chat(), b"1"), (chat(seed=1), b"other"), (chat(), b"2"))

    assert [b"1", b"2", b"2"] == [target.send(chat()).response.body for _ in range(3)]
    assert b"other" == target.send(chat(seed=1)).response.body


def test_recordings_of_the_asking_case_come_first(tmp_path, chat):
    """Requests that differ in their headers only get the answers of their own cases, in turn."""
    for name, body in (("http/no-key", b"1"), ("http/odd", b"2"), ("http/odd_002", b"3")):
        file = tmp_path / "chat-stream" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        write(file, [Exchange(chat(), Response(200, STREAM, body))])
    target = open_target(f"cassette:{tmp_path}")

    def answers(case, times):
        return [target.send(chat(), case=case).response.body for _ in range(times)]

    assert [b"2", b"3", b"3"] == answers("chat-stream/http/odd", 3)
    assert [b"1", b"1"] == answers("chat-stream/http/no-key", 2)
    assert [b"1", b"2"] == answers("chat-stream/http/never-recorded", 2)
    assert [b"3", b"3"] == answers("", 2)


def test_threads_take_turns(recorded, chat):
    """Each recording comes once, whoever asks."""
    target = recorded(*((chat(), b"%d" % number) for number in range(40)))
    got = []
    threads = [
        threading.Thread(target=lambda: got.append(target.send(chat()).response.body))
        for _ in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {b"%d" % number for number in range(40)} == set(got)


def test_bodies_that_are_no_json_are_compared_byte_by_byte(recorded):
    """A broken body has a recording of its own."""
    target = recorded((Request("POST", "/v2/chat", (), b"{\xff"), b"1"))

    assert b"1" == target.send(Request("POST", "/v2/chat", (), b"{\xff")).response.body
    with pytest.raises(CassetteMiss):
        target.send(Request("POST", "/v2/chat", (), b"{\xfe"))


def test_a_miss_names_the_nearest_recording(recorded, chat, rerank):
    """A miss says which recording is nearest, what is the same, and what differs where."""
    target = recorded(
        (rerank(), b"1"), (chat(temperature=0.3), b"2"), (chat(seed=4, p=0.5, k=3), b"3")
    )
    with pytest.raises(CassetteMiss) as caught:
        target.send(chat(temperature=0))
    told = str(caught.value).split("\n")
    file = target.name.removeprefix("cassette:")

    assert [
        "no recording answers `POST /v2/chat`",
        f"  --> {file} (3 recordings)",
        f"  nearest: {file}, exchange 2",
        "    same     method, path, model, stream, messages",
        "    differs  $.temperature: recorded `0.3`, asked `0`",
    ] == told[:5]
    assert told[5].startswith("  = help: ")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"seed": 1}, "    differs  $.seed: recorded nothing, asked `1`"),
        ({"messages": []}, "    differs  $.messages: recorded nothing, asked `[]`"),
        (
            {"messages": [{"role": "user", "content": "ü" * 200}]},
            '    differs  $.messages[0].content: recorded `"How is the weather in Brest?"`, '
            'asked `"' + "ü" * 29 + "…" + "ü" * 19 + '"`',
        ),
        ({f"m{n}": n for n in range(9)}, "             and 4 more"),
    ],
)  # fmt: skip
def test_differences_are_short(recorded, chat, changes, line):
    """Long values are cut, many differences are counted, absent members are said so."""
    target = recorded((chat(), b"1"))
    with pytest.raises(CassetteMiss) as caught:
        target.send(chat(**changes))

    assert line in caught.value.where.split("\n")


@pytest.mark.parametrize("body", [b"", b"\xff", b"null", b"[]", b"[" * 50_000, b'"a"', b"{}"])
def test_any_request_gets_an_answer_or_a_miss(recorded, chat, body):
    """No body of a request raises anything else."""
    target = recorded((chat(), b"1"))
    with pytest.raises(CassetteMiss, match="no recording answers `PUT /other`"):
        target.send(Request("PUT", "http://host/other", (), body))


def test_recordings_without_a_request_are_said_so(tmp_path, chat):
    """A saved stream has no request to answer; among others it is counted."""
    stream = tmp_path / "stream.sse"
    stream.write_bytes(b"data: [DONE]\n\n")
    with pytest.raises(CassetteError, match="no recording with a request and a response"):
        open_target(f"cassette:{stream}")
    write(tmp_path / "other.yaml", [Exchange(chat(), Response(200))])
    with open_target(f"cassette:{tmp_path}") as target, pytest.raises(CassetteMiss) as caught:
        target.send(chat(seed=1))

    assert "(1 recording, and 1 without a request)" in caught.value.where


@pytest.mark.parametrize("spec", ["cassette:", "cassette:/no/such/file"])
def test_a_path_that_holds_nothing(spec):
    """A cassette without a path, or with one that is not there, is an error that says so."""
    with pytest.raises((UsageError, CassetteError)) as caught:
        open_target(spec)

    assert caught.value.hint


def test_shipped_recordings_answer_their_own_requests():
    """Every recording of this project is found again by what it was recorded for."""
    with open_target(f"cassette:{data_path('recordings')}") as target:
        exchanges = target.recordings.exchanges
        found = {target.send(one.request).response.body for one in exchanges}

    assert len(exchanges) > 30
    assert {one.response.body for one in exchanges} == found


def test_a_recording_has_no_address(recorded):
    """Programs that send requests of their own are told that nothing listens."""
    target = recorded((json_request("/v2/chat", {}), b""))

    assert None is target.url
