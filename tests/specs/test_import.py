"""Inputs become snapshots."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from conformance.data import data_path
from conformance.errors import SpecError, UsageError
from conformance.specs import yamlio
from conformance.specs.interface import endpoint_documents
from conformance.specs.page import read_source
from conformance.specs.sieve import LABEL
from conformance.specs.snapshot import current, import_snapshot, load_snapshot, set_current

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FIXTURES = Path(__file__).parent / "fixtures"
PAGES = [FIXTURES / "dialect-b-chat.md", FIXTURES / "dialect-b-rerank.md"]
OFFICIAL = [FIXTURES / "official.yaml"]


def _strings(value):
    if isinstance(value, dict):
        for key, one in value.items():
            yield str(key)
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("inputs", [PAGES, OFFICIAL])
def test_importing_twice_gives_the_same_bytes(tmp_path, inputs):
    """A snapshot depends on its input alone, its name included."""
    names = [import_snapshot(inputs, tmp_path / root).name for root in ("one", "two")]

    assert names[0] == names[1]
    first, second = tmp_path / "one" / names[0], tmp_path / "two" / names[1]
    assert 3 == len(list(first.iterdir()))
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()
    assert names[0] == import_snapshot(inputs, tmp_path / "one").name


def test_the_default_name_is_the_hash_of_the_input(tmp_path):
    """One file's snapshot is named by the first digits of its sha256."""
    digest = hashlib.sha256(OFFICIAL[0].read_bytes()).hexdigest()

    assert digest[:12] == import_snapshot(OFFICIAL, tmp_path).name


@pytest.mark.parametrize(("inputs", "dialect"), [(PAGES, "B"), (OFFICIAL, "official")])
def test_provenance_tells_inputs_and_dialect(tmp_path, inputs, dialect):
    """PROVENANCE.toml has the sha256 and name of each input, the dialect and each title."""
    import_snapshot(inputs, tmp_path, name="x")

    told = tomllib.loads((tmp_path / "x" / "PROVENANCE.toml").read_text(encoding="utf-8"))

    assert dialect == told["dialect"]
    assert [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in inputs] == [
        (one["name"], one["sha256"]) for one in told["input"]
    ]
    assert ["chat-stream.yaml", "rerank.yaml"] == [one["file"] for one in told["document"]]
    assert all(one["title"] for one in told["document"])


@pytest.mark.parametrize("folder", ["checked-in", "B", "official"])
def test_prose_stays_behind(tmp_path, folder):
    """No text of a snapshot is a sentence; a description is at most the label of a variant."""
    root = tmp_path
    if folder == "checked-in":
        root = data_path("specs")
        name = current(root)
    else:
        name = import_snapshot(PAGES if folder == "B" else OFFICIAL, root).name
    for path in (root / name).glob("*.yaml"):
        texts = list(_strings(yamlio.load_file(path)))

        long = [text for text in texts if len(text.split()) > 4 or text.endswith(".")]
        assert [] == long
        for text in texts:
            assert LABEL.fullmatch(text) or "variant" not in text
        assert not {"summary", "example", "examples"} & set(texts)
        assert not [text for text in texts if text.startswith("x-fern") and "streaming" not in text]


def test_facts_are_kept(tmp_path):
    """Parameters, statuses, bounds, defaults, enum members and labels come through."""
    import_snapshot(OFFICIAL, tmp_path, name="x")
    snapshot = load_snapshot(tmp_path, "x")

    operation = snapshot.documents["chat-stream"]["paths"]["/v2/chat"]["post"]
    body = operation["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {"type": "number", "format": "double", "minimum": 0, "maximum": 1, "default": 0.3} == (
        body["temperature"]
    )
    assert ["CONTEXTUAL", "STRICT", "OFF"] == body["safety_mode"]["enum"]
    assert "[DONE]" == operation["x-fern-streaming"]["terminator"]
    assert {"200", "400", "422", "504"} <= set(operation["responses"])
    components = snapshot.documents["chat-stream"]["components"]
    assert "ClientName" in components["parameters"]


def test_only_what_an_endpoint_reaches_is_kept(tmp_path):
    """Other endpoints and their definitions are left out."""
    import_snapshot(OFFICIAL, tmp_path, name="x")

    document = load_snapshot(tmp_path, "x").documents["rerank"]

    assert ["/v2/rerank"] == list(document["paths"])
    assert not [name for name in document["components"]["schemas"] if "Chat" in name]
    assert "OUnused" not in document["components"]["schemas"]


