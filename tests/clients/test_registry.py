"""Clients are described in files, and set up in folders of their own, once."""

from __future__ import annotations

import sys
import threading

import pytest

from conformance.clients import toolchain
from conformance.clients.environment import Skipped, homes, prepare
from conformance.clients.protocol import AdapterError
from conformance.clients.registry import all_clients, client_from, clients_named
from conformance.clients.toolchain import lacking
from conformance.errors import UsageError

# Each run of it leaves a letter in the home of the client.
NOTE = "import sys, pathlib; p = pathlib.Path(sys.argv[1]) / 'log'; p.open('a').write(sys.argv[2])"
TOML = f"""
title = "a client"
setup = [["{{python}}", "-c", "{NOTE}", "{{home}}", "s"]]
build = [["{{python}}", "-c", "{NOTE}", "{{home}}", "b"]]
command = ["{{python}}", "{{here}}/adapter.py", "{{home}}"]
[variants]
sync = ["--sync"]
async = []
"""


@pytest.fixture
def described(tmp_path, monkeypatch):
    """Write the description of a client; its folder."""
    monkeypatch.setenv("CONFORMANCE_CLIENTS", str(tmp_path / "homes"))

    def write(text=TOML, name="one"):
        folder = tmp_path / "clients" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "client.toml").write_text(text, encoding="utf-8")
        (folder / "adapter.py").write_text("pass", encoding="utf-8")
        return folder

    return write


def log_of(launch):
    """What ran in the home of a client."""
    from pathlib import Path

    return (Path(launch.variables["CONFORMANCE_CLIENT_HOME"]) / "log").read_text()


def test_clients_that_come_with_the_project():
    """Every description can be read, and names at least one command; the reference is among them."""
    clients = {client.name: client for client in all_clients()}

    assert {"raw", "cohere7", "litellm", "langchain", "ai-sdk"} <= set(clients)
    assert all(client.title and client.command and client.names for client in clients.values())


def test_a_client_and_its_variants(described):
    """A name stands for all variants, a name with a colon for one."""
    known = [client_from(described())]
    command = ("{python}", "{here}/adapter.py", "{home}")

    assert [("one", "sync"), ("one", "async")] == [
        (c.name, v) for c, v in clients_named("one", known)
    ]
    assert [("one", "async")] == [(c.name, v) for c, v in clients_named("one:async", known)]
    assert (*command, "--sync") == known[0].started("sync")
    assert ("one:sync", "one:async") == known[0].names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("onn", "did you mean `one`?"),
        ("one:asinc", "did you mean `one:async`?"),
        ("?", "client list"),
    ],
)
def test_a_client_that_is_none(described, name, hint):
    """A name that is none is an error that names the nearest, or tells where they are listed."""
    with pytest.raises(UsageError) as caught:
        clients_named(name, [client_from(described())])

    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 1", "`command` is missing"),
        ('command = "a"', "`title` is missing"),
        ('title = 1\ncommand = "a"', "`title` is no text"),
        ('title = "a"\ncommand = 1', "`command` is no list of texts"),
        ('title = "a"\ncommand = ""', "`command` is empty"),
        ('title = "a"\ncommand = "a"\nsetup = "b"', "`setup` is no list of commands"),
        ('title = "a"\ncommand = "a"\nsetup = [[1]]', "`setup` is no list of texts"),
        ('title = "a"\ncommand = "a"\nsetpu = []', "`setpu` is not known"),
        ('title = "a"\ncommand = "a"\nneeds = "b"', "`needs` is no list of texts"),
        ('title = "a"\ncommand = "a"\nvariants = []', "`variants` is no table"),
        ("title =", "it is no TOML"),
    ],
)
def test_a_description_that_is_unusable(described, text, said):
    """The error names the file and what is wrong in it."""
    folder = described(text)
    with pytest.raises(AdapterError) as caught:
        client_from(folder)

    assert said in caught.value.what
    assert str(folder / "client.toml") == caught.value.where


def test_a_command_may_be_one_text(described):
    """A command that is a text is split as a shell splits it."""
    client = client_from(described('title = "a"\ncommand = "a \'b c\' {home}"'))

    assert ("a", "b c", "{home}") == client.started("")


