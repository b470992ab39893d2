"""Input files -> a snapshot folder (`chat-stream.yaml`, `rerank.yaml`, `PROVENANCE.toml`), and back.

The same input always gives the same bytes; the default name of a snapshot comes from the hash of
its input, because published descriptions carry no version number.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import SpecError, UsageError
from conformance.specs import yamlio
from conformance.specs.dialect import detect
from conformance.specs.interface import ENDPOINTS, endpoint_documents, endpoint_facts
from conformance.specs.page import Published, Source, read_source

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Snapshot",
    "current",
    "import_snapshot",
    "load_snapshot",
    "set_current",
    "snapshot_files",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_RESERVED = frozenset({"overlays", "compiled", "current"})
_HASH_LENGTH = 12
_PROVENANCE = "PROVENANCE.toml"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A set of interface facts: its name, its dialect, and one document per endpoint.

    `files` maps each endpoint to the path of its file below the `specs` folder's parent, in the
    form that pointers use.
    """

    name: str
    dialect: str
    documents: dict[str, dict[str, Any]]
    files: dict[str, str]


def import_snapshot(paths: list[Path], root: Path, *, name: str | None = None) -> Snapshot:
    """Read pages or YAML files and write the snapshot folder under `root`.

    Raises SpecError when the input cannot be used, UsageError when the name cannot.
    """
    sources = [read_source(path) for path in paths]
    found = endpoint_documents(sources)
    digest = hashlib.sha256("".join(source.sha256 for source in sources).encode()).hexdigest()
    if len(sources) == 1:
        digest = sources[0].sha256
    name = name or digest[:_HASH_LENGTH]
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise UsageError(
            f"`{name}` cannot name a snapshot",
            where="--snapshot",
            hint="use letters, digits, `.`, `_` and `-`, such as a date",
        )
    documents = {endpoint: facts for endpoint, (_, facts) in found.items()}
    texts = {f"{endpoint}.yaml": yamlio.dump(facts) for endpoint, facts in documents.items()}
    texts[_PROVENANCE] = _provenance(sources, found, detect(documents))
    folder = root / name
    for file, text in texts.items():
        path = folder / file
        if path.exists() and path.read_bytes() != text.encode():
            raise UsageError(
                f"the snapshot `{name}` exists and comes from another input",
                where=str(path),
                hint="choose another name with `--snapshot`, or delete the folder first",
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(
            f"the snapshot cannot be written: {error.strerror or error}",
            where=str(folder),
            hint="`--specs DIR` names a folder of yours",
        ) from None
    return load_snapshot(root, name)


def _provenance(
    sources: list[Source], found: dict[str, tuple[Published, dict[str, Any]]], dialect: str
) -> str:
    """Where a snapshot comes from, as TOML: nothing in it depends on the day or the machine."""
    lines = ["format = 1", f"dialect = {json.dumps(dialect)}", ""]
    for source in sources:
        lines += ["[[input]]", f"name = {json.dumps(source.name, ensure_ascii=False)}"]
        lines += [f'sha256 = "{source.sha256}"', ""]
    for endpoint, (published, facts) in found.items():
        lines += ["[[document]]", f'file = "{endpoint}.yaml"']
        for key, value in (
            ("title", facts["info"].get("title")),
            ("version", facts["info"].get("version")),
            ("heading", published.title),
            ("reference", published.reference),
        ):
            if value:
                lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
        lines += [f"line = {published.line}", ""]
    return "\n".join(lines)


def snapshot_files() -> list[str]:
    """The names of the files that make a snapshot."""
    return [*(f"{endpoint}.yaml" for endpoint in ENDPOINTS), _PROVENANCE]


def load_snapshot(root: Path, name: str) -> Snapshot:
    """The snapshot of this name under `root`. Raises SpecError when it is missing or broken."""
    folder = root / name
    if not folder.is_dir():
        known = sorted(p.parent.name for p in root.glob("*/PROVENANCE.toml"))
        raise SpecError(
            f"there is no snapshot `{name}`",
            where=str(folder),
            hint=f"known snapshots: {', '.join(known)}" if known else "import one first",
        )
    documents = {}
    for endpoint in ENDPOINTS:
        path = folder / f"{endpoint}.yaml"
        # Read through the same sieve as an input, so that an edited file cannot surprise.
        source = read_source(path)
        documents[endpoint] = endpoint_facts(source, endpoint)
    files = {endpoint: f"specs/{name}/{endpoint}.yaml" for endpoint in ENDPOINTS}
    return Snapshot(name, detect(documents), documents, files)


def current(root: Path) -> str:
    """The name of the current snapshot. Raises SpecError when none is set."""
    path = root / "current"
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        raise SpecError(
            "no snapshot is current",
            where=str(path),
            hint="`specs import PAGE --current` sets one",
        ) from None


def set_current(root: Path, name: str) -> None:
    """Make this snapshot the one that is compiled and judged by."""
    (root / "current").write_text(f"{name}\n", encoding="utf-8", newline="\n")
