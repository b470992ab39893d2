from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.report.cells import clip, fit, pad, safe, width_of, wrap

ANY_TEXT = st.text(st.characters() | st.sampled_from("\x1b\x9b\u202e\u200d日🎉e\u0301\ud800\n"))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain `text` – ok", "plain `text` – ok"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("\x7f", "\\x7f"),
        ("\u202eevil", "\\u202eevil"),
        ("a\u200bb", "a\\u200bb"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("日本 🎉", "日本 🎉"),
    ],
)
def test_characters_that_do_not_print_become_escapes(raw, shown):
    """Controls, marks of direction, odd spaces and surrogates are escaped, other text stays."""
    assert shown == safe(raw)


@given(ANY_TEXT)
def test_safe_text_always_prints(text):
    """Whatever a recording holds, what is shown prints, encodes, and needs no second escape."""
    shown = safe(text)

    assert shown.isprintable()
    assert shown == safe(shown)
    assert shown == shown.encode().decode()


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("日本", 4), ("🎉", 2), ("e\u0301", 1), ("é", 1), ("", 0)]
)
def test_width_counts_columns_of_a_terminal(text, columns):
    """Wide characters take two columns, combining marks none."""
    assert columns == width_of(text)


def test_pad_fills_to_columns_not_to_characters():
    """A wide text is padded by the columns that it takes."""
    assert "日本  " == pad("日本", 6)
    assert "too long" == pad("too long", 3)


def test_fit_leaves_short_text_alone():
    """Text that has room is not cut, and the marked part keeps its columns."""
    assert ("日本 ok", 5, 7) == fit("日本 ok", 3, 5, 7)


def test_fit_counts_escapes_before_the_marked_part():
    """A control character before the marked part moves it by the length of its escape."""
    assert ("\\x1bab", 5, 6) == fit("\x1bab", 2, 3, 10)


def test_fit_cuts_around_the_marked_part():
    """Of a long text the surroundings of the marked part are shown, cuts are marked."""
    shown, start, end = fit("x" * 50 + "HERE" + "y" * 50, 50, 54, 20)

    assert ("…xxxxxxxHEREyyyyyyy…", "HERE") == (shown, shown[start:end])


def test_fit_ends_a_marked_part_that_is_too_wide():
    """A marked part wider than the room keeps its beginning."""
    shown, start, end = fit("ab" + "W" * 50, 2, 52, 12)

    assert ("…WWWWWWWWWW…", 1, 11) == (shown, start, end)


@given(ANY_TEXT, st.integers(0, 60), st.integers(0, 60), st.integers(5, 40))
def test_fit_keeps_its_promises(text, first, second, columns):
    """The result prints, fits, and the marked columns lie in it."""
    start, end = sorted((first, second))
    shown, left, right = fit(text, start, end, columns)

    assert shown.isprintable()
    # An escape of ten columns may alone be more than there is room for.
    assert width_of(shown) <= max(columns, 12)
    assert 0 <= left <= right <= width_of(shown)


def test_clip_cuts_at_the_end():
    """A line that is too long loses its end."""
    assert "abc…" == clip("abcdefgh", 5)


def test_wrap_breaks_at_spaces_and_keeps_long_words():
    """Lines are filled; a word longer than a line stands alone and whole."""
    assert ["a bb", "0123456789", "c"] == wrap("a bb 0123456789 c", 5)
    assert [""] == wrap("", 5)
    assert ["日本", "日本"] == wrap("日本 日本", 8)


@given(st.text("ab 日", max_size=60), st.integers(2, 20))
def test_wrap_loses_nothing(text, columns):
    """Joined again, wrapped lines hold the words of the text, and only single words overflow."""
    lines = wrap(text, columns)

    assert text.split() == " ".join(lines).split()
    assert all(width_of(line) <= columns or " " not in line for line in lines)