def test_a_client_is_set_up_once(described):
    """Nothing runs twice; a change of the adapter builds it again, one of its pins sets it up anew."""
    folder = described()
    first = prepare(client_from(folder), "sync")
    again = prepare(client_from(folder), "async")

    assert "sb" == log_of(first) == log_of(again)
    assert first.command == (*again.command, "--sync")
    assert sys.executable == first.command[0]
    assert first.command[2].startswith(str(homes()))
    assert "one:sync" == first.title

    (folder / "adapter.py").write_text("print()", encoding="utf-8")
    built = prepare(client_from(folder), "sync")

    assert "sbb" == log_of(built)

    (folder / "requirements.txt").write_text("a==1", encoding="utf-8")
    anew = prepare(client_from(folder), "sync")

    assert "sb" == log_of(anew)
    assert anew.command != built.command


def test_files_beside_a_client_belong_to_it(described):
    """What a command names beside the folder of the client counts as part of it."""
    shared = described(name="shared") / "adapter.py"
    folder = described(TOML.replace('"{home}", "b"', '"{home}", "b", "{here}/../shared"'))
    prepare(client_from(folder), "sync")
    shared.write_text("print()", encoding="utf-8")

    assert "sbb" == log_of(prepare(client_from(folder), "sync"))


def test_a_client_is_set_up_by_one_at_a_time(described):
    """Of several that need a client at the same time one sets it up, and the others wait."""
    client = client_from(
        described(TOML.replace("import sys", "import time; time.sleep(0.3); import sys"))
    )
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(prepare(client, "sync"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ["sb"] * 3 == [log_of(launch) for launch in found]


def test_what_fails_while_a_client_is_set_up(described):
    """The error holds the command and its last words; the next attempt begins anew."""
    folder = described(TOML.replace(NOTE, "raise SystemExit('no network')", 1))
    for _ in range(2):
        with pytest.raises(AdapterError) as caught:
            prepare(client_from(folder), "sync")

        assert caught.value.what.startswith("`one` cannot be set up: ")
        assert "no network" in caught.value.where
    missing = described('title = "a"\ncommand = "a"\nsetup = ["/no/such/program"]', "two")
    with pytest.raises(AdapterError, match="no such file"):
        prepare(client_from(missing), "")


def test_a_client_whose_program_is_lacking(described):
    """What the machine lacks is told in one line, and nothing is set up."""
    client = client_from(described('title = "a"\ncommand = "a"\nneeds = ["no-such-program>=2"]'))
    with pytest.raises(Skipped) as caught:
        prepare(client, "")

    assert "skipped, needs no-such-program>=2" == caught.value.what
    assert not homes().exists()


@pytest.mark.parametrize(
    ("needs", "version", "expected"),
    [
        ((), "", ""),
        (("python>=3.10",), "", ""),
        (("node>=20",), "v20.19.1", ""),
        (("node >= 20",), "v9.9", "node >= 20, and here it is 9.9"),
        (("go>=1.22",), "go version go1.26.8 linux/amd64", ""),
        (("java>=17",), 'openjdk version "11.0.2" 2019-01-15', "java>=17, and here it is 11.0.2"),
        (("curl",), "", ""),
        (("curl>=8",), "nothing to say", "curl>=8, and here it is of an unknown version"),
        (("absent",), "", "absent"),
        (("python>=99",), "", "python>=99, and here it is"),
        (("a b c!",), "", "which names no program"),
    ],
)
def test_needs(monkeypatch, needs, version, expected):
    """A need is met by a program of the path that is new enough."""
    monkeypatch.setattr(toolchain.shutil, "which", lambda name: None if name == "absent" else name)

    class Done:
        stdout, stderr = version, ""

    monkeypatch.setattr(toolchain.subprocess, "run", lambda *_, **__: Done)

    assert bool(expected) == bool(lacking(needs))
    assert expected in lacking(needs)


def test_homes(monkeypatch, tmp_path):
    """What is installed lies where the variable says, else in the user's cache."""
    monkeypatch.setenv("CONFORMANCE_CLIENTS", str(tmp_path))

    assert tmp_path == homes()

    monkeypatch.delenv("CONFORMANCE_CLIENTS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "platform", "linux")

    assert tmp_path / "cache" / "cohere-conformance" / "clients" == homes()

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))

    assert tmp_path / "local" / "cohere-conformance" / "clients" == homes()

    monkeypatch.setattr(sys, "platform", "darwin")

    assert ("Library", "Caches", "cohere-conformance", "clients") == homes().parts[-4:]
