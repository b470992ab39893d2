"""Every row of the table of verdicts, on a pair of descriptions that differ in just that."""

from __future__ import annotations

from functools import cache

import pytest

from conformance.diff import compare
from conformance.diff.model import Audience, Level
from conformance.diff.verdicts import TABLE
from tests.diff.api import integer, obj, small_api, text
from tests.diff.dialects import BLIND, DIALECTS, Guise, side

COMBINATIONS = [(a, b) for a in DIALECTS for b in DIALECTS]


def _member(*way, **more):
    """An edit of the object at a place: members set to a schema, or dropped with None."""

    def edit(api):
        found = api
        for step in way:
            found = found[step]
        for name, schema in more.items():
            if schema is None:
                del found["p"][name]
            else:
                found["p"][name] = schema

    return edit


def _set(*way, **more):
    """An edit of the schema at a place: its own members."""

    def edit(api):
        found = api
        for step in way:
            found = found[step]
        found.update(more)

    return edit


CHAT = ("chat-stream", "request")
EVENT = ("chat-stream", "event", "m")
END = (*EVENT, "message-end", "p", "delta", "p")
RERANK = ("rerank", "response")
MODE = (*CHAT, "p", "safety_mode")
FINISH = (*END, "finish_reason")
CONTENT = (*CHAT, "p", "messages", "of", "m", "user", "p", "content")


# name -> (edit, kind, location, sender, reader, recordings, level)
ROWS = {
    "request property added": (
        _member(*CHAT, priority=integer()), "property-added", "request.priority",
        "ok", "-", "pass", "additive"),
    "request property removed": (
        _member(*CHAT, logprobs=None), "property-removed", "request.logprobs",
        "behaviour", "-", "fail-closed", "risky"),
    "request property newly required": (
        _set(*CHAT, req=["model", "messages", "k"]), "property-required", "request.k",
        "break", "-", "fail-open", "breaking"),
    "required request property added": (
        lambda api: (_member(*CHAT, x=text())(api), _set(*CHAT, req=["model", "messages", "x"])(api)),
        "property-added", "request.x", "break", "-", "fail-open", "breaking"),
    "request property no longer required": (
        _set(*CHAT, req=["model"]), "property-optional", "request.messages",
        "ok", "-", "pass", "additive"),
    "request enum member removed": (
        _set(*MODE, enum=["CONTEXTUAL", "STRICT"]), "enum-removed", "request.safety_mode",
        "break", "-", "fail-open", "breaking"),
    "request enum member added": (
        _set(*MODE, enum=["CONTEXTUAL", "STRICT", "OFF", "MILD"]), "enum-added",
        "request.safety_mode", "ok", "-", "pass", "additive"),
    "request bound narrowed": (
        _set(*CHAT, "p", "k", max=100), "bound-narrowed", "request.k",
        "break", "-", "fail-open", "breaking"),
    "request bound relaxed": (
        _set(*CHAT, "p", "k", max=1000), "bound-relaxed", "request.k",
        "ok", "-", "pass", "additive"),
    "request default changed": (
        _set(*CHAT, "p", "k", default=5), "default-changed", "request.k",
        "behaviour", "-", "pass", "risky"),
    "request union member removed": (
        lambda api: api["chat-stream"]["request"]["p"]["messages"]["of"]["m"].pop("tool"),
        "member-removed", "request.messages[]<tool>", "break", "-", "fail-open", "breaking"),
    "request union member added": (
        lambda api: api["chat-stream"]["request"]["p"]["messages"]["of"]["m"].update(
            {"developer": obj("say", say=text())}),
        "member-added", "request.messages[]<developer>", "ok", "-", "pass", "additive"),
    "request alternative removed": (
        lambda api: _at(api, CONTENT)["of"].pop(0), "member-removed",
        "request.messages[]<user>.content", "break", "-", "fail-open", "breaking"),
    "request type narrowed": (
        _set(*CHAT, "p", "temperature", t="integer"), "type-narrowed", "request.temperature",
        "break", "-", "fail-open", "breaking"),
    "request type relaxed": (
        _set(*CHAT, "p", "k", t="number"), "type-widened", "request.k",
        "ok", "-", "pass", "additive"),
    "request property renamed": (
        lambda api: _renamed(api, CHAT, "stop_sequences", "stops"), "property-renamed",
        "request.stops", "break", "-", "fail-closed", "breaking"),
    "response property added": (
        _member(*RERANK, took=integer()), "property-added", "response.took",
        "-", "ok", "pass", "additive"),
    "event property added": (
        _member(*EVENT, "content-delta", logprobs=obj(text=text())), "property-added",
        "event<content-delta>.logprobs", "-", "ok", "pass", "additive"),
    "response property removed": (
        _member(*RERANK, meta=None), "property-removed", "response.meta",
        "-", "break", "fail-closed", "breaking"),
    "event property removed": (
        _member(*END[:-1], usage=None), "property-removed", "event<message-end>.delta.usage",
        "-", "break", "fail-closed", "breaking"),
    "response property retyped": (
        _set(*RERANK, "p", "id", t="integer"), "type-changed", "response.id",
        "-", "break", "fail-open", "breaking"),
    "response property newly required": (
        _set(*RERANK, req=["results", "id"]), "property-required", "response.id",
        "-", "ok", "fail-open", "additive"),
    "event property newly required": (
        _set(*EVENT, "message-start", req=["id"]), "property-required", "event<message-start>.id",
        "-", "ok", "fail-open", "additive"),
    "event enum member added": (
        _set(*FINISH, enum=["COMPLETE", "MAX_TOKENS", "ERROR", "TIMEOUT"]), "enum-added",
        "event<message-end>.delta.finish_reason", "-", "risk", "pass", "risky"),
    "event enum member removed": (
        _set(*FINISH, enum=["COMPLETE", "ERROR"]), "enum-removed",
        "event<message-end>.delta.finish_reason", "-", "ok", "fail-open", "additive"),
    "new event type": (
        lambda api: api["chat-stream"]["event"]["m"].update(
            {"heartbeat": obj(beat=integer(), of=text())}),
        "event-added", "event<heartbeat>", "-", "risk", "pass", "risky"),
    "new terminator": (
        lambda api: api.update(terminator="[END]"), "terminator-changed", "protocol",
        "-", "break", "fail-open", "breaking"),
    "event property renamed": (
        lambda api: _renamed(api, (*END[:-1],), "usage", "used"), "property-renamed",
        "event<message-end>.delta.used", "-", "break", "fail-closed", "breaking"),
    "error property renamed": (
        lambda api: _renamed(api, ("error",), "message", "detail"), "property-renamed",
        "error<400>.detail", "-", "break", "fail-closed", "breaking"),
}  # fmt: skip
ONLY_OFFICIAL = {
    "request bound narrowed", "request bound relaxed", "request default changed", "new terminator"
}  # fmt: skip


