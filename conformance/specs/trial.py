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
from conformance.specs.revision import file_at, is_revision
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

    `given` is the name of a snapshot under `root`, or pages and files, also as `REVISION:PATH`,
    separated by commas. Raises
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
            files = _files(given, root, Path(made))
            set_current(folder, import_snapshot(files, folder).name)
        missed: list[SpecError] = []
        write_compiled(folder, missed=missed)
        yield Trial(current(folder), folder, tuple(missed))


def _is_snapshot(root: Path, name: str) -> bool:
    return bool(name) and Path(name).name == name and (root / name / "PROVENANCE.toml").is_file()


def _files(given: str, root: Path, made: Path) -> list[Path]:
    """The files that are named; those of a revision are written below `made`."""
    files = []
    for number, name in enumerate([given] if Path(given).exists() else given.split(",")):
        path = Path(name.strip())
        if not path.is_file():
            if not is_revision(name.strip()):
                known = sorted(one.parent.name for one in root.glob("*/PROVENANCE.toml"))
                raise UsageError(
                    f"`{path}` is neither a snapshot, nor a file, nor a revision of one",
                    where=given,
                    hint=f"known snapshots: {', '.join(known)}",
                )
            file, raw = file_at(name.strip())
            path = made / f"revision-{number}" / file
            path.parent.mkdir()
            path.write_bytes(raw)
        files.append(path)
    return files
