"""Three dialects, one contract."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import pytest

from conformance.data import data_path
from conformance.specs.compile import THINGS, compile_specs
from conformance.specs.dialect import RULES, detect, normalise
from conformance.specs.pipeline import correct
from conformance.specs.snapshot import current, import_snapshot, load_snapshot, set_current

FIXTURES = Path(__file__).parent / "fixtures"
INPUTS = {
    "B": [FIXTURES / "dialect-b-chat.md", FIXTURES / "dialect-b-rerank.md"],
    "official": [FIXTURES / "official.yaml"],
}
# Where a schema stands, what states a bound and what is assumed by default differ in earnest.
NOTES = {"x-pointer", "x-clauses", "default"}


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    """A specs folder per dialect, with its snapshot current."""
    real = data_path("specs")
    made = {"A": real}
    for dialect, inputs in INPUTS.items():
        root = tmp_path_factory.mktemp(dialect)
        shutil.copytree(real / "overlays", root / "overlays")
        for name in ("names.yaml", "clauses.yaml", "tolerances.yaml"):
            shutil.copy(real / name, root / name)
        set_current(root, import_snapshot(inputs, root).name)
        made[dialect] = root
    return made


@pytest.fixture(scope="module")
def compiled(roots):
    """What each dialect compiles to, by file name."""
    return {
        dialect: {name: json.loads(text) for name, text in compile_specs(root).items()}
        for dialect, root in roots.items()
    }


def _facts(value, key=""):
    """A schema without notes; the order of members, and of names, carries no meaning."""
    if isinstance(value, dict):
        return {name: _facts(one, name) for name, one in value.items() if name not in NOTES}
    if isinstance(value, list):
        items = [_facts(one) for one in value]
        return sorted(items, key=str) if key in ("required", "oneOf", "enum") else items
    return value


@pytest.mark.parametrize("dialect", ["A", "B", "official"])
def test_a_dialect_is_recognised(roots, dialect):
    """Each input is told by its form."""
    root = roots[dialect]

    assert dialect == detect(load_snapshot(root, current(root)).documents)


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("dialect", ["B", "official"])
def test_every_dialect_compiles_to_the_same_schema(compiled, dialect, thing):
    """The same contract in another dialect gives the same schema, whatever its parts are called."""
    page, other = (compiled[one][f"{thing}.json"] for one in ("A", dialect))

    assert _facts(page) == _facts(other)


def test_a_bound_that_the_description_states_is_not_called_prose(compiled):
    """Only what an overlay added is marked; the official dialect has its bounds itself."""
    marks = {
        dialect: {
            name: compiled[dialect]["chat-request.json"]["properties"][name].get("x-clauses", {})
            for name in ("temperature", "stop_sequences")
        }
        for dialect in ("A", "official")
    }

    assert {
        "temperature": {"minimum": "CR-01", "maximum": "CR-01"},
        "stop_sequences": {"maxItems": "CR-07"},
    } == marks["A"]
    assert {"temperature": {}, "stop_sequences": {"maxItems": "CR-07"}} == marks["official"]


def test_the_terminator_is_known_only_where_it_is_stated(compiled):
    """The manifest tells `[DONE]` for the official dialect and nothing for a page."""
    assert {"A": None, "B": None, "official": "[DONE]"} == {
        dialect: files["manifest.json"]["operations"]["chat-stream"]["terminator"]
        for dialect, files in compiled.items()
    }


def test_every_rule_has_work_in_some_dialect(roots):
    """No rule of form is dead: each touches a place of some snapshot, or has a test of its own."""
    used = set()
    for root in roots.values():
        used |= {one.rule.code for one in correct(root, current(root)).rules}

    assert {"N-04", "N-06", "N-12"} == {rule.code for rule in RULES} - used


@pytest.mark.parametrize("dialect", ["A", "B", "official"])
def test_normalising_twice_changes_nothing_more(roots, dialect):
    """A normalised document is in the plain form, so that no rule finds anything in it."""
    snapshot = load_snapshot(roots[dialect], current(roots[dialect]))
    for endpoint, document in snapshot.documents.items():
        normalise(endpoint, document)
        before = copy.deepcopy(document)

        # Members such as `OFF` are noted each time, changed or not.
        again = [one.rule.code for one in normalise(endpoint, document) if one.rule.code != "N-03"]

        assert [] == again
        assert before == document
