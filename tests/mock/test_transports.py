"""Misbehaviour of the way: what each does to a reply, and how it is written."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.errors import UsageError
from conformance.faults.samples import request_of
from conformance.mock.options import chosen
from conformance.mock.plan import plan_of
from conformance.mock.reply import reply_to
from conformance.mock.settings import Settings, profile_named
from conformance.mock.transport import TRANSPORTS
from conformance.wire import Request


def test_cut_at_event(chat):
    """The reply has the first events, and ends before its end."""
    whole, cut = chat().reply, chat(fault="cut-at-event=3").reply

    assert whole.pieces[:3] == cut.pieces
    assert "cut" == cut.ends


def test_cut_at_byte(chat):
    """The reply has the first bytes, wherever that is in an event."""
    whole, cut = chat().reply, chat(fault="cut-at-byte=200").reply

    assert whole.body[:200] == cut.body
    assert "cut" == cut.ends


@pytest.mark.parametrize("name", ["stall", "reset"])
def test_stall_and_reset(chat, name):
    """The reply has the first events, and the connection is left so."""
    reply = chat(fault=f"{name}=2").reply

    assert 2 == len(reply.pieces)
    assert name == reply.ends


def test_chunks(chat):
    """The body is the same, cut elsewhere."""
    whole, cut = chat("Grüße").reply, chat("Grüße", fault="chunks=7").reply

    assert whole.body == cut.body
    assert {7} == {len(piece) for piece in cut.pieces[:-1]}


def test_drip(chat):
    """Each byte comes by itself, after a pause."""
    whole, cut = chat().reply, chat(fault="drip=0.5").reply

    assert len(whole.body) == len(cut.pieces)
    assert 0.5 == cut.pace


def test_one_chunk(chat):
    """The whole body comes at once."""
    assert (chat().reply.body,) == chat(fault="one-chunk").reply.pieces


def test_gzip_can_be_read_as_it_comes(chat, rerank):
    """Each compressed piece gives the event that it was made of."""
    whole, packed = chat().reply, chat(fault="gzip").reply
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    assert list(whole.pieces) == [reader.decompress(piece) for piece in packed.pieces[:-1]]
    assert "gzip" == packed.header("content-encoding")
    ranking = rerank("a", ["a"], fault="gzip").reply
    assert str(len(ranking.body)) == ranking.header("content-length")


def test_fail_at_event(chat):
    """A failure in mid-stream is told in the stream, and breaks no rule."""
    asked = chat(fault="fail-at-event=4")

    assert "ERROR" == asked.end["finish_reason"]
    assert asked.end["error"]
    assert 6 == len(asked.reply.pieces)
    assert set() == asked.codes()


@pytest.mark.parametrize(("off", "more"), [("5", 5), ("-5", -5)])
def test_wrong_length(chat, off, more):
    """The announced length is off by so many bytes."""
    reply = chat(fault=f"wrong-length={off}").reply

    assert str(len(reply.body) + more) == reply.header("content-length")


@pytest.mark.parametrize(
    ("fault", "status", "retry"),
    [
        ("429", 429, None),
        ("429=2", 429, "2"),
        ("429=0.4", 429, "1"),
        ("503", 503, None),
        ("500", 500, None),
    ],
)
def test_refusals_of_gateways(chat, rerank, fault, status, retry):
    """Requests are refused with the status, and `Retry-After` only if a time is given."""
    for asked in (chat(fault=fault), rerank("a", ["a"], fault=fault)):
        assert status == asked.reply.status
        assert retry == asked.reply.header("retry-after")
        assert asked.json["message"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "no such fault"),
        ("STREAM-14", "no such fault"),
        ("stall", "stall=N"),
        ("stall=x", "stall=N"),
        ("cut-at-byte=-1", "takes a number"),
        ("cut-at-event=inf", "takes a number"),
        ("cut-at-event=nan", "takes a number"),
        ("wrong-length=1e99", "takes a number"),
        ("503*99999999999999999999", "no number"),
        ("503*x", "no number"),
        ("429=soon", "429=SECONDS"),
    ],
)
def test_faults_that_are_none(text, says):
    """A fault that is none, or lacks its value, is a usage error that shows how to write it."""
    with pytest.raises(UsageError, match=says):
        plan_of(text)


def test_misspelt_faults_have_a_hint():
    """The nearest name is proposed."""
    with pytest.raises(UsageError, match="did you mean `cut-at-event`"):
        plan_of("cut-at-evnet=3")
    with pytest.raises(UsageError, match="did you mean `minimal`"):
        profile_named("minimla")


def test_options_in_headers_and_path():
    """A request chooses by headers, or by its path where a client cannot send headers."""
    by_header = Request(
        "POST",
        "http://h/v2/chat",
        (("X-Conformance-Fault", "stall=1"), ("X-Conformance-Case", "a")),
    )
    by_path = Request("POST", "http://h/fault=STREAM-014%2Cgzip/profile=rich/case=b%20c/v2/chat")

    one, other = chosen(by_header, Settings()), chosen(by_path, Settings())
    assert ("stall=1", "a") == (one.settings.plan.name, one.case)
    assert ("STREAM-014, gzip", "b c") == (other.settings.plan.name, other.case)
    assert "rich" == other.settings.profile.name


def test_unknown_options_in_the_path():
    """An option that is none is refused, and not taken for a part of the path."""
    with pytest.raises(UsageError, match="no such option: `fualt`"):
        chosen(Request("POST", "http://h/fualt=x/v2/chat"), Settings())


@settings(max_examples=200, derandomize=True)
@given(
    name=st.sampled_from([*TRANSPORTS, "STREAM-014", "x"]),
    value=st.text() | st.floats().map(str) | st.integers().map(str),
    times=st.text() | st.integers().map(str),
)
def test_any_text_is_a_plan_or_refused(name, value, times):
    """Whatever a header says is a plan that can be carried out, or a usage error."""
    for text in (f"{name}={value}", f"{name}*{times}", f"{name}={value}*{times}", value):
        try:
            plan = plan_of(text)
        except UsageError:
            continue
        assert reply_to(request_of("text"), Settings(plan=plan)).status < 505
