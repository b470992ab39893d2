from __future__ import annotations

import io

import pytest

from conformance.report.outcome import Tally, Trouble
from conformance.report.page import Page
from conformance.report.summary import Summary, closing_sentence
from conformance.verdict import Level


@pytest.fixture
def screen(monkeypatch, clauses):
    """A function that shows outcomes on a plain page of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def shown(*outcomes, verbose=False):
        summary, page = Summary(verbose=verbose), Page(io.StringIO())
        for each in outcomes:
            summary.add(each)
        summary.write(page, clauses)
        return page.stream.getvalue()

    return shown


def tally_of(*outcomes):
    """The counts of these outcomes."""
    tally = Tally()
    for each in outcomes:
        tally.add(each)
    return tally


@pytest.fixture
def mixed(violation, judged, outcome):
    """Two files with errors of two rules, a warning, a note, and an exchange out of scope."""
    error = violation(file="a.sse")
    other = violation(code="EVENT-007", name="unknown-event-type", message="`frob`", file="b.yaml")
    warning = violation(level=Level.WARNING, code="SSE-014", name="event-name-mismatch")
    note = violation(level=Level.INFO, code="SSE-004", name="comment", message="comment `hi`")
    return (
        outcome(judged(note, error)),
        outcome(
            judged(other, error, warning, file="b.yaml"),
            judged(file="b.yaml", number=2, line=9, judged=False, reason="v1 API"),
            file="b.yaml",
        ),
    )


def test_findings_are_grouped_errors_first(mixed, screen, golden):
    """Errors come before warnings, each rule once in full; notes are only counted."""
    golden("summary.txt", screen(*mixed))


def test_verbose_adds_notes_and_what_was_not_judged(mixed, screen, golden):
    """Verbose shows notes and exchanges out of scope besides all the rest."""
    golden("summary_verbose.txt", screen(*mixed, verbose=True))


def test_verbose_adds_and_never_replaces(mixed, screen):
    """Each line that is shown without -v is shown with it."""
    assert set(screen(*mixed).splitlines()) <= set(screen(*mixed, verbose=True).splitlines())


def test_many_places_are_cut_off_but_counted(violation, judged, outcome, screen):
    """Beyond eight further places only their number is shown, with -v every place."""
    names = "abcdefghijkl"
    many = outcome(judged(*(violation(event=n, message=f"`{c}`") for n, c in enumerate(names, 1))))
    brief, whole = screen(many), screen(many, verbose=True)

    assert "  11 further places\n" in brief
    assert brief.count("event") - whole.count("event") == 8 - 11
    assert "    and 3 more, which -v shows\n" in brief
    assert "more, which" not in whole


def test_places_that_are_alike_share_a_line(violation, judged, outcome, screen):
    """One fault in many exchanges of a file takes one line, and leaves room for others."""
    same = [judged(violation(event=2, message=f"ends at {n}"), number=n) for n in range(1, 30)]
    other = judged(violation(event=3, message="another fault"), number=30)
    elsewhere = judged(violation(event=2, file="b.sse", message="ends at 1"), file="b.sse")
    places = (outcome(*same, other), outcome(elsewhere, file="b.sse"))
    brief, whole = screen(*places), screen(*places, verbose=True)
    further = brief.partition("further places\n")[2].split("\n\n")[0].splitlines()

    assert "  30 further places\n" in brief
    assert ["event 2 (and 27 more like it): ends at 2", "event 3: another fault",
            "event 2: ends at 1"] == [line.partition(", ")[2] for line in further]  # fmt: skip
    assert "like it" not in whole
    assert 30 == whole.count("ends at")


def test_on_a_terminal_a_long_place_takes_two_lines(
    violation, judged, outcome, clauses, monkeypatch
):
    """Where a person reads, a place that is too wide puts its message below, cut to the width."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    page = Page(io.StringIO())
    page.terminal = True
    summary = Summary()
    far = violation(file="recordings/" + "deep/" * 9 + "a.yaml")
    summary.add(outcome(judged(violation(), violation(file="a"), far)))
    summary.write(page, clauses)
    places = page.stream.getvalue().partition("2 further places\n")[2].splitlines()

    assert [
        "    a, event 2:",
        "      `content-delta` for block 0, which is not open",
        "    recordings/" + "deep/" * 9 + "a.yaml, event 2:",
        "      `content-delta` for block 0, which is not open",
    ] == places[:4]


