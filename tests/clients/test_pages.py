"""The small client of README.md, tried as a reader would; and pages that name what there is."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.cli.client_launch import launch
from conformance.cli.client_matrix import matrix
from conformance.cli.proxy import proxy
from conformance.clients import matrix_calls
from conformance.clients.cases import cases
from conformance.clients.clauses import CLAUSES
from conformance.clients.registry import all_clients
from conformance.clients.toolchain import lacking

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not (ROOT / "README.md").exists(), reason="tests run without the project's files"
)


def section():
    """The section of README.md about clients in CI."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition("## Your client in CI in five minutes\n")[2].partition("\n## ")[0]


def block(kind, begins=""):
    """The block of code of this kind in it that begins so."""
    found = re.search(rf"```{kind}\n({re.escape(begins)}.*?)```", section(), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def run(tmp_path, capfd, monkeypatch):
    """Run a command of the section beside a file `app.py`; (exit code, what it printed)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def start(program, command):
        (tmp_path / "app.py").write_text(program, encoding="utf-8")
        words = [sys.executable if word == "python" else word for word in shlex.split(command)]
        assert "cohere-conformance" == words[0]
        with pytest.raises(SystemExit) as ended:
            main(words[1:])
        return ended.value.code, capfd.readouterr().out

    return start


def test_the_small_client_as_it_stands(run):
    """Its fault is found as the page shows it."""
    command, *shown = block("", "$ ").strip().splitlines()
    code, out = run(block("py"), command.removeprefix("$ "))

    assert 1 == code
    assert [] == [line for line in shown if line != "…" and line not in out.splitlines()]


def test_the_small_client_mended(run):
    """Without its fault it passes what the workflow runs."""
    line = next(x for x in block("yaml").splitlines() if "run: cohere-conformance" in x)
    mended = block("py").replace('"temprature": 0,', '"temperature": 0,')
    assert mended != block("py")
    code, out = run(mended, line.partition("run: ")[2])

    assert 0 == code, out
    assert "4 exchanges judged: 0 errors" in out


def test_the_pages_name_every_option():
    """No option of the commands is missing on its page."""
    pages = {"client.md": [launch, matrix], "proxy.md": [proxy]}
    usual = {"--quiet", "--verbose", "--host", "--port", "--seed", "--timeout", "--adapter", "--to"}
    missing = []
    for page, commands in pages.items():
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for command in commands:
            names = {max(each.opts, key=len) for each in command.params if each.opts[0][:1] == "-"}
            short = {"--workers": "-n"}
            missing += [n for n in sorted(names - usual) if short.get(n, n) not in text]

    assert [] == missing


def test_the_page_of_clients_names_what_there_is():
    """Every command on the page of clients names a client and a case that exist."""
    text = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    commands = re.findall(r"`cohere-conformance client run (\S+) --case (\S+) -v`", text)
    known = {name for client in all_clients() for name in (*client.names, client.name)}
    names = {case.name for case in cases()}

    assert len(commands) > 30
    assert set() == {client for client, _ in commands} - known
    assert set() == {case for _, case in commands} - names


def test_the_page_tells_the_level_of_every_clause_about_programs():
    """The codes of what a program does over all its calls stand there with their levels."""
    text = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(CLIENT-\d+)` \| (\w+) \|", text, re.MULTILINE))
    names = {"info": "note"}
    due = {
        code: names.get(clause.level.value, clause.level.value) for code, clause in CLAUSES.items()
    }

    assert {} == {code: level for code, level in told.items() if due[code] != level}
    assert set() == {code for code in due if code >= "CLIENT-040"} - set(told)


CALLS = [word for case in matrix_calls.CALLS.values() for word in ("--case", case)]


def languages():
    """The lines of the table of languages: (language, the programs that are named)."""
    text = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.count("|") == 5]
    return [(row[0].strip(), re.findall(r"`([\w-]+)`", row[1] + row[2])) for row in rows[2:]]


def test_every_program_has_a_language():
    """The table of languages has each program once, Swift without one, and the command of the cases."""
    text = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    named = [name for _, names in languages() for name in names]

    assert sorted(client.name for client in all_clients()) == sorted(named)
    assert ["Swift"] == [language for language, names in languages() if not names]
    assert f"    {matrix_calls.COMMAND}\n" in text
    assert set(matrix_calls.CALLS.values()) <= {case.name for case in cases()}


@pytest.mark.parametrize("name", ["curl", "csharp-http", "raw", "ruby-http"])
def test_the_five_kinds_of_call(name, capsys, tmp_path, monkeypatch):
    """A program that needs nothing but its language makes all five, as the table says."""
    monkeypatch.setenv("CONFORMANCE_CLIENTS", str(tmp_path))
    (client,) = [one for one in all_clients() if one.name == name]
    lack = lacking(client.needs)
    if lack:
        pytest.skip(f"needs {lack}")
    with pytest.raises(SystemExit) as ended:
        main(["client", "run", name, "-q", *CALLS])

    assert 0 == ended.value.code
    assert "5 cases judged, 5 good, 0 not" in capsys.readouterr().out
