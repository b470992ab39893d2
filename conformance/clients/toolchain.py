"""`node>=20` → whether this machine has it, else one line that says what is lacking."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess

__all__ = ["lacking"]

_NEED = re.compile(r"([A-Za-z0-9_.+-]+?)(?:>=([0-9.]+))?")
_NUMBER = re.compile(r"\d+(?:\.\d+)+|\d+")
# How a program is asked for its version, where that is not `--version`.
_ASKED = {"go": "version", "java": "-version", "javac": "-version", "mcs": "--version"}
_PATIENCE = 30.0


def lacking(needs: tuple[str, ...]) -> str:
    """The first need that this machine does not meet, in a few words; empty when it meets all."""
    for need in needs:
        said = _lack(need)
        if said:
            return said
    return ""


def _lack(need: str) -> str:
    found = _NEED.fullmatch(need.replace(" ", ""))
    if found is None:
        return f"`{need}`, which names no program"
    name, least = found[1], found[2]
    if name == "python":
        version = platform.python_version()
    elif shutil.which(name) is None:
        return need
    elif least is None:
        return ""
    else:
        version = _version(name)
    if least is None or _numbers(version) >= _numbers(least):
        return ""
    return f"{need}, and here it is {version or 'of an unknown version'}"


def _version(name: str) -> str:
    """What a program says of its version, empty when it does not say."""
    command = [shutil.which(name) or name, _ASKED.get(name, "--version")]
    try:
        done = subprocess.run(  # noqa: S603 - a program of the path, asked for its version
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = _NUMBER.search(done.stdout + done.stderr)
    return found[0] if found else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
