"""Descriptions at the edge of what is read: definitions in unusual places, circles, holes."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import pytest

from conformance.data import data_path
from conformance.errors import SpecError
from conformance.specs import yamlio
from conformance.specs.compile import THINGS, compile_specs
from conformance.specs.interface import endpoint_facts
from conformance.specs.page import Published, Source, read_source
from conformance.specs.pipeline import correct
from conformance.specs.snapshot import import_snapshot, set_current

OFFICIAL = Path(__file__).parent / "fixtures" / "official.yaml"


@pytest.fixture
def official():
    """The description in the official dialect, to change."""
    return copy.deepcopy(read_source(OFFICIAL).documents[0].data)


@pytest.fixture
def schema_of(tmp_path):
    """The compiled files of a description, as data; names and overlays are ours."""

    def make(document):
        real = data_path("specs")
        root = tmp_path / "specs"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(real / "overlays", root / "overlays")
        for name in ("names.yaml", "clauses.yaml", "tolerances.yaml"):
            shutil.copy(real / name, root / name)
        (tmp_path / "d.yaml").write_text(yamlio.dump(document))
        set_current(root, import_snapshot([tmp_path / "d.yaml"], root, name="x").name)
        return compile_specs(root)

    return make


def _rerank(document):
    return document["paths"]["/v2/rerank"]["post"]


def test_bodies_and_answers_may_be_components(official, schema_of):
    """A request body, an answer or an error kept among the components is followed."""
    plain = schema_of(official)
    for path in ("/v2/chat", "/v2/rerank"):
        operation = official["paths"][path]["post"]
        name = path[4:]
        official["components"].setdefault("requestBodies", {})[name] = operation["requestBody"]
        operation["requestBody"] = {"$ref": f"#/components/requestBodies/{name}"}
        official["components"]["responses"][name] = operation["responses"]["200"]
        operation["responses"]["200"] = {"$ref": f"#/components/responses/{name}"}

    moved = schema_of(official)

    for thing in THINGS:
        assert _plain(plain[f"{thing}.json"]) == _plain(moved[f"{thing}.json"])


def _plain(text):
    return [line for line in text.splitlines() if "x-pointer" not in line]


def test_a_definition_that_contains_itself_is_named(official, schema_of):
    """A circle of references, short or long, is an error and not a long wait."""
    schemas = official["components"]["schemas"]
    schemas["OSource"] = {"$ref": "#/components/schemas/OSource"}
    with pytest.raises(SpecError, match="the definition `#/components/schemas/OSource` refers to"):
        schema_of(official)

    schemas["OSource"] = {"type": "array", "items": {"$ref": "#/components/schemas/OSource"}}
    with pytest.raises(SpecError, match=r"the definition at `request\.messages.*` contains itself"):
        schema_of(official)


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ([{"type": "string"}, True], "members of a union overlap: a member says nothing"),
        ([{"type": "string"}, {}], "members of a union overlap: a member has no `type`"),
        ([{"type": "string"}, {"type": "string"}],
         "members of a union overlap: two members of type `string`"),
    ],
)  # fmt: skip
def test_unions_that_overlap_are_refused(official, schema_of, members, what):
    """A `oneOf` whose members are not told apart does not compile."""
    body = _rerank(official)["requestBody"]["content"]["application/json"]["schema"]
    body["properties"]["query"] = {"oneOf": members}

    with pytest.raises(SpecError, match=what):
        schema_of(official)


def test_a_thing_that_is_not_described_is_named(official, schema_of):
    """Without any error body there is nothing to compile `error` from."""
    for path in ("/v2/chat", "/v2/rerank"):
        responses = official["paths"][path]["post"]["responses"]
        for status in [one for one in responses if one != "200"]:
            del responses[status]

    with pytest.raises(SpecError, match="ErrorBody"):
        schema_of(official)


def test_parts_that_are_no_schema_are_passed_over(official):
    """A parameter without a schema and an answer without a body are kept as they are."""
    operation = _rerank(official)
    operation["parameters"] = [{"name": "X", "in": "header", "required": False}]
    operation["responses"]["204"] = {"description": "nothing"}
    source = Source("d.yaml", "0", (Published(official, "", "", 1),))

    facts = endpoint_facts(source, "rerank")["paths"]["/v2/rerank"]["post"]

    assert [{"name": "X", "in": "header", "required": False}] == facts["parameters"]
    assert {} == facts["responses"]["204"]


def test_a_snapshot_that_was_edited_is_read_with_care(tmp_path):
    """A snapshot file without its endpoint, or that is no text, gives its place."""
    import_snapshot([OFFICIAL], tmp_path, name="x")
    path = tmp_path / "x" / "rerank.yaml"
    path.write_text("openapi: 3.1.0\npaths: {}\n")

    with pytest.raises(SpecError, match="no document describes `POST /v2/rerank`"):
        correct(tmp_path, "x")
    path.unlink()
    with pytest.raises(SpecError, match="the input cannot be read"):
        correct(tmp_path, "x")


def test_our_own_files_are_read_with_care(tmp_path):
    """A file of ours that is missing, holds no YAML, or not what it should, gives its place."""
    real = data_path("specs")
    root = tmp_path / "specs"
    shutil.copytree(real, root)
    name = (root / "current").read_text().strip()

    (root / "names.yaml").write_text("[]")
    with pytest.raises(SpecError, match="the file maps no names to places"):
        correct(root, name)
    (root / "names.yaml").unlink()
    with pytest.raises(SpecError, match="the file cannot be read"):
        correct(root, name)
    (root / "overlays" / "wire.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(SpecError, match="the file cannot be read"):
        correct(root, name)
    with pytest.raises(SpecError, match="the YAML is broken"):
        yamlio.load("[" * 5000, where="deep.yaml")
    with pytest.raises(SpecError, match="the YAML is broken"):
        yamlio.load("a: " + "9" * 5000, where="long.yaml")
