"""What holds of every comparison, whatever the descriptions."""

from __future__ import annotations

import copy
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.diff import compare
from tests.diff.api import singles, sites, small_api
from tests.diff.dialects import BLIND, DIALECTS, Guise, side

API = small_api()
SITES = sites(API)
DIALECT = st.sampled_from(DIALECTS)
GUISE = st.builds(
    Guise,
    prefix=st.sampled_from(["X", "Schema", "v2_"]),
    inline=st.booleans(),
    shuffled=st.booleans(),
    prose=st.booleans(),
    seed=st.integers(0, 1000),
)
# A profile may ask for more; a run of all tests should not take minutes for this.
EXAMPLES = max(20, settings().max_examples // 5)
CALM = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow], deadline=None)

# The table of verdicts, as far as single changes go: (kind, whether it is sent) -> sender, reader,
# recordings. It stands here a second time so that the code cannot confirm itself.
VERDICTS = {
    ("property-added", True): ("ok", "-", "pass"),
    ("property-added", False): ("-", "ok", "pass"),
    ("required-property-added", True): ("break", "-", "fail-open"),
    ("required-property-added", False): ("-", "ok", "fail-open"),
    ("property-removed", True): ("behaviour", "-", "fail-closed"),
    ("property-removed", False): ("-", "break", "fail-closed"),
    ("property-required", True): ("break", "-", "fail-open"),
    ("property-required", False): ("-", "ok", "fail-open"),
    ("property-optional", True): ("ok", "-", "pass"),
    ("property-optional", False): ("-", "risk", "pass"),
    ("property-renamed", True): ("break", "-", "fail-closed"),
    ("property-renamed", False): ("-", "break", "fail-closed"),
    ("required-property-renamed", True): ("break", "-", "fail-open"),
    ("required-property-renamed", False): ("-", "break", "fail-open"),
    ("default-changed", True): ("behaviour", "-", "pass"),
    **{(f"{one}-removed", True): ("break", "-", "fail-open") for one in ("enum", "member")},
    **{(f"{one}-removed", False): ("-", "ok", "fail-open") for one in ("enum", "member")},
    **{(f"{one}-added", True): ("ok", "-", "pass") for one in ("enum", "member")},
    **{(f"{one}-added", False): ("-", "risk", "pass") for one in ("enum", "member", "event")},
    **{(one, True): ("break", "-", "fail-open")
       for one in ("type-narrowed", "type-changed", "enum-closed", "enum-renamed",
                   "member-renamed", "bound-narrowed")},
    **{(one, False): ("-", "ok", "fail-open")
       for one in ("type-narrowed", "enum-closed", "bound-narrowed")},
    **{(one, True): ("ok", "-", "pass") for one in ("type-widened", "enum-opened", "bound-relaxed")},
    **{(one, False): ("-", "risk", "pass")
       for one in ("type-widened", "enum-opened", "bound-relaxed")},
    **{(one, False): ("-", "break", "fail-open")
       for one in ("type-changed", "enum-renamed", "member-renamed", "event-renamed",
                   "event-removed")},
}  # fmt: skip


@st.composite
def changes(draw):
    """A random single change at a random place of the API."""
    site = draw(st.sampled_from(SITES), label="site")
    found = singles(API, site)
    return draw(st.sampled_from(found), label="change") if found else None


@given(DIALECT, GUISE)
@CALM
def test_a_description_does_not_differ_from_itself(dialect, guise):
    """diff(x, x) is empty, notes included."""
    report = compare(side(API, dialect, guise), side(API, dialect, guise))

    assert ((), (), ()) == (report.findings, report.defects, report.mended)


@given(DIALECT, GUISE, DIALECT, GUISE)
@CALM
def test_guise_and_dialect_do_not_matter(old, guise, new, other):
    """Reordering, renaming of components, inlining and translation are no changes."""
    report = compare(side(API, old, guise), side(API, new, other))

    assert ((), (), ()) == (report.findings, report.defects, report.mended)


def _seen(report):
    return [(one.kind, f"{one.at}", tuple(one.verdict)) for one in report.findings]


def _expected(change, kind, at):
    verdict = VERDICTS[kind, change.direction == "request"]
    kind = kind.replace("required-property-", "property-")
    return [(kind, f"{change.operation} {at}", verdict)]


@given(changes(), DIALECT, GUISE, DIALECT, GUISE)
@CALM
def test_a_single_change_is_found_once_and_mirrored(change, old, guise, new, other):
    """At its place, with the verdict of the table; from the other side as its counterpart."""
    if change is None:
        return
    before, after = side(API, old, guise), side(change.api, new, other)
    blind = change.needs in BLIND[old] | BLIND[new]
    there, back = compare(before, after), compare(after, before)

    assert ([] if blind else _expected(change, change.kind, change.at)) == _seen(there)
    assert ([] if blind else _expected(change, change.back, change.back_at)) == _seen(back)


def test_every_change_is_found_in_one_pair_of_dialects():
    """Each change that the API can undergo, all in turn and none by luck; all pairs if there is time."""
    pairs = list(product(DIALECTS, DIALECTS))
    thorough = settings.default.max_examples >= 1_000
    befores = {one: side(API, one) for one in DIALECTS}
    guise = Guise("Y", shuffled=True)
    every = [change for site in SITES for change in singles(API, site)]
    for number, change in enumerate(every):
        for old, new in pairs if thorough else [pairs[number % len(pairs)]]:
            after = side(change.api, new, guise)
            blind = change.needs in BLIND[old] | BLIND[new]
            there, back = compare(befores[old], after), compare(after, befores[old])
            expected = [] if blind else _expected(change, change.kind, change.at)
            mirrored = [] if blind else _expected(change, change.back, change.back_at)

            assert (expected, mirrored) == (_seen(there), _seen(back)), (old, new)


def test_order_and_ids_do_not_come_from_the_order_of_members():
    """The same findings, places and ids, however the descriptions are shuffled."""
    change = next(
        one
        for site in SITES
        for one in singles(API, site)
        if site.at == "request" and one.kind == "property-removed"
    )
    both = [
        compare(
            side(API, "B", Guise(shuffled=True, seed=seed)),
            side(_everywhere(change.api), "B", Guise(shuffled=True, seed=seed + 1)),
        )
        for seed in range(6)
    ]
    told = [
        [(one.id, str(one.at), [*map(str, one.also)]) for one in each.findings] for each in both
    ]

    assert len(told[0]) > 1
    assert any(also for _, _, also in told[0])
    assert told == [told[0]] * 6


def _everywhere(api):
    """The API with one more member in every error body and every part of type text."""
    made = copy.deepcopy(api)
    made["error"]["p"]["fresh"] = {"t": "string"}
    messages = made["chat-stream"]["request"]["p"]["messages"]["of"]["m"]
    for role in ("user", "assistant"):
        parts = messages[role]["p"]["content"]["of"][1]["of"]["m"]
        parts["text"]["p"]["fresh"] = {"t": "string"}
    return made


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_id_of_a_change_is_the_same_everywhere(dialect):
    """Neither the dialect nor the guise has a part in it."""
    change = next(one for one in singles(API, SITES[0]) if one.kind == "property-removed")
    guise = Guise("Elsewhere", inline=True, shuffled=True, seed=4)
    ids = {
        one.id
        for new in (Guise(), guise)
        for one in compare(side(API, dialect), side(change.api, dialect, new)).findings
    }
    plain = compare(side(API, "A"), side(change.api, "A")).findings

    assert {one.id for one in plain} == ids
