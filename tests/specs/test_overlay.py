"""Overlays: what an action does, and what it may not do."""

from __future__ import annotations

import pytest

from conformance.data import data_path
from conformance.errors import SpecError
from conformance.specs import yamlio
from conformance.specs.overlay import apply, load_overlay

WHY = {"x-because": "a reason", "x-evidence": "an observation"}


@pytest.fixture
def overlay(tmp_path):
    """An overlay of these actions, read from a file."""

    def make(*actions, layer="correction", **members):
        path = tmp_path / "o.yaml"
        data = {
            "overlay": "1.0.0",
            "info": {"title": "t", "version": "1"},
            "x-layer": layer,
            "actions": [{**WHY, **one} for one in actions],
            **members,
        }
        path.write_text(yamlio.dump(data))
        return load_overlay(path)

    return make


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"target": "$.a", "update": {"x": 2, "z": 3}}, {"x": 2, "y": [1], "z": 3}),
        ({"target": "$.a", "update": {"y": [2]}}, {"x": 1, "y": [1, 2]}),
        ({"target": "$.a.y", "update": 5}, {"x": 1, "y": [1, 5]}),
        ({"target": "$.a.x", "remove": True}, {"y": [1]}),
        ({"target": "$.a.y[0]", "remove": True}, {"x": 1, "y": []}),
        ({"target": "$.a", "copy": "$.b"}, {"x": 9, "y": [1]}),
        ({"target": "$.a", "update": {"d": {"e": 1}}}, {"x": 1, "y": [1], "d": {"e": 1}}),
    ],
)
def test_an_action_does_what_the_specification_says(overlay, action, expected):
    """Objects merge, lists concatenate, a list as target takes an item, removal removes."""
    document = {"a": {"x": 1, "y": [1]}, "b": {"x": 9}}

    touched = apply(overlay(action), {"d": document})

    assert expected == document["a"]
    assert 1 == len(touched)
    assert 1 == len(touched[0])


def test_several_nodes_of_a_list_can_go_at_once(overlay):
    """Removing one item does not shift the next out of reach."""
    document = {"a": [1, 2, 3, 4]}

    touched = apply(overlay({"target": "$.a[?@ > 2]", "remove": True}), {"d": document})

    assert {"a": [1, 2]} == document
    assert [("d $['a'][2]", "d $['a'][3]")] == touched


def test_actions_run_in_order_on_what_the_former_left(overlay):
    """A later action sees what an earlier one has added."""
    document = {}

    apply(
        overlay(
            {"target": "$", "update": {"a": {}}},
            {"target": "$.a", "update": {"b": 1}},
        ),
        {"d": document},
    )

    assert {"a": {"b": 1}} == document


def test_what_is_added_is_a_copy(overlay):
    """Two targets of one action do not come to share an object."""
    document = {"a": {}, "b": {}}

    apply(overlay({"target": "$.*", "update": {"x": {"y": 1}}}), {"d": document})
    document["a"]["x"]["y"] = 2

    assert 1 == document["b"]["x"]["y"]


def test_prose_is_marked_beside_its_keyword(overlay):
    """The clause stands where the keyword does, at any depth; what was there already is not marked."""
    document = {
        "s": {
            "required": ["a"],
            "properties": {"a": {"minimum": 0, "items": {}}},
        }
    }
    change = {
        "target": "$.s",
        "x-clause": "CR-01",
        "update": {
            "required": ["a", "b"],
            "properties": {"a": {"minimum": 0, "maximum": 1, "items": {"minLength": 1}}},
        },
    }

    apply(overlay(change, layer="prose"), {"d": document})

    assert {"required:b": "CR-01"} == document["s"]["x-clauses"]
    assert ["a", "b"] == document["s"]["required"]
    inner = document["s"]["properties"]["a"]
    assert {"maximum": "CR-01"} == inner["x-clauses"]
    assert {"minLength": "CR-01"} == inner["items"]["x-clauses"]


def test_what_the_wire_adds_is_marked_as_observed(overlay):
    """A property that is new is marked; one that the description has is not."""
    document = {"s": {"properties": {"old": {"type": "string"}}}}
    change = {
        "target": "$.s",
        "x-clause": "D2",
        "update": {"properties": {"old": {"type": "string"}, "new": {"type": "number"}}},
    }

    apply(overlay(change, layer="wire"), {"d": document})

    assert {"type": "string"} == document["s"]["properties"]["old"]
    assert {"type": "number", "x-observed": "D2"} == document["s"]["properties"]["new"]


def test_prose_does_not_overrule_the_description(overlay):
    """A bound that the description states otherwise is an error: one of the two is out of date."""
    change = {"target": "$.s", "x-clause": "CR-01", "update": {"maximum": 1}}

    with pytest.raises(SpecError, match="the description itself says `maximum: 2`, not `1`"):
        apply(overlay(change, layer="prose"), {"d": {"s": {"maximum": 2}}})


@pytest.mark.parametrize(
    ("action", "what"),
    [
        ({"target": "$.none", "update": {}}, "the target `$.none` matches nothing"),
        ({"target": "$..[", "update": {}}, "the target `$..[` is no JSONPath"),
        ({"target": "$", "remove": True}, "an overlay cannot remove the whole document"),
        ({"target": "$.a", "update": {}}, "the target `$.a` is neither an object nor a list"),
        ({"target": "$", "copy": "$.none"}, "`copy: $.none` selects 0 nodes"),
    ],
)
def test_an_action_that_cannot_be_done_is_named(overlay, action, what):
    """The error names the file and the number of the action."""
    good = {"target": "$", "update": {"a": 1}}

    with pytest.raises(SpecError) as caught:
        apply(overlay(good, action), {"d": {}})

    assert caught.value.what.startswith(what)
    assert "specs/overlays/o.yaml action 2" == caught.value.where


@pytest.mark.parametrize(
    ("action", "members", "what"),
    [
        ({"target": "$", "update": {}}, {"overlay": "2.0.0"}, "the file is no overlay"),
        ({"target": "$", "update": {}}, {"actions": []}, "an overlay needs `info`"),
        ({"target": "$", "update": {}}, {"x-layer": "x"}, "`x-layer` is `x`"),
        ({"target": "$", "update": {}}, {"x-stage": "x"}, "`x-layer` is `correction` and"),
        ({"update": {}}, {}, "an action needs a `target`"),
        ({"target": "$"}, {}, "an action needs `update`, `copy` or `remove`"),
        ({"target": "$", "update": {}, "x-because": 5}, {}, "an action needs `x-because`"),
        ({"target": "$", "update": {}, "x-evidence": None}, {}, "an action needs `x-evidence`"),
        ({"target": "$", "updat": {}}, {}, "`updat` is no member of an action"),
    ],
)
def test_an_overlay_of_another_form_is_refused(overlay, action, members, what):
    """What is not an overlay with reasons is refused before anything changes."""
    with pytest.raises(SpecError) as caught:
        overlay(action, **members)

    assert caught.value.what.startswith(what)
    assert (caught.value.where or "").startswith("specs/overlays/o.yaml")


@pytest.mark.parametrize("path", sorted((data_path("specs") / "overlays").glob("*.yaml")),
                         ids=lambda path: path.stem)  # fmt: skip
def test_every_overlay_of_ours_is_complete(path):
    """Each action of the overlays in use has its reason, and outside corrections a clause."""
    overlay = load_overlay(path)

    assert overlay.title
    for action in overlay.actions:
        assert action.because
        assert action.evidence
        assert action.clause or overlay.layer == "correction"
