from __future__ import annotations

import json

import pytest

from conformance.rules import registry
from conformance.rules.registry import all_rules


def test_every_rule_is_listed_in_order(run):
    """The table has one row per rule, with its code, name, level and party."""
    lines = run("rules").out.splitlines()
    rows = [line.split()[:4] for line in lines[:-2] if not line.startswith(" ")]

    assert [[r.code, r.name, r.level.value, r.party.value] for r in all_rules()] == rows
    assert lines[-1].startswith(f"{len(all_rules())} rules: ")


def test_the_table_fits_a_narrow_and_a_wide_page(run, monkeypatch):
    """No line is wider than the page."""
    for columns in (80, 120):
        monkeypatch.setenv("COLUMNS", str(columns))
        widest = max(map(len, run("rules").out.splitlines()))
        assert widest <= columns


def test_rules_can_be_listed_by_family(run):
    """--select takes families and codes."""
    listed = json.loads(run("rules", "--format", "json", "--select", "SSE,STREAM-014").out)

    assert {"SSE", "STREAM"} == {one["family"] for one in listed}
    assert ["STREAM-014"] == [one["code"] for one in listed if one["family"] == "STREAM"]


def test_rules_as_json_hold_everything_that_explain_shows(run):
    """Each object has all members, so that nobody needs to parse the text."""
    listed = json.loads(run("rules", "--format", "json").out)

    assert [r.code for r in all_rules()] == [one["code"] for one in listed]
    for one in listed:
        assert set(one) == {
            "code", "name", "family", "level", "party", "source", "since", "summary", "help",
            "notes", "conforms", "breaks", "formerly",
        }  # fmt: skip
        assert all(one[key] for key in set(one) - {"notes", "formerly"})


def test_explain_shows_the_whole_rule(run, golden):
    """Clause, both transcripts side by side, what is reported, why it matters, and the source."""
    golden("explain.txt", run("explain", "STREAM-014").out)


def test_transcripts_without_room_stand_one_after_the_other(run, golden, monkeypatch):
    """On a narrow page the breaking transcript comes before the conforming one."""
    monkeypatch.setenv("COLUMNS", "47")

    golden("explain_narrow.txt", run("explain", "STREAM-014").out)


@pytest.mark.parametrize("word", ["STREAM-014", "stream-014", "STREAM_014", "orphan-delta"])
def test_a_rule_goes_by_code_or_name(run, word):
    """Case is folded, and `_` counts as `-`."""
    assert run("explain", word).out.startswith("orphan-delta (STREAM-014) · error")


def test_every_rule_can_be_explained(run):
    """For each rule the report of its own breaking transcript is found and shown."""
    for rule in all_rules():
        result = run("explain", rule.code)

        assert (0, "") == (result.code, result.err)
        assert f"Reported as\n  {rule.code} {rule.name}:" in result.out


def test_a_renamed_code_says_so(run, monkeypatch):
    """An old code leads to the rule that took its place, by explain as by --select."""
    monkeypatch.setitem(registry.REDIRECTS, "STREAM-099", "STREAM-014")
    result = run("explain", "stream_099")

    assert result.out.startswith("STREAM-099 is now STREAM-014\n\norphan-delta (STREAM-014)")
    listed = json.loads(run("rules", "--format", "json", "--select", "STREAM-099").out)
    assert [["STREAM-099"]] == [one["formerly"] for one in listed]
