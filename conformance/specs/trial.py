"""Inputs of `specs import` -> a folder of specs in which they are current, beside the real one.

A new description is tried before it is taken: compiled with our overlays in a folder that goes away
again, so that nothing of ours changes by a look.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import SpecError, UsageError
from conformance.specs.compile import write_compiled
from conformance.specs.snapshot import current, import_snapshot, set_current

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Trial", "trial"]

_COPIED = ("names.yaml", "clauses.yaml", "tolerances.yaml")


@dataclass(frozen=True, slots=True)
class Trial:
    """A description on trial: its snapshot's name, the folder of specs in which it is current, and
    the actions of our overlays that do not fit it.
    """

    name: str
    root: Path
    missed: tuple[SpecError, ...]


@contextmanager
def trial(given: str, root: Path) -> Iterator[Trial]:
    """A description compiled in a folder of its own, which ends with the block.

    `given` is the name of a snapshot under `root`, or pages and files separated by commas. Raises
    UsageError when it is neither, SpecError when it cannot be compiled.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-") as made:
        folder = Path(made) / "specs"
        folder.mkdir()
        for name in _COPIED:
            shutil.copyfile(root / name, folder / name)
        shutil.copytree(root / "overlays", folder / "overlays")
        if _is_snapshot(root, given):
            shutil.copytree(root / given, folder / given)
            set_current(folder, given)
        else:
            set_current(folder, import_snapshot(_paths(given, root), folder).name)
        missed: list[SpecError] = []
        write_compiled(folder, missed=missed)
        yield Trial(current(folder), folder, tuple(missed))


def _is_snapshot(root: Path, name: str) -> bool:
    return bool(name) and Path(name).name == name and (root / name / "PROVENANCE.toml").is_file()


def _paths(given: str, root: Path) -> list[Path]:
    paths = [Path(given)] if Path(given).exists() else [Path(p.strip()) for p in given.split(",")]
    for path in paths:
        if not path.is_file():
            known = sorted(one.parent.name for one in root.glob("*/PROVENANCE.toml"))
            raise UsageError(
                f"`{path}` is neither a snapshot nor a file",
                where=given,
                hint=f"known snapshots: {', '.join(known)}",
            )
    return paths
