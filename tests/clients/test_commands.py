"""`client` on the command line: screens, exit codes, and what is said to a user who errs."""

from __future__ import annotations

import json
import re
import shlex
import shutil

import pytest

from conformance.cli import main
from conformance.clients.channels import ENDPOINTS
from conformance.clients.protocol import schema


@pytest.fixture
def client(tmp_path, monkeypatch, capsys):
    """Run `client` with arguments: (exit code, output, errors)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONFORMANCE_CLIENTS", str(tmp_path / "homes"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["client", *arguments])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run


def command_of(launch):
    """The command of an adapter as a user writes it."""
    return shlex.join(launch.command)


def test_a_run_that_finds_something(client, fake, golden):
    """Each cause stands once, with what repeats it; the last lines say how many; the exit code is 1."""
    launch = fake(replaced=[('["content"].get("text", "")', '["content"].get("text", "").strip()')])
    globs = [
        "text/leading-space",
        "truncated/text-0[23]*",
        "finish/complete",
        "usage/billed-only",
        "rerank/one",
    ]
    options = [word for glob in globs for word in ("--case", glob)]
    code, out, errors = client("run", "--adapter", command_of(launch), "--seed", "1", *options)

    assert (1, "") == (code, errors)
    out = out.replace(shlex.quote(command_of(launch)), "COMMAND")
    golden("client_run.txt", re.sub(r"^\d+ s", "0 s", out, flags=re.MULTILINE))


def test_the_verbosity_of_a_run(client, fake):
    """`-q` shows the closing sentence only, `-v` the evidence too."""
    launch = fake(replaced=[('["content"].get("text", "")', '["content"].get("text", "")[:1]')])
    arguments = ["run", "--adapter", command_of(launch), "--case", "text/latin", "--seed", "1"]
    quiet, loud = client(*arguments, "-q"), client(*arguments, "-v")

    assert (1, 1) == (quiet[0], loud[0])
    assert quiet[1].startswith("fake 1: 1 case judged, 0 good, 1 not\n")
    assert "arrived: " in loud[1]
    assert "arrived: " not in quiet[1]


def test_known_failures(client, fake, tmp_path):
    """A failure that is known does not fail a run; one that is gone does, and so does a wrong line."""
    launch = fake(replaced=[('["content"].get("text", "")', '["content"].get("text", "")[:1]')])
    file = tmp_path / "known.txt"
    arguments = [
        "run",
        "--adapter",
        command_of(launch),
        "--known-failing",
        str(file),
        "--seed",
        "1",
    ]
    file.write_text("CLIENT-012 text/latin  # the reason\n")
    known = client(*arguments, "--case", "text/latin")
    file.write_text("CLIENT-012 text/latin\nCLIENT-013 text/latin\n")
    stale = client(*arguments, "--case", "text/latin")
    file.write_text("CLIENT-912 text/latin\n")
    wrong = client(*arguments)

    assert (0, 1, 2) == (known[0], stale[0], wrong[0])
    assert "1 known to fail" in known[1]
    assert "a known failure passes: line 2, `CLIENT-013 text/latin`" in stale[1]
    assert "no rule `CLIENT-912`" in wrong[2]


def test_an_adapter_that_breaks_the_protocol(client, fake):
    """What the adapter does wrong is told once, with a case, and is no verdict: exit code 2."""
    launch = fake('real = call\ndef call(asked, tell):\n    print("done")')
    code, out, _ = client("run", "--adapter", command_of(launch), "--case", "finish", "--seed", "1")

    assert 2 == code
    assert 1 == out.count("error: the adapter does not keep the protocol")
    assert "a line that is no JSON object: `done`" in out
    assert "not judged" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "name a client, or give a command with `--adapter`"),
        (["run", "raw", "--adapter", "x"], "name a client, or give a command with `--adapter`"),
        (["run", "--adapter", " "], "`--adapter` is empty"),
        (["run", "rau"], "did you mean `raw`?"),
        (["run", "raw", "--case", "framin"], "did you mean `framing`?"),
        (["run", "--adapter", "/no/such/program"], "the adapter cannot be started"),
        (["check-adapter"], "client check-adapter"),
        (["check-adapter", "--adapter", "/no/such/program"], "the adapter cannot be started"),
        (["chekc-adapter"], "did you mean `check-adapter`?"),
        (["python", "app.py"], "write `cohere-conformance client -- COMMAND`"),
        (["cases", "framin"], "did you mean `framing`?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_errors_of_the_user(client, arguments, said):
    """A command line that makes no sense gets one message with a remedy, and exit code 2."""
    code, out, errors = client(*arguments)

    assert 2 == code
    assert said in errors
    assert "Traceback" not in out + errors


def test_lists(client):
    """Cases, clients and the protocol are listed for people and for programs."""
    cases = client("cases", "framing")
    lines = client("cases", "--format", "jsonl")
    listed = client("list")
    described = client("protocol")

    assert (0, 0, 0, 0) == (cases[0], lines[0], listed[0], described[0])
    assert re.search(r"^framing/cr +\S", cases[1], re.MULTILINE)
    assert re.search(r"^\d+ cases: \d+ allowed, 0 failure, 0 sending$", cases[1], re.MULTILINE)
    assert set(ENDPOINTS) == {json.loads(line)["endpoint"] for line in lines[1].splitlines()}
    assert re.search(r"^raw +raw bytes", listed[1], re.MULTILINE)
    assert schema() == json.loads(described[1])


def test_a_client_that_cannot_run_here(client, monkeypatch, tmp_path):
    """A lacking program is one line, the other clients run, and not everything was judged."""
    monkeypatch.setenv("PATH", str(tmp_path))
    code, out, errors = client("run", "ai-sdk", "raw", "--case", "finish/complete", "--seed", "1")

    assert (2, "") == (code, errors)
    assert "ai-sdk: skipped, needs node" in out
    assert re.search(r"^raw \S+: 1 case judged, 1 good, 0 not$", out, re.MULTILINE)


@pytest.mark.parametrize("language", ["python", "node"])
def test_a_new_adapter_can_be_trusted_at_once(client, tmp_path, language):
    """What `new-adapter` writes passes `check-adapter` by the command that it shows."""
    if language == "node" and not shutil.which("node"):
        pytest.skip("needs node")
    folder = tmp_path / "my adapter"
    code, out, _ = client("new-adapter", str(folder), "--language", language)
    shown = next(line for line in out.splitlines() if "check-adapter" in line)
    checked = client(*shlex.split(shown)[2:])
    again = client("new-adapter", str(folder), "--language", language)

    assert (0, 0, 2) == (code, checked[0], again[0])
    assert checked[1].endswith("it can be trusted\n\n")
    assert "there is an adapter already" in again[2]


def test_an_adapter_that_cannot_be_trusted(client, fake):
    """A failed check is told with its remedy, and the exit code is 1."""
    launch = fake(
        'real = call\ndef call(asked, tell):\n    real(asked, tell); tell("tool_plan", text="x")'
    )
    code, out, errors = client("check-adapter", "--adapter", command_of(launch))

    assert (1, "") == (code, errors)
    assert "  fails surfaces: " in out
    assert "= help: name it there, so that it is compared" in out
    assert out.endswith("1 of the checks failed\n\n")


def test_an_adapter_of_which_nothing_is_known(client, fake):
    """Where the client fails on every answer, the exit code is 2."""
    launch = fake(
        "real = call\n"
        "def call(asked, tell):\n"
        "    told = []\n"
        "    real(asked, lambda kind, **more: kind == 'error' and told.append(more))\n"
        '    tell("error", **(told or [{"class": "E", "message": "no use"}])[0])'
    )
    code, out, _ = client("check-adapter", "--adapter", command_of(launch))

    assert 2 == code
    assert "the client itself fails on a plain answer: `E`: no use" in out
    assert out.endswith("whether it tells the truth could not be seen\n\n")
