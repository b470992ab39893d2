"""What stands around the bodies: parameters, media types, statuses, servers, the key."""

from __future__ import annotations

import copy
import json

import pytest

from conformance.diff import compare
from conformance.diff.document import Document, Side
from conformance.errors import SpecError, UsageError
from tests.diff.api import small_api
from tests.diff.dialects import documents


def _of(data, name):
    return Side(name, tuple(Document(one, name) for one in data))


def _chat(data):
    return next(one for one in data if "/v2/chat" in one["paths"])["paths"]["/v2/chat"]["post"]


def _rerank(data):
    return next(one for one in data if "/v2/rerank" in one["paths"])["paths"]["/v2/rerank"]["post"]


def _parameter(name, *, required=False, where="header"):
    return {"name": name, "in": where, "required": required, "schema": {"type": "string"}}


def _urls(data, url):
    for one in data:
        one["servers"] = [{"url": url}]


def _schemes(data, scheme):
    for one in data:
        name = next(iter(one["components"]["securitySchemes"]))
        one["components"]["securitySchemes"][name] = scheme


# name -> (dialect, edit, what is found: kind, location, verdict)
ROWS = {
    "optional header added": (
        "A", lambda d: _chat(d)["parameters"].append(_parameter("X-Trace")),
        ("property-added", "header.x-trace", ("ok", "-", "pass"))),
    "required header added": (
        "B", lambda d: _chat(d)["parameters"].append(_parameter("X-Trace", required=True)),
        ("property-added", "header.x-trace", ("break", "-", "fail-open"))),
    "header removed": (
        "official", lambda d: _chat(d)["parameters"].clear(),
        ("property-removed", "header.x-client-name", ("behaviour", "-", "fail-closed"))),
    "header required": (
        "official", lambda d: _chat(d)["parameters"][0].update(required=True),
        ("property-required", "header.x-client-name", ("break", "-", "fail-open"))),
    "header retyped": (
        "B", lambda d: _chat(d)["parameters"][0].update(schema={"type": "integer"}),
        ("type-changed", "header.x-client-name", ("break", "-", "fail-open"))),
    "query parameter added": (
        "B", lambda d: _chat(d)["parameters"].append(_parameter("dry", where="query")),
        ("property-added", "query.dry", ("ok", "-", "pass"))),
    "another key": (
        "B", lambda d: _schemes(d, {"type": "apiKey", "in": "header", "name": "x-key"}),
        ("security-changed", "protocol", ("break", "-", "pass"))),
    "another server": (
        "B", lambda d: _urls(d, "https://api.example.com"),
        ("server-changed", "protocol", ("break", "-", "pass"))),
    "answers of another type": (
        "A", lambda d: _rerank(d)["responses"]["200"].update(
            content={"application/yaml": {"schema": {"type": "object"}}}),
        ("response-media-type-changed", "protocol", ("-", "break", "fail-open"))),
    "requests of one more type": (
        "B", lambda d: _rerank(d)["requestBody"]["content"].update({"text/csv": {}}),
        ("request-media-type-added", "protocol", ("ok", "-", "pass"))),
    "another success": (
        "A", lambda d: _rerank(d)["responses"].update({"202": {"description": "later"}}),
        ("success-status-added", "protocol", ("-", "risk", "pass"))),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_change_around_the_bodies_is_found(name):
    """Once for each operation that has it, and as its counterpart from the other side."""
    dialect, edit, expected = ROWS[name]
    before = documents(small_api(), dialect)
    after = json.loads(json.dumps(before))
    edit(after)
    there = compare(_of(before, "old"), _of(after, "new")).findings
    back = compare(_of(after, "old"), _of(before, "new")).findings

    assert {expected} == {(o.kind, f"{o.at.root}{o.at.path}", tuple(o.verdict)) for o in there}
    assert len(there) == len(back) == len({one.at.operation for one in there})


def test_the_key_as_header_and_as_scheme_are_one():
    """Pages of dialect A describe the Authorization header as a parameter."""
    page, whole = (documents(small_api(), one) for one in ("A", "official"))

    assert () == compare(_of(page, "old"), _of(whole, "new")).findings


def test_statuses_of_refusals_are_documentation():
    """Which failures a description lists is a note."""
    before = documents(small_api(), "B")
    after = copy.deepcopy(before)
    del _chat(after)["responses"]["429"]
    _chat(after)["responses"]["418"] = {"description": "short and stout"}
    report = compare(_of(before, "old"), _of(after, "new"))

    assert () == report.findings
    assert ["`chat-stream` status `429` is no longer documented",
            "`chat-stream` status `418` is documented now"] == [
        one.says for one in report.notes if one.kind == "status"
    ]  # fmt: skip


def test_what_is_deprecated_is_a_note():
    """It works as before, and may not for long."""
    before = documents(small_api(), "official")
    after = copy.deepcopy(before)
    body = _chat(after)["requestBody"]["content"]["application/json"]["schema"]
    body["properties"]["model"]["deprecated"] = True
    report = compare(_of(before, "old"), _of(after, "new"))

    assert () == report.findings
    assert "`chat-stream request.model` is deprecated now" in [one.says for one in report.notes]


def test_descriptions_without_a_common_endpoint():
    """A page of chat and one of rerank cannot be compared."""
    chat, rerank = documents(small_api(), "A")
    with pytest.raises(UsageError, match="no endpoint in common"):
        compare(_of([chat], "chat"), _of([rerank], "rerank"))


def test_an_endpoint_that_stands_twice():
    """Which of the two is meant cannot be told."""
    chat, rerank = documents(small_api(), "A")
    with pytest.raises(SpecError, match="`rerank` stands in two documents"):
        _of([chat, rerank, copy.deepcopy(rerank)], "twice")


def test_a_union_that_grows_out_of_one_form():
    """The old form goes on under its name, and what tells it must be said from now on."""
    before = documents(small_api(), "official")
    body = before[0]["paths"]["/v2/rerank"]["post"]["requestBody"]["content"]["application/json"]
    plain = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    schema = before[0]["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
    schema["properties"]["documents"]["items"] = plain
    after = json.loads(json.dumps(before))
    told = {**plain, "required": ["type", "text"],
            "properties": {"type": {"const": "text"}, **plain["properties"]}}  # fmt: skip
    other = {"type": "object", "required": ["type"],
             "properties": {"type": {"const": "image"}, "url": {"type": "string"}}}  # fmt: skip
    schema = after[0]["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
    schema["properties"]["documents"]["items"] = {"oneOf": [told, other]}
    found = compare(_of(before, "old"), _of(after, "new")).findings

    assert [
        ("property-added", "request.documents[]<text>.type", "break"),
        ("member-added", "request.documents[]<image>", "ok"),
    ] == [(one.kind, f"{one.at.root}{one.at.path}", one.verdict.sender) for one in found]


def _with_definitions(made):
    data = documents(small_api(), "official")
    schemas = data[0]["components"]["schemas"]
    schemas.update(made)
    schemas[f"D{len(made)}"] = {"type": "string"}
    response = {"$ref": "#/components/schemas/D0"}
    answer = _rerank(data)["responses"]["200"]["content"]["application/json"]
    answer["schema"] = {"allOf": [answer["schema"], {"properties": {"deep": response}}]}
    return data


def _next(number):
    return {"$ref": f"#/components/schemas/D{number + 1}"}


def test_compositions_that_double_at_each_step():
    """What is said twice is looked at once, so that forty steps are no more than forty."""
    made = {f"D{n}": {"allOf": [_next(n), _next(n)]} for n in range(40)}
    before = documents(small_api(), "official")
    found = compare(_of(before, "old"), _of(_with_definitions(made), "new")).findings

    assert ["rerank response.deep"] == [str(one.at) for one in found]


def test_chains_of_thousands_of_references():
    """They end in an error of one line."""
    made = {f"D{n}": _next(n) for n in range(3000)}
    before = documents(small_api(), "official")
    with pytest.raises(SpecError, match=r"too many parts|too deeply"):
        compare(_of(before, "old"), _of(_with_definitions(made), "new"))
