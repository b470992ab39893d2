"""What differs between two descriptions of one API, and must yield no finding."""

from __future__ import annotations

import copy
import json
from functools import cache

import pytest

from conformance.diff import compare
from conformance.diff.document import Document, Side
from conformance.specs import lines
from conformance.specs.page import source_of
from tests.diff.api import either, small_api, text
from tests.diff.dialects import DIALECTS, Guise, documents, published, side

GUISES = [
    Guise(),
    Guise("Other"),
    Guise(inline=True),
    Guise(shuffled=True, seed=3),
    Guise("Z", inline=True, shuffled=True, prose=False, seed=5),
]


def _of(data, name="new"):
    return Side(name, tuple(Document(one, name) for one in data))


@cache
def _plain(dialect):
    return side(small_api(), dialect)


def _loaded(written, name="new"):
    source = source_of(written.encode(), name, name, load=lines.load)
    return Side(name, tuple(Document(one.data, name, one.line) for one in source.documents))


def _nothing(report):
    assert () == report.findings
    assert () == report.defects
    assert () == report.mended


@pytest.mark.parametrize("new", DIALECTS)
@pytest.mark.parametrize("old", DIALECTS)
def test_one_api_in_two_dialects_and_any_guise(old, new):
    """Names, order, prose, inlining, enum objects, literals, mappings and labels say nothing."""
    for guise in GUISES:
        _nothing(compare(_plain(old), side(small_api(), new, guise)))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_off_without_quotation_marks(dialect):
    """`OFF` is text to YAML 1.2, and stands for that text where a reader of 1.1 made it false."""
    written = published(small_api(), dialect)
    bare = written.replace("'OFF'", "OFF")
    data = json.loads(json.dumps(documents(small_api(), dialect)).replace('"OFF"', "false"))

    assert written != bare
    _nothing(compare(side(small_api(), dialect), _loaded(bare)))
    _nothing(compare(side(small_api(), dialect), _of(data)))


def _walk(value):
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from _walk(one)


def _unmapped(data):
    for one in _walk(data):
        one.get("discriminator", {}).pop("mapping", None)


def _undiscriminated(data):
    for one in _walk(data):
        if "oneOf" in one:
            one.pop("discriminator", None)


def _flattened(data):
    schemas = data[0]["components"]["schemas"]
    for name, one in list(schemas.items()):
        if "allOf" in one:
            base, own = one["allOf"]
            base = schemas[base["$ref"].rpartition("/")[2]]
            properties = {**base["properties"], **own["properties"]}
            schemas[name] = {
                "type": "object",
                "properties": properties,
                "required": [*base["required"], *own.get("required", [])],
            }


def _extended(data):
    for number, one in enumerate(_walk(data)):
        if "type" in one and isinstance(one["type"], str) and "in" not in one:
            one["x-fern-type-name"] = f"Name{number}"


def _worded(data):
    for number, one in enumerate(_walk(data)):
        if one.get("type") in ("object", "string", "array") and "description" not in one:
            one["description"], one["title"] = f"Words {number}.", f"Title {number}"


def _rounded(data):
    for one in _walk(data):
        if one.get("maximum") == 18446744073709552000:
            one["maximum"] = 18446744073709551615


def _floated(data):
    for one in _walk(data):
        for key in ("minimum", "maximum", "default"):
            if isinstance(one.get(key), int) and not isinstance(one[key], bool):
                one[key] = float(one[key])


def _unformatted(data):
    for one in _walk(data):
        if one.get("type") == "number":
            one["format"] = "float"


def _lone_unions(data):
    for one in list(_walk(data)):
        if one.get("type") == "array" and "oneOf" not in one["items"]:
            one["items"] = {"oneOf": [one["items"]]}


def _undocumented_errors(data):
    for one in _walk(data):
        for status, response in one.get("responses", {}).items():
            if status.startswith(("4", "5")):
                response["content"] = {}


def _without_debug(data):
    for one in _walk(data):
        if "message-start" in one.get("enum", ()) and "debug" in one["enum"]:
            one["enum"].remove("debug")


def _as_page(data):
    """`stream` as the pages have it, which show one form of the answer only."""
    for one in _walk(data):
        if "stream" in one.get("properties", {}):
            one["properties"]["stream"] = {"type": "boolean", "enum": [True]}
            one["required"] = ["stream", *one["required"]]


