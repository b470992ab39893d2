"""Changes that the API really went through, each as a small pair in every dialect."""

from __future__ import annotations

import copy

import pytest

from conformance.diff import compare
from conformance.diff.document import Document, Side
from tests.diff.api import BOOL, CALL, array, delta, either, integer, number, obj, small_api, text
from tests.diff.dialects import BLIND, DIALECTS, Guise, documents, side

COMBINATIONS = [(a, b) for a in DIALECTS for b in DIALECTS]


def _told(report):
    return {
        (f"{one.at}", one.kind, one.verdict.sender, one.verdict.reader) for one in report.findings
    }


def _everywhere(before, after, expected, needs=""):
    """The expected findings, once each, in every pair of dialects that can tell of them."""
    olds = {one: side(before, one) for one in DIALECTS}
    news = {one: side(after, one, Guise("Q")) for one in DIALECTS}
    for old, new in COMBINATIONS:
        report = compare(olds[old], news[new])
        wanted = set() if needs in BLIND[old] | BLIND[new] else expected

        assert wanted == _told(report), (old, new)
        assert len(wanted) == len(report.findings)


def test_finish_reasons_change_case():
    """All values of an enum respelled are one finding, and break readers."""
    before, after = small_api(), small_api()
    end = before["chat-stream"]["event"]["m"]["message-end"]["p"]["delta"]["p"]
    end["finish_reason"] = text("complete", "max_tokens", "error")
    where = "chat-stream event<message-end>.delta.finish_reason"

    _everywhere(before, after, {(where, "enum-renamed", "-", "break")})


def test_rerank_drops_documents_as_objects():
    """Forms and options that go break or change what is sent; a limit is renamed."""
    before, after = small_api(), small_api()
    request = before["rerank"]["request"]["p"]
    request["documents"] = array(either(text(), obj(text=text(), title=text())))
    request["return_documents"] = BOOL
    request["rank_fields"] = array(text())
    request["max_chunks_per_doc"] = request.pop("max_tokens_per_doc")
    before["rerank"]["response"]["p"]["results"]["of"]["p"]["document"] = obj(text=text())

    _everywhere(
        before,
        after,
        {
            ("rerank request.documents[]<object>", "member-removed", "break", "-"),
            ("rerank request.return_documents", "property-removed", "behaviour", "-"),
            ("rerank request.rank_fields", "property-removed", "behaviour", "-"),
            ("rerank request.max_tokens_per_doc", "property-renamed", "break", "-"),
            ("rerank response.results[].document", "property-removed", "-", "break"),
        },
    )


def test_deltas_move_into_a_message():
    """A member that moved into a new object beside it is one rename, not an end and a beginning."""
    before, after = small_api(), small_api()
    for api, shape in (
        (before, lambda **m: obj(delta=obj(**m), index=integer())),
        (after, delta),
    ):
        events = api["chat-stream"]["event"]["m"]
        old = api is before
        call, plan = ("tool_call", "tool_plan") if old else ("tool_calls", "tool_plan")
        events["tool-call-start"] = copy.deepcopy(shape(**{call: CALL}))
        events["tool-plan-delta"] = copy.deepcopy(shape(**{plan: text()}))
    kind = ("property-moved", "-", "break")

    _everywhere(
        before,
        after,
        {
            ("chat-stream event<tool-call-start>.delta.message.tool_calls", *kind),
            ("chat-stream event<tool-plan-delta>.delta.message.tool_plan", *kind),
        },
    )


def test_two_members_move_into_one_message():
    """An object all of whose members came from elsewhere is no change of its own."""
    before, after = small_api(), small_api()
    events = [api["chat-stream"]["event"]["m"] for api in (before, after)]
    events[0]["tool-call-start"] = obj(delta=obj(tool_call=copy.deepcopy(CALL), tool_plan=text()))
    message = obj(tool_calls=copy.deepcopy(CALL), tool_plan=text())
    events[1]["tool-call-start"] = obj(delta=obj(message=message))
    at = "chat-stream event<tool-call-start>.delta.message"

    _everywhere(
        before,
        after,
        {
            (f"{at}.tool_calls", "property-moved", "-", "break"),
            (f"{at}.tool_plan", "property-moved", "-", "break"),
        },
    )


def test_k_becomes_an_integer():
    """A number that must be an integer breaks who sent fractions."""
    before, after = small_api(), small_api()
    before["chat-stream"]["request"]["p"]["k"] = number()
    del after["chat-stream"]["request"]["p"]["k"]["default"]
    after["chat-stream"]["request"]["p"]["k"] = integer()

    _everywhere(before, after, {("chat-stream request.k", "type-narrowed", "break", "-")})


