"""The page about the forms of recordings shows what is read and written."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.cassette import SUFFIXES, dumps, load_manifest, provenance, read

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
TEXT = PAGE.read_text(encoding="utf-8")


def example(kind: str, number: int) -> str:
    """The text of an example in the page."""
    return str(re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)[number])


def test_json_lines_example(tmp_path: Path) -> None:
    """The example of JSON Lines is an exchange."""
    path = tmp_path / "a.jsonl"
    path.write_text(example("json", 0), encoding="utf-8")

    (exchange,) = read(path)

    assert exchange.request is not None
    assert "/v2/rerank" == exchange.request.path


def test_own_example(tmp_path: Path) -> None:
    """The example of our own form is, to the letter, what is written for its exchanges."""
    path = tmp_path / "a.yaml"
    path.write_text(example("yaml", 0), encoding="utf-8")

    assert example("yaml", 0) == dumps(read(path), provenance(path) or "recorded")


def test_manifest_example(tmp_path: Path) -> None:
    """The example of a manifest can be loaded."""
    path = tmp_path / "m.yaml"
    path.write_text(example("yaml", 1), encoding="utf-8")

    assert ["stream.yaml", "local/rerank.har"] == [one.name for one in load_manifest(path)]


def test_suffixes() -> None:
    """The page names every suffix that is looked for in a folder."""
    assert set() == {suffix for suffix in SUFFIXES if f"`{suffix}`" not in TEXT}
