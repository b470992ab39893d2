"""Paths become the recordings to read, in an order that does not change."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import cassette
from conformance.cassette import find
from conformance.errors import CassetteError


def touch(*paths: Path) -> None:
    """Make empty files, with their folders."""
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_folder_is_walked(tmp_path: Path) -> None:
    """A folder stands for its recordings at any depth, by name, without hidden and other files."""
    wanted = [tmp_path / name for name in ("a.YAML", "b/a.har", "b/c/z.json", "c.sse")]
    touch(*wanted)
    touch(
        tmp_path / ".hidden.yaml", tmp_path / ".git" / "a.yaml", tmp_path / "README.md",
        tmp_path / "b" / "PROVENANCE.toml",
    )  # fmt: skip

    assert wanted == find([tmp_path])


def test_named_files_are_taken_as_they_are(tmp_path: Path) -> None:
    """A file that is named is read whatever its suffix; twice named it comes once."""
    odd, other = tmp_path / "body.bin", tmp_path / "a.yaml"
    touch(odd, other)

    assert [odd, Path("-"), other] == find([str(odd), "-", tmp_path, other])


def test_missing_path(tmp_path: Path) -> None:
    """A path that is not there is an error that names it."""
    with pytest.raises(CassetteError, match="no such file or folder") as caught:
        find([tmp_path / "none"])

    assert str(tmp_path / "none") == caught.value.where


def test_public_names() -> None:
    """Every public name is there, those that load late too, and no other."""
    for name in cassette.__all__:
        assert getattr(cassette, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        cassette.other  # noqa: B018 - the look-up is the test
