"""A language → a new adapter in a folder: it keeps the protocol, and calls the API by plain HTTP."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from conformance.errors import UsageError

__all__ = ["LANGUAGES", "write_skeleton"]

_HERE = Path(__file__).with_name("skeletons")
# language -> (the file, how it is started)
LANGUAGES: dict[str, tuple[str, str]] = {
    "python": ("adapter.py", sys.executable),
    "node": ("adapter.mjs", "node"),
}


def write_skeleton(folder: Path, language: str) -> str:
    """Write an adapter into a folder, which is made; returns the command that starts it.

    Raises UsageError when the file is there already.
    """
    name, program = LANGUAGES[language]
    file = folder / name
    if file.exists():
        raise UsageError(
            "there is an adapter already", where=str(file), hint="name another folder, or remove it"
        )
    folder.mkdir(parents=True, exist_ok=True)
    text = (_HERE / f"{name}.txt").read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8", newline="\n")
    return shlex.join([program, str(file.absolute())])
