"""Broken streams: each breaks just the rules that its label names, and every cell is visited."""

from __future__ import annotations

import importlib
import random

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

import conformance.strategies
from conformance.check import check
from conformance.errors import UsageError
from conformance.rules.registry import RULES, all_rules
from conformance.strategies import broken_framings, broken_streams, streams
from conformance.stream import TABLE, No
from conformance.verdict import Level

MANY = max(200, settings.default.max_examples)
TIMES = 8 if settings.default.max_examples > 1000 else 2
INSIDE = conformance.strategies.from_schema.__module__.rpartition(".")[0]
Seeded = importlib.import_module(f"{INSIDE}.source").Seeded
WAYS = importlib.import_module(f"{INSIDE}.broken_streams").stream_ways()

REFUSED = {(s, i) for s, row in TABLE.items() for i, cell in row.items() if isinstance(cell, No)}


def judge(exchange, fault):
    """Assert that the rules find what the label says, and no other error."""
    verdict = check(exchange)
    assert verdict.judged
    found = {v.code for v in verdict.violations}
    errors = {v.code for v in verdict.violations if v.level is Level.ERROR}
    assert fault.codes <= found
    assert errors <= fault.codes
    return verdict


def test_every_way_breaks_just_its_rule():
    """Every refused cell is visited, and each stream breaks what its label says."""
    cells = set()
    for way in (way for group in WAYS for way in group):
        for seed in range(TIMES):
            stream, fault = way.make(Seeded(random.Random(seed)))
            assert (way.kind, way.code) == (fault.kind, fault.code)
            cells |= judge(stream.exchange(), fault).cells

    assert set() == REFUSED - cells


def test_every_rule_about_streams_can_be_broken():
    """There is a fault for every rule about order, events, tools, citations and answers."""
    all_rules()
    codes = {way.code for group in WAYS for way in group}
    families = ("STREAM", "EVENT", "TOOL", "CITE")

    wanted = {c for c, r in RULES.items() if r.family in families or c.startswith("CHAT-1")}
    assert wanted == codes


def test_further_codes_are_those_of_the_table():
    """A label names further rules only where the table has one refusal lead into another."""
    several = {way.code for way in WAYS[0] if way.make(Seeded(random.Random(0))).fault.also}

    assert {"STREAM-001", "STREAM-006", "STREAM-007", "CITE-001"} == several
    for way in (way for group in WAYS[1:] for way in group):
        assert () == way.make(Seeded(random.Random(0))).fault.also


@settings(max_examples=MANY, database=None)
@given(broken_streams())
def test_broken_streams_are_labelled(example):
    """A broken stream breaks just the rules that its label names."""
    stream, fault = example
    judge(stream.exchange(), fault)
    assert int(fault.pointer.split("/")[1]) <= len(stream.items)


@pytest.mark.parametrize("code", sorted({way.code for group in WAYS for way in group}))
def test_faults_of_one_rule(code):
    """With a code every stream breaks that rule."""

    @settings(max_examples=5, database=None)
    @given(broken_streams(code))
    def holds(example):
        assert code == example.fault.code
        judge(example.stream.exchange(), example.fault)

    holds()


def test_an_unknown_code_is_refused_at_once():
    """A code that no broken stream has is an error when the strategy is made."""
    with pytest.raises(UsageError) as caught:
        broken_streams("CHAT-001")

    assert caught.value.hint


def test_a_broken_stream_is_shown_in_one_line():
    """The repr is one line: the stream in the notation of transcripts, and its label."""
    shown = pretty(find(broken_streams("STREAM-024"), lambda _: True))

    assert "\n" not in shown
    assert shown.startswith("(stream(message-start, ")
    assert "code='STREAM-024'" in shown


@st.composite
def broken_bodies(draw):
    """A stream and a broken framing of it."""
    stream = draw(streams())
    return stream, draw(broken_framings(stream))


@settings(max_examples=MANY, database=None)
@given(broken_bodies())
def test_broken_framings_are_labelled(example):
    """A broken framing breaks just the rule that its label names."""
    stream, (framed, fault) = example
    judge(stream.exchange(framed.body), fault)


def test_every_fault_of_framing_is_made():
    """Within 1,000 broken framings every kind of fault comes."""
    seen = set()

    @settings(max_examples=1000, database=None, derandomize=True)
    @given(broken_bodies())
    def count(example):
        seen.add(example[1].fault.kind)

    count()

    assert seen == {
        "not UTF-8", "unterminated event", "truncated body", "lost blank line", "line end in data",
        "wrong field", "encoded twice", "two events in one", "another event name",
    }  # fmt: skip


def test_framings_need_a_whole_stream():
    """Events without an end cannot be broken so that only their framing is wrong."""
    with pytest.raises(UsageError, match="message-end"):
        broken_framings(["[DONE]"])
