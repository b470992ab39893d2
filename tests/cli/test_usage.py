from __future__ import annotations

import io
import sys

import click
import pytest

from conformance.cli import check as check_module
from conformance.cli import trouble
from conformance.errors import ConformanceError
from conformance.version import __version__


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("chek",),
            "error: no such command: `chek`\n  --> cohere-conformance\n"
            "  = help: did you mean `check`?\n",
        ),
        (
            ("check",),
            "error: `PATH` is missing\n  --> cohere-conformance check\n"
            "  = help: `cohere-conformance check --help` shows the usage\n",
        ),
        (
            ("check", "--fromat", "x"),
            "error: no such option: `--fromat`\n  --> cohere-conformance check\n"
            "  = help: did you mean `--format`?\n",
        ),
        (
            ("--zzz",),
            "error: no such option: `--zzz`\n  --> cohere-conformance\n"
            "  = help: `cohere-conformance --help` shows the usage\n",
        ),
        (
            ("check", ".", "--format", "xml"),
            "error: `xml` is not one of `text`, `jsonl`, `github`\n"
            "  --> cohere-conformance check --format\n"
            "  = help: `cohere-conformance check --help` shows the usage\n",
        ),
        (
            ("check", ".", "-j"),
            "error: option `-j` requires an argument\n  --> cohere-conformance\n"
            "  = help: `cohere-conformance --help` shows the usage\n",
        ),
        (
            ("explain", "STREM-014"),
            "error: no rule `STREM-014`\n  --> explain\n  = help: did you mean `STREAM-014`? "
            "`cohere-conformance rules` lists them\n",
        ),
        (
            ("explain", "\x1b[2J"),
            "error: no rule `\\x1b[2J`\n  --> explain\n"
            "  = help: `cohere-conformance rules` lists them\n",
        ),
    ],
)
def test_a_wrong_command_line_is_one_message(run, arguments, message):
    """What is wrong, where, and what to do; the exit code is 2 and nothing is printed."""
    result = run(*arguments)

    assert (2, "", message) == (result.code, result.out, result.err)


def test_a_command_like_no_other_gets_the_list(run):
    """Where no command is meant, all are named."""
    result = run("zzz")

    assert (2, "") == (result.code, result.out)
    assert "  = help: the commands are `check`, `client`, " in result.err


def test_an_option_in_place_of_a_command_is_no_command(run):
    """A word that begins with a dash is no command, even after `--`."""
    result = run("--", "-x")

    assert (2, "") == (result.code, result.out)
    assert result.err.startswith("error: no such option: `-x`")


def test_the_help_names_all_commands(run, golden):
    """--help lists the commands in a line each, and the exit codes."""
    result = run("--help")

    assert (0, "") == (result.code, result.err)
    golden("help.txt", result.out)


def test_the_help_of_check(run, golden):
    """`check --help` tells what a path may be and what each option does."""
    golden("help_check.txt", run("check", "--help").out)


def test_no_command_shows_the_help(run):
    """Without a command the help is shown, and nothing was judged."""
    result = run()

    assert (2, "") == (result.code, result.out)
    assert result.err.startswith("Usage: cohere-conformance [OPTIONS] COMMAND")


def test_the_version(run):
    """--version prints name and version."""
    assert (0, f"cohere-conformance {__version__}\n") == (
        run("--version").code,
        run("--version").out,
    )


@pytest.mark.parametrize("command", ["check", "explain", "recordings", "rules", "specs"])
def test_every_command_can_be_called(run, command):
    """Each command of the table exists where the table says, and has a help."""
    result = run(command, "--help")

    assert (0, True) == (result.code, f"Usage: cohere-conformance {command}" in result.out)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
        (BrokenPipeError(), 141, ""),
        (ConformanceError("what", where="where", hint="hint"), 2,
         "error: what\n  --> where\n  = help: hint\n"),
        (PermissionError(13, "Permission denied", "/x"), 2,
         "error: permission denied\n  --> /x\n  = help: correct that, then run again\n"),
    ],
)  # fmt: skip
def test_whatever_ends_a_command_has_its_exit_code(monkeypatch, run, error, code, message):
    """An interrupt, a reader that left, trouble of ours or of the system: never a traceback."""

    def fail():
        raise error

    monkeypatch.setattr(check_module, "load_settings", fail)
    # The real one would close the output of the test run itself.
    monkeypatch.setattr(trouble, "_close_quietly", lambda: None)
    result = run("check", ".")

    assert (code, "", message) == (result.code, result.out, result.err)


def test_an_unforeseen_exception_is_a_bug_of_ours(monkeypatch, run):
    """One message names type and place; only --debug shows the traceback."""

    def fail():
        raise ValueError("two\nlines")

    monkeypatch.setattr(check_module, "load_settings", fail)
    calm, debug = run("check", "."), run("check", ".", "--debug")

    assert 2 == calm.code == debug.code
    assert calm.err.startswith("error: this is a bug in cohere-conformance: ValueError: two\n  -->")
    assert 3 == calm.err.count("\n")
    assert "Traceback" in debug.err
    assert calm.err in debug.err


def test_an_output_that_is_no_file_is_left_alone(monkeypatch):
    """Where standard output has no descriptor, nothing is to be closed."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    trouble._close_quietly()

    assert not sys.stdout.closed


def test_a_reader_that_left_ends_the_output(monkeypatch, tmp_path):
    """After a broken pipe standard output leads nowhere, so that closing it raises nothing."""
    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        trouble._close_quietly()
        out.write("lost")

    assert "" == (tmp_path / "out").read_text()
