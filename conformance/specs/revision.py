"""`REVISION:PATH` -> the bytes of a file as it stood at that revision of the git repository we are in."""

from __future__ import annotations

import subprocess
from pathlib import Path

from conformance.errors import UsageError

__all__ = ["file_at", "is_revision"]

_GIT_SECONDS = 30


def is_revision(name: str) -> bool:
    """Whether a name has the form; a file that is called so comes first."""
    revision, colon, inside = name.partition(":")
    return bool(colon and revision and inside) and not Path(name).exists()


def file_at(name: str) -> tuple[str, bytes]:
    """The name of the file and its bytes; the path is taken from here, as git does with `./`.

    Raises UsageError when git does not have it.
    """
    revision, _, inside = name.partition(":")
    path = inside if inside.startswith(("./", "../", "/")) else f"./{inside}"
    command = ["git", "show", "--end-of-options", f"{revision}:{path}"]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no option can come from the name
            command, capture_output=True, check=False, timeout=_GIT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(
            f"git cannot be asked: {error}", where=name, hint="give the path of a file"
        ) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[0].removeprefix("fatal: ") if said else "no such revision or path"
        raise UsageError(
            f"git does not have it: {reason}",
            where=name,
            hint="the form is `REVISION:PATH`, the path seen from here",
        )
    return Path(inside).name, done.stdout
