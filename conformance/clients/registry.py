"""`clients/<name>/client.toml` → which clients there are, and how each is set up and started.

A file holds::

    title = "cohere 7"                      # for people
    url = "https://pypi.org/project/cohere/"
    needs = ["python>=3.10"]                # programs on this machine
    setup = [["{python}", "-m", "venv", "{home}"], "{home}/bin/pip install -r {here}/requirements.txt"]
    build = ["go build -o {home}/adapter ."]  # again whenever a file of the folder changes
    command = "{home}/bin/python {here}/adapter.py"
    [variants]                              # what each adds to the command
    sync = ["sync"]
    async = ["async"]
    [answers]                               # variants for which answers take a form of `forms.py`
    async = "json-lines"

A command is a list of words, or a text that is split as a shell splits it. `{here}` is the folder of the
file, `{home}` the folder that belongs to the client on this machine, `{python}` this interpreter.
Files that the commands name as `{here}/../...` belong to the client as well. `pins` names files whose
change sets the client up anew, beside the usual ones.
"""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.clients.forms import FORMS
from conformance.clients.protocol import AdapterError
from conformance.data import data_path
from conformance.errors import UsageError
from conformance.suggest import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Client", "Command", "all_clients", "client_from", "clients_named"]

Command = tuple[str, ...]

FILE = "client.toml"
# name -> whether it must be there
_MEMBERS = {
    "title": True, "command": True, "url": False, "needs": False, "setup": False, "build": False,
    "variants": False, "pins": False, "answers": False,
}  # fmt: skip
_PINS = (
    "requirements.txt", "package.json", "package-lock.json", "go.mod", "go.sum", "pom.xml",
    "composer.json", "composer.lock", "Gemfile", "Gemfile.lock",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Client:
    """A client that this project has an adapter for; the words of commands hold placeholders.

    `variants` maps the name of each variant to the words that it adds to the command; a client
    without variants has one of the name "".
    """

    name: str
    folder: Path
    title: str
    command: Command
    url: str = ""
    needs: tuple[str, ...] = ()
    setup: tuple[Command, ...] = ()
    build: tuple[Command, ...] = ()
    pins: tuple[str, ...] = ()
    variants: tuple[tuple[str, Command], ...] = (("", ()),)
    answers: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The full names: ``cohere7:sync``, or the name alone where there are no variants."""
        return tuple(f"{self.name}:{variant}" if variant else self.name for variant in self.all)

    @property
    def all(self) -> tuple[str, ...]:
        """The names of the variants."""
        return tuple(name for name, _ in self.variants)

    def form(self, variant: str) -> str:
        """The form in which a variant is answered; empty for the usual one."""
        return dict(self.answers).get(variant, "")

    def started(self, variant: str) -> Command:
        """The command of a variant, with placeholders."""
        return (*self.command, *dict(self.variants)[variant])


def all_clients(folder: Path | None = None) -> list[Client]:
    """The clients of a folder, by name; by default those that come with the project."""
    home = data_path("clients") if folder is None else folder
    return [client_from(file.parent) for file in sorted(home.glob(f"*/{FILE}"))]


def clients_named(name: str, known: list[Client] | None = None) -> list[tuple[Client, str]]:
    """The client and variant of ``NAME:VARIANT``, or all variants of ``NAME``. Raises UsageError."""
    clients = all_clients() if known is None else known
    wanted, colon, variant = name.partition(":")
    for client in clients:
        if client.name == wanted:
            if not colon:
                return [(client, each) for each in client.all]
            if variant in client.all:
                return [(client, variant)]
    names = [each for client in clients for each in (client.name, *client.names)]
    raise UsageError(
        f"no such client: `{name}`",
        where="client",
        hint=did_you_mean(name, names) or "`cohere-conformance client list` lists them",
    )


def client_from(folder: Path) -> Client:
    """The client whose file lies in a folder. Raises AdapterError."""
    file = folder / FILE
    given = _parsed(file)
    for key, needed in _MEMBERS.items():
        if needed and key not in given:
            raise _wrong(file, f"`{key}` is missing")
    for key in given:
        if key not in _MEMBERS:
            hint = did_you_mean(key, _MEMBERS)
            raise _wrong(file, f"`{key}` is not known", hint)
    variants = given.get("variants", {"": []})
    if not isinstance(variants, dict) or not variants:
        raise _wrong(file, "`variants` is no table")
    return Client(
        name=folder.name,
        folder=folder,
        title=_text(given["title"], "title", file),
        url=_text(given.get("url", ""), "url", file),
        command=_command(given["command"], "command", file),
        needs=_texts(given.get("needs", []), "needs", file),
        setup=_commands(given.get("setup", []), "setup", file),
        build=_commands(given.get("build", []), "build", file),
        pins=(*_PINS, *_texts(given.get("pins", []), "pins", file)),
        variants=tuple(
            (name, _texts(words, f"variants.{name}", file)) for name, words in variants.items()
        ),
        answers=_answers(given.get("answers", {}), variants, file),
    )


def _answers(value: object, variants: dict[str, Any], file: Path) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise _wrong(file, "`answers` is no table")
    for variant, form in value.items():
        if variant not in variants:
            raise _wrong(file, f"`answers` names no variant: `{variant}`")
        if form not in FORMS:
            raise _wrong(file, f"`{form}` is no form of answers", did_you_mean(str(form), FORMS))
    return tuple(value.items())


def _parsed(file: Path) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        parsed: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _wrong(file, f"it cannot be read: {(error.strerror or '').lower()}") from error
    except ValueError as error:
        raise _wrong(file, f"it is no TOML: {str(error).lower()}") from error
    return parsed


def _wrong(file: Path, what: str, hint: str | None = None) -> AdapterError:
    return AdapterError(
        f"the description of a client is unusable: {what}", where=str(file), hint=hint
    )


def _text(value: object, key: str, file: Path) -> str:
    if not isinstance(value, str):
        raise _wrong(file, f"`{key}` is no text")
    return value


def _texts(value: object, key: str, file: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _wrong(file, f"`{key}` is no list of texts")
    return tuple(value)


def _command(value: object, key: str, file: Path) -> Command:
    words = tuple(shlex.split(value)) if isinstance(value, str) else _texts(value, key, file)
    if not words:
        raise _wrong(file, f"`{key}` is empty")
    return words


def _commands(value: object, key: str, file: Path) -> tuple[Command, ...]:
    if not isinstance(value, list):
        raise _wrong(file, f"`{key}` is no list of commands")
    return tuple(_command(each, key, file) for each in value)
