"""Clauses and tolerances: complete, and of the form that is documented."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest

from conformance.data import data_path
from conformance.errors import SpecError
from conformance.specs import yamlio
from conformance.specs.clauses import TOLERANCE_VALUES, read_clauses, read_tolerances
from conformance.specs.compile import THINGS
from conformance.specs.walk import schema_tree

ROOT = data_path("specs")
FAMILIES = {
    "CR-": 24, "CC-": 8, "SO-": 6, "ST-": 15, "CI-": 7, "FR-": 4, "TH-": 3, "TU-": 5, "RR-": 11,
    "ER-": 7, "X-": 12, "F": 6, "G": 17, "C": 12,
}  # fmt: skip
CLAUSES = read_clauses(ROOT / "clauses.yaml")


def test_no_clause_is_left_out():
    """Every family counts from 1 without gaps, and the departures from 0 to 16."""
    expected = (
        {
            f"{family}{number:02}" if family.endswith("-") else f"{family}{number}"
            for family, count in FAMILIES.items()
            for number in range(1, count + 1)
        }
        | {f"D{number}" for number in range(17)}
        | {"A4", "A6", "A7"}
    )

    assert expected == set(CLAUSES)


def test_a_clause_is_one_sentence():
    """What a clause says is a sentence of its own, and no two say the same."""
    said = [clause["says"] for clause in CLAUSES.values()]

    assert len(set(said)) == len(said)
    for text in said:
        assert text[0].isupper() or text.startswith("`")
        assert text.endswith(".")
        assert len(text.split()) < 40
    for clause in CLAUSES.values():
        assert clause["seen"] or clause["strength"] != "observed"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[]", "the file maps no clauses"),
        ("CR01: {says: X., strength: S, where: y}", "a clause needs an id"),
        ("CR-01: text", "a clause needs an id"),
        ("CR-01: {says: X., strength: Q, where: y}", "`Q` is no strength"),
        ("CR-01: {says: X., strength: S}", "a clause needs `says` and `where`"),
        ("CR-01: {says: X., strength: S, where: y, more: z}", "a clause has a member"),
    ],
)
def test_a_clause_of_another_form_is_refused(tmp_path, text, what):
    """The error names the clause."""
    (tmp_path / "clauses.yaml").write_text(text)

    with pytest.raises(SpecError) as caught:
        read_clauses(tmp_path / "clauses.yaml")

    assert caught.value.what.startswith(what)
    assert "specs/clauses.yaml" in (caught.value.where or "")


def _places(schema, root, at=""):
    """The places that instances of a schema have, as patterns, with the schema of each."""
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    yield at, schema
    for name, one in schema.get("properties", {}).items():
        yield from _places(one, root, f"{at}/{name}")
    if isinstance(schema.get("items"), dict):
        yield from _places(schema["items"], root, f"{at}/*")
    for one in schema.get("oneOf", []):
        yield from _places(one, root, at)


@pytest.mark.parametrize("entry", read_tolerances(ROOT / "tolerances.yaml", CLAUSES, set(THINGS)),
                         ids=lambda entry: entry["id"])  # fmt: skip
def test_a_tolerance_points_at_something(entry):
    """The place exists in the schema, and the schema there has the keyword that is excused."""
    if entry["thing"] == "chat-stream":
        assert "" == entry["pointer"]
        return
    root = json.loads((ROOT / "compiled" / f"{entry['thing']}.json").read_text(encoding="utf-8"))
    place, _, free = entry["pointer"].partition("/**")
    keyword = entry["keyword"]
    if keyword == "required":
        place, _, free = place.rpartition("/")
    found = [one for at, one in _places(root, root) if at == place]

    if keyword == "required":
        assert any(free in one.get("required", []) for one in found)
    elif free:
        assert any(one.get("additionalProperties") is True for one in found)
    elif keyword == "undocumented":
        assert all("x-observed" in one for one in found)
    elif keyword == "type":
        assert any("type" in one or "oneOf" in one for one in found)
    elif keyword in CLAUSES:
        assert found
    else:
        assert any(keyword in one for one in found)


GOOD = {
    "id": "T-01", "thing": "error", "pointer": "/a", "keyword": "type", "clause": "CR-01",
    "because": "b", "evidence": "e", "first_seen": "2024-10", "last_seen": "unknown",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"id": "X"}, "an entry needs an id"),
        ({"thing": "x"}, "`x` is no thing that is judged"),
        ({"pointer": "a"}, "`a` is no JSON Pointer"),
        ({"pointer": None}, "`None` is no JSON Pointer"),
        ({"keyword": "x"}, "`x` is neither a keyword nor a clause"),
        ({"value": "x"}, "`x` is no value class"),
        ({"beside": 5}, "`beside` names a member"),
        ({"clause": "x"}, "`x` is no clause"),
        ({"because": 5}, "an entry needs `because`"),
        ({"first_seen": "2024"}, "`first_seen` and `last_seen` are dates"),
        ({"more": "x"}, "`more` is no member of an entry"),
    ],
)
def test_a_tolerance_of_another_form_is_refused(tmp_path, change, what):
    """The error names the file, and nothing but the described form is read."""
    path = tmp_path / "tolerances.yaml"
    path.write_text(yamlio.dump([GOOD]))
    assert [GOOD] == read_tolerances(path, CLAUSES, {"error"})
    path.write_text(yamlio.dump([{**GOOD, **change}]))

    with pytest.raises(SpecError) as caught:
        read_tolerances(path, CLAUSES, {"error"})

    assert caught.value.what.startswith(what)
    assert "specs/tolerances.yaml" in (caught.value.where or "")


def test_tolerance_lists_of_another_form_are_refused(tmp_path):
    """An id that stands twice, or a file that is no list, is refused."""
    path = tmp_path / "tolerances.yaml"
    for data, what in (([GOOD, GOOD], "the id stands twice"), ({}, "the file lists no")):
        path.write_text(yamlio.dump(data))
        with pytest.raises(SpecError, match=what):
            read_tolerances(path, CLAUSES, {"error"})


def test_the_value_classes_are_documented():
    """README.md of the folder defines each class and each annotation that is in use."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    used = {
        key
        for path in (ROOT / "compiled").glob("*.json")
        for _, one in schema_tree(json.loads(path.read_text(encoding="utf-8")), "")
        for key in one
        if fnmatchcase(key, "x-*")
    }

    for word in (*TOLERANCE_VALUES, *used):
        assert f"| `{word}` |" in text