def test_both_endpoints_are_needed_once(tmp_path):
    """An endpoint that is missing, or comes twice, is said so."""
    with pytest.raises(SpecError, match="no document describes `POST /v2/rerank`"):
        import_snapshot(PAGES[:1], tmp_path)
    with pytest.raises(SpecError, match="no document describes `POST /v2/chat`"):
        import_snapshot(PAGES[1:], tmp_path)
    with pytest.raises(SpecError, match="`chat-stream` stands in two documents"):
        import_snapshot([*PAGES, *OFFICIAL], tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_the_unstreamed_form_is_not_taken_for_the_stream(tmp_path):
    """A page that also describes the JSON answer of /v2/chat gives the streaming one."""
    page = tmp_path / "page.yaml"
    page.write_text(
        "openapi: 3.1.0\npaths:\n  /v2/chat:\n    post:\n      responses:\n        200:\n"
        "          content: {application/json: {schema: {type: object}}}\n"
    )

    with pytest.raises(SpecError, match="with a `text/event-stream` answer"):
        endpoint_documents([read_source(page)])


@pytest.mark.parametrize("name", ["overlays", "compiled", "../x", "a b", "-x", ".x"])
def test_a_name_that_is_no_folder_is_refused(tmp_path, name):
    """A snapshot's name is one plain word that means nothing else here."""
    with pytest.raises(UsageError, match="cannot name a snapshot"):
        import_snapshot(OFFICIAL, tmp_path, name=name)


def test_a_snapshot_is_not_overwritten_by_another_input(tmp_path):
    """A name that is taken by another input is refused, and the snapshot stays."""
    import_snapshot(PAGES, tmp_path, name="x")
    before = (tmp_path / "x" / "chat-stream.yaml").read_bytes()

    with pytest.raises(UsageError, match="exists and comes from another input"):
        import_snapshot(OFFICIAL, tmp_path, name="x")

    assert before == (tmp_path / "x" / "chat-stream.yaml").read_bytes()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    """A snapshot folder that cannot be made gives a message, no traceback."""
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="the snapshot cannot be written"):
        import_snapshot(OFFICIAL, tmp_path / "file" / "specs")


def test_the_current_snapshot_is_remembered(tmp_path):
    """`current` names the snapshot that was set, and says so when none was."""
    with pytest.raises(SpecError, match="no snapshot is current"):
        current(tmp_path)
    set_current(tmp_path, "x")

    assert "x" == current(tmp_path)
    with pytest.raises(SpecError, match="there is no snapshot `x`"):
        load_snapshot(tmp_path, "x")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("schema: [1]", "a mapping is expected, but a list stands there"),
        ("schema: {enum: 5}", "`enum` cannot be a number of this form"),
        ("schema: {required: [5]}", "`required` cannot be a list of this form"),
        ("schema: {type: null}", "`type` cannot be a null of this form"),
        ("schema: {maximum: true}", "`maximum` cannot be a boolean of this form"),
        ("schema: {pattern: 5}", "`pattern` cannot be a number of this form"),
        ("schema: {oneOf: {}}", "a list is expected, but a mapping stands there"),
        ("schema: {properties: text}", "a mapping is expected, but a text stands there"),
        ("schema: {$ref: 'other.yaml#/x'}", "the reference `other.yaml#/x` does not point"),
    ],
)
def test_a_damaged_schema_is_named_with_its_place(tmp_path, text, what):
    """A value that no schema can have gives its place in the document."""
    page = tmp_path / "page.yaml"
    page.write_text(
        "openapi: 3.1.0\npaths:\n  /v2/rerank:\n    post:\n      responses:\n        '200':\n"
        f"          content:\n            application/json: {{{text}}}\n"
    )

    with pytest.raises(SpecError) as caught:
        endpoint_documents([read_source(page)])

    assert caught.value.what.startswith(what)
    assert "page.yaml:1 paths./v2/rerank.post.responses.200" in (caught.value.where or "")


@pytest.mark.parametrize(
    "text",
    [
        "oneOf: [*{0}, *{0}]",
        "enum: [*{0}, *{0}]",
        "default: {{x: *{0}, y: *{0}}}",
        "properties: {{x: *{0}, y: *{0}}}",
    ],
)
def test_aliases_cannot_unfold_without_end(tmp_path, text):
    """A file that refers to its own parts again and again ends in an error, not in a long wait."""
    lines = ["a0: &a0 {type: string}"]
    lines += [
        f"a{number}: &a{number} {{{text.format(f'a{number - 1}')}}}" for number in range(1, 40)
    ]
    page = tmp_path / "page.yaml"
    page.write_text(
        "openapi: 3.1.0\n" + "\n".join(lines) + "\npaths:\n  /v2/rerank:\n    post:\n"
        "      responses:\n        '200':\n          content:\n            application/json:\n"
        "              schema: *a39\n"
    )

    with pytest.raises(SpecError, match="too many or nested too deep"):
        endpoint_documents([read_source(page)])
