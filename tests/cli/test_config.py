from __future__ import annotations

import pytest

from conformance.config import Settings, load_settings
from conformance.errors import UsageError

HEAD = "[tool.cohere-conformance]\n"


def test_the_nearest_table_decides(tmp_path):
    """Upwards from the folder, the first pyproject.toml that has the table is taken."""
    (tmp_path / "pyproject.toml").write_text(HEAD + "strict = true\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text('[project]\nname = "cohere-conformance"\n')

    assert Settings(strict=True, file=tmp_path / "pyproject.toml") == load_settings(inner)


def test_every_key_is_read(tmp_path):
    """All four keys come out as they stand."""
    file = tmp_path / "pyproject.toml"
    file.write_text(HEAD + 'select = ["SSE"]\nignore = ["SSE-004"]\nstrict = true\nclosed = true\n')

    assert Settings(("SSE",), ("SSE-004",), strict=True, closed=True, file=file) == load_settings(
        tmp_path
    )


def test_without_a_table_nothing_is_chosen(tmp_path):
    """A project that says nothing gets the defaults."""
    (tmp_path / "pyproject.toml").write_text("this is not TOML, and nobody looks")

    assert Settings() == load_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        (HEAD + "strikt = 1", "unknown key `strikt`", "did you mean `strict`?"),
        (HEAD + "zzz = 1", "unknown key `zzz`", "known keys are `select`, `ignore`"),
        (HEAD + "strict = 1", "`strict` in", "write `true` or `false`"),
        (HEAD + 'select = "SSE"', "`select` in", "write a list of strings"),
        (HEAD + "ignore = [1]", "`ignore` in", "write a list of strings"),
        ("[tool]\ncohere-conformance = 1", "`tool.cohere-conformance` is no table", "write `["),
        ("[tool.cohere-conformance", "not a TOML file", "correct the file"),
    ],
)
def test_a_setting_that_makes_no_sense_names_file_and_remedy(tmp_path, text, what, hint):
    """What is wrong, in which file, and what to write instead."""
    file = tmp_path / "pyproject.toml"
    file.write_text(text)

    with pytest.raises(UsageError) as found:
        load_settings(tmp_path)

    assert found.value.what.startswith(what)
    assert (str(file), True) == (found.value.where, hint in (found.value.hint or ""))


def test_a_file_that_is_not_utf_8_is_an_error(tmp_path):
    """Bytes that are no text are told as such, not raised."""
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.cohere-conformance]\n# \xff")

    with pytest.raises(UsageError, match="not a TOML file"):
        load_settings(tmp_path)