@pytest.mark.parametrize(
    "edit",
    [
        _unmapped, _undiscriminated, _flattened, _extended, _worded, _rounded, _floated,
        _unformatted, _lone_unions, _undocumented_errors, _without_debug, _as_page,
    ],
)  # fmt: skip
@pytest.mark.parametrize("dialect", DIALECTS)
def test_another_way_to_say_the_same(dialect, edit):
    """Each edit of a description leaves what it says about the wire."""
    edited = documents(small_api(), dialect)
    edit(edited)

    new = _of(edited)
    for other in DIALECTS:
        _nothing(compare(_plain(other), new))
        _nothing(compare(new, _plain(other)))


def test_every_edit_changes_some_description():
    """An edit that does nothing would prove nothing."""
    edits = [_unmapped, _undiscriminated, _flattened, _extended, _worded, _rounded, _floated,
             _unformatted, _lone_unions, _undocumented_errors, _as_page]  # fmt: skip
    for edit in edits:
        changed = []
        for dialect in DIALECTS:
            data = documents(small_api(), dialect)
            before = json.dumps(data)
            edit(data)
            changed.append(before != json.dumps(data))

        assert any(changed), edit


@pytest.mark.parametrize("other", DIALECTS)
def test_citations_that_are_mapped_and_not_listed(other):
    """The mapping says that they are events; that the union leaves them out is a defect."""
    data = documents(small_api(), "official")
    union = data[0]["paths"]["/v2/chat"]["post"]["x-fern-streaming"]["response-stream"]
    left_out = {union["discriminator"]["mapping"][f"citation-{one}"] for one in ("start", "end")}
    union["oneOf"] = [one for one in union["oneOf"] if one["$ref"] not in left_out]
    report = compare(side(small_api(), other), _of(data))

    assert () == report.findings
    assert {"citation-start", "citation-end"} == {one.value for one in report.defects}
    assert {"mapping-without-member"} == {one.kind for one in report.defects}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_required_names_without_property(dialect):
    """A name that is required and not described is a defect, and no demand."""
    data = documents(small_api(), dialect)
    holder = next(one for one in _walk(data) if "score" in one.get("properties", ()))
    holder["required"] = [*holder["required"], "ghost"]
    report = compare(side(small_api(), dialect), _of(data))

    assert () == report.findings
    assert [("required-without-property", "ghost")] == [d[:2] for d in report.defects]


@pytest.mark.parametrize("dialect", ["A", "official"])
def test_references_into_nothing(dialect):
    """What cannot be resolved is unknown, so it is neither removed nor retyped."""
    data = documents(small_api(), dialect)
    name = next(name for document in data for name, one in document["components"]["schemas"].items()
                if "arguments" in one.get("properties", ()))  # fmt: skip
    for document in data:
        document["components"]["schemas"].pop(name, None)
    report = compare(side(small_api(), dialect), _of(data))

    assert () == report.findings
    assert {("dangling-reference", f"#/components/schemas/{name}")} == {
        one[:2] for one in report.defects
    }


def test_an_alternative_of_its_own_is_that_alternative():
    """T and a union of nothing but T are one, for scalars, objects and lists."""
    before, after = small_api(), small_api()
    request = after["rerank"]["request"]["p"]
    request["query"] = either(text())
    request["documents"]["of"] = either(text())
    for old in DIALECTS:
        for new in DIALECTS:
            _nothing(compare(side(before, old), side(after, new)))
            _nothing(compare(side(after, old), side(before, new)))


def test_a_definition_that_contains_itself():
    """Recursion ends, whether the definition is unrolled once or not, and changes inside show."""
    data = documents(small_api(), "official")
    schemas = data[0]["components"]["schemas"]
    schemas["Tree"] = {
        "type": "object",
        "properties": {
            "leaf": {"type": "string"},
            "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    }
    rerank = data[0]["paths"]["/v2/rerank"]["post"]["responses"]["200"]["content"]
    answer = rerank["application/json"]["schema"]
    answer = schemas[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
    answer["properties"]["tree"] = {"$ref": "#/components/schemas/Tree"}
    unrolled = copy.deepcopy(data)
    trees = unrolled[0]["components"]["schemas"]
    trees["Outer"] = copy.deepcopy(schemas["Tree"])
    for one in _walk(unrolled[0]):
        if one.get("tree") == {"$ref": "#/components/schemas/Tree"}:
            one["tree"] = {"$ref": "#/components/schemas/Outer"}
    changed = copy.deepcopy(data)
    changed[0]["components"]["schemas"]["Tree"]["properties"]["leaf"]["type"] = "boolean"

    _nothing(compare(_of(data, "old"), _of(unrolled)))
    assert ["rerank response.tree.leaf"] == [
        str(one.at) for one in compare(_of(data, "old"), _of(changed)).findings
    ]
