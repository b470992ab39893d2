"""What a user names -> one side of a comparison: a snapshot, files, pages, or a revision of one.

A name is looked for in this order: the name of a snapshot, a path, `REVISION:PATH` of the git
repository that one stands in. Several names, separated by commas, make one side.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.diff.document import Document, Side
from conformance.errors import UsageError
from conformance.specs import lines
from conformance.specs.interface import ENDPOINTS
from conformance.specs.page import read_source, source_of
from conformance.specs.revision import file_at, is_revision

if TYPE_CHECKING:
    from conformance.specs.page import Source

__all__ = ["open_side"]


def open_side(name: str, root: Path) -> Side:
    """The side that a user names; `root` is the folder of specs, with its snapshots.

    Raises UsageError when the name leads nowhere, SpecError when what it names is no description.
    """
    documents: list[Document] = []
    for one in [name] if Path(name).exists() else name.split(","):
        for source, file in _sources(one.strip(), root):
            documents += [
                Document(each.data, file, each.line, unended=not source.ended)
                for each in source.documents
            ]
    side = Side(name, tuple(documents))
    if not side.operations:
        wanted = " nor ".join(f"`POST {path}`" for path, _ in ENDPOINTS.values())
        raise UsageError(
            f"neither {wanted} is described",
            where=name,
            hint="give a page or a description that has one of them",
        )
    return side


def _sources(name: str, root: Path) -> list[tuple[Source, str]]:
    folder = root / name if name else root / "-"
    if (folder / "PROVENANCE.toml").is_file() and folder.parent == root:
        return _folder(folder)
    path = Path(name)
    if path.is_dir():
        return _folder(path)
    if path.exists():
        return [(read_source(path, load=lines.load), name)]
    if is_revision(name):
        file, raw = file_at(name)
        return [(source_of(raw, file, name, load=lines.load), name)]
    known = sorted(one.parent.name for one in root.glob("*/PROVENANCE.toml"))
    raise UsageError(
        f"`{name}` is no snapshot, no file and no revision of a file",
        where=name or "the command line",
        hint=f"known snapshots: {', '.join(known)}" if known else "give the path of a page",
    )


def _folder(folder: Path) -> list[tuple[Source, str]]:
    """The documents of a snapshot."""
    files = [folder / f"{endpoint}.yaml" for endpoint in ENDPOINTS]
    found = [file for file in files if file.is_file()]
    if not found:
        raise UsageError(
            "the folder holds no snapshot",
            where=str(folder),
            hint=f"a snapshot has {' and '.join(f'`{file.name}`' for file in files)}",
        )
    return [(read_source(file, load=lines.load), _shown(file)) for file in found]


def _shown(file: Path) -> str:
    """A path as short as it can be told from here."""
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)