def test_one_rule_at_two_levels_makes_two_groups(violation, judged, outcome, screen):
    """A finding that is milder than its rule is shown at its own level."""
    mild = violation(level=Level.WARNING)
    text = screen(outcome(judged(violation(), mild)))

    assert ["1 error", "1 warning"] == [line for line in text.splitlines() if line.startswith("1 ")]


def test_nothing_found_shows_nothing(judged, outcome, screen):
    """Without findings only the closing sentence is left to say."""
    assert "" == screen(outcome(judged()))


@pytest.mark.parametrize(
    ("levels", "strict", "sentence"),
    [
        ((), False, "1 exchange judged: 0 errors, 0 warnings, 0 notes"),
        ((Level.ERROR,), False, "1 exchange judged: 1 error, 0 warnings, 0 notes"),
        ((Level.WARNING, Level.INFO), False, "1 exchange judged: 0 errors, 1 warning, 1 note"),
        ((Level.WARNING,), True, "1 exchange judged: 0 errors, 1 warning, 0 notes; "
         "strict, so warnings fail"),
    ],
)  # fmt: skip
def test_the_closing_sentence_counts(violation, judged, outcome, levels, strict, sentence):
    """Numbers agree with what they count, and strictness is said where it decides."""
    one = outcome(judged(*(violation(level=level) for level in levels)))

    assert sentence == closing_sentence(tally_of(one), strict=strict)


def test_the_closing_sentence_says_what_was_not_judged(judged, outcome):
    """Exchanges out of scope are counted by reason, the most frequent first."""
    skipped = [judged(judged=False, reason=r) for r in ("v1 API", "embed", "v1 API", "other")]
    broken = outcome(file="x", troubles=(Trouble("x", "is empty"), Trouble("x", "again")))

    assert (
        "1 exchange judged: 0 errors, 0 warnings, 0 notes; "
        "4 not judged (v1 API 2, embed 1, other 1); 1 file could not be judged"
    ) == closing_sentence(tally_of(outcome(judged(), *skipped), broken))


def test_rare_reasons_are_added_up(judged, outcome):
    """Beyond eight reasons the rest is one number, so that the sentence stays one."""
    skipped = [judged(judged=False, reason=f"reason {n:02}") for n in range(11)]

    assert closing_sentence(tally_of(outcome(*skipped))).endswith("reason 07 1, other 3)")


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (0, "nothing judged: no recording found"),
        (1, "nothing judged: no exchange in 1 file"),
        (2, "nothing judged: no exchange in 2 files"),
    ],
)
def test_nothing_judged_is_said(outcome, files, sentence):
    """Without an exchange the sentence says so."""
    assert sentence == closing_sentence(tally_of(*(outcome() for _ in range(files))))


@pytest.mark.parametrize(
    ("levels", "strict", "trouble", "code"),
    [
        (None, False, False, 2),
        ((), False, False, 0),
        ((), False, True, 2),
        ((Level.INFO,), True, False, 0),
        ((Level.WARNING,), False, False, 0),
        ((Level.WARNING,), True, False, 1),
        ((Level.ERROR,), False, False, 1),
        ((Level.ERROR,), False, True, 2),
    ],
)
def test_the_tally_decides_the_exit_code(violation, judged, outcome, levels, strict, trouble, code):
    """2 for trouble or nothing judged beats 1 for a broken rule beats 0."""
    exchanges = [] if levels is None else [judged(*(violation(level=x) for x in levels))]
    troubles = (Trouble("a.sse", "is empty"),) if trouble else ()

    assert code == tally_of(outcome(*exchanges, troubles=troubles)).exit_code(strict=strict)