def test_the_key_of_error_bodies_is_renamed():
    """One finding for all statuses of an operation, and a break for readers of errors."""
    before, after = small_api(), small_api()
    before["error"] = obj(data=text(), id=text())
    renamed = ("property-renamed", "-", "break")

    _everywhere(
        before,
        after,
        {(f"{one} error<400>.message", *renamed) for one in ("chat-stream", "rerank")},
        needs="error",
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_feature_that_arrives_in_steps_breaks_nobody_in_between(dialect):
    """A reference to what is not there yet is a defect, and not a change of any type."""
    before, after = small_api(), small_api()
    request = after["chat-stream"]["request"]["p"]
    request["thinking"] = obj("type", type=text("enabled", "disabled"))
    old, halfway, new = (
        documents(before, dialect),
        documents(after, dialect, Guise(inline=True)),
        documents(after, dialect),
    )
    chat = halfway[0]["paths"]["/v2/chat"]["post"]["requestBody"]["content"]["application/json"]
    schema = chat["schema"]
    if "$ref" in schema:
        schema = halfway[0]["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    schema["properties"]["thinking"] = {"$ref": "#/components/schemas/Thinking"}
    sides = [Side(n, tuple(Document(d, n) for d in ds))
             for n, ds in (("old", old), ("halfway", halfway), ("new", new))]  # fmt: skip
    first, second = compare(sides[0], sides[1]), compare(sides[1], sides[2])

    assert {("chat-stream request.thinking", "property-added", "ok", "-")} == _told(first)
    assert ["dangling-reference"] == [one.kind for one in first.defects]
    assert set() == _told(second)
    assert ["dangling-reference"] == [one.kind for one in second.mended]


def test_finish_reason_gains_a_value():
    """A new value is a risk for readers, and for nobody else."""
    before, after = small_api(), small_api()
    end = after["chat-stream"]["event"]["m"]["message-end"]["p"]["delta"]["p"]
    end["finish_reason"]["enum"].append("TIMEOUT")
    where = "chat-stream event<message-end>.delta.finish_reason"

    _everywhere(before, after, {(where, "enum-added", "-", "risk")})


def test_both_requests_gain_an_option():
    """The same addition to two operations is two findings, both harmless."""
    before, after = small_api(), small_api()
    for endpoint in ("chat-stream", "rerank"):
        after[endpoint]["request"]["p"]["priority"] = integer()

    _everywhere(
        before,
        after,
        {
            (f"{one} request.priority", "property-added", "ok", "-")
            for one in ("chat-stream", "rerank")
        },
    )


def test_members_of_a_tool_call_become_required():
    """What is demanded of senders is promised to readers: a break here, harmless there."""
    before, after = small_api(), small_api()
    call = obj(id=text(), type=text("function"), function=obj(name=text()))
    for api, required in ((before, []), (after, ["id", "type"])):
        made = {**copy.deepcopy(call), "req": required}
        messages = api["chat-stream"]["request"]["p"]["messages"]["of"]["m"]
        messages["assistant"]["p"]["tool_calls"] = array(made)
        message = api["chat-stream"]["event"]["m"]["tool-call-start"]["p"]["delta"]["p"]["message"]
        message["p"]["tool_calls"] = copy.deepcopy(made)
    sent = "chat-stream request.messages[]<assistant>.tool_calls[]"
    received = "chat-stream event<tool-call-start>.delta.message.tool_calls"

    _everywhere(
        before,
        after,
        {(f"{sent}.{name}", "property-required", "break", "-") for name in ("id", "type")}
        | {(f"{received}.{name}", "property-required", "-", "ok") for name in ("id", "type")},
    )


def test_rerank_bills_more_units():
    """Two members more in an answer are two additions."""
    before, after = small_api(), small_api()
    units = after["rerank"]["response"]["p"]["meta"]["p"]["billed_units"]["p"]
    units["image_tokens"], units["pages"] = number(), number()
    where = "rerank response.meta.billed_units"

    _everywhere(
        before,
        after,
        {(f"{where}.{name}", "property-added", "-", "ok") for name in ("image_tokens", "pages")},
    )


def test_a_shared_list_of_values_loses_one():
    """A member whose own value its list no longer has cannot be sent, though it still stands there."""
    before = documents(small_api(), "A")
    after = copy.deepcopy(before)
    formats = next(
        one["properties"]["type"]["enum"]
        for one in after[0]["components"]["schemas"].values()
        if "json_schema" in one.get("properties", ())
    )
    formats[:] = [one for one in formats if one["value"] != "json-object"]
    report = compare(
        Side("old", tuple(Document(one, "old") for one in before)),
        Side("new", tuple(Document(one, "new") for one in after)),
    )

    assert {
        ("chat-stream request.response_format<json-object>", "member-removed", "break", "-")
    } == _told(report)
