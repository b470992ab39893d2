"""Which rules, cases and recordings a finding names."""

from __future__ import annotations

import pytest

from conformance.contract import contract
from conformance.diff import compare, touch
from conformance.diff.instances import recorded
from conformance.diff.touch import Instance, touched, values_at
from conformance.rules.registry import all_rules
from conformance.suite.tried import tried
from tests.diff.api import integer, number, small_api, text
from tests.diff.dialects import side

CHAT = Instance(
    "chat",
    "chat-stream",
    {"model": "m", "k": 3, "safety_mode": "OFF",
     "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]},
                  {"role": "assistant", "tool_plan": "p"}]},
    200,
    ({"type": "message-start", "id": "1"},
     {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": {"cached_tokens": 1}}}),
)  # fmt: skip
RANKED = Instance("ranked", "rerank", {"query": "q"}, 200, (), {"results": [{"index": 0}]})
REFUSED = Instance("refused", "rerank", {"query": "q"}, 400, (), {"message": "no"})
ALL = (CHAT, RANKED, REFUSED)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".model", ["m"]),
        (".messages[]<user>.content<array>[]<text>.text", ["Hi"]),
        (".messages[]<assistant>.tool_plan", ["p"]),
        (".messages[]<tool>.content", []),
        (".messages[].role", ["user", "assistant"]),
        (".k.deeper", []),
        (".nothing[]", []),
        ("", [CHAT.request]),
    ],
)
def test_a_path_leads_to_the_values_that_are_there(path, found):
    """Members, items, and forms by their discriminator or JSON type."""
    assert found == list(values_at(CHAT.request, path))


def _recorded(edit, dialect="official"):
    before, after = small_api(), small_api()
    edit(after)
    (found,) = touched(
        compare(side(before, dialect), side(after, dialect)).findings[:1],
        clauses=contract().clauses,
        cases=(),
        recordings=ALL,
    )
    return found.touched


def _request(api):
    return api["chat-stream"]["request"]["p"]


def _end(api):
    return api["chat-stream"]["event"]["m"]["message-end"]["p"]["delta"]["p"]


@pytest.mark.parametrize(
    ("edit", "names"),
    [
        (lambda api: _request(api).pop("k"), ["chat"]),
        (lambda api: _request(api).pop("seed"), []),
        (lambda api: _request(api).update(kk=_request(api).pop("k")), ["chat"]),
        (lambda api: _request(api)["safety_mode"]["enum"].remove("OFF"), ["chat"]),
        (lambda api: _request(api)["safety_mode"]["enum"].remove("STRICT"), []),
        (lambda api: _end(api)["finish_reason"]["enum"].append("TIMEOUT"), []),
        (lambda api: _end(api)["finish_reason"]["enum"].remove("COMPLETE"), ["chat"]),
        (lambda api: _end(api)["usage"]["p"].pop("cached_tokens"), ["chat"]),
        (lambda api: api["chat-stream"]["event"]["m"].pop("message-start"), ["chat"]),
        (lambda api: api["chat-stream"]["event"]["m"].pop("debug"), []),
        (lambda api: api.update(terminator=None), ["chat"]),
        (lambda api: api["rerank"]["response"]["req"].append("id"), ["ranked"]),
        (lambda api: api["rerank"]["response"]["p"].update(took=number()), []),
        (lambda api: api["rerank"]["request"]["p"].pop("query") and
         api["rerank"]["request"].update(req=["model", "documents"]), ["ranked", "refused"]),
        (lambda api: _request(api)["messages"]["of"]["m"].pop("assistant"), ["chat"]),
        (lambda api: _request(api)["messages"]["of"]["m"].pop("tool"), []),
    ],
)  # fmt: skip
def test_an_exchange_is_touched_if_it_holds_what_changed(edit, names):
    """By what was sent and received, and not by names alone."""
    assert names == list(_recorded(edit).recordings)


def test_a_refusal_is_touched_by_what_error_bodies_hold():
    """And an answer is not, whatever its members are called."""
    before, after = small_api(), small_api()
    after["error"]["p"]["message"] = integer()
    report = compare(side(before, "official"), side(after, "official"))
    found = touched(report.findings, clauses={}, cases=(), recordings=ALL)

    assert {"chat-stream": (), "rerank": ("refused",)} == {
        one.at.operation: one.touched.recordings for one in found
    }


def test_the_rules_that_validate_and_those_that_name_the_member():
    """What validates by the fact comes first, then whose clause speaks of it."""
    rules = _recorded(lambda api: _end(api)["finish_reason"]["enum"].append("TIMEOUT")).rules

    assert "EVENT-009" == rules[0]
    assert {"CHAT-106", "CHAT-107"} <= set(rules)


def test_every_rule_in_the_tables_exists():
    """A code that was renamed would be named in vain."""
    known = {rule.code for rule in all_rules()}
    tables = [touch._ERROR_RULES, touch._PROTOCOL_RULES, *touch._SCHEMA_RULES.values()]

    assert {code for one in tables for codes in one.values() for code in codes} <= known


def test_scenarios_and_recordings_are_instances():
    """Each scenario with what it sends and the mock's answer; each recording with what it holds."""
    cases = tried(frozenset({"chat-stream", "rerank"}))
    kept = list(recorded())

    assert {"chat-stream", "rerank"} == {one.endpoint for one in cases}
    assert all(one.events or one.answer for one in cases)
    assert all(one.request for one in cases)
    assert all(one.name.startswith("recordings/") for one in kept)
    assert {"rerank"} == {one.endpoint for one in recorded((), frozenset({"rerank"}))}


def test_text_is_left_alone():
    """A member that is new in a form that nobody sent touches nothing."""
    assert () == _recorded(lambda api: _request(api).update(fresh=text())).recordings
