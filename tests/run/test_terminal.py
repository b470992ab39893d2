"""What a run says: whole screens, usage errors, lists."""

from __future__ import annotations

import pytest


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

    assert 2 == code
    assert said in out + err
    assert "Traceback" not in out + err


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
