"""What a run says: whole screens, usage errors, lists."""

from __future__ import annotations

import pytest

from conformance.errors import TargetError
from conformance.suite import opening, runner
from tests.run.stranger import KEY, Stranger


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("run_green", ["mock:", "--only", "**/plain/*", "--prove"], 0),
        ("run_broken", ["mock:?fault=STREAM-014", "--only", "chat-stream/text",
                        "--only", "rerank/plain/all"], 1),
        ("run_lacks", ["mock:", "--only", "**/strict-tools", "--only", "rerank/plain/all",
                       "--lacks", "tools"], 0),
        ("run_feature_gone", ["mock:?fault=CHAT-109", "--only", "chat-stream/options/logprobs",
                              "--only", "chat-stream/text/plain"], 1),
        ("run_quiet", ["mock:?fault=RERANK-106", "--only", "rerank/plain/all", "-q"], 1),
    ],
)  # fmt: skip
def test_screens(name, arguments, expected, command, golden):
    """A run shows what it found, grouped by rule, and ends with a sentence to quote."""
    code, out, err = command("run", *arguments)

    assert (expected, "") == (code, err)
    golden(f"{name}.txt", out)


def test_a_known_failure_that_passes(command, golden, tmp_path):
    """A stale entry is shown with its line, and fails the run."""
    file = tmp_path / "known.txt"
    file.write_text("# known\nSTREAM-014 chat-stream/text/plain\n")
    code, out, _ = command("run", "--only", "chat-stream/text/plain", "--known-failing", file)

    assert 1 == code
    golden("run_stale.txt", out)


def test_a_log_is_told_how_far_a_long_run_is(command, monkeypatch):
    """Where nobody watches, a line now and then tells how many cases are done."""
    monkeypatch.setattr("conformance.suite.terminal._PULSE", 0.0)
    _, out, err = command("run", "--only", "rerank/options")

    assert "1 of 7 cases" == err.splitlines()[0]
    assert "of 7 cases" not in out


def test_unreachable(command):
    """A server that is not there is one message on what to do."""
    code, out, _ = command("run", "http://127.0.0.1:9", "--only", "chat-stream/text/plain")

    assert 2 == code
    assert "error: nothing listens at `127.0.0.1:9`" in out
    assert out.endswith("nothing was judged\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "chat-stream/toolz"], "did you mean `chat-stream/tools/**`?"),
        (["--lacks", "tolls"], "did you mean `tools`?"),
        (["--declare", "xyz"], "the features are"),
        (["--model", "chet=m"], "did you mean `chat`?"),
        (["--select", "STREAM-999"], "no rule `STREAM-999`"),
        (["--known-failing", "nowhere.txt"], "the known failures cannot be read"),
        (["--only", "**/properties", "--no-properties"], "`--properties`"),
        (["mock:?fault=STREAM-999"], "no such fault"),
        (["mok:"], "did you mean `mock:`?"),
        (["api.cohere.com"], "did you mean `https://api.cohere.com`?"),
        (["https://api.cohere.com"], "no API key: `CO_API_KEY` is not set"),
        (["cassette:nowhere"], "nowhere"),
        (["--timeout", "0"], "--timeout"),
        (["--seed", "x"], "--seed"),
    ],
)
def test_usage_errors(arguments, said, command):
    """What makes no sense ends with 2, one message, and what was probably meant."""
    code, out, err = command("run", *arguments)

    assert (2, "") == (code, out)
    assert said in err
    assert err.startswith("error: ")
    assert 1 == err.count("error: ")
    assert "Traceback" not in err


def test_notes_that_are_the_same_take_one_line(command):
    """What is said of many cases is said once; -v names every case."""
    arguments = ("--only", "rerank/options", "--only", "rerank/http/no-key", "--lacks", "rerank")
    _, brief, _ = command("run", *arguments)
    _, whole, _ = command("run", *arguments, "-v")

    assert "  rerank/options/top-n and 7 more: the server lacks `rerank`\n" in brief
    assert 8 == whole.count(": the server lacks `rerank`")


def test_a_server_without_keys_is_told_how_to_say_so(command, monkeypatch):
    """Where requests without a key are served the option is named that says that this is meant."""
    monkeypatch.setenv("CO_API_KEY", KEY)
    said = "requests without a key are served; if the server means to, `--lacks auth` says so"
    only = ("--only", "**/http/no-key", "--only", "rerank/plain/all")
    with Stranger([], "no-auth") as url:
        _, without, _ = command("run", url, *only)
        _, lacking, _ = command("run", url, *only, "--lacks", "auth")

    assert said in without
    assert said not in lacking


def test_a_fault_of_the_suite_is_one_message(command, monkeypatch):
    """What fails in a case is told with its reason, once, and asks for a report."""
    monkeypatch.setattr("conformance.suite.session.Session.play", _fail)
    code, out, err = command("run", "--only", "rerank/options")

    assert (2, "") == (code, err)
    assert "error: the suite failed: RuntimeError: boom (7 times)\n  --> " in out
    assert "  = help: please report it\n\nnothing was judged\n" in out


def _fail(*_arguments):
    raise RuntimeError("boom")


def test_a_target_that_does_not_open_again_is_one_message(command, monkeypatch):
    """The second opening, in pytest, is as well told as the first."""
    real, calls = opening.opened, []

    def once(settings):
        calls.append(settings)
        if len(calls) > 1:
            raise TargetError("the port is taken", where="here", hint="wait")
        return real(settings)

    monkeypatch.setattr(opening, "opened", once)
    monkeypatch.setattr(runner, "opened", once)
    code, out, err = command("run", "--only", "rerank/plain/all")

    assert (2, "") == (code, err)
    assert "error: the port is taken\n  --> here\n  = help: wait\n\nnothing was judged\n" in out


def test_a_listener_that_fails_leaves_no_traceback(command, monkeypatch):
    """What goes wrong while results are shown or written ends the run with a message."""
    monkeypatch.setattr("conformance.suite.terminal.Terminal._case", _fail)
    code, out, err = command("run", "--only", "rerank/plain/all")

    assert (2, "") == (code, err)
    assert "error: the suite failed: RuntimeError: boom" in out


def test_lists(command):
    """`--list` and `--features` name what there is, and judge nothing."""
    code, cases, _ = command("run", "--list", "--only", "rerank/options")
    _, features, _ = command("run", "--features")

    assert 0 == code
    assert "rerank/options/top-n-1             `top_n` of 1\n" in cases
    assert "strict-tools    `strict_tools`" in features


def test_explain_a_check_of_a_run(command):
    """A code that a run reports can be explained like those of rules."""
    code, out, _ = command("explain", "run-005")

    assert 0 == code
    assert out.startswith("top-n-prefix (RUN-005) · error")
    assert "Reported as" in out