@cache
def _before(dialect):
    return side(small_api(), dialect)


def _at(api, way):
    for step in way:
        api = api[step]
    return api


def _renamed(api, way, old, new):
    found = _at(api, way)
    found["p"] = {(new if name == old else name): one for name, one in found["p"].items()}
    found["req"] = [new if name == old else name for name in found["req"]]


@pytest.mark.parametrize("name", ROWS)
def test_a_change_is_found_once_with_the_verdict_of_the_table(name):
    """In every combination of dialects that can tell of it, and in no other."""
    edit, kind, where, *expected = ROWS[name]
    after = small_api()
    edit(after)
    sides = {one: side(after, one, Guise("Y", shuffled=True)) for one in DIALECTS}
    for old, new in COMBINATIONS:
        found = compare(_before(old), sides[new]).findings
        needs = "official" if name in ONLY_OFFICIAL else "error" if name.startswith("error") else ""
        blind = needs in BLIND[old] | BLIND[new]
        told = [
            [one.kind, f"{one.at.root}{one.at.path}", *one.verdict, one.level.value]
            for one in found
            if one.at.operation == "chat-stream" or not name.startswith("error")
        ]

        assert ([] if blind else [[kind, where, *expected]]) == told, (old, new)


@pytest.mark.parametrize("had", [None, "[DONE]"])
def test_a_terminator_that_comes_or_goes_is_a_risk(had):
    """A reader that parses every frame meets one that is no JSON; or waits for one in vain."""
    before, after = small_api(), small_api()
    before["terminator"] = had
    after["terminator"] = None if had else "[DONE]"
    found = compare(side(before, "official"), side(after, "official")).findings

    assert [("terminator-removed" if had else "terminator-added", "risk")] == [
        (one.kind, one.verdict.reader) for one in found
    ]


def test_every_verdict_has_a_level_for_each_audience_that_it_concerns():
    """The level for people is the worst of sender and reader; recordings have their own."""
    for sides in TABLE.values():
        for verdict, _ in sides.values():
            levels = {one: verdict.level(one) for one in Audience}
            people = [levels[Audience.SENDER], levels[Audience.READER]]
            worst = max((one.rank for one in people if one), default=Level.ADDITIVE.rank)

            assert worst == verdict.level().rank
            assert [v == "-" for v in verdict] == [one is None for one in levels.values()]
