"""A client and this machine → the command that starts its adapter, with all that it needs installed.

What is installed lies in a folder outside of the project: the one that `CONFORMANCE_CLIENTS` names,
else the user's cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.clients.protocol import AdapterError
from conformance.clients.toolchain import lacking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.clients.registry import Client, Command

__all__ = ["Launch", "Skipped", "environment_of", "homes", "prepare"]

VARIABLE = "CONFORMANCE_CLIENTS"
_SETUP_SECONDS = 1800.0
_STAMP = ".conformance.json"
_TAIL = 20
_BESIDE = "{here}/../"
# What a key of ours, or the way in which we run, must not do to the program of somebody else.
_DROPPED = frozenset(
    {
        "CO_API_KEY",
        "CO_API_URL",
        "COHERE_API_KEY",
        "PIP_CONSTRAINT",
        "PYTHONHOME",
        "PYTHONSAFEPATH",
    }
)


class Skipped(AdapterError):
    """A client that cannot run here, since the machine lacks something."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start an adapter: the words of the command, where, and in which environment.

    `title` is what a user calls it, `answers` the form in which its calls are answered.
    """

    command: Command
    folder: Path | None = None
    variables: dict[str, str] = field(default_factory=dict)
    title: str = ""
    answers: str = ""


def homes() -> Path:
    """The folder that holds what is installed for clients."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).absolute()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "cohere-conformance" / "clients"


def environment_of(variables: dict[str, str]) -> dict[str, str]:
    """The environment of this process for the program of somebody else, and these variables."""
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    local = ",".join(filter(None, (kept.get("NO_PROXY") or kept.get("no_proxy"), "127.0.0.1")))
    return {
        **kept,
        # What stands in the way of a program on this machine is no matter of its client.
        "NO_PROXY": local,
        "no_proxy": local,
        "PYTHONDONTWRITEBYTECODE": "1",
        **variables,
    }


def prepare(client: Client, variant: str, said: Callable[[str], None] = lambda _: None) -> Launch:
    """Set a client up, unless it is, and tell how to start a variant of it.

    `said` gets each command before it runs. Raises Skipped when the machine lacks a program, and
    AdapterError when a command fails.
    """
    lack = lacking(client.needs)
    if lack:
        raise Skipped(f"skipped, needs {lack}", where=client.name)
    setup, build = _marks(client)
    # Named for what it was made from: nobody changes it while somebody else uses it.
    home = homes() / f"{client.name}-{setup[:12]}"
    homes().mkdir(parents=True, exist_ok=True)
    places = {"here": str(client.folder), "home": str(home), "python": sys.executable}
    variables = {"CONFORMANCE_CLIENT_HOME": str(home)}
    if "{python}" in client.command:
        # The command may be one of ours, and we may run from a checkout.
        variables["PYTHONPATH"] = str(Path(__file__).parents[2])
    with _alone(homes() / f"{client.name}.lock"):
        stamp = _read(home / _STAMP)
        if stamp.get("setup") != setup:
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            _run_all(client.setup, client, places, variables, said)
            stamp = {"setup": setup}
        if stamp.get("build") != build:
            _run_all(client.build, client, places, variables, said)
            stamp["build"] = build
            (home / _STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    command = tuple(_filled(word, places) for word in client.started(variant))
    title = f"{client.name}:{variant}" if variant else client.name
    return Launch(command, client.folder, variables, title, client.form(variant))


def _marks(client: Client) -> tuple[str, str]:
    """What setting up depends on, and what building does, each as a hash."""
    setup, build = hashlib.sha256(), hashlib.sha256()
    setup.update(json.dumps([client.setup, sys.prefix, platform.python_version()]).encode())
    build.update(json.dumps(client.build).encode())
    for file in _sources(client):
        content = file.name.encode() + b"\0" + file.read_bytes() + b"\0"
        if file.name in client.pins:
            setup.update(content)
        build.update(content)
    return setup.hexdigest(), build.hexdigest()


def _sources(client: Client) -> list[Path]:
    """The files of a client, and those beside it that its commands name."""
    places = {client.folder}
    for command in (*client.setup, *client.build):
        for word in command:
            if _BESIDE in word:
                places.add(client.folder / word[word.index(_BESIDE) + len("{here}/") :])
    files = {
        file.resolve()
        for place in places
        for file in (place.rglob("*") if place.is_dir() else [place])
    }
    return sorted(f for f in files if f.is_file() and "__pycache__" not in f.parts)


def _read(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _filled(word: str, places: dict[str, str]) -> str:
    for name, place in places.items():
        word = word.replace("{" + name + "}", place)
    return word


def _run_all(
    commands: tuple[Command, ...],
    client: Client,
    places: dict[str, str],
    variables: dict[str, str],
    said: Callable[[str], None],
) -> None:
    for command in commands:
        words = [_filled(word, places) for word in command]
        said(" ".join(words))
        try:
            done = subprocess.run(  # noqa: S603 - commands of the project's own descriptions
                words,
                cwd=client.folder,
                env=environment_of(variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_SETUP_SECONDS,
                check=False,
            )
            code, output = done.returncode, done.stdout
        except subprocess.TimeoutExpired as error:
            code, output = -1, (error.stdout or b"") + b"\nit took too long"
        except OSError as error:
            code, output = -1, (error.strerror or "").lower().encode()
        if code:
            tail = output.decode("utf-8", "replace").strip().splitlines()[-_TAIL:]
            raise AdapterError(
                f"`{client.name}` cannot be set up: `{' '.join(words)}` failed",
                where="\n      ".join(tail) or client.name,
                hint="correct that, then run again",
            )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process in at a time; a file that SQLite locks is what every platform has for that."""
    with closing(sqlite3.connect(lock, timeout=_SETUP_SECONDS, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            database.execute("ROLLBACK")
